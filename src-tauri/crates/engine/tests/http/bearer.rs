//! The access token on its way to the API (SECURITY 49).

use super::raw::{Raw, Then, http, json};
use super::{MARK, context, network, provider, word};
use keyfob_domain::provider::Provider;
use keyfob_domain::secret::AccessToken;
use keyfob_domain::summary::Content;
use keyfob_domain::time::Timestamp;
use keyfob_engine::ports::ContextSource;
use url::Url;

fn token() -> AccessToken {
    AccessToken::new(format!("at-{MARK}"))
}

async fn raw_with(then: Then) -> (Raw, Provider) {
    let raw = Raw::start(then).await;
    let provider = provider(&raw.base);
    (raw, provider)
}

#[tokio::test]
async fn security_49_the_token_is_in_one_header_and_nowhere_else() {
    let (raw, provider) = raw_with(json("200 OK", r#"{"summary":"a"}"#)).await;
    let summary = context().summary(&provider, &token(), None).await.unwrap();
    assert_eq!(summary, Content::Text("a".to_owned()));
    let requests = raw.requests();
    assert!(
        requests[0].starts_with("GET /mio/v1/context/summary HTTP/1.1\r\n"),
        "{requests:?}"
    );
    assert_eq!(requests[0].matches(MARK).count(), 1);
    assert!(
        requests[0]
            .to_lowercase()
            .contains(&format!("authorization: bearer at-{}", MARK.to_lowercase()))
    );
}

#[tokio::test]
async fn security_49_a_host_that_is_not_the_providers_gets_no_request() {
    let (raw, mut provider) = raw_with(json("200 OK", r#"{"summary":"a"}"#)).await;
    provider.api_hosts = vec!["127.0.0.2".to_owned(), "api.mio.xyz".to_owned()];
    let fault = context()
        .summary(&provider, &token(), None)
        .await
        .unwrap_err();
    assert_eq!(
        word(&fault),
        "malformed: the API address isn't one of the provider's hosts"
    );
    assert_eq!(raw.requests(), Vec::<String>::new());
}

#[tokio::test]
async fn security_49_a_redirect_takes_the_token_nowhere() {
    let second = Raw::start(json("200 OK", r#"{"summary":"b"}"#)).await;
    for status in ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"] {
        let location = format!("Location: {}/", second.base);
        let (_raw, provider) = raw_with(http(status, &[&location], b"")).await;
        let fault = context()
            .summary(&provider, &token(), None)
            .await
            .unwrap_err();
        assert_eq!(word(&fault), "redirected", "{status}");
        let fault = context()
            .ask(&provider, &token(), "Who?")
            .await
            .unwrap_err();
        assert_eq!(word(&fault), "redirected", "{status}");
    }
    assert_eq!(second.requests(), Vec::<String>::new());
}

#[tokio::test]
async fn a_refusal_that_repeats_the_token_is_not_quoted() {
    let echo = format!(r#"{{"error":{{"code":"unauthorized","message":"at-{MARK} is old"}}}}"#);
    let (_raw, provider) = raw_with(json("401 No", &echo)).await;
    let fault = context()
        .ask(&provider, &token(), "Who?")
        .await
        .unwrap_err();
    assert!(word(&fault).starts_with("refused 401"), "{fault:?}");
    assert!(!format!("{fault:?}").contains(MARK), "{fault:?}");
}

#[tokio::test]
async fn answers_of_the_api_are_read_with_the_same_care() {
    let cases = [
        ("null", json("200 OK", r#"{"summary":null}"#), "ok Nothing"),
        ("absent", json("200 OK", "{}"), "ok Nothing"),
        (
            "HTML",
            http("200 OK", &["Content-Type: text/html"], b"<p>"),
            "malformed: the answer isn't the JSON it should be",
        ),
        (
            "a number",
            json("200 OK", r#"{"summary":7}"#),
            "malformed: the answer isn't the JSON it should be",
        ),
        (
            "too large",
            json("200 OK", &" ".repeat(4 * 1024 * 1024 + 1)),
            "too large",
        ),
        (
            "larger than a token answer",
            json(
                "200 OK",
                &format!(r#"{{"summary":"a","more":"{}"}}"#, " ".repeat(300 * 1024)),
            ),
            "ok Text(\"a\")",
        ),
        (
            "a header's worth",
            json("429 Slow", "{}"),
            "refused 429 None",
        ),
    ];
    for (row, then, expected) in cases {
        let (_raw, provider) = raw_with(then).await;
        let read = context().summary(&provider, &token(), None).await;
        let said = read.map_or_else(|fault| word(&fault), |read| format!("ok {read:?}"));
        assert_eq!(said, expected, "{row}");
    }
}

#[tokio::test]
async fn security_117_an_answer_loses_its_tricks() {
    let (raw, provider) =
        raw_with(json("200 OK", "{\"content\":\"a\\u001b[2J\\u202eb\\nc\"}")).await;
    let answer = context()
        .ask(&provider, &token(), "Wer \"bin\" ich?")
        .await
        .unwrap();
    assert_eq!(answer, "a[2Jb\nc");
    let request = raw.requests().remove(0);
    let (_, body) = request.split_once("\r\n\r\n").unwrap();
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(
        body,
        serde_json::json!({ "query": "Wer \"bin\" ich?", "k": 3 })
    );
}

#[tokio::test]
async fn security_49_an_address_from_outside_gets_the_token_only_at_the_providers_hosts() {
    let (raw, provider) = raw_with(http("302 Found", &["Location: /"], b"moved")).await;
    let (network, now) = (network(), Timestamp::from_millis(0));
    let get = async |address: &str, longest| {
        let url = Url::parse(address).unwrap();
        network
            .get_with_token(&provider, &token(), url, now, longest)
            .await
    };
    let port = raw.base.rsplit_once(':').unwrap().1;
    for address in [
        format!("http://127.0.0.2:{port}/"),
        format!("http://localhost:{port}/"),
        format!("http://127.0.0.1@127.0.0.2:{port}/"),
        format!("{}/#fragment", raw.base),
        "file:///etc/passwd".to_owned(),
    ] {
        let fault = get(&address, 64).await.err().unwrap();
        let expected = "malformed: the API address isn't one of the provider's hosts";
        assert_eq!(word(&fault), expected, "{address}");
    }
    assert_eq!(raw.requests(), Vec::<String>::new());

    let answer = get(&format!("{}/v1/any?q=1", raw.base), 5)
        .await
        .unwrap_or_else(|fault| panic!("{fault:?}"));
    assert_eq!((answer.status(), answer.body()), (302, b"moved".as_slice()));
    let requests = raw.requests();
    assert_eq!(requests.len(), 1, "{requests:?}");
    assert!(requests[0].starts_with("GET /v1/any?q=1 HTTP/1.1\r\n"));
    assert_eq!(requests[0].matches(MARK).count(), 1);
    let fault = get(&raw.base, 4).await.err().unwrap();
    assert_eq!(word(&fault), "too large");
}
