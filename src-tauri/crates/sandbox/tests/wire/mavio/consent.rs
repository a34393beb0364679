//! Mavio's authorization endpoint and consent page: exact redirect URIs, the choice of scopes.

use std::time::Duration;

use keyfob_sandbox::{MavioManners, PEOPLE};
use reqwest::{Response, StatusCode};

use super::{LOOPBACK, Mavio, REDIRECT, SCOPES, registration};
use crate::world::{CHALLENGE, callback, location};

/// The text of an error page, which must be one and lead nowhere.
async fn error_page(label: &str, response: Response, heading: &str) -> String {
    assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{label}");
    assert!(!response.headers().contains_key("location"), "{label}");
    let page = response.text().await.unwrap();
    assert!(
        page.contains(&format!("<h1>{heading}</h1>")),
        "{label}: {page}"
    );
    page
}

#[tokio::test]
async fn a_redirect_uri_that_is_not_registered_is_shown_in_the_browser() {
    let mavio = Mavio::start().await;
    for (label, uri) in [
        ("scheme", "dev.keyfob.other:/callback/mavio-sandbox"),
        ("host", "http://localhost:49152/callback/mavio-sandbox"),
        ("port", "http://127.0.0.1:49153/callback/mavio-sandbox"),
        ("no port", "http://127.0.0.1/callback/mavio-sandbox"),
        ("path", "dev.keyfob.desktop:/callback/mavio"),
        ("slash", "dev.keyfob.desktop:/callback/mavio-sandbox/"),
        ("query", "dev.keyfob.desktop:/callback/mavio-sandbox?a=1"),
    ] {
        let mut request = mavio.request();
        request.insert("redirect_uri", uri.to_owned());

        let answer = mavio.authorize(&request).await;

        let page = error_page(label, answer, "The return address doesn't match").await;
        assert!(page.contains(uri), "{label}: {page}");
        for word in ["Scheme", "host", "port", "path"] {
            assert!(page.contains(word), "{label}: {word} is not in {page}");
        }
    }
    let mut hostile = mavio.request();
    hostile.insert("redirect_uri", "x:<script>alert(1)</script>".to_owned());
    let answer = mavio.authorize(&hostile).await;
    let page = error_page("markup", answer, "The return address doesn't match").await;
    assert!(!page.contains("<script"), "{page}");
    assert!(page.contains("x:&lt;script&gt;"), "{page}");

    let mut none = mavio.request();
    none.remove("redirect_uri");
    let answer = mavio.authorize(&none).await;
    error_page("none", answer, "The return address doesn't match").await;
    mavio.end().await;
}

#[tokio::test]
async fn a_client_is_known_at_its_own_face_only() {
    let mavio = Mavio::start().await;
    for (label, client_id) in [
        ("Mio's", mavio.client.client_id.clone()),
        ("nobody's", "mavio_client_x".to_owned()),
    ] {
        let mut request = mavio.request();
        request.insert("client_id", client_id);
        let answer = mavio.authorize(&request).await;
        error_page(label, answer, "This app isn't known here").await;
    }
    assert!(mavio.app.client_id.starts_with("mavio_client_"));

    let mut mio = mavio.sdk_request();
    mio[0].1 = &mavio.app.client_id;
    let answer = mavio.connect(&mio).await;
    error_page("Mavio's at Mio", answer, "This app isn't known here").await;
    mavio.end().await;
}

#[tokio::test]
async fn other_errors_go_to_the_client_with_its_state() {
    let mavio = Mavio::start().await;
    let rows = [
        ("no response type", "response_type", "", "invalid_request"),
        (
            "implicit",
            "response_type",
            "token",
            "unsupported_response_type",
        ),
        ("no scope", "scope", "", "invalid_scope"),
        (
            "unknown scope",
            "scope",
            "meetings:read meetings:delete",
            "invalid_scope",
        ),
        ("Mio's scope", "scope", "openid", "invalid_scope"),
        ("blank scope", "scope", " ", "invalid_scope"),
        (
            "challenge without method",
            "code_challenge",
            CHALLENGE,
            "invalid_request",
        ),
    ];
    for (label, name, value, error) in rows {
        let mut request = mavio.request();
        request.insert(name, value.to_owned());

        let answer = mavio.authorize(&request).await;

        assert!(location(&answer).starts_with(REDIRECT), "{label}");
        let parameters = callback(&answer);
        assert_eq!(parameters["error"], error, "{label}");
        assert_eq!(parameters["state"], "s t&a", "{label}");
    }
    mavio.end().await;
}

#[tokio::test]
async fn the_page_offers_each_scope_as_a_labelled_checkbox() {
    let mavio = Mavio::start().await;
    let all = "meetings:read meetings:write transcripts:read transcripts:write recordings:read \
               notes:read notes:write summaries:read action-items:read action-items:write \
               channels:read team:read webhooks:manage";
    for asked in [SCOPES.join(" "), all.to_owned(), "team:read".to_owned()] {
        let mut request = mavio.request();
        request.insert("scope", asked.clone());

        let page = mavio.authorize(&request).await.text().await.unwrap();

        for part in [
            "<title>Connect Keyfob to Mavio (sandbox)</title>",
            "<h1>Keyfob wants to connect to your Mavio account</h1>",
            "<legend>What Keyfob asks for</legend>",
            "action=\"/mavio/oauth/consent\"",
            "id=\"allow\" name=\"decision\" value=\"allow\"",
            "id=\"deny\" name=\"decision\" value=\"deny\"",
        ] {
            assert!(page.contains(part), "{part} is not in {page}");
        }
        for scope in asked.split(' ') {
            let id = format!("scope-{}", scope.replace(':', "-"));
            let checkbox = format!(
                "<label class=\"scope\" for=\"{id}\"><input type=\"checkbox\" name=\"scope\" \
                 id=\"{id}\" value=\"{scope}\" checked>"
            );
            assert!(page.contains(&checkbox), "{scope}: {page}");
        }
        let scopes = asked.split(' ').count();
        assert_eq!(page.matches("type=\"checkbox\"").count(), scopes, "{asked}");
        assert_eq!(
            page.matches(" checked").count(),
            scopes + 1,
            "all scopes and one account are preselected"
        );
        assert!(!page.contains("without a description"), "{page}");
        for person in PEOPLE {
            assert!(page.contains(&format!("id=\"user-{}\"", person.id)));
        }
        for banned in ["<script", "style=", "onclick", "https://", "<img"] {
            assert!(!page.contains(banned), "{banned} in {page}");
        }
    }
    mavio.end().await;
}

#[tokio::test]
async fn markup_in_a_client_name_is_shown_and_not_obeyed() {
    let mavio = Mavio::start().await;
    let mut hostile = registration();
    hostile.name = "<b onmouseover=x>&\"".to_owned();
    let mut request = mavio.request();
    let client = mavio.sandbox.issue_client(hostile).unwrap();
    request.insert("client_id", client.client_id);

    let page = mavio.authorize(&request).await.text().await.unwrap();

    assert!(!page.contains("<b "), "{page}");
    assert!(page.contains("&lt;b onmouseover=x&gt;&amp;"), "{page}");
    mavio.end().await;
}

#[tokio::test]
async fn what_is_unchecked_is_not_granted() {
    let mavio = Mavio::start().await;
    let rows: &[(&[&str], &str)] = &[
        (&["meetings:read"], "meetings:read"),
        // In the order of the request, whatever order the form has.
        (
            &["summaries:read", "meetings:read"],
            "meetings:read summaries:read",
        ),
        (&["meetings:read", "meetings:read"], "meetings:read"),
        (
            &SCOPES,
            "meetings:read transcripts:read summaries:read action-items:read",
        ),
    ];
    for (checked, granted) in rows {
        let tokens = mavio.tokens_for("grace", checked).await;

        assert_eq!(tokens["scope"], *granted, "{checked:?}");
        let facts = mavio.sandbox.grants().pop().unwrap();
        assert_eq!(facts.scope.join(" "), *granted, "{checked:?}");
        assert_eq!(facts.user, "grace@novak.example");
    }
    mavio.end().await;
}

#[tokio::test]
async fn a_choice_that_cannot_be_granted_leaves_the_ticket_good() {
    let mavio = Mavio::start().await;
    let ticket = mavio.open(&mavio.request()).await;

    let nothing = mavio.answer(&ticket, "ada", "allow", &[]).await;
    let page = error_page("nothing", nothing, "No permission was chosen").await;
    assert!(page.contains("choose one, or choose Deny"), "{page}");
    for scopes in [&["team:read"][..], &["meetings:read", "openid"]] {
        let foreign = mavio.answer(&ticket, "ada", "allow", scopes).await;
        error_page("foreign", foreign, "The form was incomplete").await;
    }
    assert!(mavio.sandbox.grants().is_empty());

    let allowed = mavio
        .answer(&ticket, "ada", "allow", &["meetings:read"])
        .await;
    assert!(callback(&allowed).contains_key("code"));
    let again = mavio
        .answer(&ticket, "ada", "allow", &["meetings:read"])
        .await;
    error_page("used", again, "You have already answered").await;
    mavio.end().await;
}

#[tokio::test]
async fn denying_needs_no_scope_and_issues_nothing() {
    let mavio = Mavio::start().await;
    for scopes in [&[][..], &SCOPES] {
        let ticket = mavio.open(&mavio.request()).await;

        let parameters = callback(&mavio.answer(&ticket, "ada", "deny", scopes).await);

        assert_eq!(parameters["error"], "access_denied");
        assert_eq!(parameters["state"], "s t&a");
        assert!(!parameters.contains_key("code"));
    }
    assert!(mavio.sandbox.grants().is_empty());
    mavio.end().await;
}

#[tokio::test]
async fn a_ticket_is_good_at_its_own_face_and_for_half_an_hour() {
    let mavio = Mavio::start().await;
    let page = mavio.connect(&mavio.sdk_request()).await;
    let mio_ticket = crate::world::ticket(&page.text().await.unwrap());
    let foreign = mavio.answer(&mio_ticket, "ada", "allow", &SCOPES).await;
    error_page("Mio's ticket", foreign, "This page is no longer valid").await;
    let ticket = mavio.open(&mavio.request()).await;
    let foreign = mavio
        .world
        .answer(&[("ticket", &ticket), ("user", "ada"), ("decision", "allow")])
        .await;
    error_page("Mavio's ticket", foreign, "This page is no longer valid").await;

    mavio.clock.advance(Duration::from_secs(30 * 60));
    let late = mavio.answer(&ticket, "ada", "allow", &SCOPES).await;
    error_page("late", late, "This page has expired").await;
    mavio.end().await;
}

#[tokio::test]
async fn state_and_loopback_ports_follow_the_manners() {
    let mavio = Mavio::with(MavioManners {
        any_loopback_port: true,
        ..MavioManners::default()
    })
    .await;
    let mut request = mavio.request();
    let other_port = LOOPBACK.replace("49152", "49153");
    request.insert("redirect_uri", other_port.clone());

    for (label, echo, wrong, expected) in [
        ("echoed", true, false, Some("s t&a")),
        ("not echoed", false, false, None),
        ("another", true, true, Some("a-state-nobody-sent")),
    ] {
        mavio.sandbox.mavio_manners(|manners| {
            manners.echo_state = echo;
            manners.wrong_state = wrong;
        });
        let ticket = mavio.open(&request).await;
        let answer = mavio.answer(&ticket, "ada", "allow", &SCOPES).await;
        assert!(location(&answer).starts_with(&other_port), "{label}");
        let seen = callback(&answer).get("state").cloned();
        assert_eq!(seen.as_deref(), expected, "{label}");
    }
    mavio.end().await;
}
