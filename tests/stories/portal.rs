//! A stand-in for the desktop portal's settings: it owns the real name on the desktop's own bus
//! and says light or dark, as GNOME and KDE do.

use anyhow::{Context, Result};
use keyfob_test_support::Desktop;
use zbus::zvariant::{OwnedValue, Value};

struct Settings {
    scheme: u32,
}

#[zbus::interface(name = "org.freedesktop.portal.Settings")]
impl Settings {
    fn read_one(&self, namespace: &str, key: &str) -> zbus::fdo::Result<OwnedValue> {
        if (namespace, key) == ("org.freedesktop.appearance", "color-scheme") {
            Ok(OwnedValue::from(self.scheme))
        } else {
            Err(zbus::fdo::Error::Failed("no such setting".into()))
        }
    }

    #[zbus(signal)]
    async fn setting_changed(
        emitter: &zbus::object_server::SignalEmitter<'_>,
        namespace: &str,
        key: &str,
        value: Value<'_>,
    ) -> zbus::Result<()>;
}

pub(crate) struct Portal {
    connection: zbus::Connection,
}

const PATH: &str = "/org/freedesktop/portal/desktop";

impl Portal {
    /// Starts it in a desktop; 1 is dark, 2 is light.
    pub(crate) async fn start(desktop: &Desktop, scheme: u32) -> Result<Self> {
        let connection = zbus::connection::Builder::address(bus_address(desktop)?.as_str())?
            .serve_at(PATH, Settings { scheme })?
            .name("org.freedesktop.portal.Desktop")?
            .build()
            .await?;
        Ok(Self { connection })
    }

    /// Says something else from now on, and tells everybody.
    pub(crate) async fn change(&self, scheme: u32) -> Result<()> {
        let settings = self
            .connection
            .object_server()
            .interface::<_, Settings>(PATH)
            .await?;
        settings.get_mut().await.scheme = scheme;
        let value = Value::from(scheme);
        Settings::setting_changed(
            settings.signal_emitter(),
            "org.freedesktop.appearance",
            "color-scheme",
            value,
        )
        .await?;
        Ok(())
    }
}

/// Gives the address of a desktop's bus.
pub(crate) fn bus_address(desktop: &Desktop) -> Result<String> {
    let env = desktop.env();
    let variable = env
        .iter()
        .find(|(name, _)| name == "DBUS_SESSION_BUS_ADDRESS");
    let address = variable.and_then(|(_, address)| address.to_str());
    Ok(address.context("no bus")?.to_owned())
}
