//! How an answer is written: media types, JSON that is none, transfers that break, and the cap on its length
//! (SECURITY 46, 47).

use super::row::{Row, refused, taken};
use serde_json::{Value, json};

const MALFORMED: &str = "answer_malformed";
/// The longest answer, in bytes.
const CAP: usize = 256 * 1024;

fn typed(media_type: &str) -> Value {
    json!({ "headers": { "Content-Type": media_type } })
}

/// A member before all others.
fn first(member: &str) -> Value {
    json!({ "replace": ["{", format!("{{{member},")] })
}

fn nested(depth: usize) -> Value {
    let (open, close) = ("[".repeat(depth), "]".repeat(depth));
    first(&format!("\"x\":{open}{close}"))
}

pub(super) fn rows() -> Vec<Row> {
    [media_types(), json(), transfers(), lengths()]
        .into_iter()
        .flatten()
        .collect()
}

fn media_types() -> Vec<Row> {
    let no = |what, script| refused(46, what, script, MALFORMED);
    let page = "<!DOCTYPE html><title>Hotel</title><form>Room</form>";
    vec![
        taken(46, "status 201", json!({ "status": 201 })),
        taken(
            46,
            "no type",
            json!({ "headers": { "Content-Type": null } }),
        ),
        taken(
            46,
            "type in upper case",
            typed("APPLICATION/JSON; Charset=UTF-8"),
        ),
        no("JSON as HTML", typed("text/html; charset=utf-8")),
        no("JSON as text", typed("text/plain")),
        no("JSON as a form", typed("application/x-www-form-urlencoded")),
        no("JSON as something like it", typed("application/jsonp")),
        no(
            "a page",
            json!({ "text": page, "headers": { "Content-Type": "text/html" } }),
        ),
        no("a page as JSON", json!({ "text": page })),
        no(
            "a page without a type",
            json!({ "text": page, "headers": { "Content-Type": null } }),
        ),
        no(
            "a form without a type",
            json!({
                "text": "access_token=at&token_type=Bearer&refresh_token=rt",
                "headers": { "Content-Type": null },
            }),
        ),
    ]
}

fn json() -> Vec<Row> {
    let no = |what, script| refused(46, what, script, MALFORMED);
    vec![
        no("empty", json!({ "text": "" })),
        no("blanks", json!({ "text": "  \r\n" })),
        no("null", json!({ "text": "null" })),
        no("a list", json!({ "text": r#"["at","Bearer"]"# })),
        no("a text", json!({ "text": r#""at""# })),
        no("a byte order mark", json!({ "before": "\u{feff}" })),
        no("NaN as a lifetime", json!({ "replace": [":3600", ":NaN"] })),
        no("access token twice", first(r#""access_token":"other""#)),
        no("refresh token twice", first(r#""refresh_token":"other""#)),
        no("lifetime twice", first(r#""expires_in":1"#)),
        no(
            "access token twice, once in disguise",
            first(r#""\u0061ccess_token":"other""#),
        ),
        no("what nobody reads twice", first(r#""x":1,"x":2"#)),
        no(
            "twice inside of what nobody reads",
            first(r#""x":[{"y":1,"y":2}]"#),
        ),
        // The object around it is the first of the 32.
        taken(46, "nested 32 deep", nested(31)),
        no("nested 33 deep", nested(32)),
        no("nested 20,000 deep", nested(20_000)),
        no("something after it", json!({ "replace": ["\"}", "\"}x"] })),
        no(
            "a second answer after it",
            json!({ "replace": ["\"}", "\"}{}"] }),
        ),
        no("NUL after it", json!({ "replace": ["\"}", "\"}\u{0}"] })),
        no("a comma too many", json!({ "replace": ["\"}", "\",}"] })),
        no(
            "a raw line feed in a text",
            json!({ "replace": ["Bearer", "Bear\ner"] }),
        ),
        no(
            "not in UTF-8",
            json!({ "set": { "scope": "ö" }, "encoding": "latin1" }),
        ),
        no("in UTF-16", json!({ "encoding": "utf16le" })),
    ]
}

fn transfers() -> Vec<Row> {
    let no = |what, script| refused(46, what, script, MALFORMED);
    vec![
        taken(46, "in chunks", json!({ "wire": "chunked" })),
        taken(46, "in gzip", json!({ "wire": "gzip" })),
        no(
            "in chunks, the last one missing",
            json!({ "wire": "chunked, cut" }),
        ),
        no("half of gzip", json!({ "wire": "half of gzip" })),
        no(
            "gzip in name only",
            json!({ "headers": { "Content-Encoding": "gzip" } }),
        ),
    ]
}

fn lengths() -> Vec<Row> {
    let no = |what, script| refused(47, what, script, "answer_too_large");
    vec![
        taken(47, "256 KiB", json!({ "pad": CAP })),
        taken(47, "256 KiB in gzip", json!({ "pad": CAP, "wire": "gzip" })),
        no("a byte more", json!({ "pad": CAP + 1 })),
        no(
            "a byte more in gzip",
            json!({ "pad": CAP + 1, "wire": "gzip" }),
        ),
        no(
            "a byte more in chunks",
            json!({ "pad": CAP + 1, "wire": "chunked" }),
        ),
        no(
            "64 MiB in gzip",
            json!({ "pad": 64 * 1024 * 1024, "wire": "gzip" }),
        ),
        no("without an end", json!({ "wire": "without an end" })),
        no(
            "an error without an end",
            json!({
                "status": 400,
                "body": { "error": "invalid_grant" },
                "wire": "without an end",
            }),
        ),
    ]
}
