//! A computer without a network: what is due waits, and goes on by itself.
//!
//! What the app is told is the system's word: a NetworkManager on the bus, and a kernel without a
//! way out. The latter is one of the app's own: the test keeps the network that it has.

use crate::camera::{photograph_both, photograph_narrow};
use crate::door::Door;
use crate::portal::{Portal, bus_address};
use crate::world::{CONNECTED, World, app, condition, says, shown};
use anyhow::{Context, Result, ensure};
use keyfob_sandbox::Endpoint;
use keyfob_test_support::Desktop;
use keyfob_test_support::screens::verify_screens;
use std::ffi::OsStr;
use std::time::Duration;

/// NMState.
const DISCONNECTED: u32 = 20;
const CONNECTED_GLOBALLY: u32 = 70;

const PATH: &str = "/org/freedesktop/NetworkManager";

struct NetworkManager {
    state: u32,
}

#[zbus::interface(name = "org.freedesktop.NetworkManager")]
impl NetworkManager {
    #[zbus(property)]
    fn state(&self) -> u32 {
        self.state
    }
}

/// A stand-in for NetworkManager on a desktop's bus.
struct Network {
    connection: zbus::Connection,
}

impl Network {
    async fn start(desktop: &Desktop, state: u32) -> Result<Self> {
        let connection = zbus::connection::Builder::address(bus_address(desktop)?.as_str())?
            .serve_at(PATH, NetworkManager { state })?
            .name("org.freedesktop.NetworkManager")?
            .build()
            .await?;
        Ok(Self { connection })
    }

    /// Says something else from now on, and tells everybody.
    async fn changes_to(&self, state: u32) -> Result<()> {
        let server = self.connection.object_server();
        let served = server.interface::<_, NetworkManager>(PATH).await?;
        served.get_mut().await.state = state;
        let emitter = served.signal_emitter();
        served.get().await.state_changed(emitter).await?;
        Ok(())
    }
}

/// A shell script that starts the app where the kernel's list of routes is empty.
fn without_routes(empty: &str) -> String {
    let user = rustix::process::getuid().as_raw();
    let group = rustix::process::getgid().as_raw();
    let app = app().display();
    // Only root of a namespace may mount, and only the user may use the bus. What is mounted is seen
    // by the process of this number alone, which becomes the app.
    let hidden = "mount --bind \"$0\" \"/proc/$$/net\" && \
                  exec unshare --map-user=\"$1\" --map-group=\"$2\" \"$3\"";
    format!(
        "exec unshare --map-root-user --mount sh -c '{hidden}' '{empty}' {user} {group} '{app}'"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn security_64_what_comes_due_offline_is_renewed_once_when_the_network_is_back() -> Result<()>
{
    let world = World::new().await?;
    let portal = Portal::start(&world.desktop, 2).await?;
    let network = Network::start(&world.desktop, CONNECTED_GLOBALLY).await?;
    let inside = world.origin.strip_prefix("http://").context("no address")?;
    let door = Door::before(&world.desktop, inside).await?;
    let client = world.add_plain_with(&door.origin, &["profile", "offline_access"])?;
    world
        .sandbox
        .set_access_token_lifetime(Duration::from_secs(6));
    let bus = bus_address(&world.desktop)?;
    let empty = tempfile::tempdir()?;
    let script = without_routes(empty.path().to_str().context("an odd path")?);
    let window = world
        .window_through(
            &script,
            &[
                ("DBUS_SYSTEM_BUS_ADDRESS", OsStr::new(&bus)),
                ("SSL_CERT_FILE", door.certificate.as_os_str()),
            ],
        )
        .await?;
    window
        .wait_until("the first screen", &shown("first-run"))
        .await?;
    world.connect_plain(&window, &client).await?;

    network.changes_to(DISCONNECTED).await?;
    window
        .wait_until("the waiting", &condition("waiting"))
        .await?;
    window
        .wait_until("its reason", &says("status", "You are offline"))
        .await?;
    let asked = world.sandbox.request_count(Endpoint::OauthToken);
    photograph_both(&window, &portal, "offline").await?;
    photograph_narrow(&window, "offline").await?;
    ensure!(!window.has("renew").await?, "nothing to press in vain");
    ensure!(
        world.sandbox.request_count(Endpoint::OauthToken) == asked,
        "nothing is asked for without a network"
    );

    world
        .sandbox
        .set_access_token_lifetime(Duration::from_secs(3600));
    network.changes_to(CONNECTED_GLOBALLY).await?;
    window.wait_until("all well", CONNECTED).await?;
    ensure!(
        world.sandbox.request_count(Endpoint::OauthToken) == asked + 1,
        "one renewal, by itself"
    );
    window.close().await?;
    verify_screens(&["offline-light", "offline-dark", "offline-480"])
}
