//! What an account knows, read from its provider's API: one file per wire format.

mod mio;

use crate::network::{LONGEST_API_BODY, Network};
use crate::ports::{Clock, ContextSource};
use async_trait::async_trait;
use keyfob_domain::failure::Fault;
use keyfob_domain::json::is_shallow;
use keyfob_domain::provider::{Context, ContextKind, Provider};
use keyfob_domain::secret::AccessToken;
use keyfob_domain::summary::Content;
use keyfob_domain::token::read_refusal;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Method, Request};
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// The real context sources.
pub struct HttpContext {
    network: Network,
    clock: Arc<dyn Clock>,
}

impl HttpContext {
    /// Makes it from the shared clients.
    #[must_use]
    pub fn new(network: Network, clock: Arc<dyn Clock>) -> Self {
        Self { network, clock }
    }

    /// Sends one request with the access token, to the hosts of this provider only (SECURITY 49).
    async fn call<T: DeserializeOwned>(
        &self,
        provider: &Provider,
        context: &Context,
        token: &AccessToken,
        call: Call<'_>,
    ) -> Result<T, Fault> {
        let url = context.base.join(call.path).map_err(|_| Fault::Malformed {
            why: "the API address can't be built",
        })?;
        if !provider.may_send_token_to(&url) {
            return Err(Fault::Malformed {
                why: "the API address isn't one of the provider's hosts",
            });
        }
        let mut request = Request::new(call.method, url);
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let mut bearer =
            HeaderValue::from_str(&format!("Bearer {}", token.expose())).map_err(|_| {
                Fault::Malformed {
                    why: "the access token fits in no header",
                }
            })?;
        bearer.set_sensitive(true);
        headers.insert(AUTHORIZATION, bearer);
        if let Some(body) = call.body {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            *request.body_mut() = Some(body.to_string().into());
        }
        let now = self.clock.now();
        let answer = self.network.send(request, now, LONGEST_API_BODY).await?;
        let answer = answer.as_http();
        match answer.status {
            200..300 => {}
            300..400 => return Err(Fault::Redirected),
            _ => return Err(read_refusal(&answer).without(&[token.expose()])),
        }
        let read = is_shallow(answer.body)
            .then(|| serde_json::from_slice(answer.body).ok())
            .flatten();
        read.ok_or(Fault::Malformed {
            why: "the answer isn't the JSON it should be",
        })
    }
}

/// One API request.
struct Call<'a> {
    method: Method,
    path: &'a str,
    body: Option<serde_json::Value>,
}

#[async_trait]
impl ContextSource for HttpContext {
    async fn summary(&self, provider: &Provider, token: &AccessToken) -> Result<Content, Fault> {
        match &provider.context {
            None => Ok(Content::Nothing),
            Some(context) => match context.kind {
                ContextKind::Mio => mio::summary(self, provider, context, token).await,
            },
        }
    }

    async fn ask(
        &self,
        provider: &Provider,
        token: &AccessToken,
        question: &str,
    ) -> Result<String, Fault> {
        match &provider.context {
            None => Err(Fault::Malformed {
                why: "this provider answers no questions",
            }),
            Some(context) => match context.kind {
                ContextKind::Mio => mio::ask(self, provider, context, token, question).await,
            },
        }
    }
}
