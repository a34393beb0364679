//! A page driven over WebDriver: the app's window or a page in the browser.
//!
//! Every step waits for its condition and has a limit, and a failure prints what was seen: the
//! page's text, its console and the end of the program's log. The hazard is WebDriver itself,
//! which may hang for ever (screenshots without compositing do), so no answer of it is awaited
//! without a limit.

use std::{fs, future::Future, path::PathBuf, time::Duration};

use anyhow::{Context as _, Result, anyhow};
use serde_json::Value;
use thirtyfour::{By, WebDriver, WebElement, error::WebDriverResult};

use crate::{screens::screen_path, wait::until_async};

/// How long one WebDriver answer may take.
const ANSWER: Duration = Duration::from_secs(15);

/// How long a page may take to show what is waited for.
const SHOW: Duration = Duration::from_secs(20);

/// How much of a text goes into a failure.
const LINES_SHOWN: usize = 40;

/// Keeps what the page says on its console from now on; WebKit has no WebDriver log.
const LISTEN: &str = r#"
if (!window.__seen) {
  window.__seen = [];
  const keep = (kind, words) => window.__seen.push(kind + ": " + words.map(String).join(" "));
  for (const kind of ["error", "warn", "info", "log"]) {
    const real = console[kind];
    console[kind] = (...words) => { keep(kind, words); real.apply(console, words); };
  }
  addEventListener("error", (event) => keep("uncaught", [event.message]));
  addEventListener("unhandledrejection", (event) => keep("unhandled", [event.reason]));
  addEventListener("securitypolicyviolation", (event) => keep("policy", [event.violatedDirective]));
}"#;

/// A page with its WebDriver session.
#[derive(Debug)]
pub struct Page {
    driver: Option<WebDriver>,
    log: PathBuf,
}

impl Page {
    /// Opens a session at the driver on `port`.
    pub(crate) async fn connect(
        port: u16,
        capabilities: thirtyfour::Capabilities,
        log: PathBuf,
    ) -> Result<Self> {
        let driver = WebDriver::builder(format!("http://127.0.0.1:{port}"), capabilities)
            .request_timeout(Duration::from_secs(60))
            .connect()
            .await;
        let mut page = Self { driver: None, log };
        let driver =
            driver.with_context(|| format!("no WebDriver session;\n{}", page.log_tail()))?;
        page.driver = Some(driver);
        page.listen().await?;
        Ok(page)
    }

    /// Waits for the element with this `data-testid`.
    ///
    /// # Errors
    /// It doesn't appear in 20 s.
    pub async fn by_test_id(&self, id: &str) -> Result<WebElement> {
        self.find(&format!("data-testid {id:?}"), by_test_id(id))
            .await
    }

    /// Waits for the element with this `id` attribute.
    ///
    /// # Errors
    /// It doesn't appear in 20 s.
    pub async fn by_id(&self, id: &str) -> Result<WebElement> {
        self.find(&format!("id {id:?}"), By::Id(id.to_owned()))
            .await
    }

    /// Tells whether an element with this `data-testid` is there now.
    ///
    /// # Errors
    /// WebDriver gives no answer.
    pub async fn has(&self, id: &str) -> Result<bool> {
        let driver = self.driver()?;
        let found = self.answer("look", driver.find_all(by_test_id(id))).await?;
        Ok(!found.is_empty())
    }

    /// Returns the visible text of the element with this `data-testid`.
    ///
    /// # Errors
    /// It doesn't appear in 20 s.
    pub async fn text_of(&self, id: &str) -> Result<String> {
        let element = self.by_test_id(id).await?;
        self.answer("read the text", element.text()).await
    }

    /// Returns an attribute of the element with this `data-testid`, if it has it.
    ///
    /// # Errors
    /// The element doesn't appear in 20 s.
    pub async fn attribute_of(&self, id: &str, name: &str) -> Result<Option<String>> {
        let element = self.by_test_id(id).await?;
        self.answer("read an attribute", element.attr(name.to_owned()))
            .await
    }

    /// Clicks the element with this `data-testid` as soon as it can be clicked.
    ///
    /// # Errors
    /// It doesn't appear, or stays covered or disabled for 20 s.
    pub async fn click(&self, id: &str) -> Result<()> {
        self.click_on(&format!("data-testid {id:?}"), by_test_id(id))
            .await
    }

    /// Clicks the element with this `id` attribute as soon as it can be clicked.
    ///
    /// # Errors
    /// It doesn't appear, or stays covered or disabled for 20 s.
    pub async fn click_id(&self, id: &str) -> Result<()> {
        self.click_on(&format!("id {id:?}"), By::Id(id.to_owned()))
            .await
    }

    /// Clicks the first element that a CSS selector matches, for pages of others.
    ///
    /// # Errors
    /// None appears, or it stays covered or disabled for 20 s.
    pub async fn click_css(&self, css: &str) -> Result<()> {
        self.click_on(css, By::Css(css.to_owned())).await
    }

    /// Replaces the text of the field with this `data-testid`, key by key.
    ///
    /// # Errors
    /// The field doesn't appear or takes no keys.
    pub async fn type_into(&self, id: &str, text: &str) -> Result<()> {
        let what = format!("data-testid {id:?}");
        self.type_keys(&what, by_test_id(id), text).await
    }

    /// Replaces the text of the first field that a CSS selector matches, for pages of others.
    ///
    /// # Errors
    /// The field doesn't appear or takes no keys.
    pub async fn type_into_css(&self, css: &str, text: &str) -> Result<()> {
        self.type_keys(css, By::Css(css.to_owned()), text).await
    }

    /// Waits until a JavaScript expression is true in the page. `what` names it in a failure.
    ///
    /// # Errors
    /// It isn't true within 20 s.
    pub async fn wait_until(&self, what: &str, expression: &str) -> Result<()> {
        let script = format!("return Boolean({expression});");
        let seen = until_async(SHOW, what, async || {
            // A page that is just loading has no answer; the next one may.
            let value = self.try_execute(&script).await.ok()?;
            (value == Value::Bool(true)).then_some(())
        })
        .await;
        self.explain(seen).await
    }

    /// Runs the body of a JavaScript function in the page and returns its value.
    ///
    /// # Errors
    /// The script throws or doesn't end in 15 s.
    pub async fn execute(&self, script: &str) -> Result<Value> {
        let value = self.try_execute(script).await;
        self.explain(value).await
    }

    /// Returns the document as it is now, serialised.
    ///
    /// # Errors
    /// WebDriver gives no answer.
    pub async fn source(&self) -> Result<String> {
        self.answer("read the source", self.driver()?.source())
            .await
    }

    /// Returns all visible text of the page.
    ///
    /// # Errors
    /// WebDriver gives no answer.
    pub async fn text(&self) -> Result<String> {
        let text = self
            .try_execute("return document.body ? document.body.innerText : '';")
            .await?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// Returns what the page said on its console since the session or the last navigation began,
    /// with uncaught errors and violations of its policy, one line each.
    ///
    /// # Errors
    /// WebDriver gives no answer.
    pub async fn console(&self) -> Result<Vec<String>> {
        let seen = self.try_execute("return window.__seen || [];").await?;
        serde_json::from_value(seen).context("the console isn't a list of texts")
    }

    /// Loads an address.
    ///
    /// # Errors
    /// It can't be loaded in 15 s.
    pub async fn visit(&self, url: &str) -> Result<()> {
        self.answer("load the page", self.driver()?.goto(url.to_owned()))
            .await?;
        self.listen().await
    }

    /// Returns the address of the page.
    ///
    /// # Errors
    /// WebDriver gives no answer.
    pub async fn url(&self) -> Result<String> {
        let url = self
            .answer("read the address", self.driver()?.current_url())
            .await?;
        Ok(url.to_string())
    }

    /// Saves a picture of the page as `target/screens/<name>.png` and returns its path.
    ///
    /// # Errors
    /// WebDriver gives no picture (it hangs without compositing) or the file can't be written.
    pub async fn screenshot(&self, name: &str) -> Result<PathBuf> {
        let png = self
            .answer("take a picture", self.driver()?.screenshot_as_png())
            .await?;
        let path = screen_path(name);
        if let Some(dir) = path.parent() {
            fs::create_dir_all(dir).with_context(|| format!("can't create {}", dir.display()))?;
        }
        fs::write(&path, png).with_context(|| format!("can't write {}", path.display()))?;
        Ok(path)
    }

    /// Returns the WebDriver session, for what has no method here. It has no limits of its own.
    ///
    /// # Errors
    /// The session is closed.
    pub fn driver(&self) -> Result<&WebDriver> {
        self.driver.as_ref().context("the session is closed")
    }

    /// Ends the session, and with it the window.
    pub(crate) async fn quit(&mut self) -> Result<()> {
        let Some(driver) = self.driver.take() else {
            return Ok(());
        };
        tokio::time::timeout(ANSWER, driver.quit())
            .await
            .map_err(|_| anyhow!("the session doesn't end"))?
            .context("the session can't be ended")
    }

    /// Forgets the session without a request; for when its driver is gone.
    pub(crate) fn forget(&mut self) {
        if let Some(driver) = self.driver.take() {
            // Only fails where the session was quit already.
            let _ = driver.leak();
        }
    }

    async fn listen(&self) -> Result<()> {
        self.try_execute(LISTEN).await.map(drop)
    }

    async fn find(&self, what: &str, by: By) -> Result<WebElement> {
        let driver = self.driver()?;
        let found = until_async(SHOW, &format!("the element with {what}"), async || {
            self.answer("look", driver.find(by.clone())).await.ok()
        })
        .await;
        self.explain(found).await
    }

    async fn type_keys(&self, what: &str, by: By, text: &str) -> Result<()> {
        self.find(what, by.clone()).await?;
        self.act_on(&format!("keys for {what}"), by, async |field| {
            field.clear().await?;
            field.send_keys(text).await
        })
        .await
    }

    async fn click_on(&self, what: &str, by: By) -> Result<()> {
        let what = format!("a click on {what}");
        self.act_on(&what, by, async |element| element.click().await)
            .await
    }

    /// Brings an element into the middle of what is visible and acts on it, again and again until
    /// it takes it: a page that is still arranging itself moves under the pointer.
    async fn act_on(
        &self,
        what: &str,
        by: By,
        act: impl AsyncFn(&WebElement) -> WebDriverResult<()>,
    ) -> Result<()> {
        let mut last = String::new();
        let driver = self.driver()?;
        let done = until_async(SHOW, what, async || {
            let attempt = async {
                // Looked up anew each time: the page may replace it between two looks.
                let element = driver.find(by.clone()).await?;
                element.scroll_into_view().await?;
                act(&element).await
            };
            match self.answer(what, attempt).await {
                Ok(()) => Some(()),
                Err(error) => {
                    last = format!("{error:#}");
                    None
                }
            }
        })
        .await
        .map_err(|error| error.context(last));
        self.explain(done).await
    }

    async fn try_execute(&self, script: &str) -> Result<Value> {
        let ret = self
            .answer(
                "run a script",
                self.driver()?.execute(script.to_owned(), vec![]),
            )
            .await?;
        Ok(ret.json().clone())
    }

    async fn answer<T>(
        &self,
        what: &str,
        request: impl Future<Output = WebDriverResult<T>>,
    ) -> Result<T> {
        tokio::time::timeout(ANSWER, request)
            .await
            .map_err(|_| anyhow!("WebDriver doesn't {what} within {ANSWER:?}"))?
            .with_context(|| format!("WebDriver can't {what}"))
    }

    /// Adds what can be seen to a failure.
    async fn explain<T>(&self, outcome: Result<T>) -> Result<T> {
        let Err(error) = outcome else {
            return outcome;
        };
        let text = self.text().await.unwrap_or_else(|why| format!("({why:#})"));
        let console = self.console().await.unwrap_or_default();
        Err(anyhow!(
            "{error:#}\n--- the page says\n{}\n--- its console\n{}\n{}",
            text.lines()
                .take(LINES_SHOWN)
                .collect::<Vec<_>>()
                .join("\n"),
            tail(&console),
            self.log_tail(),
        ))
    }

    fn log_tail(&self) -> String {
        let log = fs::read(&self.log).unwrap_or_default();
        let lines: Vec<String> = String::from_utf8_lossy(&log)
            .lines()
            .map(str::to_owned)
            .collect();
        format!("--- the end of {}\n{}", self.log.display(), tail(&lines))
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        // The session ends with its driver; a request from here could only block.
        self.forget();
    }
}

fn by_test_id(id: &str) -> By {
    By::Css(format!("[data-testid=\"{id}\"]"))
}

fn tail(lines: &[String]) -> String {
    lines[lines.len().saturating_sub(LINES_SHOWN)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_end_of_a_long_log_is_shown() {
        let lines: Vec<String> = (0..100).map(|n| n.to_string()).collect();
        let shown = tail(&lines);
        assert!(
            shown.starts_with("60\n") && shown.ends_with("\n99"),
            "{shown}"
        );
    }
}
