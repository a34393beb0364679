//! What the members of an answer say: types, lifetimes, scopes and tokens (SECURITY 42–45, 49).

use super::row::{ASKED, Kept, Life, Row, refused, taken};
use serde_json::{Value, json};

const MALFORMED: &str = "answer_malformed";
const TEN_YEARS: u64 = 10 * 365 * 24 * 3600;
/// The longest token, in bytes.
const LONGEST: usize = 64 * 1024;

fn with(name: &str, value: Value) -> Value {
    let mut members = serde_json::Map::new();
    members.insert(name.to_owned(), value);
    json!({ "set": members })
}

fn without(names: &[&str]) -> Value {
    json!({ "remove": names })
}

/// A lifetime that no JSON library would write like this.
fn written(lifetime: &str) -> Value {
    json!({ "replace": ["\"expires_in\":3600", format!("\"expires_in\":{lifetime}")] })
}

pub(super) fn rows() -> Vec<Row> {
    [types(), lifetimes(), scopes(), refresh_tokens(), texts()]
        .into_iter()
        .flatten()
        .collect()
}

fn types() -> Vec<Row> {
    let of = |value: Value| with("token_type", value);
    let token = |value: Value| with("access_token", value);
    let no = |what, script| refused(42, what, script, MALFORMED);
    vec![
        taken(42, "type in lower case", of(json!("bearer"))),
        taken(42, "type in upper case", of(json!("BEARER"))),
        taken(42, "type in mixed case", of(json!("bEaReR"))),
        no("type mac", of(json!("mac"))),
        no("type N_A", of(json!("N_A"))),
        no("type DPoP, unasked", of(json!("DPoP"))),
        no("type with a blank", of(json!(" Bearer"))),
        no("type empty", of(json!(""))),
        no("type null", of(json!(null))),
        no("type in a list", of(json!(["Bearer"]))),
        no("no type", without(&["token_type"])),
        no("no access token", without(&["access_token"])),
        no("access token null", token(json!(null))),
        no("access token empty", token(json!(""))),
        no("access token a number", token(json!(7))),
        no("access token in a list", token(json!(["at"]))),
    ]
}

fn lifetimes() -> Vec<Row> {
    let of = |value: Value| with("expires_in", value);
    let unknown = |what, script| taken(43, what, script).lives(Life::Assumed);
    let known = |what, script, seconds| taken(43, what, script).lives(Life::Told(seconds));
    let alone = |script: Value| {
        let mut script = script;
        script["set"]["refresh_token"] = json!(null);
        let row = taken(43, "", script).brings_no_refresh_token();
        row.exchanges(|outcome| outcome.life = Life::Endless)
            .renews(|outcome| outcome.life = Life::Assumed)
    };
    let named = |what, row: Row| Row { what, ..row };
    vec![
        known("a number", of(json!(7200)), 7200),
        known("digits", of(json!("7200")), 7200),
        known("a second", of(json!(1)), 1),
        unknown("missing", without(&["expires_in"])),
        unknown("null", of(json!(null))),
        unknown("negative", of(json!(-1))),
        unknown("negative digits", of(json!("-7200"))),
        unknown("zero", of(json!(0))),
        unknown("zero as digits", of(json!("0"))),
        unknown("a fraction", of(json!(3599.5))),
        unknown("a fraction as text", of(json!("3599.5"))),
        unknown("with an exponent", written("1e3")),
        unknown("the text NaN", of(json!("NaN"))),
        unknown("a word", of(json!("soon"))),
        unknown("no digits", of(json!(""))),
        unknown("digits that aren't ASCII", of(json!("٣٦٠٠"))),
        unknown("true", of(json!(true))),
        unknown("a list", of(json!([7200]))),
        unknown("an object", of(json!({ "seconds": 7200 }))),
        known("ten years", of(json!(TEN_YEARS)), TEN_YEARS),
        known(
            "ten years and a second",
            of(json!(TEN_YEARS + 1)),
            TEN_YEARS,
        ),
        known("2^64 - 1", of(json!(u64::MAX)), TEN_YEARS),
        known(
            "2^63 as digits",
            of(json!("9223372036854775808")),
            TEN_YEARS,
        ),
        known(
            "over 64 bits",
            written("99999999999999999999999"),
            TEN_YEARS,
        ),
        known("over what a float holds", written("1e999"), TEN_YEARS),
        unknown("under what a float holds", written("-1e999")),
        known("four hundred digits", written(&"9".repeat(400)), TEN_YEARS),
        named("missing, and no refresh token", {
            let mut script = without(&["expires_in"]);
            script["set"] = json!({});
            alone(script)
        }),
        named("negative, and no refresh token", alone(of(json!(-1)))),
        named("null, and no refresh token", alone(of(json!(null)))),
    ]
}

fn scopes() -> Vec<Row> {
    let of = |value: Value| with("scope", value);
    let wider = "openid email offline_access admin";
    vec![
        // What was granted before stays granted; at a sign-in it is what was asked for.
        taken(44, "absent", without(&["scope"]))
            .exchanges(|outcome| ASKED.clone_into(&mut outcome.granted)),
        taken(44, "null", of(json!(null)))
            .exchanges(|outcome| ASKED.clone_into(&mut outcome.granted)),
        taken(44, "narrower", of(json!("openid"))).grants("openid"),
        taken(44, "wider", of(json!(wider))).grants(wider),
        taken(44, "in a list", of(json!(["openid", "email"]))).grants("openid email"),
        taken(44, "twice the same", of(json!("openid openid email"))).grants("openid email"),
        taken(44, "narrower than before", of(json!("email")))
            .after(of(json!(ASKED)))
            .grants("email"),
        taken(44, "wider again", of(json!(ASKED)))
            .after(of(json!("openid")))
            .grants(ASKED),
        taken(44, "absent after it was narrower", without(&["scope"]))
            .after(of(json!("openid")))
            .grants("openid"),
        taken(44, "absent after it was wider", without(&["scope"]))
            .after(of(json!(wider)))
            .grants(wider),
    ]
}

fn refresh_tokens() -> Vec<Row> {
    let of = |value: Value| with("refresh_token", value);
    let none = |what, script| taken(45, what, script).brings_no_refresh_token();
    vec![
        taken(45, "a new one", json!({})),
        none("absent", without(&["refresh_token"])),
        none("null", of(json!(null))),
        none("empty", of(json!(""))),
        taken(
            45,
            "nothing to renew with leaves an access that works",
            json!({}),
        )
        .after(without(&["refresh_token"]))
        .renews(|outcome| {
            outcome.requests = 0;
            outcome.kept = Kept::Same;
        }),
    ]
}

fn texts() -> Vec<Row> {
    let no = |what, name, text: &str| refused(49, what, with(name, json!(text)), MALFORMED);
    let longest = "x".repeat(LONGEST);
    let longer = "x".repeat(LONGEST + 1);
    let both = json!({ "set": { "access_token": longest, "refresh_token": longest } });
    vec![
        taken(49, "every character there may be", {
            let all: String = ('!'..='~').collect();
            json!({ "set": { "access_token": all, "refresh_token": all } })
        }),
        taken(49, "64 KiB", both),
        no("access token of a byte more", "access_token", &longer),
        no("refresh token of a byte more", "refresh_token", &longer),
        no("id token of a byte more", "id_token", &longer),
        no(
            "access token with a header",
            "access_token",
            "at\r\nX-Admin: yes",
        ),
        no("access token with a line feed", "access_token", "at\n"),
        no("access token with NUL", "access_token", "at\u{0}"),
        no("access token with a tab", "access_token", "a\tt"),
        no("access token with DEL", "access_token", "at\u{7f}"),
        no("access token not in ASCII", "access_token", "töken"),
        no("refresh token with a header", "refresh_token", "rt\r\nX: y"),
        no("refresh token not in ASCII", "refresh_token", "rt\u{202e}"),
        no("id token with a header", "id_token", "a.b.c\r\nX: y"),
    ]
}
