//! The loopback redirect over real sockets (SECURITY 15, 17).

use super::*;
use crate::testing::{World, strict_provider};
use base64::Engine as _;
use keyfob_domain::authorization::Step;
use keyfob_domain::id::AttemptId;
use keyfob_domain::provider::RedirectKind;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const MIO: &str = "mio-sandbox";
const PATH: &str = "/callback/mio-sandbox";
const LIMIT: Duration = Duration::from_secs(20);

/// A sign-in that waits for its answer on loopback.
struct Waiting {
    world: World,
    attempt: AttemptId,
    state: String,
    port: u16,
}

impl Waiting {
    async fn start() -> Self {
        let mut provider = strict_provider();
        provider.redirect_kinds = vec![RedirectKind::Loopback];
        let mut world = World::with(vec![provider]).await;
        let (attempt, state) = world.begin(MIO).await;
        world.settle().await;
        let redirect_uri = world.attempt(attempt).redirect_uri.clone();
        let rest = redirect_uri
            .strip_prefix("http://127.0.0.1:")
            .expect("the IP literal");
        let port = rest
            .strip_suffix(PATH)
            .expect("its own path")
            .parse()
            .unwrap();
        Self {
            world,
            attempt,
            state,
            port,
        }
    }

    fn host(&self) -> String {
        format!("Host: 127.0.0.1:{}", self.port)
    }

    fn target(&self) -> String {
        format!("{PATH}?code=loopback-code&state={}", self.state)
    }

    /// Sends one request and gives all that comes back.
    async fn send(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        // A server that has seen enough closes before all of it is sent.
        let _ = stream.write_all(request.as_bytes()).await;
        read_all(&mut stream).await
    }

    async fn get(&self, target: &str, headers: &[&str]) -> String {
        let headers: String = headers
            .iter()
            .map(|header| format!("{header}\r\n"))
            .collect();
        self.send(&format!("GET {target} HTTP/1.1\r\n{headers}\r\n"))
            .await
    }

    /// Waits until nobody listens any more.
    async fn closed(&self) {
        let refused = async {
            while TcpStream::connect(("127.0.0.1", self.port)).await.is_ok() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(LIMIT, refused)
            .await
            .expect("the port is still open");
        let taken = std::net::TcpListener::bind(("127.0.0.1", self.port));
        assert!(taken.is_ok(), "the port is free: {taken:?}");
    }

    fn is_untouched(&self) -> bool {
        *self.world.step(self.attempt) == Step::Waiting { doubt: None }
            && self.world.posts().is_empty()
    }
}

async fn read_all(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    // A reset is an answer too: an empty one.
    let read = tokio::time::timeout(LIMIT, stream.read_to_end(&mut answer)).await;
    let _ = read.expect("the peer is neither answered nor closed");
    String::from_utf8_lossy(&answer).into_owned()
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or("none")
}

#[tokio::test]
async fn security_17_what_is_no_answer_gets_404_and_uses_nothing_up() {
    let mut waiting = Waiting::start().await;
    let (host, target) = (waiting.host(), waiting.target());
    let host = host.as_str();
    let port = waiting.port;
    let other = format!("/callback/other?code=c&state={}", waiting.state);
    let under = format!("{PATH}/x?code=c&state={}", waiting.state);
    let encoded = format!("/callback/mio%2dsandbox?code=c&state={}", waiting.state);
    let localhost = format!("Host: localhost:{port}");
    let absolute = format!("http://evil.example{target}");
    let cases: Vec<(&str, &str, &str, Vec<&str>)> = vec![
        ("the root", "GET", "/", vec![host]),
        ("another path", "GET", &other, vec![host]),
        ("a longer path", "GET", &under, vec![host]),
        ("an encoded path", "GET", &encoded, vec![host]),
        ("favicon", "GET", "/favicon.ico", vec![host]),
        ("a host in the target", "GET", &absolute, vec![host]),
        ("HEAD", "HEAD", &target, vec![host]),
        ("POST", "POST", &target, vec![host, "Content-Length: 0"]),
        ("OPTIONS", "OPTIONS", &target, vec![host]),
        (
            "prefetch",
            "GET",
            &target,
            vec![host, "Sec-Purpose: prefetch;prerender"],
        ),
        (
            "old prefetch",
            "GET",
            &target,
            vec![host, "Purpose: prefetch"],
        ),
        ("a rebound name", "GET", &target, vec!["Host: evil.example"]),
        ("localhost", "GET", &target, vec![&localhost]),
        ("no port", "GET", &target, vec!["Host: 127.0.0.1"]),
        ("another port", "GET", &target, vec!["Host: 127.0.0.1:1"]),
        (
            "two hosts",
            "GET",
            &target,
            vec![host, "Host: evil.example"],
        ),
        ("the same host twice", "GET", &target, vec![host, host]),
        ("no host", "GET", &target, vec![]),
    ];
    for (row, method, target, headers) in cases {
        let headers: String = headers
            .iter()
            .map(|header| format!("{header}\r\n"))
            .collect();
        let request = format!("{method} {target} HTTP/1.1\r\n{headers}\r\n");
        let answer = waiting.send(&request).await;
        assert_eq!(status(&answer), "404", "{row}: {answer}");
        waiting.world.settle().await;
        assert!(waiting.is_untouched(), "{row}");
    }
    assert_eq!(
        status(&waiting.get(&target, &[host]).await),
        "200",
        "and then the real one"
    );
}

#[tokio::test]
async fn security_17_a_bad_callback_leaves_the_port_open_and_a_good_one_closes_it() {
    let mut waiting = Waiting::start().await;
    let host = waiting.host();
    for query in [
        "code=c&state=wrong",
        "code=c",
        "code=a&code=b",
        "state=x",
        "error=access_denied",
    ] {
        let answer = waiting.get(&format!("{PATH}?{query}"), &[&host]).await;
        assert_eq!(status(&answer), "400", "{query}");
    }
    waiting.world.settle().await;
    assert!(matches!(
        waiting.world.step(waiting.attempt),
        Step::Waiting { doubt: Some(_) }
    ));
    assert_eq!(waiting.world.posts(), Vec::<String>::new());

    let answer = waiting.get(&waiting.target(), &[&host]).await;
    waiting.world.settle().await;
    assert_eq!(status(&answer), "200", "{answer}");
    let lower = answer.to_lowercase();
    for header in [
        "cache-control: no-store",
        "referrer-policy: no-referrer",
        "x-content-type-options: nosniff",
        "content-security-policy: default-src 'none'",
        "connection: close",
    ] {
        assert!(lower.contains(header), "{header}: {answer}");
    }
    assert!(
        !answer.contains("loopback-code") && !answer.contains(&waiting.state),
        "{answer}"
    );
    assert!(
        answer.contains("history.replaceState"),
        "the code leaves the history"
    );
    waiting.closed().await;
    let step = waiting.world.step(waiting.attempt);
    assert!(matches!(step, Step::Connected(_)), "{step:?}");
    assert_eq!(
        waiting.world.posts(),
        ["POST /mio/v1/auth/oauth2/token loopback-code"]
    );
}

#[tokio::test]
async fn security_21_a_hundred_good_requests_at_once_make_exactly_one_exchange() {
    let mut waiting = Waiting::start().await;
    let request = format!(
        "GET {} HTTP/1.1\r\n{}\r\n\r\n",
        waiting.target(),
        waiting.host()
    );
    let deliveries = (0..100).map(|_| {
        let (port, request) = (waiting.port, request.clone());
        tokio::spawn(async move {
            // The port closes while some of them are still on their way.
            let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)).await else {
                return String::new();
            };
            let _ = stream.write_all(request.as_bytes()).await;
            read_all(&mut stream).await
        })
    });
    let deliveries: Vec<_> = deliveries.collect();
    let mut taken = 0;
    for delivery in deliveries {
        let answer = delivery.await.unwrap();
        let status = status(&answer);
        assert!(matches!(status, "200" | "400" | "none"), "{answer}");
        taken += u32::from(status == "200");
    }
    waiting.world.settle().await;
    assert_eq!((taken, waiting.world.posts().len()), (1, 1));
}

#[tokio::test]
async fn security_15_cancelling_and_the_end_of_the_ten_minutes_close_the_port() {
    let waiting = Waiting::start().await;
    waiting
        .world
        .engine
        .cancel_attempt(waiting.attempt)
        .await
        .unwrap();
    waiting.closed().await;

    let waiting = Waiting::start().await;
    waiting
        .world
        .engine
        .dismiss_attempt(waiting.attempt)
        .await
        .unwrap();
    waiting.closed().await;

    let waiting = Waiting::start().await;
    waiting
        .world
        .clock
        .advance(keyfob_domain::authorization::LONGEST_ATTEMPT);
    waiting.closed().await;

    let waiting = Waiting::start().await;
    waiting.world.engine.shut_down().await;
    waiting.closed().await;
}

#[tokio::test]
async fn security_15_only_127_0_0_1_is_bound() {
    let waiting = Waiting::start().await;
    assert!(
        TcpStream::connect(("127.0.0.1", waiting.port))
            .await
            .is_ok()
    );
    // Whoever binds every address answers on these as well.
    for address in ["127.0.0.2", "::1"] {
        let connected = TcpStream::connect((address, waiting.port)).await;
        assert!(connected.is_err(), "{address}: {connected:?}");
    }
}

#[tokio::test]
async fn security_17_a_request_over_16_kib_is_refused() {
    let mut waiting = Waiting::start().await;
    let host = waiting.host();
    let long = format!("X-Long: {}", "x".repeat(17 * 1024));
    let cases = [
        (
            "a header",
            waiting.get(&waiting.target(), &[&host, &long]).await,
        ),
        (
            "the target",
            waiting
                .get(
                    &format!("{}&x={}", waiting.target(), "x".repeat(17 * 1024)),
                    &[&host],
                )
                .await,
        ),
    ];
    for (row, answer) in cases {
        assert!(
            matches!(status(&answer), "none" | "414" | "431"),
            "{row}: {answer}"
        );
    }
    waiting.world.settle().await;
    assert!(waiting.is_untouched());
}

#[tokio::test]
async fn security_17_a_header_that_never_ends_is_given_up_after_5_s() {
    let mut waiting = Waiting::start().await;
    // The runtime's time stands still and jumps to the next deadline when nothing else is to do.
    tokio::time::pause();
    let begun = tokio::time::Instant::now();
    let mut stream = TcpStream::connect(("127.0.0.1", waiting.port))
        .await
        .unwrap();
    stream
        .write_all(b"GET /callback/mio-sandbox?code=c HTTP/1.1\r\nHost: 127")
        .await
        .unwrap();
    let mut answer = Vec::new();
    // Closed or reset, both are an end.
    let _ = stream.read_to_end(&mut answer).await;
    assert_eq!(begun.elapsed().as_secs(), HEADER_LIMIT.as_secs());
    tokio::time::resume();
    waiting.world.settle().await;
    assert!(waiting.is_untouched());
}

#[tokio::test]
async fn security_17_a_ninth_peer_is_turned_away_until_one_of_eight_is_gone() {
    let waiting = Waiting::start().await;
    let mut peers = Vec::new();
    for _ in 0..MOST_PEERS {
        peers.push(
            TcpStream::connect(("127.0.0.1", waiting.port))
                .await
                .unwrap(),
        );
    }
    let host = waiting.host();
    assert_eq!(
        waiting.get("/", &[&host]).await,
        "",
        "the ninth gets nothing"
    );
    drop(peers.pop());
    let served = async {
        while status(&waiting.get("/", &[&host]).await) != "404" {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LIMIT, served)
        .await
        .expect("a place became free");
    assert_eq!(peers.len(), MOST_PEERS - 1);
}

#[test]
fn the_policy_names_exactly_what_the_pages_contain() {
    for text in [RECEIVED, NOT_EXPECTED] {
        for (open, close) in [("<style>", "</style>"), ("<script>", "</script>")] {
            let (_, rest) = text.split_once(open).unwrap();
            let (content, _) = rest.split_once(close).unwrap();
            let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(content));
            assert!(POLICY.contains(&hash), "{open}: {hash}");
        }
    }
}
