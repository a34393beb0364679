//! A provider's keys over HTTP (SECURITY 38).

use super::site::{Page, Site};
use super::{network, word};
use keyfob_domain::token::{Jwks, LONGEST_JWKS, SigningAlgorithm};
use keyfob_engine::clock::SystemClock;
use keyfob_engine::jwks::{HttpJwks, JwksSource};
use serde_json::{Value, json};
use std::sync::Arc;

async fn fetched(page: Page) -> (Result<Jwks, String>, Site) {
    let site = Site::start(|_| vec![("/keys".to_owned(), page)]).await;
    let uri = format!("{}/keys", site.base).parse().unwrap();
    let source = HttpJwks::new(network(), Arc::new(SystemClock), uri, None);
    (source.fetch().await.map_err(|fault| word(&fault)), site)
}

fn one_key() -> Value {
    let part = "A".repeat(43);
    let key = json!({"kty": "EC", "crv": "P-256", "kid": "k", "x": part, "y": part});
    json!({ "keys": [key] })
}

#[tokio::test]
async fn keys_are_read_whole_or_not_at_all() {
    let elsewhere = Site::start(|_| vec![("/keys".to_owned(), Page::Json(one_key()))]).await;
    let rows = [
        ("keys", Page::Json(one_key()), Ok(1)),
        ("none", Page::Json(json!({"keys": []})), Ok(0)),
        (
            "as long as they may be",
            Page::Long(one_key(), LONGEST_JWKS),
            Ok(1),
        ),
        (
            "too long",
            Page::Long(one_key(), LONGEST_JWKS + 1),
            Err("too large"),
        ),
        (
            "HTML",
            Page::Html("<html></html>"),
            Err("malformed: the provider's keys aren't the JSON of a key set"),
        ),
        (
            "elsewhere",
            Page::Redirect(302, format!("{}/keys", elsewhere.base)),
            Err("redirected"),
        ),
        ("nothing", Page::Status(404), Err("refused 404 None")),
        ("broken", Page::Status(503), Err("refused 503 None")),
    ];
    for (row, page, expected) in rows {
        let (keys, site) = fetched(page).await;
        let count = keys.map(|keys| keys.fitting(Some("k"), SigningAlgorithm::Es256).len());
        assert_eq!(
            count.as_ref().map_err(String::as_str),
            expected.as_ref().map_err(|text| *text),
            "{row}"
        );
        assert_eq!(site.asked(), ["/keys"], "{row}");
    }
    assert_eq!(elsewhere.asked(), [""; 0]);
}
