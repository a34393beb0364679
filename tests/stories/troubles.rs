//! Everything that can go wrong with a sign-in or a connection: each has its own sentence and its
//! own next step, seen in the window, in the light and in the dark.

use crate::camera::photograph_both;
use crate::portal::Portal;
use crate::world::{
    CONNECTED, MAVIO, MIO, NO_SHEET, World, condition, fill_in, says, shown, shown_code,
};
use anyhow::{Result, ensure};
use keyfob_sandbox::{ClientRegistration, Endpoint, ErrorDialect, Face, Scripted, SecretMismatch};
use keyfob_test_support::screens::verify_screens;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_client_secret_is_named_and_corrected_in_the_set_up() -> Result<()> {
    for dialect in [ErrorDialect::Oauth, ErrorDialect::Mavio] {
        let world = World::new().await?;
        let portal = Portal::start(&world.desktop, 2).await?;
        let client = world.add_acme(&["meetings:read", "action-items:read"])?;
        world
            .sandbox
            .mavio_manners(|mavio| mavio.error_dialect = dialect);
        let window = world.window().await?;
        window
            .wait_until("the first screen", &shown("first-run"))
            .await?;
        window.click("connect-button").await?;
        window.click("provider-acme").await?;
        fill_in(&window, &client.client_id, "mavio_secret_of_somebody_else").await?;
        let browser = world.allow_as("ada", &[]).await?;
        window
            .wait_until(
                "the sentence",
                &shown_code("sheet-error", "client_misconfigured"),
            )
            .await?;
        photograph_both(&window, &portal, "trouble-client-secret").await?;
        window.click("sheet-action").await?;
        fill_in(&window, &client.client_id, &client.client_secret).await?;
        let again = world.allow_as("ada", &[]).await?;
        window.wait_until("the connection", CONNECTED).await?;
        again.close().await?;
        browser.close().await?;
        window.close().await?;
    }
    verify_screens(&["trouble-client-secret-light", "trouble-client-secret-dark"])
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_browser_keeps_to_itself_the_waiting_sheet_explains() -> Result<()> {
    for (row, page) in [
        ("redirect-mismatch", "return address"),
        ("unknown-client", "isn't known"),
    ] {
        let world = World::new().await?;
        let portal = Portal::start(&world.desktop, 2).await?;
        let elsewhere = world.sandbox.issue_client(ClientRegistration {
            face: Face::Mavio,
            name: "Keyfob".to_owned(),
            redirect_uris: vec![format!("dev.keyfob.desktop:/callback/{MAVIO}/")],
        })?;
        world.announce(Face::Mavio, |client| {
            *client = match row {
                "redirect-mismatch" => json!({
                    "client_id": elsewhere.client_id, "client_secret": elsewhere.client_secret,
                }),
                _ => json!({ "client_id": "mavio_client_nobody", "client_secret": "x" }),
            };
        })?;
        let window = world.window().await?;
        world.begin_at(MAVIO, &window).await?;
        let browser = world.browser().await?;
        browser.visit(&world.opened_url().await?).await?;
        ensure!(browser.text().await?.contains(page), "{row}");
        browser.screenshot(&format!("page-{row}")).await?;
        window
            .wait_until("the waiting", &shown("sheet-page-error"))
            .await?;
        window
            .execute("document.querySelector('[data-testid=sheet-page-error] summary').click()")
            .await?;
        window
            .wait_until(
                "the exact URI to compare",
                &says("sheet", &format!("dev.keyfob.desktop:/callback/{MAVIO}")),
            )
            .await?;
        // The sheet can't know which of the two it is, and says the same.
        if row == "redirect-mismatch" {
            photograph_both(&window, &portal, "trouble-page-error").await?;
        }
        ensure!(
            world.sandbox.request_count(Endpoint::MavioToken) == 0,
            "{row}"
        );
        browser.close().await?;
        window.close().await?;
    }
    verify_screens(&[
        "page-redirect-mismatch",
        "page-unknown-client",
        "trouble-page-error-light",
        "trouble-page-error-dark",
    ])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scope_that_the_app_may_not_ask_for_is_said_to_be_one() -> Result<()> {
    let world = World::new().await?;
    let portal = Portal::start(&world.desktop, 2).await?;
    let client = world.add_acme(&["meetings:read", "everything:write"])?;
    let window = world.window().await?;
    window
        .wait_until("the first screen", &shown("first-run"))
        .await?;
    window.click("connect-button").await?;
    window.click("provider-acme").await?;
    fill_in(&window, &client.client_id, &client.client_secret).await?;
    let browser = world.browser().await?;
    browser.visit(&world.opened_url().await?).await?;
    window
        .wait_until("the sentence", &shown_code("sheet-error", "scope_rejected"))
        .await?;
    photograph_both(&window, &portal, "trouble-scope-rejected").await?;
    ensure!(world.sandbox.request_count(Endpoint::MavioToken) == 0);
    browser.close().await?;
    window.close().await?;
    verify_screens(&[
        "trouble-scope-rejected-light",
        "trouble-scope-rejected-dark",
    ])
}

/// One way a sign-in can be refused: provider, what the token endpoint answers, the code.
type Refusal = (
    &'static str,
    &'static str,
    Option<(u16, &'static str)>,
    &'static str,
);

#[tokio::test(flavor = "multi_thread")]
async fn every_refused_sign_in_has_its_own_sentence() -> Result<()> {
    let rows: [Refusal; 8] = [
        ("mavio-denied", MAVIO, None, "access_denied"),
        (
            "mavio-invalid-grant",
            MAVIO,
            Some((400, r#"{"error":"invalid_grant"}"#)),
            "code_rejected",
        ),
        (
            "mavio-unavailable",
            MAVIO,
            Some((
                503,
                r#"{"error":{"code":"service_unavailable","message":"Down for maintenance","request_id":"req_1"}}"#,
            )),
            "provider_error",
        ),
        (
            "mavio-rate-limit",
            MAVIO,
            Some((
                429,
                r#"{"error":{"code":"rate_limit_exceeded","message":"Slow down","request_id":"req_2"}}"#,
            )),
            "provider_overloaded",
        ),
        (
            "mio-invalid-grant",
            MIO,
            Some((
                400,
                r#"{"error":"invalid_grant","error_description":"redirect URL or client mismatch"}"#,
            )),
            "code_rejected",
        ),
        (
            "mio-invalid-request",
            MIO,
            Some((
                400,
                r#"{"error":"invalid_request","error_description":"code is missing"}"#,
            )),
            "request_rejected",
        ),
        (
            "mio-invalid-client",
            MIO,
            Some((401, r#"{"error":"invalid_client"}"#)),
            "client_misconfigured",
        ),
        (
            "mio-malformed",
            MIO,
            Some((200, "<!doctype html><p>Sign in to the hotel's network")),
            "answer_malformed",
        ),
    ];
    let world = World::new().await?;
    let portal = Portal::start(&world.desktop, 2).await?;
    let window = world.window().await?;
    let mut names = Vec::new();
    for (row, provider, answer, code) in rows {
        let endpoint = if provider == MIO {
            Endpoint::Token
        } else {
            Endpoint::MavioToken
        };
        if let Some((status, body)) = answer {
            world.sandbox.script(endpoint, Scripted::json(status, body));
        }
        world.begin_at(provider, &window).await?;
        let decision = if answer.is_some() { "allow" } else { "deny" };
        let browser = world.decide(decision).await?;
        window
            .wait_until(row, &shown_code("sheet-error", code))
            .await?;
        photograph_both(&window, &portal, &format!("trouble-{row}")).await?;
        names.extend(["light", "dark"].map(|theme| format!("trouble-{row}-{theme}")));
        window.click("sheet-close").await?;
        window.wait_until("the sheet to go", NO_SHEET).await?;
        browser.close().await?;
    }
    ensure!(world.connection_items()?.is_empty());
    window.close().await?;
    verify_screens(&names.iter().map(String::as_str).collect::<Vec<_>>())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_needs_the_user_stands_in_one_queue_with_a_badge() -> Result<()> {
    let world = World::new().await?;
    let portal = Portal::start(&world.desktop, 2).await?;
    let window = world.window().await?;
    world.connect(&window, "ada").await?;
    world.connect_at(MAVIO, &window, "ada", &[]).await?;
    ensure!(!window.has("queue").await?, "nothing needs anybody");
    ensure!(!window.has("badge").await?);

    // Mavio's sign-in has lapsed; at Mio the client secret was regenerated.
    world.sandbox.revoke_all();
    window.click("renew").await?;
    window
        .wait_until("Mavio's end", &condition("needsSignIn"))
        .await?;
    world.sandbox.script_forever(
        Endpoint::Token,
        Scripted::json(401, r#"{"error":"invalid_client"}"#),
    );
    window
        .execute("document.querySelector('[data-testid^=row-][data-condition=active]').click()")
        .await?;
    window.wait_until("Mio's detail", CONNECTED).await?;
    window.click("renew").await?;
    window.wait_until("the badge", &says("badge", "2")).await?;
    let entries = "return document.querySelectorAll('[data-testid=queue] li').length";
    ensure!(window.execute(entries).await? == 2);
    photograph_both(&window, &portal, "queue").await?;

    // The keychain is one cause for all.
    world.desktop.lock_keychain()?;
    window
        .wait_until("its entry", &shown("need-keychain"))
        .await?;
    window.close().await?;
    verify_screens(&["queue-light", "queue-dark"])
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ended_sign_in_and_a_refused_token_have_their_own_sentences() -> Result<()> {
    let world = World::new().await?;
    let portal = Portal::start(&world.desktop, 2).await?;
    world
        .sandbox
        .manners(|mio| mio.secret_mismatch = SecretMismatch::InvalidGrant);
    let window = world.window().await?;
    world.connect(&window, "ada").await?;
    world.sandbox.script_forever(
        Endpoint::Summary,
        Scripted::json(401, r#"{"error":"unauthorized"}"#),
    );
    window.click("summary-reload").await?;
    window
        .wait_until("the sentence", &says("detail", "Access was refused"))
        .await?;
    photograph_both(&window, &portal, "trouble-token-rejected").await?;
    ensure!(
        world.sandbox.request_count(Endpoint::Token) == 2,
        "security_63: one renewal, one retry"
    );
    world.sandbox.clear_script(Endpoint::Summary);
    world.sandbox.revoke_all();
    window.click("renew").await?;
    window
        .wait_until("the reason", &condition("needsSignIn"))
        .await?;
    photograph_both(&window, &portal, "trouble-grant-ended").await?;
    window.close().await?;
    verify_screens(&[
        "trouble-token-rejected-light",
        "trouble-token-rejected-dark",
        "trouble-grant-ended-light",
        "trouble-grant-ended-dark",
    ])
}
