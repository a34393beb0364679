//! A sandbox over HTTP, for one row.

use keyfob_sandbox::{ClientRegistration, Config, Face, IssuedClient, Sandbox, run};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub(crate) struct Served {
    pub(crate) sandbox: Sandbox,
    pub(crate) base: String,
    server: JoinHandle<()>,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Served {
    pub(crate) async fn start() -> Self {
        Self::configured(Config::default()).await
    }

    /// One that remembers what arrives.
    pub(crate) async fn recording() -> Self {
        Self::configured(Config {
            record: true,
            ..Config::default()
        })
        .await
    }

    async fn configured(config: Config) -> Self {
        let sandbox = Sandbox::new(config).unwrap();
        // Keyfob gets a port of the system's choice for each sign-in (RFC 8252 §7.3).
        sandbox.mavio_manners(|manners| manners.any_loopback_port = true);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let served = sandbox.clone();
        let server = tokio::spawn(async move {
            let ended = run(listener, served, std::future::pending()).await;
            ended.expect("the sandbox serves");
        });
        Self {
            sandbox,
            base,
            server,
        }
    }

    pub(crate) fn client(&self, face: Face, slug: &str) -> IssuedClient {
        let registration = ClientRegistration {
            face,
            name: "Keyfob".to_owned(),
            redirect_uris: vec![
                format!("http://127.0.0.1/callback/{slug}"),
                format!("dev.keyfob.desktop:/callback/{slug}"),
            ],
        };
        self.sandbox.issue_client(registration).unwrap()
    }
}
