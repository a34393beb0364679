//! Where the access token goes: to the provider's own hosts, in its header, and after no redirect (SECURITY 49).

use super::begin;
use super::ordered::{Other, order, view};
use crate::world::connect;
use serde_json::{Value, json};

#[tokio::test]
async fn security_49_the_access_token_goes_to_the_providers_hosts_and_nowhere_else() {
    let mut walk = begin().await;
    let id = connect(&mut walk.agent, &walk.server).await;
    let home = walk.server.origin.clone();
    // Another name for the same place, which is another host.
    let away = home.replace("127.0.0.1", "localhost");
    let to_away = |status: u16| {
        let headers = json!({ "Location": format!("{away}/userinfo") });
        json!({ "status": status, "headers": headers })
    };
    let redirects = [301, 302, 303, 307, 308].map(|status| {
        let row = format!("a redirect with {status}");
        (
            row,
            format!("{home}/userinfo"),
            to_away(status),
            json!(status),
            1,
        )
    });
    let rows = [
        (
            "as it is".to_owned(),
            format!("{home}/userinfo"),
            json!({}),
            json!(200),
            1,
        ),
        (
            "another host".to_owned(),
            format!("{away}/userinfo"),
            Value::Null,
            json!("input_invalid"),
            0,
        ),
    ];
    let mut sent = view(&walk.server).await.others.len();
    for (row, url, script, expected, requests) in rows.into_iter().chain(redirects) {
        if !script.is_null() {
            order(&walk.server, "/userinfo", &script).await;
        }
        let call = json!({ "connection": id, "url": url });
        let answer = walk.agent.ask("call-api", call).await;
        let seen = match &answer {
            Ok(answer) => &answer["status"],
            Err(error) => &error["code"],
        };
        assert_eq!(seen, &expected, "{row}: {answer:?}");
        let others = view(&walk.server).await.others;
        let home = Other {
            host: home.replace("http://", ""),
            path: "/userinfo".to_owned(),
            authentication: "Bearer".to_owned(),
        };
        let new: Vec<&Other> = others[sent..].iter().collect();
        assert_eq!(new, vec![&home; requests], "{row}");
        sent = others.len();
    }
    walk.agent.quit().await;
}
