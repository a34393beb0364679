//! `keyfob-sandbox`: the sandbox as a program of its own, for trying things out by hand and for tests
//! in other languages.
//!
//! It prints one line of JSON, the addresses and the credentials of a fresh client for each provider,
//! and serves until it is interrupted. The credentials are worth nothing beyond this process and its state file.

mod arguments;

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use keyfob_sandbox::{
    ClientRegistration, Config, Face, IssuedClient, MavioManners, MioManners, Notice, OauthManners,
    OidcManners, Sandbox, quirks, run,
};
use tokio::net::TcpListener;

use crate::arguments::{Arguments, Parsed};

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = match arguments::parse(std::env::args_os().skip(1)) {
        Ok(Parsed::Serve(arguments)) => arguments,
        Ok(Parsed::Help) => return say(arguments::USAGE),
        Ok(Parsed::Quirks) => return say(&list()),
        Err(sentence) => {
            complain(&sentence);
            return ExitCode::from(2);
        }
    };
    match serve(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&format!("{error:#}"));
            ExitCode::from(2)
        }
    }
}

async fn serve(arguments: Arguments) -> anyhow::Result<()> {
    let mut config = Config {
        state_file: arguments.state.clone(),
        ..Config::default()
    };
    if arguments.pessimist {
        config.mio = MioManners::pessimist();
        config.mavio = MavioManners::pessimist();
        config.oauth = OauthManners::pessimist();
        config.oidc = OidcManners::pessimist();
    }
    let listener = TcpListener::bind(arguments.listen).await.with_context(|| {
        format!(
            "Can't listen on {}. Choose another port, or 0 for any free one",
            arguments.listen
        )
    })?;
    let sandbox = Sandbox::new(config)?;
    if let Some(seconds) = arguments.lifetime {
        sandbox.set_access_token_lifetime(Duration::from_secs(seconds));
    }
    for quirk in &arguments.quirks {
        sandbox.play(quirk);
    }
    let mut clients = Vec::new();
    for face in [Face::Mio, Face::Mavio, Face::Oauth, Face::Oidc] {
        let client = sandbox.issue_client(ClientRegistration {
            face,
            name: "Keyfob".to_owned(),
            redirect_uris: arguments.redirect_uris(&format!("{}-sandbox", face.slug())),
        })?;
        clients.push((face, client));
    }
    for notice in sandbox.notices() {
        complain(&sentence_for(&notice));
    }
    // Before the line is printed: whoever reads it may end the program at once.
    let stopped = interrupted()?;
    announce(&listener, &clients)?;
    run(listener, sandbox, stopped).await?;
    Ok(())
}

fn list() -> String {
    let lines = quirks::all().map(|quirk| format!("{:<40} {}", quirk.name, quirk.does));
    lines.collect::<Vec<_>>().join("\n")
}

fn announce(listener: &TcpListener, clients: &[(Face, IssuedClient)]) -> anyhow::Result<()> {
    let base = format!("http://{}", listener.local_addr()?);
    let mut line = serde_json::json!({ "base": base });
    for (face, client) in clients {
        let slug = face.slug();
        line[slug] = serde_json::json!({
            "base": format!("{base}/{slug}"),
            "client_id": client.client_id,
            "client_secret": client.client_secret,
        });
    }
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()?;
    Ok(())
}

fn sentence_for(notice: &Notice) -> String {
    match notice {
        Notice::BrokenStateFile { kept_at } => format!(
            "The state file could not be understood and was kept as {}. Earlier connections to \
             this sandbox have to be made again.",
            kept_at.display()
        ),
        Notice::StateNotSaved { reason } => {
            format!("The state is not saved: {reason}. It is lost when the sandbox ends.")
        }
    }
}

/// Completes at SIGINT or SIGTERM; listens for them from the moment it is called.
#[cfg(unix)]
fn interrupted() -> anyhow::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Completes at Ctrl+C; where it cannot be listened for, the program ends with its console.
#[cfg(not(unix))]
fn interrupted() -> anyhow::Result<impl Future<Output = ()> + Send + 'static> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

fn say(text: &str) -> ExitCode {
    match writeln!(std::io::stdout(), "{text}") {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn complain(sentence: &str) {
    // Nobody is left to tell if standard error is closed.
    let _ = writeln!(std::io::stderr(), "keyfob-sandbox: {sentence}");
}
