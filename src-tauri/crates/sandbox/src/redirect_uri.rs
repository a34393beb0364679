//! Redirect URIs: what may be registered, what matches, how an answer is appended.
//!
//! Matching is by characters (RFC 6749 §3.1.2.3, RFC 9700 §2.1); nothing is normalised, because a
//! lenient server would hide a client's mistake. The one exception is the port of a registered
//! loopback literal (RFC 8252 §7.3).

/// Schemes a browser would run or read itself instead of handing the URI over.
const REFUSED_SCHEMES: [&str; 9] = [
    "about",
    "blob",
    "data",
    "file",
    "ftp",
    "javascript",
    "vbscript",
    "ws",
    "wss",
];

/// The two loopback literals; `localhost` is a name and gets no leniency.
const LOOPBACK_ORIGINS: [&str; 2] = ["http://127.0.0.1", "http://[::1]"];

/// Whether a client may register this URI.
pub(crate) fn is_registrable(uri: &str) -> bool {
    let printable = uri.bytes().all(|byte| byte.is_ascii_graphic());
    let Some((scheme, rest)) = uri.split_once(':') else {
        return false;
    };
    printable
        && uri.len() <= 2048
        && !uri.contains('#')
        && !rest.is_empty()
        && !REFUSED_SCHEMES.contains(&scheme.to_ascii_lowercase().as_str())
        && url::Url::parse(uri).is_ok()
}

/// Whether `asked` is the registered URI, its port aside if that is on loopback.
pub(crate) fn matches(registered: &str, asked: &str) -> bool {
    if registered == asked {
        return true;
    }
    match (
        without_loopback_port(registered),
        without_loopback_port(asked),
    ) {
        (Some(registered), Some(asked)) => registered == asked,
        _ => false,
    }
}

/// Appends the parameters to the query of the redirect URI (RFC 6749 §4.1.2, form-encoded).
pub(crate) fn with_parameters(uri: &str, parameters: &[(&str, &str)]) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish();
    let separator = match uri.split_once('?') {
        None => "?",
        Some((_, "")) => "",
        Some(_) => "&",
    };
    format!("{uri}{separator}{query}")
}

/// Splits a loopback URI into its origin without the port and the rest, character by character.
fn without_loopback_port(uri: &str) -> Option<(&'static str, &str)> {
    LOOPBACK_ORIGINS.into_iter().find_map(|origin| {
        let rest = uri.strip_prefix(origin)?;
        let rest = match rest.strip_prefix(':') {
            None => rest,
            Some(after) => {
                let digits = after.bytes().take_while(u8::is_ascii_digit).count();
                let (port, rest) = after.split_at(digits);
                // A port of 0, or with leading zeros, cannot be connected to as written.
                if port.starts_with('0') || port.parse::<u16>().is_err() {
                    return None;
                }
                rest
            }
        };
        (rest.is_empty() || rest.starts_with('/') || rest.starts_with('?'))
            .then_some((origin, rest))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirect_uris_match_by_characters_save_for_a_loopback_port() {
        const SCHEME: &str = "dev.keyfob.desktop:/callback/mio";
        const LOOPBACK: &str = "http://127.0.0.1/callback/mio";
        const PORT: &str = "http://127.0.0.1:8080/callback/mio";
        const SIX: &str = "http://[::1]/callback/mio";
        const HTTPS: &str = "https://keyfob.example/callback";
        let rows: &[(&str, &str, &str, bool)] = &[
            ("same scheme URI", SCHEME, SCHEME, true),
            (
                "trailing slash",
                SCHEME,
                "dev.keyfob.desktop:/callback/mio/",
                false,
            ),
            (
                "case of the path",
                SCHEME,
                "dev.keyfob.desktop:/Callback/mio",
                false,
            ),
            (
                "case of the scheme",
                SCHEME,
                "DEV.keyfob.desktop:/callback/mio",
                false,
            ),
            (
                "double slash",
                SCHEME,
                "dev.keyfob.desktop://callback/mio",
                false,
            ),
            (
                "added query",
                SCHEME,
                "dev.keyfob.desktop:/callback/mio?a=b",
                false,
            ),
            (
                "prefix only",
                SCHEME,
                "dev.keyfob.desktop:/callback/mio-evil",
                false,
            ),
            (
                "any loopback port",
                LOOPBACK,
                "http://127.0.0.1:49152/callback/mio",
                true,
            ),
            (
                "another loopback port",
                PORT,
                "http://127.0.0.1:49152/callback/mio",
                true,
            ),
            ("no loopback port", PORT, LOOPBACK, true),
            ("IPv6 port", SIX, "http://[::1]:49152/callback/mio", true),
            (
                "families do not mix",
                SIX,
                "http://127.0.0.1:49152/callback/mio",
                false,
            ),
            (
                "port and trailing slash",
                LOOPBACK,
                "http://127.0.0.1:1/callback/mio/",
                false,
            ),
            (
                "port and query",
                LOOPBACK,
                "http://127.0.0.1:1/callback/mio?x",
                false,
            ),
            ("port 0", LOOPBACK, "http://127.0.0.1:0/callback/mio", false),
            (
                "port with leading zero",
                LOOPBACK,
                "http://127.0.0.1:080/callback/mio",
                false,
            ),
            (
                "port too large",
                LOOPBACK,
                "http://127.0.0.1:65536/callback/mio",
                false,
            ),
            (
                "empty port",
                LOOPBACK,
                "http://127.0.0.1:/callback/mio",
                false,
            ),
            (
                "name for the literal",
                LOOPBACK,
                "http://localhost:1/callback/mio",
                false,
            ),
            (
                "longer host",
                LOOPBACK,
                "http://127.0.0.1.evil.example/callback/mio",
                false,
            ),
            (
                "userinfo",
                LOOPBACK,
                "http://127.0.0.1:1@evil.example/callback/mio",
                false,
            ),
            (
                "https loopback",
                LOOPBACK,
                "https://127.0.0.1/callback/mio",
                false,
            ),
            (
                "https elsewhere",
                HTTPS,
                "https://keyfob.example:444/callback",
                false,
            ),
        ];
        for (label, registered, asked, expected) in rows {
            assert_eq!(matches(registered, asked), *expected, "{label}");
        }
    }

    #[test]
    fn only_plain_absolute_uris_can_be_registered() {
        let rows = [
            ("dev.keyfob.desktop:/callback/mio", true),
            ("http://127.0.0.1/callback", true),
            ("https://keyfob.example/callback?tenant=1", true),
            ("/callback", false),
            ("keyfob:", false),
            ("https://keyfob.example/#part", false),
            ("javascript:alert(1)", false),
            ("JavaScript:alert(1)", false),
            ("https://keyfob.example/a b", false),
            ("https://keyfob.example/\r\nx:y", false),
            ("https://kéyfob.example/", false),
            ("", false),
        ];
        for (uri, expected) in rows {
            assert_eq!(is_registrable(uri), expected, "{uri:?}");
        }
    }

    #[test]
    fn parameters_are_appended_to_what_is_there() {
        let parameters = [("code", "a+b"), ("state", "x y")];
        for (uri, expected) in [
            ("app.example:/cb", "app.example:/cb?code=a%2Bb&state=x+y"),
            (
                "https://a.example/?t=1",
                "https://a.example/?t=1&code=a%2Bb&state=x+y",
            ),
            (
                "https://a.example/?",
                "https://a.example/?code=a%2Bb&state=x+y",
            ),
        ] {
            assert_eq!(with_parameters(uri, &parameters), expected);
        }
    }
}
