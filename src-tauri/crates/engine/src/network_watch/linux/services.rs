//! What the services' states and the kernel's routes mean. No traffic, no bus: values in, values out.

use crate::ports::NetworkState;
use zbus::zvariant::Value;

/// A service on the system bus that knows of the network.
pub(super) struct Service {
    pub(super) name: &'static str,
    pub(super) path: &'static str,
    pub(super) interface: &'static str,
    pub(super) property: &'static str,
    /// Says what the property's value means.
    pub(super) read: fn(&Value<'_>) -> NetworkState,
}

pub(super) const SERVICES: [Service; 2] = [
    Service {
        name: "org.freedesktop.NetworkManager",
        path: "/org/freedesktop/NetworkManager",
        interface: "org.freedesktop.NetworkManager",
        property: "State",
        read: network_manager,
    },
    Service {
        name: "org.freedesktop.network1",
        path: "/org/freedesktop/network1",
        interface: "org.freedesktop.network1.Manager",
        property: "OperationalState",
        read: networkd,
    },
];

/// NMState. "Connected, but only locally" and "no internet found" are online: a proxy may stand
/// there, or a firewall in the way of NetworkManager's own check.
fn network_manager(state: &Value<'_>) -> NetworkState {
    const ASLEEP: u32 = 10;
    const DISCONNECTED: u32 = 20;
    const DISCONNECTING: u32 = 30;
    const CONNECTING: u32 = 40;
    match u32::try_from(state) {
        Ok(ASLEEP | DISCONNECTED | DISCONNECTING | CONNECTING) => NetworkState::Offline,
        Ok(_) | Err(_) => NetworkState::Online,
    }
}

/// networkctl(1), "operational state": below a carrier with an address nothing goes out.
fn networkd(state: &Value<'_>) -> NetworkState {
    match <&str>::try_from(state) {
        Ok("missing" | "off" | "no-carrier" | "dormant") => NetworkState::Offline,
        Ok(_) | Err(_) => NetworkState::Online,
    }
}

/// Looks for a default route that is up and not the kernel's own "unreachable".
pub(super) fn has_default_route(ipv4: &str, ipv6: &str) -> bool {
    const UP: u32 = 0x1;
    const REJECT: u32 = 0x200;
    let goes_out = |flags: Option<&&str>| {
        let flags = flags.and_then(|flags| u32::from_str_radix(flags, 16).ok());
        flags.is_some_and(|flags| flags & UP != 0 && flags & REJECT == 0)
    };
    // Iface Destination Gateway Flags RefCnt Use Metric Mask …
    let by_ipv4 = ipv4.lines().any(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        fields.get(1) == Some(&"00000000")
            && fields.get(7) == Some(&"00000000")
            && goes_out(fields.get(3))
    });
    // Destination PrefixLength Source PrefixLength NextHop Metric RefCnt Use Flags Iface
    let by_ipv6 = ipv6.lines().any(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        fields
            .first()
            .is_some_and(|to| to.bytes().all(|digit| digit == b'0'))
            && fields.get(1) == Some(&"00")
            && fields.get(9) != Some(&"lo")
            && goes_out(fields.get(8))
    });
    by_ipv4 || by_ipv6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_state_without_any_connection_is_offline() {
        use NetworkState::{Offline, Online};
        for (row, state, expected) in [
            ("unknown", 0, Online),
            ("asleep", 10, Offline),
            ("disconnected", 20, Offline),
            ("disconnecting", 30, Offline),
            ("connecting", 40, Offline),
            ("connected locally", 50, Online),
            ("no internet found", 60, Online),
            ("connected", 70, Online),
            ("a state of the future", 80, Online),
        ] {
            assert_eq!(network_manager(&Value::U32(state)), expected, "{row}");
        }
        for (state, expected) in [
            ("off", Offline),
            ("no-carrier", Offline),
            ("dormant", Offline),
            ("missing", Offline),
            ("degraded-carrier", Online),
            ("carrier", Online),
            ("degraded", Online),
            ("enslaved", Online),
            ("routable", Online),
            ("", Online),
        ] {
            assert_eq!(networkd(&Value::from(state)), expected, "{state}");
        }
        assert_eq!(network_manager(&Value::from("20")), Online, "another type");
        assert_eq!(networkd(&Value::U32(20)), Online, "another type");
    }

    #[test]
    fn a_default_route_is_found_and_the_kernels_own_refusals_are_none() {
        let head =
            "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";
        let out = "eth0\t00000000\t010011AC\t0003\t0\t0\t0\t00000000\t0\t0\t0\n";
        let near = "eth0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n";
        let half = "tun0\t00000000\t00000000\t0001\t0\t0\t0\t00000080\t0\t0\t0\n";
        let down = "eth0\t00000000\t010011AC\t0002\t0\t0\t0\t00000000\t0\t0\t0\n";
        let nothing = "0".repeat(32);
        let six = |flags: &str, device: &str| {
            format!(
                "{nothing} 00 {nothing} 00 {nothing} ffffffff 00000001 00000000 {flags}       {device}\n"
            )
        };
        let rows = [
            ("nothing", String::new(), String::new(), false),
            ("a heading", head.to_owned(), String::new(), false),
            ("IPv4", format!("{head}{near}{out}"), String::new(), true),
            (
                "only the neighbours",
                format!("{head}{near}"),
                String::new(),
                false,
            ),
            (
                "half the world",
                format!("{head}{half}"),
                String::new(),
                false,
            ),
            ("down", format!("{head}{down}"), String::new(), false),
            ("IPv6", String::new(), six("00450003", "wlan0"), true),
            (
                "IPv6, unreachable",
                String::new(),
                six("00200200", "lo"),
                false,
            ),
            (
                "IPv6, rejected",
                String::new(),
                six("00200201", "eth0"),
                false,
            ),
            ("no table", "what?".to_owned(), "00".to_owned(), false),
        ];
        for (row, ipv4, ipv6, expected) in rows {
            assert_eq!(has_default_route(&ipv4, &ipv6), expected, "{row}");
        }
    }
}
