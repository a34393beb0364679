//! Whether a renewal that is due or wanted may begin: not without a network, and not again and
//! again because an API refuses what it gets (SECURITY 59, 63, 64).
//!
//! Loopback endpoints need no network (SECURITY 36). Hazard: the system can be wrong about the
//! network; a wrong "online" costs one ordinary failure.

use super::command::Completion;
use super::entry::Entry;
use super::line::{Place, Rank};
use super::{Actor, answer};
use crate::ports::NetworkState;
use crate::renewal::{RenewalJob, renew};
use keyfob_domain::connection::{Condition, Event, SHORTEST_ASKED_INTERVAL, Wanted};
use keyfob_domain::error::{ErrorCode, Problem};
use keyfob_domain::id::ConnectionId;
use keyfob_domain::time::Timestamp;
use url::{Host, Url};

impl Actor {
    /// Lets an event through as it is, or as what it comes to without a network; `None` when
    /// nothing comes of it now.
    pub(super) fn weigh(&mut self, id: ConnectionId, event: Event) -> Option<Event> {
        let Event::RenewalWanted(wanted) = event else {
            return Some(event);
        };
        if self.is_held_up(id) {
            let asked = wanted != Wanted::ByTimer;
            return Some(Event::NoNetwork { asked });
        }
        let forces = matches!(wanted, Wanted::ByRejection { .. });
        let now = self.ports.clock.moment();
        let entry = self.entry(id).ok()?;
        let lately = entry
            .forced_at
            .is_some_and(|forced_at| now.since(forced_at) < SHORTEST_ASKED_INTERVAL);
        if forces && lately && entry.connection.would_ask_provider() {
            tracing::warn!(connection = %id, "the API refuses a token that was renewed for it a moment ago");
            return None;
        }
        Some(event)
    }

    /// Tells whether a renewal of this connection would need a network that isn't there.
    pub(super) fn is_held_up(&self, id: ConnectionId) -> bool {
        self.known(id).is_some_and(|entry| {
            !self.may_start(&entry.recorded.token_endpoint) && entry.connection.would_ask_provider()
        })
    }

    fn known(&self, id: ConnectionId) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.connection.id == id)
    }

    fn may_start(&self, endpoint: &Url) -> bool {
        *self.network.borrow() == NetworkState::Online || is_loopback(endpoint)
    }

    /// Gives when the timer has to wake for a connection. While it is held up, only the end of
    /// its token is news.
    pub(super) fn wake_of(&self, id: ConnectionId, due_at: Timestamp) -> Option<Timestamp> {
        let now = self.ports.clock.now();
        if due_at > now || !self.is_held_up(id) {
            return Some(due_at);
        }
        let connection = &self.known(id)?.connection;
        let unnoticed = connection.condition == Condition::Active;
        let end = connection.usable_until();
        end.filter(|end| *end > now || unnoticed)
    }

    /// The network came or went, or the computer woke: whatever is due is looked at again.
    pub(super) async fn network_changed(&mut self) {
        let state = *self.network.borrow();
        tracing::info!(network = ?state, "the network was looked at");
        let put_back: Vec<Place> = match state {
            NetworkState::Online => Vec::new(),
            NetworkState::Offline => self.line.withdraw(|endpoint| !is_loopback(endpoint)),
        };
        for place in put_back {
            self.put_back(&place).await;
        }
        self.tick().await;
    }

    /// Takes back a renewal that stood in line when the network went.
    async fn put_back(&mut self, place: &Place) {
        let id = place.id;
        if !self.is_present(id, place.epoch) {
            return;
        }
        let Ok(entry) = self.entry(id) else { return };
        if entry.connection.condition != Condition::Renewing {
            return;
        }
        let asked = place.rank != Rank::Timer;
        self.apply(id, Event::NoNetwork { asked }).await;
        self.refuse_offline(id);
        self.answer_if_nothing_runs(id);
    }

    /// Answers those who wait for a renewal that can't begin.
    pub(super) fn refuse_offline(&mut self, id: ConnectionId) {
        if let Ok(entry) = self.entry(id) {
            for waiter in entry.renewal_waiters.drain(..) {
                answer(waiter, Err(Problem::new(ErrorCode::Offline).of(id)));
            }
        }
    }

    /// Starts as many renewals of those in line as there is room for.
    pub(super) fn start_waiting(&mut self) {
        let random = self.ports.random.clone();
        loop {
            let state = *self.network.borrow();
            let may_start = |endpoint: &Url| state == NetworkState::Online || is_loopback(endpoint);
            let Some(place) = self.line.next(random.as_ref(), may_start) else {
                return;
            };
            if !self.start(&place) {
                self.line.done(place.id, place.epoch);
            }
        }
    }

    /// Starts a renewal, unless the connection has another life by now, or none.
    fn start(&mut self, place: &Place) -> bool {
        let (id, epoch) = (place.id, place.epoch);
        let waits = |entry: &&Entry| {
            entry.connection.epoch == epoch && entry.connection.condition == Condition::Renewing
        };
        let Some(entry) = self.known(id).filter(waits) else {
            return false;
        };
        let Some(provider) = self.provider(&entry.connection.provider) else {
            return false;
        };
        let job = RenewalJob {
            id,
            provider,
            recorded: entry.recorded.clone(),
            generation: entry.connection.life.generation,
            interrupted: entry.interrupted,
            turn: entry.turn.clone(),
        };
        let ports = self.ports.clone();
        self.tasks.spawn(async move {
            let _turn = job.turn.clone().take().await;
            Completion::Renewed {
                id,
                epoch,
                outcome: renew(&ports, job).await,
            }
        });
        true
    }
}

/// Tells whether an address is this computer's own (SECURITY 36): only IP literals are.
fn is_loopback(endpoint: &Url) -> bool {
    match endpoint.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(_)) | None => false,
    }
}
