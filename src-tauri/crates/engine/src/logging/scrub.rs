//! Takes out of a text what looks like a secret. Behind typed logging this finds nothing; it is
//! there for the day somebody logs what they shouldn't (SECURITY 115).

use regex::Regex;
use std::borrow::Cow;
use std::sync::LazyLock;

const REMOVED: &str = "[removed]";

/// What precedes a secret, and the secret, each pattern with the first in a group of its own.
#[expect(clippy::expect_used, reason = "the patterns are constants, and tested")]
static PATTERNS: LazyLock<[Regex; 4]> = LazyLock::new(|| {
    [
        // A named value, in a query, a form, JSON or a debug print.
        concat!(
            r#"(?i)(\b(?:code|state|nonce|token|access_token|refresh_token|id_token|client_secret|"#,
            r#"code_verifier|password|secret)\\?"?\s*(?:=|:)\s*\\?"?)[^\s"&\\,;})]{4,}"#
        ),
        r"(?i)(\b(?:bearer|basic)\s+)[A-Za-z0-9._~+/=-]{4,}",
        // A JSON web token, wherever it stands.
        r"()\beyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?",
        // The query of any address.
        r#"(\b[a-z][a-z0-9+.-]*:/[^\s"?]*\?)[^\s"]+"#,
    ]
    .map(|pattern| Regex::new(pattern).expect("the pattern is well formed"))
});

/// Replaces what looks like a token, a code, a client secret or the query of an address.
#[must_use]
pub fn scrub(text: &str) -> Cow<'_, str> {
    let mut scrubbed = Cow::Borrowed(text);
    for pattern in PATTERNS.iter() {
        let replacement = format!("${{1}}{REMOVED}");
        if let Cow::Owned(changed) = pattern.replace_all(&scrubbed, replacement) {
            scrubbed = Cow::Owned(changed);
        }
    }
    scrubbed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn security_115_what_looks_like_a_secret_is_taken_out() {
        let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl";
        let rows = [
            ("code=Sp1xlOBeZQQYbYS6WxSbIA", "code=[removed]"),
            (
                "x?code=abcdef&state=ghijkl",
                "x?code=[removed]&state=[removed]",
            ),
            (
                r#"{"access_token":"at-12345","n":1}"#,
                r#"{"access_token":"[removed]","n":1}"#,
            ),
            (
                r#"refresh_token: "rt_12345""#,
                r#"refresh_token: "[removed]""#,
            ),
            (
                r#"\"client_secret\":\"s3cr3t\""#,
                r#"\"client_secret\":\"[removed]\""#,
            ),
            (
                "Authorization: Bearer abc.def-ghi",
                "Authorization: Bearer [removed]",
            ),
            (
                "authorization: basic dXNlcjpwYXNz",
                "authorization: basic [removed]",
            ),
            (
                "dev.keyfob.desktop:/callback/mio?anything=at%20all",
                "dev.keyfob.desktop:/callback/mio?[removed]",
            ),
            (
                "GET https://api.mio.xyz/v1?k=3 failed",
                "GET https://api.mio.xyz/v1?[removed] failed",
            ),
        ];
        for (given, expected) in rows {
            assert_eq!(scrub(given), expected, "{given}");
        }
        assert_eq!(scrub(&format!("id {jwt}.")), "id [removed].");
    }

    #[test]
    fn what_an_engineer_needs_stays() {
        for line in [
            "2026-11-21T10:37:51Z  INFO keyfob_engine: a callback arrived",
            "a renewal failed connection=01a1fdb0-6e39-719c-b202-c75f0f99120f problem=grant_ended",
            "problem=client_misconfigured: invalid_client: unknown client",
            "the exchange was answered millis=8.977295",
            "a callback was refused problem=state_mismatch",
        ] {
            assert_eq!(scrub(line), line);
        }
    }
}
