//! Walks through one row: an account is connected, the provider misbehaves, what comes of it is
//! compared, and with the provider back to its senses the next try has to work with what was kept.

use super::row::{ACCESS_ONLY, During, FIRST, HALF_RENEWED, NOTHING, RENEWED, Row, SAME};
use crate::account::{Account, Machine, code, word};
use crate::sandbox::Served;
use keyfob_domain::authorization::Step;
use keyfob_domain::error::Problem;
use keyfob_domain::id::ConnectionId;
use keyfob_domain::refresh::Expiry;
use keyfob_engine::ports::Clock;
use keyfob_engine::{Ending, Overview};
use keyfob_sandbox::{Endpoint, Face, IssuerParameter, quirks};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// After so long the user may have another try (SECURITY 59).
const A_WHILE: Duration = Duration::from_secs(31);
/// No text of a stranger is longer where it is shown (SECURITY 25), with Keyfob's own words around it.
const LONGEST_DETAIL: usize = 250;

/// What came of it.
struct Seen {
    then: &'static str,
    told: Option<Problem>,
    requests: usize,
    kept: &'static str,
    id: Option<ConnectionId>,
}

/// Gives what isn't as the row says.
pub(super) async fn walk(machine: Arc<Machine>, number: usize, row: &'static Row) -> Vec<String> {
    let served = Served::start().await;
    let network = machine.network.clone();
    let base = served.base.clone();
    let account = Account::new(&machine, &served, &base, row.face, number, network).await;
    let seen = match row.during {
        During::SignIn => sign_in(&served, &account, row).await,
        During::Renewal | During::Revocation | During::Reading | During::Question => {
            let id = account.sign_in(None).await.connection();
            go_on(&served, &account, row, id.expect("Ada is connected")).await
        }
    };
    let mut wrong = Vec::new();
    let mut compare = |what: &str, seen: &str, expected: &str| {
        if seen != expected {
            wrong.push(format!("{what}: {seen} and not {expected}"));
        }
    };
    compare("it is", seen.then, row.then);
    compare("told", code(seen.told.as_ref()), row.told);
    compare(
        "requests",
        &seen.requests.to_string(),
        &row.requests.to_string(),
    );
    compare("kept", seen.kept, row.kept);
    if let Some(detail) = seen
        .told
        .as_ref()
        .and_then(|problem| problem.detail.as_ref())
    {
        let plain = keyfob_domain::text::plain(detail, LONGEST_DETAIL, false);
        compare("in these words", detail, &plain);
    }
    if let Some(id) = seen.id.filter(|_| seen.then != "revoked") {
        let overview = account.overview(id).await;
        wrong.extend(particulars(&account, row, &overview));
        wrong.extend(next_try(&served, &account, row, id).await.err());
    }
    account.clear_away(seen.id).await;
    wrong
}

/// Signs in while the provider misbehaves; afterwards the same user signs in without trouble.
async fn sign_in(served: &Served, account: &Account, row: &Row) -> Seen {
    let endpoint = token_endpoint(row.face);
    served.sandbox.play(quirks::find(row.quirk).unwrap());
    let signed_in = account.sign_in(None).await;
    let requests = served.sandbox.request_count(endpoint);
    let (then, told) = match &signed_in.step {
        Step::Connected(_) if signed_in.asked => ("asked, connected", None),
        Step::Connected(_) => ("connected", None),
        Step::Failed(problem) => ("failed", Some(problem.clone())),
        Step::Waiting { doubt: Some(doubt) } => ("waiting", Some(doubt.clone())),
        Step::Waiting { doubt: None } => ("waiting", account.last_notice().await),
        Step::Opening | Step::Confirming | Step::Asking(_) | Step::Saving | Step::Cancelled => {
            panic!("{:?}", signed_in.step)
        }
    };
    let mut id = signed_in.connection();
    let kept = match id {
        Some(id) => compared(None, account.tokens(id).await.as_ref()),
        None => NOTHING,
    };
    if id.is_none() {
        behave(served);
        if then == "waiting" {
            account
                .engine
                .cancel_attempt(signed_in.attempt)
                .await
                .unwrap();
        }
        id = account.sign_in(None).await.connection();
        assert!(id.is_some(), "the next sign-in works");
    }
    Seen {
        then,
        told,
        requests,
        kept,
        id,
    }
}

/// Goes on with a connection while the provider misbehaves.
async fn go_on(served: &Served, account: &Account, row: &Row, id: ConnectionId) -> Seen {
    let endpoint = match (row.during, row.face) {
        (During::SignIn | During::Renewal, face) => token_endpoint(face),
        (During::Revocation, Face::Oidc) => Endpoint::OidcRevoke,
        (During::Revocation, _) => Endpoint::OauthRevoke,
        (During::Reading, Face::Mio) => Endpoint::Summary,
        (During::Reading, Face::Mavio | Face::Oauth) => Endpoint::MavioMeetings,
        (During::Reading, Face::Oidc) => Endpoint::OidcUserinfo,
        (During::Question, _) => Endpoint::Question,
    };
    let tokens = account.tokens(id).await;
    let read = account.overview(id).await.summary.last.clone();
    let before = served.sandbox.request_count(endpoint);
    served.sandbox.play(quirks::find(row.quirk).unwrap());
    let outcome = act(account, row.during, id).await;
    let requests = served.sandbox.request_count(endpoint) - before;
    served.sandbox.stop_playing();
    let after = account.tokens(id).await;
    let then = if row.during == During::Revocation && outcome.is_ok() {
        "revoked"
    } else {
        let overview = account.overview(id).await;
        assert_eq!(overview.summary.last, read, "what was read stays");
        word(&overview.connection.condition)
    };
    Seen {
        then,
        told: outcome.err(),
        requests,
        kept: compared(tokens.as_ref(), after.as_ref()),
        id: Some(id),
    }
}

async fn act(account: &Account, during: During, id: ConnectionId) -> Result<(), Problem> {
    match during {
        During::SignIn => Ok(()),
        During::Renewal => account.engine.renew(id).await,
        During::Revocation => account.engine.revoke(id, Ending::Now).await,
        During::Reading => account.read(id).await,
        During::Question => {
            let answer = account.engine.ask(id, "What am I working on?".to_owned());
            answer.await.map(drop)
        }
    }
}

/// The provider comes to its senses: what was kept has to be good for the next try.
async fn next_try(
    served: &Served,
    account: &Account,
    row: &Row,
    id: ConnectionId,
) -> Result<(), String> {
    behave(served);
    account.clock.pass(A_WHILE);
    let renewable = row.kept != ACCESS_ONLY;
    match row.during {
        // Whether the tokens are good is seen by using them.
        During::SignIn if renewable => account.engine.renew(id).await,
        During::SignIn => Ok(()),
        During::Renewal if row.then == "needs sign-in" => {
            let again = account.sign_in(Some(id)).await;
            assert_eq!(again.connection(), Some(id), "{:?}", again.step);
            account.engine.renew(id).await
        }
        During::Renewal => account.engine.renew(id).await,
        During::Revocation | During::Reading | During::Question => {
            rest(account, id).await;
            act(account, row.during, id).await
        }
    }
    .map_err(|problem| format!("the next try failed: {problem:?}"))
}

/// Lets a rest pass that the provider asked for.
async fn rest(account: &Account, id: ConnectionId) {
    let overview = account.overview(id).await;
    if let Some(at) = overview.summary.next_try_at {
        let left = at.since(account.clock.now());
        account.clock.pass(left + Duration::from_secs(1));
    }
}

/// Compares what only some rows tell.
fn particulars(account: &Account, row: &Row, overview: &Overview) -> Vec<String> {
    let connection = &overview.connection;
    let mut wrong = Vec::new();
    if let Some(expected) = row.lives {
        let lifetime = match connection.life.expiry {
            Expiry::At { lifetime, .. } => lifetime.as_secs(),
            Expiry::Never => 0,
        };
        if lifetime != expected {
            wrong.push(format!("it lives {lifetime} s and not {expected}"));
        }
    }
    if let Some(expected) = row.granted {
        let granted = connection.grant.granted.to_string();
        if granted != expected {
            wrong.push(format!("granted: {granted} and not {expected}"));
        }
    }
    if let Some((from, to)) = row.rests {
        let now = account.clock.now();
        let at = match row.during {
            During::Reading => overview.summary.next_try_at,
            During::SignIn | During::Renewal | During::Revocation | During::Question => {
                connection.due_at
            }
        };
        // Counted from the answer, which was a moment ago.
        let rests = at.map(|at| at.since(now).as_secs());
        if rests.is_none_or(|rests| rests > to || rests + 2 < from) {
            wrong.push(format!(
                "the next try: in {rests:?} s and not {from} to {to}"
            ));
        }
    }
    wrong
}

/// Says what the keychain holds in comparison to before.
fn compared(before: Option<&Value>, after: Option<&Value>) -> &'static str {
    match (before, after) {
        (_, None) => NOTHING,
        (None, Some(after)) if after["refresh_token"].is_string() => FIRST,
        (None, Some(_)) => ACCESS_ONLY,
        (Some(before), Some(after)) if before == after => SAME,
        (Some(before), Some(after)) => {
            let next = before["generation"]
                .as_u64()
                .map(|generation| generation + 1);
            assert_eq!(after["generation"].as_u64(), next);
            assert_ne!(after["access_token"], before["access_token"]);
            if after["refresh_token"] == before["refresh_token"] {
                HALF_RENEWED
            } else {
                RENEWED
            }
        }
    }
}

/// Ends the quirk, in the redirect too.
fn behave(served: &Served) {
    let sandbox = &served.sandbox;
    sandbox.stop_playing();
    sandbox.manners(|manners| {
        manners.echo_state = true;
        manners.wrong_state = false;
    });
    sandbox.mavio_manners(|manners| manners.echo_state = true);
    sandbox.oauth_manners(|manners| {
        manners.echo_state = true;
        manners.wrong_state = false;
        manners.issuer = IssuerParameter::Absent;
    });
}

fn token_endpoint(face: Face) -> Endpoint {
    match face {
        Face::Mio => Endpoint::Token,
        Face::Mavio => Endpoint::MavioToken,
        Face::Oauth => Endpoint::OauthToken,
        Face::Oidc => Endpoint::OidcToken,
    }
}
