//! The form that a provider is written in, as it crosses to the page and back. It holds no secret: the
//! client secret is an argument of its own, and goes inward only.

use keyfob_domain::provider::{
    self as known, ContextDraft as Drafted, ContextKind, Draft, Kept, Provider, Why,
};
use keyfob_domain::token::SigningAlgorithm;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What a form began as, which also says what the form doesn't show.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase")]
#[expect(missing_docs, reason = "the words say it")]
pub enum Basis {
    /// An empty form.
    New,
    /// A preset.
    Preset { slug: String },
    /// A provider that is there: to edit it, or to make another like it.
    Provider { slug: String },
    /// The text of a provider file.
    File { text: String },
}

/// A parameter of the authorization request.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the words say it")]
pub struct ParameterView {
    pub name: String,
    pub value: String,
}

macro_rules! words {
    ($(#[$meta:meta])* $name:ident of $domain:path { $($variant:ident),* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, TS)]
        #[serde(rename_all = "camelCase")]
        #[expect(missing_docs, reason = "the variants are those of the domain's own")]
        pub enum $name { $($variant),* }

        impl From<$name> for $domain {
            fn from(word: $name) -> Self {
                match word { $($name::$variant => Self::$variant),* }
            }
        }

        impl From<$domain> for $name {
            fn from(word: $domain) -> Self {
                match word { $(<$domain>::$variant => Self::$variant),* }
            }
        }
    };
}

words! {
    /// How the client proves itself.
    ClientAuthentication of known::ClientAuthentication { None, Basic, Post }
}
words! {
    /// How the token endpoint takes its parameters.
    TokenBody of known::TokenBody { Form, Json }
}
words! {
    /// A way back to Keyfob.
    RedirectKind of known::RedirectKind { Scheme, Loopback }
}
words! {
    /// What the provider does about PKCE.
    Pkce of known::Pkce { Required, Accepted, Unknown, Rejected }
}
words! {
    /// Whether the provider returns `state`.
    EchoesState of known::EchoesState { Yes, Unknown }
}
words! {
    /// What id tokens are good for.
    IdTokenUse of known::IdTokenUse { Verify, Display, Ignore }
}
words! {
    /// A field of the form.
    Field of known::Field {
        Name, Issuer, AuthorizationEndpoint, TokenEndpoint, RevocationEndpoint, UserinfoEndpoint,
        JwksUri, Scopes, ExtraParameters, RedirectKinds, IdToken, ContextAddress, ContextPointer,
        ApiHosts, ExtraCa, ClientId, ClientSecret
    }
}

/// Where the context comes from.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase")]
#[expect(missing_docs, reason = "the words say it")]
pub enum ContextForm {
    None,
    /// The provider's own wire format, which only a preset or a file says.
    Own,
    Userinfo,
    Http {
        address: String,
        pointer: String,
    },
}

/// The form: every field as the user types it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of the domain's draft")]
pub struct ProviderForm {
    pub basis: Basis,
    pub name: String,
    pub issuer: String,
    pub authorization_endpoint: String,
    pub token_endpoint: String,
    pub revocation_endpoint: String,
    pub userinfo_endpoint: String,
    pub jwks_uri: String,
    pub scopes: String,
    pub extra_parameters: Vec<ParameterView>,
    pub client_authentication: ClientAuthentication,
    pub token_body: TokenBody,
    pub redirect_kinds: Vec<RedirectKind>,
    pub pkce: Pkce,
    pub echoes_state: EchoesState,
    pub sends_issuer: bool,
    pub id_token: IdTokenUse,
    /// As JWS names it; discovery knows it, and the page hands it back.
    pub id_token_algorithm: String,
    pub context: ContextForm,
    pub api_hosts: String,
    pub extra_ca: String,
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the variants are those of the domain's own")]
pub enum FieldTrouble {
    Missing,
    BadName,
    NameTaken,
    NoAddress,
    Insecure,
    Protected,
    BadParameter,
    BadScope,
    TooManyScopes,
    NoWayBack,
    BadHost,
    ForeignHost,
    BadPointer,
    NothingToVerifyWith,
    BadIssuer,
    BadCertificate,
    BadDays,
    BadCredential,
}

/// A complaint beside its field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct FieldFaultView {
    /// The field.
    pub field: Field,
    /// What is wrong.
    pub trouble: FieldTrouble,
    /// The word it is about: a parameter, a scope, a host.
    pub word: Option<String>,
}

/// What a look at the form has found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CheckView {
    /// What has to be corrected.
    pub faults: Vec<FieldFaultView>,
    /// What to register at the provider, best first; none as long as it has no name.
    pub redirect_uris: Vec<String>,
}

/// An address whose host would change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct HostMove {
    /// Which address.
    pub field: Field,
    /// The host there is; empty for one that gains the right to see the access token.
    pub from: String,
    /// The host there would be.
    pub to: String,
}

/// What came of saving a provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum SaveAnswer {
    /// It is saved, under this slug.
    Saved {
        /// The slug.
        slug: String,
    },
    /// Nothing is saved: fields have to be corrected.
    Faults {
        /// All complaints.
        faults: Vec<FieldFaultView>,
    },
    /// Nothing is saved: hosts of a provider in use would change, and the user has to say yes.
    Moves {
        /// The addresses.
        moves: Vec<HostMove>,
        /// How many connections there are.
        connections: u32,
    },
}

/// A provider that can be added by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PresetView {
    /// The preset's slug.
    pub slug: String,
    /// Its name as people say it.
    pub name: String,
    /// The host of its authorization endpoint.
    pub host: String,
    /// Whether a client secret goes with it.
    pub needs_client_secret: bool,
}

impl From<&Provider> for PresetView {
    fn from(preset: &Provider) -> Self {
        Self {
            slug: preset.slug.to_string(),
            name: preset.name.clone(),
            host: preset
                .authorization_endpoint
                .host_str()
                .unwrap_or_default()
                .to_owned(),
            needs_client_secret: preset.needs_client_secret(),
        }
    }
}

impl ProviderForm {
    /// Fills the form from a draft.
    #[must_use]
    pub fn of(draft: Draft, basis: Basis) -> Self {
        let parameters = draft.extra_parameters.into_iter();
        Self {
            basis,
            name: draft.name,
            issuer: draft.issuer,
            authorization_endpoint: draft.authorization_endpoint,
            token_endpoint: draft.token_endpoint,
            revocation_endpoint: draft.revocation_endpoint,
            userinfo_endpoint: draft.userinfo_endpoint,
            jwks_uri: draft.jwks_uri,
            scopes: draft.scopes,
            extra_parameters: parameters
                .map(|(name, value)| ParameterView { name, value })
                .collect(),
            client_authentication: draft.client_authentication.into(),
            token_body: draft.token_body.into(),
            redirect_kinds: draft.redirect_kinds.into_iter().map(Into::into).collect(),
            pkce: draft.pkce.into(),
            echoes_state: draft.echoes_state.into(),
            sends_issuer: draft.sends_issuer,
            id_token: draft.id_token.into(),
            id_token_algorithm: draft.kept.id_token_algorithm.as_str().to_owned(),
            context: match draft.context {
                Drafted::None => ContextForm::None,
                Drafted::Own(_) => ContextForm::Own,
                Drafted::Userinfo => ContextForm::Userinfo,
                Drafted::Http { address, pointer } => ContextForm::Http { address, pointer },
            },
            api_hosts: draft.api_hosts,
            extra_ca: draft.extra_ca,
        }
    }

    /// Gives the draft; `basis` is the provider that the form began as, for what it doesn't show.
    #[must_use]
    pub fn into_draft(self, basis: Option<&Provider>) -> Draft {
        let own = basis.and_then(|provider| provider.context.clone());
        let own = own.filter(|context| match context.kind {
            ContextKind::Mio | ContextKind::Mavio => true,
            ContextKind::Userinfo | ContextKind::Http { .. } => false,
        });
        Draft {
            name: self.name,
            issuer: self.issuer,
            authorization_endpoint: self.authorization_endpoint,
            token_endpoint: self.token_endpoint,
            revocation_endpoint: self.revocation_endpoint,
            userinfo_endpoint: self.userinfo_endpoint,
            jwks_uri: self.jwks_uri,
            scopes: self.scopes,
            extra_parameters: self
                .extra_parameters
                .into_iter()
                .map(|parameter| (parameter.name, parameter.value))
                .collect(),
            client_authentication: self.client_authentication.into(),
            token_body: self.token_body.into(),
            redirect_kinds: self.redirect_kinds.into_iter().map(Into::into).collect(),
            pkce: self.pkce.into(),
            echoes_state: self.echoes_state.into(),
            sends_issuer: self.sends_issuer,
            id_token: self.id_token.into(),
            context: match self.context {
                ContextForm::None => Drafted::None,
                ContextForm::Own => own.map_or(Drafted::None, Drafted::Own),
                ContextForm::Userinfo => Drafted::Userinfo,
                ContextForm::Http { address, pointer } => Drafted::Http { address, pointer },
            },
            api_hosts: self.api_hosts,
            extra_ca: self.extra_ca,
            kept: Kept {
                id_token_algorithm: SigningAlgorithm::parse(&self.id_token_algorithm)
                    .unwrap_or_default(),
                ..basis.map_or_else(Kept::default, |provider| Draft::of(provider).kept)
            },
        }
    }
}

impl From<known::FieldFault> for FieldFaultView {
    fn from(fault: known::FieldFault) -> Self {
        let (trouble, word) = match fault.why {
            Why::Missing => (FieldTrouble::Missing, None),
            Why::BadName => (FieldTrouble::BadName, None),
            Why::NameTaken => (FieldTrouble::NameTaken, None),
            Why::NoAddress(_) => (FieldTrouble::NoAddress, None),
            Why::Insecure => (FieldTrouble::Insecure, None),
            Why::Protected(name) => (FieldTrouble::Protected, Some(name)),
            Why::BadParameter(name) => (FieldTrouble::BadParameter, Some(name)),
            Why::BadScope(scope) => (FieldTrouble::BadScope, Some(scope)),
            Why::TooManyScopes => (FieldTrouble::TooManyScopes, None),
            Why::NoWayBack => (FieldTrouble::NoWayBack, None),
            Why::BadHost(host) => (FieldTrouble::BadHost, Some(host)),
            Why::ForeignHost => (FieldTrouble::ForeignHost, None),
            Why::BadPointer => (FieldTrouble::BadPointer, None),
            Why::NothingToVerifyWith => (FieldTrouble::NothingToVerifyWith, None),
            Why::BadIssuer => (FieldTrouble::BadIssuer, None),
            Why::BadCertificate => (FieldTrouble::BadCertificate, None),
            Why::BadDays => (FieldTrouble::BadDays, None),
            Why::BadAlgorithm => (FieldTrouble::NothingToVerifyWith, None),
            Why::BadCredential => (FieldTrouble::BadCredential, None),
        };
        Self {
            field: fault.field.into(),
            trouble,
            word,
        }
    }
}
