//! What another process has to find after a step at which the first one died, or a call failed: the
//! rule of SECURITY 108, step by step.

use crate::faulty::Kind;
use crate::world::Found;
use keyfob_sandbox::Rotation;

/// One case.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// The number of the step.
    pub(crate) step: usize,
    /// `connect`, `renew` or `revoke`.
    pub(crate) phase: String,
    /// `before` or `after`.
    pub(crate) side: String,
    /// The call, as in `keychain write tokens`.
    pub(crate) call: String,
    /// Whether the course has come to the point from which on it is carried on by whoever comes next:
    /// the provider was told, or what is to be told is noted.
    pub(crate) told: bool,
    /// Whether the provider is to be told later.
    pub(crate) later: bool,
    pub(crate) kind: Kind,
}

/// Gives what has to be found. Everything that isn't listed works as if nothing had happened.
pub(crate) fn expected(case: &Case, rotation: Rotation) -> Found {
    match case.phase.as_str() {
        "connect" => after_connecting(case),
        "renew" => after_renewing(case, rotation),
        _ if case.later => after_putting_off(case),
        _ => after_revoking(case),
    }
}

fn after_connecting(case: &Case) -> Found {
    let step = (case.side.as_str(), case.call.as_str());
    match case.kind {
        // Nothing is promised before the row is there.
        Kind::Abort if step == ("after", "database save") => Found::Working,
        Kind::Abort => Found::Nothing,
        Kind::Error => match step {
            (_, "keychain read client-secret") | ("after", "provider code") => Found::Nothing,
            // What isn't saved yet is saved before the process ends, and then the course goes on
            // no further.
            (_, "keychain write tokens") | ("before", "database save") => Found::Working,
            // SECURITY 51: where no byte was answered, the code is tried once more. And a row that
            // was saved is saved.
            _ => Found::Nothing,
        },
    }
}

fn after_renewing(case: &Case, rotation: Rotation) -> Found {
    let strict = rotation == Rotation::Strict;
    let step = (case.side.as_str(), case.call.as_str());
    match (case.kind, step) {
        // The answer never reached the keychain, and the provider takes the old token no more.
        (Kind::Abort, ("after", "provider refresh") | ("before", "keychain write tokens"))
            if strict =>
        {
            Found::Refused("renewal_interrupted".to_owned())
        }
        (Kind::Error, ("after", "provider refresh")) if strict => {
            Found::Refused("renewal_interrupted".to_owned())
        }
        // The renewal succeeds, and what comes after it, too.
        (Kind::Error, (_, "database save")) => Found::Nothing,
        _ => Found::Working,
    }
}

fn after_revoking(case: &Case) -> Found {
    let step = (case.side.as_str(), case.call.as_str());
    let gone = Found::Refused("secret_missing".to_owned());
    match step {
        ("after", "database delete") if case.kind == Kind::Abort => Found::Nothing,
        (_, "database delete") | ("after", "keychain delete tokens") => gone,
        // The second token is told of for good measure, and nothing hangs on it.
        (_, "provider revoke") if case.told && case.kind == Kind::Error => Found::Nothing,
        ("after", "provider revoke") => Found::Refused("grant_ended".to_owned()),
        _ if case.told => Found::Refused("grant_ended".to_owned()),
        _ => Found::Working,
    }
}

/// From the note on, the next process does what the user wanted, whatever this one said. If the token can't be
/// put aside, the note is taken back, and the connection is what it was.
fn after_putting_off(case: &Case) -> Found {
    match (case.side.as_str(), case.call.as_str()) {
        (_, "keychain write pending-revocation") if case.kind == Kind::Error => Found::Working,
        ("after", "database save-pending") => Found::Nothing,
        _ if case.told => Found::Nothing,
        _ => Found::Working,
    }
}
