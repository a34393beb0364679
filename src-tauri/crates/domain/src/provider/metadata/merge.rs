//! Two documents of one issuer made into one. Each may tell what the other leaves out: a revocation
//! endpoint often stands in the second only (SECURITY 35, 70).

use super::fault::piece;
use super::{
    AUTHORIZATION, DEVICE, JWKS, Metadata, MetadataFault, PAR, REVOCATION, Scopes, TOKEN, USERINFO,
};
use std::fmt::Display;
use url::Url;

/// Joins two descriptions. What only one says is taken from it; lists of what a provider can do are
/// joined.
///
/// # Errors
/// [`MetadataFault::IssuerDiffers`]; [`MetadataFault::Contradiction`] where both name an address or
/// say yes or no, and not the same.
pub fn merge(first: Metadata, second: Metadata) -> Result<Metadata, MetadataFault> {
    if first.issuer != second.issuer {
        return Err(MetadataFault::IssuerDiffers {
            asked: piece(&first.issuer),
            named: piece(&second.issuer),
        });
    }
    let optional = |member, one: Option<Url>, other| agreed(member, one, other);
    Ok(Metadata {
        issuer: first.issuer,
        authorization_endpoint: same(
            AUTHORIZATION,
            first.authorization_endpoint,
            second.authorization_endpoint,
        )?,
        token_endpoint: same(TOKEN, first.token_endpoint, second.token_endpoint)?,
        revocation_endpoint: optional(
            REVOCATION,
            first.revocation_endpoint,
            second.revocation_endpoint,
        )?,
        userinfo_endpoint: optional(USERINFO, first.userinfo_endpoint, second.userinfo_endpoint)?,
        jwks_uri: optional(JWKS, first.jwks_uri, second.jwks_uri)?,
        pushed_authorization_request_endpoint: optional(
            PAR,
            first.pushed_authorization_request_endpoint,
            second.pushed_authorization_request_endpoint,
        )?,
        requires_par: agreed(
            "require_pushed_authorization_requests",
            first.requires_par,
            second.requires_par,
        )?,
        device_authorization_endpoint: optional(
            DEVICE,
            first.device_authorization_endpoint,
            second.device_authorization_endpoint,
        )?,
        pkce_s256: agreed(
            "S256 among code_challenge_methods_supported",
            first.pkce_s256,
            second.pkce_s256,
        )?,
        iss_parameter: agreed(
            "authorization_response_iss_parameter_supported",
            first.iss_parameter,
            second.iss_parameter,
        )?,
        scopes_supported: joined(
            first.scopes_supported,
            second.scopes_supported,
            |one, other| one.iter().chain(other.iter()).collect::<Scopes>(),
        ),
        client_authentication: joined(
            first.client_authentication,
            second.client_authentication,
            both,
        ),
        id_token_algorithms: joined(first.id_token_algorithms, second.id_token_algorithms, both),
        consent_prompt: joined(first.consent_prompt, second.consent_prompt, |one, other| {
            one || other
        }),
        grant_types: joined(first.grant_types, second.grant_types, both),
    })
}

fn same<T: PartialEq + Display>(
    member: &'static str,
    one: T,
    other: T,
) -> Result<T, MetadataFault> {
    if one == other {
        return Ok(one);
    }
    Err(MetadataFault::Contradiction {
        member,
        first: piece(&one.to_string()),
        second: piece(&other.to_string()),
    })
}

fn agreed<T: PartialEq + Display>(
    member: &'static str,
    one: Option<T>,
    other: Option<T>,
) -> Result<Option<T>, MetadataFault> {
    match (one, other) {
        (Some(one), Some(other)) => same(member, one, other).map(Some),
        (one, other) => Ok(one.or(other)),
    }
}

fn joined<T>(one: Option<T>, other: Option<T>, join: impl Fn(T, T) -> T) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(join(one, other)),
        (one, other) => one.or(other),
    }
}

fn both<T: PartialEq>(mut one: Vec<T>, other: Vec<T>) -> Vec<T> {
    for more in other {
        if !one.contains(&more) {
            one.push(more);
        }
    }
    one
}
