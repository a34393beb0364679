//! The server around the endpoints: limits, garbage, names, beginning and end.

use keyfob_sandbox::{Config, Sandbox, SandboxError, run};
use reqwest::{StatusCode, header};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::world::World;

/// Sends bytes, ends the sending side, and returns what came back.
async fn raw(world: &World, bytes: &[u8]) -> String {
    let host = world.base.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).await.unwrap();
    // The server may refuse and close before all of it is sent.
    let _ = stream.write_all(bytes).await;
    let _ = stream.shutdown().await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_body_may_have_64_kib_and_not_a_byte_more() {
    let world = World::start().await;
    for (size, expected) in [(65_536, 400), (65_537, 413), (1_000_000, 413)] {
        let frame = json!({ "grant_type": "x", "filler": "" }).to_string().len();
        let body = json!({ "grant_type": "x", "filler": "f".repeat(size - frame) });
        assert_eq!(body.to_string().len(), size);

        let (status, answer) = world.token(&body).await;

        assert_eq!(status.as_u16(), expected, "{size}");
        let error = if expected == 400 {
            "unsupported_grant_type"
        } else {
            "invalid_request"
        };
        assert_eq!(answer["error"], error, "{size}");
    }
    let endless = format!(
        "POST /mio/v1/auth/oauth2/token HTTP/1.1\r\nHost: 127.0.0.1\r\n\
         Transfer-Encoding: chunked\r\n\r\n{}",
        format!("1000\r\n{}\r\n", "x".repeat(0x1000)).repeat(17)
    );
    let answer = raw(&world, endless.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    world.end().await;
}

#[tokio::test]
async fn garbage_is_refused_and_the_server_lives_on() {
    let world = World::start().await;
    let deep = format!("{}1{}", "[".repeat(30_000), "]".repeat(30_000));
    let posted = |content_type: &str, body: &str| {
        format!(
            "POST /mio/v1/auth/oauth2/token HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\
             Content-Type: {content_type}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let rows: Vec<(&str, Vec<u8>, &str)> = vec![
        ("nothing", Vec::new(), ""),
        ("no HTTP", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc".to_vec(), "HTTP/1.1 400"),
        ("half a request", b"GET / HT".to_vec(), ""),
        ("huge header", format!("GET / HTTP/1.1\r\nx: {}", "a".repeat(100_000)).into(), "HTTP/1.1 431"),
        ("deep JSON", posted("application/json", &deep).into(), "HTTP/1.1 400"),
        ("NUL", posted("application/json", "\0").into(), "HTTP/1.1 400"),
        ("lone surrogate", posted("application/json", r#"{"grant_type":"\ud800"}"#).into(), "HTTP/1.1 400"),
        ("huge number", posted("application/json", r#"{"grant_type":1e999999}"#).into(), "HTTP/1.1 400"),
        (
            "broken escapes in the query",
            b"GET /mio/connect?client_id=%zz&%=%ff%00&&=&redirect_uri=%0d%0a HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".to_vec(),
            "HTTP/1.1 400",
        ),
    ];
    for (label, bytes, expected) in rows {
        let answer = raw(&world, &bytes).await;
        let status = answer.lines().next().unwrap_or_default();
        assert!(status.starts_with(expected), "{label}: {status:?}");
        assert_eq!(answer.is_empty(), expected.is_empty(), "{label}");
    }
    let alive = world.http.get(world.url("/healthz")).send().await.unwrap();
    assert_eq!(alive.status(), StatusCode::OK);
    world.end().await;
}

#[tokio::test]
async fn requests_under_another_name_are_refused() {
    let world = World::start().await;
    for (host, expected) in [
        ("evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("127.0.0.1:1", 200),
        ("localhost", 200),
        ("[::1]:8080", 200),
    ] {
        let request = world
            .http
            .get(world.url("/healthz"))
            .header(header::HOST, host);
        assert_eq!(
            request.send().await.unwrap().status().as_u16(),
            expected,
            "{host}"
        );
    }
    world.end().await;
}

#[tokio::test]
async fn the_start_page_lists_what_there_is() {
    let world = World::start().await;

    let page = world
        .http
        .get(&world.base)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();

    for path in [
        "/mio/connect",
        "/mio/v1/auth/oauth2/token",
        "/mio/v1/context/summary",
        "/mavio/oauth/authorize",
        "/mavio/oauth/token",
        "/mavio/v1/meetings",
        "/mavio/v1/summaries/{id}",
        "/mavio/v1/action-items",
        "/oauth/authorize",
        "/oauth/token",
        "/oauth/revoke",
        "/oauth/userinfo",
        "/oauth/api/ping",
        "/oidc/.well-known/openid-configuration",
        "/oidc/jwks",
        "/oidc/authorize",
        "/oidc/par",
        "/oidc/token",
        "/oidc/revoke",
        "/oidc/userinfo",
        "/oidc/device_authorization",
        "/oidc/device",
    ] {
        assert!(page.contains(&world.url(path)), "{path} is not in {page}");
    }
    world.end().await;
}

#[tokio::test]
async fn unknown_addresses_and_methods_are_named_as_such() {
    let world = World::start().await;
    for (method, path, expected) in [
        ("GET", "/nothing", 404),
        ("GET", "/mio", 404),
        ("GET", "/mio/connect/", 404),
        ("POST", "/mio/connect", 405),
        ("GET", "/mio/consent", 405),
        ("GET", "/mio/v1/auth/oauth2/token", 405),
        ("OPTIONS", "/mio/v1/context", 405),
        ("GET", "/mavio/oauth/token", 405),
        ("POST", "/mavio/v1/meetings", 405),
        ("GET", "/mavio/v1/summaries", 404),
        ("GET", "/oauth/token", 405),
        ("GET", "/oauth/revoke", 405),
        ("POST", "/oauth/authorize", 405),
        ("GET", "/oauth", 404),
        ("DELETE", "/", 405),
    ] {
        let request = world.http.request(method.parse().unwrap(), world.url(path));
        let response = request.send().await.unwrap();
        assert_eq!(response.status().as_u16(), expected, "{method} {path}");
        let no_cross_origin = !response
            .headers()
            .contains_key("access-control-allow-origin");
        assert!(no_cross_origin, "{method} {path}");
    }
    let seen: Vec<_> = world
        .sandbox
        .requests()
        .into_iter()
        .map(|r| (r.method, r.path))
        .collect();
    let token = ("GET".to_owned(), "/mio/v1/auth/oauth2/token".to_owned());
    assert!(
        seen.contains(&token),
        "a wrong method is recorded too: {seen:?}"
    );
    world.end().await;
}

#[tokio::test]
async fn a_listener_that_others_can_reach_is_refused() {
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let sandbox = Sandbox::new(Config::default()).unwrap();

    let refused = run(listener, sandbox, std::future::pending()).await;

    assert!(
        matches!(refused, Err(SandboxError::NotLoopback(_))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn the_port_is_free_once_the_server_has_ended() {
    let world = World::start().await;
    let address = world.base.trim_start_matches("http://").to_owned();
    world.http.get(world.url("/healthz")).send().await.unwrap();

    world.end().await;

    assert!(TcpStream::connect(&address).await.is_err());
}

#[tokio::test]
async fn what_is_printed_of_a_sandbox_and_its_requests_holds_no_secret() {
    let world = World::start().await;
    let tokens = world.tokens().await;

    let printed = format!(
        "{:?} {:?} {:?}",
        world.sandbox,
        world.sandbox.requests(),
        world.client
    );

    for secret in [
        &tokens["access_token"],
        &tokens["refresh_token"],
        &tokens["id_token"],
    ] {
        let Value::String(secret) = secret else {
            panic!("{secret}");
        };
        assert!(!printed.contains(secret), "{printed}");
    }
    assert!(!printed.contains(&world.client.client_secret), "{printed}");
    world.end().await;
}
