//! Answers that say no (SECURITY 48, 50).

use super::row::{Row, is_over, misconfigured, refused};
use serde_json::{Value, json};

fn says(status: u16, body: Value) -> Value {
    json!({ "status": status, "body": body })
}

fn text(status: u16, text: &str) -> Value {
    json!({ "status": status, "text": text, "headers": { "Content-Type": "text/html" } })
}

pub(super) fn rows() -> Vec<Row> {
    [unreadable(), registered(), client()]
        .into_iter()
        .flatten()
        .collect()
}

/// Nothing of these is a registered `error`, whatever it looks like.
fn unreadable() -> Vec<Row> {
    let no = |what, script| refused(48, what, script, "provider_error");
    let error = |error: Value| says(400, json!({ "error": error }));
    let long = "x".repeat(5000);
    vec![
        no("400, empty", text(400, "")),
        no("400, a page", text(400, "<p>invalid_grant</p>")),
        no("403, a page", text(403, "<html>Blocked by policy</html>")),
        no("404, empty", text(404, "")),
        no("410, empty", text(410, "")),
        no("400, a form", text(400, "error=invalid_grant")),
        no("400, a list", says(400, json!(["invalid_grant"]))),
        no("400, a text", says(400, json!("invalid_grant"))),
        no("400, cut", text(400, r#"{"error":"invalid_grant""#)),
        no(
            "400, no error",
            says(400, json!({ "message": "invalid_grant" })),
        ),
        no("400, null", error(json!(null))),
        no(
            "403, one of its own",
            says(403, json!({ "error": "invalid_code" })),
        ),
        no("in upper case", error(json!("INVALID_GRANT"))),
        no("with a blank", error(json!("invalid_grant "))),
        no(
            "with a mark that isn't seen",
            error(json!("invalid\u{200b}_grant")),
        ),
        no("with NUL", error(json!("invalid_grant\u{0}"))),
        no("in a list", error(json!(["invalid_grant"]))),
        no("a number", error(json!(400))),
        no(
            "only in the description",
            says(
                400,
                json!({
                    "error": "custom",
                    "error_description": "invalid_grant",
                }),
            ),
        ),
        no(
            "only in the address",
            says(
                400,
                json!({
                    "error": "custom",
                    "error_uri": "https://example.com/invalid_grant",
                }),
            ),
        ),
        no(
            "with a hostile description",
            says(
                400,
                json!({
                    "error": "custom",
                    "error_description": format!("\u{202e}\u{1b}[31m\r\n<b>{long}"),
                }),
            ),
        ),
    ]
}

/// A registered one says what it says, whatever the status is.
fn registered() -> Vec<Row> {
    let error = |error: &str| says(400, json!({ "error": error }));
    let no = |what, told| refused(48, what, error(what), told);
    let rejected = |what, told| misconfigured(48, what, error(what), told);
    let grant = json!({ "error": "invalid_grant" });
    vec![
        is_over(48, "invalid_grant", error("invalid_grant")),
        is_over(48, "invalid_grant with 200", says(200, grant.clone())),
        is_over(48, "invalid_grant with 401", says(401, grant.clone())),
        is_over(48, "invalid_grant with 500", says(500, grant)),
        no("access_denied", "access_denied"),
        no("server_error", "provider_error"),
        no("temporarily_unavailable", "provider_error"),
        rejected("invalid_request", "request_rejected"),
        rejected("unsupported_grant_type", "request_rejected"),
        rejected("invalid_scope", "scope_rejected"),
    ]
}

/// What is wrong is the client, and no sign-in mends that.
fn client() -> Vec<Row> {
    let no = |what, script| misconfigured(50, what, script, "client_misconfigured");
    let invalid = json!({ "error": "invalid_client" });
    vec![
        no("400", says(400, invalid.clone())),
        no("401", says(401, invalid.clone())),
        no(
            "401 with a challenge",
            json!({
                "status": 401,
                "body": invalid,
                "headers": { "WWW-Authenticate": "Basic realm=\"token\"" },
            }),
        ),
        no("200", says(200, invalid.clone())),
        no("403", says(403, invalid)),
        no(
            "its description says the grant",
            says(
                401,
                json!({
                    "error": "invalid_client",
                    "error_description": "invalid_grant",
                }),
            ),
        ),
        no(
            "unauthorized_client",
            says(400, json!({ "error": "unauthorized_client" })),
        ),
        is_over(
            50,
            "the grant, and its description says the client",
            says(
                400,
                json!({
                    "error": "invalid_grant",
                    "error_description": "invalid_client",
                }),
            ),
        ),
    ]
}
