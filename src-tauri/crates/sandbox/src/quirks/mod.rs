//! Named ways to misbehave, seen at servers or allowed by a specification: a client is tried against
//! one by its name, in a test or by hand (`keyfob-sandbox --quirk NAME`).
//!
//! Here is what there is and where it is played; what each does to the wire is a [`Scripted`] or a
//! manner. No quirk says what a client should make of it: that is for the client's tests.

mod authorization;
mod exchange;
mod reading;
mod refresh;
mod revocation;
mod wire;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use crate::http::pairs;
use crate::recording::Endpoint;
use crate::sandbox::Sandbox;
use crate::script::Scripted;

/// Where in the conversation a quirk shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// The redirect that answers an authorization request (RFC 6749 §4.1.2).
    Redirect,
    /// The token endpoint, asked with an authorization code (RFC 6749 §4.1.3).
    Exchange,
    /// The token endpoint, asked with a refresh token (RFC 6749 §6).
    Refresh,
    /// The revocation endpoint (RFC 7009), which the plain and the OpenID Connect face have.
    Revocation,
    /// What an access token reads.
    Reading,
}

/// One way to misbehave.
#[derive(Clone, Copy)]
pub struct Quirk {
    /// Its name, kebab-case; it begins with the place unless it is a manner.
    pub name: &'static str,
    /// One sentence that says what the server does.
    pub does: &'static str,
    /// Where it shows.
    pub place: Place,
    act: Act,
}

/// What is done to a request that comes at a time, in milliseconds since 1970.
type Script = fn(i64) -> Scripted;

#[derive(Clone, Copy)]
enum Act {
    /// Plays this for every request at the place.
    Script(Script),
    /// Changes how the faces behave.
    Manner(fn(&Sandbox)),
}

impl Quirk {
    const fn scripted(
        place: Place,
        name: &'static str,
        does: &'static str,
        script: Script,
    ) -> Self {
        Self {
            name,
            does,
            place,
            act: Act::Script(script),
        }
    }

    const fn manner(
        place: Place,
        name: &'static str,
        does: &'static str,
        change: fn(&Sandbox),
    ) -> Self {
        Self {
            name,
            does,
            place,
            act: Act::Manner(change),
        }
    }
}

/// Names are unique.
impl PartialEq for Quirk {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Quirk {}

impl fmt::Debug for Quirk {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Quirk({})", self.name)
    }
}

/// Every quirk there is, by place.
pub fn all() -> impl Iterator<Item = &'static Quirk> {
    [
        authorization::QUIRKS,
        exchange::QUIRKS,
        refresh::QUIRKS,
        revocation::QUIRKS,
        reading::QUIRKS,
    ]
    .into_iter()
    .flatten()
}

/// Finds a quirk by its name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Quirk> {
    all().find(|quirk| quirk.name == name)
}

impl Sandbox {
    /// Plays a quirk at every face that has its place, from the next request on. It takes the place
    /// of an earlier one there; what is scripted for an endpoint comes before it.
    pub fn play(&self, quirk: &Quirk) {
        match quirk.act {
            Act::Script(script) => self.stage().set(quirk.place, script),
            Act::Manner(change) => change(self),
        }
    }

    /// Ends what is played. Manners that a quirk changed stay as they are.
    pub fn stop_playing(&self) {
        self.stage().clear();
    }

    /// What is played for a request.
    pub(crate) fn played(&self, endpoint: Endpoint, body: &[u8]) -> Option<Scripted> {
        let script = self.stage().at(place_of(endpoint, body)?)?;
        Some(script(self.now()))
    }
}

/// What one sandbox plays.
#[derive(Default)]
pub(crate) struct Stage(Mutex<BTreeMap<Place, Script>>);

impl Stage {
    fn set(&self, place: Place, script: Script) {
        self.played(|played| played.insert(place, script));
    }

    fn clear(&self) {
        self.played(BTreeMap::clear);
    }

    fn at(&self, place: Place) -> Option<Script> {
        self.played(|played| played.get(&place).copied())
    }

    fn played<T>(&self, use_it: impl FnOnce(&mut BTreeMap<Place, Script>) -> T) -> T {
        use_it(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn place_of(endpoint: Endpoint, body: &[u8]) -> Option<Place> {
    match endpoint {
        Endpoint::Connect
        | Endpoint::MavioAuthorize
        | Endpoint::OauthAuthorize
        | Endpoint::OidcAuthorize
        | Endpoint::OidcDiscovery
        | Endpoint::OidcInsertedDiscovery
        | Endpoint::OidcServerMetadata
        | Endpoint::OidcJwks
        | Endpoint::OidcPushed
        | Endpoint::OidcDeviceAuthorization
        | Endpoint::OidcDevicePage
        | Endpoint::OidcDeviceCode
        | Endpoint::OidcDeviceDecision => None,
        Endpoint::Consent
        | Endpoint::MavioConsent
        | Endpoint::OauthConsent
        | Endpoint::OidcConsent => Some(Place::Redirect),
        Endpoint::Token | Endpoint::MavioToken | Endpoint::OauthToken | Endpoint::OidcToken => {
            let refresh = grant_type(body).as_deref() == Some("refresh_token");
            Some(if refresh {
                Place::Refresh
            } else {
                Place::Exchange
            })
        }
        Endpoint::OauthRevoke | Endpoint::OidcRevoke => Some(Place::Revocation),
        Endpoint::Summary
        | Endpoint::Question
        | Endpoint::MavioMeetings
        | Endpoint::MavioSummaries
        | Endpoint::MavioActionItems
        | Endpoint::OauthUserinfo
        | Endpoint::OidcUserinfo
        | Endpoint::OauthPing => Some(Place::Reading),
    }
}

/// Reads the grant type of a JSON body or a form.
fn grant_type(body: &[u8]) -> Option<String> {
    if let Ok(object) = serde_json::from_slice::<serde_json::Value>(body) {
        return Some(object.get("grant_type")?.as_str()?.to_owned());
    }
    let mut fields = pairs(body).into_iter();
    fields
        .find(|(name, _)| name == "grant_type")
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kebab_case_and_unique_and_say_where() {
        let mut names: Vec<&str> = all().map(|quirk| quirk.name).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count, "each name once");
        for quirk in all() {
            let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            assert!(quirk.name.chars().all(kebab), "{quirk:?}");
            assert!(quirk.does.ends_with('.'), "{quirk:?}: a sentence");
            let place = match (quirk.act, quirk.place) {
                (Act::Manner(_), _) => "",
                (Act::Script(_), Place::Redirect) => "redirect-",
                (Act::Script(_), Place::Exchange) => "exchange-",
                (Act::Script(_), Place::Refresh) => "refresh-",
                (Act::Script(_), Place::Revocation) => "revoke-",
                (Act::Script(_), Place::Reading) => "read-",
            };
            assert!(quirk.name.starts_with(place), "{quirk:?}");
        }
        assert_eq!(find("no-such-quirk").map(|quirk| quirk.name), None);
    }

    #[test]
    fn the_token_endpoint_is_two_places() {
        let rows: [(&[u8], Place); 5] = [
            (br#"{"grant_type":"refresh_token"}"#, Place::Refresh),
            (b"grant_type=refresh_token&x=1", Place::Refresh),
            (br#"{"grant_type":"authorization_code"}"#, Place::Exchange),
            (b"grant_type=authorization_code", Place::Exchange),
            (b"refresh_token", Place::Exchange),
        ];
        for (body, expected) in rows {
            assert_eq!(place_of(Endpoint::Token, body), Some(expected), "{body:?}");
        }
    }
}
