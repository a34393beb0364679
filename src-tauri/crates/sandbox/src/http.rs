//! What every endpoint does alike: reading a bounded body, recording, scripted faults, JSON answers,
//! headers.
//!
//! Hazard: [`CutConnection`] is a mark on a response that only [`crate::server`] obeys; a response
//! that carries it is never sent.

use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::MethodRouter;
use futures_util::stream;
use serde_json::{Map, Value, json};

use crate::pages::wrong_method;
use crate::recording::{Endpoint, RecordedRequest};
use crate::sandbox::Sandbox;
use crate::script::{Reply, Scripted};

/// The largest body any endpoint reads.
pub(crate) const BODY_LIMIT: usize = 64 * 1024;

/// How long a body may take to arrive.
const BODY_DEADLINE: Duration = Duration::from_secs(10);

/// Where the sandbox is reached, e.g. `http://127.0.0.1:4321`; known once it listens.
#[derive(Debug, Clone)]
pub(crate) struct Base(pub(crate) String);

/// Marks a response in whose place the connection is cut.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CutConnection;

/// The routes of a face below `root`, each with [`observed`] around it. They carry their whole path: a
/// nested router would see, and record, a shortened one.
pub(crate) fn observed_router(
    sandbox: &Sandbox,
    root: &str,
    routes: impl IntoIterator<Item = (&'static str, MethodRouter<Sandbox>, Endpoint)>,
) -> Router {
    let router = routes
        .into_iter()
        .fold(Router::new(), |router, (path, route, endpoint)| {
            // Inside the layer, so that a wrong method is recorded too: a client that repeats its
            // POST as a GET must not go unseen.
            let route = route.fallback(wrong_method);
            let layer = from_fn_with_state((sandbox.clone(), endpoint), observed);
            router.route(&format!("{root}{path}"), route.layer(layer))
        });
    router.with_state(sandbox.clone())
}

/// Stands around an endpoint: takes the body in, counts and records the request, and does what is
/// scripted.
async fn observed(
    State((sandbox, endpoint)): State<(Sandbox, Endpoint)>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let body = match tokio::time::timeout(BODY_DEADLINE, to_bytes(body, BODY_LIMIT)).await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => {
            return json_error(
                StatusCode::PAYLOAD_TOO_LARGE,
                "invalid_request",
                "the body is broken or larger than 64 KiB",
            );
        }
        Err(_) => {
            return json_error(
                StatusCode::REQUEST_TIMEOUT,
                "invalid_request",
                "the body did not arrive within 10 seconds",
            );
        }
    };
    if sandbox.recording().keeps() {
        sandbox
            .recording()
            .keep(recorded(endpoint, &parts, &body, sandbox.now()));
    }
    let scripted = sandbox
        .next_scripted(endpoint)
        .or_else(|| sandbox.played(endpoint, &body));
    sandbox.recording().count(endpoint);
    let request = Request::from_parts(parts, Body::from(body));
    match scripted {
        None => next.run(request).await,
        Some(scripted) => perform(scripted, request, next).await,
    }
}

/// Does what was scripted to one request.
async fn perform(scripted: Scripted, request: Request, next: Next) -> Response {
    match scripted {
        Scripted::Answer {
            status,
            content_type,
            headers,
            body,
        } => answer(status, content_type, headers, body),
        Scripted::Change(change) => changed(next.run(request).await, change).await,
        Scripted::Delay(duration) => {
            tokio::time::sleep(duration).await;
            next.run(request).await
        }
        Scripted::Gate(gate) => {
            gate.pass().await;
            next.run(request).await
        }
        Scripted::CloseBeforeHeaders => cut(),
        Scripted::LoseAnswer => {
            next.run(request).await;
            cut()
        }
        Scripted::CloseMidBody => cut_mid_body(next.run(request).await).await,
        Scripted::Hang => std::future::pending().await,
    }
}

fn answer(
    status: u16,
    content_type: Option<String>,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
) -> Response {
    let typed = content_type.map(|content_type| ("content-type".to_owned(), content_type));
    let mut response = Response::new(Body::from(body));
    let valid = (|| {
        *response.status_mut() = StatusCode::from_u16(status).ok()?;
        for (name, value) in typed.into_iter().chain(headers) {
            let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
            response
                .headers_mut()
                .append(name, HeaderValue::from_str(&value).ok()?);
        }
        Some(())
    })();
    match valid {
        Some(()) => response,
        None => json_error(
            StatusCode::INTERNAL_SERVER_ERROR,
            "server_error",
            "the scripted answer has an impossible status or header",
        ),
    }
}

async fn changed(response: Response, change: fn(&mut Reply)) -> Response {
    let (parts, body) = response.into_parts();
    let Ok(body) = to_bytes(body, usize::MAX).await else {
        return cut();
    };
    let mut reply = Reply::received(&parts, &body);
    change(&mut reply);
    let Reply {
        status,
        headers,
        body,
    } = reply;
    answer(status, None, headers, body)
}

fn cut() -> Response {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(CutConnection);
    response
}

/// Announces the whole body, sends half of it, then fails the stream, which ends the connection.
async fn cut_mid_body(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(whole) = to_bytes(body, usize::MAX).await else {
        return cut();
    };
    // An empty body is announced as one byte, so that the cut shows here too.
    let announced = whole.len().max(1);
    parts
        .headers
        .insert(header::CONTENT_LENGTH, HeaderValue::from(announced));
    let half = whole.slice(..whole.len() / 2);
    let halves = stream::unfold(Some(half), |half| async move {
        match half {
            Some(half) if !half.is_empty() => Some((Ok(half), Some(Bytes::new()))),
            Some(_) => {
                // A turn of the runtime lets the connection flush what it has before it fails.
                tokio::task::yield_now().await;
                Some((Err(std::io::Error::other("cut by the script")), None))
            }
            None => None,
        }
    });
    Response::from_parts(parts, Body::from_stream(halves))
}

fn recorded(
    endpoint: Endpoint,
    parts: &axum::http::request::Parts,
    body: &Bytes,
    at: i64,
) -> RecordedRequest {
    let lossy = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let header = |(name, value): (&HeaderName, &HeaderValue)| {
        (name.as_str().to_owned(), lossy(value.as_bytes()))
    };
    RecordedRequest {
        endpoint,
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: pairs(parts.uri.query().unwrap_or_default().as_bytes()),
        headers: parts.headers.iter().map(header).collect(),
        body: lossy(body),
        at,
    }
}

/// The decoded pairs of a query or a form.
pub(crate) fn pairs(encoded: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(encoded).into_owned().collect()
}

/// A JSON answer that no cache keeps (RFC 6749 §5.1).
pub(crate) fn json_answer(status: StatusCode, body: &Value) -> Response {
    json_text_answer(status, body.to_string())
}

/// Like [`json_answer`], with a body that is text already.
pub(crate) fn json_text_answer(status: StatusCode, body: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
        (header::PRAGMA, "no-cache"),
    ];
    (status, headers, body).into_response()
}

/// An error in the shape of RFC 6749 §5.2.
pub(crate) fn json_error(status: StatusCode, error: &str, description: &str) -> Response {
    json_answer(
        status,
        &json!({ "error": error, "error_description": description }),
    )
}

/// Reads a JSON object; the error is a sentence for `error_description`.
pub(crate) fn json_object(
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Map<String, Value>, &'static str> {
    if !is_of_type(headers, "application/json") {
        return Err("the body must be JSON, with Content-Type application/json");
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err("the body must be a JSON object"),
        Err(_) => Err("the body is not valid JSON"),
    }
}

/// Reads the pairs of a form; the error is a sentence for `error_description`.
pub(crate) fn form_pairs(
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Vec<(String, String)>, &'static str> {
    if !is_of_type(headers, "application/x-www-form-urlencoded") {
        return Err("the body must be a form, with Content-Type application/x-www-form-urlencoded");
    }
    Ok(pairs(body))
}

fn is_of_type(headers: &HeaderMap, expected: &str) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE);
    let content_type = content_type
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case(expected)
}
