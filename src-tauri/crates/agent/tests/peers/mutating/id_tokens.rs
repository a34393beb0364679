//! What the id token of an answer says, and who signed it (SECURITY 52–54).

use super::ordered::ORIGIN;
use super::row::{ASKED, Row, taken, unproven};
use super::{begin, compare};
use serde_json::{Value, json};

fn claim(name: &str, value: Value) -> Value {
    let mut claims = serde_json::Map::new();
    claims.insert(name.to_owned(), value);
    json!({ "claims": claims })
}

pub(super) fn rows() -> Vec<Row> {
    [signatures(), whose(), times(), nonces(), renewed()]
        .into_iter()
        .flatten()
        .collect()
}

fn signatures() -> Vec<Row> {
    let by = |signer: &str| json!({ "sign": signer });
    let no = |what, script| unproven(52, what, script);
    let keys = format!("{ORIGIN}/keys-of-mine");
    let sent_elsewhere = |name: &str| json!({ "jose": { name: keys }, "sign": "another key" });
    vec![
        taken(52, "no name of a key", json!({ "jose": { "kid": null } })),
        no("by nobody", by("nobody")),
        no(
            "by the public key as a secret",
            by("the public key as a secret"),
        ),
        no("by another key", by("another key")),
        no(
            "by a key that it brings along",
            by("a key that it brings along"),
        ),
        no("by a key that it has the address of", sent_elsewhere("jku")),
        no(
            "by a certificate that it has the address of",
            sent_elsewhere("x5u"),
        ),
        no(
            "by the key, with another algorithm",
            by("the key, with RS512"),
        ),
        // At a renewal the signature isn't looked at, and the account is another one.
        no(
            "by the key, for another account",
            by("the key, for another account"),
        )
        .for_another_account(),
        no(
            "by a key that nobody knows",
            json!({ "jose": { "kid": "two" } }),
        ),
        no(
            "by the key, with something critical",
            by("the key, with something critical"),
        ),
        no("no token", json!({ "set": { "id_token": "token" } })),
        no("two parts", json!({ "set": { "id_token": "e30.e30" } })),
    ]
}

fn whose() -> Vec<Row> {
    let no = |what, name, value| unproven(53, what, claim(name, value));
    let long = |length: usize| claim("sub", json!("s".repeat(length)));
    let client = "keyfob-at-mock";
    vec![
        no("another issuer", "iss", json!("https://issuer.example")).for_another_account(),
        no(
            "the issuer with a slash",
            "iss",
            json!(format!("{ORIGIN}/")),
        )
        .for_another_account(),
        no("no issuer", "iss", json!(null)).for_another_account(),
        no("another audience", "aud", json!("somebody-else")).for_another_account(),
        no("no audience", "aud", json!(null)).for_another_account(),
        no("an empty list as audience", "aud", json!([])).for_another_account(),
        no("a second audience", "aud", json!([client, "somebody-else"])),
        taken(53, "the audience in a list", claim("aud", json!([client]))),
        no("another party", "azp", json!("somebody-else")),
        taken(53, "the party named", claim("azp", json!(client))),
        no("no account", "sub", json!(null)),
        no("an empty account", "sub", json!("")),
        no("a number as account", "sub", json!(7)),
        no("an account not in ASCII", "sub", json!("jöhn")),
        unproven(53, "an account of 256", long(256)),
        taken(53, "an account of 255", long(255)).after(long(255)),
        no(
            "the hash of another access token",
            "at_hash",
            json!("LDktKdoQak3Pk0cnXxCltA"),
        ),
        unproven(
            53,
            "none, though it is granted",
            json!({
                "remove": ["id_token"],
                "set": { "scope": ASKED },
            }),
        )
        .renews(|renewal| ASKED.clone_into(&mut renewal.granted)),
    ]
}

fn times() -> Vec<Row> {
    let no = |what, name, value| unproven(53, what, claim(name, value));
    let fits = |what, name, value| taken(53, what, claim(name, value));
    vec![
        no("no end", "exp", json!(null)),
        no("no beginning", "iat", json!(null)),
        no("over for a minute", "exp", json!("now-61")),
        fits("over for some seconds", "exp", json!("now-10")),
        no("from two minutes ahead", "iat", json!("now+120")),
        fits("from some seconds ahead", "iat", json!("now+30")),
        no("not good for another two minutes", "nbf", json!("now+120")),
        no("older than ten minutes", "iat", json!("now-601")),
        fits("nearly ten minutes old", "iat", json!("now-500")),
        no("an end that is a text", "exp", json!("tomorrow")),
    ]
}

fn nonces() -> Vec<Row> {
    vec![
        unproven(53, "no nonce", claim("nonce", json!(null))),
        unproven(53, "another nonce", claim("nonce", json!("n-0S6_WzA2Mj"))),
        unproven(53, "an empty nonce", claim("nonce", json!(""))),
    ]
}

/// A renewal whose id token isn't that of the sign-in.
fn renewed() -> Vec<Row> {
    let at = |time: u64| claim("auth_time", json!(time));
    let foreign =
        |what, before, script| taken(54, what, script).after(before).for_another_account();
    let fits = |what, before, script| taken(54, what, script).after(before);
    let late = json!({ "claims": { "sub": "eve", "exp": "now-3600" } });
    vec![
        fits("none", json!({}), json!({ "remove": ["id_token"] })),
        fits("null", json!({}), json!({ "set": { "id_token": null } })),
        fits(
            "of the same account",
            claim("sub", json!("ada")),
            claim("sub", json!("ada")),
        ),
        fits("of the same sign-in", at(1_790_000_000), at(1_790_000_000)),
        // What is odd, but of the same account, costs nobody the grant.
        fits("of another sign-in", at(1_790_000_000), at(1_790_000_001)),
        foreign("of another account", claim("sub", json!("ada")), json!({})),
        foreign("of another account, and over", json!({}), late),
        foreign(
            "in other letters",
            claim("sub", json!("ada")),
            claim("sub", json!("Ada")),
        ),
    ]
}

#[tokio::test]
async fn security_52_to_54_an_id_token_proves_who_signed_in_or_nobody_did() {
    let mut walk = begin().await;
    let mut wrong = String::new();
    for row in rows() {
        if let Some(expected) = &row.exchange {
            let seen = walk.exchange(&row).await;
            compare(&mut wrong, &row, &seen, expected);
        }
        if let Some(expected) = &row.renewal {
            let seen = walk.renew(&row).await;
            compare(&mut wrong, &row, &seen, expected);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    // Keys were looked for where they are published, and nowhere else.
    let others = super::ordered::view(&walk.server).await.others;
    let known = ["/authorize", "/jwks", "/revoke"];
    let elsewhere = others
        .iter()
        .find(|other| !known.contains(&other.path.as_str()));
    assert_eq!(elsewhere, None);
    walk.agent.quit().await;
}
