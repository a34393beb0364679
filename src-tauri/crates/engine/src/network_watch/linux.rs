//! Linux: NetworkManager and systemd-networkd over the system bus, and logind's word that the
//! computer woke.
//!
//! Both services can run side by side, each for some of the interfaces, and interfaces can be
//! nobody's: offline is what all that run agree on while there is no default route.

mod services;

use crate::ports::{NetworkState, NetworkWatch};
use futures_util::stream::{SelectAll, StreamExt, select_all};
use services::{SERVICES, Service};
use std::time::Duration;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;
use zbus::fdo::DBusProxy;
use zbus::message::Type;
use zbus::names::BusName;
use zbus::{Connection, MatchRule, Message, MessageStream};

/// How long the bus or a service may take to answer; and how long a start waits for a first word.
const LIMIT: Duration = Duration::from_secs(2);
const LOGIN: &str = "org.freedesktop.login1";
const SLEEP: &str = "PrepareForSleep";

/// Follows what the system says of the network as long as it lives.
#[derive(Debug)]
pub struct SystemNetworkWatch {
    state: watch::Receiver<NetworkState>,
    /// The one task that listens; it ends with this.
    _listening: JoinSet<()>,
}

impl NetworkWatch for SystemNetworkWatch {
    fn watch(&self) -> watch::Receiver<NetworkState> {
        self.state.clone()
    }
}

impl SystemNetworkWatch {
    /// Begins to listen on the system bus, on the present tokio runtime, and waits for the first
    /// word, for two seconds at most. Where nobody says anything the network is taken to be there.
    pub async fn start() -> Self {
        Self::listen(Connection::system(), has_default_route).await
    }

    async fn listen(
        bus: impl Future<Output = zbus::Result<Connection>> + Send + 'static,
        has_route: fn() -> bool,
    ) -> Self {
        let (sender, state) = watch::channel(NetworkState::Online);
        let (first, looked) = oneshot::channel();
        let mut listening = JoinSet::new();
        listening.spawn(async move {
            if let Err(error) = follow(bus.await, has_route, &sender, first).await {
                tracing::info!(%error, "the system bus says nothing of the network; it is taken to be there");
            }
            sender.send_replace(NetworkState::Online);
        });
        // Whether it is known by now or not, the start goes on.
        let _ = tokio::time::timeout(LIMIT, looked).await;
        Self {
            state,
            _listening: listening,
        }
    }
}

/// Tells of every change until the bus is gone.
async fn follow(
    bus: zbus::Result<Connection>,
    has_route: fn() -> bool,
    sender: &watch::Sender<NetworkState>,
    first: oneshot::Sender<()>,
) -> zbus::Result<()> {
    let bus = bus?;
    let mut signals = subscribe(&bus).await?;
    let dbus = DBusProxy::new(&bus).await?;
    let says = look(&bus, &dbus).await;
    if says.is_none() {
        tracing::info!(
            "neither NetworkManager nor systemd-networkd runs; the network is taken to be there"
        );
    }
    sender.send_replace(judge(says, has_route));
    // The start may not have waited.
    let _ = first.send(());
    while let Some(signal) = signals.next().await {
        let sleeping = goes_to_sleep(&signal?);
        if sleeping == Some(true) {
            continue;
        }
        let state = judge(look(&bus, &dbus).await, has_route);
        sender.send_if_modified(|known| {
            let changed = *known != state;
            *known = state;
            // Waking is a reason to look at what is due, whatever the network is.
            changed || sleeping == Some(false)
        });
    }
    Err(zbus::Error::InputOutput(std::sync::Arc::new(
        std::io::ErrorKind::ConnectionReset.into(),
    )))
}

/// Subscribes to whatever may change the state: a service's own signals, its coming and going,
/// and logind's.
async fn subscribe(bus: &Connection) -> zbus::Result<SelectAll<MessageStream>> {
    let signal = || MatchRule::builder().msg_type(Type::Signal);
    let mut rules = vec![signal().sender(LOGIN)?.member(SLEEP)?.build()];
    for service in &SERVICES {
        rules.push(signal().sender(service.name)?.path(service.path)?.build());
        let dbus = signal().sender("org.freedesktop.DBus")?;
        let owner = dbus.member("NameOwnerChanged")?.arg(0, service.name)?;
        rules.push(owner.build());
    }
    let mut streams = Vec::new();
    for rule in rules {
        streams.push(MessageStream::for_match_rule(rule, bus, None).await?);
    }
    Ok(select_all(streams))
}

/// Whether the computer goes to sleep or woke; `None` for any other signal.
fn goes_to_sleep(signal: &Message) -> Option<bool> {
    let header = signal.header();
    let is_sleep = header.member().is_some_and(|member| member == SLEEP);
    is_sleep.then(|| signal.body().deserialize().unwrap_or(false))
}

/// Asks the services that run; `None` when none does.
async fn look(bus: &Connection, dbus: &DBusProxy<'_>) -> Option<NetworkState> {
    let mut offline = None;
    for service in &SERVICES {
        match ask(bus, dbus, service).await {
            Some(NetworkState::Online) => return Some(NetworkState::Online),
            Some(NetworkState::Offline) => offline = Some(NetworkState::Offline),
            None => {}
        }
    }
    offline
}

/// Asks one service without starting it.
async fn ask(bus: &Connection, dbus: &DBusProxy<'_>, service: &Service) -> Option<NetworkState> {
    let asked = async {
        let name = BusName::try_from(service.name).map_err(zbus::Error::from)?;
        if !dbus.name_has_owner(name).await? {
            return Ok(None);
        }
        let properties = Some("org.freedesktop.DBus.Properties");
        let what = (service.interface, service.property);
        let answer = bus
            .call_method(Some(service.name), service.path, properties, "Get", &what)
            .await?;
        let body = answer.body();
        Ok(Some((service.read)(&body.deserialize()?)))
    };
    match tokio::time::timeout(LIMIT, asked).await {
        Ok(Ok(state)) => state,
        Ok(Err(error)) => {
            let error: zbus::Error = error;
            tracing::info!(service = service.name, %error, "the service doesn't say whether there is a network");
            None
        }
        Err(_) => {
            tracing::info!(service = service.name, "the service doesn't answer");
            None
        }
    }
}

/// Nobody is offline while the kernel has a way out.
fn judge(says: Option<NetworkState>, has_route: fn() -> bool) -> NetworkState {
    match says {
        Some(NetworkState::Offline) if !has_route() => NetworkState::Offline,
        Some(NetworkState::Online | NetworkState::Offline) | None => NetworkState::Online,
    }
}

fn has_default_route() -> bool {
    let table = |path| std::fs::read_to_string(path).unwrap_or_default();
    services::has_default_route(&table("/proc/net/route"), &table("/proc/net/ipv6_route"))
}

#[cfg(test)]
mod tests;
