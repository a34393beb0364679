//! Answers that are none.

use super::raw::{Raw, Then, http, json};
use super::{MARK, network, provider, refresh_request, token_endpoint, word};
use flate2::{Compression, write::GzEncoder};
use keyfob_domain::failure::{Class, Exchange, Fault, classify};
use keyfob_engine::clock::SystemClock;
use keyfob_engine::network::{Limits, Network};
use keyfob_engine::ports::TokenEndpoint;
use keyfob_engine::token_endpoint::HttpTokenEndpoint;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

const JSON: &str = "Content-Type: application/json";

/// Sends a refresh and gives the fault that comes of it, with what the server saw.
async fn fault_of(then: Then) -> (Fault, Vec<String>) {
    let raw = Raw::start(then).await;
    let request = refresh_request(&provider(&raw.base));
    let fault = token_endpoint().exchange(&request).await;
    (fault.expect_err("this is no token answer"), raw.requests())
}

fn gzipped(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn good_answer() -> String {
    format!(r#"{{"access_token":"at-{MARK}","token_type":"Bearer","refresh_token":"new-{MARK}"}}"#)
}

#[tokio::test]
async fn security_41_no_redirect_is_followed_and_the_body_is_sent_once() {
    for status in [
        "301 Moved",
        "302 Found",
        "303 See Other",
        "307 Temporary",
        "308 Permanent",
    ] {
        let second = Raw::start(json("200 OK", &good_answer())).await;
        let location = format!("Location: {}/mio/v1/auth/oauth2/token", second.base);
        let (fault, requests) = fault_of(http(status, &[&location], b"")).await;
        assert_eq!(word(&fault), "redirected", "{status}");
        assert_eq!(requests.len(), 1, "{status}");
        assert!(
            requests[0].contains(MARK),
            "{status}: the body was sent there"
        );
        assert_eq!(
            second.requests(),
            Vec::<String>::new(),
            "{status}: and nowhere else"
        );
    }
}

#[tokio::test]
async fn security_46_what_is_no_token_answer_is_a_fault_and_says_nothing_of_it() {
    let good = good_answer();
    let twice = good.replacen('{', r#"{"access_token":"other","#, 1);
    let deep = format!(
        r#"{{"access_token":"a","token_type":"Bearer","x":{}{}}}"#,
        "[".repeat(40),
        "]".repeat(40)
    );
    let bom = [b"\xef\xbb\xbf", good.as_bytes()].concat();
    let html = format!("<html>Please log in, {MARK}</html>");
    let cases: Vec<(&str, Then, &str)> = vec![
        (
            "HTML 200",
            http("200 OK", &["Content-Type: text/html"], html.as_bytes()),
            "malformed: the answer isn't JSON",
        ),
        (
            "JSON as HTML",
            http(
                "200 OK",
                &["Content-Type: text/html; charset=utf-8"],
                good.as_bytes(),
            ),
            "malformed: the answer isn't JSON",
        ),
        (
            "HTML without a type",
            http("200 OK", &[], html.as_bytes()),
            "malformed: the answer isn't the JSON of a token answer",
        ),
        (
            "empty 200",
            http("200 OK", &[JSON], b""),
            "malformed: the answer isn't the JSON of a token answer",
        ),
        (
            "204",
            Then::Answer(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n".to_vec()),
            "malformed: the answer isn't the JSON of a token answer",
        ),
        (
            "BOM",
            http("200 OK", &[JSON], &bom),
            "malformed: the answer isn't the JSON of a token answer",
        ),
        (
            "duplicate keys",
            json("200 OK", &twice),
            "malformed: the answer isn't the JSON of a token answer",
        ),
        (
            "nested 40 deep",
            json("200 OK", &deep),
            "malformed: the answer isn't the JSON of a token answer",
        ),
        (
            "cut JSON",
            json("200 OK", &good[..good.len() - 3]),
            "malformed: the answer isn't the JSON of a token answer",
        ),
        (
            "an array",
            json("200 OK", "[1]"),
            "malformed: the answer isn't the JSON of a token answer",
        ),
        (
            "no token",
            json("200 OK", r#"{"token_type":"Bearer"}"#),
            "malformed: the answer has no access token",
        ),
        (
            "42: no type",
            json("200 OK", r#"{"access_token":"a"}"#),
            "malformed: the answer has no token type",
        ),
        (
            "42: DPoP",
            json("200 OK", r#"{"access_token":"a","token_type":"DPoP"}"#),
            "malformed: the token type isn't Bearer",
        ),
        (
            "49: line break",
            json(
                "200 OK",
                r#"{"access_token":"a\r\nX: y","token_type":"Bearer"}"#,
            ),
            "malformed: a token has characters or a length that no header takes",
        ),
        (
            "48: empty 400",
            http("400 Bad", &[], b""),
            "refused 400 None",
        ),
        (
            "48: HTML 403",
            http("403 No", &["Content-Type: text/html"], html.as_bytes()),
            "refused 403 None",
        ),
        (
            "48: an own code",
            json("403 No", r#"{"error":"invalid_code"}"#),
            "refused 403 Some(Unregistered)",
        ),
        (
            "polite error",
            json("200 OK", r#"{"error":"invalid_grant"}"#),
            "refused 200 Some(InvalidGrant)",
        ),
    ];
    for (row, then, expected) in cases {
        let (fault, requests) = fault_of(then).await;
        assert_eq!(word(&fault), expected, "{row}");
        assert!(!format!("{fault:?}").contains(MARK), "{row}: {fault:?}");
        assert_eq!(requests.len(), 1, "{row}: nothing is sent twice");
    }
}

#[tokio::test]
async fn security_46_a_broken_transfer_is_a_fault_and_nothing_is_sent_twice() {
    let good = good_answer();
    let cut = format!("HTTP/1.1 200 OK\r\n{JSON}\r\nContent-Length: 9000\r\n\r\n{good}");
    let chunked = |body: &str| {
        format!("HTTP/1.1 200 OK\r\n{JSON}\r\nTransfer-Encoding: chunked\r\n\r\n{body}")
            .into_bytes()
    };
    let no_gzip = http("200 OK", &[JSON, "Content-Encoding: gzip"], good.as_bytes());
    let half = gzipped(good.as_bytes());
    let half_gzip = http(
        "200 OK",
        &[JSON, "Content-Encoding: gzip"],
        &half[..half.len() / 2],
    );
    let cases: Vec<(&str, Then)> = vec![
        ("reset before headers", Then::Reset),
        ("closed before headers", Then::Answer(Vec::new())),
        (
            "garbage",
            Then::Answer(b"\x00\x01\x02 what?\r\n\r\n".to_vec()),
        ),
        ("cut body", Then::Answer(cut.into_bytes())),
        (
            "chunked garbage",
            Then::Answer(chunked("zz\r\nnot a length")),
        ),
        (
            "chunked, cut",
            Then::Answer(chunked(&format!("ff\r\n{good}"))),
        ),
        ("not gzip", no_gzip),
        ("half of gzip", half_gzip),
    ];
    for (row, then) in cases {
        let (fault, requests) = fault_of(then).await;
        let class = classify(Exchange::Refresh, &fault).class;
        assert!(
            matches!(class, Class::Transient | Class::Protocol),
            "{row}: {fault:?}"
        );
        let sent = !matches!(fault, Fault::NoAnswer { unsent: true, .. });
        assert!(sent, "{row}: it may have been acted on: {fault:?}");
        assert!(!format!("{fault:?}").contains(MARK), "{row}: {fault:?}");
        assert_eq!(requests.len(), 1, "{row}");
    }
}

#[tokio::test]
async fn security_47_an_answer_is_read_up_to_256_kib_after_decompression() {
    let padded = |length: usize| {
        let good = good_answer();
        format!("{}{good}", " ".repeat(length - good.len())).into_bytes()
    };
    let most = padded(256 * 1024);
    let raw = Raw::start(http("200 OK", &[JSON], &most)).await;
    let read = token_endpoint()
        .exchange(&refresh_request(&provider(&raw.base)))
        .await;
    assert_eq!(read.unwrap().access_token.expose(), format!("at-{MARK}"));

    let bomb = gzipped(&padded(64 * 1024 * 1024));
    assert!(bomb.len() < 128 * 1024, "{} bytes on the wire", bomb.len());
    let endless = format!(
        "HTTP/1.1 200 OK\r\n{JSON}\r\n\r\n{}",
        " ".repeat(300 * 1024)
    );
    let cases: Vec<(&str, Then)> = vec![
        (
            "one byte more",
            http("200 OK", &[JSON], &padded(256 * 1024 + 1)),
        ),
        (
            "a gzip bomb",
            http("200 OK", &[JSON, "Content-Encoding: gzip"], &bomb),
        ),
        ("without an end", Then::Hang(endless.into_bytes())),
        ("an error", http("400 Bad", &[JSON], &padded(300 * 1024))),
    ];
    for (row, then) in cases {
        let (fault, _) = fault_of(then).await;
        assert_eq!(word(&fault), "too large", "{row}");
    }
}

#[tokio::test]
async fn security_47_a_server_that_goes_silent_is_given_up() {
    let headers = format!("HTTP/1.1 200 OK\r\n{JSON}\r\nContent-Length: 100\r\n\r\n{{");
    for (row, bytes) in [
        ("before the headers", String::new()),
        ("in the body", headers),
    ] {
        let raw = Raw::start(Then::Hang(bytes.into_bytes())).await;
        let limits = Limits {
            total: Duration::from_millis(300),
            ..Limits::default()
        };
        let network = Network::with_limits(limits).unwrap();
        let endpoint = HttpTokenEndpoint::new(network, Arc::new(SystemClock));
        let fault = endpoint
            .exchange(&refresh_request(&provider(&raw.base)))
            .await
            .unwrap_err();
        let Fault::NoAnswer { detail, unsent } = fault else {
            panic!("{row}: {fault:?}");
        };
        assert_eq!(
            (detail.as_str(), unsent),
            ("no answer in time", false),
            "{row}"
        );
        assert_eq!(raw.requests().len(), 1, "{row}");
    }
    let limits = Limits::default();
    assert_eq!((limits.connect.as_secs(), limits.total.as_secs()), (10, 30));
}

#[tokio::test]
async fn security_51_only_a_connection_that_was_never_made_counts_as_unsent() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let fault = token_endpoint()
        .exchange(&refresh_request(&provider(&base)))
        .await;
    assert_eq!(word(&fault.unwrap_err()), "no answer, unsent true");
    let (fault, _) = fault_of(Then::Reset).await;
    assert_eq!(word(&fault), "no answer, unsent false");
}

#[tokio::test]
async fn security_60_retry_after_comes_through_with_the_refusal() {
    for (header, seconds) in [
        ("Retry-After: 120", Some(120)),
        ("Retry-After: soon", None),
        ("X-Other: 1", None),
    ] {
        let (fault, _) = fault_of(http("429 Slow down", &[header], b"")).await;
        let Fault::Refused {
            status: 429,
            retry_after,
            ..
        } = fault
        else {
            panic!("{header}: {fault:?}");
        };
        assert_eq!(retry_after, seconds.map(Duration::from_secs), "{header}");
    }
}

#[tokio::test]
async fn security_115_a_server_that_repeats_the_request_is_not_quoted() {
    let filler = "x".repeat(160);
    let bodies = [
        format!(
            r#"{{"error":"invalid_request","error_description":"bad rt-{MARK} of cs-{MARK}"}}"#
        ),
        format!(r#"{{"error":"rt-{MARK}"}}"#),
        format!(r#"{{"error":{{"code":"bad","message":"{filler} rt-{MARK}"}}}}"#),
    ];
    for body in bodies {
        let (fault, _) = fault_of(json("400 Bad", &body)).await;
        let shown = classify(Exchange::Refresh, &fault).problem.to_string();
        assert!(!shown.contains("MARKED"), "{shown}");
        assert!(!format!("{fault:?}").contains("MARKED"), "{fault:?}");
    }
}

#[tokio::test]
async fn security_69_a_revocation_is_judged_by_its_status() {
    let cases = [
        ("200", http("200 OK", &[], b""), "ok"),
        (
            "200 with text",
            http("200 OK", &["Content-Type: text/plain"], b"bye"),
            "ok",
        ),
        (
            "307",
            http("307 There", &["Location: http://127.0.0.1:1/"], b""),
            "redirected",
        ),
        (
            "503",
            http("503 Later", &["Retry-After: 5"], b""),
            "refused 503 None",
        ),
        (
            "unsupported",
            json("400 Bad", r#"{"error":"unsupported_token_type"}"#),
            "refused 400 Some(UnsupportedTokenType)",
        ),
        (
            "an echo",
            json(
                "400 Bad",
                &format!(r#"{{"error":"x","error_description":"rt-{MARK}"}}"#),
            ),
            "refused 400 Some(Unregistered)",
        ),
    ];
    for (row, then, expected) in cases {
        let raw = Raw::start(then).await;
        let provider = provider(&raw.base);
        let secret = keyfob_domain::secret::ClientSecret::new(format!("cs-{MARK}"));
        let token = keyfob_domain::secret::RefreshToken::new(format!("rt-{MARK}"));
        let request = keyfob_domain::token::revocation_request(
            provider.client_authentication,
            "client",
            Some(&secret),
            &keyfob_domain::token::Revocable::Refresh(&token),
        );
        let endpoint = url::Url::parse(&format!("{}/revoke", raw.base)).unwrap();
        let outcome = token_endpoint().revoke(&endpoint, request, None).await;
        let said = outcome.as_ref().map_or_else(word, |()| "ok".to_owned());
        assert_eq!(said, expected, "{row}");
        assert!(!format!("{outcome:?}").contains(MARK), "{row}: {outcome:?}");
        let requests = raw.requests();
        assert_eq!(requests.len(), 1, "{row}");
        assert!(
            requests[0].contains("token_type_hint=refresh_token"),
            "{row}"
        );
    }
}

#[tokio::test]
async fn security_40_nothing_is_sent_in_the_clear_to_another_computer() {
    let mut request = refresh_request(&provider("http://127.0.0.1:9"));
    for address in [
        "http://localhost:9/t",
        "http://10.0.0.1/t",
        "http://user@127.0.0.1:9/t",
    ] {
        request.endpoint = url::Url::parse(address).unwrap();
        let endpoint = HttpTokenEndpoint::new(network(), Arc::new(SystemClock));
        let fault = endpoint.exchange(&request).await.unwrap_err();
        let Fault::NoAnswer {
            detail,
            unsent: true,
        } = &fault
        else {
            panic!("{address}: {fault:?}");
        };
        assert!(
            detail.contains("neither https nor loopback"),
            "{address}: {detail}"
        );
    }
}
