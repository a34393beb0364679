//! Mio's context API (Mio's integration guide and SDK): a summary, and answers to questions.

use super::{Call, HttpContext, NO_JSON};
use keyfob_domain::failure::Fault;
use keyfob_domain::provider::{Context, Provider};
use keyfob_domain::secret::AccessToken;
use keyfob_domain::summary::{Content, LONGEST_SUMMARY};
use keyfob_domain::text::plain;
use reqwest::Method;
use serde::Deserialize;

/// How many pieces of context an answer may draw on: Mio's own default.
const PIECES: u32 = 3;

#[derive(Deserialize)]
struct Summary {
    summary: Option<String>,
}

#[derive(Deserialize)]
struct Answer {
    content: String,
}

pub(super) async fn summary(
    source: &HttpContext,
    provider: &Provider,
    context: &Context,
    token: &AccessToken,
) -> Result<Content, Fault> {
    let call = Call {
        method: Method::GET,
        path: &["v1", "context", "summary"],
        query: &[],
        body: None,
    };
    let answer = source.answer(provider, context, token, call).await?;
    read_summary(answer.body())
}

pub(super) async fn ask(
    source: &HttpContext,
    provider: &Provider,
    context: &Context,
    token: &AccessToken,
    question: &str,
) -> Result<String, Fault> {
    let body = serde_json::json!({ "query": question, "k": PIECES });
    let call = Call {
        method: Method::POST,
        path: &["v1", "context"],
        query: &[],
        body: Some(body),
    };
    let answer = source.answer(provider, context, token, call).await?;
    read_answer(answer.body())
}

/// Reads a summary; an absent one is [`Content::Nothing`].
///
/// # Errors
/// [`Fault::Malformed`], without a piece of the body.
pub fn read_summary(body: &[u8]) -> Result<Content, Fault> {
    let summary: Summary = serde_json::from_slice(body).map_err(|_| NO_JSON)?;
    Ok(Content::text(summary.summary.as_deref()))
}

/// Reads the answer to a question, as plain text.
///
/// # Errors
/// [`Fault::Malformed`], without a piece of the body.
pub fn read_answer(body: &[u8]) -> Result<String, Fault> {
    let answer: Answer = serde_json::from_slice(body).map_err(|_| NO_JSON)?;
    Ok(plain(&answer.content, LONGEST_SUMMARY, true))
}
