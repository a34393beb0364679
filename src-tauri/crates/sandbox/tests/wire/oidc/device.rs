//! Devices without a browser (RFC 8628).

use std::time::Duration;

use keyfob_sandbox::{Endpoint, OidcManners, Scripted};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

use super::judge::Expected;
use super::{Form, Oidc, SCOPE};
use crate::world::{text, ticket};

impl Oidc {
    /// What a device is told.
    async fn device(&self) -> Value {
        let form = vec![
            ("client_id", self.app.client_id.clone()),
            ("scope", SCOPE.to_owned()),
        ];
        let (status, answer) = self.post("/oidc/device_authorization", &form).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer
    }

    fn poll_form(&self, device: &Value) -> Form {
        vec![
            (
                "grant_type",
                "urn:ietf:params:oauth:grant-type:device_code".to_owned(),
            ),
            ("device_code", text(device, "device_code").to_owned()),
            ("client_id", self.app.client_id.clone()),
        ]
    }

    /// Asks as a device: the error, or nothing.
    async fn poll(&self, device: &Value) -> String {
        let (_, answer) = self.token(&self.poll_form(device)).await;
        answer["error"].as_str().unwrap_or_default().to_owned()
    }

    /// Types a code.
    async fn typed(&self, user_code: &str) -> Response {
        let form = [("user_code", user_code)];
        let request = self.http.post(self.url("/oidc/device/code"));
        request.form(&form).send().await.unwrap()
    }

    /// Types the code of a device and decides.
    async fn lets_in(&self, device: &Value, decision: &str) -> Response {
        let page = self.typed(text(device, "user_code")).await;
        assert_eq!(page.status(), StatusCode::OK);
        let ticket = ticket(&page.text().await.unwrap());
        self.device_decision(&ticket, decision).await
    }

    async fn device_decision(&self, ticket: &str, decision: &str) -> Response {
        let form = [("ticket", ticket), ("user", "ada"), ("decision", decision)];
        let request = self.http.post(self.url("/oidc/device/decision"));
        request.form(&form).send().await.unwrap()
    }
}

#[tokio::test]
async fn a_device_gets_its_tokens_when_its_user_has_allowed_it() {
    let oidc = Oidc::start().await;
    let device = oidc.device().await;
    assert_eq!(device["verification_uri"], oidc.url("/oidc/device"));
    let user_code = text(&device, "user_code");
    let complete = format!("{}?user_code={user_code}", oidc.url("/oidc/device"));
    assert_eq!(device["verification_uri_complete"], complete.as_str());
    assert_eq!(
        (&device["expires_in"], &device["interval"]),
        (&json!(600), &json!(5))
    );
    assert_eq!(oidc.poll(&device).await, "authorization_pending");

    let done = oidc.lets_in(&device, "allow").await;

    assert_eq!(done.status(), StatusCode::OK);
    assert!(done.text().await.unwrap().contains("is connected"));
    let (status, tokens) = oidc.token(&oidc.poll_form(&device)).await;
    assert_eq!(status, StatusCode::OK, "{tokens}");
    let expected = Expected {
        nonce: None,
        ..oidc.expected(&tokens)
    };
    assert_eq!(oidc.judged(&tokens, &expected).await, "fine");
    assert!(oidc.is_good(&oidc.renewed(&tokens).await).await);
    assert_eq!(oidc.poll(&device).await, "invalid_grant", "once");
    oidc.end().await;
}

#[tokio::test]
async fn a_denied_a_late_and_a_foreign_device_get_nothing() {
    let oidc = Oidc::start().await;
    let (denied, late) = (oidc.device().await, oidc.device().await);
    let page = oidc.lets_in(&denied, "deny").await;
    assert!(page.text().await.unwrap().contains("refused"));
    assert_eq!(oidc.poll(&denied).await, "access_denied");
    let other = oidc.sandbox.issue_client(super::registration()).unwrap();
    let foreign = super::with(&oidc.poll_form(&late), "client_id", &other.client_id);
    assert_eq!(oidc.token(&foreign).await.1["error"], "invalid_grant");
    let missing = super::with(&oidc.poll_form(&late), "device_code", "");
    assert_eq!(oidc.token(&missing).await.1["error"], "invalid_request");

    oidc.clock.advance(Duration::from_secs(600));

    assert_eq!(oidc.poll(&late).await, "expired_token");
    let page = oidc.typed(text(&late, "user_code")).await;
    assert_eq!(page.status(), StatusCode::BAD_REQUEST);
    assert!(page.text().await.unwrap().contains("has expired"));
    assert_eq!(oidc.sandbox.grants().len(), 0);
    oidc.end().await;
}

#[tokio::test]
async fn a_device_that_asks_too_often_is_told_to_slow_down() {
    let oidc = Oidc::start().await;
    let device = oidc.device().await;
    for (seconds, expected) in [
        (0, "authorization_pending"),
        (5, "authorization_pending"),
        (4, "slow_down"),
        (5, "slow_down"),
        (15, "authorization_pending"),
    ] {
        oidc.clock.advance(Duration::from_secs(seconds));
        assert_eq!(oidc.poll(&device).await, expected, "after {seconds} s");
    }
    oidc.sandbox.script(
        Endpoint::OidcToken,
        Scripted::json(400, r#"{"error":"slow_down"}"#),
    );
    assert_eq!(oidc.poll(&device).await, "slow_down", "also when scripted");
    oidc.end().await;
}

#[tokio::test]
async fn the_answer_to_a_device_can_leave_out_what_is_optional() {
    let oidc = Oidc::with(OidcManners {
        tell_device_interval: false,
        complete_verification_uri: false,
        device_code_lifetime: Duration::from_secs(30),
        ..OidcManners::default()
    })
    .await;
    let device = oidc.device().await;
    let mut members: Vec<&String> = device.as_object().unwrap().keys().collect();
    members.sort();
    let expected = ["device_code", "expires_in", "user_code", "verification_uri"];
    assert_eq!(members, expected);
    assert_eq!(device["expires_in"], 30);

    let form = vec![
        ("client_id", oidc.app.client_id.clone()),
        ("scope", "moon".to_owned()),
    ];
    let (status, answer) = oidc.post("/oidc/device_authorization", &form).await;
    assert_eq!(
        (status.as_u16(), &answer["error"]),
        (400, &json!("invalid_scope"))
    );
    oidc.end().await;
}

#[tokio::test]
async fn the_page_takes_the_code_as_people_type_it_and_says_what_is_asked() {
    let oidc = Oidc::start().await;
    let device = oidc.device().await;
    let user_code = text(&device, "user_code");
    let (status, page) = oidc.fetched("/oidc/device").await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("name=\"user_code\"") && !page.contains(user_code));
    let complete = text(&device, "verification_uri_complete");
    let page = oidc.http.get(complete).send().await.unwrap();
    let page = page.text().await.unwrap();
    assert!(page.contains(&format!("value=\"{user_code}\"")), "{page}");
    assert!(page.contains("id=\"continue\""), "by hand all the same");

    for typed in [user_code.to_lowercase(), user_code.replace('-', " ")] {
        let page = oidc.typed(&typed).await;
        assert_eq!(page.status(), StatusCode::OK, "{typed}");
        let page = page.text().await.unwrap();
        for part in ["Keyfob", "Orbit", user_code, "Lasting access", "Ada Byron"] {
            assert!(page.contains(part), "{part} is not in {page}");
        }
    }
    let wrong = oidc.typed("BBBB-<b>").await;
    assert_eq!(wrong.status(), StatusCode::BAD_REQUEST);
    let wrong = wrong.text().await.unwrap();
    assert!(wrong.contains("No device shows this code"), "{wrong}");
    assert!(!wrong.contains("<b>"), "{wrong}");
    oidc.end().await;
}

#[tokio::test]
async fn only_the_newest_page_of_a_device_decides_and_once() {
    let oidc = Oidc::start().await;
    let device = oidc.device().await;
    let user_code = text(&device, "user_code");
    let old = ticket(&oidc.typed(user_code).await.text().await.unwrap());
    let new = ticket(&oidc.typed(user_code).await.text().await.unwrap());
    let rows = [
        ("", "allow", 400),
        ("x", "allow", 400),
        (old.as_str(), "allow", 400),
        (new.as_str(), "perhaps", 400),
        (new.as_str(), "deny", 200),
        (new.as_str(), "allow", 400),
    ];
    for (ticket, decision, expected) in rows {
        let page = oidc.device_decision(ticket, decision).await;
        assert_eq!(page.status().as_u16(), expected, "{decision}");
    }
    assert_eq!(oidc.poll(&device).await, "access_denied");
    oidc.end().await;
}
