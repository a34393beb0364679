//! A page that has been taken over: whatever its scripts try, they get no further than the
//! commands, and no message of theirs brings the core down.

use crate::world::{World, shown};
use anyhow::{Result, ensure};

#[tokio::test(flavor = "multi_thread")]
async fn security_92_no_script_leads_the_window_away() -> Result<()> {
    let world = World::new().await?;
    let window = world.window().await?;
    window
        .wait_until("the first screen", &shown("first-run"))
        .await?;
    let home = window.url().await?;
    let targets = [
        world.origin.clone(),
        "https://example.invalid/".into(),
        "http://tauri.localhost.evil.invalid/".into(),
        "http://dev.keyfob.desktop.evil.invalid/".into(),
        "file:///etc/passwd".into(),
        "data:text/html,<h1>gone</h1>".into(),
        "javascript:document.body.textContent='gone'".into(),
        "dev.keyfob.desktop:/callback/mio?code=a&state=b".into(),
    ];
    for target in &targets {
        let target = serde_json::json!(target);
        for vector in [
            format!("location.href = {target}"),
            format!("location.replace({target})"),
            format!("window.open({target})"),
            format!(
                "const a = document.createElement('a'); a.href = {target}; document.body.append(a); a.click(); a.remove()"
            ),
            format!(
                "const a = document.createElement('a'); a.href = {target}; a.target = '_blank'; document.body.append(a); a.click(); a.remove()"
            ),
            format!(
                "const f = document.createElement('form'); f.action = {target}; f.method = 'post'; document.body.append(f); f.submit(); f.remove()"
            ),
            format!(
                "const m = document.createElement('meta'); m.httpEquiv = 'refresh'; m.content = '0;url=' + {target}; document.head.append(m)"
            ),
            format!(
                "const i = document.createElement('iframe'); i.src = {target}; document.body.append(i); i.remove()"
            ),
            format!(
                "const s = document.createElement('script'); s.src = {target}; document.head.append(s); s.remove()"
            ),
            format!("fetch({target}).catch(() => {{}})"),
        ] {
            // A vector that throws has led nowhere either.
            let _ = window
                .execute(&format!("try {{ {vector} }} catch (error) {{}}"))
                .await?;
        }
    }
    window
        .wait_until("the first screen, still", &shown("first-run"))
        .await?;
    ensure!(window.url().await? == home, "{}", window.url().await?);
    ensure!(
        window.driver()?.windows().await?.len() == 1,
        "no second window"
    );
    ensure!(
        world.sandbox.requests().is_empty(),
        "nothing was fetched: {:?}",
        world.sandbox.requests().len()
    );
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn security_86_95_no_message_of_the_page_brings_the_core_down() -> Result<()> {
    let world = World::new().await?;
    let window = world.window().await?;
    window
        .wait_until("the first screen", &shown("first-run"))
        .await?;
    let script = "
        const commands = ['ask','cancel_attempt','connect','copy_link','dismiss_attempt','dismiss_notice','open_link',
          'open_page_again','reconnect','reload_summary','rename_connection','renew','revoke','set_up_provider'];
        const foreign = ['plugin:event|listen','plugin:event|emit','plugin:shell|open','plugin:opener|open_url',
          'plugin:deep-link|get_current','plugin:window|create','plugin:webview|internal_toggle_devtools','no_such_command'];
        const names = ['providerSlug','connectionId','attemptId','clientId','clientSecret','question','link','id','name','ending'];
        let seed = 7;
        const random = (below) => { seed = (seed * 1103515245 + 12345) % 2147483648; return seed % below; };
        const values = [null, true, -1, 1e308, '', 'x'.repeat(5000), '\\u0000\\u202e', '../..', [], {}, [[[[]]]], {kind: 'providerAccount'},
          {kind: 'nothing', slug: 7}, '01a1fc71-a9ed-714d-94ae-2a49018c854a', 'mio', NaN];
        const value = () => values[random(values.length)];
        window.__answers = { refused: 0, taken: [], foreign: 0, done: false };
        const invoke = window.__TAURI_INTERNALS__.invoke;
        (async () => {
          for (let round = 0; round < 100; round++) {
            await Promise.all(Array.from({ length: 100 }, async () => {
              const command = commands[random(commands.length)];
              const payload = {};
              for (let field = random(5); field >= 0; field--) payload[names[random(names.length)]] = value();
              try { await invoke(command, payload); window.__answers.taken.push([command, JSON.stringify(payload)]); }
              catch { window.__answers.refused++; }
            }));
          }
          for (const command of foreign) {
            try { await invoke(command, {}); } catch { window.__answers.foreign++; }
          }
          window.__answers.done = true;
        })();";
    window.execute(script).await?;
    window
        .wait_until("ten thousand answers", "window.__answers.done")
        .await?;
    let answers = window.execute("return window.__answers").await?;
    ensure!(answers["foreign"] == 8, "security_85: {answers}");
    let refused = answers["refused"].as_u64().unwrap_or_default();
    let taken = answers["taken"]
        .as_array()
        .map(Vec::len)
        .unwrap_or_default() as u64;
    ensure!(
        refused + taken == 10_000 && refused > 9_000,
        "{refused} refused, {taken} taken"
    );
    ensure!(!window.log().contains("panicked"), "{}", window.log());
    window.close().await
}
