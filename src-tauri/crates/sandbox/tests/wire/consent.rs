//! The authorization endpoint and the consent page: what stays in the browser, what goes to the
//! client, what a ticket is good for.

use keyfob_sandbox::PEOPLE;
use reqwest::{Response, StatusCode};

use crate::world::{
    CHALLENGE, LOOPBACK, REDIRECT, SCOPE, START, World, callback, location, ticket,
};

type Parameters<'a> = Vec<(&'a str, &'a str)>;

/// A label, parameters added to a good request, and the error they must lead to.
type Row<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str);

/// The SDK's parameters with one of them replaced, or left out where the value is empty.
fn with<'a>(world: &'a World, name: &'a str, value: &'a str) -> Parameters<'a> {
    let mut parameters = world.sdk_request();
    parameters.retain(|(key, _)| *key != name);
    if !value.is_empty() {
        parameters.push((name, value));
    }
    parameters
}

async fn assert_page(label: &str, response: Response, status: StatusCode, heading: &str) {
    assert_eq!(response.status(), status, "{label}");
    assert!(!response.headers().contains_key("location"), "{label}");
    let page = response.text().await.unwrap();
    assert!(
        page.contains(&format!("<h1>{heading}</h1>")),
        "{label}: {page}"
    );
}

#[tokio::test]
async fn an_unknown_client_or_a_foreign_redirect_uri_never_leaves_the_browser() {
    let world = World::start().await;
    let unknown = "This app isn't known here";
    let mismatch = "The return address doesn't match";
    let rows: &[(&str, &str, &str, &str)] = &[
        ("no client", "client_id", "", unknown),
        ("unknown client", "client_id", "mio_client_x", unknown),
        (
            "markup for a client",
            "client_id",
            "<script>alert(1)</script>",
            unknown,
        ),
        ("no redirect URI", "redirect_uri", "", mismatch),
        (
            "another path",
            "redirect_uri",
            "dev.keyfob.desktop:/callback/mio",
            mismatch,
        ),
        (
            "trailing slash",
            "redirect_uri",
            "dev.keyfob.desktop:/callback/mio-sandbox/",
            mismatch,
        ),
        (
            "case",
            "redirect_uri",
            "dev.keyfob.desktop:/callback/Mio-sandbox",
            mismatch,
        ),
        (
            "query",
            "redirect_uri",
            "dev.keyfob.desktop:/callback/mio-sandbox?a=1",
            mismatch,
        ),
        (
            "fragment",
            "redirect_uri",
            "dev.keyfob.desktop:/callback/mio-sandbox#a",
            mismatch,
        ),
        (
            "scheme",
            "redirect_uri",
            "dev.keyfob.other:/callback/mio-sandbox",
            mismatch,
        ),
        (
            "elsewhere",
            "redirect_uri",
            "https://evil.example/callback/mio-sandbox",
            mismatch,
        ),
        (
            "localhost",
            "redirect_uri",
            "http://localhost:81/callback/mio-sandbox",
            mismatch,
        ),
        (
            "loopback path",
            "redirect_uri",
            "http://127.0.0.1:81/callback/other",
            mismatch,
        ),
    ];
    for (label, name, value, heading) in rows {
        let answer = world.connect(&with(&world, name, value)).await;
        assert_page(label, answer, StatusCode::BAD_REQUEST, heading).await;
    }
    for (name, value, heading) in [
        ("client_id", world.client.client_id.as_str(), unknown),
        ("redirect_uri", REDIRECT, mismatch),
    ] {
        let mut twice = world.sdk_request();
        twice.push((name, value));
        let answer = world.connect(&twice).await;
        assert_page("twice", answer, StatusCode::BAD_REQUEST, heading).await;
    }
    world.end().await;
}

#[tokio::test]
async fn other_errors_go_to_the_client_with_its_state() {
    let world = World::start().await;
    let plain: &[(&str, &str)] = &[
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "plain"),
    ];
    let short: &[(&str, &str)] = &[("code_challenge", "abc"), ("code_challenge_method", "S256")];
    let rows: &[Row<'_>] = &[
        (
            "implicit",
            &[("response_type", "token")],
            "unsupported_response_type",
        ),
        (
            "hybrid",
            &[("response_type", "code id_token")],
            "unsupported_response_type",
        ),
        ("plain challenge", plain, "invalid_request"),
        (
            "challenge without method",
            &[("code_challenge", CHALLENGE)],
            "invalid_request",
        ),
        (
            "method without challenge",
            &[("code_challenge_method", "S256")],
            "invalid_request",
        ),
        ("short challenge", short, "invalid_request"),
        (
            "twice",
            &[("nonce", "1"), ("nonce", "2")],
            "invalid_request",
        ),
    ];
    for (label, more, error) in rows {
        let mut request = world.sdk_request();
        request.push(("state", "s t&a"));
        request.extend(*more);

        let parameters = callback(&world.connect(&request).await);

        assert_eq!(parameters["error"], *error, "{label}");
        assert_eq!(parameters["state"], "s t&a", "{label}");
        assert!(!parameters["error_description"].is_empty(), "{label}");
    }
    for scope in ["calendar", "openid calendar", "OPENID", " "] {
        let parameters = callback(&world.connect(&with(&world, "scope", scope)).await);
        assert_eq!(parameters["error"], "invalid_scope", "{scope:?}");
        assert!(!parameters.contains_key("state"), "none was sent");
    }
    world.end().await;
}

#[tokio::test]
async fn a_loopback_redirect_is_answered_at_the_port_it_names() {
    let world = World::start().await;
    for uri in ["http://127.0.0.1:49152/callback/mio-sandbox", LOOPBACK] {
        let answer = world
            .decide(&with(&world, "redirect_uri", uri), "ada", "allow")
            .await;
        assert!(
            location(&answer).starts_with(&format!("{uri}?code=")),
            "{uri}"
        );
    }
    world.end().await;
}

#[tokio::test]
async fn denying_tells_the_client_and_issues_nothing() {
    let world = World::start().await;
    let mut request = world.sdk_request();
    request.push(("state", "kept"));

    let parameters = callback(&world.decide(&request, "ada", "deny").await);

    assert_eq!(parameters["error"], "access_denied");
    assert_eq!(parameters["state"], "kept");
    assert!(!parameters.contains_key("code"));
    assert!(world.sandbox.grants().is_empty());
    world.end().await;
}

#[tokio::test]
async fn a_ticket_is_good_for_one_complete_answer_within_half_an_hour() {
    let world = World::start().await;
    let open = || async {
        ticket(
            &world
                .connect(&world.sdk_request())
                .await
                .text()
                .await
                .unwrap(),
        )
    };

    let once = open().await;
    let allow = [
        ("ticket", once.as_str()),
        ("user", "ada"),
        ("decision", "allow"),
    ];
    let incomplete: &[&[(&str, &str)]] = &[
        &[("ticket", &once), ("user", "ada")],
        &[("ticket", &once), ("user", "nobody"), ("decision", "allow")],
        &[("ticket", &once), ("decision", "allow")],
        &[("ticket", &once), ("user", "ada"), ("decision", "maybe")],
        &[],
    ];
    for form in incomplete {
        let answer = world.answer(form).await;
        assert_page(
            "incomplete",
            answer,
            StatusCode::BAD_REQUEST,
            "The form was incomplete",
        )
        .await;
    }
    assert_eq!(
        world.answer(&allow).await.status(),
        StatusCode::SEE_OTHER,
        "still good"
    );
    let again = world.answer(&allow).await;
    assert_page(
        "used",
        again,
        StatusCode::BAD_REQUEST,
        "You have already answered",
    )
    .await;

    let strange = [("ticket", "guess"), ("user", "ada"), ("decision", "allow")];
    let answer = world.answer(&strange).await;
    assert_page(
        "guess",
        answer,
        StatusCode::BAD_REQUEST,
        "This page is no longer valid",
    )
    .await;

    let late = open().await;
    world.clock.set(START + 30 * 60 * 1000);
    let answer = world
        .answer(&[("ticket", &late), ("decision", "deny")])
        .await;
    assert_page(
        "late",
        answer,
        StatusCode::BAD_REQUEST,
        "This page has expired",
    )
    .await;
    world.end().await;
}

#[tokio::test]
async fn the_consent_page_is_complete_and_accessible_without_a_script() {
    let world = World::start().await;

    let response = world.connect(&world.sdk_request()).await;
    let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
    let policy = header("content-security-policy");
    assert!(
        policy.starts_with("default-src 'none'; style-src 'self';"),
        "{policy}"
    );
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(
        !policy.contains("form-action"),
        "it would block the way back: {policy}"
    );
    assert_eq!(header("cache-control"), "no-store");
    assert_eq!(header("referrer-policy"), "no-referrer");
    assert_eq!(header("x-frame-options"), "DENY");

    let page = response.text().await.unwrap();
    for part in [
        "<html lang=\"en\">",
        "<title>Connect Keyfob to Mio (sandbox)</title>",
        "<h1>Keyfob wants to connect to your Mio account</h1>",
        "What Mio will read",
        "Your calendar",
        "Pretend accounts, nothing real",
        "id=\"allow\" name=\"decision\" value=\"allow\"",
        "id=\"deny\" name=\"decision\" value=\"deny\"",
        "<code>dev.keyfob.desktop</code>",
    ] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    for person in PEOPLE {
        assert!(page.contains(&format!(
            "<label class=\"person\" for=\"user-{}\">",
            person.id
        )));
        assert!(page.contains(person.email));
    }
    assert_eq!(
        page.matches(" checked").count(),
        1,
        "one account is preselected"
    );
    for banned in ["<script", "style=", "onclick", "https://", "<img"] {
        assert!(!page.contains(banned), "{banned} in {page}");
    }
    for resource in ["/sandbox.css", "/icon.svg"] {
        assert!(page.contains(resource), "{resource}");
        let served = world.http.get(world.url(resource)).send().await.unwrap();
        assert_eq!(served.status(), StatusCode::OK, "{resource}");
    }
    world.end().await;
}

#[tokio::test]
async fn the_page_shows_the_scopes_that_were_asked_for() {
    let world = World::start().await;
    for (scope, shown, hidden) in [
        (
            SCOPE,
            vec!["Your name", "Your e-mail address", "Lasting access"],
            vec![],
        ),
        (
            "openid email",
            vec!["Your e-mail address"],
            vec!["Your name", "Lasting access"],
        ),
    ] {
        let page = world
            .connect(&with(&world, "scope", scope))
            .await
            .text()
            .await
            .unwrap();
        assert!(
            shown.iter().all(|words| page.contains(words)),
            "{scope}: {page}"
        );
        assert!(
            !hidden.iter().any(|words| page.contains(words)),
            "{scope}: {page}"
        );
    }
    world.end().await;
}

#[tokio::test]
async fn markup_in_a_client_name_is_shown_and_not_obeyed() {
    let world = World::start().await;
    let mut registration = crate::world::registration();
    registration.name = "<b onmouseover=x>&\"".to_owned();
    let client = world.sandbox.issue_client(registration).unwrap();

    let page = world
        .connect(&with(&world, "client_id", &client.client_id))
        .await;
    let page = page.text().await.unwrap();

    assert!(!page.contains("<b "), "{page}");
    assert!(page.contains("&lt;b onmouseover=x&gt;&amp;"), "{page}");
    world.end().await;
}
