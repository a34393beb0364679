//! What the user tells Keyfob of a provider: client id and secret; and providers that come later.

use super::command::{Completion, Reply};
use super::{Actor, answer};
use crate::ports::SecretName;
use keyfob_domain::connection::{Event, Need, Wanted};
use keyfob_domain::error::{ErrorCode, Problem};
use keyfob_domain::id::{ConnectionId, ProviderSlug};
use keyfob_domain::provider::{Provider, check_client_id, check_client_secret};
use keyfob_domain::secret::{ClientSecret, ItemText};
use std::sync::Arc;

impl Actor {
    pub(super) fn set_up_client(
        &mut self,
        slug: ProviderSlug,
        client_id: &str,
        client_secret: Option<ClientSecret>,
        reply: Reply<()>,
    ) {
        let client_id = client_id.trim().to_owned();
        let invalid = |why: &str| Problem::with_detail(ErrorCode::InputInvalid, why);
        let checked = self.provider(&slug).ok_or(Problem::with_detail(
            ErrorCode::ProviderUnknown,
            slug.as_str(),
        ));
        let checked =
            checked.and_then(
                |provider| match (&client_secret, provider.needs_client_secret()) {
                    _ if client_id.is_empty() || check_client_id(&client_id).is_err() => {
                        Err(invalid("a client id is 1 to 512 ASCII characters"))
                    }
                    (None, true) => Err(invalid("this provider needs a client secret")),
                    (Some(secret), true) if check_client_secret(secret.expose()).is_err() => {
                        Err(invalid("a client secret is 1 to 4,096 ASCII characters"))
                    }
                    _ => Ok(()),
                },
            );
        if let Err(problem) = checked {
            return answer(reply, Err(problem));
        }
        let ports = self.ports.clone();
        self.tasks.spawn(async move {
            let outcome = match client_secret {
                Some(secret) => {
                    let text = Arc::new(ItemText::new(secret.expose().to_owned()));
                    ports
                        .secrets
                        .write(&SecretName::of_client(&slug), text)
                        .await
                }
                None => Ok(()),
            };
            Completion::ClientStored {
                provider: slug,
                client_id,
                outcome,
                reply,
            }
        });
    }

    pub(super) async fn client_stored(
        &mut self,
        slug: ProviderSlug,
        client_id: String,
        outcome: Result<(), Problem>,
        reply: Reply<()>,
    ) {
        let outcome = match outcome {
            Ok(()) => {
                self.ports
                    .store
                    .save_client(slug.clone(), client_id.clone())
                    .await
            }
            Err(problem) => {
                self.note_keychain(&problem);
                Err(problem)
            }
        };
        let saved = outcome.is_ok();
        if saved {
            self.clients.insert(slug.clone(), client_id);
            if let Some(provider) = self.provider(&slug) {
                self.publish_provider(&provider);
            }
        }
        answer(reply, outcome);
        if saved {
            self.try_with_new_set_up(&slug).await;
        }
    }

    /// Whatever waited for the set-up to be corrected goes on.
    pub(super) async fn try_with_new_set_up(&mut self, slug: &ProviderSlug) {
        let waiting: Vec<ConnectionId> = self
            .entries
            .iter()
            .map(|entry| &entry.connection)
            .filter(|known| known.provider == *slug && known.needs() == Some(Need::SetUp))
            .map(|connection| connection.id)
            .collect();
        for id in waiting {
            self.apply(id, Event::RenewalWanted(Wanted::ByChange)).await;
        }
    }

    pub(super) fn provide(&mut self, provider: Arc<Provider>) {
        match self
            .providers
            .iter_mut()
            .find(|known| known.slug == provider.slug)
        {
            Some(known) => *known = provider.clone(),
            None => self.providers.push(provider.clone()),
        }
        self.publish_provider(&provider);
    }
}
