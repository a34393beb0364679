//! The clients that are registered: what they are called, where they may be answered, how they prove
//! who they are. One table for all faces; a client belongs to one of them.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::config::Face;
use crate::error::RegistrationError;
use crate::redirect_uri;
use crate::secret::{Digest, Secret};

/// What is asked for when a client is registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientRegistration {
    /// The provider it is registered with.
    pub face: Face,
    /// What the consent page calls it.
    pub name: String,
    /// Where answers may go. They match exactly, but for the port of an `http://127.0.0.1…` or
    /// `http://[::1]…` URI (RFC 8252 §7.3), which Mavio compares too unless its manners say otherwise,
    /// and the plain and the OpenID Connect face if their manners say so.
    pub redirect_uris: Vec<String>,
}

/// A registered client's credentials. The secret is given out here, once; a digest is kept.
#[derive(Clone)]
pub struct IssuedClient {
    /// The public identifier.
    pub client_id: String,
    /// The client secret.
    pub client_secret: String,
}

impl fmt::Debug for IssuedClient {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("IssuedClient")
            .field("client_id", &self.client_id)
            .field("client_secret", &"[redacted]")
            .finish()
    }
}

/// A client as it names and proves itself in a request.
pub(crate) struct Credentials {
    pub(crate) client_id: String,
    /// `None` is a public client (RFC 6749 §2.1).
    pub(crate) client_secret: Option<String>,
}

/// A client as it is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Client {
    pub(crate) face: Face,
    pub(crate) name: String,
    secret_sha256: Digest,
    redirect_uris: Vec<String>,
}

impl Client {
    /// Whether an answer may go to `uri`; with `any_loopback_port` also to another port than the
    /// registered one, if that is on loopback.
    pub(crate) fn may_be_answered_at(&self, uri: &str, any_loopback_port: bool) -> bool {
        self.redirect_uris.iter().any(|registered| {
            registered == uri || (any_loopback_port && redirect_uri::matches(registered, uri))
        })
    }
}

/// All clients, by client id.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Clients(BTreeMap<String, Client>);

impl Clients {
    /// Adds a client under an id and a secret drawn by the caller.
    pub(crate) fn register(
        &mut self,
        registration: ClientRegistration,
        client_id: String,
        client_secret: &Secret,
    ) -> Result<IssuedClient, RegistrationError> {
        let name = registration.name.trim();
        if name.is_empty() || name.chars().count() > 64 {
            return Err(RegistrationError::Name);
        }
        if registration.redirect_uris.is_empty() {
            return Err(RegistrationError::NoRedirectUri);
        }
        let refused = |uri: &&String| !redirect_uri::is_registrable(uri);
        if let Some(uri) = registration.redirect_uris.iter().find(refused) {
            return Err(RegistrationError::RedirectUri(uri.clone()));
        }
        let client = Client {
            face: registration.face,
            name: name.to_owned(),
            secret_sha256: client_secret.digest(),
            redirect_uris: registration.redirect_uris,
        };
        self.0.insert(client_id.clone(), client);
        Ok(IssuedClient {
            client_id,
            client_secret: client_secret.expose().to_owned(),
        })
    }

    /// Finds a client of this face.
    pub(crate) fn find(&self, face: Face, client_id: &str) -> Option<&Client> {
        self.0.get(client_id).filter(|client| client.face == face)
    }

    /// Whether this face knows the client and the secret is its own. Without a secret it is enough to
    /// be known: whether a client may be public is for the face to say.
    pub(crate) fn authenticate(&self, face: Face, client: &Credentials) -> bool {
        self.find(face, &client.client_id).is_some_and(|known| {
            let secret = client.client_secret.as_deref();
            secret.is_none_or(|secret| known.secret_sha256.matches(secret))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registration(name: &str, redirect_uris: &[&str]) -> ClientRegistration {
        ClientRegistration {
            face: Face::Mio,
            name: name.to_owned(),
            redirect_uris: redirect_uris.iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn a_registration_that_cannot_work_is_refused_with_its_reason() {
        let rows = [
            (
                registration("  ", &["a.example:/cb"]),
                RegistrationError::Name,
            ),
            (
                registration(&"x".repeat(65), &["a.example:/cb"]),
                RegistrationError::Name,
            ),
            (
                registration("Keyfob", &[]),
                RegistrationError::NoRedirectUri,
            ),
            (
                registration("Keyfob", &["a.example:/cb", "nowhere"]),
                RegistrationError::RedirectUri("nowhere".to_owned()),
            ),
        ];
        for (registration, expected) in rows {
            let secret = Secret::draw("").unwrap();
            let seen = Clients::default()
                .register(registration, "id".to_owned(), &secret)
                .unwrap_err();
            assert_eq!(seen, expected);
        }
    }

    #[test]
    fn the_secret_of_a_client_is_not_kept_and_not_printed() {
        let secret = Secret::draw("mio_secret_").unwrap();
        let mut clients = Clients::default();

        let issued = clients
            .register(
                registration("Keyfob", &["a.example:/cb"]),
                "id".to_owned(),
                &secret,
            )
            .unwrap();

        let kept = serde_json::to_string(&clients).unwrap();
        for seen in [kept, format!("{clients:?}"), format!("{issued:?}")] {
            assert!(!seen.contains(secret.expose()), "{seen}");
        }
        let own = issued.client_secret.as_str();
        for (face, client_id, client_secret, expected) in [
            (Face::Mio, "id", Some(own), true),
            (Face::Mio, "id", None, true),
            (Face::Mio, "id", Some("mio_secret_wrong"), false),
            (Face::Mio, "id", Some(""), false),
            (Face::Mio, "other", Some(own), false),
            (Face::Mio, "other", None, false),
            (Face::Oauth, "id", Some(own), false),
        ] {
            let shown = Credentials {
                client_id: client_id.to_owned(),
                client_secret: client_secret.map(str::to_owned),
            };
            let seen = clients.authenticate(face, &shown);
            assert_eq!(seen, expected, "{face:?} {client_id} {client_secret:?}");
        }
    }
}
