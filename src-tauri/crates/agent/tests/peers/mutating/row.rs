//! One row of the tables: how the token endpoint's answer is changed, and what comes of it when a code is
//! exchanged and when a token is renewed.

use serde_json::{Value, json};

/// What the package says of every access token's life, in seconds.
const HOUR: u64 = 3600;
/// The one scope that the package grants, whatever was asked for.
pub(super) const GRANTED: &str = "dummy";
/// What is asked for.
pub(super) const ASKED: &str = "openid email";

/// A row.
pub(super) struct Row {
    /// The rule of docs/security.md that it stands for.
    pub(super) rule: u8,
    pub(super) what: &'static str,
    /// How the answer is changed.
    pub(super) script: Value,
    /// What comes of it at the exchange of a code; `None` where it says nothing there.
    pub(super) exchange: Option<Outcome>,
    /// What comes of it at a renewal.
    pub(super) renewal: Option<Outcome>,
    /// How the answer is changed that the connection to be renewed began with.
    pub(super) before: Value,
}

/// What the keychain holds afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// Nothing.
    Nothing,
    /// To the byte what it held before.
    Same,
    /// The tokens of the answer.
    New,
    /// The access token of the answer, and no refresh token.
    AccessOnly,
    /// The access token of the answer, and the old refresh token.
    OldRefresh,
    /// What no row expects.
    Odd,
}

/// How long the access token lives, as the user is shown it and as it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    /// There is none.
    Nothing,
    /// So many seconds, as the server said.
    Told(u64),
    /// An hour, because the server said nothing that can be meant.
    Assumed,
    /// Until it is refused.
    Endless,
}

/// What came of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    /// The step that the sign-in ended with, or the condition that the connection is in with its code.
    pub(super) then: String,
    /// The code that the user is told, or a dash.
    pub(super) told: String,
    /// How many requests the token endpoint got.
    pub(super) requests: usize,
    /// How many tokens were given back to the revocation endpoint.
    pub(super) given_back: usize,
    pub(super) kept: Kept,
    pub(super) life: Life,
    /// The scopes that are granted in Keyfob's eyes.
    pub(super) granted: String,
}

/// An answer that is taken.
pub(super) fn taken(rule: u8, what: &'static str, script: Value) -> Row {
    let outcome = |then: &str| Outcome {
        then: then.to_owned(),
        told: "-".to_owned(),
        requests: 1,
        given_back: 0,
        kept: Kept::New,
        life: Life::Told(HOUR),
        granted: GRANTED.to_owned(),
    };
    Row {
        rule,
        what,
        script,
        exchange: Some(outcome("connected")),
        renewal: Some(outcome("active")),
        before: json!({}),
    }
}

/// An answer that is not taken: a sign-in ends with it, a connection stays as it is. One failure while the
/// access token is good is nobody's business but that of whoever asked for the renewal.
pub(super) fn refused(rule: u8, what: &'static str, script: Value, told: &str) -> Row {
    let row = taken(rule, what, script);
    row.exchanges(|exchange| {
        "failed".clone_into(&mut exchange.then);
        told.clone_into(&mut exchange.told);
        exchange.kept = Kept::Nothing;
        exchange.life = Life::Nothing;
        exchange.granted.clear();
    })
    .renews(|renewal| {
        told.clone_into(&mut renewal.told);
        renewal.kept = Kept::Same;
    })
}

/// A refusal that a human has to see to; the connection says so at once, and stays.
pub(super) fn misconfigured(rule: u8, what: &'static str, script: Value, told: &str) -> Row {
    refused(rule, what, script, told).renews(|renewal| renewal.then = format!("waiting {told}"))
}

/// A refusal that ends the grant: the user has to sign in again, and until then the tokens stay.
pub(super) fn is_over(rule: u8, what: &'static str, script: Value) -> Row {
    refused(rule, what, script, "code_rejected").renews(|renewal| {
        "needs_sign_in grant_ended".clone_into(&mut renewal.then);
        "grant_ended".clone_into(&mut renewal.told);
    })
}

/// An answer whose id token isn't believed: nobody is connected, and the tokens are given back. At a renewal it
/// is only noted.
pub(super) fn unproven(rule: u8, what: &'static str, script: Value) -> Row {
    let not_taken = refused(rule, what, script, "id_token_refused")
        .exchanges(|exchange| exchange.given_back = 2);
    Row {
        renewal: taken(rule, what, json!({})).renewal,
        ..not_taken
    }
}

impl Row {
    /// At a renewal, it is the answer for another account: dropped whole, and the user has to sign in.
    pub(super) fn for_another_account(self) -> Self {
        self.renews(|renewal| {
            "needs_sign_in account_changed".clone_into(&mut renewal.then);
            "account_changed".clone_into(&mut renewal.told);
            renewal.kept = Kept::Same;
        })
    }

    pub(super) fn exchanges(mut self, change: impl FnOnce(&mut Outcome)) -> Self {
        if let Some(outcome) = &mut self.exchange {
            change(outcome);
        }
        self
    }

    pub(super) fn renews(mut self, change: impl FnOnce(&mut Outcome)) -> Self {
        if let Some(outcome) = &mut self.renewal {
            change(outcome);
        }
        self
    }

    /// With another life than the server usually gives.
    pub(super) fn lives(self, life: Life) -> Self {
        self.exchanges(|outcome| outcome.life = life)
            .renews(|outcome| outcome.life = life)
    }

    /// With these scopes.
    pub(super) fn grants(self, scopes: &str) -> Self {
        self.exchanges(|outcome| scopes.clone_into(&mut outcome.granted))
            .renews(|outcome| scopes.clone_into(&mut outcome.granted))
    }

    /// Without a refresh token in it.
    pub(super) fn brings_no_refresh_token(self) -> Self {
        self.exchanges(|outcome| outcome.kept = Kept::AccessOnly)
            .renews(|outcome| outcome.kept = Kept::OldRefresh)
    }

    /// Only at a renewal, of a connection that began with a changed answer as well.
    pub(super) fn after(self, before: Value) -> Self {
        Self {
            before,
            exchange: None,
            ..self
        }
    }
}
