//! What an account knows, read from its provider's API: one file per wire format.

pub mod http;
pub mod mavio;
pub mod mio;
pub mod userinfo;

use crate::network::{LONGEST_API_BODY, Network, ReadAnswer};
use crate::ports::{Clock, ContextSource};
use async_trait::async_trait;
use keyfob_domain::authorization::Identity;
use keyfob_domain::failure::Fault;
use keyfob_domain::json::is_shallow;
use keyfob_domain::provider::{Context, ContextKind, Provider};
use keyfob_domain::secret::AccessToken;
use keyfob_domain::summary::Content;
use keyfob_domain::token::{AccountHint, find_refusal, read_refusal};
use mavio::Mavio;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{Method, Request};
use std::sync::Arc;
use url::Url;

const NO_JSON: Fault = Fault::Malformed {
    why: "the answer isn't the JSON it should be",
};
const NO_ANSWERS: Fault = Fault::Malformed {
    why: "this provider answers no questions",
};

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

    fn mavio<'a>(
        &'a self,
        provider: &'a Provider,
        context: &'a Context,
        token: &'a AccessToken,
    ) -> Mavio<'a> {
        Mavio {
            source: self,
            provider,
            context,
            token,
        }
    }

    /// Sends one request with the access token, to the hosts of this provider only (SECURITY 49).
    /// What it gives is a success whose brackets don't nest too deep.
    async fn answer(
        &self,
        provider: &Provider,
        context: &Context,
        token: &AccessToken,
        call: Call<'_>,
    ) -> Result<ReadAnswer, Fault> {
        let url = call.address(&context.base).ok_or(Fault::Malformed {
            why: "the API address can't be built",
        })?;
        let mut request = Request::new(call.method, url);
        if let Some(body) = call.body {
            let json = HeaderValue::from_static("application/json");
            request.headers_mut().insert(CONTENT_TYPE, json);
            *request.body_mut() = Some(body.to_string().into());
        }
        self.send(provider, token, request).await
    }

    /// Reads one address, as [`HttpContext::answer`] does.
    async fn get(
        &self,
        provider: &Provider,
        url: &Url,
        token: &AccessToken,
    ) -> Result<ReadAnswer, Fault> {
        self.send(provider, token, Request::new(Method::GET, url.clone()))
            .await
    }

    async fn send(
        &self,
        provider: &Provider,
        token: &AccessToken,
        request: Request,
    ) -> Result<ReadAnswer, Fault> {
        let now = self.clock.now();
        let answer = self
            .network
            .send_with_token(provider, token, request, now, LONGEST_API_BODY)
            .await?;
        let (http, shape) = (answer.as_http(), provider.token_answer);
        let refused = match http.status {
            200..300 if !is_shallow(http.body) => Some(NO_JSON),
            200..300 => find_refusal(&http, shape),
            300..400 => Some(Fault::Redirected),
            _ => Some(read_refusal(&http, shape)),
        };
        match refused {
            None => Ok(answer),
            Some(fault) => Err(fault.without(&[token.expose()])),
        }
    }
}

/// One API request.
struct Call<'a> {
    method: Method,
    /// The segments that follow the base; each is encoded.
    path: &'a [&'a str],
    query: &'a [(&'a str, usize)],
    body: Option<serde_json::Value>,
}

impl Call<'_> {
    fn address(&self, base: &Url) -> Option<Url> {
        let mut url = base.clone();
        url.path_segments_mut()
            .ok()?
            .pop_if_empty()
            .extend(self.path);
        url.set_query(None);
        if !self.query.is_empty() {
            let pairs = self.query.iter();
            url.query_pairs_mut()
                .extend_pairs(pairs.map(|(name, value)| (name, value.to_string())));
        }
        Some(url)
    }
}

#[async_trait]
impl ContextSource for HttpContext {
    async fn summary(
        &self,
        provider: &Provider,
        token: &AccessToken,
        subject: Option<&str>,
    ) -> Result<Content, Fault> {
        match &provider.context {
            None => Ok(Content::Nothing),
            Some(context) => match &context.kind {
                ContextKind::Mio => mio::summary(self, provider, context, token).await,
                ContextKind::Mavio => self.mavio(provider, context, token).summary().await,
                ContextKind::Userinfo => {
                    userinfo::summary(self, provider, context, token, subject).await
                }
                ContextKind::Http { pointer } => {
                    http::summary(self, provider, context, pointer, token).await
                }
            },
        }
    }

    async fn account(&self, provider: &Provider, token: &AccessToken) -> Result<Identity, Fault> {
        if let Some(endpoint) = &provider.userinfo_endpoint {
            let account = userinfo::account(self, provider, endpoint, token).await?;
            return Ok(account.into());
        }
        match &provider.context {
            None => Ok(Identity::default()),
            Some(context) => match &context.kind {
                // Its id token says it.
                ContextKind::Mio => Ok(Identity::default()),
                ContextKind::Mavio => Ok(Identity {
                    account: AccountHint::default(),
                    guess: self.mavio(provider, context, token).account_hint().await?,
                }),
                ContextKind::Userinfo => {
                    let account = userinfo::account(self, provider, &context.base, token).await?;
                    Ok(account.into())
                }
                ContextKind::Http { pointer } => {
                    let account = http::account(self, provider, context, pointer, token).await?;
                    Ok(account.into())
                }
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
            None => Err(NO_ANSWERS),
            Some(context) => match context.kind {
                ContextKind::Mio => mio::ask(self, provider, context, token, question).await,
                ContextKind::Mavio | ContextKind::Userinfo | ContextKind::Http { .. } => {
                    Err(NO_ANSWERS)
                }
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Base, path, query, address.
    type Row<'a> = (&'a str, &'a [&'a str], &'a [(&'a str, usize)], &'a str);

    #[test]
    fn an_address_is_the_base_with_encoded_segments_and_its_own_query() {
        let cases: [Row<'_>; 5] = [
            (
                "https://a.example/",
                &["v1", "meetings"],
                &[("limit", 20), ("offset", 40)],
                "https://a.example/v1/meetings?limit=20&offset=40",
            ),
            (
                "http://127.0.0.1:9/mavio/",
                &["v1", "meetings"],
                &[],
                "http://127.0.0.1:9/mavio/v1/meetings",
            ),
            (
                "https://a.example/?key=x",
                &["v1"],
                &[],
                "https://a.example/v1",
            ),
            (
                "https://a.example/",
                &["a/b?c#d%2e"],
                &[],
                "https://a.example/a%2Fb%3Fc%23d%252e",
            ),
            (
                "https://a.example/b/",
                &["..", "."],
                &[],
                "https://a.example/b",
            ),
        ];
        for (base, path, query, expected) in cases {
            let call = Call {
                method: Method::GET,
                path,
                query,
                body: None,
            };
            let url = call.address(&Url::parse(base).unwrap()).unwrap();
            assert_eq!(url.as_str(), expected, "{base} {path:?}");
        }
    }
}
