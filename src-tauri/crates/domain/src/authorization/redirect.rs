//! Reads the bytes of a callback. Any program on the computer can make one up, so this is
//! hostile input: it is read as it came, before any URL library tidies it (SECURITY 23–30).

use crate::failure::OauthError;
use crate::secret::{AuthorizationCode, StateParameter};

const LONGEST_URL: usize = 16 * 1024;
const MOST_PARAMETERS: usize = 32;
const LONGEST_CODE: usize = 4096;

/// A callback that is well formed. Nothing says yet that anybody waits for it.
#[derive(Debug)]
pub struct Redirect {
    /// Everything before the `?`, byte for byte.
    pub base: String,
    /// The code or the error.
    pub carried: Carried,
    /// The `state` parameter.
    pub state: Option<StateParameter>,
    /// RFC 9207.
    pub issuer: Option<String>,
}

/// What a callback carries.
#[derive(Debug)]
pub enum Carried {
    /// RFC 6749 §4.1.2.
    Code(AuthorizationCode),
    /// RFC 6749 §4.1.2.1.
    Error {
        /// The error code.
        error: OauthError,
        /// `error` and `error_description` as plain text of at most 200 characters.
        detail: String,
    },
}

/// A callback that breaks a rule; the text says which, and nothing of what it carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct MalformedRedirect(pub &'static str);

/// Reads a callback.
///
/// # Errors
/// [`MalformedRedirect`] on anything that isn't exactly one well-formed answer.
pub fn parse(raw: &[u8]) -> Result<Redirect, MalformedRedirect> {
    if raw.len() > LONGEST_URL {
        return Err(MalformedRedirect("the address is longer than 16 KiB"));
    }
    // A URL is ASCII; whatever else came was never percent-encoded.
    let text = std::str::from_utf8(raw).map_err(|_| MalformedRedirect("the address isn't text"))?;
    if text.bytes().any(|byte| !(0x21..=0x7e).contains(&byte)) {
        return Err(MalformedRedirect(
            "the address has a character that no URL may have",
        ));
    }
    if text.contains('#') {
        return Err(MalformedRedirect("the address has a fragment"));
    }
    let (base, query) = text
        .split_once('?')
        .ok_or(MalformedRedirect("the address has no parameters"))?;
    let mut parameters = Parameters::default();
    for (count, pair) in query.split('&').filter(|pair| !pair.is_empty()).enumerate() {
        if count >= MOST_PARAMETERS {
            return Err(MalformedRedirect("the address has more than 32 parameters"));
        }
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        parameters.take(&decode(name)?, value)?;
    }
    parameters.finish(base)
}

#[derive(Default)]
struct Parameters {
    code: Option<String>,
    state: Option<String>,
    issuer: Option<String>,
    error: Option<String>,
    description: Option<Vec<u8>>,
    error_uri: Option<()>,
}

impl Parameters {
    fn take(&mut self, name: &[u8], value: &str) -> Result<(), MalformedRedirect> {
        let repeated = MalformedRedirect("a parameter is there twice");
        let slot = match name {
            b"code" => &mut self.code,
            b"state" => &mut self.state,
            b"iss" => &mut self.issuer,
            b"error" => &mut self.error,
            b"error_description" => {
                let value = decode(value)?;
                return self
                    .description
                    .replace(value)
                    .map_or(Ok(()), |_| Err(repeated));
            }
            b"error_uri" => {
                return self
                    .error_uri
                    .replace(())
                    .map_or(Ok(()), |()| Err(repeated));
            }
            // Unknown parameters are neither decoded nor kept (SECURITY 30).
            _ => return Ok(()),
        };
        let decoded = decode(value)?;
        if !decoded.iter().all(|byte| (0x20..=0x7e).contains(byte)) {
            return Err(MalformedRedirect(
                "a parameter has a character outside printable ASCII",
            ));
        }
        if decoded.is_empty() {
            return Err(MalformedRedirect("a parameter is empty"));
        }
        // Printable ASCII was checked above.
        let decoded = String::from_utf8(decoded).unwrap_or_default();
        slot.replace(decoded).map_or(Ok(()), |_| Err(repeated))
    }

    fn finish(self, base: &str) -> Result<Redirect, MalformedRedirect> {
        let carried = match (self.code, self.error) {
            (Some(_), Some(_)) => {
                return Err(MalformedRedirect("both a code and an error are there"));
            }
            (None, None) => return Err(MalformedRedirect("neither a code nor an error is there")),
            (Some(code), None) if code.len() > LONGEST_CODE => {
                return Err(MalformedRedirect(
                    "the code is longer than 4,096 characters",
                ));
            }
            (Some(code), None) => Carried::Code(AuthorizationCode::new(code)),
            (None, Some(error)) => {
                let description = self.description.unwrap_or_default();
                let description = String::from_utf8_lossy(&description);
                let detail = if description.is_empty() {
                    error.clone()
                } else {
                    format!("{error}: {description}")
                };
                Carried::Error {
                    error: OauthError::parse(&error),
                    detail: crate::text::plain(&detail, 200, false),
                }
            }
        };
        Ok(Redirect {
            base: base.to_owned(),
            carried,
            state: self.state.map(StateParameter::new),
            issuer: self.issuer,
        })
    }
}

/// Undoes `application/x-www-form-urlencoded` exactly once (SECURITY 29).
fn decode(text: &str) -> Result<Vec<u8>, MalformedRedirect> {
    let lone = MalformedRedirect("a percent sign isn't followed by two hexadecimal digits");
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || {
                    bytes
                        .next()
                        .and_then(|digit| char::from(digit).to_digit(16))
                };
                let (high, low) = (digit().ok_or(lone)?, digit().ok_or(lone)?);
                u8::try_from(high * 16 + low).unwrap_or_default()
            }
            other => other,
        });
    }
    Ok(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BASE: &str = "dev.keyfob.desktop:/callback/mio";

    fn code_of(query: &str) -> Result<String, &'static str> {
        match parse(format!("{BASE}?{query}").as_bytes()) {
            Ok(Redirect {
                carried: Carried::Code(code),
                ..
            }) => Ok(code.expose().to_owned()),
            Ok(_) => Err("an error was carried"),
            Err(malformed) => Err(malformed.0),
        }
    }

    #[test]
    fn well_formed_codes_are_decoded_exactly_once() {
        let cases = [
            ("code=abc&state=s", "abc"),
            ("state=s&code=abc", "abc"),
            ("code=a%2Bb&state=s", "a+b"),
            ("code=a+b&state=s", "a b"),
            ("code=%2561&state=s", "%61"),
            ("code=%6a%6A&state=s", "jj"),
            ("code=a;b&state=s", "a;b"),
            ("code=a=b&state=s", "a=b"),
            ("%63ode=abc&state=s", "abc"),
            ("code=abc&scope=a&scope=b&authuser=%zz", "abc"),
            ("&&code=abc&", "abc"),
        ];
        for (query, code) in cases {
            assert_eq!(code_of(query).as_deref(), Ok(code), "{query}");
        }
    }

    #[test]
    fn security_30_the_longest_address_and_the_longest_code_are_still_read() {
        let longest = |length: usize| {
            let mut raw = format!("{BASE}?code=c&state=s&pad=").into_bytes();
            raw.resize(length, b'a');
            parse(&raw).map(|_| ())
        };
        assert_eq!(longest(16 * 1024), Ok(()));
        let too_long = Err(MalformedRedirect("the address is longer than 16 KiB"));
        assert_eq!(longest(16 * 1024 + 1), too_long);
        assert!(code_of(&format!("code={}", "c".repeat(4096))).is_ok());
        let too_long = Err("the code is longer than 4,096 characters");
        assert_eq!(code_of(&format!("code={}", "c".repeat(4097))), too_long);
    }

    #[test]
    fn security_23_24_28_29_malformed_callbacks_are_refused() {
        let long = format!("code={}", "a".repeat(4097));
        let many = format!("code=a{}", "&x=1".repeat(32));
        let cases = [
            (
                "23: code twice",
                "code=a&code=b",
                "a parameter is there twice",
            ),
            (
                "23: code twice, once encoded",
                "code=a&%63ode=b",
                "a parameter is there twice",
            ),
            (
                "23: state twice",
                "code=a&state=s&state=s",
                "a parameter is there twice",
            ),
            (
                "23: iss twice",
                "code=a&iss=s&iss=s",
                "a parameter is there twice",
            ),
            (
                "23: error twice",
                "error=a&error=b",
                "a parameter is there twice",
            ),
            (
                "23: description twice",
                "error=a&error_description=b&error_description=b",
                "a parameter is there twice",
            ),
            (
                "23: error_uri twice",
                "error=a&error_uri=b&error_uri=b",
                "a parameter is there twice",
            ),
            (
                "24: both",
                "code=a&error=b",
                "both a code and an error are there",
            ),
            (
                "24: neither",
                "state=s",
                "neither a code nor an error is there",
            ),
            ("24: nothing", "", "neither a code nor an error is there"),
            ("24: empty code", "code=&state=s", "a parameter is empty"),
            ("24: empty state", "code=a&state=", "a parameter is empty"),
            (
                "24: code without value",
                "code&state=s",
                "a parameter is empty",
            ),
            ("28: fragment", "code=a#x", "the address has a fragment"),
            (
                "28: code in a fragment",
                "state=s#code=a",
                "the address has a fragment",
            ),
            (
                "29: NUL",
                "code=a%00b",
                "a parameter has a character outside printable ASCII",
            ),
            (
                "29: CR LF",
                "code=a%0d%0ab",
                "a parameter has a character outside printable ASCII",
            ),
            (
                "29: overlong",
                "code=%c0%af",
                "a parameter has a character outside printable ASCII",
            ),
            (
                "29: not UTF-8",
                "code=%ff",
                "a parameter has a character outside printable ASCII",
            ),
            (
                "29: UTF-8",
                "code=%c3%a4",
                "a parameter has a character outside printable ASCII",
            ),
            (
                "29: lone percent",
                "code=a%",
                "a percent sign isn't followed by two hexadecimal digits",
            ),
            (
                "29: half an escape",
                "code=a%4",
                "a percent sign isn't followed by two hexadecimal digits",
            ),
            (
                "29: no hex",
                "code=a%zz",
                "a percent sign isn't followed by two hexadecimal digits",
            ),
            (
                "29: bare space",
                "code=a b",
                "the address has a character that no URL may have",
            ),
            (
                "29: bare tab",
                "code=a\tb",
                "the address has a character that no URL may have",
            ),
            (
                "29: bare umlaut",
                "code=ä",
                "the address has a character that no URL may have",
            ),
            (
                "29: code too long",
                &long,
                "the code is longer than 4,096 characters",
            ),
            (
                "29: too many",
                &many,
                "the address has more than 32 parameters",
            ),
        ];
        for (row, query, why) in cases {
            assert_eq!(code_of(query), Err(why), "{row}");
        }
        assert!(parse(&vec![b'a'; 16 * 1024 + 1]).is_err());
        assert!(parse(b"dev.keyfob.desktop:/callback/mio").is_err());
        assert!(parse(b"\xff\xfe?code=a").is_err());
    }

    #[test]
    fn security_25_an_error_is_shown_as_plain_short_text() {
        let raw = format!(
            "{BASE}?error=access_denied&error_description=a%0a%E2%80%AE%3Cb%3E{}&error_uri=x&state=s",
            "z".repeat(400)
        );
        let Carried::Error { error, detail } = parse(raw.as_bytes()).unwrap().carried else {
            panic!("an error was sent");
        };
        assert_eq!(error, OauthError::AccessDenied);
        assert!(detail.starts_with("access_denied: a <b>zz"), "{detail}");
        assert_eq!(detail.chars().count(), 200);
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_parser_panic(raw in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = parse(&raw);
        }

        #[test]
        fn every_printable_code_and_state_comes_back(code in "[ -~]{1,200}", state in "[ -~]{1,60}") {
            let query = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("code", &code).append_pair("state", &state).finish();
            let redirect = parse(format!("{BASE}?{query}").as_bytes()).unwrap();
            let Carried::Code(read) = redirect.carried else { panic!("a code was sent") };
            prop_assert_eq!(read.expose(), code);
            let state_read = redirect.state.unwrap();
            prop_assert_eq!(state_read.expose(), state);
            prop_assert_eq!(redirect.base, BASE);
        }
    }
}
