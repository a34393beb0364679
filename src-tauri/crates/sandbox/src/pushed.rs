//! Authorization requests that their clients have pushed and no browser has brought back yet
//! (RFC 9126).
//!
//! Hazard: whoever knows a client id can push; entries end by time and by number.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use crate::clock::end_of;
use crate::secret::{Digest, Secret};

/// How many requests may wait at once.
const KEPT: usize = 512;

/// The parameters of an authorization request, as they were sent.
pub(crate) type Parameters = Vec<(String, String)>;

/// The waiting requests of one sandbox.
#[derive(Default)]
pub(crate) struct Pushed {
    entries: HashMap<Digest, Entry>,
    order: VecDeque<Digest>,
}

struct Entry {
    client_id: String,
    parameters: Parameters,
    expires_at: i64,
}

impl Pushed {
    /// Keeps the parameters under a fresh `request_uri`.
    pub(crate) fn add(
        &mut self,
        request_uri: &Secret,
        client_id: &str,
        parameters: Parameters,
        lifetime: Duration,
        now: i64,
    ) {
        while self.order.len() >= KEPT {
            if let Some(oldest) = self.order.pop_front() {
                self.entries.remove(&oldest);
            }
        }
        let entry = Entry {
            client_id: client_id.to_owned(),
            parameters,
            expires_at: end_of(now, lifetime),
        };
        self.entries.insert(request_uri.digest(), entry);
        self.order.push_back(request_uri.digest());
    }

    /// Takes the parameters away: a `request_uri` is good once, for its own client, until its end.
    /// Another client's question leaves it as it was.
    pub(crate) fn take(
        &mut self,
        request_uri: &str,
        client_id: &str,
        now: i64,
    ) -> Option<Parameters> {
        let digest = Digest::of(request_uri);
        if self.entries.get(&digest)?.client_id != client_id {
            return None;
        }
        let entry = self.entries.remove(&digest)?;
        self.order.retain(|kept| *kept != digest);
        (now < entry.expires_at).then_some(entry.parameters)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIFETIME: Duration = Duration::from_secs(60);

    fn pushed(pushed: &mut Pushed) -> Secret {
        let request_uri = Secret::draw("urn:").unwrap();
        let parameters = vec![("scope".to_owned(), "openid".to_owned())];
        pushed.add(&request_uri, "id", parameters, LIFETIME, 0);
        request_uri
    }

    #[test]
    fn a_pushed_request_is_good_once_for_its_client_and_for_its_time() {
        let mut kept = Pushed::default();
        let (early, late) = (pushed(&mut kept), pushed(&mut kept));

        assert!(kept.take(early.expose(), "other", 0).is_none());
        assert!(kept.take("urn:stranger", "id", 0).is_none());
        let parameters = kept.take(early.expose(), "id", 59_999).unwrap();
        assert_eq!(parameters[0].1, "openid");
        assert!(kept.take(early.expose(), "id", 59_999).is_none(), "once");
        assert!(kept.take(late.expose(), "id", 60_000).is_none(), "too late");
        assert!(kept.entries.is_empty() && kept.order.is_empty());
    }

    #[test]
    fn the_oldest_request_makes_room_for_a_new_one() {
        let mut kept = Pushed::default();
        let first = pushed(&mut kept);
        for _ in 0..KEPT {
            pushed(&mut kept);
        }

        assert!(kept.take(first.expose(), "id", 0).is_none());
        assert_eq!((kept.entries.len(), kept.order.len()), (KEPT, KEPT));
    }
}
