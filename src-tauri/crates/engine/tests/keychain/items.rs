//! What is in the keychain, and what of it anybody can see (SECURITY 102).

use super::harness::{ID, Keyfob};
use keyfob_test_support::Desktop;

#[test]
fn an_item_is_written_read_replaced_and_deleted() {
    let desktop = Desktop::start().unwrap();
    let mut keyfob = Keyfob::start(&desktop, &[]);
    assert_eq!(keyfob.ask("status"), "Available");
    assert_eq!(keyfob.ask("read tokens"), "none");
    assert_eq!(
        keyfob.ask("delete tokens"),
        "done",
        "what isn't there is deleted already"
    );
    let first = r#"{"generation":1,"refresh_token":"rt-ä-1"}"#;
    assert_eq!(keyfob.ask(&format!("write tokens {first}")), "done");
    assert_eq!(keyfob.ask("read tokens"), format!("text {first}"));
    let second = format!("second {}", "x".repeat(6_000));
    assert_eq!(keyfob.ask(&format!("write tokens {second}")), "done");
    assert_eq!(keyfob.ask("write client secret"), "done");
    assert_eq!(keyfob.ask("read tokens"), format!("text {second}"));
    assert_eq!(
        desktop.keychain_items().unwrap().len(),
        2,
        "replaced, not added"
    );
    assert_eq!(keyfob.ask("delete tokens"), "done");
    assert_eq!(keyfob.ask("read tokens"), "none");
    assert_eq!(
        keyfob.ask("read client"),
        "text secret",
        "the other one is still there"
    );
}

#[test]
fn security_102_an_items_name_says_nothing_of_the_account() {
    let desktop = Desktop::start().unwrap();
    let mut keyfob = Keyfob::start(&desktop, &[]);
    assert_eq!(
        keyfob.ask("write tokens ada@lovelace.example rt-marked"),
        "done"
    );
    let items = desktop.keychain_items().unwrap();
    let [item] = items.as_slice() else {
        panic!("one item was written: {items:?}");
    };
    assert_eq!(item.label, "Keyfob");
    assert_eq!(item.secret, b"ada@lovelace.example rt-marked");
    let values: Vec<&str> = item.attributes.values().map(String::as_str).collect();
    assert!(values.contains(&"dev.keyfob.desktop"), "{values:?}");
    assert!(
        values.contains(&format!("{ID}/tokens").as_str()),
        "{values:?}"
    );
    for (name, value) in &item.attributes {
        let told = [name, value]
            .iter()
            .any(|text| text.contains('@') || text.contains("marked"));
        assert!(!told, "{name} = {value}");
    }
}
