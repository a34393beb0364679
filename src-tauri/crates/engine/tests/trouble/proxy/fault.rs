//! One fault as data: what is done to an exchange, and what Keyfob has to make of it.

use super::message::{Answer, Exchange};
use std::net::SocketAddr;

/// Makes the bytes that are sent, of the real answer and of an address on another host.
pub(super) type Tell = fn(&Answer, SocketAddr) -> Vec<u8>;

#[derive(Clone, Copy)]
pub(super) enum What {
    /// Nobody listens.
    Refuse,
    /// The connection is reset before any byte.
    Reset,
    /// It is closed before any byte.
    Close,
    /// This is sent, and then nothing.
    Hang(Tell),
    /// This is sent, a byte a second.
    Drip(Tell),
    /// This is sent, and the connection reset.
    SendAndReset(Tell),
    /// This is sent, and the connection closed.
    Send(Tell),
}

/// What the user is told at a token endpoint, at a revocation and at a reading; "-" means that it works.
#[derive(Clone, Copy)]
pub(crate) struct Told {
    pub(super) tokens: &'static str,
    pub(super) revocation: &'static str,
    pub(super) reading: &'static str,
}

impl Told {
    pub(crate) fn at(self, exchange: Exchange) -> &'static str {
        match exchange {
            Exchange::Code | Exchange::Refresh => self.tokens,
            Exchange::Revoke => self.revocation,
            Exchange::MioSummary
            | Exchange::MioQuestion
            | Exchange::MavioMeetings
            | Exchange::MavioActionItems => self.reading,
        }
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Fault {
    pub(crate) name: &'static str,
    /// The rules of docs/security.md that it stands for.
    pub(crate) rule: &'static str,
    /// Whether nothing but the client's own limit ends it.
    pub(crate) lasts: bool,
    /// Whether the sandbox acts on the request: what is broken is the way back.
    pub(crate) has_effect: bool,
    pub(crate) told: Told,
    pub(super) what: What,
}

pub(super) const UNREACHABLE: Told = all("provider_unreachable");
pub(super) const MALFORMED: Told = all("answer_malformed");
pub(super) const TOO_LARGE: Told = all("answer_too_large");
pub(super) const OVERLOADED: Told = all("provider_overloaded");
pub(super) const ERROR: Told = all("provider_error");
/// The status alone says that a token is revoked; the body is ignored (RFC 7009 §2.2).
pub(super) const UNREADABLE: Told = Told {
    revocation: "-",
    ..MALFORMED
};
pub(super) const WORKS: Told = all("-");

const fn all(code: &'static str) -> Told {
    Told {
        tokens: code,
        revocation: code,
        reading: code,
    }
}

pub(super) const fn fault(name: &'static str, rule: &'static str, told: Told, what: What) -> Fault {
    Fault {
        name,
        rule,
        lasts: false,
        has_effect: false,
        told,
        what,
    }
}

/// A fault of the way back: the real answer is there, and comes to grief.
pub(super) const fn on_the_way_back(
    name: &'static str,
    rule: &'static str,
    told: Told,
    what: What,
) -> Fault {
    Fault {
        has_effect: true,
        ..fault(name, rule, told, what)
    }
}

impl Fault {
    /// A fault that nothing but the client's own limit ends.
    pub(super) const fn for_ever(self) -> Self {
        Self {
            lasts: true,
            ..self
        }
    }
}
