//! The presets: their files, and each through whole flows with the sandbox in the place of its service,
//! which speaks in that one's dialect. Nothing of a preset is changed but where its addresses lead.

mod files;
mod flow;
mod habits;
mod service;
mod wire;

use crate::account::Machine;
use crate::desk;
use flow::Flow;
use futures_util::StreamExt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// So many flows go on at once.
const AT_ONCE: usize = 8;

type Walk = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Walks through flows and gives those that went wrong.
async fn wrong(walks: Vec<(&'static str, Walk)>) -> Vec<String> {
    let walks = walks.into_iter().map(|(label, walk)| async move {
        let walked = tokio::spawn(walk).await;
        walked.err().map(|panic| format!("{label}: {panic}"))
    });
    futures_util::stream::iter(walks)
        .buffer_unordered(AT_ONCE)
        .filter_map(std::future::ready)
        .collect()
        .await
}

#[test]
fn every_preset_goes_through_a_whole_flow_in_the_dialect_of_its_service() {
    let name = "presets::every_preset_goes_through_a_whole_flow_in_the_dialect_of_its_service";
    desk::count("presets", service::SERVICES.len());
    desk::inside(name, || async {
        let machine = Arc::new(Machine::new().await);
        let walks = service::SERVICES.iter().map(|service| {
            let machine = machine.clone();
            let walk: Walk =
                Box::pin(async move { Flow::begin(&machine, service).await.walk().await });
            (service.slug, walk)
        });
        wrong(walks.collect()).await
    });
}

#[test]
fn a_preset_is_made_for_the_habits_of_its_service() {
    let name = "presets::a_preset_is_made_for_the_habits_of_its_service";
    desk::inside(name, || async {
        let machine = Arc::new(Machine::new().await);
        let mut walks: Vec<(&'static str, Walk)> = habits::WITHOUT
            .iter()
            .map(|row| {
                (
                    row.label,
                    Box::pin(habits::without(machine.clone(), row)) as Walk,
                )
            })
            .collect();
        let github = habits::a_token_without_an_end(machine.clone());
        walks.push(("a token without an end", Box::pin(github)));
        let google = habits::scopes_left_out(machine.clone());
        walks.push(("scopes left out", Box::pin(google)));
        let microsoft = habits::a_gap_elsewhere(machine.clone());
        walks.push(("a gap elsewhere", Box::pin(microsoft)));
        let prompt = habits::a_second_sign_in(machine);
        walks.push(("a second sign-in", Box::pin(prompt)));
        wrong(walks).await
    });
}
