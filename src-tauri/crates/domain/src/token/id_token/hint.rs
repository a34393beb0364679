//! Reads a label out of an id token that is not verified: it proves nothing, it names the
//! account in the list, and no decision hangs on it (Mio's integration guide and SDK).

use crate::json::is_shallow;
use crate::secret::IdToken;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

/// What the provider calls the account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountHint {
    /// OpenID Connect's `sub`, unverified.
    pub subject: Option<String>,
    /// The e-mail address, else the name.
    pub label: Option<String>,
}

#[derive(Deserialize)]
struct Claims {
    sub: Option<String>,
    email: Option<String>,
    name: Option<String>,
}

/// Reads the hint; an id token that can't be read gives an empty one.
#[must_use]
pub fn account_hint(id_token: &IdToken) -> AccountHint {
    let claims = id_token
        .expose()
        .split('.')
        .nth(1)
        .and_then(|payload| URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok())
        .filter(|payload| is_shallow(payload))
        .and_then(|payload| serde_json::from_slice::<Claims>(&payload).ok());
    let Some(claims) = claims else {
        return AccountHint::default();
    };
    let shown = |text: Option<String>, longest| {
        text.map(|text| crate::text::plain(&text, longest, false).trim().to_owned())
            .filter(|text| !text.is_empty())
    };
    AccountHint {
        subject: claims
            .sub
            .filter(|sub| (1..=255).contains(&sub.len()) && sub.is_ascii()),
        label: shown(claims.email, 254).or_else(|| shown(claims.name, 100)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(claims: &str) -> AccountHint {
        account_hint(&IdToken::new(format!(
            "e30.{}.c2ln",
            URL_SAFE_NO_PAD.encode(claims)
        )))
    }

    #[test]
    fn the_label_is_the_address_else_the_name() {
        assert_eq!(
            hint(r#"{"sub":"u1","email":"ada@lovelace.example","name":"Ada"}"#)
                .label
                .as_deref(),
            Some("ada@lovelace.example")
        );
        assert_eq!(
            hint(r#"{"sub":"u1","name":" Ada "}"#).label.as_deref(),
            Some("Ada")
        );
        assert_eq!(
            hint(r#"{"sub":"u1"}"#),
            AccountHint {
                subject: Some("u1".into()),
                label: None
            }
        );
    }

    #[test]
    fn an_unreadable_token_gives_no_hint_and_hostile_text_becomes_plain() {
        for token in ["", ".", "a.b.c", "a.!!.c", "e30"] {
            assert_eq!(
                account_hint(&IdToken::new(token.into())),
                AccountHint::default(),
                "{token}"
            );
        }
        assert_eq!(
            hint(r#"{"email":"\u202ea\u0000b"}"#).label.as_deref(),
            Some("ab")
        );
        assert_eq!(hint(r#"{"sub":7}"#), AccountHint::default());
    }
}
