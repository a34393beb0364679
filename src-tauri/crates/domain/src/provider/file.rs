//! Provider files: TOML, one provider each, shipped with Keyfob or written by the user.
//! They never hold a client id or a secret.

use super::{
    ClientAuthentication, Context, ContextKind, EchoesState, IdTokenUse, Pkce, Provider, Reads,
    RedirectKind, TokenBody, is_allowed_endpoint,
};
use crate::grant::{Scopes, is_scope};
use crate::id::ProviderSlug;
use serde::Deserialize;
use std::time::Duration;
use url::Url;

/// A provider file that can't be used: where and why. Lines and columns count from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {why}")]
pub struct BrokenProviderFile {
    /// The line; 1 when the fault has no place of its own.
    pub line: usize,
    /// The column in characters.
    pub column: usize,
    /// What is wrong with it.
    pub why: String,
}

/// Parameters that a provider file must not set: they are the flow's own (SECURITY 7).
const PROTECTED: [&str; 11] = [
    "client_id",
    "client_secret",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "request_uri",
];

/// Ten years: more is no limit.
const LONGEST_INACTIVITY_DAYS: u32 = 3650;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    slug: toml::Spanned<String>,
    name: toml::Spanned<String>,
    #[serde(default)]
    sandbox: bool,
    authorization_endpoint: toml::Spanned<String>,
    token_endpoint: toml::Spanned<String>,
    revocation_endpoint: Option<toml::Spanned<String>>,
    issuer: Option<String>,
    #[serde(default)]
    extra_parameters: std::collections::BTreeMap<toml::Spanned<String>, String>,
    scopes: Vec<toml::Spanned<String>>,
    context: Option<ContextFile>,
    #[serde(default)]
    api_hosts: Vec<String>,
    #[serde(default)]
    reads: Vec<Reads>,
    client_authentication: ClientAuthentication,
    #[serde(default)]
    token_body: TokenBody,
    redirect_kinds: toml::Spanned<Vec<RedirectKind>>,
    #[serde(default)]
    echoes_state: EchoesState,
    pkce: Pkce,
    #[serde(default)]
    id_token: IdTokenUse,
    refresh_token_inactivity_days: Option<toml::Spanned<u32>>,
    registration_page: Option<toml::Spanned<String>>,
    account_page: Option<toml::Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ContextFile {
    kind: ContextKind,
    base: toml::Spanned<String>,
}

/// Reads a provider file.
///
/// # Errors
/// [`BrokenProviderFile`] with the place of the first fault.
pub fn parse(text: &str) -> Result<Provider, BrokenProviderFile> {
    let at = |offset: usize, why: String| {
        let before = &text[..text.floor_char_boundary(offset)];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        BrokenProviderFile {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            why,
        }
    };
    let file: File = toml::from_str(text).map_err(|error| {
        at(
            error.span().map_or(0, |span| span.start),
            error.message().trim().to_owned(),
        )
    })?;

    let slug = ProviderSlug::parse(file.slug.get_ref()).ok_or_else(|| {
        at(
            file.slug.span().start,
            "a slug is 1 to 40 of a-z, 0-9 and inner hyphens".to_owned(),
        )
    })?;
    let name = file.name.get_ref().trim();
    if name.is_empty() || name.chars().count() > 60 || crate::text::plain(name, 60, false) != name {
        return Err(at(
            file.name.span().start,
            "a name is 1 to 60 visible characters".to_owned(),
        ));
    }
    let endpoint = |text: &toml::Spanned<String>| -> Result<Url, BrokenProviderFile> {
        let url =
            Url::parse(text.get_ref()).map_err(|error| at(text.span().start, error.to_string()))?;
        let why = "an address has to be https, or http at a loopback IP literal, without fragment or user info";
        is_allowed_endpoint(&url)
            .then_some(url)
            .ok_or_else(|| at(text.span().start, why.to_owned()))
    };
    let asked_at = endpoint(&file.authorization_endpoint)?;
    // It keeps its own query, and what is Keyfob's would be in the request twice.
    let own = asked_at
        .query_pairs()
        .find(|(name, _)| PROTECTED.contains(&name.as_ref()));
    if let Some((name, _)) = own {
        return Err(at(
            file.authorization_endpoint.span().start,
            format!("`{name}` is Keyfob's own to set"),
        ));
    }
    for scope in &file.scopes {
        if !is_scope(scope.get_ref()) {
            return Err(at(
                scope.span().start,
                "a scope is one token without spaces (RFC 6749 section 3.3)".to_owned(),
            ));
        }
    }
    for parameter in file.extra_parameters.keys() {
        if PROTECTED.contains(&parameter.get_ref().as_str()) {
            return Err(at(
                parameter.span().start,
                format!("`{}` is Keyfob's own to set", parameter.get_ref()),
            ));
        }
    }
    if file.redirect_kinds.get_ref().is_empty() {
        return Err(at(
            file.redirect_kinds.span().start,
            "at least one redirect kind is needed".to_owned(),
        ));
    }
    let inactivity = file.refresh_token_inactivity_days.map(|days| {
        let allowed = (1..=LONGEST_INACTIVITY_DAYS).contains(days.get_ref());
        allowed
            .then(|| Duration::from_secs(u64::from(*days.get_ref()) * 24 * 3600))
            .ok_or_else(|| {
                at(
                    days.span().start,
                    format!("the days of inactivity are 1 to {LONGEST_INACTIVITY_DAYS}"),
                )
            })
    });
    let optional = |text: &Option<toml::Spanned<String>>| text.as_ref().map(endpoint).transpose();
    let context = match &file.context {
        None => None,
        Some(context) => {
            let mut base = endpoint(&context.base)?;
            if !base.path().ends_with('/') {
                base.set_path(&format!("{}/", base.path()));
            }
            Some(Context {
                kind: context.kind,
                base,
            })
        }
    };
    Ok(Provider {
        slug,
        name: name.to_owned(),
        sandbox: file.sandbox,
        authorization_endpoint: asked_at,
        token_endpoint: endpoint(&file.token_endpoint)?,
        revocation_endpoint: optional(&file.revocation_endpoint)?,
        issuer: file.issuer,
        extra_parameters: file
            .extra_parameters
            .into_iter()
            .map(|(name, value)| (name.into_inner(), value))
            .collect(),
        scopes: file
            .scopes
            .iter()
            .map(|scope| scope.get_ref().as_str())
            .collect::<Scopes>(),
        context,
        api_hosts: file.api_hosts,
        reads: file.reads,
        client_authentication: file.client_authentication,
        token_body: file.token_body,
        redirect_kinds: file.redirect_kinds.into_inner(),
        echoes_state: file.echoes_state,
        pkce: file.pkce,
        id_token: file.id_token,
        refresh_token_inactivity: inactivity.transpose()?,
        registration_page: optional(&file.registration_page)?,
        account_page: optional(&file.account_page)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIO: &str = include_str!("../../../../providers/mio.toml");
    const MAVIO: &str = include_str!("../../../../providers/mavio.toml");

    #[test]
    fn the_shipped_mio_file_says_what_is_known_of_mio() {
        let mio = parse(MIO).unwrap();
        assert_eq!(
            mio.authorization_endpoint.as_str(),
            "https://app.mio.xyz/connect"
        );
        assert_eq!(
            mio.token_endpoint.as_str(),
            "https://api.mio.xyz/v1/auth/oauth2/token"
        );
        assert_eq!(
            (mio.token_body, mio.echoes_state, mio.pkce),
            (TokenBody::Json, EchoesState::Unknown, Pkce::Unknown)
        );
        assert_eq!(
            mio.scopes.to_string(),
            "openid profile email offline_access"
        );
        assert!(mio.may_send_token_to(&Url::parse("https://api.mio.xyz/v1/context").unwrap()));
        assert!(!mio.may_send_token_to(
            &Url::parse("https://api.mio.xyz.evil.example/v1/context").unwrap()
        ));
    }

    #[test]
    fn the_shipped_mavio_file_says_what_is_known_of_mavio() {
        let mavio = parse(MAVIO).unwrap();
        assert_eq!(
            mavio.authorization_endpoint.as_str(),
            "https://api.mavioapp.com/oauth/authorize"
        );
        assert_eq!(
            mavio.token_endpoint.as_str(),
            "https://api.mavioapp.com/oauth/token"
        );
        assert_eq!(
            (mavio.token_body, mavio.client_authentication),
            (TokenBody::Form, ClientAuthentication::Post)
        );
        assert_eq!(
            (mavio.echoes_state, mavio.pkce, mavio.id_token),
            (EchoesState::Yes, Pkce::Unknown, IdTokenUse::Ignore)
        );
        assert_eq!(
            mavio.scopes.to_string(),
            "meetings:read transcripts:read summaries:read action-items:read"
        );
        assert_eq!(
            mavio.reads,
            [
                Reads::MavioMeetings,
                Reads::MavioTranscripts,
                Reads::MavioSummaries,
                Reads::MavioActionItems
            ]
        );
        let context = mavio.context.as_ref().unwrap();
        assert_eq!(context.kind, ContextKind::Mavio);
        assert!(mavio.may_send_token_to(&context.base));
        assert_eq!(mavio.api_hosts, ["api.mavioapp.com"]);
        assert_eq!(mavio.revocation_endpoint, None);
        assert_eq!(
            mavio.refresh_token_inactivity,
            Some(Duration::from_secs(30 * 24 * 3600))
        );
        assert_eq!((mavio.registration_page, mavio.account_page), (None, None));
    }

    #[test]
    fn a_broken_file_is_refused_with_its_place() {
        let cases = [
            (
                "not TOML",
                MIO.replace("slug = ", "slug "),
                "line 2, column 6",
            ),
            (
                "unknown field",
                format!("{MIO}\nclient_secret = \"x\"\n"),
                "unknown field",
            ),
            (
                "http",
                MIO.replace("https://api.mio.xyz/v1/auth", "http://api.mio.xyz/v1/auth"),
                "has to be https",
            ),
            (
                "protected",
                MIO.replace("# extra", "extra_parameters = { state = \"x\" }\n# extra"),
                "Keyfob's own",
            ),
            (
                "slug",
                MIO.replace("slug = \"mio\"", "slug = \"M/io\""),
                "line 2, column 8",
            ),
            (
                "no redirect",
                MIO.replace(
                    "redirect_kinds = [\"scheme\", \"loopback\"]",
                    "redirect_kinds = []",
                ),
                "at least one",
            ),
            (
                "no day of inactivity",
                MIO.replace("# extra", "refresh_token_inactivity_days = 0\n# extra"),
                "1 to 3650",
            ),
            (
                "a fraction of a day",
                MIO.replace("# extra", "refresh_token_inactivity_days = 0.5\n# extra"),
                "invalid type",
            ),
            (
                "scope",
                MIO.replace("\"openid\"", "\"open id\""),
                "one token",
            ),
        ];
        for (row, text, expected) in cases {
            assert_ne!(text, MIO, "{row}: the row changes nothing");
            let refused = parse(&text).unwrap_err().to_string();
            assert!(refused.contains(expected), "{row}: {refused}");
        }
    }

    #[test]
    fn security_7_none_of_the_flows_own_parameters_can_be_set() {
        for parameter in PROTECTED {
            let text = MIO.replace(
                "# extra",
                &format!("extra_parameters = {{ {parameter} = \"x\" }}\n# extra"),
            );
            assert!(
                parse(&text).unwrap_err().why.contains(parameter),
                "{parameter}"
            );
            let endpoint = "https://app.mio.xyz/connect";
            let text = MIO.replace(endpoint, &format!("{endpoint}?a=b&{parameter}=x"));
            assert_ne!(text, MIO, "the row changes nothing");
            let refused = parse(&text).unwrap_err();
            assert!(refused.why.contains(parameter), "{parameter}: {refused}");
        }
    }
}
