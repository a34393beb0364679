//! SECURITY 41–50 as tables over the pure readers.

use super::*;
use crate::failure::OauthError;
use proptest::prelude::*;

fn answer(status: u16, media_type: Option<&str>, body: &[u8]) -> Result<TokenAnswer, Fault> {
    shaped(AnswerShape::Standard, status, media_type, body)
}

fn shaped(
    shape: AnswerShape,
    status: u16,
    media_type: Option<&str>,
    body: &[u8],
) -> Result<TokenAnswer, Fault> {
    let answer = HttpAnswer {
        status,
        media_type: media_type.map(str::to_owned),
        retry_after: None,
        body,
    };
    read_token_answer(&answer, shape)
}

fn ok(body: &str) -> TokenAnswer {
    answer(200, Some("application/json"), body.as_bytes())
        .unwrap_or_else(|fault| panic!("{body}: {fault:?}"))
}

fn with(field: &str) -> String {
    format!(
        r#"{{"access_token":"at","token_type":"Bearer"{}{field}}}"#,
        if field.is_empty() { "" } else { "," }
    )
}

#[test]
fn a_whole_answer_is_read_whole() {
    let read = ok(&with(
        r#""refresh_token":"rt","id_token":"a.b.c","expires_in":86400,"scope":"a b","extra":{"x":[1]}"#,
    ));
    assert_eq!(read.access_token.expose(), "at");
    assert_eq!(read.refresh_token.unwrap().expose(), "rt");
    assert_eq!(read.id_token.unwrap().expose(), "a.b.c");
    assert_eq!(read.lifetime, Some(Duration::from_secs(86_400)));
    assert_eq!(read.scopes.unwrap().to_string(), "a b");
}

#[test]
fn the_life_of_the_refresh_token_is_read_under_either_name_and_like_any_lifetime() {
    let cases: &[(&str, Option<u64>)] = &[
        (r#""expires_in":3600"#, None),
        (r#""refresh_expires_in":1800"#, Some(1800)),
        (r#""refresh_token_expires_in":"15897600""#, Some(15_897_600)),
        (
            r#""refresh_expires_in":0,"refresh_token_expires_in":60"#,
            Some(60),
        ),
        (
            r#""refresh_expires_in":1800,"refresh_token_expires_in":60"#,
            Some(1800),
        ),
        (r#""refresh_expires_in":0"#, None),
        (r#""refresh_expires_in":-1"#, None),
        (r#""refresh_expires_in":{"a":1}"#, None),
        (
            r#""refresh_expires_in":99999999999999999999999"#,
            Some(LONGEST_LIFETIME.as_secs()),
        ),
    ];
    for (field, expected) in cases {
        let read = ok(&with(field));
        assert_eq!(read.access_token.expose(), "at", "{field}");
        assert_eq!(
            read.refresh_lifetime,
            expected.map(Duration::from_secs),
            "{field}"
        );
    }
}

#[test]
fn security_43_a_lifetime_is_a_positive_number_or_digits_and_never_costs_the_tokens() {
    let ten_years = LONGEST_LIFETIME.as_secs();
    let cases: &[(&str, Option<u64>)] = &[
        ("", None),
        (r#""expires_in":null"#, None),
        (r#""expires_in":3600"#, Some(3600)),
        (r#""expires_in":"3600""#, Some(3600)),
        (r#""expires_in":1"#, Some(1)),
        (r#""expires_in":0"#, None),
        (r#""expires_in":-1"#, None),
        (r#""expires_in":3600.5"#, None),
        (r#""expires_in":"3600.5""#, None),
        (r#""expires_in":"-1""#, None),
        (r#""expires_in":"""#, None),
        (r#""expires_in":"soon""#, None),
        (r#""expires_in":true"#, None),
        (r#""expires_in":[3600]"#, None),
        (r#""expires_in":315360001"#, Some(ten_years)),
        (r#""expires_in":18446744073709551615"#, Some(ten_years)),
        (r#""expires_in":99999999999999999999999"#, Some(ten_years)),
        (r#""expires_in":"99999999999999999999999""#, Some(ten_years)),
        (r#""expires_in":1e999"#, Some(ten_years)),
        (r#""expires_in":-1e999"#, None),
        (r#""expires_in":1e-999"#, None),
        (r#""expires_in":[1e999]"#, None),
        (r#""expires_in":"\ud800""#, None),
        (r#""expires_in":null,"x":1e999"#, None),
        (r#""expires_in":null,"scope":1e999"#, None),
        (r#""refresh_token_expires_in":1e999"#, None),
    ];
    for (field, seconds) in cases {
        assert_eq!(
            ok(&with(field)).lifetime,
            seconds.map(Duration::from_secs),
            "{field}"
        );
    }
}

#[test]
fn security_43_without_a_lifetime_an_hour_is_assumed_only_where_it_can_be_renewed() {
    let start = Timestamp::from_millis(1_000);
    let read = ok(&with(""));
    assert_eq!(
        read.expiry(start, true),
        Expiry::At {
            at: Timestamp::from_millis(3_601_000),
            lifetime: ASSUMED_LIFETIME,
            assumed: true
        }
    );
    assert_eq!(read.expiry(start, false), Expiry::Never);
}

#[test]
fn security_44_and_45_scope_and_refresh_token_in_all_their_forms() {
    for (field, scopes) in [
        (r#""scope":"a  b a""#, Some("a b")),
        (r#""scope":["a","b"]"#, Some("a b")),
        (r#""scope":"""#, Some("")),
        (r#""scope":null"#, None),
        (r#""scope":7"#, None),
        ("", None),
    ] {
        assert_eq!(
            ok(&with(field))
                .scopes
                .map(|scopes| scopes.to_string())
                .as_deref(),
            scopes,
            "{field}"
        );
    }
    for field in ["", r#""refresh_token":null"#, r#""refresh_token":"""#] {
        assert!(ok(&with(field)).refresh_token.is_none(), "{field}");
    }
}

#[test]
fn security_42_and_46_what_is_no_token_answer_is_refused() {
    let deep = with(&format!(r#""x":{}1{}"#, "[".repeat(40), "]".repeat(40)));
    let long = with(&format!(r#""refresh_token":"{}""#, "x".repeat(65_537)));
    let cases: &[(&str, Option<&str>, &[u8])] = &[
        (
            "46: HTML",
            Some("text/html"),
            b"<html>Sign in to the hotel</html>",
        ),
        (
            "46: HTML called JSON",
            Some("application/json"),
            b"<html></html>",
        ),
        (
            "46: JSON called HTML",
            Some("text/html"),
            br#"{"access_token":"at","token_type":"Bearer"}"#,
        ),
        ("46: empty", Some("application/json"), b""),
        (
            "46: a list",
            Some("application/json"),
            br#"["at","Bearer",null,null,null,null,null,null,null,null]"#,
        ),
        (
            "46: byte order mark",
            Some("application/json"),
            b"\xef\xbb\xbf{\"access_token\":\"at\",\"token_type\":\"Bearer\"}",
        ),
        (
            "46: key twice",
            Some("application/json"),
            br#"{"access_token":"at","access_token":"b","token_type":"Bearer"}"#,
        ),
        (
            "46: key in disguise",
            Some("application/json"),
            br#"{"access_token":"at","\u0061ccess_token":"b","token_type":"Bearer"}"#,
        ),
        (
            "46: key that nobody reads twice",
            Some("application/json"),
            br#"{"access_token":"at","token_type":"Bearer","x":1,"x":1}"#,
        ),
        (
            "46: key twice in what nobody reads",
            Some("application/json"),
            br#"{"access_token":"at","token_type":"Bearer","x":[0,{"y":1,"y":1e999}]}"#,
        ),
        ("46: deep", Some("application/json"), deep.as_bytes()),
        (
            "46: cut",
            Some("application/json"),
            br#"{"access_token":"at","token_ty"#,
        ),
        ("46: array", Some("application/json"), b"[]"),
        (
            "46: two documents",
            Some("application/json"),
            br#"{"access_token":"at","token_type":"Bearer"}{}"#,
        ),
        (
            "46: not UTF-8",
            Some("application/json"),
            b"{\"access_token\":\"\xff\",\"token_type\":\"Bearer\"}",
        ),
        (
            "46: no type, no JSON",
            None,
            b"access_token=at&token_type=bearer",
        ),
        (
            "42: no access token",
            Some("application/json"),
            br#"{"token_type":"Bearer"}"#,
        ),
        (
            "42: empty access token",
            Some("application/json"),
            br#"{"access_token":"","token_type":"Bearer"}"#,
        ),
        (
            "42: number as token",
            Some("application/json"),
            br#"{"access_token":7,"token_type":"Bearer"}"#,
        ),
        (
            "42: no token type",
            Some("application/json"),
            br#"{"access_token":"at"}"#,
        ),
        (
            "42: mac",
            Some("application/json"),
            br#"{"access_token":"at","token_type":"mac"}"#,
        ),
        (
            "42: DPoP unasked",
            Some("application/json"),
            br#"{"access_token":"at","token_type":"DPoP"}"#,
        ),
        (
            "49: line break",
            Some("application/json"),
            br#"{"access_token":"a\r\nb","token_type":"Bearer"}"#,
        ),
        (
            "49: NUL",
            Some("application/json"),
            br#"{"access_token":"a\u0000b","token_type":"Bearer"}"#,
        ),
        ("49: long", Some("application/json"), long.as_bytes()),
    ];
    for (row, media_type, body) in cases {
        let fault = answer(200, *media_type, body).expect_err(row);
        assert!(matches!(fault, Fault::Malformed { .. }), "{row}: {fault:?}");
    }
}

#[test]
fn security_42_and_46_odd_but_readable_answers_are_taken() {
    assert_eq!(
        answer(201, Some("application/json"), with("").as_bytes())
            .unwrap()
            .access_token
            .expose(),
        "at"
    );
    assert!(
        answer(200, None, with("").as_bytes()).is_ok(),
        "no content type, strict JSON"
    );
    assert!(answer(200, Some("application/vnd.acme+json"), with("").as_bytes()).is_ok());
    assert!(
        answer(
            200,
            Some("application/json"),
            br#"{"access_token":"at","token_type":"bEaReR"}"#
        )
        .is_ok()
    );
}

#[test]
fn security_41_48_errors_are_read_before_the_status() {
    type Row = (
        &'static str,
        u16,
        &'static str,
        Option<OauthError>,
        Option<&'static str>,
    );
    let cases: &[Row] = &[
        (
            "plain",
            400,
            r#"{"error":"invalid_grant","error_description":"used"}"#,
            Some(OauthError::InvalidGrant),
            Some("invalid_grant: used"),
        ),
        (
            "with status 200",
            200,
            r#"{"error":"invalid_client"}"#,
            Some(OauthError::InvalidClient),
            Some("invalid_client"),
        ),
        (
            "nested",
            401,
            r#"{"error":{"code":"unauthorized","message":"no"}}"#,
            Some(OauthError::Unregistered),
            Some("unauthorized: no"),
        ),
        ("48: empty 400", 400, "", None, None),
        (
            "48: invalid_code",
            403,
            r#"{"error":"invalid_code"}"#,
            Some(OauthError::Unregistered),
            Some("invalid_code"),
        ),
        (
            "48: a mark that isn't seen",
            400,
            r#"{"error":"invalid\u200b_grant"}"#,
            Some(OauthError::Unregistered),
            Some("invalid_grant"),
        ),
        (
            "48: NUL",
            400,
            r#"{"error":{"code":"invalid_grant\u0000","message":"used"}}"#,
            Some(OauthError::Unregistered),
            Some("invalid_grant: used"),
        ),
        ("HTML 502", 502, "<html>", None, None),
        (
            "odd types",
            400,
            r#"{"error":7,"error_description":[]}"#,
            None,
            None,
        ),
    ];
    for (row, status, body, error, detail) in cases {
        let fault = answer(*status, Some("application/json"), body.as_bytes()).expect_err(row);
        let expected = Fault::Refused {
            status: *status,
            error: error.clone(),
            detail: detail.map(str::to_owned),
            retry_after: None,
        };
        assert_eq!(fault, expected, "{row}");
    }
    for status in [301, 302, 303, 307, 308] {
        assert_eq!(
            answer(status, None, with("").as_bytes()).unwrap_err(),
            Fault::Redirected
        );
    }
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(status in 100u16..600, body in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = answer(status, Some("application/json"), &body);
    }

    #[test]
    fn no_json_makes_the_reader_panic_and_no_fault_repeats_a_token(value in "[ -~]{0,60}") {
        let body = serde_json::json!({"access_token": "MARKED", "refresh_token": "MARKED", "token_type": value}).to_string();
        if let Err(fault) = answer(200, Some("application/json"), body.as_bytes()) {
            let shown = format!("{fault:?}");
            prop_assert!(!shown.contains("MARKED"));
        }
    }
}

#[test]
fn slack_puts_the_users_token_inside_and_calls_it_by_its_owner() {
    let user =
        r#""authed_user":{"id":"U1","scope":"a,b","access_token":"xoxp-1","token_type":"user"}"#;
    let slack = |body: &str| {
        let read = shaped(
            AnswerShape::Slack,
            200,
            Some("application/json"),
            body.as_bytes(),
        );
        read.map(|read| {
            let scopes = read.scopes.map(|scopes| scopes.to_string());
            (read.access_token.expose().to_owned(), scopes)
        })
    };
    let inside = Ok(("xoxp-1".to_owned(), Some("a b".to_owned())));
    assert_eq!(slack(&format!(r#"{{"ok":true,{user}}}"#)), inside);
    let both =
        format!(r#"{{"ok":true,"access_token":"xoxb-1","token_type":"bot","scope":"c",{user}}}"#);
    assert_eq!(slack(&both), inside);
    let outside =
        r#"{"ok":true,"access_token":"xoxb-1","token_type":"bot","authed_user":{"id":"U1"}}"#;
    assert_eq!(slack(outside), Ok(("xoxb-1".to_owned(), None)));
    assert_eq!(
        slack(r#"{"ok":true,"authed_user":7}"#),
        Err(Fault::Malformed {
            why: "the answer has no access token",
        })
    );
    let refused = slack(r#"{"ok":false,"error":"invalid_client"}"#);
    assert!(matches!(
        refused,
        Err(Fault::Refused {
            error: Some(OauthError::InvalidClient),
            ..
        })
    ));
    // Anywhere else these words are no Bearer tokens, and what is inside is nobody's business.
    let standard = answer(200, None, both.as_bytes());
    assert!(matches!(standard, Err(Fault::Malformed { .. })), "42");
}

#[test]
fn security_47_the_cap_is_256_kib() {
    assert_eq!(LONGEST_BODY, 262_144);
}

#[test]
fn an_api_that_has_no_status_but_200_refuses_all_the_same() {
    let found = |shape, body: &str| {
        let answer = HttpAnswer {
            status: 200,
            media_type: None,
            retry_after: None,
            body: body.as_bytes(),
        };
        find_refusal(&answer, shape).map(|fault| {
            let Fault::Refused { status, error, .. } = fault else {
                panic!("{body}: {fault:?}");
            };
            (status, error)
        })
    };
    let expired = r#"{"ok":false,"error":"token_expired"}"#;
    for (shape, body, expected) in [
        (
            AnswerShape::Slack,
            expired,
            Some((200, Some(OauthError::InvalidToken))),
        ),
        (AnswerShape::Slack, r#"{"ok":false}"#, Some((200, None))),
        (AnswerShape::Slack, r#"{"ok":true,"error":"x"}"#, None),
        (AnswerShape::Slack, "[]", None),
        // Any document may have such members.
        (AnswerShape::Standard, expired, None),
        (AnswerShape::Github, expired, None),
    ] {
        assert_eq!(found(shape, body), expected, "{shape:?}: {body}");
    }
}
