//! The answers of what an access token reads (RFC 6750 §3 and the providers' own documents).

use super::wire::{bare, come_back, html, redirect, refusal, typed};
use super::{Place, Quirk, Script};
use crate::script::Scripted;

const fn scripted(name: &'static str, does: &'static str, script: Script) -> Quirk {
    Quirk::scripted(Place::Reading, name, does, script)
}

pub(super) const QUIRKS: &[Quirk] = &[
    scripted(
        "read-token-refused",
        "401 invalid_token for every token (RFC 6750 §3.1).",
        |_| refusal(401, "invalid_token"),
    ),
    scripted("read-unauthorized-401", "401 without a word.", |_| {
        bare(401, b"")
    }),
    scripted(
        "read-insufficient-scope",
        "403 insufficient_scope (RFC 6750 §3.1).",
        |_| refusal(403, "insufficient_scope"),
    ),
    scripted(
        "read-invalid-grant",
        "400 invalid_grant, which belongs to another endpoint.",
        |_| refusal(400, "invalid_grant"),
    ),
    scripted("read-not-found-404", "404 with a page.", |_| html(404)),
    scripted(
        "read-too-many-429",
        "429, and Retry-After in seconds.",
        |_| come_back(429, "90"),
    ),
    scripted(
        "read-too-many-429-untold",
        "429 that doesn't say for how long.",
        |_| bare(429, b""),
    ),
    scripted("read-unavailable-503", "503 without a word.", |_| {
        bare(503, b"")
    }),
    scripted("read-html-200", "A page for people, with 200.", |_| {
        html(200)
    }),
    scripted("read-empty-200", "Nothing, with 200.", |_| bare(200, b"")),
    scripted(
        "read-redirect-302",
        "302, as if the token were to be sent elsewhere.",
        |_| redirect(302),
    ),
    scripted("read-array", "An array where an object should be.", |_| {
        typed(200, "application/json", "[]")
    }),
    scripted("read-deep", "Two hundred nested arrays.", |_| {
        typed(
            200,
            "application/json",
            format!("{}{}", "[".repeat(200), "]".repeat(200)),
        )
    }),
    scripted("read-large", "Five mebibytes of blanks.", |_| {
        typed(200, "application/json", vec![b' '; 5 * 1024 * 1024])
    }),
    scripted(
        "read-closed",
        "The connection is closed without an answer.",
        |_| Scripted::CloseBeforeHeaders,
    ),
    scripted(
        "read-cut",
        "The connection is closed in the middle of the body.",
        |_| Scripted::CloseMidBody,
    ),
];
