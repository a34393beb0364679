//! A provider as somebody is about to write it: every field as text, checked all at once, so that
//! each complaint stands beside its own field and nothing is saved by halves.

use super::check::{self, Why};
use super::{
    AnswerShape, ClientAuthentication, Context, ContextKind, EchoesState, IdTokenUse, Pkce,
    Provider, Reads, RedirectKind, Rotation, ScopeParameter, ScopeSeparator, TokenBody,
};
use crate::id::ProviderSlug;
use crate::token::SigningAlgorithm;
use std::time::Duration;
use url::Url;

const DAY: u64 = 24 * 3600;

/// A provider before it was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Its name as people say it.
    pub name: String,
    /// RFC 8414 §2; may be empty.
    pub issuer: String,
    /// RFC 6749 §3.1.
    pub authorization_endpoint: String,
    /// RFC 6749 §3.2.
    pub token_endpoint: String,
    /// RFC 7009; may be empty.
    pub revocation_endpoint: String,
    /// OpenID Connect Core 5.3; may be empty.
    pub userinfo_endpoint: String,
    /// RFC 7517; may be empty.
    pub jwks_uri: String,
    /// Separated by white space or commas.
    pub scopes: String,
    /// Names and values.
    pub extra_parameters: Vec<(String, String)>,
    /// How the client proves itself.
    pub client_authentication: ClientAuthentication,
    /// How the token endpoint takes its parameters.
    pub token_body: TokenBody,
    /// The ways back, best first.
    pub redirect_kinds: Vec<RedirectKind>,
    /// What the provider does about PKCE.
    pub pkce: Pkce,
    /// Whether it returns `state`.
    pub echoes_state: EchoesState,
    /// RFC 9207: whether it says that it sends `iss`.
    pub sends_issuer: bool,
    /// What its id tokens are good for.
    pub id_token: IdTokenUse,
    /// Where the context comes from.
    pub context: ContextDraft,
    /// Hosts that may see the access token, separated by white space or commas, besides those that the
    /// context is read at.
    pub api_hosts: String,
    /// Certificates in PEM; may be empty.
    pub extra_ca: String,
    /// What the form doesn't show, as it was.
    pub kept: Kept,
}

/// The context of a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContextDraft {
    /// Nothing is read.
    None,
    /// The provider's own wire format, which the form doesn't change.
    Own(Context),
    /// OpenID Connect's userinfo.
    Userinfo,
    /// A JSON document.
    Http {
        /// Its address.
        address: String,
        /// Where in it the text is (RFC 6901).
        pointer: String,
    },
}

/// What a preset or a file may say and the form doesn't show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// See [`Provider::scope_separator`].
    pub scope_separator: ScopeSeparator,
    /// See [`Provider::scope_parameter`].
    pub scope_parameter: ScopeParameter,
    /// See [`Provider::token_answer`].
    pub token_answer: AnswerShape,
    /// See [`Provider::id_token_algorithm`].
    pub id_token_algorithm: SigningAlgorithm,
    /// See [`Provider::rotation`].
    pub rotation: Option<Rotation>,
    /// See [`Provider::refresh_token_inactivity`].
    pub refresh_token_inactivity_days: Option<u32>,
    /// See [`Provider::registration_page`].
    pub registration_page: Option<Url>,
    /// See [`Provider::account_page`].
    pub account_page: Option<Url>,
    /// See [`Provider::reads`].
    pub reads: Vec<Reads>,
}

/// A field of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// [`Draft::name`]
    Name,
    /// [`Draft::issuer`]
    Issuer,
    /// [`Draft::authorization_endpoint`]
    AuthorizationEndpoint,
    /// [`Draft::token_endpoint`]
    TokenEndpoint,
    /// [`Draft::revocation_endpoint`]
    RevocationEndpoint,
    /// [`Draft::userinfo_endpoint`]
    UserinfoEndpoint,
    /// [`Draft::jwks_uri`]
    JwksUri,
    /// [`Draft::scopes`]
    Scopes,
    /// [`Draft::extra_parameters`]
    ExtraParameters,
    /// [`Draft::redirect_kinds`]
    RedirectKinds,
    /// [`Draft::id_token`]
    IdToken,
    /// The address of [`ContextDraft::Http`].
    ContextAddress,
    /// The pointer of [`ContextDraft::Http`].
    ContextPointer,
    /// [`Draft::api_hosts`]
    ApiHosts,
    /// [`Draft::extra_ca`]
    ExtraCa,
    /// The client id, which is stored apart.
    ClientId,
    /// The client secret, which is in the keychain.
    ClientSecret,
}

/// A complaint and where it belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldFault {
    /// The field.
    pub field: Field,
    /// What is wrong with it.
    pub why: Why,
}

/// Gathers complaints instead of stopping at the first.
#[derive(Default)]
struct Complaints(Vec<FieldFault>);

impl Complaints {
    fn take<T>(&mut self, field: Field, checked: Result<T, Why>) -> Option<T> {
        checked
            .map_err(|why| self.0.push(FieldFault { field, why }))
            .ok()
    }

    /// An empty field that may be empty is none.
    fn optional<T>(
        &mut self,
        field: Field,
        text: &str,
        check: impl FnOnce(&str) -> Result<T, Why>,
    ) -> Option<T> {
        if text.trim().is_empty() {
            return None;
        }
        self.take(field, check(text))
    }
}

impl Default for Draft {
    /// An empty form: what most providers want, and nothing that has to be known.
    fn default() -> Self {
        Self {
            name: String::new(),
            issuer: String::new(),
            authorization_endpoint: String::new(),
            token_endpoint: String::new(),
            revocation_endpoint: String::new(),
            userinfo_endpoint: String::new(),
            jwks_uri: String::new(),
            scopes: String::new(),
            extra_parameters: Vec::new(),
            client_authentication: ClientAuthentication::Post,
            token_body: TokenBody::Form,
            redirect_kinds: vec![RedirectKind::Loopback],
            pkce: Pkce::Unknown,
            echoes_state: EchoesState::Yes,
            sends_issuer: false,
            id_token: IdTokenUse::Ignore,
            context: ContextDraft::None,
            api_hosts: String::new(),
            extra_ca: String::new(),
            kept: Kept::default(),
        }
    }
}

impl Draft {
    /// Gives the draft that a provider is edited from.
    #[must_use]
    pub fn of(provider: &Provider) -> Self {
        let text = |url: &Option<Url>| url.as_ref().map(Url::to_string).unwrap_or_default();
        let (context, hosts_of_context) = match &provider.context {
            None => (ContextDraft::None, None),
            Some(context) => {
                let draft = match &context.kind {
                    ContextKind::Mio | ContextKind::Mavio => ContextDraft::Own(context.clone()),
                    ContextKind::Userinfo => ContextDraft::Userinfo,
                    ContextKind::Http { pointer } => ContextDraft::Http {
                        address: context.base.to_string(),
                        pointer: pointer.clone(),
                    },
                };
                (draft, context.base.host_str())
            }
        };
        let userinfo = provider.userinfo_endpoint.as_ref();
        let host_of_userinfo = userinfo.and_then(Url::host_str);
        let further = provider.api_hosts.iter().map(String::as_str);
        let further: Vec<&str> = further
            .filter(|host| ![hosts_of_context, host_of_userinfo].contains(&Some(*host)))
            .collect();
        Self {
            name: provider.name.clone(),
            issuer: provider.issuer.clone().unwrap_or_default(),
            authorization_endpoint: provider.authorization_endpoint.to_string(),
            token_endpoint: provider.token_endpoint.to_string(),
            revocation_endpoint: text(&provider.revocation_endpoint),
            userinfo_endpoint: text(&provider.userinfo_endpoint),
            jwks_uri: text(&provider.jwks_uri),
            scopes: provider.scopes.to_string(),
            extra_parameters: provider.extra_parameters.clone(),
            client_authentication: provider.client_authentication,
            token_body: provider.token_body,
            redirect_kinds: provider.redirect_kinds.clone(),
            pkce: provider.pkce,
            echoes_state: provider.echoes_state,
            sends_issuer: provider.sends_issuer,
            id_token: provider.id_token,
            context,
            api_hosts: further.join(" "),
            extra_ca: provider.extra_ca.clone().unwrap_or_default(),
            kept: Kept {
                scope_separator: provider.scope_separator,
                scope_parameter: provider.scope_parameter,
                token_answer: provider.token_answer,
                id_token_algorithm: provider.id_token_algorithm,
                rotation: provider.rotation,
                refresh_token_inactivity_days: provider
                    .refresh_token_inactivity
                    .and_then(|life| u32::try_from(life.as_secs() / DAY).ok()),
                registration_page: provider.registration_page.clone(),
                account_page: provider.account_page.clone(),
                reads: provider.reads.clone(),
            },
        }
    }

    /// Checks all fields. `taken` are the names of the other providers.
    ///
    /// # Errors
    /// Every complaint, in the order of the form.
    pub fn check(&self, slug: &ProviderSlug, taken: &[&str]) -> Result<Provider, Vec<FieldFault>> {
        let mut complaints = Complaints::default();
        let name = complaints.take(Field::Name, self.free_name(taken));
        let issuer = complaints.optional(Field::Issuer, &self.issuer, check::issuer);
        let authorization_endpoint = complaints.take(
            Field::AuthorizationEndpoint,
            check::authorization_endpoint(&self.authorization_endpoint),
        );
        let token_endpoint =
            complaints.take(Field::TokenEndpoint, check::address(&self.token_endpoint));
        let mut address = |field, text: &str| complaints.optional(field, text, check::address);
        let revocation_endpoint = address(Field::RevocationEndpoint, &self.revocation_endpoint);
        let userinfo_endpoint = address(Field::UserinfoEndpoint, &self.userinfo_endpoint);
        let jwks_uri = address(Field::JwksUri, &self.jwks_uri);
        let scopes = complaints.take(Field::Scopes, check::scopes(words(&self.scopes)));
        let parameters = complaints.take(Field::ExtraParameters, self.parameters());
        let ways = (!self.redirect_kinds.is_empty())
            .then_some(())
            .ok_or(Why::NoWayBack);
        complaints.take(Field::RedirectKinds, ways);
        let verifies = self.id_token == IdTokenUse::Verify;
        if verifies && (self.issuer.trim().is_empty() || self.jwks_uri.trim().is_empty()) {
            complaints.take(Field::IdToken, Err::<(), _>(Why::NothingToVerifyWith));
        }
        let context = self.context(&mut complaints, userinfo_endpoint.as_ref());
        let mut api_hosts = Vec::new();
        for host in words(&self.api_hosts) {
            api_hosts.extend(complaints.take(Field::ApiHosts, check::host(host)));
        }
        let of_context = context.as_ref().and_then(|context| context.base.host_str());
        let of_userinfo = userinfo_endpoint.as_ref().and_then(Url::host_str);
        api_hosts.extend(
            [of_context, of_userinfo]
                .into_iter()
                .flatten()
                .map(str::to_owned),
        );
        dedup(&mut api_hosts);
        let extra_ca = complaints.optional(Field::ExtraCa, &self.extra_ca, check::certificate);

        let (Some(name), Some(authorization_endpoint), Some(token_endpoint)) =
            (name, authorization_endpoint, token_endpoint)
        else {
            return Err(complaints.0);
        };
        if !complaints.0.is_empty() {
            return Err(complaints.0);
        }
        let days = self.kept.refresh_token_inactivity_days;
        Ok(Provider {
            slug: slug.clone(),
            name,
            sandbox: false,
            authorization_endpoint,
            token_endpoint,
            revocation_endpoint,
            userinfo_endpoint,
            issuer,
            sends_issuer: self.sends_issuer,
            jwks_uri,
            extra_parameters: parameters.unwrap_or_default(),
            scopes: scopes.unwrap_or_default(),
            scope_separator: self.kept.scope_separator,
            scope_parameter: self.kept.scope_parameter,
            reads: self.reads(context.as_ref()),
            context,
            api_hosts,
            client_authentication: self.client_authentication,
            token_body: self.token_body,
            token_answer: self.kept.token_answer,
            redirect_kinds: self.redirect_kinds.clone(),
            echoes_state: self.echoes_state,
            pkce: self.pkce,
            id_token: self.id_token,
            id_token_algorithm: self.kept.id_token_algorithm,
            rotation: self.kept.rotation,
            refresh_token_inactivity: days.map(|days| Duration::from_secs(u64::from(days) * DAY)),
            registration_page: self.kept.registration_page.clone(),
            account_page: self.kept.account_page.clone(),
            extra_ca,
        })
    }

    fn free_name(&self, taken: &[&str]) -> Result<String, Why> {
        let name = check::name(&self.name)?;
        let same = |other: &&str| other.to_lowercase() == name.to_lowercase();
        if taken.iter().any(same) {
            return Err(Why::NameTaken);
        }
        Ok(name)
    }

    fn parameters(&self) -> Result<Vec<(String, String)>, Why> {
        let mut parameters = Vec::<(String, String)>::new();
        for (name, value) in &self.extra_parameters {
            let (name, value) = (name.trim(), value.trim());
            // A row that was begun and left empty.
            if name.is_empty() && value.is_empty() {
                continue;
            }
            check::parameter(name, value)?;
            if parameters.iter().any(|(known, _)| known == name) {
                return Err(Why::BadParameter(name.to_owned()));
            }
            parameters.push((name.to_owned(), value.to_owned()));
        }
        Ok(parameters)
    }

    fn context(&self, complaints: &mut Complaints, userinfo: Option<&Url>) -> Option<Context> {
        match &self.context {
            ContextDraft::None => None,
            ContextDraft::Own(context) => Some(context.clone()),
            ContextDraft::Userinfo => {
                // A broken address was complained of already.
                if self.userinfo_endpoint.trim().is_empty() {
                    complaints.take(Field::UserinfoEndpoint, Err::<(), _>(Why::Missing));
                }
                userinfo.map(|address| Context {
                    kind: ContextKind::Userinfo,
                    base: address.clone(),
                })
            }
            ContextDraft::Http { address, pointer } => {
                let base = complaints.take(Field::ContextAddress, check::address(address));
                let pointer =
                    complaints.take(Field::ContextPointer, check::pointer(pointer.trim()));
                base.zip(pointer).map(|(base, pointer)| Context {
                    kind: ContextKind::Http { pointer },
                    base,
                })
            }
        }
    }

    /// What will be read is said before consent, so it follows from what is set up.
    fn reads(&self, context: Option<&Context>) -> Vec<Reads> {
        // A name is read from an id token or at the userinfo endpoint, and nowhere else.
        let tells =
            self.id_token != IdTokenUse::Ignore || !self.userinfo_endpoint.trim().is_empty();
        let labels =
            tells && words(&self.scopes).any(|scope| scope == "profile" || scope == "email");
        match context.map(|context| &context.kind) {
            Some(ContextKind::Mio | ContextKind::Mavio) => self.kept.reads.clone(),
            Some(ContextKind::Userinfo) => vec![Reads::Profile],
            Some(ContextKind::Http { .. }) if labels => vec![Reads::Profile, Reads::HttpText],
            Some(ContextKind::Http { .. }) => vec![Reads::HttpText],
            None if labels => vec![Reads::Profile],
            None => Vec::new(),
        }
    }
}

impl Provider {
    /// Gives the addresses of this provider whose host another version of it would change: what was,
    /// and what would be (SECURITY 37). Only those that get to see codes or tokens.
    #[must_use]
    pub fn moved_hosts(&self, next: &Self) -> Vec<(Field, String, String)> {
        let of = |url: &Url| {
            let port = url
                .port()
                .map(|port| format!(":{port}"))
                .unwrap_or_default();
            format!("{}{port}", url.host_str().unwrap_or_default())
        };
        let pairs = [
            (
                Field::AuthorizationEndpoint,
                Some(&self.authorization_endpoint),
                Some(&next.authorization_endpoint),
            ),
            (
                Field::TokenEndpoint,
                Some(&self.token_endpoint),
                Some(&next.token_endpoint),
            ),
            (
                Field::RevocationEndpoint,
                self.revocation_endpoint.as_ref(),
                next.revocation_endpoint.as_ref(),
            ),
            (
                Field::UserinfoEndpoint,
                self.userinfo_endpoint.as_ref(),
                next.userinfo_endpoint.as_ref(),
            ),
        ];
        let mut moved: Vec<_> = pairs
            .into_iter()
            .filter_map(|(field, was, is)| Some((field, of(was?), of(is?))))
            .filter(|(_, was, is)| was != is)
            .collect();
        // Who gains the right to see the access token.
        let fresh = next
            .api_hosts
            .iter()
            .filter(|host| !self.api_hosts.contains(host));
        moved.extend(fresh.map(|host| (Field::ApiHosts, String::new(), host.clone())));
        moved
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> + Clone {
    text.split(|character: char| character.is_whitespace() || character == ',')
        .filter(|word| !word.is_empty())
}

fn dedup(hosts: &mut Vec<String>) {
    let mut seen = Vec::new();
    hosts.retain(|host| {
        let fresh = !seen.contains(host);
        seen.push(host.clone());
        fresh
    });
}

#[cfg(test)]
mod tests;
