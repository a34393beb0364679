//! One row of the table, as data.

use keyfob_sandbox::Face;

/// What Keyfob is doing while the provider misbehaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum During {
    /// The user signs in.
    SignIn,
    /// The user has an access renewed.
    Renewal,
    /// The user ends a connection, at the provider too.
    Revocation,
    /// What the account knows is read.
    Reading,
    /// The user asks a question.
    Question,
}

/// What has to come of one quirk.
pub(super) struct Row {
    /// The sandbox's name for it.
    pub(super) quirk: &'static str,
    /// The rules of docs/security.md that it stands for.
    pub(super) rule: &'static str,
    pub(super) face: Face,
    pub(super) during: During,
    /// What becomes of the sign-in or the connection, in a word.
    pub(super) then: &'static str,
    /// The code that the user is told, or a dash.
    pub(super) told: &'static str,
    /// How many requests come to the endpoint.
    pub(super) requests: usize,
    /// What the keychain holds afterwards, in comparison to before.
    pub(super) kept: &'static str,
    /// How long the new access token lives in Keyfob's eyes, in seconds.
    pub(super) lives: Option<u64>,
    /// The scopes that are granted in Keyfob's eyes.
    pub(super) granted: Option<&'static str>,
    /// How far away the next try is, in seconds: from, to.
    pub(super) rests: Option<(u64, u64)>,
}

/// The keychain has no item.
pub(super) const NOTHING: &str = "nothing";
/// It has the tokens of a sign-in.
pub(super) const FIRST: &str = "first";
/// It has those of a sign-in, without a refresh token.
pub(super) const ACCESS_ONLY: &str = "first, access only";
/// It has what it had.
pub(super) const SAME: &str = "same";
/// It has new tokens.
pub(super) const RENEWED: &str = "renewed";
/// It has a new access token and the old refresh token.
pub(super) const HALF_RENEWED: &str = "renewed, old refresh token";

const fn row(quirk: &'static str, rule: &'static str, face: Face, during: During) -> Row {
    Row {
        quirk,
        rule,
        face,
        during,
        then: "active",
        told: "-",
        requests: 1,
        kept: SAME,
        lives: None,
        granted: None,
        rests: None,
    }
}

/// A sign-in that is answered with a redirect Keyfob can't take: it goes on waiting.
pub(super) const fn waits(
    quirk: &'static str,
    rule: &'static str,
    face: Face,
    told: &'static str,
) -> Row {
    Row {
        then: "waiting",
        told,
        requests: 0,
        kept: NOTHING,
        ..row(quirk, rule, face, During::SignIn)
    }
}

/// A sign-in that the redirect ends, before the token endpoint is asked.
pub(super) const fn ends(
    quirk: &'static str,
    rule: &'static str,
    face: Face,
    told: &'static str,
) -> Row {
    Row {
        then: "failed",
        ..waits(quirk, rule, face, told)
    }
}

/// A sign-in that the token endpoint's answer ends.
pub(super) const fn fails(
    quirk: &'static str,
    rule: &'static str,
    face: Face,
    told: &'static str,
) -> Row {
    Row {
        requests: 1,
        ..ends(quirk, rule, face, told)
    }
}

/// A sign-in that succeeds all the same.
pub(super) const fn connects(quirk: &'static str, rule: &'static str, face: Face) -> Row {
    Row {
        then: "connected",
        kept: FIRST,
        ..row(quirk, rule, face, During::SignIn)
    }
}

/// A renewal that succeeds all the same.
pub(super) const fn renews(quirk: &'static str, rule: &'static str, face: Face) -> Row {
    Row {
        kept: RENEWED,
        ..row(quirk, rule, face, During::Renewal)
    }
}

/// A renewal that fails and changes nothing: while the access token is good, one failure is
/// nobody's business but that of whoever asked.
pub(super) const fn put_off(
    quirk: &'static str,
    rule: &'static str,
    face: Face,
    told: &'static str,
) -> Row {
    Row {
        told,
        rests: Some((2, 5)),
        ..row(quirk, rule, face, During::Renewal)
    }
}

/// A renewal that fails until a human corrects the set-up (SECURITY 50).
pub(super) const fn misconfigured(
    quirk: &'static str,
    rule: &'static str,
    face: Face,
    told: &'static str,
) -> Row {
    Row {
        then: "waiting",
        rests: Some((15 * 60 - 1, 30 * 60)),
        ..put_off(quirk, rule, face, told)
    }
}

/// A renewal that ends the grant. The tokens stay until the user signs in again (SECURITY 61).
pub(super) const fn is_over(quirk: &'static str, rule: &'static str, face: Face) -> Row {
    Row {
        then: "needs sign-in",
        told: "grant_ended",
        ..row(quirk, rule, face, During::Renewal)
    }
}

/// A revocation that is done.
pub(super) const fn revokes(quirk: &'static str, rule: &'static str) -> Row {
    Row {
        then: "revoked",
        // The refresh token, and the access token for servers that don't end the one with the other.
        requests: 2,
        kept: NOTHING,
        ..row(quirk, rule, Face::Oauth, During::Revocation)
    }
}

/// A revocation that could not be made: the connection goes on.
pub(super) const fn goes_on(quirk: &'static str, rule: &'static str, told: &'static str) -> Row {
    Row {
        told,
        ..row(quirk, rule, Face::Oauth, During::Revocation)
    }
}

/// A reading that fails; what was read before stays.
pub(super) const fn unread(
    quirk: &'static str,
    rule: &'static str,
    face: Face,
    told: &'static str,
) -> Row {
    Row {
        told,
        ..row(quirk, rule, face, During::Reading)
    }
}

/// A question that gets no answer.
pub(super) const fn unanswered(quirk: &'static str, rule: &'static str, told: &'static str) -> Row {
    Row {
        told,
        ..row(quirk, rule, Face::Mio, During::Question)
    }
}

impl Row {
    pub(super) const fn asks_first(self) -> Self {
        Self {
            then: "asked, connected",
            ..self
        }
    }

    pub(super) const fn requests(self, requests: usize) -> Self {
        Self { requests, ..self }
    }

    pub(super) const fn keeps(self, kept: &'static str) -> Self {
        Self { kept, ..self }
    }

    pub(super) const fn lives(self, seconds: u64) -> Self {
        Self {
            lives: Some(seconds),
            ..self
        }
    }

    pub(super) const fn grants(self, scopes: &'static str) -> Self {
        Self {
            granted: Some(scopes),
            ..self
        }
    }

    pub(super) const fn rests(self, from: u64, to: u64) -> Self {
        Self {
            rests: Some((from, to)),
            ..self
        }
    }
}
