//! One whole flow: the set-up is wrong at first and a code too old, then Ada is connected, what is read
//! is refused once, the access is renewed, it ends at the service and is given again, and at last it is
//! ended here.

use super::service::Service;
use super::{files, wire};
use crate::account::{Account, Machine, code, word};
use crate::sandbox::Served;
use keyfob_domain::authorization::Step;
use keyfob_domain::id::ConnectionId;
use keyfob_domain::provider::{IdTokenUse, Provider, Rotation};
use keyfob_domain::refresh::Expiry;
use keyfob_engine::{Ending, Overview};
use keyfob_sandbox::{Endpoint, Sandbox};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

const CODE_LIFE: Duration = Duration::from_secs(60);

/// A service that is played, and an account there.
pub(super) struct Flow {
    pub(super) service: &'static Service,
    pub(super) served: Served,
    pub(super) account: Account,
}

impl Flow {
    pub(super) async fn begin(machine: &Arc<Machine>, service: &'static Service) -> Self {
        Self::with(machine, service, files::provider(service.slug)).await
    }

    /// The same with a preset that its user has changed.
    pub(super) async fn with(
        machine: &Arc<Machine>,
        service: &'static Service,
        provider: Provider,
    ) -> Self {
        let served = Served::recording().await;
        let played_by = service.played_by;
        played_by.begin(&served.sandbox);
        let provider = played_by.moved(provider, &served.base);
        let (face, network) = (played_by.face(), machine.network.clone());
        let account = Account::at(machine, &served, provider, face, network).await;
        Self {
            service,
            served,
            account,
        }
    }

    pub(super) async fn walk(self) {
        self.wrong_secret().await;
        self.old_code().await;
        let id = self.sign_in().await;
        self.read_with_a_refused_token(id).await;
        self.renew(id).await;
        self.end_there(id).await;
        self.end_here(id).await;
        self.account.clear_away(None).await;
    }

    pub(super) fn sandbox(&self) -> &Sandbox {
        &self.served.sandbox
    }

    /// Gives the code of what a sign-in failed with.
    pub(super) async fn fails(&self) -> &'static str {
        let signed_in = self.account.sign_in(None).await;
        let Step::Failed(problem) = &signed_in.step else {
            panic!("the sign-in came to {:?}", signed_in.step);
        };
        code(Some(problem))
    }

    async fn wrong_secret(&self) {
        if self.account.provider.needs_client_secret() {
            self.account.set_up("not-the-secret").await;
            assert_eq!(self.fails().await, "client_misconfigured");
            self.account
                .set_up(&self.account.client.client_secret)
                .await;
        }
    }

    async fn old_code(&self) {
        let played_by = self.service.played_by;
        played_by.codes_live(self.sandbox(), Duration::ZERO);
        assert_eq!(self.fails().await, "code_rejected");
        played_by.codes_live(self.sandbox(), CODE_LIFE);
    }

    async fn sign_in(&self) -> ConnectionId {
        let signed_in = self.account.sign_in(None).await;
        let id = signed_in.connection();
        let id = id.unwrap_or_else(|| panic!("the sign-in came to {:?}", signed_in.step));
        assert!(!signed_in.asked, "nothing was in doubt");

        let asked = wire::last(self.sandbox(), self.service.played_by.authorization());
        wire::check_authorization(&self.account, &asked);
        let exchange = wire::last(self.sandbox(), self.service.played_by.token());
        wire::check_exchange(&self.account, &asked, &exchange);
        let verified = self.account.provider.id_token == IdTokenUse::Verify;
        let keys = self.sandbox().request_count(Endpoint::OidcJwks);
        assert_eq!(
            keys > 0,
            verified,
            "the service's keys were read {keys} times"
        );
        self.stands(&*self.account.overview(id).await);
        id
    }

    /// Compares the connection with what the service gave.
    fn stands(&self, overview: &Overview) {
        let (connection, provider) = (&overview.connection, &self.account.provider);
        assert_eq!(word(&connection.condition), "active");
        assert_eq!(connection.grant.asked, provider.scopes);
        assert_eq!(connection.grant.granted.to_string(), self.service.granted);
        assert_eq!(connection.grant.missing().to_string(), "");
        let Expiry::At { lifetime, .. } = connection.life.expiry else {
            panic!("it has no end");
        };
        assert_eq!(lifetime.as_secs(), self.service.lives);
        assert!(connection.life.renewable);
        let known = provider.refresh_token_inactivity.is_some();
        assert_eq!(connection.life.grant_end.is_some(), known, "{connection:?}");
        let summary = &overview.summary;
        assert_eq!(summary.problem, None);
        assert_eq!(connection.account.label.as_deref(), self.service.label);
        assert_eq!(summary.last.is_some(), provider.context.is_some());
    }

    /// An access token that the service no longer takes is renewed once, and then what was asked for is
    /// read.
    async fn read_with_a_refused_token(&self, id: ConnectionId) {
        if self.account.provider.context.is_none() {
            return;
        }
        let before = self.tokens(id).await;
        self.sandbox().expire_access_tokens();
        self.account.read(id).await.unwrap();
        self.renewed(&before, &self.tokens(id).await);
        self.stands(&*self.account.overview(id).await);
    }

    async fn renew(&self, id: ConnectionId) {
        let before = self.tokens(id).await;
        self.account.engine.renew(id).await.unwrap();
        let sent = wire::last(self.sandbox(), self.service.played_by.token());
        wire::check_renewal(&self.account, &sent);
        self.renewed(&before, &self.tokens(id).await);
        self.stands(&*self.account.overview(id).await);
    }

    async fn tokens(&self, id: ConnectionId) -> Value {
        let tokens = self.account.tokens(id).await;
        tokens.expect("the keychain has them")
    }

    fn renewed(&self, before: &Value, after: &Value) {
        let generation = |tokens: &Value| tokens["generation"].as_u64().unwrap();
        assert_eq!(generation(after), generation(before) + 1);
        assert_ne!(after["access_token"], before["access_token"]);
        let same = after["refresh_token"] == before["refresh_token"];
        match self.account.provider.rotation {
            Some(Rotation::Rotating) => assert!(!same, "it was to be another one"),
            Some(Rotation::Reused) => assert!(same, "it was to be the same"),
            None => {}
        }
    }

    /// The access is ended in the service's own settings, which a renewal finds out, and given again.
    async fn end_there(&self, id: ConnectionId) {
        self.sandbox().revoke_all();
        let refused = self.account.engine.renew(id).await;
        assert_eq!(code(refused.as_ref().err()), "grant_ended");
        let overview = self.account.overview(id).await;
        assert_eq!(word(&overview.connection.condition), "needs sign-in");

        let again = self.account.sign_in(Some(id)).await;
        assert_eq!(again.connection(), Some(id), "{:?}", again.step);
        self.stands(&*self.account.overview(id).await);
    }

    /// The service is told where it has an endpoint for that; if not, the access lasts there.
    async fn end_here(&self, id: ConnectionId) {
        let revocation = self.service.played_by.revocation();
        let told = |sandbox: &Sandbox| revocation.map_or(0, |at| sandbox.request_count(at));
        self.account.engine.revoke(id, Ending::Now).await.unwrap();

        assert_eq!(self.account.tokens(id).await, None);
        let grants = self.sandbox().grants();
        let live = grants.last().is_some_and(|grant| grant.live);
        if self.account.provider.revocation_endpoint.is_some() {
            // The refresh token, and the access token for those who don't end the one with the other.
            assert_eq!((told(self.sandbox()), live), (2, false));
            let sent = wire::last(self.sandbox(), revocation.unwrap());
            wire::check_revocation(&self.account, &sent);
        } else {
            assert_eq!((told(self.sandbox()), live), (0, true));
        }
    }
}
