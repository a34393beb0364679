//! The loopback redirect (RFC 8252 §7.3): a tiny server for one answer (SECURITY 15, 17).
//!
//! Hazard: every program on this computer and, through a browser, every web page can reach it.
//! It reflects nothing, takes one path on one host, and hands the raw address to the engine.

use crate::handle::{EngineHandle, Origin};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use keyfob_domain::authorization::loopback_redirect_uri;
use keyfob_domain::error::{ErrorCode, Problem};
use keyfob_domain::id::ProviderSlug;
use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

const LONGEST_REQUEST: usize = 16 * 1024;
const HEADER_LIMIT: Duration = Duration::from_secs(5);
const MOST_PEERS: usize = 8;

/// Nothing but the page's own style, and the one line that takes the code out of the browser's
/// history; both are named by their hash.
const POLICY: &str = concat!(
    "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; style-src 'sha256-TC/CNqpHgO0eZOdC2Jw4b2kv/mEWKOWjdk26+K3w5gU='; ",
    "script-src 'sha256-UBodp8UhLR9ASBc1PNRKcs3r2CjAFWxCbrUGPN7u1jo='"
);

const RECEIVED: &str = include_str!("loopback/received.html");
const NOT_EXPECTED: &str = include_str!("loopback/not_expected.html");

/// A bound listener that serves nobody yet.
pub(crate) struct Bound {
    listener: TcpListener,
    slug: ProviderSlug,
    port: u16,
}

/// Binds 127.0.0.1 with a port of the system's choice.
///
/// # Errors
/// `port_unavailable`.
pub(crate) async fn bind(slug: &ProviderSlug) -> Result<Bound, Problem> {
    let unavailable = |error: std::io::Error| {
        Problem::with_detail(ErrorCode::PortUnavailable, &error.to_string())
    };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .map_err(unavailable)?;
    let port = listener.local_addr().map_err(unavailable)?.port();
    Ok(Bound {
        listener,
        slug: slug.clone(),
        port,
    })
}

impl Bound {
    /// Gives the redirect URI that is sent.
    pub(crate) fn redirect_uri(&self) -> String {
        loopback_redirect_uri(&self.slug, Some(self.port))
    }

    /// Serves until the token is cancelled: at the first valid answer, at cancel or at the end
    /// of the ten minutes. Answers already begun are finished.
    pub(crate) async fn serve(self, engine: EngineHandle, stop: CancellationToken) {
        let peers = Arc::new(Semaphore::new(MOST_PEERS));
        let take = move |raw| {
            let engine = engine.clone();
            async move { engine.handle_redirect(raw, Origin::Running).await }
        };
        let site = Arc::new(Site::new(&self.slug, self.port, take));
        loop {
            let accepted = tokio::select! {
                () = stop.cancelled() => return,
                accepted = self.listener.accept() => accepted,
            };
            let (Ok((stream, _)), Ok(place)) = (accepted, peers.clone().try_acquire_owned()) else {
                continue;
            };
            let site = site.clone();
            tokio::spawn(async move {
                serve_peer(stream, site).await;
                drop(place);
            });
        }
    }
}

/// The one page there is, and who is told of an address that was asked for there.
pub struct Site<T> {
    take: T,
    host: String,
    path: String,
}

impl<T> Site<T> {
    /// Makes the page of a provider at a port. `take` gets the address as bytes and tells whether
    /// it was the answer to an attempt.
    pub fn new(slug: &ProviderSlug, port: u16, take: T) -> Self {
        Self {
            take,
            host: format!("127.0.0.1:{port}"),
            path: format!("/callback/{slug}"),
        }
    }
}

/// Reads one request of one peer and answers it. The stream may be anything; its bytes are hostile.
pub async fn serve_peer<S, T, F>(stream: S, site: Arc<Site<T>>)
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: Fn(Vec<u8>) -> F,
    F: Future<Output = bool>,
{
    let service = service_fn(move |request| answer(site.clone(), request));
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_LIMIT)
        .max_buf_size(LONGEST_REQUEST)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "a loopback peer went away");
    }
}

async fn answer<T, F>(
    site: Arc<Site<T>>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible>
where
    T: Fn(Vec<u8>) -> F,
    F: Future<Output = bool>,
{
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let host_fits = hosts
        .next()
        .is_some_and(|host| host.as_bytes() == site.host.as_bytes())
        && hosts.next().is_none();
    // An absolute target names a host of its own, which counts more than the header (RFC 9112
    // §3.2.2). Browsers send it to proxies only.
    let is_origin_form = request.uri().authority().is_none();
    let fits = request.method() == Method::GET
        && host_fits
        && is_origin_form
        && request.uri().path() == site.path;
    if !fits {
        return Ok(page(StatusCode::NOT_FOUND, ""));
    }
    // A browser that only looks ahead must not use up the answer.
    let purpose = |name| {
        request
            .headers()
            .get(name)
            .is_some_and(|value| value.as_bytes().starts_with(b"prefetch"))
    };
    if purpose("sec-purpose") || purpose("purpose") {
        return Ok(page(StatusCode::NOT_FOUND, ""));
    }
    let target = request
        .uri()
        .path_and_query()
        .map_or("", |target| target.as_str());
    let raw = format!("http://{}{target}", site.host).into_bytes();
    let taken = (site.take)(raw).await;
    Ok(if taken {
        page(StatusCode::OK, RECEIVED)
    } else {
        page(StatusCode::BAD_REQUEST, NOT_EXPECTED)
    })
}

fn page(status: StatusCode, text: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(text.as_bytes())));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests;
