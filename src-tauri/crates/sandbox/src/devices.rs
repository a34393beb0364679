//! Devices without a browser of their own that wait for their user's decision (RFC 8628).
//!
//! Pure: time and fresh secrets are handed in. The device is known by its device code, its user by
//! the user code, and the page that asks them by a ticket that only this page carries. Hazard:
//! whoever knows a client id makes an entry; entries end by time and by number.

mod user_code;

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

pub(crate) use user_code::UserCode;

use crate::clock::{end_of, millis};
use crate::config::Face;
use crate::grants::GrantTerms;
use crate::secret::{Digest, Secret};

/// How many devices may wait or be remembered at once.
const KEPT: usize = 512;

/// What an answer `slow_down` adds to the interval (RFC 8628 §3.5).
const SLOWER_BY: Duration = Duration::from_secs(5);

/// What a device asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DeviceRequest {
    pub(crate) face: Face,
    pub(crate) client_id: String,
    pub(crate) client_name: String,
    pub(crate) scope: Vec<String>,
}

/// Why a user's page has nothing to show or to decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DeviceRefusal {
    Unknown,
    Expired,
    Answered,
}

/// Why a device that asks gets no tokens (RFC 8628 §3.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Poll {
    AuthorizationPending,
    SlowDown,
    AccessDenied,
    ExpiredToken,
    /// The device code is unknown, used, or another client's: `invalid_grant`.
    NotGranted,
}

impl Poll {
    /// The word on the wire.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::AuthorizationPending => "authorization_pending",
            Self::SlowDown => "slow_down",
            Self::AccessDenied => "access_denied",
            Self::ExpiredToken => "expired_token",
            Self::NotGranted => "invalid_grant",
        }
    }

    /// One sentence for `error_description`.
    pub(crate) fn description(self) -> &'static str {
        match self {
            Self::AuthorizationPending => "the user has not decided yet",
            Self::SlowDown => "the device asks too often",
            Self::AccessDenied => "the user denied the request",
            Self::ExpiredToken => "the device code has expired",
            Self::NotGranted => "the device code is unknown or was used",
        }
    }
}

/// The waiting devices of one sandbox.
#[derive(Default)]
pub(crate) struct Devices {
    entries: HashMap<Digest, Entry>,
    order: VecDeque<Digest>,
}

struct Entry {
    request: DeviceRequest,
    user_code: UserCode,
    expires_at: i64,
    interval: Duration,
    /// When the device asked last.
    asked_at: Option<i64>,
    /// Of the page that asks the user.
    ticket: Option<Digest>,
    decision: Decision,
}

enum Decision {
    Open,
    Allowed { user: String },
    Denied,
}

/// The times of a device code.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DeviceTimes {
    pub(crate) lifetime: Duration,
    /// How long a device has to wait between two questions.
    pub(crate) interval: Duration,
}

impl Devices {
    /// Keeps what a device asks for, under codes that were just drawn.
    pub(crate) fn add(
        &mut self,
        device_code: &Secret,
        user_code: UserCode,
        request: DeviceRequest,
        times: DeviceTimes,
        now: i64,
    ) {
        while self.order.len() >= KEPT {
            if let Some(oldest) = self.order.pop_front() {
                self.entries.remove(&oldest);
            }
        }
        let entry = Entry {
            request,
            user_code,
            expires_at: end_of(now, times.lifetime),
            interval: times.interval,
            asked_at: None,
            ticket: None,
            decision: Decision::Open,
        };
        self.entries.insert(device_code.digest(), entry);
        self.order.push_back(device_code.digest());
    }

    /// Gives what the device with this user code asks for, to a page that carries this ticket. An
    /// earlier page of the same device can no longer decide.
    pub(crate) fn open(
        &mut self,
        user_code: &UserCode,
        ticket: &Secret,
        now: i64,
    ) -> Result<DeviceRequest, DeviceRefusal> {
        let mut entries = self.entries.values_mut();
        let entry = entries
            .find(|entry| entry.user_code == *user_code)
            .ok_or(DeviceRefusal::Unknown)?;
        entry.check_open(now)?;
        entry.ticket = Some(ticket.digest());
        Ok(entry.request.clone())
    }

    /// Takes the decision of a page: a user who allows, or nobody. Gives the name of the client.
    pub(crate) fn decide(
        &mut self,
        face: Face,
        ticket: &str,
        user: Option<&str>,
        now: i64,
    ) -> Result<String, DeviceRefusal> {
        let ticket = Digest::of(ticket);
        let mut entries = self.entries.values_mut();
        let entry = entries
            .find(|entry| entry.request.face == face && entry.ticket == Some(ticket))
            .ok_or(DeviceRefusal::Unknown)?;
        entry.check_open(now)?;
        entry.decision = match user {
            Some(user) => Decision::Allowed {
                user: user.to_owned(),
            },
            None => Decision::Denied,
        };
        Ok(entry.request.client_name.clone())
    }

    /// Answers a device that asks whether its user has decided. What was allowed is given once.
    pub(crate) fn redeem(
        &mut self,
        face: Face,
        device_code: &str,
        client_id: &str,
        now: i64,
    ) -> Result<GrantTerms, Poll> {
        let digest = Digest::of(device_code);
        let entry = self.entries.get_mut(&digest).ok_or(Poll::NotGranted)?;
        if entry.request.face != face || entry.request.client_id != client_id {
            return Err(Poll::NotGranted);
        }
        if now >= entry.expires_at {
            return Err(Poll::ExpiredToken);
        }
        match &entry.decision {
            Decision::Open => Err(entry.asked(now)),
            Decision::Denied => Err(Poll::AccessDenied),
            Decision::Allowed { user } => {
                let terms = GrantTerms {
                    face,
                    client_id: client_id.to_owned(),
                    scope: entry.request.scope.clone(),
                    user: user.clone(),
                    nonce: None,
                    refreshable: true,
                };
                self.entries.remove(&digest);
                self.order.retain(|kept| *kept != digest);
                Ok(terms)
            }
        }
    }
}

impl Entry {
    fn check_open(&self, now: i64) -> Result<(), DeviceRefusal> {
        match &self.decision {
            Decision::Allowed { .. } | Decision::Denied => Err(DeviceRefusal::Answered),
            Decision::Open if now >= self.expires_at => Err(DeviceRefusal::Expired),
            Decision::Open => Ok(()),
        }
    }

    /// Notes the question of a device whose user has not decided; one that comes too early makes
    /// the interval longer.
    fn asked(&mut self, now: i64) -> Poll {
        let before = self.asked_at.replace(now);
        let too_early = before.is_some_and(|before| now < end_of(before, self.interval));
        if !too_early {
            return Poll::AuthorizationPending;
        }
        let slower = millis(self.interval).saturating_add(millis(SLOWER_BY));
        self.interval = Duration::from_millis(slower.unsigned_abs());
        Poll::SlowDown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMES: DeviceTimes = DeviceTimes {
        lifetime: Duration::from_secs(600),
        interval: Duration::from_secs(5),
    };

    fn request() -> DeviceRequest {
        DeviceRequest {
            face: Face::Oidc,
            client_id: "id".to_owned(),
            client_name: "Keyfob".to_owned(),
            scope: vec!["openid".to_owned()],
        }
    }

    fn added(devices: &mut Devices) -> (Secret, UserCode) {
        let (device_code, user_code) = (Secret::draw("").unwrap(), UserCode::draw().unwrap());
        devices.add(&device_code, user_code.clone(), request(), TIMES, 0);
        (device_code, user_code)
    }

    fn asks(devices: &mut Devices, code: &Secret, now: i64) -> Result<String, Poll> {
        let granted = devices.redeem(Face::Oidc, code.expose(), "id", now);
        granted.map(|terms| terms.user)
    }

    #[test]
    fn a_device_that_asks_too_often_has_to_wait_longer_each_time() {
        let mut devices = Devices::default();
        let (code, _) = added(&mut devices);
        // When it asks, and whether that was too early: the interval is 5, 10, then 15 seconds.
        let rows = [
            (0, Poll::AuthorizationPending),
            (4_999, Poll::SlowDown),
            (14_998, Poll::SlowDown),
            (29_998, Poll::AuthorizationPending),
            (44_997, Poll::SlowDown),
            (599_999, Poll::AuthorizationPending),
            (600_000, Poll::ExpiredToken),
        ];
        for (now, expected) in rows {
            assert_eq!(asks(&mut devices, &code, now), Err(expected), "{now}");
        }
    }

    #[test]
    fn what_a_user_allows_is_given_to_its_device_once() {
        let mut devices = Devices::default();
        let (code, user_code) = added(&mut devices);
        let (other, _) = added(&mut devices);
        let ticket = Secret::draw("").unwrap();
        assert_eq!(devices.open(&user_code, &ticket, 0), Ok(request()));
        assert_eq!(
            devices.decide(Face::Mio, ticket.expose(), Some("ada"), 0),
            Err(DeviceRefusal::Unknown),
            "the ticket of another face"
        );
        let decided = devices.decide(Face::Oidc, ticket.expose(), Some("ada"), 0);
        assert_eq!(decided, Ok("Keyfob".to_owned()));

        let foreign = devices.redeem(Face::Oidc, code.expose(), "other", 0);
        assert_eq!(foreign.err(), Some(Poll::NotGranted), "another client");
        let foreign = devices.redeem(Face::Oauth, code.expose(), "id", 0);
        assert_eq!(foreign.err(), Some(Poll::NotGranted), "another face");
        assert_eq!(asks(&mut devices, &code, 0), Ok("ada".to_owned()));
        assert_eq!(asks(&mut devices, &code, 0), Err(Poll::NotGranted));
        assert_eq!(
            asks(&mut devices, &other, 0),
            Err(Poll::AuthorizationPending)
        );
    }

    #[test]
    fn a_page_decides_once_in_time_and_only_while_it_is_the_newest() {
        let mut devices = Devices::default();
        let (code, user_code) = added(&mut devices);
        let (old, new) = (Secret::draw("").unwrap(), Secret::draw("").unwrap());
        devices.open(&user_code, &old, 0).unwrap();
        devices.open(&user_code, &new, 0).unwrap();
        let mut decide = |ticket: &Secret, now| {
            let decided = devices.decide(Face::Oidc, ticket.expose(), None, now);
            decided.map(|_| ())
        };

        assert_eq!(decide(&old, 0), Err(DeviceRefusal::Unknown));
        assert_eq!(decide(&new, 600_000), Err(DeviceRefusal::Expired));
        assert_eq!(decide(&new, 599_999), Ok(()));
        assert_eq!(decide(&new, 599_999), Err(DeviceRefusal::Answered));
        assert_eq!(asks(&mut devices, &code, 0), Err(Poll::AccessDenied));
        let again = devices.open(&user_code, &old, 0);
        assert_eq!(again, Err(DeviceRefusal::Answered));
        let stranger = UserCode::draw().unwrap();
        let unknown = devices.open(&stranger, &old, 0);
        assert_eq!(unknown, Err(DeviceRefusal::Unknown));
    }

    #[test]
    fn the_oldest_device_makes_room_for_a_new_one() {
        let mut devices = Devices::default();
        let (first, _) = added(&mut devices);
        for _ in 0..KEPT {
            added(&mut devices);
        }

        assert_eq!(asks(&mut devices, &first, 0), Err(Poll::NotGranted));
        assert_eq!((devices.entries.len(), devices.order.len()), (KEPT, KEPT));
    }
}
