//! Issuers that redirect, lie about themselves, are slow, huge, no JSON, or in a private network: each has its
//! own words in the window, and none leaves anything behind.

use crate::camera::{photograph, photograph_both};
use crate::portal::Portal;
use crate::provider_form::{add, go_there};
use crate::world::{World, says, shown, shown_code};
use anyhow::{Result, ensure};
use keyfob_sandbox::{DiscoveryFault, Endpoint};
use keyfob_test_support::screens::verify_screens;
use std::ffi::OsStr;
use std::time::Duration;

/// In a network of RFC 1918. Without the user's word nothing is sent there.
const PRIVATE: &str = "https://10.11.12.13";

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_that_cannot_be_added_is_told_apart_from_every_other() -> Result<()> {
    let world = World::new().await?;
    let portal = Portal::start(&world.desktop, 2).await?;
    let limit = ("KEYFOB_DISCOVERY_MILLISECONDS", OsStr::new("1500"));
    let window = world.window_with(&[limit]).await?;
    go_there(&window).await?;
    add(&window, "add-issuer").await?;
    let issuer = format!("{}/oidc", world.origin);
    window.type_into("issuer-url", &issuer).await?;
    for (fault, words, detail) in troubles() {
        world
            .sandbox
            .oidc_manners(|oidc| oidc.discovery = Some(fault));
        window.click("issuer-look-up").await?;
        let name = format!("{fault:?}");
        window
            .wait_until(&name, &says("issuer-error", words))
            .await?;
        window.wait_until(&name, &detailed(detail)).await?;
        if fault == DiscoveryFault::RedirectsAcross {
            photograph_both(&window, &portal, "issuer-redirects").await?;
        }
    }
    ensure!(
        world.sandbox.request_count(Endpoint::OidcToken) == 0,
        "nobody was signed in"
    );

    window.type_into("issuer-url", PRIVATE).await?;
    window.click("issuer-look-up").await?;
    window
        .wait_until(
            "the question",
            &shown_code("issuer-error", "issuer_private"),
        )
        .await?;
    window
        .wait_until("the other button", &says("issuer-look-up", "anyway"))
        .await?;
    photograph(&window, "issuer-private").await?;
    window
        .type_into("issuer-url", "http://orbit.example")
        .await?;
    window.click("issuer-look-up").await?;
    window
        .wait_until(
            "what is wrong with it",
            &says("issuer-sheet", "Plain http is for 127.0.0.1 only."),
        )
        .await?;
    window.click("issuer-back").await?;
    window.wait_until("the ways", &shown("add-issuer")).await?;
    window.click("add-cancel").await?;
    ensure!(
        !world.desktop.config_dir().join("keyfob/providers").exists(),
        "nothing is saved"
    );
    window.close().await?;
    verify_screens(&[
        "issuer-redirects-light",
        "issuer-redirects-dark",
        "issuer-private",
    ])
}

/// What is wrong with the issuer, the words for it, and what the technical details have.
fn troubles() -> [(DiscoveryFault, &'static str, &'static str); 10] {
    [
        (
            DiscoveryFault::RedirectsAcross,
            "does not follow: http://localhost:",
            "leads to another address",
        ),
        (
            DiscoveryFault::ForeignIssuer,
            "belongs to https://attacker.example",
            "is of the issuer https://attacker.example",
        ),
        (
            DiscoveryFault::Slow(Duration::from_secs(600)),
            "takes too long",
            "in time",
        ),
        (DiscoveryFault::Huge, "larger than 256 KiB", "256 KiB"),
        (
            DiscoveryFault::Page,
            "not the description of a sign-in service",
            "JSON",
        ),
        (
            DiscoveryFault::Array,
            "not the description of a sign-in service",
            "JSON",
        ),
        (
            DiscoveryFault::IssuerMissing,
            "can’t be used",
            "which issuer",
        ),
        (
            DiscoveryFault::TokenEndpointMissing,
            "can’t be used",
            "lacks the address token_endpoint",
        ),
        (
            DiscoveryFault::HttpTokenEndpoint,
            "can’t be used",
            "http://orbit.example/token) isn't https",
        ),
        (
            DiscoveryFault::PlainPkceOnly,
            "PKCE only without S256",
            "code_challenge_methods_supported",
        ),
    ]
}

/// A condition for the page: the technical details have this text, shown or not.
fn detailed(text: &str) -> String {
    format!(
        "(document.querySelector('[data-testid=technical-details]')?.textContent ?? '').includes({})",
        serde_json::json!(text)
    )
}
