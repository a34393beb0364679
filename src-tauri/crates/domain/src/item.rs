//! The keychain item of a connection: one JSON text, replaced by one write (SECURITY 107).

use crate::grant_end::GrantEnd;
use crate::refresh::Expiry;
use crate::secret::{AccessToken, ItemText, RefreshToken, is_token_text};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::sync::Arc;
use zeroize::{Zeroize, Zeroizing};

/// Bytes for names, numbers and punctuation; fewer than three hundred are needed.
const ROOM: usize = 320;

/// What the keychain keeps for one connection.
#[derive(Debug)]
pub struct ConnectionItem {
    /// Counts the answers that were saved: each renewal is one more than the one before.
    pub generation: u64,
    /// Absent at providers that give none (SECURITY 45).
    pub refresh_token: Option<Arc<RefreshToken>>,
    /// The access token of this generation.
    pub access_token: Arc<AccessToken>,
    /// When the answer was asked for.
    pub obtained_at: Timestamp,
    /// When the access token ends.
    pub expiry: Expiry,
    /// When the grant ends, where that is known.
    pub grant_end: Option<GrantEnd>,
}

/// Its texts are overwritten when it is dropped, unless they are borrowed.
#[derive(Serialize, Deserialize)]
struct Wire<'a> {
    generation: u64,
    #[serde(borrow)]
    refresh_token: Option<Cow<'a, str>>,
    #[serde(borrow)]
    access_token: Cow<'a, str>,
    obtained_at: i64,
    expires_at: Option<i64>,
    #[serde(default)]
    assumed: bool,
    /// Both or neither; items of an earlier Keyfob have neither.
    #[serde(default)]
    grant_ends_at: Option<i64>,
    #[serde(default)]
    grant_end_told_at: Option<i64>,
}

impl Drop for Wire<'_> {
    fn drop(&mut self) {
        let texts = self.refresh_token.iter_mut();
        for text in texts.chain([&mut self.access_token]) {
            if let Cow::Owned(text) = text {
                text.zeroize();
            }
        }
    }
}

/// An item whose text can't be read: written by something else, or cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the keychain item can't be read")]
pub struct UnreadableItem;

impl ConnectionItem {
    /// Writes the item as JSON text.
    #[must_use]
    pub fn encode(&self) -> ItemText {
        let (expires_at, assumed) = match self.expiry {
            Expiry::At { at, assumed, .. } => (Some(at.millis()), assumed),
            Expiry::Never => (None, false),
        };
        let wire = Wire {
            generation: self.generation,
            refresh_token: self
                .refresh_token
                .as_ref()
                .map(|token| token.expose().into()),
            access_token: self.access_token.expose().into(),
            obtained_at: self.obtained_at.millis(),
            expires_at,
            assumed,
            grant_ends_at: self.grant_end.map(|end| end.at.millis()),
            grant_end_told_at: self.grant_end.map(|end| end.told_at.millis()),
        };
        let refresh_token = wire.refresh_token.as_deref().unwrap_or_default();
        let room = room_for(wire.access_token.len() + refresh_token.len());
        let mut bytes = Zeroizing::new(Vec::with_capacity(room));
        let begun = bytes.as_ptr();
        // Serialising plain strings and numbers into memory has no way to fail.
        let text = serde_json::to_writer(&mut *bytes, &wire)
            .ok()
            .and_then(|()| std::str::from_utf8(&bytes).ok());
        debug_assert_eq!(begun, bytes.as_ptr(), "the buffer grew and left a copy");
        ItemText::new(text.unwrap_or_default().to_owned())
    }

    /// Reads what [`ConnectionItem::encode`] wrote.
    ///
    /// # Errors
    /// [`UnreadableItem`] when the text isn't such an item; it never carries a part of it.
    pub fn decode(text: &ItemText) -> Result<Self, UnreadableItem> {
        let wire: Wire<'_> = serde_json::from_str(text.expose()).map_err(|_| UnreadableItem)?;
        let fits = |token: &str| is_token_text(token);
        if !fits(&wire.access_token)
            || wire
                .refresh_token
                .as_deref()
                .is_some_and(|token| !fits(token))
        {
            return Err(UnreadableItem);
        }
        let obtained_at = Timestamp::from_millis(wire.obtained_at);
        let expiry = wire.expires_at.map_or(Expiry::Never, |at| {
            let at = Timestamp::from_millis(at);
            Expiry::At {
                at,
                lifetime: at.since(obtained_at),
                assumed: wire.assumed,
            }
        });
        let grant_end = wire.grant_ends_at.zip(wire.grant_end_told_at);
        Ok(Self {
            generation: wire.generation,
            refresh_token: wire
                .refresh_token
                .as_deref()
                .map(|token| Arc::new(RefreshToken::new(token.to_owned()))),
            access_token: Arc::new(AccessToken::new(wire.access_token.to_string())),
            obtained_at,
            expiry,
            grant_end: grant_end.map(|(at, told_at)| GrantEnd {
                at: Timestamp::from_millis(at),
                told_at: Timestamp::from_millis(told_at),
            }),
        })
    }
}

/// Room for tokens of so many bytes, each of them escaped: a buffer that grows leaves copies behind.
fn room_for(tokens: usize) -> usize {
    ROOM + 2 * tokens
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::Duration;

    proptest! {
        #[test]
        fn an_item_survives_its_text_form(
            generation in any::<u64>(),
            refresh in proptest::option::of("[ -~]{1,80}"),
            access in "[ -~]{1,80}",
            lifetime in proptest::option::of(1u64..1_000_000),
            grant in proptest::option::of((1u64..100_000_000, 0u64..1_000_000)),
        ) {
            let obtained_at = Timestamp::from_millis(1_780_000_000_000);
            let expiry = lifetime.map_or(Expiry::Never, |seconds| Expiry::At {
                at: obtained_at.after(Duration::from_secs(seconds)),
                lifetime: Duration::from_secs(seconds),
                assumed: seconds % 2 == 0,
            });
            let grant_end = grant.map(|(life, ago)| GrantEnd {
                at: obtained_at.after(Duration::from_secs(life)),
                told_at: obtained_at.before(Duration::from_secs(ago)),
            });
            let item = ConnectionItem {
                generation,
                refresh_token: refresh.clone().map(|token| Arc::new(RefreshToken::new(token))),
                access_token: Arc::new(AccessToken::new(access.clone())),
                obtained_at,
                expiry,
                grant_end,
            };
            let read = ConnectionItem::decode(&item.encode()).unwrap();
            prop_assert_eq!(read.generation, generation);
            prop_assert_eq!(read.refresh_token.as_ref().map(|token| token.expose().to_owned()), refresh);
            prop_assert_eq!(read.access_token.expose(), access);
            prop_assert_eq!(read.expiry, expiry);
            prop_assert_eq!(read.grant_end, grant_end);
        }

        #[test]
        fn no_text_makes_reading_an_item_panic(text in ".{0,200}") {
            let _ = ConnectionItem::decode(&ItemText::new(text));
        }
    }

    #[test]
    fn security_110_an_item_is_encoded_without_a_copy_in_a_buffer_that_grew() {
        let token = |seed: &str| seed.repeat(64 * 1024);
        let at = Timestamp::from_millis(i64::MIN);
        let lifetime = Duration::MAX;
        let item = ConnectionItem {
            generation: u64::MAX,
            refresh_token: Some(Arc::new(RefreshToken::new(token("\"")))),
            access_token: Arc::new(AccessToken::new(token("\\"))),
            obtained_at: at,
            expiry: Expiry::At {
                at,
                lifetime,
                assumed: false,
            },
            grant_end: Some(GrantEnd {
                at: Timestamp::from_millis(i64::MAX),
                told_at: Timestamp::from_millis(i64::MAX),
            }),
        };
        let text = item.encode();
        let needed = text.expose().len();
        let room = room_for(2 * 64 * 1024);
        assert!((needed..=needed + ROOM).contains(&room), "{needed} {room}");

        // One token alone, which the item itself watches over.
        let item = ConnectionItem {
            refresh_token: None,
            ..item
        };
        assert!(item.encode().expose().len() > 2 * 64 * 1024);
    }

    #[test]
    fn a_cut_item_is_refused_and_says_nothing_of_its_text() {
        for text in [
            "",
            "{",
            "{}",
            r#"{"generation":1,"access_token":"","obtained_at":0}"#,
        ] {
            let refused = ConnectionItem::decode(&ItemText::new(text.to_owned())).unwrap_err();
            assert_eq!(refused.to_string(), "the keychain item can't be read");
        }
    }
}
