//! One request to a provider's API with a connection's access token, which whoever asked for it never
//! sees.

use crate::agent::Engine;
use crate::control::Address;
use crate::view::Success;
use keyfob_domain::error::{ErrorCode, Problem};
use keyfob_domain::failure::{Exchange, Fault, classify};
use keyfob_domain::id::ConnectionId;
use keyfob_engine::IssuedToken;
use keyfob_engine::network::ReadAnswer;
use url::Url;

/// The longest answer that is handed on, in bytes after decompression.
const LONGEST_ANSWER: usize = 1024 * 1024;
const REMOVED: &str = "[removed]";
/// RFC 6750 §3.1.
const UNAUTHORIZED: u16 = 401;

/// Sends one GET, to the hosts of the connection's provider only (SECURITY 49). A 401 leads to
/// exactly one renewal and one more request, whose answer is handed on whatever it is (SECURITY 63).
///
/// # Errors
/// `input_invalid` for an address that the token may not be sent to, `connection_unknown`,
/// `provider_unknown`, `provider_unreachable`, `answer_too_large`, and whatever keeps Keyfob from having a token.
pub(crate) async fn call(
    engine: &Engine,
    id: ConnectionId,
    address: &Address,
) -> Result<Success, Problem> {
    let invalid = |why| Problem::with_detail(ErrorCode::InputInvalid, why).of(id);
    let connections = engine.snapshot().await?.connections;
    let overview = connections.iter().find(|one| one.connection.id == id);
    let overview = overview.ok_or(Problem::new(ErrorCode::ConnectionUnknown).of(id))?;
    let provider = overview.provider.as_deref();
    let provider = provider.ok_or(Problem::new(ErrorCode::ProviderUnknown).of(id))?;
    let url = Url::parse(&address.0).map_err(|_| invalid("this is no address"))?;
    if !provider.may_send_token_to(&url) {
        return Err(invalid("the address isn't one of the provider's hosts"));
    }
    let get = async |issued: &IssuedToken| {
        let now = engine.clock.now();
        let token = &issued.token;
        let answer = engine
            .network
            .get_with_token(provider, token, url.clone(), now, LONGEST_ANSWER)
            .await;
        answer.map_err(|fault: Fault| classify(Exchange::Api, &fault).problem.of(id))
    };
    let first = engine.handle.access_token(id, None).await?;
    let answer = get(&first).await?;
    if answer.status() != UNAUTHORIZED {
        return Ok(told(id, &answer, &[&first]));
    }
    let rejected = Some(first.generation);
    let second = engine.handle.access_token(id, rejected).await?;
    let answer = get(&second).await?;
    Ok(told(id, &answer, &[&first, &second]))
}

fn told(id: ConnectionId, answer: &ReadAnswer, tokens: &[&IssuedToken]) -> Success {
    let status = answer.status();
    tracing::info!(connection = %id, status, "an API call was answered");
    let tokens: Vec<&str> = tokens.iter().map(|issued| issued.token.expose()).collect();
    Success::Api {
        status,
        body: without(&String::from_utf8_lossy(answer.body()), &tokens),
    }
}

/// An API may repeat what it was sent: as it is, in a JSON string, or in an address.
fn without(body: &str, tokens: &[&str]) -> String {
    tokens.iter().fold(body.to_owned(), |text, token| {
        let quoted = serde_json::Value::from(*token).to_string();
        let quoted = quoted.trim_matches('"');
        let encoded: String = url::form_urlencoded::byte_serialize(token.as_bytes()).collect();
        text.replace(token, REMOVED)
            .replace(quoted, REMOVED)
            .replace(&quoted.replace('/', "\\/"), REMOVED)
            .replace(&encoded, REMOVED)
            .replace(&encoded.replace('+', "%20"), REMOVED)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn security_49_a_token_that_the_api_repeats_is_taken_out_and_nothing_else() {
        let token = "at_1/2+3\"4 5";
        let rows = [
            ("as it is", "a at_1/2+3\"4 5 b", "a [removed] b"),
            (
                "in JSON",
                r#"{"t":"at_1/2+3\"4 5"}"#,
                r#"{"t":"[removed]"}"#,
            ),
            (
                "with its slashes escaped",
                r#"{"t":"at_1\/2+3\"4 5"}"#,
                r#"{"t":"[removed]"}"#,
            ),
            ("in a form", "t=at_1%2F2%2B3%224+5&u", "t=[removed]&u"),
            ("in an address", "?t=at_1%2F2%2B3%224%205", "?t=[removed]"),
            ("another", "at_1/2", "at_1/2"),
        ];
        for (row, body, expected) in rows {
            assert_eq!(without(body, &["other", token]), expected, "{row}");
        }
    }
}
