//! Providers whose certificate only an extra CA has signed: trusted for them, and for nobody else
//! (SECURITY 40).

use super::{network, provider, refresh_request, word};
use keyfob_domain::failure::Fault;
use keyfob_domain::provider::{ClientAuthentication, Context, ContextKind, Provider};
use keyfob_domain::secret::{AccessToken, RefreshToken};
use keyfob_domain::summary::Content;
use keyfob_domain::token::{Revocable, revocation_request};
use keyfob_engine::clock::SystemClock;
use keyfob_engine::context::HttpContext;
use keyfob_engine::jwks::{HttpJwks, JwksSource};
use keyfob_engine::ports::{ContextSource, TokenEndpoint};
use keyfob_engine::token_endpoint::HttpTokenEndpoint;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// What every address of the server answers: a token answer, keys and claims in one.
const ANSWER: &str = r#"{"access_token":"at","token_type":"Bearer","keys":[],"name":"Ada"}"#;

/// A CA, and a server on loopback with a certificate of it.
struct Authority {
    certificate: String,
    origin: String,
    _server: JoinSet<()>,
}

impl Authority {
    async fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let make = |name: &str, more: &[&str]| {
            let mut openssl = Command::new("openssl");
            openssl.current_dir(dir.path());
            openssl.args(["req", "-x509", "-days", "2", "-nodes", "-newkey", "ec"]);
            openssl.args([
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-subj",
                "/CN=Keyfob test",
            ]);
            openssl.args([
                "-out",
                &format!("{name}.pem"),
                "-keyout",
                &format!("{name}.key"),
            ]);
            let made = openssl.args(more).output().unwrap();
            let said = String::from_utf8_lossy(&made.stderr);
            assert!(made.status.success(), "{said}");
        };
        make("ca", &["-addext", "keyUsage=critical,keyCertSign"]);
        let leaf = "basicConstraints=critical,CA:FALSE";
        let address = "subjectAltName=IP:127.0.0.1";
        let signed = ["-CA", "ca.pem", "-CAkey", "ca.key"];
        make(
            "leaf",
            &[&["-addext", leaf, "-addext", address][..], &signed].concat(),
        );
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("https://{}", listener.local_addr().unwrap());
        let acceptor = acceptor(dir.path());
        let mut server = JoinSet::new();
        server.spawn(async move {
            let mut visits = JoinSet::new();
            while let Ok((visitor, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                visits.spawn(async move {
                    // Who doesn't trust the certificate goes away here.
                    let Ok(mut visitor) = acceptor.accept(visitor).await else {
                        return;
                    };
                    let mut request = [0; 16 * 1024];
                    let _ = visitor.read(&mut request).await;
                    let head =
                        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close";
                    let length = ANSWER.len();
                    let answer = format!("{head}\r\nContent-Length: {length}\r\n\r\n{ANSWER}");
                    let _ = visitor.write_all(answer.as_bytes()).await;
                    let _ = visitor.shutdown().await;
                });
            }
        });
        Self {
            certificate: std::fs::read_to_string(dir.path().join("ca.pem")).unwrap(),
            origin,
            _server: server,
        }
    }

    fn provider(&self, extra_ca: Option<&str>) -> Provider {
        let url = |path: &str| format!("{}/{path}", self.origin).parse().unwrap();
        Provider {
            token_endpoint: url("token"),
            revocation_endpoint: Some(url("revoke")),
            jwks_uri: Some(url("keys")),
            context: Some(Context {
                kind: ContextKind::Userinfo,
                base: url("userinfo"),
            }),
            api_hosts: vec!["127.0.0.1".to_owned()],
            extra_ca: extra_ca.map(str::to_owned),
            ..provider("http://127.0.0.1:9")
        }
    }
}

fn acceptor(dir: &Path) -> TlsAcceptor {
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from_pem_file(dir.join("leaf.pem")).unwrap()],
            PrivateKeyDer::from_pem_file(dir.join("leaf.key")).unwrap(),
        )
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

/// What each kind of request comes to, all of them over the same network.
async fn ask(provider: &Provider) -> Vec<Result<(), Fault>> {
    let (network, clock) = (network(), Arc::new(SystemClock));
    let token = AccessToken::new("at".to_owned());
    let endpoint = HttpTokenEndpoint::new(network.clone(), clock.clone());
    let extra_ca = provider.extra_ca.as_deref();
    let refresh_token = RefreshToken::new("rt".to_owned());
    let revocation = revocation_request(
        ClientAuthentication::None,
        "client",
        None,
        &Revocable::Refresh(&refresh_token),
    );
    let keys = HttpJwks::new(
        network.clone(),
        clock.clone(),
        provider.jwks_uri.clone().unwrap(),
        provider.extra_ca.clone(),
    );
    let context = HttpContext::new(network, clock);
    let refresh = endpoint.exchange(&refresh_request(provider)).await;
    let at = provider.revocation_endpoint.clone().unwrap();
    let summary = context.summary(provider, &token, None).await;
    if let Ok(content) = &summary {
        let Content::Text(text) = content else {
            panic!("{content:?}");
        };
        assert!(text.starts_with("name: Ada"), "{text}");
    }
    vec![
        refresh.map(|_| ()),
        endpoint.revoke(&at, revocation, extra_ca).await,
        keys.fetch().await.map(|_| ()),
        summary.map(|_| ()),
    ]
}

#[tokio::test]
async fn security_40_an_extra_ca_is_trusted_for_its_provider_and_for_no_other() {
    let (own, other) = (Authority::start().await, Authority::start().await);
    let unsent = |outcome: &Result<(), Fault>| {
        outcome.as_ref().err().map(word) == Some("no answer, unsent true".to_owned())
    };
    let both = format!("{}{}", other.certificate, own.certificate);
    for (row, extra_ca, trusted) in [
        ("its own", Some(own.certificate.as_str()), true),
        ("one of two", Some(both.as_str()), true),
        ("none", None, false),
        ("another one's", Some(other.certificate.as_str()), false),
    ] {
        for (at, outcome) in ask(&own.provider(extra_ca)).await.iter().enumerate() {
            let as_expected = if trusted {
                outcome.is_ok()
            } else {
                unsent(outcome)
            };
            assert!(as_expected, "{row}, request {at}: {outcome:?}");
        }
    }
}

#[tokio::test]
async fn security_40_one_network_keeps_its_providers_apart() {
    let authority = Authority::start().await;
    let endpoint = HttpTokenEndpoint::new(network(), Arc::new(SystemClock));
    let trusting = authority.provider(Some(&authority.certificate));
    assert!(endpoint.exchange(&refresh_request(&trusting)).await.is_ok());
    let plain = authority.provider(None);
    let refused = endpoint.exchange(&refresh_request(&plain)).await;
    assert!(refused.is_err(), "trust is not contagious");
    assert!(endpoint.exchange(&refresh_request(&trusting)).await.is_ok());
}

#[tokio::test]
async fn certificates_that_cannot_be_read_are_named() {
    let authority = Authority::start().await;
    let broken = "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n";
    let provider = authority.provider(Some(broken));
    let endpoint = HttpTokenEndpoint::new(network(), Arc::new(SystemClock));
    let fault = endpoint
        .exchange(&refresh_request(&provider))
        .await
        .unwrap_err();
    let Fault::NoAnswer {
        detail,
        unsent: true,
    } = fault
    else {
        panic!("{fault:?}");
    };
    assert!(detail.contains("extra certificates"), "{detail}");
}
