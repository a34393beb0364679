//! The user's own browser. Only addresses that the core built are opened (SECURITY 93).

use async_trait::async_trait;
use keyfob_domain::error::{ErrorCode, Problem};
use keyfob_domain::provider::is_allowed_endpoint;
use keyfob_engine::ports::Browser;
use url::Url;

/// Opens addresses with whatever the desktop uses for them.
pub(crate) struct DesktopBrowser;

#[async_trait]
impl Browser for DesktopBrowser {
    async fn open(&self, url: &Url) -> Result<(), Problem> {
        open(url.clone()).await
    }
}

/// Opens https, or http on loopback, and nothing else.
pub(crate) async fn open(url: Url) -> Result<(), Problem> {
    let failed = |why: &str| Problem::with_detail(ErrorCode::BrowserNotOpened, why);
    if !is_allowed_endpoint(&url) {
        return Err(failed("the address is neither https nor loopback"));
    }
    // Looking for the browser reads files and starts a process: not on the runtime's threads.
    let opened = tokio::task::spawn_blocking(move || {
        tauri_plugin_opener::open_url(url.as_str(), None::<&str>)
    })
    .await;
    match opened {
        Ok(Ok(())) => Ok(()),
        // The library's text may repeat the address, which carries `state`.
        Ok(Err(_)) => Err(failed("no program for web pages could be started")),
        Err(_) => Err(failed("the browser's starter died")),
    }
}
