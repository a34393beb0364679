//! The metadata, at the three addresses where a client may look for them: OpenID Connect Discovery 1.0
//! §4 appends to the issuer, RFC 8414 §3.1 inserts before its path.

mod members;

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::ROOT;
use crate::http::{Base, json_answer};
use crate::manners::DiscoveryFault;
use crate::sandbox::Sandbox;

/// At which address the metadata are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Appended,
    Inserted,
    ServerMetadata,
}

impl Form {
    fn path(self) -> String {
        match self {
            Self::Appended => format!("{ROOT}/.well-known/openid-configuration"),
            Self::Inserted => format!("/.well-known/openid-configuration{ROOT}"),
            Self::ServerMetadata => format!("/.well-known/oauth-authorization-server{ROOT}"),
        }
    }
}

/// `GET /oidc/.well-known/openid-configuration`.
pub(super) async fn appended(
    State(sandbox): State<Sandbox>,
    Extension(base): Extension<Base>,
    headers: HeaderMap,
) -> Response {
    answered(&sandbox, &base, &headers, Form::Appended).await
}

/// `GET /.well-known/openid-configuration/oidc`.
pub(super) async fn inserted(
    State(sandbox): State<Sandbox>,
    Extension(base): Extension<Base>,
    headers: HeaderMap,
) -> Response {
    answered(&sandbox, &base, &headers, Form::Inserted).await
}

/// `GET /.well-known/oauth-authorization-server/oidc`.
pub(super) async fn server_metadata(
    State(sandbox): State<Sandbox>,
    Extension(base): Extension<Base>,
    headers: HeaderMap,
) -> Response {
    answered(&sandbox, &base, &headers, Form::ServerMetadata).await
}

async fn answered(sandbox: &Sandbox, base: &Base, headers: &HeaderMap, form: Form) -> Response {
    let manners = sandbox.current_oidc_manners();
    let fault = manners.discovery;
    if !stands_at(form, fault) {
        return StatusCode::NOT_FOUND.into_response();
    }
    if let Some(address) = fault.and_then(|fault| elsewhere(fault, base, headers, form)) {
        return (StatusCode::FOUND, [(header::LOCATION, address)]).into_response();
    }
    if let Some(DiscoveryFault::Slow(duration)) = fault {
        tokio::time::sleep(duration).await;
    }
    let mut members = members::true_ones(base, &manners);
    if let Some(fault) = fault {
        members::spoil(&mut members, fault, form);
    }
    let body = members.to_string();
    match fault {
        Some(DiscoveryFault::Page) => {
            let page = "<!doctype html><title>Orbit</title><p>Nothing to see here.</p>";
            typed("text/html; charset=utf-8", page.to_owned())
        }
        Some(DiscoveryFault::PlainText) => typed("text/plain", body),
        Some(DiscoveryFault::Array) => typed("application/json", format!("[{body}]")),
        Some(_) | None => json_answer(StatusCode::OK, &members),
    }
}

/// Whether there is a document at this address at all.
fn stands_at(form: Form, fault: Option<DiscoveryFault>) -> bool {
    let only = match fault {
        Some(DiscoveryFault::AppendedOnly | DiscoveryFault::Terse) => Form::Appended,
        Some(DiscoveryFault::AuthorizationServerOnly) => Form::ServerMetadata,
        Some(_) | None => return true,
    };
    form == only
}

/// Where the client is sent instead.
fn elsewhere(
    fault: DiscoveryFault,
    base: &Base,
    headers: &HeaderMap,
    form: Form,
) -> Option<String> {
    if fault == DiscoveryFault::RedirectsWithin && form == Form::Appended {
        return Some(format!("{}{}", base.0, Form::Inserted.path()));
    }
    let host = headers.get(header::HOST)?.to_str().ok()?;
    let arrived = host.starts_with("localhost");
    if fault == DiscoveryFault::RedirectsAcross && !arrived {
        let (_, port) = base.0.rsplit_once(':')?;
        return Some(format!("http://localhost:{port}{}", form.path()));
    }
    None
}

fn typed(content_type: &'static str, body: String) -> Response {
    ([(header::CONTENT_TYPE, content_type)], body).into_response()
}
