//! A provider's good days and bad ones: short lives and strict rotation, a server that is down or
//! busy, answers that leave out what they may leave out.

use crate::camera::{photograph_both, photograph_narrow};
use crate::portal::Portal;
use crate::world::{CONNECTED, World, condition, says, shown};
use anyhow::{Context, Result, ensure};
use keyfob_sandbox::{Endpoint, ExpiresIn, Face, RecordedRequest, Scripted};
use keyfob_test_support::KeyfobWindow;
use keyfob_test_support::screens::verify_screens;
use std::collections::HashSet;
use std::time::Duration;

/// So brief that it is renewed after three seconds and some.
const BRIEF: Duration = Duration::from_secs(4);
/// How long the provider asks to be left alone: longer than the token lives.
const REST: Duration = Duration::from_secs(6);

#[tokio::test(flavor = "multi_thread")]
async fn security_60_a_provider_that_is_down_or_busy_is_left_alone_as_long_as_it_asks() -> Result<()>
{
    let world = World::new().await?;
    let portal = Portal::start(&world.desktop, 2).await?;
    let client = world.add_plain()?;
    world.sandbox.set_access_token_lifetime(BRIEF);
    let window = world.window().await?;
    window
        .wait_until("the first screen", &shown("first-run"))
        .await?;
    world.connect_plain(&window, &client).await?;
    // The exchange, and three renewals by themselves.
    world.asked(Endpoint::OauthToken, 4).await?;
    window.wait_until("all well", CONNECTED).await?;
    ensure!(grants_are_live(&world));

    bad_day(&world, &window, 503, "Plain has a problem. Next try").await?;
    photograph_both(&window, &portal, "provider-down").await?;
    photograph_narrow(&window, "provider-down").await?;
    good_again(&world, &window).await?;
    bad_day(&world, &window, 429, "Plain is busy. Next try").await?;
    photograph_both(&window, &portal, "provider-busy").await?;
    good_again(&world, &window).await?;

    world
        .sandbox
        .oauth_manners(|plain| plain.expires_in = ExpiresIn::Absent);
    window
        .wait_until("a life that is only assumed", &says("status", "about"))
        .await?;
    photograph_both(&window, &portal, "expiry-assumed").await?;
    ensure!(grants_are_live(&world), "no refresh token was sent twice");
    let shown_to_the_server = refresh_tokens(&world)?;
    let different: HashSet<_> = shown_to_the_server.iter().collect();
    // Each of the two that were refused was sent again.
    ensure!(
        different.len() + 2 == shown_to_the_server.len(),
        "{} of {} are different",
        different.len(),
        shown_to_the_server.len()
    );
    window.close().await?;
    verify_screens(&[
        "provider-down-light",
        "provider-down-dark",
        "provider-down-480",
        "provider-busy-light",
        "provider-busy-dark",
        "expiry-assumed-light",
        "expiry-assumed-dark",
    ])
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_refresh_token_the_end_is_announced_and_then_the_user_is_asked() -> Result<()> {
    let world = World::new().await?;
    let portal = Portal::start(&world.desktop, 2).await?;
    let client = world.add_plain_with(&world.origin, &["profile"])?;
    world
        .sandbox
        .set_access_token_lifetime(Duration::from_secs(12));
    let window = world.window().await?;
    window
        .wait_until("the first screen", &shown("first-run"))
        .await?;
    world.connect_plain(&window, &client).await?;
    window
        .wait_until("what will be", &says("status", "Sign in again then"))
        .await?;
    photograph_both(&window, &portal, "no-refresh-token").await?;
    window
        .wait_until("the end", &condition("needsSignIn"))
        .await?;
    photograph_both(&window, &portal, "no-refresh-token-ended").await?;
    ensure!(world.sandbox.request_count(Endpoint::OauthToken) == 1);
    window.close().await?;
    verify_screens(&[
        "no-refresh-token-light",
        "no-refresh-token-dark",
        "no-refresh-token-ended-light",
        "no-refresh-token-ended-dark",
    ])
}

/// Has the next renewal refused with this status and a rest, and waits until the window says so.
async fn bad_day(world: &World, window: &KeyfobWindow, status: u16, words: &str) -> Result<()> {
    let refusal = Scripted::Answer {
        status,
        content_type: Some("application/json".into()),
        headers: vec![("retry-after".into(), REST.as_secs().to_string())],
        body: b"{}".to_vec(),
    };
    world.sandbox.script(Endpoint::OauthToken, refusal);
    window
        .wait_until("the waiting", &condition("waiting"))
        .await?;
    window
        .wait_until("its reason", &says("status", words))
        .await
}

/// Waits until the next renewal has succeeded by itself, not sooner than the provider has asked for.
async fn good_again(world: &World, window: &KeyfobWindow) -> Result<()> {
    let refused = world.sandbox.request_count(Endpoint::OauthToken);
    world.asked(Endpoint::OauthToken, refused + 1).await?;
    window.wait_until("all well", CONNECTED).await?;
    let requests = token_requests(world);
    let at = |place: usize| requests.get(place).map(|request| request.at);
    let rest = at(refused).zip(at(refused - 1)).context("two requests")?;
    let rest = u64::try_from(rest.0 - rest.1)?;
    ensure!(
        Duration::from_millis(rest) >= REST,
        "asked again after {rest} ms"
    );
    Ok(())
}

fn token_requests(world: &World) -> Vec<RecordedRequest> {
    let mut requests = world.sandbox.requests();
    requests.retain(|request| request.endpoint == Endpoint::OauthToken);
    requests
}

/// The refresh tokens in the order in which they were sent.
fn refresh_tokens(world: &World) -> Result<Vec<String>> {
    let refreshes = token_requests(world).into_iter().skip(1);
    refreshes
        .map(|request| {
            let mut form = url::form_urlencoded::parse(request.body.as_bytes());
            let token = form.find(|(name, _)| name == "refresh_token");
            Ok(token.context("no refresh token")?.1.into_owned())
        })
        .collect()
}

/// Whether no grant was ended, as the first use of an old refresh token would have done.
fn grants_are_live(world: &World) -> bool {
    let grants = world.sandbox.grants();
    grants
        .iter()
        .all(|grant| grant.face == Face::Oauth && grant.live)
}
