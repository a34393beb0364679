//! The table of quirks: what each strange way of a provider leads to.

mod row;
mod table;
mod walk;

use crate::account::Machine;
use crate::desk;
use futures_util::StreamExt;
use keyfob_sandbox::quirks;
use row::Row;
use std::collections::BTreeSet;
use std::sync::Arc;

/// So many rows are walked through at once.
const AT_ONCE: usize = 8;

fn rows() -> impl Iterator<Item = &'static Row> {
    [
        table::REDIRECTS,
        table::EXCHANGES,
        table::RENEWALS,
        table::REVOCATIONS,
        table::READINGS,
    ]
    .into_iter()
    .flatten()
}

#[test]
fn every_quirk_of_the_sandbox_has_a_row_and_every_row_a_rule() {
    let known: BTreeSet<&str> = quirks::all().map(|quirk| quirk.name).collect();
    let told: BTreeSet<&str> = rows().map(|row| row.quirk).collect();
    assert_eq!(told, known);
    for row in rows() {
        assert_eq!(
            desk::unknown_rules(row.rule),
            Vec::<&str>::new(),
            "{}",
            row.quirk
        );
    }
    desk::count("quirks", rows().count());
}

#[test]
fn a_quirk_leads_to_what_its_row_says_and_costs_no_token() {
    let name = "quirks::a_quirk_leads_to_what_its_row_says_and_costs_no_token";
    desk::inside(name, || async {
        let machine = Arc::new(Machine::new().await);
        let walks = rows().enumerate().map(|(number, row)| {
            let machine = machine.clone();
            async move {
                let walked = tokio::spawn(walk::walk(machine, number, row)).await;
                let label = format!("{} ({}, {:?})", row.quirk, row.face.slug(), row.during);
                match walked {
                    Ok(wrong) if wrong.is_empty() => None,
                    Ok(wrong) => Some(format!("{label}: {}", wrong.join("; "))),
                    Err(panic) => Some(format!("{label}: {panic}")),
                }
            }
        });
        futures_util::stream::iter(walks)
            .buffer_unordered(AT_ONCE)
            .filter_map(std::future::ready)
            .collect()
            .await
    });
}
