//! What the provider says of the account, where its id token doesn't name it (SECURITY 55): it names the
//! account of the id token, or nobody, and never stands in the way.

use super::begin_with;
use super::ordered::{ORIGIN, order, view};
use crate::visitor::Says;
use crate::world::{begin, end_of, listed};
use serde_json::{Value, json};

#[tokio::test]
async fn security_55_userinfo_names_the_account_of_the_id_token_or_none() {
    let endpoint = format!("userinfo_endpoint = \"{ORIGIN}/userinfo\"\n");
    let mut walk = begin_with(&endpoint).await;
    let says = |body: Value| json!({ "body": body });
    let typed = |media_type: &str, text: &str| json!({ "text": text, "headers": { "Content-Type": media_type } });
    let named = json!({ "sub": "johndoe", "email": "john@mock.example" });
    let rows = [
        (
            "the same account",
            says(named.clone()),
            json!("john@mock.example"),
        ),
        (
            "a name",
            says(json!({ "sub": "johndoe", "name": "John" })),
            json!("John"),
        ),
        (
            "another account",
            says(json!({ "sub": "eve", "email": "eve@mock.example" })),
            Value::Null,
        ),
        (
            "the same in other letters",
            says(json!({ "sub": "JohnDoe", "name": "Eve" })),
            Value::Null,
        ),
        (
            "nothing else",
            says(json!({ "sub": "johndoe" })),
            Value::Null,
        ),
        ("a list", says(json!([named])), Value::Null),
        ("a page", typed("text/html", "<p>Sign in</p>"), Value::Null),
        ("nothing at all", typed("application/json", ""), Value::Null),
        (
            "a refusal",
            json!({ "status": 403, "body": { "error": "insufficient_scope" } }),
            Value::Null,
        ),
        ("a fault", json!({ "status": 500, "text": "" }), Value::Null),
        (
            "cut",
            json!({ "body": named, "wire": "chunked, cut" }),
            Value::Null,
        ),
    ];
    for (row, script, account) in rows {
        let (attempt, url) = begin(&mut walk.agent, &walk.server).await;
        let before = view(&walk.server).await.others_at("/userinfo");
        order(&walk.server, "/userinfo", &script).await;
        let callback = walk.visitor.sign_in(&url, Says::Yes).await;
        walk.visitor.open(&callback).await;
        let end = end_of(&mut walk.agent, &attempt).await;
        assert_eq!(end["step"], json!("connected"), "{row}: {end}");
        let id = end["connection"].as_str().unwrap();
        let connection = listed(&mut walk.agent, id).await;
        assert_eq!(connection["account"], account, "{row}");
        assert_eq!(connection["condition"]["kind"], json!("active"), "{row}");
        let asked = view(&walk.server).await.others_at("/userinfo") - before;
        assert_eq!(asked, 1, "{row}");
        walk.forget(id).await;
    }
    walk.agent.quit().await;
}
