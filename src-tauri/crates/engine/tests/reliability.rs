//! docs/reliability.md names every place that writes or deletes credentials: one that is added
//! without a word there, or taken away, turns this red.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests may fail loudly, as tests do"
)]

use std::collections::BTreeMap;
use std::path::Path;

/// How often a file writes, or deletes.
type Counts = BTreeMap<(String, &'static str), usize>;

const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
const PAPER: &str = include_str!("../../../../docs/reliability.md");

#[test]
fn every_place_that_writes_or_deletes_credentials_is_in_the_paper() {
    let mut found = Counts::new();
    look_through(Path::new(SOURCE), &mut found);
    assert_eq!(found, told());
    assert!(found.len() > 3, "{found:?}");
}

fn look_through(dir: &Path, found: &mut Counts) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        // The adapter does what it is told; ports in memory are for tests.
        if ["tests", "testing", "keychain"].contains(&name.as_str()) {
            continue;
        }
        if path.is_dir() {
            look_through(&path, found);
        } else if name != "tests.rs" {
            let text = std::fs::read_to_string(&path).unwrap();
            let dense: String = text.split_whitespace().collect();
            let file = path.strip_prefix(SOURCE).unwrap().to_str().unwrap();
            for (verb, call) in [("writes", "secrets.write("), ("deletes", "secrets.delete(")] {
                let count = dense.matches(call).count();
                if count > 0 {
                    found.insert((file.to_owned(), verb), count);
                }
            }
        }
    }
}

/// Reads the rows of the table: "| `file`, `function` | writes … |".
fn told() -> Counts {
    let mut told = Counts::new();
    for line in PAPER.lines() {
        let mut cells = line.split('|').map(str::trim).skip(1);
        let (Some(place), Some(does)) = (cells.next(), cells.next()) else {
            continue;
        };
        let verb = ["writes", "deletes"]
            .into_iter()
            .find(|verb| does.starts_with(verb));
        let file = place
            .strip_prefix('`')
            .and_then(|rest| rest.split('`').next());
        if let (Some(verb), Some(file)) = (verb, file) {
            *told.entry((file.to_owned(), verb)).or_default() += 1;
        }
    }
    told
}
