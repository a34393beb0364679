//! Connections that were made before the test began.

use super::{FakeKeychain, FakeProvider, World, sandbox_provider};
use crate::ports::{Clock, ConnectionStore, Recorded, SecretName};
use keyfob_domain::connection::{Connection, Obtained};
use keyfob_domain::grant::Scopes;
use keyfob_domain::id::ConnectionId;
use keyfob_domain::item::ConnectionItem;
use keyfob_domain::refresh::{Draw, Expiry};
use keyfob_domain::secret::{AccessToken, RefreshToken};
use keyfob_domain::time::Timestamp;
use keyfob_domain::token::AccountHint;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// A token endpoint that needs a network; nobody is there.
pub(crate) const ELSEWHERE: &str = "https://mio.example/token";

/// Keeps one connection with a token of an hour: its row in the store, the rest in the keychain
/// and at the provider. Its first refresh token is `first-<number>`.
pub(crate) async fn kept(
    store: &dyn ConnectionStore,
    keychain: &FakeKeychain,
    provider: &FakeProvider,
    number: u8,
    (endpoint, now): (&str, Timestamp),
) -> ConnectionId {
    let lifetime = Duration::from_secs(3600);
    let refresh_token = format!("first-{number}");
    provider.granted(&refresh_token);
    let item = ConnectionItem {
        generation: 1,
        refresh_token: Some(Arc::new(RefreshToken::new(refresh_token))),
        access_token: Arc::new(AccessToken::new(format!("at-first-{number}"))),
        obtained_at: now,
        expiry: Expiry::At {
            at: now.after(lifetime),
            lifetime,
            assumed: false,
        },
        grant_end: None,
    };
    let obtained = Obtained {
        generation: 1,
        obtained_at: now,
        expiry: item.expiry,
        renewable: true,
        grant_end: None,
        granted: None,
        saved: Ok(()),
    };
    let id = ConnectionId::new(now, [number; 10]);
    let connection = Connection::connected(
        id,
        sandbox_provider().slug,
        AccountHint::default(),
        u32::from(number) + 1,
        Scopes::default(),
        &obtained,
        Draw::from_bits(u32::MAX / 250 * u32::from(number)),
    );
    let recorded = Recorded {
        token_endpoint: Url::parse(endpoint).unwrap(),
        client_id: "client".to_owned(),
        sign_in: None,
    };
    keychain.put(&SecretName::of_connection(id), item.encode().expose());
    store.save(connection, recorded, false).await.unwrap();
    id
}

impl World {
    /// Starts with this many connections; `endpoint` says where each has its tokens renewed.
    pub(crate) async fn with_many(
        count: u8,
        endpoint: impl Fn(u8) -> String,
    ) -> (Self, Vec<ConnectionId>) {
        let mut world = Self::start().await;
        let mut ids = Vec::new();
        for number in 0..count {
            let endpoint = endpoint(number);
            let at = (endpoint.as_str(), world.clock.now());
            let (rows, keychain) = (world.rows.as_ref(), world.keychain.as_ref());
            ids.push(kept(rows, keychain, &world.provider, number, at).await);
        }
        world.crash_and_restart().await;
        world.log.clear();
        (world, ids)
    }

    /// Lets everything happen until no more requests are made.
    pub(crate) async fn calm_down(&mut self) {
        loop {
            let before = self.posts().len();
            self.settle().await;
            if self.posts().len() == before {
                return;
            }
        }
    }
}
