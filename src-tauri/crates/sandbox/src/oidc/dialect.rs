//! A token answer in the words of the service whose dialect the face speaks.
//!
//! Hazard: a dialect changes words alone. What is granted and honoured is decided before.

use serde_json::{Value, json};

use crate::grants::Issued;
use crate::manners::OidcDialect;

/// The names that Google's answers have for two of the scopes.
const LONG_NAMES: [(&str, &str); 2] = [
    ("email", "https://www.googleapis.com/auth/userinfo.email"),
    (
        "profile",
        "https://www.googleapis.com/auth/userinfo.profile",
    ),
];
/// Stands for every id that a client has no use for.
const ID: &str = "dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc";

/// Whether a scope is the one of this name, in the long form too.
pub(super) fn is_scope(scope: &str, name: &str) -> bool {
    scope == name || LONG_NAMES.contains(&(name, scope))
}

/// Says an answer as the service does.
pub(super) fn say(
    dialect: OidcDialect,
    answer: &mut Value,
    issued: &Issued,
    refresh: bool,
    now: i64,
) {
    match dialect {
        OidcDialect::Standard => {}
        OidcDialect::Google => answer["scope"] = joined(issued, |scope| Some(long_name(scope))),
        OidcDialect::Microsoft => {
            answer["scope"] = joined(issued, |scope| (scope != "offline_access").then_some(scope));
            answer["ext_expires_in"] = answer["expires_in"].clone();
        }
        OidcDialect::Gitlab => answer["created_at"] = json!(now.div_euclid(1000)),
        OidcDialect::Dropbox => {
            answer["token_type"] = json!("bearer");
            if refresh {
                leave_out(answer, "scope");
            } else {
                answer["uid"] = json!("12345");
                answer["account_id"] = json!(ID);
            }
        }
    }
}

fn joined<'a>(issued: &'a Issued, told: impl Fn(&'a str) -> Option<&'a str>) -> Value {
    let scopes = issued.scope.iter().filter_map(|scope| told(scope));
    json!(scopes.collect::<Vec<_>>().join(" "))
}

fn long_name(scope: &str) -> &str {
    let mut names = LONG_NAMES.iter();
    let found = names.find(|(short, _)| *short == scope);
    found.map_or(scope, |(_, long)| long)
}

fn leave_out(answer: &mut Value, name: &str) {
    if let Some(members) = answer.as_object_mut() {
        members.remove(name);
    }
}
