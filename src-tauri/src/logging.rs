//! Logs go to the standard error stream: typed fields, no bodies, no addresses with a query
//! (SECURITY 115). `KEYFOB_LOG` sets the level of Keyfob's own targets.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

pub(crate) fn start() {
    let own = std::env::var("KEYFOB_LOG")
        .ok()
        .and_then(|level| level.parse::<LevelFilter>().ok());
    let own = own.unwrap_or(LevelFilter::INFO);
    // Libraries that see requests say nothing below a warning, whatever the level.
    let filter = EnvFilter::new(format!(
        "warn,keyfob_desktop={own},keyfob_engine={own},keyfob_domain={own},keyfob_sandbox={own}"
    ));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .init();
}
