//! The listening side: one task per connection, a bounded number of them, and an end that does not
//! wait for hanging answers.
//!
//! It drives the connections itself, because a scripted fault must be able to cut one without an
//! answer. It must only ever listen on loopback.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use crate::error::SandboxError;
use crate::http::{Base, CutConnection};
use crate::pages;
use crate::sandbox::Sandbox;

/// How many connections may be open at once; more wait to be accepted.
const CONNECTIONS: usize = 1024;

/// How long the next request line and headers may take to arrive; an idle connection ends with it.
const HEADER_DEADLINE: Duration = Duration::from_secs(60);

/// How long answers under way may take once the server is asked to stop.
const LAST_ANSWERS: Duration = Duration::from_millis(500);

/// Serves the sandbox until `shutdown` completes; answers under way then get half a second.
///
/// # Errors
/// If the listener is not on loopback. Nothing that a client does ends the server.
pub async fn run(
    listener: TcpListener,
    sandbox: Sandbox,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), SandboxError> {
    let address = listener.local_addr().map_err(SandboxError::Listener)?;
    if !address.ip().is_loopback() {
        return Err(SandboxError::NotLoopback(address));
    }
    let router = pages::router(&sandbox, base(address));
    let (stop, stopped) = watch::channel(false);
    let mut connections = JoinSet::new();
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let mut shutdown = pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            Some(_) = connections.join_next() => {}
            Some((stream, permit)) = accepted(&listener, &room) => {
                let connection = served(stream, router.clone(), stopped.clone());
                connections.spawn(async move {
                    connection.await;
                    drop(permit);
                });
            }
        }
    }
    drop(listener);
    stop.send_replace(true);
    let last_answers = async { while connections.join_next().await.is_some() {} };
    // Dropping what is left ends the connections that hang.
    let _ = tokio::time::timeout(LAST_ANSWERS, last_answers).await;
    Ok(())
}

fn base(address: SocketAddr) -> Base {
    Base(format!("http://{address}"))
}

async fn accepted(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> Option<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let permit = Arc::clone(room).acquire_owned().await.ok()?;
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return Some((stream, permit)),
            // The process is out of descriptors, or the peer has gone already. The first would
            // repeat at once and burn a core.
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

async fn served(stream: TcpStream, router: Router, mut stopped: watch::Receiver<bool>) {
    // Answers are small and waited for: half a body must not linger in the kernel either.
    let _ = stream.set_nodelay(true);
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |request: Request<Incoming>| {
        let answer = router.call(request);
        async move { uncut(answer.await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_DEADLINE)
        .max_buf_size(32 * 1024)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let stop = async move {
        // An error means the server is gone, which is a stop as well.
        let _ = stopped.wait_for(|stopped| *stopped).await;
    };
    // A connection that fails is the client's affair; there is nobody to tell.
    tokio::select! {
        _ = connection.as_mut() => {}
        () = stop => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

/// An error instead of a response makes the connection end without one.
fn uncut(answer: Result<Response<Body>, Infallible>) -> Result<Response<Body>, CutByScript> {
    let Ok(response) = answer;
    match response.extensions().get::<CutConnection>() {
        None => Ok(response),
        Some(CutConnection) => Err(CutByScript),
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the connection was cut as scripted")]
struct CutByScript;
