//! Notion's words: no scopes and no lifetime in the answer, but whose workspace it is.

use axum::response::Response;
use serde_json::{Value, json};

use super::Answering;
use crate::http::json_answer;
use crate::people;
use crate::token_request::Failure;

/// Stands for every id that a client has no use for.
const ID: &str = "00000000-0000-4000-8000-000000000000";

pub(super) fn answer(answering: &Answering<'_>) -> Value {
    let mut answer = answering.members();
    let user = answering.issued.user.as_str();
    let person = people::find(user);
    let (name, email) = person.map_or(("", ""), |person| (person.name, person.email));
    if let Some(members) = answer.as_object_mut() {
        members.remove("scope");
        members.remove("expires_in");
    }
    answer["token_type"] = json!("bearer");
    answer["bot_id"] = json!(ID);
    answer["workspace_id"] = json!(ID);
    answer["workspace_name"] = json!(format!("The workspace of {name}"));
    answer["workspace_icon"] = Value::Null;
    answer["owner"] = json!({ "type": "user", "user": owner(user, name, email) });
    answer["duplicated_template_id"] = Value::Null;
    answer["request_id"] = json!(ID);
    answer
}

/// As the RFC has it, with the id of the request.
pub(super) fn refused(failure: &Failure) -> Response {
    let body = json!({
        "error": failure.error.word(),
        "error_description": failure.description,
        "request_id": ID,
    });
    json_answer(failure.error.status(), &body)
}

/// As `GET /v1/users/me` tells it: the token's own robot, and who owns it.
pub(super) fn person(user: &str, name: &str, email: &str) -> Value {
    json!({
        "object": "user",
        "id": ID,
        "type": "bot",
        "bot": { "owner": { "type": "user", "user": owner(user, name, email) } },
    })
}

fn owner(user: &str, name: &str, email: &str) -> Value {
    json!({
        "object": "user",
        "id": user,
        "type": "person",
        "name": name,
        "avatar_url": null,
        "person": { "email": email },
    })
}
