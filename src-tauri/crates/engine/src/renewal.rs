//! One renewal, steps ① to ③ of SECURITY 107: intent, request, keychain. Steps ④ and ⑤, the row
//! and the news, are the actor's.
//!
//! Hazard: between the provider's answer and the keychain's nothing else may happen.

use crate::ports::{Ports, Recorded, SecretName};
use crate::turn::Turn;
use keyfob_domain::connection::Obtained;
use keyfob_domain::error::{ErrorCode, Problem};
use keyfob_domain::failure::{Class, Exchange, Failure, classify};
use keyfob_domain::grant_end::GrantEnd;
use keyfob_domain::id::{ConnectionId, ProviderSlug};
use keyfob_domain::item::ConnectionItem;
use keyfob_domain::provider::Provider;
use keyfob_domain::refresh::is_usable;
use keyfob_domain::secret::{ClientSecret, ItemText};
use keyfob_domain::time::Timestamp;
use keyfob_domain::token::{
    Expected, Occasion, Renewed, TokenAnswer, TokenGrant, TokenRequest, judge_renewed,
};
use std::sync::Arc;

/// What a renewal needs to know.
pub(crate) struct RenewalJob {
    pub(crate) id: ConnectionId,
    pub(crate) provider: Arc<Provider>,
    pub(crate) recorded: Recorded,
    /// The generation that the row knows.
    pub(crate) generation: u64,
    /// Whether an earlier renewal was cut off.
    pub(crate) interrupted: bool,
    /// The connection's turn, which is taken already.
    pub(crate) turn: Turn,
}

/// What came of it.
pub(crate) enum RenewalOutcome {
    /// New tokens; `Obtained::saved` says whether the keychain has them.
    Renewed(Obtained, Arc<ConnectionItem>),
    /// The keychain already held newer tokens than the row knew of, and they are still good.
    Adopted(Obtained, Arc<ConnectionItem>),
    /// The tokens are what they were.
    Failed(Failure),
    /// As [`RenewalOutcome::Failed`], but the provider may have acted on the request: the refresh
    /// token may be spent.
    AnswerLost(Failure),
    /// The refresh token could not be read.
    Unreadable(Problem),
}

/// Why a refresh came to nothing.
struct Refused {
    failure: Failure,
    answer_lost: bool,
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Self {
            failure,
            answer_lost: false,
        }
    }
}

pub(crate) async fn renew(ports: &Ports, job: RenewalJob) -> RenewalOutcome {
    let mut spent = None;
    loop {
        let item = match read_item(ports, job.id).await {
            Ok(item) => item,
            Err(problem) => return RenewalOutcome::Unreadable(problem),
        };
        // SECURITY 118: an older item was restored from a copy, and its token is never sent.
        if item.generation < job.generation {
            let detail = "the keychain's copy is older than the last renewal";
            return RenewalOutcome::Unreadable(Problem::with_detail(
                ErrorCode::SecretMissing,
                detail,
            ));
        }
        let adopt = spent.is_some() || item.generation > job.generation;
        if adopt && is_usable(item.expiry, ports.clock.now()) {
            return RenewalOutcome::Adopted(facts(&item, Ok(())), Arc::new(item));
        }
        if let Some(failure) = job.turn.refusal_of(item.generation) {
            return RenewalOutcome::Failed(failure);
        }
        let failure = match refresh(ports, &job, &item).await {
            Ok((obtained, item)) => return RenewalOutcome::Renewed(obtained, item),
            Err(Refused {
                failure,
                answer_lost: true,
            }) => return RenewalOutcome::AnswerLost(failure),
            Err(Refused { failure, .. }) => failure,
        };
        // SECURITY 61: before a grant is given up, the keychain is read once more. Something
        // newer there means that this token was not the last one.
        if failure.class == Class::Reauthorize
            && spent.is_none()
            && read_item(ports, job.id)
                .await
                .is_ok_and(|newer| newer.generation > item.generation)
        {
            spent = Some(item.generation);
            continue;
        }
        let interrupted = job.interrupted
            && failure.class == Class::Reauthorize
            && failure.problem.code != ErrorCode::AccountChanged;
        let problem = if interrupted {
            Problem {
                code: ErrorCode::RenewalInterrupted,
                ..failure.problem
            }
        } else {
            failure.problem
        };
        let failure = Failure { problem, ..failure };
        if failure.class == Class::Reauthorize {
            job.turn.note_refusal(item.generation, &failure);
        }
        return RenewalOutcome::Failed(failure);
    }
}

async fn refresh(
    ports: &Ports,
    job: &RenewalJob,
    item: &ConnectionItem,
) -> Result<(Obtained, Arc<ConnectionItem>), Refused> {
    let refresh_token = item
        .refresh_token
        .clone()
        .ok_or_else(|| Failure::new(Class::Reauthorize, ErrorCode::GrantEnded.into()))?;
    let transient = |problem| Failure::new(Class::Transient, problem);
    let client_secret = match client_secret(ports, &job.provider).await {
        Ok(secret) => secret,
        Err(problem) if problem.code == ErrorCode::ClientNotSetUp => {
            return Err(Failure::new(Class::Misconfigured, problem).into());
        }
        Err(problem) => return Err(transient(problem).into()),
    };
    let requested_at = ports.clock.now();
    let generation = item.generation + 1;
    ports
        .store
        .begin_renewal(job.id, generation, requested_at)
        .await
        .map_err(transient)?;
    let mut request = TokenRequest::new(
        &job.provider,
        job.recorded.client_id.clone(),
        client_secret,
        TokenGrant::Refresh {
            refresh_token: refresh_token.clone(),
        },
    );
    request.endpoint = job.recorded.token_endpoint.clone();
    let answer = ports
        .token_endpoint
        .exchange(&request)
        .await
        .map_err(|fault| Refused {
            failure: classify(Exchange::Refresh, &fault),
            answer_lost: fault.leaves_open(),
        })?;
    refuse_foreign(&answer, job, ports.clock.now())?;
    let granted = answer.scopes.clone();
    let item = Arc::new(item_of(
        answer,
        Some(item),
        &job.provider,
        generation,
        requested_at,
    ));
    let saved = ports
        .secrets
        .write(&SecretName::of_connection(job.id), Arc::new(item.encode()))
        .await;
    Ok((
        Obtained {
            granted,
            ..facts(&item, saved)
        },
        item,
    ))
}

/// Refuses an answer whose id token says that it is another account's (SECURITY 54): it is dropped whole,
/// and the user is asked to sign in. What is merely odd about the id token costs nobody a grant.
fn refuse_foreign(answer: &TokenAnswer, job: &RenewalJob, now: Timestamp) -> Result<(), Failure> {
    let (Some(id_token), Some(sign_in)) = (&answer.id_token, &job.recorded.sign_in) else {
        return Ok(());
    };
    let expected = Expected {
        // As it was at the sign-in: the provider's definition may have been changed since (SECURITY 66).
        issuer: &sign_in.issuer,
        client_id: &job.recorded.client_id,
        trusted_audiences: &[],
        algorithm: job.provider.id_token_algorithm,
        occasion: Occasion::Refresh(sign_in),
        access_token: Some(&answer.access_token),
        now,
    };
    match judge_renewed(id_token, &expected) {
        Renewed::Same => Ok(()),
        Renewed::Odd(fault) => {
            tracing::warn!(connection = %job.id, %fault, "a renewal came with an odd id token");
            Ok(())
        }
        Renewed::Foreign(fault) => {
            let changed = Problem::with_detail(ErrorCode::AccountChanged, &fault.to_string());
            Err(Failure::new(Class::Reauthorize, changed))
        }
    }
}

/// Makes the keychain item of an answer; an answer without a refresh token keeps that of the item it
/// renews, where there is one (SECURITY 45).
pub(crate) fn item_of(
    answer: TokenAnswer,
    old: Option<&ConnectionItem>,
    provider: &Provider,
    generation: u64,
    requested_at: Timestamp,
) -> ConnectionItem {
    let grant_end = GrantEnd::after(
        &answer,
        provider.refresh_token_inactivity,
        old.and_then(|old| old.grant_end),
        requested_at,
    );
    let kept = old.and_then(|old| old.refresh_token.clone());
    let renewable = answer.refresh_token.is_some() || kept.is_some();
    let expiry = answer.expiry(requested_at, renewable);
    ConnectionItem {
        generation,
        refresh_token: answer.refresh_token.map(Arc::new).or(kept),
        access_token: Arc::new(answer.access_token),
        obtained_at: requested_at,
        expiry,
        grant_end: grant_end.filter(|_| renewable),
    }
}

/// Gives the facts of an item that the domain may know.
pub(crate) fn facts(item: &ConnectionItem, saved: Result<(), Problem>) -> Obtained {
    Obtained {
        generation: item.generation,
        obtained_at: item.obtained_at,
        expiry: item.expiry,
        renewable: item.refresh_token.is_some(),
        grant_end: item.grant_end,
        granted: None,
        saved,
    }
}

/// Reads a connection's item; an absent or unreadable one is `secret_missing`.
pub(crate) async fn read_item(ports: &Ports, id: ConnectionId) -> Result<ConnectionItem, Problem> {
    let text = ports.secrets.read(&SecretName::of_connection(id)).await?;
    let text = text.ok_or(Problem::new(ErrorCode::SecretMissing))?;
    ConnectionItem::decode(&text)
        .map_err(|why| Problem::with_detail(ErrorCode::SecretMissing, &why.to_string()))
}

/// Writes an item that is held in memory. A write that timed out may have happened, and the user
/// may have signed in again meanwhile, so what is there is read first (SECURITY 107).
pub(crate) async fn save_again(
    ports: &Ports,
    id: ConnectionId,
    item: &ConnectionItem,
) -> Result<(), Problem> {
    let name = SecretName::of_connection(id);
    let text: ItemText = item.encode();
    if let Some(there) = ports.secrets.read(&name).await? {
        let newer =
            ConnectionItem::decode(&there).is_ok_and(|there| there.generation > item.generation);
        if newer || there.expose() == text.expose() {
            return Ok(());
        }
    }
    ports.secrets.write(&name, Arc::new(text)).await
}

/// Reads the client secret where the provider wants one; an absent one is `client_not_set_up`.
pub(crate) async fn client_secret(
    ports: &Ports,
    provider: &Provider,
) -> Result<Option<Arc<ClientSecret>>, Problem> {
    if !provider.needs_client_secret() {
        return Ok(None);
    }
    stored_client_secret(ports, &provider.slug).await.map(Some)
}

pub(crate) async fn stored_client_secret(
    ports: &Ports,
    slug: &ProviderSlug,
) -> Result<Arc<ClientSecret>, Problem> {
    let text = ports.secrets.read(&SecretName::of_client(slug)).await?;
    let text = text.ok_or(Problem::new(ErrorCode::ClientNotSetUp))?;
    Ok(Arc::new(ClientSecret::new(text.expose().to_owned())))
}
