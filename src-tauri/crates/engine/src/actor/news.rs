//! Telling the world: snapshots, updates, notices.

use super::Actor;
use super::entry::{Entry, OpenAttempt};
use crate::update::{AttemptOverview, Notice, Overview, ProviderOverview, Update};
use keyfob_domain::error::Problem;
use keyfob_domain::id::{AttemptId, ConnectionId, ProviderSlug};
use keyfob_domain::provider::Provider;
use std::sync::Arc;
use tokio::sync::mpsc;

/// So many notices are kept; a flood pushes the oldest out (SECURITY 19).
const MOST_NOTICES: usize = 8;

impl Actor {
    pub(super) fn subscribe(&mut self, sender: mpsc::Sender<Update>) {
        self.revision += 1;
        let snapshot = Update::Snapshot {
            connections: self
                .entries
                .iter()
                .map(|entry| Arc::new(self.overview(entry)))
                .collect(),
            providers: self
                .providers
                .iter()
                .map(|provider| Arc::new(self.provider_overview(provider)))
                .collect(),
            attempts: self
                .attempts
                .iter()
                .filter(|attempt| !attempt.dismissed)
                .map(|attempt| Arc::new(self.attempt_overview(attempt)))
                .collect(),
            keychain: self.keychain.clone(),
            notices: self.notices.clone(),
        };
        if sender.try_send(snapshot).is_ok() {
            self.subscribers.push(sender);
        }
    }

    /// Sends to everybody; a subscriber that is too far behind is let go and will come back.
    pub(super) fn publish(&mut self, update: &Update) {
        self.subscribers
            .retain(|subscriber| subscriber.try_send(update.clone()).is_ok());
    }

    pub(super) fn publish_connection(&mut self, id: ConnectionId) {
        self.revision += 1;
        let overview = self
            .entries
            .iter()
            .find(|entry| entry.connection.id == id)
            .map(|entry| self.overview(entry));
        if let Some(overview) = overview {
            self.publish(&Update::Connection(Arc::new(overview)));
        }
    }

    pub(super) fn publish_attempt(&mut self, id: AttemptId) {
        self.revision += 1;
        let overview = self
            .attempts
            .iter()
            .find(|attempt| attempt.attempt.id == id)
            .map(|attempt| self.attempt_overview(attempt));
        if let Some(overview) = overview {
            self.publish(&Update::Attempt(Arc::new(overview)));
        }
    }

    pub(super) fn publish_provider(&mut self, provider: &Arc<Provider>) {
        let overview = self.provider_overview(provider);
        self.publish(&Update::Provider(Arc::new(overview)));
    }

    /// Shows a notice; one with the same cause takes the older one's place.
    pub(super) fn notify(&mut self, problem: Problem, provider: Option<ProviderSlug>) {
        let same =
            |notice: &Notice| notice.problem.code == problem.code && notice.provider == provider;
        let replaced: Vec<u64> = self
            .notices
            .iter()
            .filter(|notice| same(notice))
            .map(|notice| notice.id)
            .collect();
        let overflow = (self.notices.len() >= MOST_NOTICES).then(|| self.notices[0].id);
        for id in replaced.into_iter().chain(overflow) {
            self.dismiss_notice(id);
        }
        self.notice_count += 1;
        let notice = Notice {
            id: self.notice_count,
            problem,
            provider,
        };
        self.notices.push(notice.clone());
        self.publish(&Update::Notice(notice));
    }

    pub(super) fn dismiss_notice(&mut self, id: u64) {
        let before = self.notices.len();
        self.notices.retain(|notice| notice.id != id);
        if self.notices.len() != before {
            self.publish(&Update::NoticeRemoved(id));
        }
    }

    fn overview(&self, entry: &Entry) -> Overview {
        Overview {
            revision: self.revision,
            connection: entry.connection.clone(),
            provider: self.provider(&entry.connection.provider),
            summary: entry.summary.clone(),
        }
    }

    fn provider_overview(&self, provider: &Arc<Provider>) -> ProviderOverview {
        ProviderOverview {
            provider: provider.clone(),
            client_id: self.clients.get(&provider.slug).cloned(),
            own: self.own.contains(&provider.slug),
        }
    }

    fn attempt_overview(&self, open: &OpenAttempt) -> AttemptOverview {
        AttemptOverview {
            revision: self.revision,
            id: open.attempt.id,
            provider: open.attempt.provider.clone(),
            connection: open.attempt.connection,
            step: open.attempt.step.clone(),
            started_at: open.started_at,
            ends_at: open.ends_at,
            redirect_uri: open.attempt.redirect_uri.clone(),
        }
    }
}
