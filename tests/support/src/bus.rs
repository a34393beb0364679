//! The session bus of a desktop: its configuration and calls to it.
//!
//! Calls run on a thread of their own, because a blocking call inside of an async runtime may
//! panic. A call must never depend on a prompt: it would wait for as long as the prompt does.

use std::{
    fs,
    os::unix::net::UnixStream,
    path::Path,
    process::Command,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use anyhow::{Context as _, Result, anyhow};
use zbus::{
    blocking::{Connection, connection::Builder},
    zvariant::DynamicType,
};

/// The bus itself, as a name and as an interface.
const BUS: &str = "org.freedesktop.DBus";
const BUS_PATH: &str = "/org/freedesktop/DBus";

/// A configuration without service directories: nothing can be started by being asked for.
const BARE: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;

/// A session bus at a fixed path.
#[derive(Debug, Clone)]
pub(crate) struct Bus {
    address: String,
    /// One connection for all calls. GNOME Keyring 42 may crash when a client comes while another
    /// goes, so a desktop's own calls don't come and go.
    connection: Arc<Mutex<Option<Connection>>>,
}

impl Bus {
    pub(crate) fn at(runtime_dir: &Path) -> Self {
        Self {
            address: format!("unix:path={}", runtime_dir.join("bus").display()),
            connection: Arc::default(),
        }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Completes the command that runs the daemon in the foreground.
    pub(crate) fn daemon(
        &self,
        mut daemon: Command,
        dir: &Path,
        with_services: bool,
    ) -> Result<Command> {
        if with_services {
            daemon.arg("--session");
        } else {
            let config = dir.join("bus.conf");
            fs::write(&config, BARE).context("can't write the configuration of the bus")?;
            daemon.arg(format!("--config-file={}", config.display()));
        }
        daemon
            .args(["--nofork", "--nopidfile", "--nosyslog"])
            .arg(format!("--address={}", self.address));
        Ok(daemon)
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.address
            .strip_prefix("unix:path=")
            .is_some_and(|path| UnixStream::connect(path).is_ok())
    }

    /// Tells whether a name has an owner, without starting the service behind it.
    pub(crate) fn has_owner(&self, name: &str) -> bool {
        self.with(|connection| {
            call(connection, BUS, BUS_PATH, BUS, "NameHasOwner", &(name))?
                .body()
                .deserialize()
                .context("NameHasOwner gave no boolean")
        })
        .unwrap_or(false)
    }

    /// Tells whether a process is connected. One that has died stays so until all that it sent was
    /// handed on.
    pub(crate) fn has_process(&self, pid: u32) -> Result<bool> {
        self.with(|connection| {
            let names = call(connection, BUS, BUS_PATH, BUS, "ListNames", &())?;
            let names: Vec<String> = names.body().deserialize()?;
            let owner = |name: &String| -> Result<u32> {
                let method = "GetConnectionUnixProcessID";
                let owner = call(connection, BUS, BUS_PATH, BUS, method, &(name))?;
                Ok(owner.body().deserialize()?)
            };
            // A name may go while its owner is asked for.
            Ok(names
                .iter()
                .any(|name| owner(name).is_ok_and(|owner| owner == pid)))
        })
    }

    /// Runs `work` with the desktop's connection. After an error it is made anew, since it may have
    /// been the connection's.
    pub(crate) fn with<T: Send>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T> + Send,
    ) -> Result<T> {
        thread::scope(|scope| {
            scope
                .spawn(|| {
                    let outcome = work(&self.connected()?);
                    if outcome.is_err() {
                        self.held().take();
                    }
                    outcome
                })
                .join()
                .map_err(|_| anyhow!("the call to the bus panicked"))?
        })
    }

    fn connected(&self) -> Result<Connection> {
        let mut held = self.held();
        if let Some(connection) = held.as_ref() {
            return Ok(connection.clone());
        }
        let connection = Builder::address(self.address.as_str())
            .and_then(Builder::build)
            .context("can't connect to the desktop's bus")?;
        Ok(held.insert(connection).clone())
    }

    fn held(&self) -> MutexGuard<'_, Option<Connection>> {
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Calls one method and returns its answer.
pub(crate) fn call<B>(
    connection: &Connection,
    name: &str,
    path: &str,
    interface: &str,
    method: &str,
    body: &B,
) -> Result<zbus::Message>
where
    B: serde::Serialize + DynamicType,
{
    connection
        .call_method(Some(name), path, Some(interface), method, body)
        .with_context(|| format!("{interface}.{method} of {path} failed"))
}
