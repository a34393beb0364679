//! A second Keyfob hands its arguments to the one that runs, and ends, before GTK, WebKit or the
//! window library has started anything: ending a process whose libraries still run threads of
//! their own can crash it, and a callback has no time to wait for a window that is never shown.
//!
//! It speaks the single-instance plug-in's own D-Bus interface; the plug-in serves it in the process that runs, and
//! decides between two that start in the same moment. Elsewhere the plug-in does all of this.

/// Hands this process's arguments to a Keyfob of the same session bus. Tells whether one took them.
///
/// Without a session bus, or if the other one doesn't answer, nobody took them: the start goes on.
#[cfg(target_os = "linux")]
pub(crate) fn handed_over() -> bool {
    match hand_over(std::env::args().collect()) {
        Ok(taken) => taken,
        Err(error) => {
            // There is no log yet, and no answer is an answer: this process is the first.
            eprintln!("No other Keyfob could be asked: {error}");
            false
        }
    }
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn handed_over() -> bool {
    false
}

#[cfg(target_os = "linux")]
fn hand_over(arguments: Vec<String>) -> zbus::Result<bool> {
    use zbus::blocking::{connection, fdo};

    let bus = connection::Builder::session()?
        .method_timeout(PATIENCE)
        .build()?;
    let name = zbus::names::BusName::try_from(NAME)?;
    if !fdo::DBusProxy::new(&bus)?.name_has_owner(name)? {
        return Ok(false);
    }
    let directory = std::env::current_dir().unwrap_or_default();
    let body = (arguments, directory.to_string_lossy().into_owned());
    bus.call_method(Some(NAME), PATH, Some(INTERFACE), "ExecuteCallback", &body)?;
    Ok(true)
}

/// How long the one that runs may take to accept the arguments.
#[cfg(target_os = "linux")]
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(5);

// What `tauri-plugin-single-instance` makes of the identifier in tauri.conf.json.
#[cfg(target_os = "linux")]
const NAME: &str = "dev.keyfob.desktop.SingleInstance";
#[cfg(target_os = "linux")]
const PATH: &str = "/dev/keyfob/desktop/SingleInstance";
#[cfg(target_os = "linux")]
const INTERFACE: &str = "org.SingleInstance.DBus";

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_name_on_the_bus_is_made_of_the_apps_identifier() {
        let settings: serde_json::Value =
            serde_json::from_str(include_str!("../../tauri.conf.json")).unwrap();
        let identifier = settings["identifier"].as_str().unwrap();
        assert_eq!(NAME, format!("{identifier}.SingleInstance"));
        assert_eq!(PATH, format!("/{}", NAME.replace('.', "/")));
    }
}
