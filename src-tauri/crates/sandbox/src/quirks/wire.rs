//! The pieces that several quirks are made of.

use std::io::Write as _;
use std::time::{Duration, UNIX_EPOCH};

use flate2::{Compression, write::GzEncoder};

use crate::script::{Reply, Scripted};

/// An answer with a body of this type.
pub(super) fn typed(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Scripted {
    Reply::new(status, content_type, body).into()
}

/// A page for people, as an access point with a sign-in of its own sends it (RFC 8952).
pub(super) fn html(status: u16) -> Scripted {
    typed(
        status,
        "text/html; charset=utf-8",
        "<!doctype html><title>Welcome</title><p>Sign in to use this network.</p>",
    )
}

/// An answer of a few bytes that are no JSON, and no type.
pub(super) fn bare(status: u16, body: &[u8]) -> Scripted {
    let mut reply = Reply::new(status, "", body);
    reply.remove_header("content-type");
    reply.into()
}

/// A refusal in the shape of RFC 6749 §5.2.
pub(super) fn refusal(status: u16, error: &str) -> Scripted {
    Scripted::json(
        status,
        &format!(r#"{{"error":"{error}","error_description":"as the quirk says"}}"#),
    )
}

/// A redirect to the very endpoint, so that a client that follows it is counted twice.
pub(super) fn redirect(status: u16) -> Scripted {
    let mut reply = Reply::new(status, "text/plain", "elsewhere");
    reply.set_header("location", "?again");
    reply.into()
}

/// A refusal that says when to come back.
pub(super) fn come_back(status: u16, retry_after: &str) -> Scripted {
    let mut reply = Reply::new(
        status,
        "application/json",
        r#"{"error":"temporarily_unavailable"}"#,
    );
    reply.set_header("retry-after", retry_after);
    reply.into()
}

/// The real answer with its effect, changed on its way out.
pub(super) fn changed(change: fn(&mut Reply)) -> Scripted {
    Scripted::Change(change)
}

/// An HTTP date (RFC 9110 §5.6.7), so many seconds after a time in milliseconds since 1970.
pub(super) fn http_date(now: i64, seconds: u64) -> String {
    let since =
        Duration::from_millis(u64::try_from(now).unwrap_or(0)) + Duration::from_secs(seconds);
    httpdate::fmt_http_date(UNIX_EPOCH + since)
}

/// Compresses a body.
pub(super) fn gzipped(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing into memory can't fail.
    let _ = encoder.write_all(body);
    encoder.finish().unwrap_or_default()
}
