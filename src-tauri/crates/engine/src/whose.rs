//! Whose account an exchange of a code led to: what the id token says, then what the provider's API says.
//!
//! Hazard: only a verified id token proves anything (SECURITY 52–55). What else is found names the account,
//! and decides what the user is asked.

use crate::id_token::VerificationFault;
use crate::ports::Ports;
use keyfob_domain::authorization::Identity;
use keyfob_domain::error::{ErrorCode, Problem};
use keyfob_domain::failure::{Class, Exchange, Failure, classify};
use keyfob_domain::provider::{ContextKind, IdTokenUse, Provider};
use keyfob_domain::secret::Nonce;
use keyfob_domain::token::{AccountHint, SignInClaims, TokenAnswer, account_hint};
use std::sync::Arc;
use std::time::Duration;

/// How long an account's data may be looked through for a hint of whose it is.
const LOOK: Duration = Duration::from_secs(10);
/// The scope that asks for an id token (OpenID Connect Core 3.1.2.1).
const OPENID: &str = "openid";

/// What is known of the sign-in that an answer belongs to.
pub(crate) struct SignIn {
    pub(crate) provider: Arc<Provider>,
    pub(crate) client_id: String,
    /// The nonce that was sent; `None` when no id token was asked for.
    pub(crate) nonce: Option<Nonce>,
    /// Whether there are accounts that this one may be the same as.
    pub(crate) comparable: bool,
}

/// Who signed in.
#[derive(Default)]
pub(crate) struct Whose {
    pub(crate) identity: Identity,
    /// What a verified id token said, for those of the renewals.
    pub(crate) sign_in: Option<SignInClaims>,
}

/// Finds out whose account it is.
///
/// # Errors
/// `id_token_refused`, or what stands between Keyfob and the provider's keys: then nothing of the answer
/// may be kept.
pub(crate) async fn whose(
    ports: &Ports,
    sign_in: &SignIn,
    answer: &TokenAnswer,
) -> Result<Whose, Failure> {
    let mut whose = by_id_token(ports, sign_in, answer).await?;
    let provider = &sign_in.provider;
    let account = &whose.identity.account;
    // An answer is worth a request where it names the account, or can be compared with others.
    let nameless = account.label.is_none() && names_accounts(provider);
    let comparable = account.subject.is_none() && sign_in.comparable;
    if !nameless && !comparable {
        return Ok(whose);
    }
    let look = ports.context.account(provider, &answer.access_token);
    match tokio::time::timeout(LOOK, look).await {
        Ok(Ok(found)) => whose.identity = joined(whose.identity, found),
        Ok(Err(_)) | Err(_) => {
            tracing::info!(provider = %provider.slug, "no hint of whose account this is");
        }
    }
    Ok(whose)
}

async fn by_id_token(
    ports: &Ports,
    sign_in: &SignIn,
    answer: &TokenAnswer,
) -> Result<Whose, Failure> {
    let provider = &sign_in.provider;
    match (provider.id_token, &answer.id_token) {
        (IdTokenUse::Ignore, _) | (IdTokenUse::Display, None) => Ok(Whose::default()),
        (IdTokenUse::Display, Some(id_token)) => Ok(Whose {
            identity: account_hint(id_token).into(),
            sign_in: None,
        }),
        (IdTokenUse::Verify, Some(id_token)) => {
            // One that nobody asked for belongs to no sign-in.
            let Some(nonce) = &sign_in.nonce else {
                return Ok(Whose::default());
            };
            let (client_id, now) = (&sign_in.client_id, ports.clock.now());
            let verified = ports
                .id_tokens
                .at_sign_in(provider, client_id, nonce, id_token, answer, now)
                .await
                .map_err(|fault| failure_of(&fault))?;
            Ok(Whose {
                identity: verified.account().into(),
                sign_in: Some(verified.sign_in),
            })
        }
        (IdTokenUse::Verify, None) => {
            let granted = answer.scopes.as_ref();
            let withheld = granted.is_some_and(|granted| !granted.contains(OPENID));
            if sign_in.nonce.is_none() || withheld {
                return Ok(Whose::default());
            }
            Err(refused("The answer has no id token."))
        }
    }
}

fn failure_of(fault: &VerificationFault) -> Failure {
    tracing::warn!(%fault, "an id token was refused");
    match fault {
        VerificationFault::Token(fault) => refused(&fault.to_string()),
        VerificationFault::Keys(fault) => classify(Exchange::Api, fault),
    }
}

fn refused(why: &str) -> Failure {
    let problem = Problem::with_detail(ErrorCode::IdTokenRefused, why);
    Failure::new(Class::Misconfigured, problem)
}

/// Tells whether the provider's API can name an account.
fn names_accounts(provider: &Provider) -> bool {
    let by_context = provider
        .context
        .as_ref()
        .is_some_and(|context| match context.kind {
            ContextKind::Userinfo | ContextKind::Http { .. } => true,
            ContextKind::Mio | ContextKind::Mavio => false,
        });
    by_context || provider.userinfo_endpoint.is_some()
}

/// Adds what the API says to what the id token said; of another account it says nothing here
/// (SECURITY 55).
fn joined(known: Identity, found: Identity) -> Identity {
    let (known_subject, found_subject) = (&known.account.subject, &found.account.subject);
    if let (Some(known_subject), Some(found_subject)) = (known_subject, found_subject)
        && known_subject != found_subject
    {
        tracing::warn!("userinfo is about another account than the id token, and is not used");
        return known;
    }
    Identity {
        account: AccountHint {
            subject: known.account.subject.or(found.account.subject),
            label: known.account.label.or(found.account.label),
        },
        guess: known.guess.or(found.guess),
    }
}
