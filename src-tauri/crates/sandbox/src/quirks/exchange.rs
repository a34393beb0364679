//! The token endpoint's answers to an authorization code (RFC 6749 §4.1.4, §5).

use super::wire::{bare, changed, html, redirect, refusal, typed};
use super::{Place, Quirk, Script};
use crate::manners::IdTokenFault;
use crate::script::Scripted;

const fn scripted(name: &'static str, does: &'static str, script: Script) -> Quirk {
    Quirk::scripted(Place::Exchange, name, does, script)
}

pub(super) const QUIRKS: &[Quirk] = &[
    Quirk::manner(
        Place::Exchange,
        "exchange-unknown-field-refused",
        "An unknown field, such as code_verifier, is a 400 that names it.",
        |sandbox| {
            sandbox.manners(|manners| manners.reject_unknown_fields = true);
            sandbox.mavio_manners(|manners| manners.reject_unknown_fields = true);
        },
    ),
    Quirk::manner(
        Place::Exchange,
        "exchange-nonce-missing",
        "The id token carries no nonce.",
        |sandbox| {
            sandbox.manners(|manners| manners.return_nonce = false);
            let fault = Some(IdTokenFault::NonceMissing);
            sandbox.oidc_manners(|manners| manners.id_token = fault);
        },
    ),
    Quirk::manner(
        Place::Exchange,
        "exchange-id-token-missing",
        "There is no id token, though openid was granted.",
        |sandbox| {
            sandbox.manners(|manners| manners.issue_id_token = false);
            sandbox.oidc_manners(|manners| manners.id_token = Some(IdTokenFault::Absent));
        },
    ),
    scripted(
        "exchange-id-token-broken",
        "The id token isn't a JWT.",
        |_| changed(|reply| reply.set("id_token", r#""no.jwt""#)),
    ),
    scripted("exchange-html-200", "A page for people, with 200.", |_| {
        html(200)
    }),
    scripted("exchange-empty-200", "Nothing, with 200.", |_| {
        bare(200, b"")
    }),
    scripted("exchange-empty-400", "Nothing, with 400.", |_| {
        bare(400, b"")
    }),
    scripted(
        "exchange-own-error-403",
        "403 with an error of the server's own.",
        |_| refusal(403, "invalid_code"),
    ),
    scripted("exchange-invalid-grant", "400 invalid_grant.", |_| {
        refusal(400, "invalid_grant")
    }),
    scripted("exchange-invalid-client", "401 invalid_client.", |_| {
        refusal(401, "invalid_client")
    }),
    scripted(
        "exchange-redirect-307",
        "307, as if the body were to be sent elsewhere.",
        |_| redirect(307),
    ),
    scripted("exchange-server-error-503", "503 with a page.", |_| {
        html(503)
    }),
    scripted(
        "exchange-closed",
        "The connection is closed without an answer.",
        |_| Scripted::CloseBeforeHeaders,
    ),
    scripted("exchange-created-201", "201 in the place of 200.", |_| {
        changed(|reply| reply.status = 201)
    }),
    scripted(
        "exchange-content-type-missing",
        "The answer doesn't say that it is JSON.",
        |_| changed(|reply| reply.remove_header("content-type")),
    ),
    scripted(
        "exchange-token-type-missing",
        "There is no token_type.",
        |_| changed(|reply| reply.remove("token_type")),
    ),
    scripted("exchange-token-type-mac", "The token_type is mac.", |_| {
        changed(|reply| reply.set("token_type", r#""mac""#))
    }),
    scripted(
        "exchange-token-type-shouted",
        "The token_type is BEARER.",
        |_| changed(|reply| reply.set("token_type", r#""BEARER""#)),
    ),
    scripted(
        "exchange-access-token-missing",
        "There is no access token.",
        |_| changed(|reply| reply.remove("access_token")),
    ),
    scripted(
        "exchange-access-token-with-line-break",
        "The access token has a line break in it.",
        |_| changed(|reply| reply.set("access_token", r#""a\r\nX-Injected: 1""#)),
    ),
    scripted(
        "exchange-refresh-token-missing",
        "There is no refresh token.",
        |_| changed(|reply| reply.remove("refresh_token")),
    ),
    scripted(
        "exchange-refresh-token-empty",
        "The refresh token is empty.",
        |_| changed(|reply| reply.set("refresh_token", r#""""#)),
    ),
    scripted(
        "exchange-expires-in-string",
        "expires_in is a string of digits.",
        |_| changed(|reply| reply.set("expires_in", r#""3600""#)),
    ),
    scripted(
        "exchange-expires-in-missing",
        "There is no expires_in.",
        |_| changed(|reply| reply.remove("expires_in")),
    ),
    scripted(
        "exchange-expires-in-negative",
        "expires_in is negative.",
        |_| changed(|reply| reply.set("expires_in", "-1")),
    ),
    scripted(
        "exchange-expires-in-fraction",
        "expires_in is a fraction.",
        |_| changed(|reply| reply.set("expires_in", "3599.5")),
    ),
    scripted(
        "exchange-expires-in-overflow",
        "expires_in doesn't fit into 64 bits.",
        |_| changed(|reply| reply.set("expires_in", "99999999999999999999999")),
    ),
    scripted(
        "exchange-expires-in-not-json",
        "expires_in is NaN, which is no JSON.",
        |_| changed(|reply| reply.set("expires_in", "NaN")),
    ),
    scripted("exchange-scope-array", "scope is an array.", |_| {
        changed(|reply| reply.set("scope", r#"["openid","offline_access"]"#))
    }),
    scripted(
        "exchange-scope-narrower",
        "Fewer scopes are granted than were asked for.",
        |_| changed(|reply| reply.set("scope", r#""openid""#)),
    ),
    scripted(
        "exchange-scope-wider",
        "More scopes are granted than were asked for.",
        |_| changed(|reply| reply.set("scope", r#""openid profile email offline_access admin""#)),
    ),
    scripted(
        "exchange-scope-missing",
        "The answer doesn't say which scopes were granted.",
        |_| changed(|reply| reply.remove("scope")),
    ),
    scripted(
        "exchange-plain-text",
        "The answer is JSON and says that it is plain text.",
        |_| changed(|reply| reply.set_header("content-type", "text/plain")),
    ),
    scripted(
        "exchange-form",
        "The answer is a form, as some servers gave before RFC 6749.",
        |_| {
            typed(
                200,
                "application/x-www-form-urlencoded",
                "access_token=a&token_type=bearer",
            )
        },
    ),
];
