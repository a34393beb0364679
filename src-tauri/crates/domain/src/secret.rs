//! Values that must never be seen: each is a type of its own around [`SecretString`].
//!
//! They have no `Display`, no `Clone`, no `Serialize`, a redacted `Debug`, and are overwritten
//! when dropped (SECURITY 94, 110). `expose` is called only where a byte has to leave the
//! process. Hazard: the TLS, JSON and keychain libraries keep copies that cannot be reached.

use secrecy::{ExposeSecret, SecretString};
use std::fmt;

macro_rules! secret {
    ($($(#[$meta:meta])* $name:ident;)*) => {$(
        $(#[$meta])*
        pub struct $name(SecretString);

        impl $name {
            /// Takes the secret text; the given string is consumed.
            #[must_use]
            pub fn new(text: String) -> Self {
                Self(SecretString::from(text))
            }

            /// Gives the text, for the one place where it leaves the process.
            #[must_use]
            pub fn expose(&self) -> &str {
                self.0.expose_secret()
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(concat!(stringify!($name), "([redacted])"))
            }
        }
    )*};
}

secret! {
    /// RFC 6749 §1.4.
    AccessToken;
    /// RFC 6749 §1.5.
    RefreshToken;
    /// OpenID Connect Core 2; Keyfob never hands it out (SECURITY 56).
    IdToken;
    /// RFC 6749 §4.1.2.
    AuthorizationCode;
    /// RFC 7636 §4.1.
    CodeVerifier;
    /// RFC 6749 §10.12: what ties an answer to its question.
    StateParameter;
    /// OpenID Connect Core 3.1.2.1.
    Nonce;
    /// RFC 6749 §2.3.1; entered by the user, it proves nothing about Keyfob (SECURITY 8).
    ClientSecret;
    /// The text of one keychain item.
    ItemText;
}

/// Tells whether a token's text may be sent in a header: printable ASCII, 1 byte to 64 KiB (SECURITY 49).
#[must_use]
pub fn is_token_text(text: &str) -> bool {
    (1..=64 * 1024).contains(&text.len()) && text.bytes().all(|byte| (0x20..=0x7e).contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use static_assertions::assert_not_impl_any;

    // SECURITY 94: what can't be serialised, printed or copied can't slip out. These lines fail
    // to compile when somebody derives one of the traits.
    assert_not_impl_any!(AccessToken: serde::Serialize, fmt::Display, Clone);
    assert_not_impl_any!(RefreshToken: serde::Serialize, fmt::Display, Clone);
    assert_not_impl_any!(IdToken: serde::Serialize, fmt::Display, Clone);
    assert_not_impl_any!(AuthorizationCode: serde::Serialize, fmt::Display, Clone);
    assert_not_impl_any!(CodeVerifier: serde::Serialize, fmt::Display, Clone);
    assert_not_impl_any!(StateParameter: serde::Serialize, fmt::Display, Clone);
    assert_not_impl_any!(Nonce: serde::Serialize, fmt::Display, Clone);
    assert_not_impl_any!(ClientSecret: serde::Serialize, fmt::Display, Clone);
    assert_not_impl_any!(ItemText: serde::Serialize, fmt::Display, Clone);

    #[test]
    fn a_secret_prints_its_name_and_nothing_else() {
        let token = RefreshToken::new("rt_marked".to_owned());
        assert_eq!(format!("{token:?}"), "RefreshToken([redacted])");
        assert_eq!(
            format!("{:?}", Some(&token)),
            "Some(RefreshToken([redacted]))"
        );
    }

    #[test]
    fn security_49_a_token_with_a_line_break_is_no_token() {
        assert!(is_token_text("mavio_at_123~-._ +/="));
        for bad in ["", "a\r\nX: y", "a\u{0}", "tök", &"x".repeat(64 * 1024 + 1)] {
            assert!(!is_token_text(bad), "{}", bad.escape_debug());
        }
    }
}
