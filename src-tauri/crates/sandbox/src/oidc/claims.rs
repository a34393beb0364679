//! What is said of a user, in an id token and by the userinfo endpoint (OpenID Connect Core §5.4).

use serde_json::{Map, Value, json};

use super::dialect::is_scope;
use crate::people;

/// `sub`, with the scope `email` also `email` and `email_verified`, with `profile` also `name`.
pub(super) fn of(user: &str, scope: &[String]) -> Map<String, Value> {
    let mut claims = Map::new();
    claims.insert("sub".to_owned(), json!(user));
    let granted = |name: &str| scope.iter().any(|scope| is_scope(scope, name));
    if let Some(person) = people::find(user) {
        if granted("email") {
            claims.insert("email".to_owned(), json!(person.email));
            claims.insert("email_verified".to_owned(), json!(true));
        }
        if granted("profile") {
            claims.insert("name".to_owned(), json!(person.name));
        }
    }
    claims
}
