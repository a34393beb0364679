//! Authorization requests that wait for their user's decision.
//!
//! Each is reached by a ticket that only its consent page carries, so no other page can answer for
//! the user. Hazard: whoever opens the authorization endpoint makes an entry; entries end by time and
//! by number.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use crate::clock::end_of;
use crate::config::Face;
use crate::secret::{Digest, Secret};

/// How long a consent page may be left open.
const LIFETIME: Duration = Duration::from_secs(30 * 60);

/// How many pages may be open or remembered at once.
const KEPT: usize = 512;

/// What a request says of refresh tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RefreshWish {
    /// Nothing that counts: the face decides.
    Face,
    /// It wants none.
    No,
    /// It wants one where the client has none of this user.
    UnlessGiven,
}

/// A checked authorization request (RFC 6749 §4.1.1).
#[derive(Clone)]
pub(crate) struct AuthorizationRequest {
    pub(crate) face: Face,
    pub(crate) client_id: String,
    pub(crate) client_name: String,
    pub(crate) redirect_uri: String,
    pub(crate) scope: Vec<String>,
    pub(crate) state: Option<String>,
    pub(crate) code_challenge: Option<String>,
    pub(crate) nonce: Option<String>,
    pub(crate) refresh: RefreshWish,
}

/// Why a ticket was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TicketRefusal {
    Unknown,
    Expired,
    Used,
}

/// The waiting requests of one sandbox.
#[derive(Default)]
pub(crate) struct Pending {
    entries: HashMap<Digest, Entry>,
    order: VecDeque<Digest>,
}

struct Entry {
    request: Option<AuthorizationRequest>,
    expires_at: i64,
}

impl Pending {
    /// Keeps a request under a fresh ticket.
    pub(crate) fn add(&mut self, ticket: &Secret, request: AuthorizationRequest, now: i64) {
        while self.order.len() >= KEPT {
            if let Some(oldest) = self.order.pop_front() {
                self.entries.remove(&oldest);
            }
        }
        let entry = Entry {
            request: Some(request),
            expires_at: end_of(now, LIFETIME),
        };
        self.entries.insert(ticket.digest(), entry);
        self.order.push_back(ticket.digest());
    }

    /// Takes a request away and uses its ticket up, unless `check` refuses the request: then the
    /// ticket stays good.
    pub(crate) fn take_if<E: From<TicketRefusal>>(
        &mut self,
        ticket: &str,
        now: i64,
        check: impl FnOnce(&AuthorizationRequest) -> Result<(), E>,
    ) -> Result<AuthorizationRequest, E> {
        let entry = self
            .entries
            .get_mut(&Digest::of(ticket))
            .ok_or(TicketRefusal::Unknown)?;
        if now >= entry.expires_at {
            return Err(TicketRefusal::Expired.into());
        }
        check(entry.request.as_ref().ok_or(TicketRefusal::Used)?)?;
        Ok(entry.request.take().ok_or(TicketRefusal::Used)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> AuthorizationRequest {
        AuthorizationRequest {
            face: Face::Mio,
            client_id: "id".to_owned(),
            client_name: "Keyfob".to_owned(),
            redirect_uri: "a.example:/cb".to_owned(),
            scope: Vec::new(),
            state: None,
            code_challenge: None,
            nonce: None,
            refresh: RefreshWish::Face,
        }
    }

    fn take(
        pending: &mut Pending,
        ticket: &str,
        now: i64,
    ) -> Result<AuthorizationRequest, TicketRefusal> {
        pending.take_if(ticket, now, |_| Ok(()))
    }

    #[test]
    fn a_ticket_is_good_once_and_for_half_an_hour() {
        let mut pending = Pending::default();
        let (early, late) = (Secret::draw("").unwrap(), Secret::draw("").unwrap());
        pending.add(&early, request(), 0);
        pending.add(&late, request(), 0);
        let end = 30 * 60 * 1000;

        let refused = pending.take_if(early.expose(), end - 1, |_| Err(TicketRefusal::Unknown));
        assert_eq!(refused.err(), Some(TicketRefusal::Unknown));
        assert!(
            take(&mut pending, early.expose(), end - 1).is_ok(),
            "still good after a refusal"
        );
        assert_eq!(
            take(&mut pending, early.expose(), end - 1).err(),
            Some(TicketRefusal::Used)
        );
        assert_eq!(
            take(&mut pending, late.expose(), end).err(),
            Some(TicketRefusal::Expired)
        );
        assert_eq!(
            take(&mut pending, "stranger", 0).err(),
            Some(TicketRefusal::Unknown)
        );
    }

    #[test]
    fn the_oldest_page_makes_room_for_a_new_one() {
        let mut pending = Pending::default();
        let first = Secret::draw("").unwrap();
        pending.add(&first, request(), 0);
        for _ in 0..KEPT {
            pending.add(&Secret::draw("").unwrap(), request(), 0);
        }

        assert_eq!(
            take(&mut pending, first.expose(), 0).err(),
            Some(TicketRefusal::Unknown)
        );
        assert_eq!(pending.entries.len(), KEPT);
        assert_eq!(pending.order.len(), KEPT);
    }
}
