//! What a process takes of the machine, looked at from outside, and how that changed in a long time.
//!
//! Only what everybody may read of a hardened process is used, so no right to trace it is needed. Its
//! proportional set size would need one, and moves with whoever else runs the same program.

use std::{fmt, fs, time::Duration};

use anyhow::{Context as _, Result, ensure};

/// What one process takes at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Footprint {
    /// Memory that is this process's own, in KiB: heap and stacks, also where they are swapped out.
    pub private: u64,
    /// All memory it has mapped and in use, programs and libraries included, in KiB.
    pub resident: u64,
    /// Open files, sockets, pipes and timers.
    pub descriptors: u64,
    /// Threads.
    pub threads: u64,
}

impl Footprint {
    /// Looks at a process.
    ///
    /// # Errors
    /// It has ended, or this kernel doesn't say.
    pub fn of(pid: u32) -> Result<Self> {
        let path = format!("/proc/{pid}/status");
        let status = fs::read_to_string(&path).with_context(|| format!("{path} can't be read"))?;
        Ok(Self {
            private: field(&status, "RssAnon")?
                + field(&status, "RssShmem")?
                + field(&status, "VmSwap")?,
            resident: field(&status, "VmRSS")?,
            descriptors: descriptors(pid)?,
            threads: field(&status, "Threads")?,
        })
    }
}

impl fmt::Display for Footprint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "memory {} KiB, {} of it private; descriptors {}, threads {}",
            self.resident, self.private, self.descriptors, self.threads
        )
    }
}

/// Reads a number out of `/proc/<pid>/status`; see proc_pid_status(5).
fn field(status: &str, name: &str) -> Result<u64> {
    let mut lines = status.lines();
    let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    let word = value.and_then(|value| value.split_whitespace().next());
    word.and_then(|word| word.parse().ok())
        .with_context(|| format!("the process has no {name}; has it ended?"))
}

/// Counts them. Where the list itself may not be read its size tells, since Linux 6.2.
fn descriptors(pid: u32) -> Result<u64> {
    let path = format!("/proc/{pid}/fd");
    if let Ok(entries) = fs::read_dir(&path) {
        return Ok(entries.count() as u64);
    }
    let size = fs::metadata(&path)
        .with_context(|| format!("{path} can't be looked at"))?
        .len();
    ensure!(size > 0, "{path} says nothing to whom it doesn't belong");
    Ok(size)
}

/// One process over a long time, look by look.
#[derive(Debug, Default)]
pub struct Course(Vec<(Duration, Footprint)>);

impl Course {
    /// Adds a look; `at` counts from the beginning.
    pub fn add(&mut self, at: Duration, footprint: Footprint) {
        self.0.push((at, footprint));
    }

    /// Sums up all looks from one moment up to another: the median of the memory, and the most
    /// descriptors and threads that there were at once.
    ///
    /// # Errors
    /// There are fewer than `least` of them.
    pub fn stretch(&self, from: Duration, to: Duration, least: usize) -> Result<Footprint> {
        let looks = self.0.iter().filter(|(at, _)| (from..=to).contains(at));
        let looks: Vec<Footprint> = looks.map(|(_, footprint)| *footprint).collect();
        ensure!(
            looks.len() >= least.max(1),
            "{} looks from {from:?} to {to:?}, and not {least}",
            looks.len()
        );
        let most = |of: fn(&Footprint) -> u64| looks.iter().map(of).max().unwrap_or_default();
        Ok(Footprint {
            private: median(looks.iter().map(|look| look.private)),
            resident: median(looks.iter().map(|look| look.resident)),
            descriptors: most(|look| look.descriptors),
            threads: most(|look| look.threads),
        })
    }
}

fn median(values: impl Iterator<Item = u64>) -> u64 {
    let mut values: Vec<u64> = values.collect();
    values.sort_unstable();
    values[values.len() / 2]
}

#[cfg(test)]
mod tests {
    use std::{fs::File, hint::black_box, process::Command};

    use super::*;

    #[test]
    fn memory_and_descriptors_that_are_taken_are_seen() {
        let look = || Footprint::of(std::process::id()).unwrap();
        let before = look();
        // Other tests of this process come and go, so much of both.
        let memory = black_box(vec![1_u8; 64 << 20]);
        let files: Vec<File> = (0..500).map(|_| File::open("/dev/null").unwrap()).collect();
        let after = look();
        assert!(
            after.private > before.private + (48 << 10),
            "{before:?} {after:?}"
        );
        assert!(
            after.resident > before.resident + (48 << 10),
            "{before:?} {after:?}"
        );
        assert!(
            after.descriptors > before.descriptors + 400,
            "{before:?} {after:?}"
        );
        drop((memory, files));
    }

    #[test]
    fn the_size_of_the_list_is_the_number_of_descriptors() {
        let mut child = Command::new("sleep").arg("600").spawn().unwrap();
        let path = format!("/proc/{}/fd", child.id());
        let (size, listed) = (fs::metadata(&path).unwrap().len(), descriptors(child.id()));
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(listed.unwrap(), size);
    }

    #[test]
    fn a_process_that_has_ended_has_no_footprint() {
        let mut child = Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        assert!(Footprint::of(child.id()).is_err());
    }

    #[test]
    fn a_stretch_has_the_middle_of_the_memory_and_the_most_of_all_else() {
        let mut course = Course::default();
        let looks = [(90, 9, 9), (10, 5, 2), (30, 4, 3), (20, 6, 1), (99, 8, 8)];
        for (second, (private, descriptors, threads)) in looks.into_iter().enumerate() {
            let footprint = Footprint {
                private,
                resident: 2 * private,
                descriptors,
                threads,
            };
            course.add(Duration::from_secs(second as u64), footprint);
        }
        let (from, to) = (Duration::from_secs(1), Duration::from_secs(3));
        let expected = Footprint {
            private: 20,
            resident: 40,
            descriptors: 6,
            threads: 3,
        };
        assert_eq!(course.stretch(from, to, 3).unwrap(), expected);
        assert!(course.stretch(from, to, 4).is_err());
    }
}
