//! A small web site on loopback: a page for each path, and a list of what was asked.

use axum::Router;
use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// What a path has.
#[derive(Clone)]
pub(crate) enum Page {
    Json(Value),
    Html(&'static str),
    /// The JSON, with blanks up to this length.
    Long(Value, usize),
    /// The status and where it leads.
    Redirect(u16, String),
    /// Nothing but a status.
    Status(u16),
    /// No answer, ever.
    Silence,
}

pub(crate) struct Site {
    pub(crate) base: String,
    asked: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Drop for Site {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Site {
    /// Starts it with the pages that are made for its base; any other path answers 404.
    pub(crate) async fn start(pages: impl FnOnce(&str) -> Vec<(String, Page)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let pages: Arc<HashMap<_, _>> = Arc::new(pages(&base).into_iter().collect());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let kept = asked.clone();
        let answer = move |uri: Uri| {
            kept.lock().unwrap().push(uri.to_string());
            let page = pages.get(uri.path()).cloned();
            async move {
                match page {
                    Some(page) => page.answer().await,
                    None => StatusCode::NOT_FOUND.into_response(),
                }
            }
        };
        let app = Router::new().fallback(answer);
        let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { base, asked, task }
    }

    /// Gives what was asked for, sorted.
    pub(crate) fn asked(&self) -> Vec<String> {
        let mut asked = self.asked.lock().unwrap().clone();
        asked.sort();
        asked
    }
}

impl Page {
    async fn answer(self) -> Response {
        let json = |text: String| ([(CONTENT_TYPE, "application/json")], text).into_response();
        match self {
            Self::Json(value) => json(value.to_string()),
            Self::Html(text) => ([(CONTENT_TYPE, "text/html")], text).into_response(),
            Self::Long(value, length) => {
                let text = value.to_string();
                json(format!("{text}{}", " ".repeat(length - text.len())))
            }
            Self::Redirect(status, to) => {
                let answer = Response::builder().status(status).header(LOCATION, to);
                answer.body(Body::empty()).unwrap()
            }
            Self::Status(status) => StatusCode::from_u16(status).unwrap().into_response(),
            Self::Silence => std::future::pending().await,
        }
    }
}
