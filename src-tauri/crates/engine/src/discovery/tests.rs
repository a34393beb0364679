//! Who is asked, and who isn't, without a provider.

use super::*;
use crate::testing::ManualClock;
use async_trait::async_trait;
use std::net::IpAddr;
use std::sync::Mutex;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

/// Knows one answer, and remembers what it was asked.
struct Names {
    answer: Result<Vec<IpAddr>, String>,
    asked: Mutex<Vec<String>>,
}

impl Names {
    fn leading_to(addresses: &[&str]) -> Arc<Self> {
        let answer = addresses.iter().map(|text| text.parse().unwrap()).collect();
        Self::answering(Ok(answer))
    }

    fn answering(answer: Result<Vec<IpAddr>, String>) -> Arc<Self> {
        let asked = Mutex::default();
        Arc::new(Self { answer, asked })
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

#[async_trait]
impl Resolver for Names {
    async fn resolve(&self, host: &str) -> Result<Vec<IpAddr>, String> {
        self.asked.lock().unwrap().push(host.to_owned());
        self.answer.clone()
    }
}

fn discovery(names: &Arc<Names>) -> Discovery {
    let network = Network::new().unwrap();
    Discovery::new(network, names.clone(), Arc::new(ManualClock::new()))
}

async fn listener() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

/// Whether anybody has knocked.
fn was_asked(listener: &TcpListener) -> bool {
    listener.accept().now_or_never().is_some()
}

#[tokio::test]
async fn security_36_a_name_that_leads_into_the_users_network_is_not_asked_without_consent() {
    let rows: [&[&str]; 6] = [
        &["127.0.0.1"],
        &["::1"],
        &["10.1.2.3"],
        &["169.254.169.254"],
        &["fd00::1"],
        // One address among public ones is enough: which one is taken is chance.
        &["8.8.8.8", "127.0.0.1"],
    ];
    let (listener, port) = listener().await;
    for addresses in rows {
        let names = Names::leading_to(addresses);
        let found = discovery(&names)
            .discover(&format!("idp.example:{port}"), false)
            .await;
        let address = addresses.last().unwrap().parse().unwrap();
        let expected = DiscoveryFault::NeedsConsent {
            host: "idp.example".to_owned(),
            address,
        };
        assert_eq!(found, Err(expected));
        assert_eq!(names.asked(), ["idp.example"]);
        assert!(!was_asked(&listener), "{addresses:?}: a packet went there");
    }
}

#[tokio::test]
async fn security_36_with_consent_exactly_the_addresses_that_were_looked_at_are_asked() {
    let (listener, port) = listener().await;
    let names = Names::leading_to(&["127.0.0.1"]);
    let discovery = discovery(&names);
    let typed = format!("idp.example:{port}");
    let found = discovery.discover(&typed, true);
    // A name that nobody else knows: only the addresses above can have led here.
    let answered = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut first = [0; 1];
        stream.read_exact(&mut first).await.unwrap();
        drop((stream, listener));
        first[0]
    };
    let (found, first) = tokio::join!(found, answered);
    assert_eq!(first, 0x16, "a TLS handshake begins so");
    let fault = found.unwrap_err();
    assert!(
        matches!(fault, DiscoveryFault::Unreachable { .. }),
        "{fault}"
    );
    assert_eq!(names.asked(), ["idp.example"]);
}

#[tokio::test]
async fn security_36_an_ip_literal_of_the_users_network_needs_consent_and_no_name() {
    let names = Names::leading_to(&[]);
    for typed in [
        "10.0.0.5",
        "https://192.168.1.1/realms/one",
        "[fd00::1]:8443",
        "[fe80::1]",
        "0.0.0.0",
        "[::ffff:127.0.0.1]",
        "[::ffff:10.0.0.1]",
    ] {
        let found = discovery(&names).discover(typed, false).await;
        let needs = matches!(found, Err(DiscoveryFault::NeedsConsent { .. }));
        assert!(needs, "{typed}: {found:?}");
    }
    let (listener, port) = listener().await;
    drop(listener);
    let typed = format!("http://127.0.0.1:{port}");
    let found = discovery(&names).discover(&typed, false).await;
    let tried = matches!(found, Err(DiscoveryFault::Unreachable { .. }));
    assert!(tried, "loopback is excepted: {found:?}");
    assert_eq!(names.asked(), [""; 0]);
}

#[tokio::test]
async fn a_name_that_leads_nowhere_is_said_to() {
    let unknown = Err("no such name".to_owned());
    for (answer, why) in [(unknown, "no such name"), (Ok(vec![]), "it has no address")] {
        let names = Names::answering(answer);
        let found = discovery(&names)
            .discover("https://idp.example", false)
            .await;
        let expected = DiscoveryFault::unresolved("idp.example", why);
        assert_eq!(found, Err(expected));
    }
}

#[tokio::test(start_paused = true)]
async fn a_name_server_that_does_not_answer_is_waited_for_as_long_as_all_of_it_may_take() {
    struct Silent;
    #[async_trait]
    impl Resolver for Silent {
        async fn resolve(&self, _: &str) -> Result<Vec<IpAddr>, String> {
            std::future::pending().await
        }
    }
    let network = Network::new().unwrap();
    let clock = Arc::new(ManualClock::new());
    let discovery = Discovery::new(network, Arc::new(Silent), clock);
    let began = tokio::time::Instant::now();
    let found = discovery.discover("idp.example", false).await;
    assert_eq!(found, Err(DiscoveryFault::TooSlow));
    assert_eq!(began.elapsed().as_secs(), 10);
}

#[tokio::test]
async fn security_36_what_is_no_issuer_is_refused_before_anything_is_looked_up() {
    let names = Names::leading_to(&["8.8.8.8"]);
    for typed in ["", "http://idp.example", "file:///x", "a.example?x=1"] {
        let found = discovery(&names).discover(typed, true).await;
        let refused = matches!(found, Err(DiscoveryFault::Typed(_)));
        assert!(refused, "{typed}: {found:?}");
    }
    assert_eq!(names.asked(), [""; 0]);
}

#[test]
fn a_redirect_names_where_it_leads_without_its_query() {
    let from = Url::parse("https://a.example/.well-known/openid-configuration").unwrap();
    let rows = [
        (Some("https://b.example/x?token=1#y"), "https://b.example/x"),
        (Some("https://ada:pw@b.example/"), "https://b.example/"),
        (Some("/login"), "https://a.example/login"),
        (Some("//b.example"), "https://b.example/"),
        (Some("http://"), "it doesn't say which"),
        (None, "it doesn't say which"),
    ];
    for (location, expected) in rows {
        let DiscoveryFault::Redirected { address, to } =
            DiscoveryFault::redirected(&from, location)
        else {
            panic!("it is one");
        };
        assert_eq!((address.as_str(), to.as_str()), (from.as_str(), expected));
    }
}
