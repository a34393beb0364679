//! Providers that the user writes down: checked, saved, deleted.
//!
//! Hazard: nothing is saved by halves. The client secret is in the keychain before the file is written,
//! and the file before anybody hears of the provider; whoever fails on the way leaves what was there.

use super::command::Completion;
use super::{Actor, answer};
use crate::ports::{Ports, SecretName};
use crate::update::Update;
use keyfob_domain::error::{ErrorCode, Problem};
use keyfob_domain::id::ProviderSlug;
use keyfob_domain::provider::{
    Draft, Field, FieldFault, Provider, Why, check_client_id, check_client_secret,
};
use keyfob_domain::secret::{ClientSecret, ItemText};
use std::sync::Arc;
use tokio::sync::oneshot;

/// A provider as the user wants to have it.
pub struct ProviderChange {
    /// The provider that is edited; `None` for a new one.
    pub slug: Option<ProviderSlug>,
    /// Its fields.
    pub draft: Draft,
    /// The client id; empty as long as the user has none.
    pub client_id: String,
    /// The client secret; `None` keeps the one there is.
    pub client_secret: Option<ClientSecret>,
    /// How far to go.
    pub consent: Consent,
}

/// How far a change may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    /// Only look at the fields; nothing is saved.
    CheckOnly,
    /// Save, unless hosts of a provider in use would change (SECURITY 37).
    Ask,
    /// Save; the user has seen which hosts change.
    Given,
}

/// What came of a change.
#[derive(Clone, Debug)]
pub enum SaveOutcome {
    /// The fields were looked at; nothing is saved.
    Checked {
        /// What the provider is called in its redirect URI, or will be.
        slug: ProviderSlug,
        /// What has to be corrected.
        faults: Vec<FieldFault>,
    },
    /// It is saved.
    Saved(Arc<Provider>),
    /// Fields have to be corrected; nothing is saved.
    Faults(Vec<FieldFault>),
    /// Hosts of a provider in use would change; nothing is saved.
    Moves {
        /// The address, its host now (empty for a new one) and then.
        moves: Vec<(Field, String, String)>,
        /// How many connections the provider has.
        connections: usize,
    },
}

pub(crate) type SaveReply = oneshot::Sender<Result<SaveOutcome, Problem>>;

/// A change on its way to keychain and disk.
pub(crate) struct Saving {
    provider: Arc<Provider>,
    client_id: String,
    reply: SaveReply,
}

impl Actor {
    pub(super) fn save_provider(&mut self, change: ProviderChange, reply: SaveReply) {
        let slug = match &change.slug {
            Some(slug) if self.own.contains(slug) => slug.clone(),
            Some(slug) => return answer(reply, Err(unknown(slug))),
            None => ProviderSlug::for_name(&change.draft.name, |slug| self.is_taken(slug)),
        };
        let checked = self.checked(&slug, &change);
        if change.consent == Consent::CheckOnly {
            let faults = checked.err().unwrap_or_default();
            return answer(reply, Ok(SaveOutcome::Checked { slug, faults }));
        }
        let provider = match checked {
            Ok(provider) => provider,
            Err(faults) => return answer(reply, Ok(SaveOutcome::Faults(faults))),
        };
        let connections = self.connections_of(&slug);
        let moves = match self.provider(&slug) {
            Some(known) if connections > 0 => known.moved_hosts(&provider),
            Some(_) | None => Vec::new(),
        };
        if change.consent == Consent::Ask && !moves.is_empty() {
            return answer(reply, Ok(SaveOutcome::Moves { moves, connections }));
        }
        let saving = Saving {
            provider: Arc::new(provider),
            client_id: change.client_id.trim().to_owned(),
            reply,
        };
        let (ports, is_new) = (self.ports.clone(), change.slug.is_none());
        self.tasks.spawn(async move {
            let outcome = store(&ports, &saving.provider, change.client_secret, is_new).await;
            Completion::ProviderStored { saving, outcome }
        });
    }

    fn checked(
        &self,
        slug: &ProviderSlug,
        change: &ProviderChange,
    ) -> Result<Provider, Vec<FieldFault>> {
        let others = self.providers.iter().filter(|known| known.slug != *slug);
        let taken: Vec<&str> = others.map(|known| known.name.as_str()).collect();
        let (provider, mut faults) = match change.draft.check(slug, &taken) {
            Ok(provider) => (Some(provider), Vec::new()),
            Err(faults) => (None, faults),
        };
        let mut complain = |field, why| faults.push(FieldFault { field, why });
        if let Err(why) = check_client_id(&change.client_id) {
            complain(Field::ClientId, why);
        }
        let secret = change.client_secret.as_ref().map(ClientSecret::expose);
        if let Some(Err(why)) = secret.map(check_client_secret) {
            complain(Field::ClientSecret, why);
        }
        // A client id of a provider that has none yet, and wants a secret with it.
        let fresh = !change.client_id.trim().is_empty() && !self.clients.contains_key(slug);
        let wants = provider.as_ref().is_some_and(Provider::needs_client_secret);
        if fresh && wants && secret.is_none() {
            complain(Field::ClientSecret, Why::Missing);
        }
        match provider {
            Some(provider) if faults.is_empty() => Ok(provider),
            Some(_) | None => Err(faults),
        }
    }

    pub(super) async fn provider_stored(&mut self, saving: Saving, outcome: Result<(), Problem>) {
        let Saving {
            provider,
            client_id,
            reply,
        } = saving;
        if let Err(problem) = outcome {
            self.note_keychain(&problem);
            return answer(reply, Err(problem));
        }
        let slug = provider.slug.clone();
        self.own.insert(slug.clone());
        let mut failed = None;
        if !client_id.is_empty() && self.clients.get(&slug) != Some(&client_id) {
            let store = self.ports.store.clone();
            match store.save_client(slug.clone(), client_id.clone()).await {
                Ok(()) => {
                    self.clients.insert(slug.clone(), client_id);
                }
                Err(problem) => failed = Some(problem),
            }
        }
        let before = self.provider(&slug);
        let reads_anew = before.is_some_and(|before| before.context != provider.context);
        self.provide(provider.clone());
        let ids = self.entries.iter().map(|entry| &entry.connection);
        let ids: Vec<_> = ids
            .filter(|known| known.provider == slug)
            .map(|known| known.id)
            .collect();
        for id in ids {
            if reads_anew {
                // What was read before came from somewhere else, and nobody else asks for the new.
                self.forget_summary(id).await;
                let _ = self.reload_summary(id);
            }
            self.publish_connection(id);
        }
        answer(reply, failed.map_or(Ok(SaveOutcome::Saved(provider)), Err));
        self.try_with_new_set_up(&slug).await;
    }

    pub(super) fn delete_provider(
        &mut self,
        slug: ProviderSlug,
        reply: oneshot::Sender<Result<(), Problem>>,
    ) {
        if !self.own.contains(&slug) {
            return answer(reply, Err(unknown(&slug)));
        }
        if self.connections_of(&slug) > 0 || self.is_signing_in_at(&slug) {
            let why = Problem::with_detail(ErrorCode::ProviderInUse, slug.as_str());
            return answer(reply, Err(why));
        }
        let ports = self.ports.clone();
        self.tasks.spawn(async move {
            let outcome = forget(&ports, &slug).await;
            Completion::ProviderForgotten {
                slug,
                outcome,
                reply,
            }
        });
    }

    pub(super) fn provider_forgotten(
        &mut self,
        slug: ProviderSlug,
        outcome: Result<(), Problem>,
        reply: oneshot::Sender<Result<(), Problem>>,
    ) {
        match &outcome {
            Ok(()) => {
                self.own.remove(&slug);
                self.clients.remove(&slug);
                self.providers.retain(|known| known.slug != slug);
                self.publish(&Update::ProviderRemoved(slug));
            }
            Err(problem) => self.note_keychain(problem),
        }
        answer(reply, outcome);
    }

    /// A slug is part of a redirect URI, so whatever still hangs on one keeps it (SECURITY 14).
    fn is_taken(&self, slug: &ProviderSlug) -> bool {
        self.provider(slug).is_some()
            || self.clients.contains_key(slug)
            || self.connections_of(slug) > 0
    }

    fn connections_of(&self, slug: &ProviderSlug) -> usize {
        let connections = self.entries.iter().map(|entry| &entry.connection);
        connections.filter(|known| known.provider == *slug).count()
    }

    fn is_signing_in_at(&self, slug: &ProviderSlug) -> bool {
        let attempts = self.attempts.iter().map(|open| &open.attempt);
        { attempts }.any(|attempt| attempt.provider.slug == *slug && !attempt.is_over())
    }
}

/// The client secret first, then the file. What a new provider brought is taken back if it fails.
async fn store(
    ports: &Ports,
    provider: &Arc<Provider>,
    client_secret: Option<ClientSecret>,
    is_new: bool,
) -> Result<(), Problem> {
    let name = SecretName::of_client(&provider.slug);
    let brought = client_secret.is_some();
    if let Some(secret) = client_secret {
        let text = Arc::new(ItemText::new(secret.expose().to_owned()));
        ports.secrets.write(&name, text).await?;
    }
    let saved = ports.providers.save(provider.clone()).await;
    if saved.is_err()
        && is_new
        && brought
        && let Err(problem) = ports.secrets.delete(&name).await
    {
        tracing::warn!(%problem, "the client secret of a provider that wasn't saved is left");
    }
    saved
}

/// The file goes last: as long as it is there, it can be tried again.
async fn forget(ports: &Ports, slug: &ProviderSlug) -> Result<(), Problem> {
    ports.secrets.delete(&SecretName::of_client(slug)).await?;
    ports.store.delete_client(slug.clone()).await?;
    ports.providers.delete(slug.clone()).await
}

fn unknown(slug: &ProviderSlug) -> Problem {
    Problem::with_detail(ErrorCode::ProviderUnknown, slug.as_str())
}
