//! Long items in a real keychain (SECURITY 72, 104, 107).

use super::harness::{Keyfob, text};
use keyfob_test_support::Desktop;

const WINDOWS: usize = 2_560;
const LIMITED: [(&str, &str); 1] = [("KEYFOB_TEST_ITEM", "2560")];

/// The items that an answer to `read` takes when nothing else is there.
fn items_of(answer: &str) -> usize {
    match answer.strip_prefix("text ").map(str::len) {
        None => 0,
        Some(0..=WINDOWS) => 1,
        Some(length) => 1 + length.div_ceil(WINDOWS),
    }
}

#[test]
fn security_104_no_item_is_longer_than_the_limit_and_deleting_leaves_none() {
    let desktop = Desktop::start().unwrap();
    let mut keyfob = Keyfob::start(&desktop, &LIMITED);
    assert_eq!(keyfob.ask("write client other"), "done");
    for length in [20_000, 6_000, 9_000, 100, WINDOWS + 1] {
        let text = text("marked", length);
        assert_eq!(keyfob.ask(&format!("write tokens {text}")), "done");
        let found = keyfob.ask("read tokens");
        assert!(found == format!("text {text}"), "{length}");
        let items = desktop.keychain_items().unwrap();
        assert_eq!(items.len(), items_of(&found) + 1, "{length}");
        for item in items {
            assert!(item.secret.len() <= WINDOWS, "{}", item.secret.len());
            let told = format!("{} {:?}", item.label, item.attributes);
            assert!(!told.contains("marked"), "SECURITY 102: {told}");
        }
    }
    assert_eq!(keyfob.ask("delete tokens"), "done");
    assert_eq!(keyfob.ask("read tokens"), "none");
    assert_eq!(desktop.keychain_items().unwrap().len(), 1);
    assert_eq!(keyfob.ask("read client"), "text other");
}

#[test]
fn security_107_a_process_killed_after_any_step_leaves_the_old_text_or_the_new_one() {
    let desktop = Desktop::start().unwrap();
    let mut keyfob = Keyfob::start(&desktop, &LIMITED);
    let (none, short, long) = (None, Some(100), Some(6_000));
    for (row, old, new) in [
        ("a first long one", none, long),
        ("long to longer", long, Some(8_000)),
        ("long to short", long, short),
        ("short to long", short, long),
        ("long is deleted", long, none),
    ] {
        let order = |text: &Option<String>| match text {
            Some(text) => format!("write tokens {text}"),
            None => "delete tokens".to_owned(),
        };
        let answer = |text: &Option<String>| match text {
            Some(text) => format!("text {text}"),
            None => "none".to_owned(),
        };
        let old = old.map(|length| text("old", length));
        let new = new.map(|length| text("new", length));
        let mut became_new = false;
        let mut steps = 0;
        loop {
            let row = format!("{row}, killed after {steps} steps");
            assert_eq!(keyfob.ask(&order(&old)), "done", "{row}");
            let doomed = Keyfob::start(&desktop, &LIMITED);
            let survived = doomed.survives(&format!("die {steps} {}", order(&new)));
            let found = keyfob.ask("read tokens");
            let is_new = found == answer(&new);
            assert!(is_new || found == answer(&old), "{row}: neither");
            assert!(is_new || !became_new, "{row}: it was new a step earlier");
            became_new = is_new;
            let items = desktop.keychain_items().unwrap().len();
            assert_eq!(items, items_of(&found), "{row}: nothing is left over");
            if survived {
                assert!(is_new && steps > 3, "{row}: that was all");
                break;
            }
            steps += 1;
        }
    }
}
