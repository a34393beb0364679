//! The search after every story: whatever was secret in it must be in the keychain and nowhere else
//! (SECURITY 12, 94, 115, 116).
//!
//! Searched are all files of the user, the database with its write-ahead log among them, the logs,
//! what each window was told and showed, and the command lines and environments of the app. The
//! hazard is a search that can't find anything: the story in `leaking.rs` shows that it can.

use crate::world::World;
use anyhow::{Result, ensure};
use keyfob_sandbox::RecordedRequest;
use keyfob_test_support::leaks::{Outcome, Secret, search};
use keyfob_test_support::{Desktop, figures};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// So many secrets of its own the sandbox puts into each token answer.
pub(crate) const PLANTED: usize = 20;

/// What a request may carry of the app's secrets, in a form or in JSON.
const FIELDS: [&str; 4] = ["code", "code_verifier", "refresh_token", "client_secret"];

/// How many secrets were searched for after how many stories of this run.
static SEARCHED: Mutex<(usize, usize)> = Mutex::new((0, 0));

/// Members of a token answer that nobody asked for. Their characters are written differently by
/// each encoding.
pub(crate) fn planted() -> Vec<(String, String)> {
    (0..PLANTED)
        .map(|number| {
            let name = format!("vendor_secret_{number}");
            (name, format!("planted {number:02} \"\u{e4}\"/+Zq9~7w?k"))
        })
        .collect()
}

/// Everything that was secret in a story: what the sandbox planted, what it drew, what it was sent.
pub(crate) fn secrets_of(world: &World) -> Vec<Secret> {
    let planted = planted().into_iter();
    let drawn = world.sandbox.secrets();
    let drawn = drawn
        .into_iter()
        .map(|drawn| (drawn.kind.to_owned(), drawn.value));
    let requests = world.sandbox.requests();
    let sent = requests.iter().flat_map(sent);
    let by_value: BTreeMap<String, String> = planted
        .chain(drawn)
        .chain(sent)
        .map(|(name, value)| (value, name))
        // Shorter ones a story has typed or made up.
        .filter(|(value, _)| value.len() >= 8)
        .collect();
    let secrets = by_value.into_iter();
    secrets
        .map(|(value, name)| Secret::new(name, value))
        .collect()
}

/// The secrets that the keychain holds, for stories whose sandbox is out of reach.
pub(crate) fn secrets_in_keychain(desktop: &Desktop) -> Result<Vec<Secret>> {
    let mut secrets = Vec::new();
    for item in desktop.keychain_items()? {
        // The item of a client is the client secret itself.
        let Ok(fields) = serde_json::from_slice::<BTreeMap<String, Value>>(&item.secret) else {
            secrets.push(Secret::new("client secret", item.secret));
            continue;
        };
        for name in ["access_token", "refresh_token"] {
            if let Some(value) = fields.get(name).and_then(Value::as_str) {
                secrets.push(Secret::new(name, value));
            }
        }
    }
    ensure!(!secrets.is_empty(), "there is no secret in the keychain");
    Ok(secrets)
}

/// Searches everything for these secrets.
///
/// # Errors
/// One of them was found, or too little was searched.
pub(crate) fn after_story(desktop: &Desktop, secrets: &[Secret]) -> Result<()> {
    let outcome = searched(desktop, secrets)?;
    ensure!(outcome.hits.is_empty(), "leaked: {:#?}", outcome.hits);
    // The long runs and benchmarks search as well, but they are no stories.
    if env!("CARGO_CRATE_NAME") != "stories" {
        return Ok(());
    }
    let mut so_far = SEARCHED.lock().unwrap_or_else(PoisonError::into_inner);
    so_far.0 += 1;
    so_far.1 += secrets.len();
    let command = "cargo test -p keyfob-desktop --test stories";
    figures::record("leak-scans", to_figure(so_far.0)?, "stories", command)?;
    figures::record(
        "leak-scan-secrets",
        to_figure(so_far.1)?,
        "secrets",
        command,
    )
}

/// Searches everything, and tells how much that was.
pub(crate) fn searched(desktop: &Desktop, secrets: &[Secret]) -> Result<Outcome> {
    let evidence = desktop.evidence();
    let texts: Vec<(&str, &[u8])> = evidence
        .iter()
        .map(|(place, text)| (place.as_str(), text.as_slice()))
        .collect();
    let roots = [desktop.home_dir(), desktop.log_dir(), desktop.runtime_dir()];
    let roots: Vec<_> = roots.iter().map(|root| root.as_path()).collect();
    search(&roots, &texts, secrets)
}

/// The secrets of one request, each with its name.
fn sent(request: &RecordedRequest) -> Vec<(String, String)> {
    let form = url::form_urlencoded::parse(request.body.as_bytes());
    let mut fields: Vec<(String, String)> = form.into_owned().collect();
    let json: Option<BTreeMap<String, Value>> = serde_json::from_str(&request.body).ok();
    for (name, value) in json.into_iter().flatten() {
        if let Some(text) = value.as_str() {
            fields.push((name, text.to_owned()));
        }
    }
    fields.retain(|(name, _)| FIELDS.contains(&name.as_str()));
    fields
}

fn to_figure(count: usize) -> Result<f64> {
    Ok(f64::from(u32::try_from(count)?))
}
