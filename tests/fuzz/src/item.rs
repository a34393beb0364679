//! The text of a keychain item (SECURITY 107): every program of the session can write it.

use keyfob_domain::item::ConnectionItem;
use keyfob_domain::refresh::{is_usable, usable_until};
use keyfob_domain::secret::{ItemText, is_token_text};
use keyfob_domain::time::Timestamp;

pub(crate) fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let item = match ConnectionItem::decode(&ItemText::new(text.to_owned())) {
        Ok(item) => item,
        Err(error) => {
            assert_eq!(error.to_string(), "the keychain item can't be read");
            return;
        }
    };
    assert!(is_token_text(item.access_token.expose()), "49");
    let refresh = item.refresh_token.as_ref().map(|token| token.expose());
    assert!(refresh.is_none_or(is_token_text), "49");
    let printed = format!("{item:?}");
    assert!(
        !printed.contains("secret-canary"),
        "94: a secret is printed"
    );
    let end = usable_until(item.expiry);
    assert!(end.is_none_or(|end| !is_usable(item.expiry, end)), "58");
    let _ = is_usable(item.expiry, Timestamp::from_millis(i64::MAX));

    let again = ConnectionItem::decode(&item.encode());
    let Ok(again) = again else {
        panic!("what was written can't be read");
    };
    assert_eq!(again.generation, item.generation);
    assert_eq!(again.access_token.expose(), item.access_token.expose());
    assert_eq!(
        again.refresh_token.as_ref().map(|token| token.expose()),
        refresh
    );
    assert_eq!(again.obtained_at, item.obtained_at);
    assert_eq!(again.expiry, item.expiry);
    assert_eq!(again.grant_end, item.grant_end);
}
