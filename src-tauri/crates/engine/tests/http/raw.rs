//! A server that answers with the bytes it is told to and keeps what it was sent.

use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What is done after the request has been read.
#[derive(Clone)]
pub(crate) enum Then {
    /// These bytes are sent and the connection is closed.
    Answer(Vec<u8>),
    /// The connection is reset.
    Reset,
    /// These bytes are sent and nothing follows.
    Hang(Vec<u8>),
}

pub(crate) struct Raw {
    pub(crate) base: String,
    requests: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Drop for Raw {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Raw {
    /// Answers every request in the same way.
    pub(crate) async fn start(then: Then) -> Self {
        Self::answering(move |_| then.clone()).await
    }

    /// Answers each request as its target says.
    pub(crate) async fn answering(then: impl Fn(&str) -> Then + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let kept = requests.clone();
        let task = tokio::spawn(async move {
            let mut hanging = Vec::new();
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let request = read(&mut stream).await;
                let then = then(target(&request));
                kept.lock().unwrap().push(request);
                match then {
                    Then::Answer(bytes) => {
                        // A client that reads no further is part of some tests.
                        let _ = stream.write_all(&bytes).await;
                        let _ = stream.shutdown().await;
                    }
                    Then::Reset => stream.set_zero_linger().unwrap(),
                    Then::Hang(bytes) => {
                        stream.write_all(&bytes).await.unwrap();
                        hanging.push(stream);
                    }
                }
            }
        });
        Self {
            base,
            requests,
            task,
        }
    }

    /// Gives every request as it came, head and body.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// Gives what was asked for, in order.
    pub(crate) fn targets(&self) -> Vec<String> {
        let requests = self.requests();
        requests
            .iter()
            .map(|request| target(request).to_owned())
            .collect()
    }
}

/// Gives the target of a request as it stands in its first line.
fn target(request: &str) -> &str {
    request.split(' ').nth(1).unwrap_or_default()
}

/// Reads one request: its head, and as much body as the head says.
async fn read(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let head = text.windows(4).position(|four| four == b"\r\n\r\n");
        if let Some(head) = head {
            let lines = String::from_utf8_lossy(&text[..head]).to_lowercase();
            let length = lines
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.map_or(0, |length| length.trim().parse().unwrap());
            if text.len() >= head + 4 + length {
                return String::from_utf8_lossy(&text).into_owned();
            }
        }
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return String::from_utf8_lossy(&text).into_owned(),
            Ok(read) => text.extend_from_slice(&buffer[..read]),
        }
    }
}

/// An answer with these headers and this body; the length is added.
pub(crate) fn http(status: &str, headers: &[&str], body: &[u8]) -> Then {
    let mut head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n", body.len());
    for header in headers {
        head.push_str(header);
        head.push_str("\r\n");
    }
    head.push_str("Connection: close\r\n\r\n");
    Then::Answer([head.as_bytes(), body].concat())
}

pub(crate) fn json(status: &str, body: &str) -> Then {
    http(status, &["Content-Type: application/json"], body.as_bytes())
}
