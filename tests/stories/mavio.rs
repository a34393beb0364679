//! Mavio: meetings, decisions and open action items; permissions given in part; a provider that
//! asks to wait; and what strangers can write into a meeting.

use crate::camera::{photograph, photograph_both};
use crate::portal::Portal;
use crate::world::{CONNECTED, MAVIO, NO_SHEET, World, says, shown};
use anyhow::{Result, ensure};
use keyfob_sandbox::{Endpoint, RateLimit, Scripted};
use keyfob_test_support::screens::verify_screens;
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn someone_connects_mavio_reads_the_meetings_and_names_the_account() -> Result<()> {
    let world = World::new().await?;
    let portal = Portal::start(&world.desktop, 2).await?;
    let window = world.window().await?;
    world.connect_at(MAVIO, &window, "ada", &[]).await?;
    window
        .wait_until("the meetings", &shown("meeting-0"))
        .await?;
    window
        .wait_until("the open items", &shown("item-0"))
        .await?;
    window
        .wait_until("the suggestion", &shown("use-suggestion"))
        .await?;
    photograph_both(&window, &portal, "mavio-connected").await?;
    ensure!(
        world.sandbox.request_count(Endpoint::MavioSummaries) == 5,
        "the five newest meetings with a summary"
    );
    window.click("use-suggestion").await?;
    window
        .wait_until("the name", &says("detail", "ada@byron.example"))
        .await?;
    window.driver()?.set_window_rect(0, 0, 480, 640).await?;
    window
        .wait_until("the narrow window", "window.innerWidth <= 480")
        .await?;
    photograph(&window, "mavio-480").await?;
    window.close().await?;

    // What was read is there again after a restart, also while Mavio can't be reached.
    world
        .sandbox
        .script_forever(Endpoint::MavioMeetings, Scripted::CloseBeforeHeaders);
    let window = world.window().await?;
    window
        .wait_until("the name", &says("detail", "ada@byron.example"))
        .await?;
    window
        .wait_until("the meetings", &shown("meeting-0"))
        .await?;
    window.click("summary-reload").await?;
    window
        .wait_until(
            "what is wrong with it",
            "document.querySelector('[data-testid=summary-status]')?.dataset.status === 'failed'",
        )
        .await?;
    ensure!(window.has("meeting-0").await?, "shown stale");
    photograph(&window, "mavio-stale").await?;

    window.click("revoke").await?;
    window
        .wait_until(
            "what happens at Mavio",
            &says("revoke-dialog", "no way to end access"),
        )
        .await?;
    window.click("revoke-confirm").await?;
    window
        .wait_until("the first screen", &shown("first-run"))
        .await?;
    window.close().await?;
    let database = world.desktop.data_dir().join("keyfob/keyfob.sqlite3");
    let left: i64 = rusqlite::Connection::open(database)?.query_row(
        "SELECT count(*) FROM summaries",
        [],
        |row| row.get(0),
    )?;
    ensure!(left == 0, "security_117: purged with the connection");
    verify_screens(&[
        "mavio-connected-light",
        "mavio-connected-dark",
        "mavio-480",
        "mavio-stale",
    ])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permission_that_was_not_given_is_named_and_asked_for_again() -> Result<()> {
    let world = World::new().await?;
    let portal = Portal::start(&world.desktop, 2).await?;
    let window = world.window().await?;
    let kept_back = ["scope-transcripts-read", "scope-summaries-read"];
    world.connect_at(MAVIO, &window, "ada", &kept_back).await?;
    window
        .wait_until(
            "the row's words",
            "document.querySelector('[data-testid^=row-]')?.innerText.includes('without')",
        )
        .await?;
    window
        .wait_until("what is withheld", &shown("withheld-summaries-read"))
        .await?;
    ensure!(window.has("meeting-0").await?, "the rest is read");
    photograph_both(&window, &portal, "mavio-partial").await?;
    let id = world.keychain()?[0].0.clone();

    window.click("ask-again").await?;
    let browser = world.allow_as("ada", &[]).await?;
    window.wait_until("the connection", CONNECTED).await?;
    window.wait_until("the sheet to go", NO_SHEET).await?;
    window
        .wait_until(
            "nothing withheld",
            "!document.querySelector('[data-testid^=withheld-]') && !!document.querySelector('[data-testid=meeting-0]')",
        )
        .await?;
    ensure!(world.connection_items()?.len() == 1);
    ensure!(
        world.keychain()?.iter().any(|(account, _)| *account == id),
        "it is the same connection"
    );
    browser.close().await?;
    window.close().await?;
    verify_screens(&["mavio-partial-light", "mavio-partial-dark"])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_asks_to_wait_is_waited_for() -> Result<()> {
    let world = World::new().await?;
    let portal = Portal::start(&world.desktop, 2).await?;
    let window = world.window().await?;
    world.connect_at(MAVIO, &window, "ada", &[]).await?;
    window
        .wait_until("the meetings", &shown("meeting-0"))
        .await?;
    // Its window is long enough for two pictures.
    let limit = RateLimit {
        requests: 0,
        window: Duration::from_secs(12),
    };
    world
        .sandbox
        .mavio_manners(|mavio| mavio.rate_limit = Some(limit));
    window.click("summary-reload").await?;
    window
        .wait_until("when it is tried again", &shown("summary-wait"))
        .await?;
    photograph_both(&window, &portal, "mavio-wait").await?;
    world.sandbox.mavio_manners(|mavio| mavio.rate_limit = None);
    window
        .wait_until(
            "the next reading, by itself",
            "!document.querySelector('[data-testid=summary-wait]') && !!document.querySelector('[data-testid=meeting-0]')",
        )
        .await?;
    window.close().await?;
    verify_screens(&["mavio-wait-light", "mavio-wait-dark"])
}

#[tokio::test(flavor = "multi_thread")]
async fn security_117_what_strangers_write_into_a_meeting_stays_text() -> Result<()> {
    let world = World::new().await?;
    let window = world.window().await?;
    for (row, body) in hostile() {
        world
            .sandbox
            .script_forever(Endpoint::MavioMeetings, Scripted::json(200, &body));
        if window.has("summary-reload").await? {
            window.click("summary-reload").await?;
        } else {
            world.connect_at(MAVIO, &window, "ada", &[]).await?;
        }
        let settled = format!(
            "['ready', 'empty', 'failed'].includes(document.querySelector('[data-testid=summary-status]')?.dataset.status) \
             && {}",
            window_ran_nothing()
        );
        window.wait_until(row, &settled).await?;
        ensure!(
            window
                .execute("return document.documentElement.scrollWidth <= window.innerWidth")
                .await?
                == true,
            "{row}: the layout is broken"
        );
        ensure!(
            window
                .execute("return document.querySelectorAll('[data-testid=meetings] img, [data-testid=meetings] script').length")
                .await?
                == 0,
            "{row}: it became part of the page"
        );
        photograph(&window, &format!("mavio-hostile-{}", row.replace(' ', "-"))).await?;
    }
    window.close().await
}

fn window_ran_nothing() -> &'static str {
    "window.__pwned === undefined"
}

/// Pages of meetings as a careless or hostile provider could write them.
fn hostile() -> Vec<(&'static str, String)> {
    let page = |data: Value, more: bool| {
        let pagination = json!({ "total": 1_000_000, "limit": 20, "offset": 0, "has_more": more });
        json!({ "data": data, "pagination": pagination }).to_string()
    };
    let meeting = |number: usize, title: Value| {
        json!({
            "id": format!("mtg_{number}"), "title": title, "status": "completed", "platform": "zoom",
            "started_at": "2026-11-20T09:00:00Z", "ended_at": "2026-11-20T10:00:00Z",
            "participants": [{ "role": "host", "email": "ada@byron.example" }],
        })
    };
    let many: Vec<Value> = (0..10_000)
        .map(|number| meeting(number, json!(format!("Meeting {number}"))))
        .collect();
    let markup = "<img src=x onerror=\"window.__pwned = 1\"><script>window.__pwned = 1</script>";
    let reordered = "\u{202e}gnitirw desrever\u{202c}\u{0}\u{7}\u{1b}[31mred";
    let nothing = json!({
        "id": null, "title": null, "status": null, "platform": null, "started_at": null,
        "ended_at": null, "participants": null, "summary_id": null,
    });
    let mut far = meeting(1, json!("Beyond the calendar"));
    far["started_at"] = json!("99999-13-45T99:99:99Z");
    far["duration_seconds"] = json!(-1e300);
    vec![
        ("ten thousand", page(json!(many), false)),
        (
            "two megabytes",
            page(json!([meeting(1, json!("long".repeat(500_000)))]), false),
        ),
        (
            "markup and control",
            page(
                json!([meeting(1, json!(markup)), meeting(2, json!(reordered))]),
                false,
            ),
        ),
        (
            "null everywhere",
            page(json!([nothing, null, 7, "text", [], {}]), false),
        ),
        ("dates out of range", page(json!([far]), false)),
        (
            "a partial page",
            r#"{"data":[{"id":"mtg_1","title":"Cut off"#.to_owned(),
        ),
    ]
}
