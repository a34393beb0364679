//! Quirks over the wire: played at their place, and nowhere else, until they are ended.

use keyfob_sandbox::quirks::{self, Place};
use reqwest::StatusCode;

use crate::world::World;

/// Asks without credentials, so that only a quirk makes it anything but a refusal.
async fn status(world: &World, path: &str, body: &str) -> StatusCode {
    let request = world
        .http
        .post(format!("{}{path}", world.base))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body.to_owned());
    request.send().await.unwrap().status()
}

#[tokio::test]
async fn a_quirk_is_played_at_its_place_until_it_is_ended() {
    let world = World::start().await;
    let refresh = ("/oauth/token", "grant_type=refresh_token&refresh_token=r");
    let exchange = ("/oauth/token", "grant_type=authorization_code&code=c");
    let revocation = ("/oauth/revoke", "token=t");
    let rows = [
        ("refresh-html-200", Place::Refresh),
        ("exchange-html-200", Place::Exchange),
        ("revoke-text-200", Place::Revocation),
    ];
    for (name, place) in rows {
        let quirk = quirks::find(name).unwrap();
        assert_eq!(quirk.place, place, "{name}");
        world.sandbox.play(quirk);
        for (at, (path, body)) in [
            (Place::Refresh, refresh),
            (Place::Exchange, exchange),
            (Place::Revocation, revocation),
        ] {
            let played = status(&world, path, body).await == StatusCode::OK;
            assert_eq!(played, at == place, "{name} at {at:?}");
        }
        world.sandbox.stop_playing();
        let (path, body) = refresh;
        assert_ne!(status(&world, path, body).await, StatusCode::OK, "{name}");
    }
    world.end().await;
}

#[tokio::test]
async fn every_quirk_can_be_sent() {
    let world = World::start().await;
    for quirk in quirks::all() {
        let (path, body) = match quirk.place {
            Place::Redirect => continue,
            Place::Refresh => ("/oauth/token", "grant_type=refresh_token"),
            Place::Exchange => ("/oauth/token", "grant_type=authorization_code"),
            Place::Revocation => ("/oauth/revoke", "token=t"),
            Place::Reading => ("/mio/v1/context", "{}"),
        };
        world.sandbox.play(quirk);
        let request = world.http.post(format!("{}{path}", world.base)).body(body);
        // A cut connection is an end as well; a quirk that can't be built is the server's own fault.
        if let Ok(answer) = request.send().await {
            let text = answer.text().await.unwrap_or_default();
            assert!(!text.contains("impossible"), "{quirk:?}: {text}");
        }
        world.sandbox.stop_playing();
    }
    world.end().await;
}
