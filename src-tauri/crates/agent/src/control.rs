//! What the parent may ask for: one JSON object a line, read into a value of its own.
//!
//! Fields that aren't known are ignored, commands that aren't are refused (SECURITY 81). Hazard: a line
//! may hold a client secret, so no refusal repeats any of it, and no `Debug` shows one.

use keyfob_domain::authorization::Choice;
use keyfob_domain::error::{ErrorCode, Problem};
use keyfob_domain::id::{AttemptId, ConnectionId, ProviderSlug};
use keyfob_domain::secret::ClientSecret;
use keyfob_engine::Ending;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What ties an answer to its command, in the parent's own words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum RequestId {
    Number(i64),
    Text(String),
}

/// One command.
#[derive(Debug)]
pub(crate) enum Command {
    Connect {
        provider: ProviderSlug,
    },
    Answer {
        attempt: AttemptId,
        choice: Choice,
    },
    SetUp {
        provider: ProviderSlug,
        client_id: String,
        client_secret: Option<ClientSecret>,
    },
    List,
    Providers,
    Renew {
        connection: ConnectionId,
    },
    CallApi {
        connection: ConnectionId,
        url: Address,
    },
    Revoke {
        connection: ConnectionId,
        ending: Ending,
    },
    Unlock,
    Quit,
}

/// An address of a provider's API; its query is nobody's business but the provider's.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct Address(pub(crate) String);

impl fmt::Debug for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Address([redacted])")
    }
}

/// A line that is no command, with its id where that could be read.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) id: Option<RequestId>,
    pub(crate) problem: Problem,
}

#[derive(Deserialize)]
struct Head {
    id: Option<RequestId>,
    command: Option<String>,
}

/// Reads one line.
///
/// # Errors
/// `input_invalid`; `provider_unknown`, `connection_unknown` or `attempt_unknown` where the name of one can't be
/// one.
pub(crate) fn parse(line: &[u8]) -> Result<(RequestId, Command), Refused> {
    let head: Head = read(line).map_err(|problem| Refused { id: None, problem })?;
    let refused = |problem| Refused {
        id: head.id.clone(),
        problem,
    };
    let (Some(id), Some(name)) = (head.id.clone(), head.command.as_deref()) else {
        return Err(refused(invalid("a command has an `id` and a `command`")));
    };
    let command = command(name, line).map_err(refused)?;
    Ok((id, command))
}

fn command(name: &str, line: &[u8]) -> Result<Command, Problem> {
    // The line is read a second time, straight into the command's own fields: serde's tagged enums
    // would keep a copy of the secret on the way.
    Ok(match name {
        "connect" => {
            let Connect { provider } = read(line)?;
            let provider = slug(&provider)?;
            Command::Connect { provider }
        }
        "answer" => {
            let Answer { attempt, choice } = read(line)?;
            Command::Answer {
                attempt: AttemptId::parse(&attempt).ok_or(ErrorCode::AttemptUnknown)?,
                choice: choice.into(),
            }
        }
        "set-up" => {
            let SetUp {
                provider,
                client_id,
                client_secret,
            } = read(line)?;
            Command::SetUp {
                provider: slug(&provider)?,
                client_id,
                client_secret: client_secret.map(ClientSecret::new),
            }
        }
        "list" => Command::List,
        "providers" => Command::Providers,
        "renew" => {
            let Renew { connection } = read(line)?;
            let connection = id_of(&connection)?;
            Command::Renew { connection }
        }
        "call-api" => {
            let CallApi { connection, url } = read(line)?;
            let connection = id_of(&connection)?;
            Command::CallApi { connection, url }
        }
        "revoke" => {
            let Revoke { connection, ending } = read(line)?;
            let connection = id_of(&connection)?;
            let ending = ending.into();
            Command::Revoke { connection, ending }
        }
        "unlock" => Command::Unlock,
        "quit" => Command::Quit,
        _ => return Err(invalid("there is no such command")),
    })
}

#[derive(Deserialize)]
struct Connect {
    provider: String,
}

#[derive(Deserialize)]
struct Answer {
    attempt: String,
    choice: Word,
}

#[derive(Deserialize)]
struct SetUp {
    provider: String,
    client_id: String,
    client_secret: Option<String>,
}

#[derive(Deserialize)]
struct Renew {
    connection: String,
}

#[derive(Deserialize)]
struct CallApi {
    connection: String,
    url: Address,
}

#[derive(Deserialize)]
struct Revoke {
    connection: String,
    #[serde(default)]
    ending: Way,
}

/// The engine's ways to end a connection, in one word each.
#[derive(Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Way {
    #[default]
    Now,
    Later,
    HereOnly,
}

impl From<Way> for Ending {
    fn from(way: Way) -> Self {
        match way {
            Way::Now => Self::Now,
            Way::Later => Self::Later,
            Way::HereOnly => Self::HereOnly,
        }
    }
}

/// The domain's choices, in one word each.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    Take,
    Separately,
    Decline,
}

impl From<Word> for Choice {
    fn from(word: Word) -> Self {
        match word {
            Word::Take => Self::Take,
            Word::Separately => Self::Separately,
            Word::Decline => Self::Decline,
        }
    }
}

fn read<T: DeserializeOwned>(line: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(line).map_err(|error| {
        // Its text may repeat what stands there; its place says enough.
        invalid(&format!(
            "the line isn't the JSON of a command; look at column {}",
            error.column()
        ))
    })
}

fn slug(text: &str) -> Result<ProviderSlug, Problem> {
    ProviderSlug::parse(text).ok_or(ErrorCode::ProviderUnknown.into())
}

fn id_of(text: &str) -> Result<ConnectionId, Problem> {
    ConnectionId::parse(text).ok_or(ErrorCode::ConnectionUnknown.into())
}

fn invalid(why: &str) -> Problem {
    Problem::with_detail(ErrorCode::InputInvalid, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0197c2a0-0000-7000-8000-000000000001";

    #[test]
    fn every_command_is_read_with_its_id_and_shows_no_secret() {
        let rows = [
            (r#"{"id":1,"command":"connect","provider":"mio"}"#.to_owned(), "Number(1) Connect { provider: ProviderSlug(\"mio\") }".to_owned()),
            (format!(r#"{{"id":"a","command":"answer","attempt":"{ID}","choice":"separately"}}"#), format!("Text(\"a\") Answer {{ attempt: AttemptId({ID}), choice: Separately }}")),
            (
                r#"{"id":1,"command":"set-up","provider":"mio","client_id":"c","client_secret":"MARKED"}"#.to_owned(),
                "Number(1) SetUp { provider: ProviderSlug(\"mio\"), client_id: \"c\", client_secret: Some(ClientSecret([redacted])) }".to_owned(),
            ),
            (
                r#"{"id":1,"command":"set-up","provider":"mio","client_id":"c"}"#.to_owned(),
                "Number(1) SetUp { provider: ProviderSlug(\"mio\"), client_id: \"c\", client_secret: None }".to_owned(),
            ),
            (r#" {"command":"list","id":-2,"more":[1]} "#.to_owned(), "Number(-2) List".to_owned()),
            (r#"{"id":1,"command":"providers"}"#.to_owned(), "Number(1) Providers".to_owned()),
            (format!(r#"{{"id":1,"command":"renew","connection":"{ID}"}}"#), format!("Number(1) Renew {{ connection: ConnectionId({ID}) }}")),
            (
                format!(r#"{{"id":1,"command":"call-api","connection":"{ID}","url":"https://a/?key=MARKED"}}"#),
                format!("Number(1) CallApi {{ connection: ConnectionId({ID}), url: Address([redacted]) }}"),
            ),
            (format!(r#"{{"id":1,"command":"revoke","connection":"{ID}"}}"#), format!("Number(1) Revoke {{ connection: ConnectionId({ID}), ending: Now }}")),
            (
                format!(r#"{{"id":1,"command":"revoke","connection":"{ID}","ending":"here_only"}}"#),
                format!("Number(1) Revoke {{ connection: ConnectionId({ID}), ending: HereOnly }}"),
            ),
            (r#"{"id":1,"command":"unlock"}"#.to_owned(), "Number(1) Unlock".to_owned()),
            (r#"{"id":1,"command":"quit"}"#.to_owned(), "Number(1) Quit".to_owned()),
        ];
        for (line, expected) in rows {
            let (id, command) = parse(line.as_bytes()).unwrap();
            assert_eq!(format!("{id:?} {command:?}"), expected, "{line}");
        }
    }

    #[test]
    fn a_line_that_is_no_command_is_refused_with_its_id_and_without_its_words() {
        let rows: [(&[u8], Option<i64>, &str); 12] = [
            (b"", None, "input_invalid"),
            (b"MARKED", None, "input_invalid"),
            (b"[\"MARKED\"]", None, "input_invalid"),
            (b"{\"id\":7,\"command\":\"set-up\",\"client_secret\":\"MARKED", None, "input_invalid"),
            (b"{\"id\":7,\"command\":\"\xff\"}", None, "input_invalid"),
            (b"{\"id\":{\"MARKED\":1},\"command\":\"list\"}", None, "input_invalid"),
            (b"{\"command\":\"list\"}", None, "input_invalid"),
            (b"{\"id\":7}", Some(7), "input_invalid"),
            (b"{\"id\":7,\"command\":\"MARKED\"}", Some(7), "input_invalid"),
            (b"{\"id\":7,\"command\":\"set-up\",\"provider\":\"mio\",\"client_id\":[\"MARKED\"]}", Some(7), "input_invalid"),
            (b"{\"id\":7,\"command\":\"connect\",\"provider\":\"MARKED\"}", Some(7), "provider_unknown"),
            (b"{\"id\":7,\"command\":\"renew\",\"connection\":\"MARKED\"}", Some(7), "connection_unknown"),
        ];
        for (line, id, code) in rows {
            let row = String::from_utf8_lossy(line).into_owned();
            let refused = parse(line).unwrap_err();
            assert_eq!(refused.id, id.map(RequestId::Number), "{row}");
            assert_eq!(refused.problem.code.as_str(), code, "{row}");
            assert!(!format!("{refused:?}").contains("MARKED"), "{refused:?}");
        }
    }
}
