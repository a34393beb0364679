//! What arrived: counted always, kept only when the configuration says so.
//!
//! Hazard: a kept request holds tokens and secrets as they were sent. It is for tests, prints none of
//! them, and is never written anywhere.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;

/// The newest requests and secrets are kept, older ones make room.
const KEPT: usize = 10_000;

/// An endpoint that can be scripted, counted and recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Endpoint {
    /// Mio's authorization endpoint: `GET /mio/connect`.
    Connect,
    /// The answer of Mio's consent page: `POST /mio/consent`.
    Consent,
    /// Mio's token endpoint: `POST /mio/v1/auth/oauth2/token`.
    Token,
    /// The summary: `GET /mio/v1/context/summary`.
    Summary,
    /// A question: `POST /mio/v1/context`.
    Question,
    /// Mavio's authorization endpoint: `GET /mavio/oauth/authorize`.
    MavioAuthorize,
    /// The answer of Mavio's consent page: `POST /mavio/oauth/consent`.
    MavioConsent,
    /// Mavio's token endpoint: `POST /mavio/oauth/token`.
    MavioToken,
    /// The meetings: `GET /mavio/v1/meetings`.
    MavioMeetings,
    /// The summary of a meeting: `GET /mavio/v1/summaries/{id}`.
    MavioSummaries,
    /// The action items: `GET /mavio/v1/action-items`.
    MavioActionItems,
    /// The plain face's authorization endpoint: `GET /oauth/authorize`.
    OauthAuthorize,
    /// The answer of the plain face's consent page: `POST /oauth/consent`.
    OauthConsent,
    /// The plain face's token endpoint: `POST /oauth/token`.
    OauthToken,
    /// The plain face's revocation endpoint: `POST /oauth/revoke`.
    OauthRevoke,
    /// Who the user is: `GET /oauth/userinfo`.
    OauthUserinfo,
    /// The protected resource: `GET /oauth/api/ping`.
    OauthPing,
    /// The OpenID Connect face's metadata: `GET /oidc/.well-known/openid-configuration`.
    OidcDiscovery,
    /// The same, the path of the issuer at the end: `GET /.well-known/openid-configuration/oidc`.
    OidcInsertedDiscovery,
    /// The same after RFC 8414: `GET /.well-known/oauth-authorization-server/oidc`.
    OidcServerMetadata,
    /// The published keys: `GET /oidc/jwks`.
    OidcJwks,
    /// The pushed authorization request endpoint: `POST /oidc/par`.
    OidcPushed,
    /// The authorization endpoint: `GET /oidc/authorize`.
    OidcAuthorize,
    /// The answer of the consent page: `POST /oidc/consent`.
    OidcConsent,
    /// The token endpoint: `POST /oidc/token`.
    OidcToken,
    /// The revocation endpoint: `POST /oidc/revoke`.
    OidcRevoke,
    /// Who the user is: `GET` or `POST /oidc/userinfo`.
    OidcUserinfo,
    /// The device authorization endpoint: `POST /oidc/device_authorization`.
    OidcDeviceAuthorization,
    /// The page where a user types a device's code: `GET /oidc/device`.
    OidcDevicePage,
    /// The code that was typed there: `POST /oidc/device/code`.
    OidcDeviceCode,
    /// The user's decision on the device: `POST /oidc/device/decision`.
    OidcDeviceDecision,
}

/// One request as it arrived. Its `Debug` names parameters and headers and leaves the values out.
#[derive(Clone)]
pub struct RecordedRequest {
    /// Where it arrived.
    pub endpoint: Endpoint,
    /// The method, in capitals.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The decoded pairs of the query, in order.
    pub query: Vec<(String, String)>,
    /// The headers, names in lower case, in order.
    pub headers: Vec<(String, String)>,
    /// The body as text; what is not UTF-8 is replaced.
    pub body: String,
    /// When it had arrived whole, in milliseconds since the Unix epoch.
    pub at: i64,
}

/// A secret that the sandbox has drawn. Its `Debug` leaves the value out.
#[derive(Clone)]
pub struct DrawnSecret {
    /// What it is, in words: "access token".
    pub kind: &'static str,
    /// The secret itself.
    pub value: String,
}

impl fmt::Debug for DrawnSecret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("DrawnSecret")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

impl RecordedRequest {
    /// The first value of a header; `name` in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        first(&self.headers, name)
    }

    /// The first value of a query parameter.
    #[must_use]
    pub fn query_value(&self, name: &str) -> Option<&str> {
        first(&self.query, name)
    }
}

impl fmt::Debug for RecordedRequest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |pairs: &[(String, String)]| -> Vec<String> {
            pairs.iter().map(|(name, _)| name.clone()).collect()
        };
        out.debug_struct("RecordedRequest")
            .field("endpoint", &self.endpoint)
            .field("method", &self.method)
            .field("path", &self.path)
            .field("query_names", &names(&self.query))
            .field("header_names", &names(&self.headers))
            .field("body_bytes", &self.body.len())
            .field("at", &self.at)
            .finish()
    }
}

/// The log of one sandbox.
#[derive(Debug)]
pub(crate) struct Recording {
    keep: bool,
    kept: Mutex<VecDeque<RecordedRequest>>,
    secrets: Mutex<VecDeque<DrawnSecret>>,
    counts: watch::Sender<BTreeMap<Endpoint, usize>>,
}

impl Recording {
    pub(crate) fn new(keep: bool) -> Self {
        Self {
            keep,
            kept: Mutex::default(),
            secrets: Mutex::default(),
            counts: watch::Sender::new(BTreeMap::new()),
        }
    }

    /// Whether requests are kept; saves the copy where they are not.
    pub(crate) fn keeps(&self) -> bool {
        self.keep
    }

    /// Keeps a request. It is kept before it is counted, so that whoever waited for it finds it.
    pub(crate) fn keep(&self, request: RecordedRequest) {
        keep_newest(&self.kept, request);
    }

    /// Keeps a secret that was drawn.
    pub(crate) fn keep_secret(&self, secret: DrawnSecret) {
        keep_newest(&self.secrets, secret);
    }

    /// Counts an arrival and wakes whoever waits for it.
    pub(crate) fn count(&self, endpoint: Endpoint) {
        self.counts
            .send_modify(|counts| *counts.entry(endpoint).or_default() += 1);
    }

    /// The requests that were kept, oldest first.
    pub(crate) fn requests(&self) -> Vec<RecordedRequest> {
        all(&self.kept)
    }

    /// The secrets that were kept, oldest first.
    pub(crate) fn secrets(&self) -> Vec<DrawnSecret> {
        all(&self.secrets)
    }

    /// How many requests have arrived at an endpoint.
    pub(crate) fn count_of(&self, endpoint: Endpoint) -> usize {
        self.counts
            .borrow()
            .get(&endpoint)
            .copied()
            .unwrap_or_default()
    }

    /// Waits until at least `count` requests have arrived at an endpoint.
    pub(crate) async fn wait_for(&self, endpoint: Endpoint, count: usize) {
        let mut counts = self.counts.subscribe();
        // The sender lives as long as `self`, so the wait ends by the count and not by an error.
        let _ = counts
            .wait_for(|counts| counts.get(&endpoint).copied().unwrap_or_default() >= count)
            .await;
    }
}

fn keep_newest<T>(kept: &Mutex<VecDeque<T>>, one: T) {
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    if kept.len() >= KEPT {
        kept.pop_front();
    }
    kept.push_back(one);
}

fn all<T: Clone>(kept: &Mutex<VecDeque<T>>) -> Vec<T> {
    let kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    kept.iter().cloned().collect()
}

fn first<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs
        .iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recorded_request_prints_no_value() {
        let request = RecordedRequest {
            endpoint: Endpoint::Token,
            method: "POST".to_owned(),
            path: "/mio/v1/auth/oauth2/token".to_owned(),
            query: vec![("code".to_owned(), "planted".to_owned())],
            headers: vec![("authorization".to_owned(), "Bearer planted".to_owned())],
            body: "{\"refresh_token\":\"planted\"}".to_owned(),
            at: 0,
        };

        let printed = format!("{request:?}");

        assert!(!printed.contains("planted"), "{printed}");
        assert!(printed.contains("authorization"), "{printed}");
    }

    #[test]
    fn a_drawn_secret_prints_its_kind_only() {
        let secret = DrawnSecret {
            kind: "access token",
            value: "planted".to_owned(),
        };

        let printed = format!("{secret:?}");

        assert!(!printed.contains("planted"), "{printed}");
        assert!(printed.contains("access token"), "{printed}");
    }
}
