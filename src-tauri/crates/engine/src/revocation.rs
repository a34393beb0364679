//! Ending a grant at its provider, and forgetting it here: provider, keychain, database, in this
//! order (SECURITY 68).
//!
//! Hazard: what can't be ended now must not be lost before the user has decided about it, and what
//! the user decided must survive a crash at any point.

use crate::ports::{Ports, Recorded, SecretName};
use crate::renewal::{client_secret, read_item, stored_client_secret};
use keyfob_domain::error::{ErrorCode, Problem};
use keyfob_domain::failure::{Exchange, Failure, classify};
use keyfob_domain::id::ConnectionId;
use keyfob_domain::item::ConnectionItem;
use keyfob_domain::provider::{ClientAuthentication, Provider};
use keyfob_domain::revocation::PendingRevocation;
use keyfob_domain::secret::{ClientSecret, ItemText, RefreshToken};
use keyfob_domain::token::{Revocable, revocation_request};
use std::sync::Arc;
use url::Url;

/// How a connection is to be ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// At its provider, where that is possible, and here. If the provider can't be told, nothing
    /// happens.
    Now,
    /// Here; its provider is told as soon as it can be reached (SECURITY 71).
    Later,
    /// Here only.
    HereOnly,
}

/// What ending a connection needs to know.
pub(crate) struct EndJob {
    pub(crate) id: ConnectionId,
    pub(crate) provider: Option<Arc<Provider>>,
    pub(crate) recorded: Recorded,
    /// What the keychain has not taken yet is the newest there is.
    pub(crate) unsaved: Option<Arc<ConnectionItem>>,
    pub(crate) ending: Ending,
    /// What an earlier process noted that was cut off while it did the same.
    pub(crate) noted: Option<PendingRevocation>,
}

/// Ends a connection. A failure before the keychain leaves everything as it was. Gives the
/// revocation that is left to do.
pub(crate) async fn end(ports: &Ports, job: EndJob) -> Result<Option<PendingRevocation>, Problem> {
    let endpoint = job
        .provider
        .as_ref()
        .and_then(|provider| Some((provider.clone(), provider.revocation_endpoint.clone()?)));
    let mut pending = None;
    match (job.ending, endpoint) {
        (Ending::HereOnly, _) | (Ending::Now | Ending::Later, None) => {}
        (ending, Some((provider, endpoint))) => {
            let item = match job.unsaved {
                Some(item) => Ok(item),
                None => read_item(ports, job.id).await.map(Arc::new),
            };
            match item {
                Ok(item) if ending == Ending::Now => {
                    revoke_at(ports, &item, &provider, &endpoint, &job.recorded).await?;
                }
                Ok(item) => {
                    let (id, recorded) = (job.id, &job.recorded);
                    pending = put_off(ports, id, &item, &provider, endpoint, recorded).await?;
                }
                // Nothing is left that could be revoked, but for what was put aside already.
                Err(problem) if problem.code == ErrorCode::SecretMissing => pending = job.noted,
                Err(problem) => return Err(problem),
            }
        }
    }
    ports
        .secrets
        .delete(&SecretName::of_connection(job.id))
        .await?;
    ports.store.delete(job.id).await?;
    Ok(pending)
}

/// Ends credentials that the user didn't want at their provider, where it has an endpoint for
/// that. They were never kept here.
pub(crate) async fn give_back(
    ports: &Ports,
    provider: &Provider,
    client_id: String,
    item: &ConnectionItem,
) -> Result<(), Problem> {
    let Some(endpoint) = &provider.revocation_endpoint else {
        return Ok(());
    };
    let recorded = Recorded {
        token_endpoint: provider.token_endpoint.clone(),
        client_id,
        sign_in: None,
    };
    revoke_at(ports, item, provider, endpoint, &recorded).await
}

/// Tells the provider: the refresh token first, then the access token, for servers that don't end
/// the one with the other.
async fn revoke_at(
    ports: &Ports,
    item: &ConnectionItem,
    provider: &Provider,
    endpoint: &Url,
    recorded: &Recorded,
) -> Result<(), Problem> {
    let secret = client_secret(ports, provider).await?;
    let tell = |token| {
        let request = revocation_request(
            provider.client_authentication,
            &recorded.client_id,
            secret.as_deref(),
            &token,
        );
        let extra_ca = provider.extra_ca.as_deref();
        ports.token_endpoint.revoke(endpoint, request, extra_ca)
    };
    let failed = |fault| classify(Exchange::Revoke, &fault).problem;
    let access = Revocable::Access(&item.access_token);
    let Some(refresh_token) = &item.refresh_token else {
        return tell(access).await.map_err(failed);
    };
    tell(Revocable::Refresh(refresh_token))
        .await
        .map_err(failed)?;
    if let Err(problem) = tell(access).await.map_err(failed) {
        // The grant is over; this token ends by itself before long.
        tracing::info!(%problem, "the access token could not be ended on its own");
    }
    Ok(())
}

/// Moves the refresh token into an item of its own kind. The row comes first: a crash in between
/// leaves the connection as it was, and a row without an item, which the next start drops.
async fn put_off(
    ports: &Ports,
    id: ConnectionId,
    item: &ConnectionItem,
    provider: &Provider,
    endpoint: Url,
    recorded: &Recorded,
) -> Result<Option<PendingRevocation>, Problem> {
    let Some(refresh_token) = &item.refresh_token else {
        // An access token alone ends by itself.
        return Ok(None);
    };
    let now = ports.clock.now();
    let pending = PendingRevocation {
        id,
        provider: provider.slug.clone(),
        endpoint,
        client_id: recorded.client_id.clone(),
        since: now,
        failures: 0,
        next_try_at: now,
    };
    ports.store.save_pending(pending.clone()).await?;
    let text = Arc::new(ItemText::new(refresh_token.expose().to_owned()));
    if let Err(problem) = ports.secrets.write(&SecretName::of_pending(id), text).await {
        forget_pending(ports, id).await?;
        return Err(problem);
    }
    Ok(Some(pending))
}

/// What became of one try to make up for a revocation.
pub(crate) enum Tried {
    /// The provider has ended the access, or there is nothing left to end.
    Done,
    /// It could not be told.
    Failed(Failure),
    /// The keychain can't be read now.
    Unreadable(Problem),
}

/// Tries a pending revocation once, and forgets it when it is done. Without its provider's file nothing
/// says how the client proves itself, so it doesn't.
pub(crate) async fn try_pending(
    ports: &Ports,
    pending: &PendingRevocation,
    provider: Option<&Provider>,
) -> Tried {
    match tell(ports, pending, provider).await {
        Tried::Done => match forget_pending(ports, pending.id).await {
            Ok(()) => Tried::Done,
            // Telling the provider once more harms nobody (RFC 7009 §2.2).
            Err(problem) => Tried::Unreadable(problem),
        },
        other @ (Tried::Failed(_) | Tried::Unreadable(_)) => other,
    }
}

async fn tell(ports: &Ports, pending: &PendingRevocation, provider: Option<&Provider>) -> Tried {
    let authentication = provider.map_or(ClientAuthentication::None, |provider| {
        provider.client_authentication
    });
    let extra_ca = provider.and_then(|provider| provider.extra_ca.as_deref());
    let read = read_pending(ports, pending, authentication).await;
    let (token, secret) = match read {
        Ok(Some(both)) => both,
        Ok(None) => return Tried::Done,
        Err(problem) => return Tried::Unreadable(problem),
    };
    let request = revocation_request(
        authentication,
        &pending.client_id,
        secret.as_deref(),
        &Revocable::Refresh(&token),
    );
    let told = ports
        .token_endpoint
        .revoke(&pending.endpoint, request, extra_ca)
        .await;
    match told {
        Ok(()) => Tried::Done,
        Err(fault) => Tried::Failed(classify(Exchange::Revoke, &fault)),
    }
}

type Credentials = (RefreshToken, Option<Arc<ClientSecret>>);

async fn read_pending(
    ports: &Ports,
    pending: &PendingRevocation,
    authentication: ClientAuthentication,
) -> Result<Option<Credentials>, Problem> {
    let name = SecretName::of_pending(pending.id);
    let Some(text) = ports.secrets.read(&name).await? else {
        return Ok(None);
    };
    let secret = match authentication {
        ClientAuthentication::None => None,
        // Without its secret the client is refused, and that is the provider's to say.
        ClientAuthentication::Basic | ClientAuthentication::Post => {
            match stored_client_secret(ports, &pending.provider).await {
                Ok(secret) => Some(secret),
                Err(problem) if problem.code == ErrorCode::ClientNotSetUp => None,
                Err(problem) => return Err(problem),
            }
        }
    };
    Ok(Some((RefreshToken::new(text.expose().to_owned()), secret)))
}

/// Forgets a pending revocation: its item, then its row.
pub(crate) async fn forget_pending(ports: &Ports, id: ConnectionId) -> Result<(), Problem> {
    ports.secrets.delete(&SecretName::of_pending(id)).await?;
    ports.store.delete_pending(id).await
}
