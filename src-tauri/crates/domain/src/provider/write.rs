//! Writes a provider as a file: the whole of a new one, or the changes to one that is there, whose
//! comments and order stay.
//!
//! Hazard: what is written has to be read as the same provider again. Each key of the format is here
//! once; a test writes and reads providers with all of them.

use super::{
    AnswerShape, ClientAuthentication, ContextKind, EchoesState, IdTokenUse, Pkce, Provider, Reads,
    RedirectKind, Rotation, ScopeParameter, ScopeSeparator, TokenBody,
};
use crate::token::SigningAlgorithm;
use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, TableLike, Value};
use url::Url;

/// Gives the text of a provider file. `old` is the file as it is, if there is one; where it can't be
/// read, it is written anew.
#[must_use]
pub fn write(provider: &Provider, old: Option<&str>) -> String {
    let mut file: DocumentMut = old.and_then(|text| text.parse().ok()).unwrap_or_default();
    let keys = file.as_table_mut();
    set(keys, "slug", Some(provider.slug.as_str().into()));
    set(keys, "name", Some(provider.name.as_str().into()));
    set(keys, "sandbox", provider.sandbox.then(|| true.into()));
    let address = |url: &Url| Value::from(url.as_str());
    let optional = |url: &Option<Url>| url.as_ref().map(address);
    set(
        keys,
        "authorization_endpoint",
        Some(address(&provider.authorization_endpoint)),
    );
    set(
        keys,
        "token_endpoint",
        Some(address(&provider.token_endpoint)),
    );
    set(
        keys,
        "revocation_endpoint",
        optional(&provider.revocation_endpoint),
    );
    set(
        keys,
        "userinfo_endpoint",
        optional(&provider.userinfo_endpoint),
    );
    set(keys, "issuer", provider.issuer.as_deref().map(Value::from));
    set(
        keys,
        "iss_parameter",
        provider.sends_issuer.then(|| true.into()),
    );
    set(keys, "jwks_uri", optional(&provider.jwks_uri));
    set(
        keys,
        "scopes",
        Some(Value::Array(provider.scopes.iter().collect())),
    );
    set(keys, "scope_separator", separator(provider.scope_separator));
    set(keys, "scope_parameter", parameter(provider.scope_parameter));
    let hosts: Array = provider.api_hosts.iter().collect();
    set(
        keys,
        "api_hosts",
        (!hosts.is_empty()).then_some(Value::Array(hosts)),
    );
    let reads: Array = provider
        .reads
        .iter()
        .map(|reads| reads_word(*reads))
        .collect();
    set(
        keys,
        "reads",
        (!reads.is_empty()).then_some(Value::Array(reads)),
    );
    set(
        keys,
        "client_authentication",
        Some(authentication(provider.client_authentication)),
    );
    set(keys, "token_body", body(provider.token_body));
    set(keys, "token_answer", shape(provider.token_answer));
    let ways: Array = provider
        .redirect_kinds
        .iter()
        .map(|kind| way_word(*kind))
        .collect();
    set(keys, "redirect_kinds", Some(Value::Array(ways)));
    set(keys, "echoes_state", echoes(provider.echoes_state));
    set(keys, "pkce", Some(pkce(provider.pkce)));
    set(keys, "id_token", id_token(provider.id_token));
    let algorithm = provider.id_token_algorithm;
    let unusual = (algorithm != SigningAlgorithm::default()).then(|| algorithm.as_str().into());
    set(keys, "id_token_algorithm", unusual);
    set(keys, "rotation", provider.rotation.map(rotation));
    let days = provider
        .refresh_token_inactivity
        .map(|life| life.as_secs() / (24 * 3600));
    let days = days.and_then(|days| i64::try_from(days).ok());
    set(keys, "refresh_token_inactivity_days", days.map(Value::from));
    set(
        keys,
        "registration_page",
        optional(&provider.registration_page),
    );
    set(keys, "account_page", optional(&provider.account_page));
    set(
        keys,
        "extra_ca",
        provider.extra_ca.as_deref().map(Value::from),
    );
    set_parameters(keys, &provider.extra_parameters);
    set_context(keys, provider);
    file.to_string()
}

/// Sets or removes one key; a value that is there already keeps its form and what stands beside it.
fn set(keys: &mut dyn TableLike, key: &str, value: Option<Value>) {
    let Some(mut value) = value else {
        keys.remove(key);
        return;
    };
    if let Some(old) = keys.get(key).and_then(Item::as_value) {
        if means_the_same(old, &value) {
            return;
        }
        *value.decor_mut() = old.decor().clone();
    }
    keys.insert(key, Item::Value(value));
}

fn means_the_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::String(one), Value::String(other)) => one.value() == other.value(),
        (Value::Integer(one), Value::Integer(other)) => one.value() == other.value(),
        (Value::Boolean(one), Value::Boolean(other)) => one.value() == other.value(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other)
                    .all(|(one, other)| means_the_same(one, other))
        }
        _ => false,
    }
}

fn set_parameters(keys: &mut Table, parameters: &[(String, String)]) {
    let key = "extra_parameters";
    if parameters.is_empty() {
        keys.remove(key);
        return;
    }
    let there = keys
        .entry(key)
        .or_insert_with(|| Item::Value(InlineTable::new().into()));
    let Some(table) = there.as_table_like_mut() else {
        return;
    };
    let gone: Vec<String> = table
        .iter()
        .map(|(name, _)| name.to_owned())
        .filter(|name| parameters.iter().all(|(known, _)| known != name))
        .collect();
    for name in gone {
        table.remove(&name);
    }
    for (name, value) in parameters {
        set(table, name, Some(value.as_str().into()));
    }
}

fn set_context(keys: &mut Table, provider: &Provider) {
    let Some(context) = &provider.context else {
        keys.remove("context");
        return;
    };
    let base = Value::from(context.base.as_str());
    let (kind, base, address, pointer) = match &context.kind {
        ContextKind::Mio => ("mio", Some(base), None, None),
        ContextKind::Mavio => ("mavio", Some(base), None, None),
        // It is the endpoint's own address.
        ContextKind::Userinfo => ("userinfo", None, None, None),
        ContextKind::Http { pointer } => (
            "http",
            None,
            Some(base),
            Some(Value::from(pointer.as_str())),
        ),
    };
    let there = keys
        .entry("context")
        .or_insert_with(|| Item::Table(Table::new()));
    let Some(table) = there.as_table_like_mut() else {
        return;
    };
    set(table, "kind", Some(kind.into()));
    set(table, "base", base);
    set(table, "address", address);
    set(table, "pointer", pointer);
}

// What is the default stays unwritten.

fn separator(separator: ScopeSeparator) -> Option<Value> {
    match separator {
        ScopeSeparator::Space => None,
        ScopeSeparator::Comma => Some("comma".into()),
    }
}

fn parameter(parameter: ScopeParameter) -> Option<Value> {
    match parameter {
        ScopeParameter::Scope => None,
        ScopeParameter::UserScope => Some("user_scope".into()),
    }
}

fn body(body: TokenBody) -> Option<Value> {
    match body {
        TokenBody::Form => None,
        TokenBody::Json => Some("json".into()),
    }
}

fn shape(shape: AnswerShape) -> Option<Value> {
    match shape {
        AnswerShape::Standard => None,
        AnswerShape::Github => Some("github".into()),
        AnswerShape::Slack => Some("slack".into()),
    }
}

fn echoes(echoes: EchoesState) -> Option<Value> {
    match echoes {
        EchoesState::Yes => None,
        EchoesState::Unknown => Some("unknown".into()),
    }
}

fn id_token(using: IdTokenUse) -> Option<Value> {
    match using {
        IdTokenUse::Ignore => None,
        IdTokenUse::Display => Some("display".into()),
        IdTokenUse::Verify => Some("verify".into()),
    }
}

fn authentication(authentication: ClientAuthentication) -> Value {
    match authentication {
        ClientAuthentication::None => "none",
        ClientAuthentication::Basic => "basic",
        ClientAuthentication::Post => "post",
    }
    .into()
}

fn pkce(pkce: Pkce) -> Value {
    match pkce {
        Pkce::Required => "required",
        Pkce::Accepted => "accepted",
        Pkce::Unknown => "unknown",
        Pkce::Rejected => "rejected",
    }
    .into()
}

fn rotation(rotation: Rotation) -> Value {
    match rotation {
        Rotation::Rotating => "rotating",
        Rotation::Reused => "reused",
    }
    .into()
}

fn way_word(kind: RedirectKind) -> &'static str {
    match kind {
        RedirectKind::Scheme => "scheme",
        RedirectKind::Loopback => "loopback",
    }
}

fn reads_word(reads: Reads) -> &'static str {
    match reads {
        Reads::MioSummary => "mio_summary",
        Reads::MioAnswers => "mio_answers",
        Reads::MavioMeetings => "mavio_meetings",
        Reads::MavioSummaries => "mavio_summaries",
        Reads::MavioActionItems => "mavio_action_items",
        Reads::MavioTranscripts => "mavio_transcripts",
        Reads::Profile => "profile",
        Reads::HttpText => "http_text",
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    const ALL: &str = r#"# Acme, as the admins gave it to us.
slug = "acme"
name = "Acme" # as people say it
authorization_endpoint = "https://acme.example/authorize?tenant=1"
token_endpoint = "https://acme.example/token"
revocation_endpoint = "https://acme.example/revoke"
userinfo_endpoint = "https://api.acme.example/userinfo"
issuer = "https://acme.example"
iss_parameter = true
jwks_uri = "https://acme.example/keys"
scopes = [
    "openid", # who it is
    "email",
]
scope_separator = "comma"
scope_parameter = "user_scope"
api_hosts = ["api.acme.example"]
reads = ["profile", "http_text"]
client_authentication = "basic"
token_body = "json"
token_answer = "slack"
redirect_kinds = ["loopback", "scheme"]
echoes_state = "unknown"
pkce = "required"
id_token = "verify"
id_token_algorithm = "ES256"
rotation = "rotating"
refresh_token_inactivity_days = 14
registration_page = "https://acme.example/apps"
account_page = "https://acme.example/me"
extra_ca = """
-----BEGIN CERTIFICATE-----
MIIB
-----END CERTIFICATE-----
"""

[extra_parameters]
# Without it there is no refresh token.
access_type = "offline"

[context]
kind = "http"
address = "https://api.acme.example/v1/me"
pointer = "/user/name"

[sources]
"https://acme.example/docs" = ["token_endpoint"]
"#;

    fn all() -> Provider {
        parse(ALL).unwrap()
    }

    #[test]
    fn what_is_written_is_read_as_the_same_provider() {
        let every_kind = [
            all(),
            parse(include_str!("../../../../providers/mio.toml")).unwrap(),
            parse(include_str!("../../../../providers/mavio.toml")).unwrap(),
            Provider {
                context: Some(super::super::Context {
                    kind: ContextKind::Userinfo,
                    base: all().userinfo_endpoint.unwrap(),
                }),
                api_hosts: vec!["api.acme.example".to_owned()],
                ..all()
            },
        ];
        for provider in every_kind {
            assert_eq!(parse(&write(&provider, None)).as_ref(), Ok(&provider));
            // Over a file of something else entirely.
            assert_eq!(parse(&write(&provider, Some(ALL))).as_ref(), Ok(&provider));
            assert_eq!(
                parse(&write(&provider, Some("slug ="))).as_ref(),
                Ok(&provider)
            );
        }
    }

    #[test]
    fn a_file_that_is_right_already_stays_byte_for_byte() {
        assert_eq!(write(&all(), Some(ALL)), ALL);
    }

    #[test]
    fn a_change_leaves_comments_and_order_where_they_are() {
        let mut provider = all();
        provider.name = "Acme Inc.".to_owned();
        provider.token_endpoint = Url::parse("https://acme.example/v2/token").unwrap();
        provider.extra_parameters = vec![
            ("access_type".to_owned(), "offline".to_owned()),
            ("prompt".to_owned(), "consent".to_owned()),
        ];
        provider.revocation_endpoint = None;
        let expected = ALL
            .replace("\"Acme\"", "\"Acme Inc.\"")
            .replace("example/token\"", "example/v2/token\"")
            .replace(
                "revocation_endpoint = \"https://acme.example/revoke\"\n",
                "",
            )
            .replace("= \"offline\"\n", "= \"offline\"\nprompt = \"consent\"\n");
        assert_eq!(write(&provider, Some(ALL)), expected);
    }
}
