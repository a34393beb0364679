//! What stays after a restart, and what must never be found anywhere.

use crate::world::{World, says, shown};
use anyhow::{Context, Result, ensure};
use keyfob_sandbox::Endpoint;
use keyfob_test_support::leaks::{Secret, search, texts_of_process};

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_keeps_everything() -> Result<()> {
    let world = World::new().await?;
    let window = world.window().await?;
    world.connect(&window, "ada").await?;
    window
        .wait_until("the summary", &shown("summary-text"))
        .await?;
    let summary = window.text_of("summary-text").await?;
    window.click("rename").await?;
    window
        .type_into("rename-input", "Analytical engine")
        .await?;
    window.click("rename-save").await?;
    window
        .wait_until("the name", &says("detail", "Analytical engine"))
        .await?;
    window.close().await?;
    let requests = world.sandbox.requests().len();

    let window = world.window().await?;
    window
        .wait_until("the name", &says("detail", "Analytical engine"))
        .await?;
    ensure!(window.text_of("summary-text").await? == summary);
    ensure!(
        world.sandbox.requests().len() == requests,
        "a start asks nothing of the provider while all is fresh"
    );
    window
        .type_into("question-input", "What does she prefer?")
        .await?;
    window.click("question-send").await?;
    window.wait_until("the answer", &shown("answer")).await?;
    ensure!(
        world.sandbox.request_count(Endpoint::Token) == 1,
        "the token in the keychain was still good"
    );
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn security_12_94_115_116_secrets_are_in_the_keychain_and_nowhere_else() -> Result<()> {
    let world = World::new().await?;
    let window = world.window().await?;
    world.connect(&window, "ada").await?;
    window
        .wait_until("the summary", &shown("summary-text"))
        .await?;
    window
        .type_into("question-input", "Who is her manager?")
        .await?;
    window.click("question-send").await?;
    window.wait_until("the answer", &shown("answer")).await?;
    let mut secrets = vec![
        Secret::new("authorization code", world.sent_to_token_endpoint("code")?),
        Secret::new(
            "code verifier",
            world.sent_to_token_endpoint("code_verifier")?,
        ),
    ];
    note_tokens(&world, "first", &mut secrets)?;
    window.click("renew").await?;
    let renewed = "!document.querySelector('[data-testid=detail]').innerText.includes('Not yet')";
    window.wait_until("the renewal", renewed).await?;
    note_tokens(&world, "second", &mut secrets)?;
    let (_, client_secret) = world.client()?;
    secrets.push(Secret::new("client secret", client_secret));

    let transcript = window
        .execute("return (window.__KEYFOB_TRANSCRIPT__ ?? []).join('\\n')")
        .await?;
    let transcript = transcript.as_str().context("no transcript")?.to_owned();
    for part in [
        "ipc://localhost/subscribe",
        "\"type\":\"snapshot\"",
        "ipc://localhost/ask",
        "summary",
    ] {
        ensure!(
            transcript.contains(part) || transcript.contains(&part.replace('"', "\\\"")),
            "the transcript lacks {part}: it would prove nothing"
        );
    }
    let page = window.source().await?;
    let log = window.log();
    let processes = world.desktop.processes();
    let app = processes
        .iter()
        .find(|process| process.name == "keyfob-desktop")
        .context("no app")?;
    let mut texts = texts_of_process(app.pid)?;
    texts.push(("IPC transcript".into(), transcript.into_bytes()));
    texts.push(("page".into(), page.into_bytes()));
    texts.push(("log".into(), log.into_bytes()));
    let texts: Vec<(&str, &[u8])> = texts
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_slice()))
        .collect();
    let outcome = search(
        &[&world.desktop.home_dir(), &world.desktop.log_dir()],
        &texts,
        &secrets,
    )?;
    let outside_keychain: Vec<_> = outcome
        .hits
        .iter()
        .filter(|hit| !hit.place.contains("/keyrings/"))
        .collect();
    ensure!(outside_keychain.is_empty(), "{outside_keychain:?}");
    ensure!(outcome.files > 3, "the search read {} files", outcome.files);
    window.close().await
}

fn note_tokens(world: &World, which: &str, secrets: &mut Vec<Secret>) -> Result<()> {
    let item = world.connection_items()?.pop().context("no item")?;
    for field in ["refresh_token", "access_token"] {
        let token = item[field].as_str().context("no token")?.to_owned();
        secrets.push(Secret::new(format!("{which} {field}"), token));
    }
    Ok(())
}
