//! How a client proves itself at each endpoint that asks: not at all, by HTTP Basic, by the body.

use keyfob_sandbox::OidcManners;
use serde_json::Value;

use super::{Form, Oidc, with};

/// `POST` as a client that shows its secret in this way: status, challenge and JSON, if any.
async fn posted(oidc: &Oidc, path: &str, form: &Form, way: &str) -> (u16, bool, Value) {
    let (id, secret) = (&oidc.app.client_id, &oidc.app.client_secret);
    let request = oidc.http.post(oidc.url(path));
    let request = match way {
        "none" => request.form(form),
        "post" => request.form(&with(form, "client_secret", secret)),
        "basic" => request
            .basic_auth(id, Some(secret))
            .form(&with(form, "client_id", "")),
        "wrong" => request.form(&with(form, "client_secret", "oidc_secret_x")),
        "both" => request
            .basic_auth(id, Some(secret))
            .form(&with(form, "client_secret", secret)),
        other => panic!("{other}"),
    };
    let answer = request.send().await.unwrap();
    let challenged = answer
        .headers()
        .get("www-authenticate")
        .is_some_and(|value| value == "Basic realm=\"Orbit\"");
    let status = answer.status().as_u16();
    let body = answer.bytes().await.unwrap();
    let body = serde_json::from_slice(&body).unwrap_or_default();
    (status, challenged, body)
}

#[tokio::test]
async fn every_endpoint_takes_the_three_ways_and_refuses_the_wrong_one() {
    for public_clients in [true, false] {
        let oidc = Oidc::with(OidcManners {
            public_clients,
            ..OidcManners::default()
        })
        .await;
        for way in ["none", "post", "basic", "wrong", "both"] {
            let id = oidc.app.client_id.clone();
            let code = oidc.code_for(&oidc.request()).await;
            let endpoints: [(&str, Form, u16); 4] = [
                ("/oidc/token", oidc.exchange_form(&code), 200),
                (
                    "/oidc/revoke",
                    vec![("token", "x".to_owned()), ("client_id", id.clone())],
                    200,
                ),
                ("/oidc/par", oidc.request().into_iter().collect(), 201),
                (
                    "/oidc/device_authorization",
                    vec![("scope", "openid".to_owned()), ("client_id", id)],
                    200,
                ),
            ];
            for (path, form, good) in endpoints {
                let (status, challenged, body) = posted(&oidc, path, &form, way).await;

                let expected = match way {
                    "none" if public_clients => (good, ""),
                    "post" | "basic" => (good, ""),
                    "both" => (400, "invalid_request"),
                    _ => (401, "invalid_client"),
                };
                let error = body["error"].as_str().unwrap_or_default();
                assert_eq!((status, error), expected, "{way} at {path}: {body}");
                assert_eq!(challenged, status == 401, "{way} at {path}");
            }
        }
        oidc.end().await;
    }
}

#[tokio::test]
async fn a_client_of_another_face_is_a_stranger() {
    let oidc = Oidc::start().await;
    let code = oidc.code_for(&oidc.request()).await;
    let form = with(
        &oidc.exchange_form(&code),
        "client_id",
        &oidc.world.client.client_id,
    );
    let form = with(&form, "client_secret", &oidc.world.client.client_secret);

    let (status, answer) = oidc.token(&form).await;

    assert_eq!(
        (status.as_u16(), &answer["error"]),
        (401, &"invalid_client".into())
    );
    oidc.end().await;
}
