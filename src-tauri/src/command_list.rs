//! The handlers behind the names of `command_names.rs`.

use crate::commands::*;
use crate::provider_commands::*;
use tauri::Wry;
use tauri::ipc::Invoke;

macro_rules! handlers {
    ($($name:ident),* $(,)?) => {
        pub(crate) fn handler() -> impl Fn(Invoke<Wry>) -> bool + Send + Sync + 'static {
            tauri::generate_handler![$($name),*]
        }

        #[cfg(test)]
        const HANDLED: &[&str] = &[$(stringify!($name)),*];
    };
}

handlers![
    answer_question,
    ask,
    cancel_attempt,
    check_provider,
    connect,
    copy_link,
    copy_text,
    delete_provider,
    discover_provider,
    dismiss_attempt,
    dismiss_notice,
    export_provider,
    import_provider,
    mounted,
    open_link,
    open_page_again,
    painted,
    provider_form,
    provider_presets,
    quit,
    reconnect,
    reload_summary,
    rename_connection,
    renew,
    retry_keychain,
    revoke,
    save_provider,
    set_up_provider,
    stay,
    subscribe,
    unlock_keychain,
];

#[cfg(test)]
mod tests {
    use super::*;

    include!("command_names.rs");

    const CAPABILITY: &str = include_str!("../capabilities/default.json");
    const CONFIG: &str = include_str!("../../tauri.conf.json");

    #[test]
    fn security_86_handlers_manifest_and_capability_name_the_same_commands() {
        assert_eq!(HANDLED, COMMAND_NAMES);
        let capability: serde_json::Value = serde_json::from_str(CAPABILITY).unwrap();
        let expected: Vec<String> = COMMAND_NAMES
            .iter()
            .map(|name| format!("allow-{}", name.replace('_', "-")))
            .collect();
        assert_eq!(capability["permissions"], serde_json::json!(expected));
        assert_eq!(capability["windows"], serde_json::json!(["main"]));
        assert!(capability.get("remote").is_none());
    }

    #[test]
    fn security_13_85_88_90_the_configuration_is_as_strict_as_it_was_decided() {
        let config: serde_json::Value = serde_json::from_str(CONFIG).unwrap();
        let scheme = keyfob_domain::authorization::SCHEME;
        assert_eq!(config["identifier"], scheme);
        assert_eq!(
            config["plugins"]["deep-link"]["desktop"]["schemes"],
            serde_json::json!([scheme])
        );
        assert!(
            scheme.contains('.'),
            "a private-use scheme is a reversed domain name"
        );
        let security = &config["app"]["security"];
        assert_eq!(security["capabilities"], serde_json::json!(["default"]));
        assert_eq!(security["freezePrototype"], true);
        assert_eq!(security["assetProtocol"]["enable"], false);
        assert_eq!(config["app"]["withGlobalTauri"], false);
        let policy = security["csp"].as_str().unwrap();
        for directive in [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "form-action 'none'",
            "object-src 'none'",
        ] {
            assert!(policy.contains(directive), "{directive}");
        }
        assert!(!policy.contains("unsafe"));
    }
}
