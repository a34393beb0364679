//! Mavio's token endpoint: every refusal in both dialects, the kind of body, PKCE.

use std::time::Duration;

use keyfob_sandbox::{ErrorDialect, MavioManners};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{Form, Mavio, REDIRECT, SCOPES, refresh_token, registration, with};
use crate::world::{CHALLENGE, VERIFIER, callback, text};

/// A label, a field replaced in a form that was right (left out where empty), the status, the error in
/// OAuth's words and in Mavio's.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    u16,
    &'static str,
    &'static str,
);

const INVALID: &str = "invalid_request";
const FIELD: &str = "validation_error";

const BOTH_GRANTS: &[Row] = &[
    ("no grant type", "grant_type", "", 400, INVALID, FIELD),
    (
        "password grant",
        "grant_type",
        "password",
        400,
        "unsupported_grant_type",
        "bad_request",
    ),
    ("no client", "client_id", "", 400, INVALID, FIELD),
    ("no secret", "client_secret", "", 400, INVALID, FIELD),
    (
        "unknown client",
        "client_id",
        "mavio_client_x",
        401,
        "invalid_client",
        "unauthorized",
    ),
    (
        "wrong secret",
        "client_secret",
        "mavio_secret_x",
        401,
        "invalid_client",
        "unauthorized",
    ),
];

const EXCHANGE: &[Row] = &[
    ("no code", "code", "", 400, INVALID, FIELD),
    ("no redirect URI", "redirect_uri", "", 400, INVALID, FIELD),
    (
        "unknown code",
        "code",
        "mavio_code_x",
        400,
        "invalid_grant",
        "invalid_grant",
    ),
    (
        "another redirect URI",
        "redirect_uri",
        "dev.keyfob.desktop:/callback/mavio-sandbox/",
        400,
        "invalid_grant",
        "invalid_grant",
    ),
    (
        "verifier unasked",
        "code_verifier",
        VERIFIER,
        400,
        "invalid_grant",
        "invalid_grant",
    ),
];

const REFRESH: &[Row] = &[
    ("no token", "refresh_token", "", 400, INVALID, FIELD),
    (
        "unknown token",
        "refresh_token",
        "mavio_rt_x",
        400,
        "invalid_grant",
        "invalid_grant",
    ),
];

/// Sends every row in both dialects; the right form must succeed afterwards.
async fn assert_refusals(mavio: &Mavio, right: &Form, rows: &[Row]) {
    for (label, name, value, status, oauth, own) in BOTH_GRANTS.iter().chain(rows) {
        let form = with(right, name, value);
        for dialect in [ErrorDialect::Oauth, ErrorDialect::Mavio] {
            mavio
                .sandbox
                .mavio_manners(|manners| manners.error_dialect = dialect);

            let (seen, answer) = mavio.token(&form).await;

            assert_eq!(seen.as_u16(), *status, "{label}: {answer}");
            let (error, message) = match dialect {
                ErrorDialect::Oauth => (&answer["error"], &answer["error_description"]),
                ErrorDialect::Mavio => {
                    let error = &answer["error"];
                    assert!(text(error, "request_id").starts_with("req_"), "{label}");
                    let field = error["details"][0]["field"].as_str();
                    assert_eq!(field, (*own == FIELD).then_some(*name), "{label}");
                    (&error["code"], &error["message"])
                }
            };
            let expected = match dialect {
                ErrorDialect::Oauth => oauth,
                ErrorDialect::Mavio => own,
            };
            assert_eq!(*error, json!(expected), "{label}: {answer}");
            assert!(
                message.as_str().is_some_and(|text| text.len() > 5),
                "{label}"
            );
        }
    }
    let (status, answer) = mavio.token(right).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
}

#[tokio::test]
async fn a_wrong_exchange_is_refused_in_both_dialects_and_leaves_the_code_good() {
    let mavio = Mavio::start().await;
    let right = mavio.exchange_form(&mavio.code_for("ada", &SCOPES).await);
    assert_refusals(&mavio, &right, EXCHANGE).await;
    mavio.end().await;
}

#[tokio::test]
async fn a_wrong_refresh_is_refused_in_both_dialects_and_leaves_the_token_good() {
    let mavio = Mavio::start().await;
    let right = mavio.refresh_form(refresh_token(&mavio.tokens().await));
    assert_refusals(&mavio, &right, REFRESH).await;
    mavio.end().await;
}

#[tokio::test]
async fn a_token_answer_is_as_the_guide_shows_it() {
    let mavio = Mavio::start().await;

    let tokens = mavio.tokens().await;

    assert!(text(&tokens, "access_token").starts_with("mavio_at_"));
    assert!(refresh_token(&tokens).starts_with("mavio_rt_"));
    assert_eq!(tokens["token_type"], "Bearer");
    assert_eq!(tokens["expires_in"], 3600);
    assert_eq!(tokens["scope"], SCOPES.join(" "));
    assert_eq!(tokens.as_object().unwrap().len(), 5, "{tokens}");
    mavio.end().await;
}

#[tokio::test]
async fn only_a_form_is_read_and_no_field_twice() {
    let mavio = Mavio::start().await;
    let right = mavio.exchange_form(&mavio.code_for("ada", &SCOPES).await);
    let encoded = |form: &Form| {
        url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish()
    };
    let object: serde_json::Map<String, Value> = right
        .iter()
        .map(|(name, value)| ((*name).to_owned(), json!(value)))
        .collect();
    let json = Value::Object(object).to_string();
    let mut twice = right.clone();
    twice.push(("code", "another".to_owned()));
    let form = "application/x-www-form-urlencoded";
    let rows = [
        ("JSON", "application/json", json.clone()),
        ("JSON said to be a form", form, json),
        ("form said to be JSON", "application/json", encoded(&right)),
        ("form said to be text", "text/plain", encoded(&right)),
        ("a code twice", form, encoded(&twice)),
        ("nothing", form, String::new()),
    ];
    for (label, content_type, body) in rows {
        let request = mavio.http.post(mavio.url("/mavio/oauth/token"));
        let request = request.header("content-type", content_type).body(body);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{label}");
        assert_eq!(response.headers()["cache-control"], "no-store", "{label}");
        let answer: Value = response.json().await.unwrap();
        assert_eq!(answer["error"], "invalid_request", "{label}: {answer}");
    }
    let (status, answer) = mavio.token(&right).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    mavio.end().await;
}

/// A code for a request with a code challenge.
async fn challenged_code(mavio: &Mavio) -> String {
    let mut request = mavio.request();
    request.insert("code_challenge", CHALLENGE.to_owned());
    request.insert("code_challenge_method", "S256".to_owned());
    let ticket = mavio.open(&request).await;
    let answer = mavio.answer(&ticket, "ada", "allow", &SCOPES).await;
    callback(&answer)["code"].clone()
}

#[tokio::test]
async fn a_challenge_is_met_by_its_verifier_only() {
    let mavio = Mavio::start().await;
    let form = mavio.exchange_form(&challenged_code(&mavio).await);
    let wrong = format!("{}Y", &VERIFIER[..42]);
    for (label, verifier, expected) in [
        ("missing", "", 400),
        ("another", wrong.as_str(), 400),
        ("its own", VERIFIER, 200),
    ] {
        let (status, answer) = mavio.token(&with(&form, "code_verifier", verifier)).await;
        assert_eq!(status.as_u16(), expected, "{label}: {answer}");
        if expected == 400 {
            assert_eq!(answer["error"], "invalid_grant", "{label}");
        }
    }
    mavio.end().await;
}

#[tokio::test]
async fn the_pessimist_names_the_field_it_does_not_know() {
    let mavio = Mavio::with(MavioManners::pessimist()).await;
    let form = mavio.exchange_form(&challenged_code(&mavio).await);

    let (status, refused) = mavio.token(&with(&form, "code_verifier", VERIFIER)).await;

    assert_eq!(status, StatusCode::BAD_REQUEST);
    let error = &refused["error"];
    assert_eq!(error["code"], "validation_error", "{refused}");
    assert_eq!(error["message"], "unknown field code_verifier");
    let details = json!([{ "field": "code_verifier", "message": "is not known" }]);
    assert_eq!(error["details"], details);
    let (status, answer) = mavio.token(&form).await;
    assert_eq!(status, StatusCode::OK, "the retry without it: {answer}");
    mavio.end().await;
}

#[tokio::test]
async fn codes_and_refresh_tokens_belong_to_one_client_of_one_face() {
    let mavio = Mavio::start().await;
    let code = mavio.code_for("ada", &SCOPES).await;
    let tokens = mavio.tokens().await;
    let other = mavio.sandbox.issue_client(registration()).unwrap();
    for form in [
        mavio.exchange_form(&code),
        mavio.refresh_form(refresh_token(&tokens)),
    ] {
        let stolen = with(&form, "client_id", &other.client_id);
        let stolen = with(&stolen, "client_secret", &other.client_secret);
        let (status, answer) = mavio.token(&stolen).await;
        assert_eq!(
            (status.as_u16(), &answer["error"]),
            (400, &json!("invalid_grant"))
        );

        let foreign = with(&form, "client_id", &mavio.client.client_id);
        let foreign = with(&foreign, "client_secret", &mavio.client.client_secret);
        let (status, answer) = mavio.token(&foreign).await;
        assert_eq!(
            (status.as_u16(), &answer["error"]),
            (401, &json!("invalid_client"))
        );

        let (status, answer) = mavio.token(&form).await;
        assert_eq!(status, StatusCode::OK, "the rightful client: {answer}");
    }
    let at_mio = mavio.summary(text(&tokens, "access_token")).await;
    assert_eq!(
        at_mio.status(),
        StatusCode::UNAUTHORIZED,
        "Mavio's token at Mio"
    );
    mavio.end().await;
}

#[tokio::test]
async fn a_code_lives_sixty_seconds_and_is_used_once() {
    let mavio = Mavio::start().await;
    for (after, expected) in [(59_999, 200), (60_000, 400)] {
        let form = mavio.exchange_form(&mavio.code_for("ada", &SCOPES).await);
        mavio.clock.advance(Duration::from_millis(after));
        let (status, answer) = mavio.token(&form).await;
        assert_eq!(status.as_u16(), expected, "{after} ms: {answer}");
    }
    let form = mavio.exchange_form(&mavio.code_for("ada", &SCOPES).await);
    let (_, first) = mavio.token(&form).await;
    let (status, again) = mavio.token(&form).await;
    assert_eq!(
        (status.as_u16(), &again["error"]),
        (400, &json!("invalid_grant"))
    );
    let (status, _) = mavio.refresh(refresh_token(&first)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "what the first use began");
    mavio.end().await;
}

#[tokio::test]
async fn the_redirect_uri_of_the_exchange_is_the_one_that_was_asked_with() {
    let mavio = Mavio::start().await;
    let mut request = mavio.request();
    request.insert("redirect_uri", super::LOOPBACK.to_owned());
    let ticket = mavio.open(&request).await;
    let answer = mavio.answer(&ticket, "ada", "allow", &SCOPES).await;
    let form = mavio.exchange_form(&callback(&answer)["code"]);

    for (uri, expected) in [(REDIRECT, 400), (super::LOOPBACK, 200)] {
        let (status, answer) = mavio.token(&with(&form, "redirect_uri", uri)).await;
        assert_eq!(status.as_u16(), expected, "{uri}: {answer}");
    }
    mavio.end().await;
}
