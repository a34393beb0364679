//! The accounts of a run: how they are connected through the window, what the window says of them,
//! and the proof at the end that they still are.

use crate::world::{MIO, NO_SHEET, World, fill_in};
use anyhow::{Context as _, Result, anyhow, ensure};
use keyfob_sandbox::{Endpoint, IssuedClient, PEOPLE};
use keyfob_test_support::{KeyfobWindow, until_async};
use std::collections::BTreeMap;
use std::time::Duration;

/// Half of them at the sandbox's Mio, half at its plain OAuth server.
pub(crate) const COUNT: usize = 20;
const PLAIN: &str = "plain";

/// How long a renewal of a token of half a minute is waited for, at the end.
const RENEWAL: Duration = Duration::from_secs(60);
/// How long a request of the app's may take to arrive.
const ARRIVAL: Duration = Duration::from_secs(20);

/// One account as its row in the window shows it.
pub(crate) struct Row {
    id: String,
    provider: String,
    condition: String,
}

/// What became of the accounts.
#[derive(Default)]
pub(crate) struct Outcome {
    /// How many proved that they are connected.
    pub(crate) connected: usize,
    /// Those that are gone or want a new sign-in, each with its reason.
    pub(crate) lost: Vec<String>,
    /// Those that are neither, each with its reason.
    pub(crate) doubtful: Vec<String>,
}

/// Connects all accounts as a user does: one after the other, through the browser.
pub(crate) async fn connect_all(
    world: &World,
    window: &KeyfobWindow,
    plain: &IssuedClient,
) -> Result<()> {
    let browser = world.browser().await?;
    for number in 0..COUNT {
        let provider = if number % 2 == 0 { MIO } else { PLAIN };
        world.begin_at(provider, window).await?;
        if number == 1 {
            fill_in(window, &plain.client_id, &plain.client_secret).await?;
        }
        browser.visit(&world.opened_url().await?).await?;
        let person = PEOPLE[number % PEOPLE.len()].id;
        browser.click_id(&format!("user-{person}")).await?;
        browser.click_id("allow").await?;
        let connected = format!(
            "document.querySelectorAll('[data-testid^=row-]').length === {}",
            number + 1
        );
        window.wait_until("one more account", &connected).await?;
        window.wait_until("the sheet to go", NO_SHEET).await?;
    }
    browser.close().await
}

/// Reads the rows of the window, which has to be high enough for all of them.
pub(crate) async fn rows(window: &KeyfobWindow) -> Result<Vec<Row>> {
    let script = "return [...document.querySelectorAll('[data-testid^=row-]')].map((row) => \
                  [row.dataset.connectionId, row.dataset.provider, row.dataset.condition])";
    let seen: Vec<[String; 3]> = serde_json::from_value(window.execute(script).await?)?;
    let rows = seen.into_iter().map(|[id, provider, condition]| Row {
        id,
        provider,
        condition,
    });
    Ok(rows.collect())
}

/// How many rows are in which condition, in words: "19 active, 1 renewing".
pub(crate) fn counted(rows: &[Row]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows {
        *counts.entry(&row.condition).or_default() += 1;
    }
    let words: Vec<String> = counts
        .into_iter()
        .map(|(condition, count)| format!("{count} {condition}"))
        .collect();
    words.join(", ")
}

pub(crate) fn count_of(rows: &[Row], condition: &str) -> usize {
    rows.iter().filter(|row| row.condition == condition).count()
}

/// How many renewals the sandbox has granted.
pub(crate) fn renewals(world: &World) -> u64 {
    world
        .sandbox
        .grants()
        .iter()
        .map(|grant| grant.refreshes)
        .sum()
}

/// Waits until the sandbox has renewed each account once from now on; tells whether it has, in time.
pub(crate) async fn renewed_once_more(world: &World, limit: Duration) -> bool {
    let refreshes = || -> Vec<u64> {
        let grants = world.sandbox.grants();
        grants.iter().map(|grant| grant.refreshes).collect()
    };
    let before = refreshes();
    let all = until_async(limit, "a renewal of each account", async || {
        let now = refreshes();
        let mut pairs = now.iter().zip(&before);
        pairs.all(|(now, before)| now > before).then_some(())
    });
    all.await.is_ok()
}

/// Has each of these accounts prove that it is connected: it is renewed once more by itself, its
/// access token opens the provider's API, and where there is something to read, the window reads it.
pub(crate) async fn prove(
    world: &World,
    window: &KeyfobWindow,
    connected: &[Row],
) -> Result<Outcome> {
    let before = tokens(world);
    // Those that were not are found below.
    renewed_once_more(world, RENEWAL).await;
    let rows = rows(window).await?;
    let mut outcome = Outcome::default();
    for Row { id, provider, .. } in connected {
        let Some(row) = rows.iter().find(|row| row.id == *id) else {
            outcome.lost.push(format!("{provider} {id}: it is gone"));
            continue;
        };
        if row.condition == "needsSignIn" {
            window.click(&format!("row-{id}")).await?;
            let why = window.text_of("status").await?.replace('\n', " ");
            outcome.lost.push(format!("{provider} {id}: {why}"));
            continue;
        }
        match prove_one(world, window, row, &before).await {
            Ok(()) => outcome.connected += 1,
            Err(why) => outcome.doubtful.push(format!("{provider} {id}: {why:#}")),
        }
    }
    Ok(outcome)
}

async fn prove_one(
    world: &World,
    window: &KeyfobWindow,
    row: &Row,
    before: &Result<BTreeMap<String, Tokens>>,
) -> Result<()> {
    // A renewal is always under way somewhere.
    let well = ["active", "renewing"].contains(&row.condition.as_str());
    ensure!(well, "it is {}", row.condition);
    let before = before.as_ref().map_err(|error| anyhow!("{error:#}"))?;
    let before = before.get(&row.id).context("no item")?;
    // Read now: while others gave their proof, this one's token may have become too old.
    let now = tokens(world)?;
    let now = now.get(&row.id).context("no item any more")?;
    ensure!(now.generation > before.generation, "it was not renewed");
    open_api(world, &row.provider, &now.access_token).await?;
    if row.provider == MIO {
        read_in_window(world, window, &row.id).await?;
    }
    Ok(())
}

/// What the keychain holds for a connection.
struct Tokens {
    generation: u64,
    access_token: String,
}

/// What the keychain holds for each connection.
fn tokens(world: &World) -> Result<BTreeMap<String, Tokens>> {
    let mut tokens = BTreeMap::new();
    for (account, text) in world.keychain()? {
        let Some(id) = account.strip_suffix("/tokens") else {
            continue;
        };
        let item: serde_json::Value = serde_json::from_str(&text)?;
        let token = item["access_token"].as_str().context("no access token")?;
        let found = Tokens {
            generation: item["generation"].as_u64().context("no generation")?,
            access_token: token.to_owned(),
        };
        tokens.insert(id.to_owned(), found);
    }
    Ok(tokens)
}

async fn open_api(world: &World, provider: &str, access_token: &str) -> Result<()> {
    let path = if provider == MIO {
        "mio/v1/context/summary"
    } else {
        "oauth/api/ping"
    };
    let request = reqwest::Client::new().get(format!("{}/{path}", world.origin));
    let answer = request.bearer_auth(access_token).send().await?;
    ensure!(
        answer.status() == 200,
        "its token is answered {}",
        answer.status()
    );
    Ok(())
}

/// Has the app read the account's summary anew.
async fn read_in_window(world: &World, window: &KeyfobWindow, id: &str) -> Result<()> {
    window.click(&format!("row-{id}")).await?;
    let shown =
        format!("!!document.querySelector('[data-testid=detail][data-connection-id=\"{id}\"]')");
    window.wait_until("its detail", &shown).await?;
    let readings = world.sandbox.request_count(Endpoint::Summary);
    window.click("summary-reload").await?;
    let asked = world
        .sandbox
        .wait_for_requests(Endpoint::Summary, readings + 1);
    let asked = tokio::time::timeout(ARRIVAL, asked).await;
    asked.context("the summary was not asked for")?;
    let read = "['ready', 'empty'].includes(document.querySelector('[data-testid=summary-status]')?.dataset.status)";
    window.wait_until("the summary", read).await
}
