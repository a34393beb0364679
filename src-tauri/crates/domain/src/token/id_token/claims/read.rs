//! The claims as they stand in the token.

use super::super::IdTokenFault;
use crate::json::is_shallow;
use serde::Deserialize;
use serde_json::Value;

/// The claims that the rules look at, read and not believed. A claim that is there twice, or of
/// another type than it has to be, breaks the token; only those for the label may be anything.
///
/// Hazard: it holds personal data, so there is no `Debug`.
#[derive(Deserialize)]
pub struct Claims {
    pub(super) iss: Option<String>,
    pub(super) sub: Option<String>,
    pub(super) aud: Option<Audience>,
    pub(super) azp: Option<String>,
    pub(super) exp: Option<NumericDate>,
    pub(super) iat: Option<NumericDate>,
    pub(super) nbf: Option<NumericDate>,
    pub(super) auth_time: Option<NumericDate>,
    pub(super) nonce: Option<String>,
    pub(super) at_hash: Option<String>,
    /// Microsoft's: the tenant that fills the gap in its issuer.
    pub(super) tid: Option<String>,
    email: Option<Value>,
    name: Option<Value>,
}

/// One audience or several.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Audience {
    pub(super) fn as_slice(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Several(several) => several,
        }
    }
}

/// Seconds since 1970 (RFC 7519 §2), which may have a fraction.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "f64")]
pub(super) struct NumericDate(pub(super) i64);

/// Beyond the year 9999 nobody means a time.
const LAST_SECOND: f64 = 253_402_300_799.0;

impl TryFrom<f64> for NumericDate {
    type Error = &'static str;

    #[expect(
        clippy::cast_possible_truncation,
        reason = "the range is checked, and the fraction is to go"
    )]
    fn try_from(seconds: f64) -> Result<Self, Self::Error> {
        if (0.0..=LAST_SECOND).contains(&seconds) {
            Ok(Self(seconds as i64))
        } else {
            Err("no time between 1970 and 9999")
        }
    }
}

impl Claims {
    /// Reads the payload of a token.
    ///
    /// # Errors
    /// [`IdTokenFault::Malformed`].
    pub fn read(payload: &[u8]) -> Result<Self, IdTokenFault> {
        let is_object = payload.trim_ascii_start().starts_with(b"{");
        (is_object && is_shallow(payload))
            .then(|| serde_json::from_slice(payload).ok())
            .flatten()
            .ok_or(IdTokenFault::Malformed {
                why: "a claim is of a wrong type, or there twice",
            })
    }

    /// Gives the words for the account.
    pub(super) fn label(&self) -> Option<String> {
        let shown = |value: &Option<Value>, longest| {
            let text = crate::text::plain(value.as_ref()?.as_str()?, longest, false);
            let text = text.trim();
            (!text.is_empty()).then(|| text.to_owned())
        };
        shown(&self.email, 254).or_else(|| shown(&self.name, 100))
    }
}
