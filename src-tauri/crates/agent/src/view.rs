//! What the parent is told, and nothing else: answers, events, and the failure of a start. No type in
//! here can hold a secret, for no secret type can be serialised (SECURITY 94).

use crate::control::RequestId;
use keyfob_domain::authorization::{Evidence, Question, Step, loopback_redirect_uri};
use keyfob_domain::connection::{Condition, Connection};
use keyfob_domain::error::{ErrorCode, Problem};
use keyfob_domain::grant::Scopes;
use keyfob_domain::provider::RedirectKind;
use keyfob_domain::refresh::Expiry;
use keyfob_engine::{AttemptOverview, ProviderOverview};
use serde::Serialize;

/// Gives the line for a value.
pub(crate) fn line(value: &impl Serialize) -> String {
    // Text, numbers and lists of them: there is nothing that could fail.
    serde_json::to_string(value).unwrap_or_default()
}

/// The answer to a command; `id` is null where the command's own could not be read.
#[derive(Serialize)]
pub(crate) struct Answer {
    pub(crate) id: Option<RequestId>,
    #[serde(flatten)]
    pub(crate) outcome: Outcome,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    Result(Success),
    Error(ErrorView),
}

#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Success {
    Done {},
    Attempt { attempt: String },
    Connections { connections: Vec<ConnectionView> },
    Providers { providers: Vec<ProviderView> },
    Api { status: u16, body: String },
}

/// What is said without being asked for.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum Event {
    /// The parent has to open this address in the user's browser. It carries `state`.
    Open { attempt: String, url: String },
    /// A sign-in has come to another step.
    Attempt(AttemptView),
}

/// Why nothing was started.
#[derive(Serialize)]
pub(crate) struct StartFailure {
    pub(crate) error: ErrorView,
}

#[derive(Serialize)]
pub(crate) struct ErrorView {
    code: ErrorCode,
    detail: Option<String>,
    connection: Option<String>,
}

impl From<Problem> for ErrorView {
    fn from(problem: Problem) -> Self {
        Self {
            code: problem.code,
            detail: problem.detail,
            connection: problem.connection.map(|id| id.to_string()),
        }
    }
}

/// A connection; times in milliseconds since 1970-01-01T00:00:00Z.
#[derive(Serialize)]
pub(crate) struct ConnectionView {
    id: String,
    provider: String,
    name: Option<String>,
    account: Option<String>,
    condition: ConditionView,
    generation: u64,
    obtained_at: i64,
    /// `None` where only a refusal tells.
    expires_at: Option<i64>,
    /// The end of the grant; `None` where it isn't known.
    grant_ends_at: Option<i64>,
    /// Those that were granted.
    scopes: Vec<String>,
}

#[derive(Serialize)]
struct ConditionView {
    kind: &'static str,
    code: Option<ErrorCode>,
}

impl From<&Connection> for ConnectionView {
    fn from(connection: &Connection) -> Self {
        Self {
            id: connection.id.to_string(),
            provider: connection.provider.to_string(),
            name: connection.name.clone(),
            account: connection.account.label.clone(),
            condition: (&connection.condition).into(),
            generation: connection.life.generation,
            obtained_at: connection.life.obtained_at.millis(),
            expires_at: match connection.life.expiry {
                Expiry::At { at, .. } => Some(at.millis()),
                Expiry::Never => None,
            },
            grant_ends_at: connection.life.grant_end.map(|end| end.at.millis()),
            scopes: list(&connection.grant.granted),
        }
    }
}

impl From<&Condition> for ConditionView {
    fn from(condition: &Condition) -> Self {
        let (kind, problem) = match condition {
            Condition::Active => ("active", None),
            Condition::Renewing => ("renewing", None),
            Condition::Waiting { problem, .. } => ("waiting", Some(problem)),
            Condition::NeedsSignIn { problem } => ("needs_sign_in", Some(problem)),
            Condition::Keychain { problem, .. } => ("keychain", Some(problem)),
            Condition::Revoking => ("revoking", None),
        };
        Self {
            kind,
            code: problem.map(|problem| problem.code),
        }
    }
}

/// A provider.
#[derive(Serialize)]
pub(crate) struct ProviderView {
    slug: String,
    name: String,
    /// `None` until it is set up.
    client_id: Option<String>,
    needs_client_secret: bool,
    /// The one to register there; `None` where nothing can be connected without a desktop.
    redirect_uri: Option<String>,
    /// Those that are asked for.
    scopes: Vec<String>,
}

impl From<&ProviderOverview> for ProviderView {
    fn from(overview: &ProviderOverview) -> Self {
        let provider = &overview.provider;
        let loopback = provider.redirect_kinds.contains(&RedirectKind::Loopback);
        Self {
            slug: provider.slug.to_string(),
            name: provider.name.clone(),
            client_id: overview.client_id.clone(),
            needs_client_secret: provider.needs_client_secret(),
            redirect_uri: loopback.then(|| loopback_redirect_uri(&provider.slug, None)),
            scopes: list(&provider.scopes),
        }
    }
}

/// One step of a sign-in.
#[derive(Serialize)]
pub(crate) struct AttemptView {
    attempt: String,
    provider: String,
    step: &'static str,
    /// The connection it led to.
    connection: Option<String>,
    /// What the step `asking` asks, to be answered with the command `answer`.
    question: Option<QuestionView>,
    /// Why it failed; while it waits, why an answer was not taken.
    error: Option<ErrorView>,
}

#[derive(Serialize)]
struct QuestionView {
    kind: &'static str,
    /// Whose account it seems to be.
    found: Option<String>,
    /// The connection that this account has already.
    connection: Option<String>,
    /// Whether that is a guess from the account's data.
    guessed: bool,
}

impl From<&AttemptOverview> for AttemptView {
    fn from(overview: &AttemptOverview) -> Self {
        let (step, error) = match &overview.step {
            Step::Opening => ("opening", None),
            Step::Waiting { doubt } => ("waiting", doubt.clone()),
            Step::Confirming => ("confirming", None),
            Step::Asking(_) => ("asking", None),
            Step::Saving => ("saving", None),
            Step::Connected(_) => ("connected", None),
            Step::Failed(problem) => ("failed", Some(problem.clone())),
            Step::Cancelled => ("cancelled", None),
        };
        let question = if let Step::Asking(question) = &overview.step {
            Some(question.into())
        } else {
            None
        };
        let connection = if let Step::Connected(id) = &overview.step {
            Some(id.to_string())
        } else {
            None
        };
        Self {
            attempt: overview.id.to_string(),
            provider: overview.provider.slug.to_string(),
            step,
            connection,
            question,
            error: error.map(ErrorView::from),
        }
    }
}

impl From<&Question> for QuestionView {
    fn from(question: &Question) -> Self {
        let (kind, found, connection, by) = match question {
            Question::IsThisYou { found } => ("is_this_you", found, None, None),
            Question::OtherAccount { found, by } => ("other_account", found, None, Some(by)),
            Question::AlreadyConnected {
                connection,
                found,
                by,
            } => (
                "already_connected",
                found,
                Some(connection.to_string()),
                Some(by),
            ),
        };
        Self {
            kind,
            found: found.clone(),
            connection,
            guessed: by == Some(&Evidence::Guess),
        }
    }
}

fn list(scopes: &Scopes) -> Vec<String> {
    scopes.iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use keyfob_domain::id::ConnectionId;

    #[test]
    fn answers_carry_their_id_and_either_a_result_or_an_error() {
        let id = ConnectionId::parse("0197c2a0-0000-7000-8000-000000000001").unwrap();
        let problem = Problem::with_detail(ErrorCode::GrantEnded, "so it goes").of(id);
        let rows = [
            (
                Some(RequestId::Number(1)),
                Outcome::Result(Success::Done {}),
                r#"{"id":1,"result":{}}"#,
            ),
            (
                Some(RequestId::Text("a\nb".to_owned())),
                Outcome::Result(Success::Api {
                    status: 200,
                    body: "line\nline".to_owned(),
                }),
                r#"{"id":"a\nb","result":{"status":200,"body":"line\nline"}}"#,
            ),
            (
                Some(RequestId::Number(2)),
                Outcome::Error(problem.into()),
                r#"{"id":2,"error":{"code":"grant_ended","detail":"so it goes","connection":"0197c2a0-0000-7000-8000-000000000001"}}"#,
            ),
            (
                None,
                Outcome::Error(Problem::new(ErrorCode::InputInvalid).into()),
                r#"{"id":null,"error":{"code":"input_invalid","detail":null,"connection":null}}"#,
            ),
        ];
        for (id, outcome, expected) in rows {
            assert_eq!(line(&Answer { id, outcome }), expected);
        }
    }
}
