//! The user with their browser, as far as these servers need one: cookies, redirects and forms. Nothing
//! in here knows OAuth but for the place where the answer goes.

use reqwest::{Client, Response, StatusCode, Url, header};
use std::collections::BTreeMap;

/// So many pages and redirects lie between a request and its answer at most.
const MOST_STEPS: usize = 20;
/// The one user there is; oidc-provider's page asks for neither.
const NAME: &str = "ada";
const PASSWORD: &str = "difference engine";

/// What the user says to the question of the server.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Says {
    Yes,
    No,
}

/// A private window: it begins without cookies.
pub(crate) struct Visitor {
    http: Client,
    cookies: BTreeMap<String, String>,
}

impl Visitor {
    pub(crate) fn new() -> Self {
        let http = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        Self {
            http,
            cookies: BTreeMap::new(),
        }
    }

    /// Goes from an authorization request to its answer, and gives the address that the browser is
    /// sent to with it, without going there.
    pub(crate) async fn sign_in(&mut self, url: &str, says: Says) -> String {
        let mut url = Url::parse(url).unwrap();
        let mut form = None;
        for _ in 0..MOST_STEPS {
            let request = match form.take() {
                None => self.http.get(url.clone()),
                Some(fields) => self.http.post(url.clone()).form(&fields),
            };
            let answer = self.send(request).await;
            if answer.status().is_redirection() {
                let target = answer.headers()[header::LOCATION].to_str().unwrap();
                url = url.join(target).unwrap();
                if url.path().starts_with("/callback/") {
                    return url.into();
                }
                continue;
            }
            let status = answer.status();
            let page = answer.text().await.unwrap();
            assert_eq!(status, StatusCode::OK, "{page}");
            form = Some(filled(&page, says));
        }
        panic!("{MOST_STEPS} pages led nowhere, the last one at {url}");
    }

    /// Opens an address and gives the status; nobody may be there any more.
    pub(crate) async fn open(&mut self, url: &str) -> Option<StatusCode> {
        let answer = self.http.get(url).send().await.ok()?;
        Some(answer.status())
    }

    async fn send(&mut self, request: reqwest::RequestBuilder) -> Response {
        let pairs = self.cookies.iter();
        let cookies: Vec<String> = pairs
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = request.header(header::COOKIE, cookies.join("; "));
        let answer = request.send().await.unwrap();
        for set in answer.headers().get_all(header::SET_COOKIE) {
            let cookie = set.to_str().unwrap();
            let (pair, _) = cookie.split_once(';').unwrap_or((cookie, ""));
            let (name, value) = pair.split_once('=').unwrap();
            // One without a value is taken back.
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }
}

/// The fields of the page's form with the user's answers. It is sent to where the page came from.
fn filled(page: &str, says: Says) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    for tag in page.split('<').filter(|tag| tag.starts_with("input")) {
        let Some(name) = attribute(tag, "name") else {
            continue;
        };
        let value = match name.as_str() {
            "username" => NAME.to_owned(),
            "password" => PASSWORD.to_owned(),
            "allow" if says == Says::No => continue,
            _ => attribute(tag, "value").unwrap_or_default(),
        };
        fields.push((name, value));
    }
    if page.contains("name=\"decision\"") {
        let decision = if says == Says::Yes { "allow" } else { "deny" };
        fields.push(("decision".to_owned(), decision.to_owned()));
    }
    assert!(!fields.is_empty(), "a page without a form: {page}");
    fields
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    let (value, _) = rest.split_once('"')?;
    let marks = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#x27;", "'"),
        ("&amp;", "&"),
    ];
    let mut value = value.to_owned();
    for (escaped, mark) in marks {
        value = value.replace(escaped, mark);
    }
    Some(value)
}
