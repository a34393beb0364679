//! A door with TLS before the sandbox: the same server under a name, and no longer at a loopback
//! address, which would need no network.

use anyhow::Result;
use keyfob_test_support::Desktop;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// How long the making of a certificate may take.
const MAKING: Duration = Duration::from_secs(10);

pub(crate) struct Door {
    /// Where it stands, like `https://localhost:4711`.
    pub(crate) origin: String,
    /// The file with the one certificate that has to be trusted.
    pub(crate) certificate: PathBuf,
    server: JoinHandle<()>,
    _files: TempDir,
}

impl Drop for Door {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Door {
    /// Opens one before the server at this address, like `127.0.0.1:4710`.
    pub(crate) async fn before(desktop: &Desktop, inside: &str) -> Result<Self> {
        let files = tempfile::tempdir()?;
        let (certificate, key) = (files.path().join("certificate"), files.path().join("key"));
        make_certificate(desktop, &certificate, &key)?;
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(
                vec![CertificateDer::from_pem_file(&certificate)?],
                PrivateKeyDer::from_pem_file(&key)?,
            )?;
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        Ok(Self {
            origin: format!("https://localhost:{port}"),
            certificate,
            server: tokio::spawn(serve(listener, acceptor, inside.to_owned())),
            _files: files,
        })
    }
}

/// Makes a certificate for this computer that nobody has signed.
fn make_certificate(desktop: &Desktop, certificate: &Path, key: &Path) -> Result<()> {
    let mut openssl = desktop.command("openssl");
    openssl
        .args(["req", "-x509", "-days", "2", "-nodes"])
        .args(["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"])
        .args(["-subj", "/CN=localhost"])
        .args(["-addext", "subjectAltName=DNS:localhost"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .arg("-out")
        .arg(certificate)
        .arg("-keyout")
        .arg(key);
    desktop.run(openssl, MAKING).map(drop)
}

async fn serve(listener: TcpListener, acceptor: TlsAcceptor, inside: String) {
    let mut visits = JoinSet::new();
    while let Ok((visitor, _)) = listener.accept().await {
        let (acceptor, inside) = (acceptor.clone(), inside.clone());
        visits.spawn(async move {
            let mut outer = acceptor.accept(visitor).await?;
            let mut inner = TcpStream::connect(inside).await?;
            copy_bidirectional(&mut outer, &mut inner).await
        });
    }
}
