//! The table of network faults: every exchange with every fault. The tokens outlive each.

mod lane;

use crate::account::Machine;
use crate::desk;
use crate::proxy::{EXCHANGES, FAULTS};
use futures_util::StreamExt;
use lane::Lane;
use std::collections::BTreeSet;
use std::sync::Arc;

/// So many lanes are walked at once: some do nothing but wait for a while.
const AT_ONCE: usize = 8;
/// So many cells lie in a lane, one after the other.
const LANE: usize = 8;

#[test]
fn every_fault_has_a_name_and_a_rule() {
    let names: BTreeSet<&str> = FAULTS.iter().map(|fault| fault.name).collect();
    assert_eq!(names.len(), FAULTS.len());
    for fault in FAULTS {
        assert_eq!(
            desk::unknown_rules(fault.rule),
            Vec::<&str>::new(),
            "{}",
            fault.name
        );
    }
    desk::count("network-faults", FAULTS.len() * EXCHANGES.len());
}

#[test]
fn security_62_tokens_outlive_every_network_fault_at_every_exchange() {
    let name = "cells::security_62_tokens_outlive_every_network_fault_at_every_exchange";
    desk::inside(name, || async {
        let machine = Arc::new(Machine::new().await);
        let lanes = EXCHANGES
            .into_iter()
            .flat_map(|exchange| FAULTS.chunks(LANE).map(move |faults| (exchange, faults)));
        let walks = lanes.enumerate().map(|(number, (exchange, faults))| {
            let lane = Lane::new(machine.clone(), number, exchange);
            async move {
                let label = format!("a lane of {exchange:?}");
                let walked = tokio::spawn(lane.walk(faults)).await;
                walked.unwrap_or_else(|panic| vec![format!("{label}: {panic}")])
            }
        });
        let wrong: Vec<Vec<String>> = futures_util::stream::iter(walks)
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        wrong.concat()
    });
}
