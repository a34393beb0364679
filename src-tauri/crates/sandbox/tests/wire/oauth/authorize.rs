//! The plain face's authorization endpoint and consent page.

use keyfob_sandbox::{IssuerParameter, OauthManners, PEOPLE};
use reqwest::StatusCode;

use super::{LOOPBACK, Oauth, REDIRECT, registration};
use crate::world::{CHALLENGE, callback, location};

#[tokio::test]
async fn what_does_not_belong_to_a_client_stays_in_the_browser() {
    let oauth = Oauth::start().await;
    let mios = oauth.client.client_id.clone();
    let rows = [
        ("unknown client", "client_id", "oauth_client_x"),
        ("Mio's client", "client_id", mios.as_str()),
        ("no client", "client_id", ""),
        (
            "another redirect URI",
            "redirect_uri",
            "dev.keyfob.desktop:/callback",
        ),
        ("no redirect URI", "redirect_uri", ""),
    ];
    for (label, name, value) in rows {
        let mut request = oauth.request();
        request.insert(name, value.to_owned());

        let answer = oauth.authorize(&request).await;

        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{label}");
        assert!(!answer.headers().contains_key("location"), "{label}");
    }
    assert!(oauth.app.client_id.starts_with("oauth_client_"));
    oauth.end().await;
}

#[tokio::test]
async fn other_errors_go_to_the_client_with_state_and_issuer() {
    let oauth = Oauth::with(OauthManners {
        issuer: IssuerParameter::Own,
        ..OauthManners::default()
    })
    .await;
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
            "profile files:delete",
            "invalid_scope",
        ),
        ("Mio's scope", "scope", "openid", "invalid_scope"),
        (
            "no challenge method",
            "code_challenge",
            CHALLENGE,
            "invalid_request",
        ),
    ];
    for (label, name, value, error) in rows {
        let mut request = oauth.request();
        request.insert(name, value.to_owned());

        let parameters = callback(&oauth.authorize(&request).await);

        assert_eq!(parameters["error"], error, "{label}");
        assert_eq!(parameters["state"], "s t&a", "{label}");
        assert_eq!(parameters["iss"], oauth.url("/oauth"), "{label}");
    }
    oauth.end().await;
}

#[tokio::test]
async fn state_and_issuer_follow_the_manners_in_consent_and_denial() {
    let oauth = Oauth::start().await;
    let own = oauth.url("/oauth");
    let other = IssuerParameter::Other("https://mixed.example/up".to_owned());
    let sent = Some("s t&a");
    let rows = [
        (
            "by default",
            true,
            false,
            IssuerParameter::Absent,
            sent,
            None,
        ),
        (
            "not echoed",
            false,
            false,
            IssuerParameter::Absent,
            None,
            None,
        ),
        (
            "another state",
            false,
            true,
            IssuerParameter::Absent,
            Some("a-state-nobody-sent"),
            None,
        ),
        (
            "its issuer",
            true,
            false,
            IssuerParameter::Own,
            sent,
            Some(own.as_str()),
        ),
        (
            "another issuer",
            true,
            false,
            other,
            sent,
            Some("https://mixed.example/up"),
        ),
    ];
    for (label, echo, wrong, issuer, state, iss) in rows {
        oauth.sandbox.oauth_manners(|manners| {
            manners.echo_state = echo;
            manners.wrong_state = wrong;
            manners.issuer = issuer;
        });
        for (decision, kind) in [("allow", "code"), ("deny", "error")] {
            let parameters = callback(&oauth.decide(&oauth.request(), decision).await);

            assert!(parameters.contains_key(kind), "{label}, {decision}");
            let seen = |name: &str| parameters.get(name).map(String::as_str);
            assert_eq!(seen("state"), state, "{label}, {decision}");
            assert_eq!(seen("iss"), iss, "{label}, {decision}");
        }
    }
    oauth.end().await;
}

#[tokio::test]
async fn the_consent_page_says_what_is_asked_and_escapes_who_asks() {
    let oauth = Oauth::start().await;
    let mut hostile = registration();
    hostile.name = "<b onmouseover=x>&\"".to_owned();
    let hostile = oauth.sandbox.issue_client(hostile).unwrap();
    let mut request = oauth.request();
    request.insert(
        "scope",
        "profile email files:read files:write offline_access".to_owned(),
    );

    let page = oauth.authorize(&request).await.text().await.unwrap();

    for part in [
        "<title>Connect Keyfob to Acme (sandbox)</title>",
        "<h1>Keyfob wants to connect to your Acme account</h1>",
        "What Keyfob asks for",
        "Your name",
        "Your e-mail address",
        "Your files",
        "Changes to your files",
        "Lasting access",
        "action=\"/oauth/consent\"",
        "id=\"allow\" name=\"decision\" value=\"allow\"",
        "id=\"deny\" name=\"decision\" value=\"deny\"",
    ] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    for person in PEOPLE {
        assert!(
            page.contains(&format!("id=\"user-{}\"", person.id)),
            "{page}"
        );
    }
    for banned in [
        "<script",
        "style=",
        "onclick",
        "https://",
        "<img",
        "type=\"checkbox\"",
    ] {
        assert!(!page.contains(banned), "{banned} in {page}");
    }
    request.insert("client_id", hostile.client_id);
    let page = oauth.authorize(&request).await.text().await.unwrap();
    assert!(!page.contains("<b "), "{page}");
    assert!(page.contains("&lt;b onmouseover=x&gt;&amp;"), "{page}");
    oauth.end().await;
}

#[tokio::test]
async fn a_loopback_uri_matches_with_any_port_unless_the_manners_compare_it() {
    let oauth = Oauth::start().await;
    let mut request = oauth.request();
    let uri = LOOPBACK.replace("127.0.0.1", "127.0.0.1:49152");
    request.insert("redirect_uri", uri.clone());

    let answer = oauth.decide(&request, "allow").await;
    assert!(location(&answer).starts_with(&uri));
    let form = super::with(
        &oauth.exchange_form(&callback(&answer)["code"]),
        "redirect_uri",
        &uri,
    );
    let (status, tokens) = oauth.token(&form).await;
    assert_eq!(status, StatusCode::OK, "{tokens}");

    oauth
        .sandbox
        .oauth_manners(|manners| manners.any_loopback_port = false);
    let refused = oauth.authorize(&request).await;
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    request.insert("redirect_uri", REDIRECT.to_owned());
    assert_eq!(oauth.authorize(&request).await.status(), StatusCode::OK);
    oauth.end().await;
}
