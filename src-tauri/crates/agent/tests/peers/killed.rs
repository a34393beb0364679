//! Keyfob is killed in the middle of a renewal (SECURITY 107, 108).
//!
//! What differs: oidc-provider takes the second use of a refresh token for theft and ends the grant, and
//! so does django-oauth-toolkit with reuse protection and without grace. With grace it answers the second use
//! with the very tokens of the lost answer, as long as they are the newest. Its `expires_in` then counts
//! from now, though the access token is as old as the lost answer, and may be dead already.

use crate::parent::LIMIT;
use crate::process::Keyfob;
use crate::world::{World, call, listed, renew};
use keyfob_test_support::peers::{GRACE, Kind, Server};
use keyfob_test_support::{figures, until_async};
use serde_json::{Value, json};

/// What is found after the kill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    /// What the answer brought, or an earlier one, is good, and nothing more was asked for.
    Kept,
    /// The old refresh token was tried once, and was good.
    Healed,
    /// As [`Found::Healed`], but the access token was found dead, and one more renewal followed.
    HealedTwice,
    /// The old refresh token was tried once, and the server ended the grant.
    Interrupted,
}

const BEFORE_POST: &str = "before provider refresh";
const BEFORE_KEYCHAIN: &str = "after provider refresh";
const BEFORE_ROW: &str = "after keychain write tokens";

/// Where it is killed, how long it lies dead as the server sees it, and what is found.
type Row = (Kind, &'static str, u64, Found);

const ROWS: [Row; 10] = [
    (Kind::Oidc, BEFORE_POST, 0, Found::Healed),
    (Kind::Oidc, BEFORE_KEYCHAIN, 0, Found::Interrupted),
    (Kind::Oidc, BEFORE_ROW, 0, Found::Kept),
    (Kind::DjangoStrict, BEFORE_POST, 0, Found::Healed),
    (Kind::DjangoStrict, BEFORE_KEYCHAIN, 0, Found::Interrupted),
    (Kind::DjangoStrict, BEFORE_ROW, 0, Found::Kept),
    (Kind::DjangoGrace, BEFORE_POST, 0, Found::Healed),
    (Kind::DjangoGrace, BEFORE_KEYCHAIN, 0, Found::Healed),
    (
        Kind::DjangoGrace,
        BEFORE_KEYCHAIN,
        GRACE + 1,
        Found::Interrupted,
    ),
    (Kind::DjangoGrace, BEFORE_ROW, 0, Found::Kept),
];

#[tokio::test]
async fn security_108_a_kill_at_a_strict_oidc_provider() {
    killed_at(Kind::Oidc).await;
}

#[tokio::test]
async fn security_108_a_kill_at_a_strict_django() {
    killed_at(Kind::DjangoStrict).await;
}

#[tokio::test]
async fn security_108_a_kill_at_a_django_with_grace() {
    killed_at(Kind::DjangoGrace).await;
}

#[tokio::test]
async fn security_63_a_token_that_the_grace_window_gave_again_may_be_dead_already() {
    let kind = Kind::DjangoGrace;
    let row = (kind, BEFORE_KEYCHAIN, 45, Found::HealedTwice);
    walk(World::with_lifetime(&[kind], 30), &[row]).await;
}

async fn killed_at(kind: Kind) {
    let rows = ROWS.iter().filter(|row| row.0 == kind).copied();
    let rows: Vec<Row> = rows.collect();
    walk(World::with(&[kind]), &rows).await;
    let name = format!("peer-kills-{}", kind.slug());
    let kills = f64::from(u32::try_from(rows.len()).unwrap());
    let command = "cargo test -p keyfob-agent --test peers killed";
    figures::record(&name, kills, "kills", command).unwrap();
}

async fn walk((world, mut servers): (World, Vec<Server>), rows: &[Row]) {
    let server = &mut servers[0];
    let kind = server.kind;
    for (place, row) in rows.iter().enumerate() {
        let data_dir = world.desktop.dir().join(format!("killed-{place}"));
        let (_, stop_at, dead_for, expected) = *row;
        let mut keyfob = Keyfob::start(&world, server, &data_dir);
        let id = keyfob.connect().await;
        let first = world.tokens(&id).await;
        let asked = server.view().await.unwrap().requests.len();
        keyfob.tell(&format!("stop-at {stop_at}")).await;
        keyfob.tell(&format!("renew {id}")).await;
        keyfob.says("stopped").await;
        keyfob.kill().await;

        // What was left behind is what the row says.
        let sent = usize::from(stop_at != BEFORE_POST);
        let view = server.view().await.unwrap();
        assert_eq!(
            view.requests[asked..],
            vec![kind.granted("refresh_token"); sent],
            "{row:?}"
        );
        let left = world.tokens(&id).await;
        assert_eq!(left == first, stop_at != BEFORE_ROW, "{row:?}");
        server.pass(dead_for).await.unwrap();
        look_at(
            &world,
            server,
            &data_dir,
            (&id, asked + sent, &left),
            expected,
        )
        .await;
    }
}

/// Looks at what is left with the agent, as a new process: at a connection, after so many token requests,
/// with these tokens in the keychain.
async fn look_at(
    world: &World,
    server: &Server,
    data_dir: &std::path::Path,
    (id, asked, left): (&str, usize, &Value),
    expected: Found,
) {
    let kind = server.kind;
    let mut agent = world.agent(data_dir);
    let tries = match expected {
        Found::Kept => 0,
        Found::Healed | Found::HealedTwice | Found::Interrupted => 1,
    };
    // What a start has to make up for, it begins by itself.
    let condition = until_async(LIMIT, "the end of the first try", async || {
        let asked_now = server.view().await.unwrap().requests.len();
        let condition = listed(&mut agent, id).await["condition"].take();
        (asked_now >= asked + tries && condition["kind"] != json!("renewing")).then_some(condition)
    });
    let condition = condition.await.unwrap();
    let called = call(&mut agent, server, id).await;
    let view = server.view().await.unwrap();
    let requests = &view.requests[asked..];
    if expected == Found::Interrupted {
        assert_eq!(called, json!("renewal_interrupted"), "{kind:?}");
        let wanted = json!({ "kind": "needs_sign_in", "code": "renewal_interrupted" });
        assert_eq!(condition, wanted, "{kind:?}");
        // One try, which ended the grant; the token is kept until the user has decided.
        let errors: Vec<_> = requests.iter().map(|seen| seen.error.as_deref()).collect();
        assert_eq!(errors, [Some("invalid_grant")], "{kind:?}");
        assert!(
            !server.is_active(&left["access_token"]).await.unwrap(),
            "{kind:?}"
        );
        assert_eq!(&world.tokens(id).await, left, "{kind:?}");
    } else {
        assert_eq!(called, json!(200), "{kind:?}, {expected:?}");
        let tries = tries + usize::from(expected == Found::HealedTwice);
        let renewals = vec![kind.granted("refresh_token"); tries];
        // On a machine that is slow enough, a token of 30 seconds comes to its time once more.
        let counted = if expected == Found::HealedTwice {
            tries
        } else {
            requests.len()
        };
        assert_eq!(requests[..counted], renewals, "{kind:?}, {expected:?}");
        // It is good for the time after this token, too.
        assert_eq!(
            renew(&mut agent, id).await,
            Value::Null,
            "{kind:?}, {expected:?}"
        );
        assert_eq!(
            call(&mut agent, server, id).await,
            json!(200),
            "{kind:?}, {expected:?}"
        );
    }
    // Nothing of this row is left for the next one.
    let revoked = agent.ask("revoke", json!({ "connection": id })).await;
    assert_eq!(revoked, Ok(json!({})), "{kind:?}, {expected:?}");
    assert_eq!(
        server.view().await.unwrap().live(),
        [0, 0, 0],
        "{kind:?}, {expected:?}"
    );
    agent.quit().await;
}
