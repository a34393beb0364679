//! Requests and answers as bytes, taken apart as far as faults need it (RFC 9112).

use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An exchange with a provider that can meet a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exchange {
    /// An authorization code for tokens, at Mio.
    Code,
    /// A refresh token for tokens, at Mio, which rotates.
    Refresh,
    /// A revocation, at the plain face.
    Revoke,
    /// Mio's summary.
    MioSummary,
    /// A question to Mio.
    MioQuestion,
    /// Mavio's meetings.
    MavioMeetings,
    /// Mavio's action items.
    MavioActionItems,
}

/// Every exchange.
pub(crate) const EXCHANGES: [Exchange; 7] = [
    Exchange::Code,
    Exchange::Refresh,
    Exchange::Revoke,
    Exchange::MioSummary,
    Exchange::MioQuestion,
    Exchange::MavioMeetings,
    Exchange::MavioActionItems,
];

pub(super) struct Request {
    head: String,
    pub(super) body: Vec<u8>,
}

/// Reads one request; nothing when the peer goes away first.
pub(super) async fn request(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 8192];
    loop {
        if let Some(end) = end_of_head(&bytes) {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let length = header(&head, "content-length");
            let length: usize = length.map_or(0, |length| length.parse().unwrap());
            if bytes.len() >= end + length {
                let body = bytes[end..end + length].to_vec();
                return Some(Request { head, body });
            }
        }
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return None,
            Ok(read) => bytes.extend_from_slice(&buffer[..read]),
        }
    }
}

/// Hands a request on and gives the whole answer.
pub(super) async fn forward(request: &Request, sandbox: SocketAddr) -> Vec<u8> {
    let mut onward = TcpStream::connect(sandbox).await.unwrap();
    onward.write_all(&request.to_be_closed()).await.unwrap();
    let mut answer = Vec::new();
    onward.read_to_end(&mut answer).await.unwrap();
    answer
}

/// Writes an answer, which ends the connection.
pub(super) async fn send(stream: &mut TcpStream, bytes: &[u8]) -> std::io::Result<()> {
    stream.write_all(bytes).await?;
    stream.shutdown().await
}

impl Request {
    pub(super) fn exchange(&self) -> Option<Exchange> {
        let path = self.head.split(' ').nth(1).unwrap_or_default();
        let (path, _) = path.split_once('?').unwrap_or((path, ""));
        let refresh =
            String::from_utf8_lossy(&self.body).contains(r#""grant_type":"refresh_token""#);
        Some(match path {
            "/mio/v1/auth/oauth2/token" if refresh => Exchange::Refresh,
            "/mio/v1/auth/oauth2/token" => Exchange::Code,
            "/oauth/revoke" => Exchange::Revoke,
            "/mio/v1/context/summary" => Exchange::MioSummary,
            "/mio/v1/context" => Exchange::MioQuestion,
            "/mavio/v1/meetings" => Exchange::MavioMeetings,
            "/mavio/v1/action-items" => Exchange::MavioActionItems,
            _ => return None,
        })
    }

    /// The request with the wish that the connection ends after its answer.
    fn to_be_closed(&self) -> Vec<u8> {
        let head = self.head.strip_suffix("\r\n").unwrap();
        let head = format!("{head}connection: close\r\n\r\n");
        [head.as_bytes(), &self.body].concat()
    }
}

/// A real answer, or an empty one where none was asked for.
#[derive(Default)]
pub(super) struct Answer {
    /// The status line and the headers but for the length.
    pub(super) head: String,
    /// There is always one: an empty body can't be broken.
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn parse(bytes: &[u8]) -> Self {
        let end = end_of_head(bytes).expect("the sandbox answers in HTTP");
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let lines = head.lines().filter(|line| {
            let lower = line.to_ascii_lowercase();
            !line.is_empty() && !lower.starts_with("content-length:")
        });
        let head: String = lines.map(|line| format!("{line}\r\n")).collect();
        let body = bytes[end..].to_vec();
        let body = if body.is_empty() {
            br#"{"a":"body"}"#.to_vec()
        } else {
            body
        };
        Self { head, body }
    }
}

fn end_of_head(bytes: &[u8]) -> Option<usize> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    Some(end + 4)
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}
