//! What a user waits for, measured in the real window: `cargo xtask bench`.
//!
//! Start and memory stand beside a bare Tauri window with the same WebKit settings, taken in
//! turns in one run, because machines are noisy. Nothing here judges a figure: it prints them
//! and leaves them in `target/figures`.

#![expect(
    clippy::print_stdout,
    reason = "printing the figures is what it is for"
)]

#[path = "../tests/stories/leak_scan.rs"]
#[expect(dead_code, reason = "the stories use more of it")]
mod leak_scan;
#[path = "../tests/stories/world.rs"]
#[expect(dead_code, reason = "the stories use more of it")]
mod world;

use anyhow::{Context, Result, ensure};
use keyfob_test_support::figures::record;
use keyfob_test_support::{Desktop, KeyfobWindow, running_in, until};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use world::{World, app};

const TURNS: usize = 15;
const CALLBACKS: usize = 12;
/// Milliseconds of a day.
const DAY: f64 = 86_400_000.0;
const COMMAND: &str = "cargo xtask bench";
const PATIENCE: Duration = Duration::from_secs(60);

fn main() -> Result<()> {
    if std::env::args().any(|argument| argument == "--test") {
        return Ok(());
    }
    start_and_memory()?;
    tokio::runtime::Runtime::new()?.block_on(callbacks())
}

/// Process start → first paint, and the memory of all processes then, Keyfob and bare window in turns.
fn start_and_memory() -> Result<()> {
    let bare = app().with_file_name("bare-window");
    ensure!(
        bare.exists(),
        "{} has to be built first: cargo build --release -p bare-window",
        bare.display()
    );
    let (mut keyfob, mut baseline) = (Samples::default(), Samples::default());
    for _ in 0..TURNS {
        keyfob.add(one_start(app())?);
        baseline.add(one_start(&bare)?);
    }
    let (first, first_bare) = (median(&mut keyfob.millis), median(&mut baseline.millis));
    let (memory, memory_bare) = (
        median(&mut keyfob.megabytes),
        median(&mut baseline.megabytes),
    );
    println!(
        "start → first paint   {first:.0} ms, bare window {first_bare:.0} ms, ratio {:.2}",
        first / first_bare
    );
    println!(
        "memory (PSS, open)    {memory:.0} MB, bare window {memory_bare:.0} MB, ratio {:.2}",
        memory / memory_bare
    );
    record("start-to-first-paint", first, "ms", COMMAND)?;
    record(
        "start-to-first-paint-ratio",
        first / first_bare,
        "times a bare window",
        COMMAND,
    )?;
    record("memory-open", memory, "MB PSS", COMMAND)?;
    record(
        "memory-open-ratio",
        memory / memory_bare,
        "times a bare window",
        COMMAND,
    )
}

#[derive(Default)]
struct Samples {
    millis: Vec<f64>,
    megabytes: Vec<f64>,
}

impl Samples {
    fn add(&mut self, (millis, megabytes): (f64, f64)) {
        self.millis.push(millis);
        self.megabytes.push(megabytes);
    }
}

fn one_start(program: &Path) -> Result<(f64, f64)> {
    let desktop = Desktop::builder().as_users_have_it().start()?;
    let before: Vec<u32> = desktop
        .processes()
        .iter()
        .map(|process| process.pid)
        .collect();
    let begun = now_millis()?;
    desktop.run_in_background("program", desktop.command(program))?;
    let mut painted = 0.0;
    until(PATIENCE, "the first paint", || {
        painted = now_millis().unwrap_or_default();
        desktop.log("program").contains("first paint")
    })?;
    let mut kilobytes = 0.0;
    for process in running_in(&desktop.home_dir()) {
        if !before.contains(&process.pid) {
            kilobytes += proportional_set_size(process.pid).unwrap_or_default();
        }
    }
    Ok((painted - begun, kilobytes / 1024.0))
}

fn proportional_set_size(pid: u32) -> Result<f64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
    let line = text
        .lines()
        .find(|line| line.starts_with("Pss:"))
        .context("no Pss")?;
    Ok(line
        .split_whitespace()
        .nth(1)
        .context("no number")?
        .parse()?)
}

/// The callback's argument arrives → the row is drawn, less the time that the provider took for
/// the exchange; and the whole of it from the start of the process that brings the callback.
async fn callbacks() -> Result<()> {
    let world = World::new().await?;
    // The same person again and again would be recognised, and asked about.
    world.sandbox.manners(|mio| mio.issue_id_token = false);
    let window = world.window().await?;
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    let (mut from_start, mut from_argument) = (Vec::new(), Vec::new());
    for number in 0..CALLBACKS {
        world.begin(&window).await?;
        let callback = consent(&http, &world.origin, &world.opened_url().await?).await?;
        watch_for_row(&window, number + 1).await?;
        let begun = now_millis()?;
        world.deliver(&callback).await?;
        window
            .wait_until("the row", "window.__rowAt !== undefined")
            .await?;
        let drawn = window.execute("return window.__rowAt").await?;
        let drawn = drawn.as_f64().context("no time")?;
        from_start.push(drawn - begun);
        let log = window.log();
        from_argument.push(drawn % DAY - last_arrival(&log)? - last_exchange(&log)?);
        window
            .wait_until("the sheet to go", world::NO_SHEET)
            .await?;
    }
    let slowest = from_argument.iter().copied().fold(0.0, f64::max);
    let (argument, start) = (median(&mut from_argument), median(&mut from_start));
    println!(
        "callback → row        {argument:.0} ms median beyond the provider's time, {slowest:.0} ms at most; \
         {start:.0} ms in all from its process, of {CALLBACKS}"
    );
    record("callback-to-row", argument, "ms", COMMAND)?;
    record("callback-process-to-row", start, "ms", COMMAND)?;
    window.close().await
}

/// Reads the time of the last callback's arrival out of the app's log, in milliseconds of its day.
fn last_arrival(log: &str) -> Result<f64> {
    let line = log
        .lines()
        .rev()
        .find(|line| line.contains("a callback arrived"));
    let stamp = line
        .and_then(|line| line.split_whitespace().next())
        .context("no arrival in the log")?;
    let (_, time) = stamp
        .trim_end_matches('Z')
        .split_once('T')
        .context("no time in the log")?;
    let mut seconds = 0.0;
    for part in time.split(':') {
        seconds = seconds * 60.0 + part.parse::<f64>()?;
    }
    Ok(seconds * 1000.0)
}

/// Reads out of the app's log how long the provider took for the last exchange, in milliseconds.
fn last_exchange(log: &str) -> Result<f64> {
    let mut lines = log.lines().rev();
    let line = lines.find(|line| line.contains("the exchange was answered"));
    let (_, millis) = line
        .and_then(|line| line.split_once("millis="))
        .context("no exchange in the log")?;
    Ok(millis.trim().parse()?)
}

/// Notes the time at which so many rows are there and a frame has been drawn with them.
async fn watch_for_row(window: &KeyfobWindow, rows: usize) -> Result<()> {
    let script = format!(
        "window.__rowAt = undefined;
         const observer = new MutationObserver(() => {{
           if (document.querySelectorAll('[data-testid^=row-]').length < {rows}) return;
           observer.disconnect();
           requestAnimationFrame(() => requestAnimationFrame(() => {{ window.__rowAt = Date.now(); }}));
         }});
         observer.observe(document.body, {{ childList: true, subtree: true }});"
    );
    window.execute(&script).await.map(drop)
}

/// Allows on the consent page as a browser would, and gives the callback.
async fn consent(http: &reqwest::Client, origin: &str, url: &str) -> Result<String> {
    let page = http.get(url).send().await?.text().await?;
    let (_, rest) = page
        .split_once("name=\"ticket\" value=\"")
        .context("no ticket on the page")?;
    let (ticket, _) = rest.split_once('"').context("no ticket on the page")?;
    let form = [("ticket", ticket), ("user", "ada"), ("decision", "allow")];
    let answer = http
        .post(format!("{origin}/mio/consent"))
        .form(&form)
        .send()
        .await?;
    let location = answer.headers().get("location").context("no redirect")?;
    Ok(location.to_str()?.to_owned())
}

fn now_millis() -> Result<f64> {
    #[expect(
        clippy::disallowed_methods,
        reason = "a benchmark measures real time, on the clock the page has too"
    )]
    let now = SystemTime::now();
    Ok(now.duration_since(UNIX_EPOCH)?.as_secs_f64() * 1000.0)
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
