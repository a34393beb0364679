//! What a preset's file has to be: read without a fault, every fact of it looked up on a page that is
//! named, nothing secret in it, and told to the user in docs/providers.md as it is.
//!
//! Hazard: a wrong fact costs a user a sign-in, or worse; a page is the one thing a reviewer can hold
//! it against.

use keyfob_domain::provider::{
    Context, ContextKind, IdTokenUse, Pkce, Provider, RedirectKind, Rotation, parse,
};
use keyfob_engine::providers::{presets, templates};
use std::collections::BTreeSet;
use std::path::Path;
use toml::{Table, Value};
use url::Url;

const DIR: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../providers");
const PAPER: &str = include_str!("../../../../../../docs/providers.md");

/// The real services that there are facts of.
const SERVICES: [&str; 14] = [
    "atlassian",
    "discord",
    "dropbox",
    "github",
    "gitlab",
    "google",
    "linear",
    "mavio",
    "microsoft",
    "mio",
    "notion",
    "slack",
    "spotify",
    "zoom",
];
/// What the bundled sandbox plays was looked up nowhere.
const OF_THE_SANDBOX: [&str; 2] = ["mavio-sandbox", "mio-sandbox"];
/// Not offered, as nothing hosts the page yet that its redirects need.
const NOT_OFFERED: &str = "notion";
/// What Keyfob says itself: names, and what it will read.
const NO_FACTS: [&str; 4] = ["slug", "name", "reads", "sources"];

/// Gives the text of a service's file.
pub(super) fn text(slug: &str) -> String {
    std::fs::read_to_string(Path::new(DIR).join(format!("{slug}.toml"))).unwrap()
}

/// Reads a file. One whose redirects need a page that nobody hosts is read as if they came to loopback.
pub(super) fn provider(slug: &str) -> Provider {
    let text = text(slug);
    parse(&as_if_hosted(&text)).unwrap_or_else(|broken| panic!("{slug}.toml: {broken}"))
}

fn as_if_hosted(text: &str) -> String {
    text.replace(
        "redirect_kinds = [\"https\"]",
        "redirect_kinds = [\"loopback\"]",
    )
}

/// Says what is wrong with a file, each time with its name and the key.
fn faults(slug: &str, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    match parse(&as_if_hosted(text)) {
        Ok(provider) if provider.slug.as_str() != slug => {
            faults.push(format!("slug: it is {}", provider.slug));
        }
        Ok(_) => {}
        Err(broken) => faults.push(broken.to_string()),
    }
    match text.parse::<Table>() {
        Ok(table) => {
            faults.extend(unsourced(&table));
            faults.extend(secrets("", &table));
        }
        Err(error) => faults.push(error.message().to_owned()),
    }
    let named = |fault| format!("{slug}.toml: {fault}");
    faults.into_iter().map(named).collect()
}

/// Compares the facts with what the pages are named for.
fn unsourced(table: &Table) -> Vec<String> {
    let mut faults = Vec::new();
    let facts: BTreeSet<&str> = table.keys().map(String::as_str).collect();
    let facts: BTreeSet<&str> = facts
        .into_iter()
        .filter(|key| !NO_FACTS.contains(key))
        .collect();
    let mut told = BTreeSet::new();
    let sources = table.get("sources").and_then(Value::as_table);
    for (page, keys) in sources.into_iter().flatten() {
        if !is_page(page) {
            faults.push(format!("sources: {page} is no https address"));
        }
        let keys = keys.as_array().map(Vec::as_slice).unwrap_or_default();
        if keys.is_empty() {
            faults.push(format!("sources: {page} is named for nothing"));
        }
        for key in keys.iter().filter_map(Value::as_str) {
            if !facts.contains(key) {
                faults.push(format!("sources: {page} is named for {key}, no fact here"));
            }
            told.insert(key);
        }
    }
    let missing = facts.difference(&told);
    faults.extend(missing.map(|key| format!("{key}: no page is named for it")));
    faults
}

fn is_page(address: &str) -> bool {
    Url::parse(address).is_ok_and(|url| {
        url.scheme() == "https"
            && url.domain().is_some_and(|domain| domain.contains('.'))
            && url.username().is_empty()
    })
}

/// Finds values that look like a credential. That a key is one, the parser doesn't let pass.
fn secrets(under: &str, table: &Table) -> Vec<String> {
    let mut faults = Vec::new();
    for (key, value) in table.iter().filter(|(key, _)| *key != "sources") {
        let path = format!("{under}{key}");
        match value {
            Value::Table(inner) => faults.extend(secrets(&format!("{path}."), inner)),
            Value::String(_) | Value::Array(_) if looks_drawn(&value.to_string()) => {
                faults.push(format!("{path}: it looks like a secret"));
            }
            Value::String(_)
            | Value::Array(_)
            | Value::Integer(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::Datetime(_) => {}
        }
    }
    faults
}

/// So many signs of an alphabet of keys in a row, with a digit, aren't words.
fn looks_drawn(text: &str) -> bool {
    text.split(|sign: char| !sign.is_ascii_alphanumeric() && !"-_~".contains(sign))
        .any(|run| run.len() >= 16 && run.bytes().any(|byte| byte.is_ascii_digit()))
}

#[test]
fn there_is_a_file_of_each_service_and_of_nothing_else() {
    let entries = std::fs::read_dir(DIR).unwrap();
    let there: BTreeSet<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let expected = SERVICES.iter().chain(&OF_THE_SANDBOX);
    let expected: BTreeSet<String> = expected.map(|slug| format!("{slug}.toml")).collect();
    assert_eq!(there, expected);
}

#[test]
fn every_fact_of_a_service_was_looked_up_on_a_page_that_is_named() {
    let faults: Vec<String> = SERVICES
        .iter()
        .flat_map(|slug| faults(slug, &text(slug)))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_fault_in_a_file_is_named_with_the_file_and_the_key() {
    let good = text("discord");
    let with = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        good.replacen(from, to, 1)
    };
    let rows = [
        ("as it is", good.clone(), ""),
        (
            "a fact without a page",
            with("pkce = ", "rotation = \"rotating\"\npkce = "),
            "discord.toml: rotation: no page is named for it",
        ),
        (
            "a page for what isn't there",
            with(
                "\"scopes\", \"echoes_state\"",
                "\"scopes\", \"issuer\", \"echoes_state\"",
            ),
            "is named for issuer, no fact here",
        ),
        (
            "a page for what is no fact",
            with(
                "\"scopes\", \"echoes_state\"",
                "\"scopes\", \"reads\", \"echoes_state\"",
            ),
            "is named for reads, no fact here",
        ),
        (
            "a page over http",
            with(
                "\"https://github.com/chillerlan",
                "\"http://github.com/chillerlan",
            ),
            "Discord.php is no https address",
        ),
        (
            "a page that is a name",
            with(
                "\"https://discord.com/developers/docs/topics/oauth2\"",
                "\"Discord's guide\"",
            ),
            "Discord's guide is no https address",
        ),
        (
            "a page for nothing",
            with("Discord.php\" = [\"context\"]", "Discord.php\" = []"),
            "Discord.php is named for nothing",
        ),
        (
            "an unknown key",
            with("pkce = ", "pkce_method = \"S256\"\npkce = "),
            "discord.toml: line 15, column 1: unknown field `pkce_method`",
        ),
        (
            "a client id",
            with("pkce = ", "client_id = \"1\"\npkce = "),
            "unknown field `client_id`",
        ),
        (
            "a secret in a place that takes any text",
            with(
                "[context]",
                "[extra_parameters]\nkey = \"q7Vw2mZk9TtR4bYx\"\n\n[context]",
            ),
            "discord.toml: extra_parameters.key: it looks like a secret",
        ),
        (
            "another slug",
            with("slug = \"discord\"", "slug = \"discord-2\""),
            "discord.toml: slug: it is discord-2",
        ),
    ];
    for (row, text, expected) in rows {
        let seen = faults("discord", &text);
        let found = seen.iter().any(|fault| fault.contains(expected));
        assert_eq!(
            (found, seen.is_empty()),
            (!expected.is_empty(), expected.is_empty()),
            "{row}: {seen:?}"
        );
    }
}

#[test]
fn every_service_but_the_one_that_needs_a_page_is_offered_as_its_file_says() {
    let offered: Vec<Provider> = templates();
    let slugs: BTreeSet<&str> = offered.iter().map(|one| one.slug.as_str()).collect();
    let expected = SERVICES.into_iter().filter(|slug| *slug != NOT_OFFERED);
    assert_eq!(slugs, expected.collect());
    for one in offered.iter().chain(&presets()) {
        assert_eq!(*one, provider(one.slug.as_str()), "{}", one.slug);
    }
    let refused = parse(&text(NOT_OFFERED)).unwrap_err();
    assert!(refused.why.contains("unknown variant `https`"), "{refused}");
}

/// The paper that users read says of each service what its file says.
#[test]
fn the_table_for_users_says_what_the_files_say() {
    let of_readme = ["mavio", "mio"];
    let rows = PAPER.lines().filter(|line| line.starts_with("| "));
    let told: BTreeSet<&str> = rows
        .skip_while(|line| !line.starts_with("| ---"))
        .skip(1)
        .collect();
    let files = SERVICES
        .into_iter()
        .filter(|slug| !of_readme.contains(slug));
    let expected: Vec<String> = files.map(|slug| row(slug, &provider(slug))).collect();
    let expected: BTreeSet<&str> = expected.iter().map(String::as_str).collect();
    assert_eq!(told, expected);
}

/// Writes a service's row of the table.
fn row(slug: &str, provider: &Provider) -> String {
    let secret = if provider.needs_client_secret() {
        "yes"
    } else {
        "no"
    };
    let pkce = match provider.pkce {
        Pkce::Required => "required",
        Pkce::Accepted => "checked",
        Pkce::Unknown | Pkce::Rejected => "not documented",
    };
    let rotation = match provider.rotation {
        Some(Rotation::Rotating) => "a new one each time",
        Some(Rotation::Reused) => "stays the same",
        None => "not documented",
    };
    let unused = provider
        .refresh_token_inactivity
        .map_or_else(String::new, |unused| {
            format!(
                "; over after {} days unused",
                unused.as_secs() / (24 * 3600)
            )
        });
    let ends = match (&provider.revocation_endpoint, &provider.account_page) {
        (Some(_), _) => "Keyfob".to_owned(),
        (None, Some(page)) => format!("you, [there]({page})"),
        (None, None) => "you, there".to_owned(),
    };
    let back = match provider.redirect_kinds.first() {
        _ if slug == NOT_OFFERED => "https only",
        Some(RedirectKind::Scheme) => "scheme",
        Some(RedirectKind::Loopback) | None => "loopback",
    };
    let label = label(provider);
    let name = &provider.name;
    format!("| {name} | {secret} | {pkce} | {rotation}{unused} | {ends} | {back} | {label} |")
}

fn label(provider: &Provider) -> String {
    match (&provider.context, provider.id_token) {
        (
            Some(Context {
                kind: ContextKind::Http { pointer },
                ..
            }),
            _,
        ) => {
            let field = pointer.rsplit('/').next().unwrap_or_default();
            format!("`{field}`")
        }
        (
            Some(Context {
                kind: ContextKind::Userinfo,
                ..
            }),
            _,
        ) => "userinfo".to_owned(),
        (_, IdTokenUse::Verify | IdTokenUse::Display) => "id token".to_owned(),
        _ => "none".to_owned(),
    }
}
