//! The token endpoint's answers to a refresh token (RFC 6749 §5, §6).

use super::wire::{bare, changed, come_back, gzipped, html, http_date, redirect, refusal, typed};
use super::{Place, Quirk, Script};
use crate::manners::Rotation;
use crate::script::{Reply, Scripted};

/// What a token answer looks like whose tokens are nobody's.
const FOREIGN: &str = r#"{"access_token":"a-b-c","token_type":"Bearer","refresh_token":"d-e-f"}"#;

const fn scripted(name: &'static str, does: &'static str, script: Script) -> Quirk {
    Quirk::scripted(Place::Refresh, name, does, script)
}

pub(super) const QUIRKS: &[Quirk] = &[
    Quirk::manner(
        Place::Refresh,
        "refresh-not-rotating",
        "A refresh answers without a refresh token; the old one stays good.",
        |sandbox| {
            sandbox.manners(|manners| manners.rotate = false);
            sandbox.mavio_manners(|manners| manners.rotate = false);
            sandbox.oauth_manners(|manners| manners.rotation = Rotation::None);
            sandbox.oidc_manners(|manners| manners.rotation = Rotation::None);
        },
    ),
    // What is no token answer (RFC 6749 §5.1).
    scripted("refresh-html-200", "A page for people, with 200.", |_| {
        html(200)
    }),
    scripted("refresh-empty-200", "Nothing, with 200.", |_| {
        bare(200, b"")
    }),
    scripted("refresh-no-content-204", "204, which has no body.", |_| {
        bare(204, b"")
    }),
    scripted(
        "refresh-plain-text",
        "A token answer that says that it is plain text.",
        |_| typed(200, "text/plain", FOREIGN),
    ),
    scripted(
        "refresh-bom",
        "A byte order mark before the JSON (RFC 8259 §8.1 forbids it).",
        |_| typed(200, "application/json", format!("\u{feff}{FOREIGN}")),
    ),
    scripted(
        "refresh-duplicate-keys",
        "Two access tokens under one name (RFC 8259 §4).",
        |_| {
            typed(
                200,
                "application/json",
                FOREIGN.replacen('{', r#"{"access_token":"x","#, 1),
            )
        },
    ),
    scripted("refresh-nul", "A NUL after the JSON.", |_| {
        typed(200, "application/json", format!("{FOREIGN}\0"))
    }),
    scripted("refresh-truncated", "Half of the JSON.", |_| {
        typed(200, "application/json", &FOREIGN[..40])
    }),
    scripted(
        "refresh-not-utf-8",
        "A byte that is no UTF-8 in the access token.",
        |_| {
            let mut body = FOREIGN.as_bytes().to_vec();
            body[18] = 0xff;
            typed(200, "application/json", body)
        },
    ),
    scripted("refresh-array", "The token answer inside an array.", |_| {
        typed(200, "application/json", format!("[{FOREIGN}]"))
    }),
    scripted(
        "refresh-deep",
        "The token answer with a member of 40 nested arrays.",
        |_| {
            let deep = format!(r#"{{"x":{}{},"#, "[".repeat(40), "]".repeat(40));
            typed(200, "application/json", FOREIGN.replacen('{', &deep, 1))
        },
    ),
    scripted(
        "refresh-large",
        "A token answer after a mebibyte of blanks.",
        |_| {
            typed(
                200,
                "application/json",
                format!("{}{FOREIGN}", " ".repeat(1024 * 1024)),
            )
        },
    ),
    scripted(
        "refresh-gzip-bomb",
        "A few kilobytes that become eight mebibytes.",
        |_| {
            let body = gzipped(&vec![b' '; 8 * 1024 * 1024]);
            let mut reply = Reply::new(200, "application/json", body);
            reply.set_header("content-encoding", "gzip");
            reply.into()
        },
    ),
    scripted(
        "refresh-gzip-in-name-only",
        "The answer says gzip and isn't.",
        |_| {
            let mut reply = Reply::new(200, "application/json", FOREIGN);
            reply.set_header("content-encoding", "gzip");
            reply.into()
        },
    ),
    scripted(
        "refresh-gzip",
        "The answer is compressed, which is allowed.",
        |_| {
            changed(|reply| {
                reply.body = gzipped(&reply.body);
                reply.set_header("content-encoding", "gzip");
            })
        },
    ),
    scripted("refresh-created-201", "201 in the place of 200.", |_| {
        changed(|reply| reply.status = 201)
    }),
    scripted(
        "refresh-content-type-missing",
        "The answer doesn't say that it is JSON.",
        |_| changed(|reply| reply.remove_header("content-type")),
    ),
    // Redirects (RFC 9700 §4.12).
    scripted("refresh-redirect-301", "301 at the token endpoint.", |_| {
        redirect(301)
    }),
    scripted("refresh-redirect-302", "302 at the token endpoint.", |_| {
        redirect(302)
    }),
    scripted("refresh-redirect-303", "303 at the token endpoint.", |_| {
        redirect(303)
    }),
    scripted("refresh-redirect-307", "307 at the token endpoint.", |_| {
        redirect(307)
    }),
    scripted("refresh-redirect-308", "308 at the token endpoint.", |_| {
        redirect(308)
    }),
    // Refusals (RFC 6749 §5.2).
    scripted("refresh-empty-400", "Nothing, with 400.", |_| {
        bare(400, b"")
    }),
    scripted("refresh-html-403", "A page for people, with 403.", |_| {
        html(403)
    }),
    scripted("refresh-not-found-404", "404 with a page.", |_| html(404)),
    scripted(
        "refresh-own-error-403",
        "403 with an error of the server's own.",
        |_| refusal(403, "invalid_code"),
    ),
    scripted("refresh-unauthorized-401", "401 without a word.", |_| {
        bare(401, b"")
    }),
    scripted("refresh-invalid-grant", "400 invalid_grant.", |_| {
        refusal(400, "invalid_grant")
    }),
    scripted(
        "refresh-invalid-grant-200",
        "invalid_grant with 200.",
        |_| refusal(200, "invalid_grant"),
    ),
    scripted(
        "refresh-invalid-grant-500",
        "invalid_grant with 500.",
        |_| refusal(500, "invalid_grant"),
    ),
    scripted(
        "refresh-invalid-grant-in-object",
        "invalid_grant in an object of its own, as APIs word it.",
        |_| {
            Scripted::json(
                400,
                r#"{"error":{"code":"invalid_grant","message":"it is over"}}"#,
            )
        },
    ),
    scripted("refresh-invalid-client", "401 invalid_client.", |_| {
        refusal(401, "invalid_client")
    }),
    scripted(
        "refresh-unauthorized-client",
        "400 unauthorized_client.",
        |_| refusal(400, "unauthorized_client"),
    ),
    scripted("refresh-invalid-scope", "400 invalid_scope.", |_| {
        refusal(400, "invalid_scope")
    }),
    scripted("refresh-invalid-request", "400 invalid_request.", |_| {
        refusal(400, "invalid_request")
    }),
    scripted(
        "refresh-unsupported-grant-type",
        "400 unsupported_grant_type.",
        |_| refusal(400, "unsupported_grant_type"),
    ),
    scripted(
        "refresh-access-denied",
        "403 access_denied, which belongs to another endpoint.",
        |_| refusal(403, "access_denied"),
    ),
    scripted("refresh-server-error-400", "server_error with 400.", |_| {
        refusal(400, "server_error")
    }),
    scripted(
        "refresh-temporarily-unavailable-400",
        "temporarily_unavailable with 400.",
        |_| refusal(400, "temporarily_unavailable"),
    ),
    scripted(
        "refresh-error-is-a-number",
        "An error that is a number.",
        |_| Scripted::json(400, r#"{"error":42}"#),
    ),
    // Statuses that say "later" (RFC 9110 §15.5, §15.6; RFC 6585 §4; RFC 8470 §5.2).
    scripted("refresh-timeout-408", "408.", |_| bare(408, b"")),
    scripted("refresh-too-early-425", "425.", |_| bare(425, b"")),
    scripted(
        "refresh-too-many-429",
        "429 that doesn't say for how long.",
        |_| bare(429, b""),
    ),
    scripted(
        "refresh-retry-after-seconds",
        "429, and Retry-After in seconds.",
        |_| come_back(429, "120"),
    ),
    scripted(
        "refresh-retry-after-date",
        "503, and Retry-After as a date.",
        |now| come_back(503, &http_date(now, 120)),
    ),
    scripted(
        "refresh-retry-after-negative",
        "429, and a negative Retry-After.",
        |_| come_back(429, "-5"),
    ),
    scripted(
        "refresh-retry-after-garbage",
        "429, and a Retry-After that is neither.",
        |_| come_back(429, "soon"),
    ),
    scripted(
        "refresh-retry-after-year-9999",
        "503, and Retry-After in the year 9999.",
        |_| come_back(503, "Fri, 31 Dec 9999 23:59:59 GMT"),
    ),
    scripted("refresh-server-error-500", "500 with a page.", |_| {
        html(500)
    }),
    scripted("refresh-bad-gateway-502", "502 with a page.", |_| html(502)),
    scripted("refresh-unavailable-503", "503 without a word.", |_| {
        bare(503, b"")
    }),
    scripted("refresh-gateway-timeout-504", "504 with a page.", |_| {
        html(504)
    }),
    // Connections that end (RFC 9112 §8).
    scripted(
        "refresh-closed",
        "The connection is closed without an answer and without an effect.",
        |_| Scripted::CloseBeforeHeaders,
    ),
    // Members (RFC 6749 §5.1).
    scripted(
        "refresh-empty-token",
        "The refresh token is empty; the old one stays good.",
        |_| typed(200, "application/json", FOREIGN.replace("d-e-f", "")),
    ),
    scripted(
        "refresh-null-token",
        "The refresh token is null; the old one stays good.",
        |_| {
            typed(
                200,
                "application/json",
                FOREIGN.replace(r#""d-e-f""#, "null"),
            )
        },
    ),
    scripted(
        "refresh-missing-token",
        "There is no refresh token; the old one stays good.",
        |_| {
            typed(
                200,
                "application/json",
                FOREIGN.replace("refresh_token", "other_token"),
            )
        },
    ),
    scripted(
        "refresh-token-of-64-kib",
        "A refresh token longer than any header takes.",
        |_| {
            typed(
                200,
                "application/json",
                FOREIGN.replace("d-e-f", &"r".repeat(64 * 1024 + 1)),
            )
        },
    ),
    scripted(
        "refresh-access-token-missing",
        "There is no access token.",
        |_| {
            typed(
                200,
                "application/json",
                FOREIGN.replace("access_token", "other_token"),
            )
        },
    ),
    scripted(
        "refresh-access-token-empty",
        "The access token is empty.",
        |_| typed(200, "application/json", FOREIGN.replace("a-b-c", "")),
    ),
    scripted(
        "refresh-access-token-number",
        "The access token is a number.",
        |_| typed(200, "application/json", FOREIGN.replace(r#""a-b-c""#, "42")),
    ),
    scripted(
        "refresh-access-token-with-line-break",
        "The access token has a line break in it.",
        |_| {
            typed(
                200,
                "application/json",
                FOREIGN.replace("a-b-c", r"a\r\nX-Injected: 1"),
            )
        },
    ),
    scripted(
        "refresh-token-type-missing",
        "There is no token_type.",
        |_| {
            typed(
                200,
                "application/json",
                FOREIGN.replace("token_type", "type"),
            )
        },
    ),
    scripted(
        "refresh-token-type-dpop",
        "The token_type is DPoP, unasked (RFC 9449 §5).",
        |_| typed(200, "application/json", FOREIGN.replace("Bearer", "DPoP")),
    ),
    scripted(
        "refresh-token-type-not-applicable",
        "The token_type is N_A (RFC 8693 §2.2.1).",
        |_| typed(200, "application/json", FOREIGN.replace("Bearer", "N_A")),
    ),
    scripted(
        "refresh-expires-in-string",
        "expires_in is a string of digits.",
        |_| changed(|reply| reply.set("expires_in", r#""7200""#)),
    ),
    scripted("refresh-expires-in-zero", "expires_in is zero.", |_| {
        changed(|reply| reply.set("expires_in", "0"))
    }),
    scripted(
        "refresh-expires-in-object",
        "expires_in is an object.",
        |_| changed(|reply| reply.set("expires_in", r#"{"seconds":3600}"#)),
    ),
    scripted(
        "refresh-expires-in-million-years",
        "expires_in is a million years.",
        |_| changed(|reply| reply.set("expires_in", "31557600000000")),
    ),
    scripted("refresh-scope-array", "scope is an array.", |_| {
        changed(|reply| reply.set("scope", r#"["openid","offline_access"]"#))
    }),
    scripted(
        "refresh-scope-narrower",
        "Fewer scopes are granted than before.",
        |_| changed(|reply| reply.set("scope", r#""openid""#)),
    ),
    scripted(
        "refresh-id-token-of-another",
        "The id token names another user, and nobody signed it (OpenID Connect Core 12.2 forbids it).",
        |_| {
            changed(|reply| {
                // {"alg":"none"} . {"iss":"https://attacker.example","sub":"mallory"}
                reply.set(
                    "id_token",
                    "\"eyJhbGciOiJub25lIn0.eyJpc3MiOiJodHRwczovL2F0dGFja2VyLmV4YW1wbGUiLCJzdWIiOiJtYWxsb3J5In0.\"",
                );
            })
        },
    ),
];
