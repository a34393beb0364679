//! oauth2-mock-server with changed answers: for each of SECURITY 42–50 and 52–54, what the user is told, which tokens are
//! kept, how often the server is asked, what is granted, and when the access ends.
//!
//! What a row expects is what the rule says. The deadline of 47 isn't among them: it would be waited for. It is
//! in the engine's own tests, with a shorter one.

mod bearer;
mod bytes;
mod errors;
mod id_tokens;
mod members;
mod ordered;
mod row;
mod userinfo;
mod waiting;
mod walk;

use crate::visitor::Visitor;
use crate::world::World;
use keyfob_test_support::figures;
use keyfob_test_support::peers::Kind;
use ordered::ORIGIN;
use row::{Outcome, Row};
use std::fmt::Write;
use walk::Walk;

fn rows() -> Vec<Row> {
    [members::rows(), bytes::rows(), errors::rows()]
        .into_iter()
        .flatten()
        .collect()
}

#[test]
fn every_rule_of_a_token_answer_has_rows_at_the_exchange_and_at_the_renewal() {
    let rows = rows();
    for rule in 42..=50 {
        let its_own = || rows.iter().filter(|row| row.rule == rule);
        let exchanges = its_own().filter(|row| row.exchange.is_some()).count();
        let renewals = its_own().filter(|row| row.renewal.is_some()).count();
        assert!(
            exchanges >= 4 && renewals >= 4,
            "{rule}: {exchanges}, {renewals}"
        );
    }
    let walks =
        |row: &Row| usize::from(row.exchange.is_some()) + usize::from(row.renewal.is_some());
    let walks: usize = rows.iter().map(walks).sum();
    eprintln!("{} changed answers, {walks} walks", rows.len());
    let figure = f64::from(u32::try_from(walks).unwrap());
    let command = "cargo xtask test --only peers";
    figures::record("changed-answers", figure, "rows", command).unwrap();
}

async fn begin() -> Walk {
    begin_with("").await
}

/// As [`begin`], with these lines more in the provider file.
async fn begin_with(lines: &str) -> Walk {
    let (world, mut servers) = World::with(&[Kind::Mock]);
    let lines = lines.replace(ORIGIN, &servers[0].origin);
    world.write_provider_file(&servers[0], &lines);
    let agent = world.agent_set_up(&servers).await;
    let server = servers.remove(0);
    Walk {
        world,
        agent,
        server,
        visitor: Visitor::new(),
    }
}

/// Says all rows at once that went wrong.
fn compare(wrong: &mut String, row: &Row, seen: &Outcome, expected: &Outcome) {
    if seen != expected {
        let Row { rule, what, .. } = row;
        write!(
            wrong,
            "\n{rule}, {what}:\n  it was   {seen:?}\n  and not {expected:?}"
        )
        .unwrap();
    }
}

#[tokio::test]
async fn security_42_to_50_a_changed_answer_to_a_code_leads_to_what_its_rule_says() {
    let mut walk = begin().await;
    let mut wrong = String::new();
    for row in rows() {
        if let Some(expected) = &row.exchange {
            let seen = walk.exchange(&row).await;
            compare(&mut wrong, &row, &seen, expected);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    // SECURITY 46: it is taken, and noted.
    walk.agent.complains("status=201").await;
    walk.agent.quit().await;
}

#[tokio::test]
async fn security_42_to_50_a_changed_answer_to_a_renewal_leads_to_what_its_rule_says() {
    let mut walk = begin().await;
    let mut wrong = String::new();
    for row in rows() {
        if let Some(expected) = &row.renewal {
            let seen = walk.renew(&row).await;
            compare(&mut wrong, &row, &seen, expected);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    walk.agent.quit().await;
}
