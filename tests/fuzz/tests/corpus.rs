//! Every committed input passes its check, without a fuzzer.

use keyfob_fuzz_checks::CHECKS;
use std::collections::BTreeSet;
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

/// More would be a binary, not an example.
const LONGEST: usize = 20 * 1024;

fn fuzz_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

fn names_in(dir: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(dir).unwrap_or_else(|error| panic!("{}: {error}", dir.display()));
    let names = entries
        .filter_map(Result::ok)
        .map(|entry| entry.file_name());
    names
        .map(|name| name.to_string_lossy().trim_end_matches(".rs").to_owned())
        .collect()
}

#[test]
fn every_input_of_every_corpus_passes_its_check() {
    let (mut count, mut broken) = (0, Vec::new());
    for (name, check) in CHECKS {
        let corpus = fuzz_dir().join("corpus").join(name);
        let inputs = names_in(&corpus);
        assert!(inputs.len() >= 10, "{name} has {} inputs", inputs.len());
        for input in &inputs {
            let data = fs::read(corpus.join(input)).unwrap();
            assert!(data.len() <= LONGEST, "{name}/{input} is too long");
            count += 1;
            // Each panics with what it says; the rest is looked at all the same.
            if catch_unwind(|| check(&data)).is_err() {
                broken.push(format!("{name}/{input}"));
            }
        }
    }
    assert!(
        broken.is_empty(),
        "{} of {count}: {broken:#?}",
        broken.len()
    );
    println!("{count} inputs pass their checks");
}

#[test]
fn every_check_has_its_target_and_its_corpus() {
    let checks: BTreeSet<String> = CHECKS.map(|(name, _)| name.to_owned()).into();
    assert_eq!(names_in(&fuzz_dir().join("fuzz_targets")), checks);
    assert_eq!(names_in(&fuzz_dir().join("corpus")), checks);
    let manifest = fs::read_to_string(fuzz_dir().join("Cargo.toml")).unwrap();
    for name in checks {
        assert!(manifest.contains(&format!("name = \"{name}\"\n")), "{name}");
    }
}
