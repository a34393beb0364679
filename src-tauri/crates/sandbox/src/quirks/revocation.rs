//! The revocation endpoint's answers (RFC 7009 §2.2).

use super::wire::{bare, come_back, html, redirect, refusal};
use super::{Place, Quirk, Script};
use crate::script::Scripted;

const fn scripted(name: &'static str, does: &'static str, script: Script) -> Quirk {
    Quirk::scripted(Place::Revocation, name, does, script)
}

pub(super) const QUIRKS: &[Quirk] = &[
    Quirk::manner(
        Place::Revocation,
        "revoke-not-cascading",
        "A revoked refresh token leaves the access tokens good, as RFC 7009 §2.1 allows.",
        |sandbox| {
            sandbox.oauth_manners(|manners| manners.revocation_cascades = false);
            sandbox.oidc_manners(|manners| manners.revocation_cascades = false);
        },
    ),
    scripted("revoke-no-content-204", "204 in the place of 200.", |_| {
        bare(204, b"")
    }),
    scripted(
        "revoke-text-200",
        "200 with a text that says nothing (RFC 7009 §2.2 has it ignored).",
        |_| bare(200, b"bye"),
    ),
    scripted(
        "revoke-unavailable-503",
        "503, and Retry-After: the token still exists.",
        |_| come_back(503, "5"),
    ),
    scripted(
        "revoke-unsupported-token-type",
        "400 unsupported_token_type.",
        |_| refusal(400, "unsupported_token_type"),
    ),
    scripted("revoke-invalid-client", "401 invalid_client.", |_| {
        refusal(401, "invalid_client")
    }),
    scripted("revoke-unauthorized-401", "401 without a word.", |_| {
        bare(401, b"")
    }),
    scripted("revoke-not-found-404", "404 with a page.", |_| html(404)),
    scripted(
        "revoke-method-not-allowed-405",
        "405: somebody else listens at this address.",
        |_| html(405),
    ),
    scripted(
        "revoke-redirect-307",
        "307, as if the token were to be sent elsewhere.",
        |_| redirect(307),
    ),
    scripted(
        "revoke-redirect-302",
        "302 to a page, as an access point sends it.",
        |_| redirect(302),
    ),
    scripted("revoke-server-error-500", "500 with a page.", |_| html(500)),
    scripted(
        "revoke-closed",
        "The connection is closed without an answer and without an effect.",
        |_| Scripted::CloseBeforeHeaders,
    ),
    scripted(
        "revoke-answer-lost",
        "The token is revoked and the answer lost.",
        |_| Scripted::LoseAnswer,
    ),
];
