//! The bytes of answers, whole and broken.

use super::message::Answer;
use flate2::{Compression, write::GzEncoder};
use keyfob_engine::clock::SystemClock;
use keyfob_engine::ports::Clock;
use std::io::Write;
use std::net::SocketAddr;
use std::sync::LazyLock;
use std::time::{Duration, UNIX_EPOCH};

pub(super) const JSON: &str = "content-type: application/json\r\n";
pub(super) const HTML: &str = "content-type: text/html\r\n";
pub(super) const PAGE: &[u8] =
    b"<!doctype html><title>Welcome</title><p>Sign in to use this network.</p>";

/// Eight mebibytes of blanks.
pub(super) static BOMB: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&vec![b' '; 8 * 1024 * 1024]).unwrap();
    encoder.finish().unwrap()
});

pub(super) fn whole(answer: &Answer) -> Vec<u8> {
    length(answer, answer.body.len(), &answer.body)
}

pub(super) fn half(answer: &Answer, _: SocketAddr) -> Vec<u8> {
    let half = &answer.body[..answer.body.len() / 2];
    length(answer, answer.body.len(), half)
}

pub(super) fn with_body(answer: &Answer, body: Vec<u8>) -> Vec<u8> {
    let head = answer.head.clone();
    whole(&Answer { head, body })
}

/// The answer with this length and this much of a body.
pub(super) fn length(answer: &Answer, length: usize, body: &[u8]) -> Vec<u8> {
    let line = format!("content-length: {length}\r\n");
    [answer.head.as_bytes(), line.as_bytes(), b"\r\n", body].concat()
}

/// The answer with one more header, its length left to the end of the connection.
pub(super) fn headed(answer: &Answer, line: &str, body: &[u8]) -> Vec<u8> {
    [answer.head.as_bytes(), line.as_bytes(), b"\r\n", body].concat()
}

pub(super) fn status(line: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 {line}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

pub(super) fn redirect(line: &str, to: SocketAddr) -> Vec<u8> {
    status(line, &format!("location: http://{to}/\r\n"), b"")
}

pub(super) fn rest(retry_after: &str) -> Vec<u8> {
    status(
        "429 Too Many",
        &format!("retry-after: {retry_after}\r\n"),
        b"",
    )
}

pub(super) fn in_two_minutes() -> String {
    let now = u64::try_from(SystemClock.now().millis()).unwrap();
    httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_millis(now) + Duration::from_secs(120))
}
