//! Light or dark, as the desktop portal says: WebKitGTK alone doesn't follow it.

use crate::keyfob::Keyfob;

#[cfg(target_os = "linux")]
pub(crate) fn follow(keyfob: &Keyfob) {
    let keyfob = keyfob.clone();
    tauri::async_runtime::spawn(async move {
        if let Err(error) = portal::follow(&keyfob).await {
            tracing::info!(%error, "no desktop portal tells light from dark");
        }
    });
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn follow(_: &Keyfob) {}

#[cfg(target_os = "linux")]
mod portal {
    use crate::keyfob::Keyfob;
    use crate::view::UiEvent;
    use futures_util::StreamExt;
    use zbus::zvariant::OwnedValue;

    const NAMESPACE: &str = "org.freedesktop.appearance";
    const KEY: &str = "color-scheme";

    #[zbus::proxy(
        interface = "org.freedesktop.portal.Settings",
        default_service = "org.freedesktop.portal.Desktop",
        default_path = "/org/freedesktop/portal/desktop",
        gen_blocking = false
    )]
    trait Settings {
        fn read_one(&self, namespace: &str, key: &str) -> zbus::Result<OwnedValue>;
        #[zbus(signal)]
        fn setting_changed(
            &self,
            namespace: &str,
            key: &str,
            value: OwnedValue,
        ) -> zbus::Result<()>;
    }

    pub(super) async fn follow(keyfob: &Keyfob) -> zbus::Result<()> {
        let bus = zbus::Connection::session().await?;
        let settings = SettingsProxy::new(&bus).await?;
        let mut changes = settings.receive_setting_changed().await?;
        tell(keyfob, &settings.read_one(NAMESPACE, KEY).await?);
        while let Some(change) = changes.next().await {
            let change = change.args()?;
            if change.namespace == NAMESPACE && change.key == KEY {
                tell(keyfob, &change.value);
            }
        }
        Ok(())
    }

    /// 1 is dark, 2 is light, anything else no wish.
    fn tell(keyfob: &Keyfob, value: &OwnedValue) {
        let dark = match u32::try_from(value) {
            Ok(1) => Some(true),
            Ok(2) => Some(false),
            Ok(_) | Err(_) => None,
        };
        keyfob.tell(UiEvent::Appearance { dark });
    }
}
