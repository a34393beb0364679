//! Lines in and lines out, on threads of their own: a parent that neither writes nor reads must not
//! keep the agent from stopping.
//!
//! Hazard: a line that comes in may hold a client secret. It is overwritten when it is dropped, but
//! the standard library's own buffer can't be reached.

use std::io::{self, BufRead, Write};
use tokio::sync::{mpsc, oneshot};
use zeroize::Zeroizing;

/// The longest line that is taken, in bytes without its end (SECURITY 81).
pub(crate) const LONGEST_LINE: usize = 128 * 1024;
/// So many lines wait in either direction; then the one who writes has to.
const QUEUE: usize = 32;

/// A line from the parent.
#[derive(PartialEq)]
pub(crate) enum Line {
    /// Not yet looked at.
    Text(Zeroizing<Vec<u8>>),
    /// It was longer than [`LONGEST_LINE`] and was thrown away.
    TooLong,
}

/// Reads the standard input line by line; the receiver ends where the input does.
///
/// # Errors
/// The system gives no thread.
pub(crate) fn read() -> io::Result<mpsc::Receiver<Line>> {
    let (sender, lines) = mpsc::channel(QUEUE);
    thread("keyfob-stdin", move || {
        let mut input = io::stdin().lock();
        // An input that can't be read has ended.
        while let Ok(Some(line)) = next_line(&mut input) {
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    })?;
    Ok(lines)
}

/// Takes lines for the standard output, until all senders are dropped or the output is closed. The
/// second value ends when nothing more will be written.
///
/// # Errors
/// The system gives no thread.
pub(crate) fn write() -> io::Result<(mpsc::Sender<String>, oneshot::Receiver<()>)> {
    let (sender, mut lines) = mpsc::channel::<String>(QUEUE);
    let (done, written) = oneshot::channel();
    thread("keyfob-stdout", move || {
        // Dropped where the thread ends, however it does.
        let _done: oneshot::Sender<()> = done;
        let mut output = io::stdout().lock();
        while let Some(line) = lines.blocking_recv() {
            if writeln!(output, "{line}")
                .and_then(|()| output.flush())
                .is_err()
            {
                return;
            }
        }
    })?;
    Ok((sender, written))
}

fn thread(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let builder = std::thread::Builder::new().name(name.to_owned());
    builder.spawn(work).map(drop)
}

/// Gives the next line without its end, or `None` at the end of the input.
fn next_line(input: &mut impl BufRead) -> io::Result<Option<Line>> {
    let mut line = Zeroizing::new(Vec::new());
    let (mut begun, mut too_long) = (false, false);
    loop {
        let chunk = match input.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            outcome => outcome?,
        };
        let end = chunk.iter().position(|byte| *byte == b'\n');
        let part = &chunk[..end.unwrap_or(chunk.len())];
        too_long |= line.len() + part.len() > LONGEST_LINE;
        if too_long {
            // What it held is overwritten once, here.
            line = Zeroizing::default();
        } else {
            line.extend_from_slice(part);
        }
        let ended = chunk.is_empty();
        begun |= !ended;
        let used = part.len() + usize::from(end.is_some());
        input.consume(used);
        if end.is_some() || ended {
            return Ok(begun.then_some(if too_long {
                Line::TooLong
            } else {
                Line::Text(line)
            }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads everything, in chunks of this many bytes; lines in short.
    fn lines_of(text: &[u8], chunk: usize) -> Vec<String> {
        let mut input = io::BufReader::with_capacity(chunk, text);
        let mut lines = Vec::new();
        while let Some(line) = next_line(&mut input).unwrap() {
            lines.push(match line {
                Line::Text(bytes) if bytes.len() > 20 => format!("{} bytes", bytes.len()),
                Line::Text(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
                Line::TooLong => "too long".to_owned(),
            });
        }
        lines
    }

    #[test]
    fn lines_are_cut_at_their_ends_whatever_arrives_at_once() {
        for chunk in [1, 3, 4, 100] {
            assert_eq!(lines_of(b"one\ntwo\n", chunk), ["one", "two"], "{chunk}");
            assert_eq!(
                lines_of(b"one\n\nt\xffwo", chunk),
                ["one", "", "t\u{fffd}wo"],
                "{chunk}"
            );
            assert_eq!(lines_of(b"", chunk), Vec::<String>::new(), "{chunk}");
        }
    }

    #[test]
    fn security_81_a_line_over_the_limit_is_thrown_away_and_the_next_one_is_taken() {
        for (length, expected) in [
            (LONGEST_LINE, format!("{LONGEST_LINE} bytes")),
            (LONGEST_LINE + 1, "too long".to_owned()),
            (10 * LONGEST_LINE, "too long".to_owned()),
        ] {
            let mut text = vec![b'x'; length];
            text.extend_from_slice(b"\nnext\n");
            for chunk in [1000, 8192] {
                let lines = lines_of(&text, chunk);
                assert_eq!(
                    lines,
                    [expected.as_str(), "next"],
                    "{length} in chunks of {chunk}"
                );
            }
        }
        assert_eq!(
            lines_of(&vec![b'x'; LONGEST_LINE + 1], 8192),
            ["too long"],
            "without an end"
        );
    }
}
