//! The adapter against services that the test serves itself, on a bus daemon of its own.

use super::*;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use zbus::conn::Builder;
use zbus::object_server::InterfaceRef;

/// A test that hangs ends by this.
const PATIENCE: Duration = Duration::from_secs(20);
const NETWORK_MANAGER: &str = "org.freedesktop.NetworkManager";
const NETWORKD: &str = "org.freedesktop.network1";

const CONFIGURATION: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:dir=DIR</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;

/// A bus daemon that ends with the test.
struct Bus {
    daemon: Child,
    address: String,
    _dir: tempfile::TempDir,
}

impl Bus {
    fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("bus.conf");
        let place = dir.path().to_str().unwrap();
        std::fs::write(&file, CONFIGURATION.replace("DIR", place)).unwrap();
        let mut daemon = Command::new("dbus-daemon")
            .arg(format!("--config-file={}", file.display()))
            .args(["--nofork", "--nopidfile", "--nosyslog", "--print-address"])
            .stdout(Stdio::piped())
            // A container's limits make it complain.
            .stderr(Stdio::null())
            .spawn()
            .expect("dbus-daemon is installed");
        let mut address = String::new();
        let output = daemon.stdout.take().unwrap();
        // It prints its address once it listens.
        BufReader::new(output).read_line(&mut address).unwrap();
        Self {
            daemon,
            address: address.trim().to_owned(),
            _dir: dir,
        }
    }

    async fn connect(&self) -> Connection {
        let builder = Builder::address(self.address.as_str()).unwrap();
        builder.build().await.unwrap()
    }

    async fn watched(&self, has_route: fn() -> bool) -> (SystemNetworkWatch, Watched) {
        let bus = self.connect().await;
        let watch = SystemNetworkWatch::listen(std::future::ready(Ok(bus)), has_route).await;
        let state = Watched(watch.watch());
        (watch, state)
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        // It may have ended by itself; the zombie is taken away in any case.
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

/// What the watch says.
struct Watched(watch::Receiver<NetworkState>);

impl Watched {
    fn now(&self) -> NetworkState {
        *self.0.borrow()
    }

    async fn becomes(&mut self, state: NetworkState) {
        let reached = self.0.wait_for(|now| *now == state);
        tokio::time::timeout(PATIENCE, reached)
            .await
            .unwrap_or_else(|_| panic!("it never became {state:?}"))
            .unwrap();
        self.0.mark_unchanged();
    }
}

struct NetworkManager(u32);

#[zbus::interface(name = "org.freedesktop.NetworkManager")]
impl NetworkManager {
    #[zbus(property)]
    fn state(&self) -> u32 {
        self.0
    }
}

struct Networkd(&'static str);

#[zbus::interface(name = "org.freedesktop.network1.Manager")]
impl Networkd {
    #[zbus(property)]
    fn operational_state(&self) -> &str {
        self.0
    }
}

/// Serves NetworkManager as long as the connection lives.
async fn network_manager(bus: &Bus, state: u32) -> (Connection, InterfaceRef<NetworkManager>) {
    let connection = bus.connect().await;
    let path = "/org/freedesktop/NetworkManager";
    let server = connection.object_server();
    server.at(path, NetworkManager(state)).await.unwrap();
    let served = server.interface(path).await.unwrap();
    connection.request_name(NETWORK_MANAGER).await.unwrap();
    (connection, served)
}

async fn set(served: &InterfaceRef<NetworkManager>, state: u32) {
    served.get_mut().await.0 = state;
    let emitter = served.signal_emitter();
    served.get().await.state_changed(emitter).await.unwrap();
}

async fn networkd(bus: &Bus, state: &'static str) -> Connection {
    let connection = bus.connect().await;
    let server = connection.object_server();
    let path = "/org/freedesktop/network1";
    server.at(path, Networkd(state)).await.unwrap();
    connection.request_name(NETWORKD).await.unwrap();
    connection
}

#[tokio::test]
async fn network_manager_is_followed_from_its_first_word_until_it_goes() {
    let bus = Bus::start();
    let (service, served) = network_manager(&bus, 20).await;
    let (_watch, mut state) = bus.watched(|| false).await;
    assert_eq!(state.now(), NetworkState::Offline, "known at the start");
    set(&served, 70).await;
    state.becomes(NetworkState::Online).await;
    set(&served, 40).await;
    state.becomes(NetworkState::Offline).await;
    service.release_name(NETWORK_MANAGER).await.unwrap();
    state.becomes(NetworkState::Online).await;
    service.request_name(NETWORK_MANAGER).await.unwrap();
    state.becomes(NetworkState::Offline).await;
}

#[tokio::test]
async fn networkd_is_asked_too_and_offline_is_what_both_say() {
    let bus = Bus::start();
    let service = networkd(&bus, "no-carrier").await;
    let (_watch, mut state) = bus.watched(|| false).await;
    assert_eq!(state.now(), NetworkState::Offline);
    let (_manager, served) = network_manager(&bus, 70).await;
    state.becomes(NetworkState::Online).await;
    set(&served, 20).await;
    state.becomes(NetworkState::Offline).await;
    drop(service);
}

#[tokio::test]
async fn a_way_out_that_no_service_knows_of_counts() {
    let bus = Bus::start();
    let (_service, _served) = network_manager(&bus, 20).await;
    let (_watch, state) = bus.watched(|| true).await;
    assert_eq!(state.now(), NetworkState::Online);
}

#[tokio::test]
async fn where_nobody_says_anything_the_network_is_taken_to_be_there() {
    let bus = Bus::start();
    let (_watch, state) = bus.watched(|| false).await;
    assert_eq!(state.now(), NetworkState::Online, "no service");

    let gone = async { Err(zbus::Error::Unsupported) };
    let watch = SystemNetworkWatch::listen(gone, || false).await;
    assert_eq!(*watch.watch().borrow(), NetworkState::Online, "no bus");
}

#[tokio::test]
async fn a_bus_that_ends_leaves_nobody_offline() {
    let mut bus = Bus::start();
    let (_service, _served) = network_manager(&bus, 20).await;
    let (_watch, mut state) = bus.watched(|| false).await;
    assert_eq!(state.now(), NetworkState::Offline);
    bus.daemon.kill().unwrap();
    state.becomes(NetworkState::Online).await;
}

#[tokio::test]
async fn a_computer_that_woke_is_a_reason_to_look_again() {
    let bus = Bus::start();
    let (_service, served) = network_manager(&bus, 70).await;
    let (_watch, mut state) = bus.watched(|| false).await;
    let login = bus.connect().await;
    login.request_name(LOGIN).await.unwrap();
    let sleeps = async |start: bool| {
        let (path, interface) = ("/org/freedesktop/login1", "org.freedesktop.login1.Manager");
        login
            .emit_signal(None::<&str>, path, interface, SLEEP, &start)
            .await
            .unwrap();
    };
    sleeps(true).await;
    // What comes after it has been seen, and it was no news itself.
    set(&served, 20).await;
    state.becomes(NetworkState::Offline).await;
    sleeps(false).await;
    tokio::time::timeout(PATIENCE, state.0.changed())
        .await
        .expect("waking is told of")
        .unwrap();
    assert_eq!(state.now(), NetworkState::Offline, "the same state again");
}
