//! The exchange of an authorization code for tokens (RFC 6749 §4.1.3), and what is gathered before.

use crate::loopback;
use crate::ports::Ports;
use crate::renewal::client_secret;
use keyfob_domain::error::Problem;
use keyfob_domain::failure::{Exchange, Failure, Fault, classify};
use keyfob_domain::provider::{Pkce, Provider, RedirectKind};
use keyfob_domain::secret::{AuthorizationCode, ClientSecret, CodeVerifier};
use keyfob_domain::token::{TokenAnswer, TokenGrant, TokenRequest, names_the_verifier};
use std::sync::Arc;

/// Gathers what a sign-in needs: the client secret and, where the answer comes that way, a port.
pub(super) async fn gather(
    ports: &Ports,
    provider: &Provider,
) -> Result<(Option<Arc<ClientSecret>>, Option<loopback::Bound>), Problem> {
    let secret = client_secret(ports, provider).await?;
    let bound = match provider.redirect_kinds.first() {
        Some(RedirectKind::Loopback) => Some(loopback::bind(&provider.slug).await?),
        Some(RedirectKind::Scheme) | None => None,
    };
    Ok((secret, bound))
}

/// What one exchange of a code needs.
pub(super) struct ExchangeJob {
    pub(super) provider: Arc<Provider>,
    pub(super) client_id: String,
    pub(super) client_secret: Option<Arc<ClientSecret>>,
    pub(super) code: Arc<AuthorizationCode>,
    pub(super) redirect_uri: String,
    pub(super) verifier: Option<Arc<CodeVerifier>>,
}

/// Exchanges a code. One more try is allowed when the first can't have reached the server
/// (SECURITY 51), and one without the verifier where the server doesn't know the field (SECURITY 10).
pub(super) async fn exchange_code(ports: &Ports, job: ExchangeJob) -> Result<TokenAnswer, Failure> {
    let request = |verifier| {
        let grant = TokenGrant::Code {
            code: job.code.clone(),
            redirect_uri: job.redirect_uri.clone(),
            verifier,
        };
        TokenRequest::new(
            &job.provider,
            job.client_id.clone(),
            job.client_secret.clone(),
            grant,
        )
    };
    let first = ports
        .token_endpoint
        .exchange(&request(job.verifier.clone()))
        .await;
    let last = match first {
        Err(Fault::NoAnswer { unsent: true, .. }) => {
            ports
                .token_endpoint
                .exchange(&request(job.verifier.clone()))
                .await
        }
        Err(fault) if job.provider.pkce == Pkce::Unknown && names_the_verifier(&fault) => {
            tracing::warn!(provider = %job.provider.slug, "the provider doesn't know PKCE; one try without the verifier");
            ports.token_endpoint.exchange(&request(None)).await
        }
        other => other,
    };
    last.map_err(|fault| classify(Exchange::Code, &fault))
}
