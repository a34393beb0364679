//! Provider files: TOML, one provider each, shipped with Keyfob or written by the user.
//! They never hold a client id or a secret.

use super::check::{self, Why};
use super::{
    AnswerShape, ClientAuthentication, Context, ContextKind, EchoesState, IdTokenUse, Pkce,
    Provider, Reads, RedirectKind, Rotation, ScopeParameter, ScopeSeparator, TokenBody,
};
use crate::id::ProviderSlug;
use crate::token::SigningAlgorithm;
use serde::Deserialize;
use std::collections::BTreeMap;
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
    userinfo_endpoint: Option<toml::Spanned<String>>,
    issuer: Option<toml::Spanned<String>>,
    #[serde(default)]
    iss_parameter: bool,
    jwks_uri: Option<toml::Spanned<String>>,
    #[serde(default)]
    extra_parameters: BTreeMap<toml::Spanned<String>, String>,
    scopes: toml::Spanned<Vec<toml::Spanned<String>>>,
    #[serde(default)]
    scope_separator: ScopeSeparator,
    #[serde(default)]
    scope_parameter: ScopeParameter,
    context: Option<toml::Spanned<ContextFile>>,
    #[serde(default)]
    api_hosts: Vec<toml::Spanned<String>>,
    #[serde(default)]
    reads: Vec<Reads>,
    client_authentication: ClientAuthentication,
    #[serde(default)]
    token_body: TokenBody,
    #[serde(default)]
    token_answer: AnswerShape,
    redirect_kinds: toml::Spanned<Vec<RedirectKind>>,
    #[serde(default)]
    echoes_state: EchoesState,
    pkce: Pkce,
    id_token: Option<toml::Spanned<IdTokenUse>>,
    id_token_algorithm: Option<toml::Spanned<String>>,
    rotation: Option<Rotation>,
    refresh_token_inactivity_days: Option<toml::Spanned<u32>>,
    registration_page: Option<toml::Spanned<String>>,
    account_page: Option<toml::Spanned<String>>,
    extra_ca: Option<toml::Spanned<String>>,
    /// The page that each fact was looked up on; for people.
    #[serde(default, rename = "sources")]
    _sources: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
struct ContextFile {
    kind: ContextName,
    /// For Mio and Mavio.
    base: Option<toml::Spanned<String>>,
    /// For HTTP.
    address: Option<toml::Spanned<String>>,
    pointer: Option<toml::Spanned<String>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ContextName {
    Mio,
    Mavio,
    Userinfo,
    Http,
}

/// A text and its lines.
struct Text<'a>(&'a str);

impl Text<'_> {
    fn broken(&self, offset: usize, why: String) -> BrokenProviderFile {
        let text = self.0;
        let before = &text[..text.floor_char_boundary(offset)];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        BrokenProviderFile {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            why,
        }
    }

    /// Checks one value, and says where it is if it can't be used.
    fn checked<T, U>(
        &self,
        value: &toml::Spanned<T>,
        check: impl FnOnce(&T) -> Result<U, Why>,
    ) -> Result<U, BrokenProviderFile> {
        check(value.get_ref()).map_err(|why| self.broken(value.span().start, why.to_string()))
    }

    fn optional<T, U>(
        &self,
        value: Option<&toml::Spanned<T>>,
        check: impl FnOnce(&T) -> Result<U, Why>,
    ) -> Result<Option<U>, BrokenProviderFile> {
        value.map(|value| self.checked(value, check)).transpose()
    }

    fn address(
        &self,
        value: Option<&toml::Spanned<String>>,
    ) -> Result<Option<Url>, BrokenProviderFile> {
        self.optional(value, |text| check::address(text))
    }
}

/// Reads a provider file.
///
/// # Errors
/// [`BrokenProviderFile`] with the place of the first fault.
pub fn parse(text: &str) -> Result<Provider, BrokenProviderFile> {
    let text = Text(text);
    let file: File = toml::from_str(text.0).map_err(|error| {
        let offset = error.span().map_or(0, |span| span.start);
        text.broken(offset, error.message().trim().to_owned())
    })?;

    let slug = ProviderSlug::parse(file.slug.get_ref()).ok_or_else(|| {
        let why = "a slug is 1 to 40 of a-z, 0-9 and inner hyphens";
        text.broken(file.slug.span().start, why.to_owned())
    })?;
    let name = text.checked(&file.name, |name| check::name(name))?;
    let authorization_endpoint = text.checked(&file.authorization_endpoint, |url| {
        check::authorization_endpoint(url)
    })?;
    let token_endpoint = text.checked(&file.token_endpoint, |url| check::address(url))?;
    let userinfo_endpoint = text.address(file.userinfo_endpoint.as_ref())?;
    for scope in file.scopes.get_ref() {
        text.checked(scope, |scope| {
            check::scopes(std::iter::once(scope.as_str()))
        })?;
    }
    let scopes = text.checked(&file.scopes, |scopes| {
        check::scopes(scopes.iter().map(|scope| scope.get_ref().as_str()))
    })?;
    for (name, value) in &file.extra_parameters {
        text.checked(name, |name| check::parameter(name, value))?;
    }
    let mut api_hosts = Vec::new();
    for host in &file.api_hosts {
        api_hosts.push(text.checked(host, |host| check::host(host))?);
    }
    text.checked(&file.redirect_kinds, |kinds| {
        if kinds.is_empty() {
            Err(Why::NoWayBack)
        } else {
            Ok(())
        }
    })?;
    let context = match &file.context {
        None => None,
        Some(context) => Some(read_context(&text, context, userinfo_endpoint.as_ref())?),
    };
    let known = |url: &Url| {
        let host = url.host_str().unwrap_or_default();
        let known = api_hosts.iter().any(|known| known == host);
        if known { Ok(()) } else { Err(Why::ForeignHost) }
    };
    if let (Some(context), Some(written)) = (&context, &file.context) {
        text.checked(written, |_| known(&context.base))?;
    }
    if let (Some(endpoint), Some(written)) = (&userinfo_endpoint, &file.userinfo_endpoint) {
        text.checked(written, |_| known(endpoint))?;
    }
    let issuer = text.optional(file.issuer.as_ref(), |issuer| check::issuer(issuer))?;
    let jwks_uri = text.address(file.jwks_uri.as_ref())?;
    let verifiable = issuer.is_some() && jwks_uri.is_some();
    let id_token = text.optional(file.id_token.as_ref(), |using| match using {
        IdTokenUse::Verify if !verifiable => Err(Why::NothingToVerifyWith),
        IdTokenUse::Verify | IdTokenUse::Display | IdTokenUse::Ignore => Ok(*using),
    })?;
    let id_token_algorithm = text.optional(file.id_token_algorithm.as_ref(), |name| {
        SigningAlgorithm::parse(name).ok_or(Why::BadAlgorithm)
    })?;
    let inactivity_days = text.optional(file.refresh_token_inactivity_days.as_ref(), |days| {
        check::inactivity_days(*days)
    })?;
    Ok(Provider {
        slug,
        name,
        sandbox: file.sandbox,
        authorization_endpoint,
        token_endpoint,
        revocation_endpoint: text.address(file.revocation_endpoint.as_ref())?,
        userinfo_endpoint,
        issuer,
        sends_issuer: file.iss_parameter,
        jwks_uri,
        extra_parameters: file
            .extra_parameters
            .into_iter()
            .map(|(name, value)| (name.into_inner(), value))
            .collect(),
        scopes,
        scope_separator: file.scope_separator,
        scope_parameter: file.scope_parameter,
        context,
        api_hosts,
        reads: file.reads,
        client_authentication: file.client_authentication,
        token_body: file.token_body,
        token_answer: file.token_answer,
        redirect_kinds: file.redirect_kinds.into_inner(),
        echoes_state: file.echoes_state,
        pkce: file.pkce,
        id_token: id_token.unwrap_or_default(),
        id_token_algorithm: id_token_algorithm.unwrap_or_default(),
        rotation: file.rotation,
        refresh_token_inactivity: inactivity_days
            .map(|days| Duration::from_secs(u64::from(days) * 24 * 3600)),
        registration_page: text.address(file.registration_page.as_ref())?,
        account_page: text.address(file.account_page.as_ref())?,
        extra_ca: text.optional(file.extra_ca.as_ref(), |pem| check::certificate(pem))?,
    })
}

fn read_context(
    text: &Text<'_>,
    written: &toml::Spanned<ContextFile>,
    userinfo: Option<&Url>,
) -> Result<Context, BrokenProviderFile> {
    let context = written.get_ref();
    let missing = |key: &str| text.broken(written.span().start, format!("missing field `{key}`"));
    let foreign = |value: &Option<toml::Spanned<String>>, key: &str| match value {
        None => Ok(()),
        Some(value) => {
            let why = format!("`{key}` means nothing for this kind of context");
            Err(text.broken(value.span().start, why))
        }
    };
    let (kind, base) = match context.kind {
        ContextName::Mio | ContextName::Mavio => {
            foreign(&context.address, "address")?;
            foreign(&context.pointer, "pointer")?;
            let base = text.address(context.base.as_ref())?;
            let mut base = base.ok_or_else(|| missing("base"))?;
            if !base.path().ends_with('/') {
                base.set_path(&format!("{}/", base.path()));
            }
            let kind = if context.kind == ContextName::Mio {
                ContextKind::Mio
            } else {
                ContextKind::Mavio
            };
            (kind, base)
        }
        ContextName::Userinfo => {
            foreign(&context.base, "base")?;
            foreign(&context.address, "address")?;
            foreign(&context.pointer, "pointer")?;
            let base = userinfo.ok_or_else(|| missing("userinfo_endpoint"))?;
            (ContextKind::Userinfo, base.clone())
        }
        ContextName::Http => {
            foreign(&context.base, "base")?;
            let address = text.address(context.address.as_ref())?;
            let pointer = text.optional(context.pointer.as_ref(), |text| check::pointer(text))?;
            let kind = ContextKind::Http {
                pointer: pointer.unwrap_or_default(),
            };
            (kind, address.ok_or_else(|| missing("address"))?)
        }
    };
    Ok(Context { kind, base })
}

#[cfg(test)]
mod tests;
