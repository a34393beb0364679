use super::*;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

const NAME: &str = "0197c2a0-0000-7000-8000-000000000001/tokens";
const OTHER: &str = "mio/client-secret";
const WINDOWS: usize = 2_560;

type Stored = Arc<Mutex<BTreeMap<String, String>>>;

/// A keychain that outlives the process which uses it. The process dies after so many changes.
struct Memory {
    stored: Stored,
    changes_left: usize,
}

fn dead() -> Problem {
    Problem::new(ErrorCode::KeychainFailed)
}

impl Memory {
    fn change(
        &mut self,
        change: impl FnOnce(&mut BTreeMap<String, String>),
    ) -> Result<(), Problem> {
        self.changes_left = self.changes_left.checked_sub(1).ok_or_else(dead)?;
        change(&mut self.stored.lock().unwrap());
        Ok(())
    }
}

impl Items for Memory {
    fn read(&mut self, account: &str) -> Result<Option<ItemText>, Problem> {
        let text = self.stored.lock().unwrap().get(account).cloned();
        Ok(text.map(ItemText::new))
    }

    fn write(&mut self, account: &str, text: &ItemText) -> Result<(), Problem> {
        let (account, text) = (account.to_owned(), text.expose().to_owned());
        assert!(text.len() <= WINDOWS, "{account} has {} bytes", text.len());
        self.change(|stored| drop(stored.insert(account, text)))
    }

    fn delete(&mut self, account: &str) -> Result<(), Problem> {
        if !self.stored.lock().unwrap().contains_key(account) {
            return Ok(());
        }
        self.change(|stored| drop(stored.remove(account)))
    }
}

fn dying(stored: &Stored, changes_left: usize) -> Split<Memory> {
    let stored = stored.clone();
    let memory = Memory {
        stored,
        changes_left,
    };
    Split::new(memory, Some(WINDOWS))
}

fn open(stored: &Stored) -> Split<Memory> {
    dying(stored, usize::MAX)
}

fn names(stored: &Stored) -> Vec<String> {
    stored.lock().unwrap().keys().cloned().collect()
}

fn text(seed: &str, length: usize) -> String {
    let text: String = (0..)
        .map(|number| format!("{seed}{number},"))
        .take(length)
        .collect();
    text[..length].to_owned()
}

fn item(text: &str) -> ItemText {
    ItemText::new(text.to_owned())
}

fn read(split: &mut Split<Memory>) -> Option<String> {
    let text = split.read(NAME).unwrap();
    text.map(|text| text.expose().to_owned())
}

/// The items that a text takes when nothing else is there.
fn items_of(text: &str) -> usize {
    match text.len() {
        0..=WINDOWS => 1,
        length => 1 + length.div_ceil(WINDOWS),
    }
}

#[test]
fn a_text_of_any_length_is_read_as_it_was_written() {
    let stored = Stored::default();
    let mut split = open(&stored);
    for (row, text) in [
        ("empty", String::new()),
        ("short", text("s", 40)),
        ("as long as an item may be", text("l", WINDOWS)),
        ("one byte more", text("m", WINDOWS + 1)),
        ("two parts to the byte", text("t", 2 * WINDOWS)),
        ("twenty parts and a bit", text("v", 20 * WINDOWS + 7)),
        ("a character across the seam", "ä€𝄞".repeat(1_000)),
        ("what looks like a head", format!("{MARK}a 1 00")),
        ("short again", text("s", 40)),
    ] {
        split.write(NAME, &item(&text)).unwrap();
        assert_eq!(read(&mut split), Some(text.clone()), "{row}");
        assert_eq!(read(&mut open(&stored)), Some(text), "{row}, elsewhere");
    }
    split.delete(NAME).unwrap();
    assert_eq!(read(&mut split), None);
    assert_eq!(names(&stored), Vec::<String>::new());
}

#[test]
fn a_short_text_is_stored_as_it_is_and_read_from_where_it_always_was() {
    let stored = Stored::default();
    let short = r#"{"generation":1}"#;
    open(&stored).write(NAME, &item(short)).unwrap();
    assert_eq!(stored.lock().unwrap()[NAME], short);
    assert_eq!(names(&stored), [NAME]);
}

#[test]
fn without_a_limit_a_long_text_is_one_item_and_a_split_one_is_still_read() {
    let stored = Stored::default();
    let (first, second) = (text("1", 9_000), text("2", 2_000));
    open(&stored).write(NAME, &item(&first)).unwrap();
    let mut unlimited = Split::new(open(&stored).items, None);
    assert_eq!(read(&mut unlimited), Some(first));
    unlimited.write(NAME, &item(&second)).unwrap();
    assert_eq!(names(&stored), [NAME], "the parts are gone");
    assert_eq!(read(&mut unlimited), Some(second));
}

#[test]
fn security_107_a_crash_after_any_step_leaves_the_old_text_or_the_new_one() {
    let (none, short, long) = (None, Some(40), Some(3 * WINDOWS + 1));
    let longer = Some(5 * WINDOWS);
    for (row, old, new) in [
        ("a first short one", none, short),
        ("a first long one", none, long),
        ("short to short", short, Some(50)),
        ("short to long", short, long),
        ("long to short", long, short),
        ("long to longer", long, longer),
        ("longer to long", longer, long),
        ("short is deleted", short, none),
        ("long is deleted", long, none),
        ("nothing is deleted", none, none),
    ] {
        let old = old.map(|length| text("old", length));
        let new = new.map(|length| text("new", length));
        let mut became_new = false;
        let mut whole_runs = 0;
        for steps in 0..40 {
            let row = format!("{row}, a crash after {steps} steps");
            let stored = Stored::default();
            open(&stored).write(OTHER, &item("other")).unwrap();
            if let Some(old) = &old {
                open(&stored).write(NAME, &item(old)).unwrap();
            }
            let mut split = dying(&stored, steps);
            let outcome = match &new {
                Some(new) => split.write(NAME, &item(new)),
                None => split.delete(NAME),
            };
            let used_up = split.items().changes_left == 0;

            let mut split = open(&stored);
            let found = read(&mut split);
            assert!(found == old || found == new, "{row}: neither old nor new");
            let is_new = found == new;
            assert!(is_new || !became_new, "{row}: it was new a step earlier");
            assert!(is_new || outcome.is_err(), "{row}: a lie");
            became_new = is_new && old != new;
            let left = found.as_deref().map_or(0, items_of) + 1;
            assert_eq!(names(&stored).len(), left, "{row}: {:?}", names(&stored));

            // And it goes on from there.
            let next = text("next", 4 * WINDOWS);
            split.write(NAME, &item(&next)).unwrap();
            assert_eq!(read(&mut split), Some(next.clone()), "{row}");
            assert_eq!(names(&stored).len(), items_of(&next) + 1, "{row}");
            split.delete(NAME).unwrap();
            assert_eq!(names(&stored), [OTHER], "{row}");
            whole_runs += usize::from(!used_up);
        }
        assert!(whole_runs > 1, "{row}: it never came to its end");
    }
}

#[test]
fn security_107_crash_upon_crash_never_costs_the_text() {
    let stored = Stored::default();
    let mut present = text("first", 3 * WINDOWS);
    open(&stored).write(NAME, &item(&present)).unwrap();
    // 7 and 31 have no common divisor: every number of steps meets every number of parts.
    for round in 0..217 {
        let next = text(&format!("r{round}-"), 100 + (round % 7) * WINDOWS);
        let _ = dying(&stored, round % 31).write(NAME, &item(&next));
        // The crash after the next start comes before anything is read.
        let _ = dying(&stored, round % 3).read(NAME);
        let found = read(&mut dying(&stored, 0)).unwrap();
        assert!(found == present || found == next, "round {round}");
        present = found;
    }
    assert_eq!(read(&mut open(&stored)), Some(present.clone()));
    assert_eq!(names(&stored).len(), items_of(&present));
    open(&stored).delete(NAME).unwrap();
    assert_eq!(names(&stored), Vec::<String>::new());
}

#[test]
fn a_damaged_text_is_no_text_and_can_be_replaced_and_deleted() {
    let part = |number: usize| Set::A.part(NAME, number);
    type Damage<'a> = (&'a str, Box<dyn Fn(&mut BTreeMap<String, String>)>);
    let cases: Vec<Damage<'_>> = vec![
        (
            "the first part is missing",
            Box::new(move |all| drop(all.remove(&part(0)))),
        ),
        (
            "one in the middle is missing",
            Box::new(move |all| drop(all.remove(&part(1)))),
        ),
        (
            "the last part is missing",
            Box::new(move |all| drop(all.remove(&part(3)))),
        ),
        (
            "a part of an older text",
            Box::new(move |all| drop(all.insert(part(1), "x".repeat(WINDOWS)))),
        ),
        (
            "two parts changed places",
            Box::new(move |all| {
                let (first, second) = (all[&part(0)].clone(), all[&part(1)].clone());
                all.insert(part(0), second);
                all.insert(part(1), first);
            }),
        ),
        (
            "a head that was cut",
            Box::new(|all| drop(all.insert(NAME.to_owned(), format!("{MARK}a 4")))),
        ),
        (
            "a head that counts too far",
            Box::new(|all| {
                let head = format!("{MARK}a {} {}", usize::MAX, "0".repeat(64));
                all.insert(NAME.to_owned(), head);
            }),
        ),
        (
            "a head of a shape that is yet to come",
            Box::new(|all| drop(all.insert(NAME.to_owned(), format!("{MARK}c 4 00")))),
        ),
    ];
    for (row, damage) in &cases {
        for new in ["short".to_owned(), text("new", 2 * WINDOWS), String::new()] {
            let stored = Stored::default();
            let mut split = open(&stored);
            split.write(NAME, &item(&text("old", 4 * WINDOWS))).unwrap();
            damage(&mut stored.lock().unwrap());
            assert_eq!(read(&mut split), None, "{row}");
            if !new.is_empty() {
                split.write(NAME, &item(&new)).unwrap();
                assert_eq!(read(&mut split), Some(new), "{row}");
            }
        }
    }
    for (row, damage) in &cases[..5] {
        let stored = Stored::default();
        let mut split = open(&stored);
        split.write(NAME, &item(&text("old", 4 * WINDOWS))).unwrap();
        damage(&mut stored.lock().unwrap());
        split.delete(NAME).unwrap();
        assert_eq!(names(&stored), Vec::<String>::new(), "{row}");
    }
}

#[test]
fn names_of_parts_say_nothing_and_a_limit_below_the_heads_length_is_raised() {
    let stored = Stored::default();
    let memory = open(&stored).items;
    let mut split = Split::new(memory, Some(1));
    let marked = "rt_marked".repeat(60);
    split.write(NAME, &item(&marked)).unwrap();
    assert_eq!(read(&mut split), Some(marked));
    for (name, text) in stored.lock().unwrap().iter() {
        assert!(text.len() <= SHORTEST_LIMIT, "{name} has {}", text.len());
        assert!(name.starts_with(NAME) && !name.contains("marked"), "{name}");
    }
}

#[test]
fn a_text_of_too_many_parts_is_refused_and_the_old_one_stays() {
    let stored = Stored::default();
    let mut split = open(&stored);
    split.write(NAME, &item("old")).unwrap();
    let too_long = item(&"x".repeat(MOST_PARTS * WINDOWS + 1));
    let refused = split.write(NAME, &too_long).unwrap_err();
    assert_eq!(refused.code, ErrorCode::KeychainFailed);
    assert!(!refused.to_string().contains("xx"), "{refused}");
    assert_eq!(read(&mut split), Some("old".to_owned()));
}
