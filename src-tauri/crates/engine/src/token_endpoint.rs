//! The token and revocation endpoints over HTTP. Dialects end here: the rest of the engine
//! sees [`TokenAnswer`] and [`Fault`].

use crate::network::Network;
use crate::ports::{Clock, TokenEndpoint};
use async_trait::async_trait;
use keyfob_domain::failure::Fault;
use keyfob_domain::provider::AnswerShape;
use keyfob_domain::token::{
    EncodedRequest, LONGEST_BODY, TokenAnswer, TokenRequest, read_refusal, read_token_answer,
};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Method, Request};
use std::sync::Arc;
use url::Url;

/// The real token endpoint.
pub struct HttpTokenEndpoint {
    network: Network,
    clock: Arc<dyn Clock>,
}

impl HttpTokenEndpoint {
    /// Makes it from the shared clients.
    #[must_use]
    pub fn new(network: Network, clock: Arc<dyn Clock>) -> Self {
        Self { network, clock }
    }
}

#[async_trait]
impl TokenEndpoint for HttpTokenEndpoint {
    async fn exchange(&self, request: &TokenRequest) -> Result<TokenAnswer, Fault> {
        let sent = post(request.endpoint.clone(), &request.encode());
        let now = self.clock.now();
        let network = self.network.trusting(request.extra_ca.as_deref())?;
        let answer = network.send(sent, now, LONGEST_BODY).await?;
        let read = read_token_answer(&answer.as_http(), request.answer)
            .map_err(|fault| fault.without(&request.secrets()))?;
        let status = answer.status();
        if status != 200 {
            // SECURITY 46: it is taken, and whoever looks for a strange server finds it.
            tracing::info!(status, "tokens came with another status than 200");
        }
        Ok(read)
    }

    async fn revoke(
        &self,
        endpoint: &Url,
        request: EncodedRequest,
        extra_ca: Option<&str>,
    ) -> Result<(), Fault> {
        // A revocation request is a form in every dialect.
        let fields: Vec<_> = url::form_urlencoded::parse(&request.body).collect();
        let secrets: Vec<&str> = fields
            .iter()
            .filter(|(name, _)| name == "token" || name == "client_secret")
            .map(|(_, value)| value.as_ref())
            .collect();
        let (sent, now) = (post(endpoint.clone(), &request), self.clock.now());
        let network = self.network.trusting(extra_ca)?;
        let answer = network.send(sent, now, LONGEST_BODY).await?;
        let answer = answer.as_http();
        match answer.status {
            200..300 => Ok(()),
            300..400 => Err(Fault::Redirected),
            // No service that refuses in words of its own has an endpoint of RFC 7009.
            _ => Err(read_refusal(&answer, AnswerShape::Standard).without(&secrets)),
        }
    }
}

fn post(endpoint: Url, encoded: &EncodedRequest) -> Request {
    let mut request = Request::new(Method::POST, endpoint);
    let headers = request.headers_mut();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(encoded.content_type));
    if let Some(authorization) = &encoded.authorization
        && let Ok(mut value) = HeaderValue::from_str(authorization)
    {
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    *request.body_mut() = Some(encoded.body.to_vec().into());
    request
}
