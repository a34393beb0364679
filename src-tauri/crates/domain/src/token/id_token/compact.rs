//! A signed token in its compact form (RFC 7515 §7.1), taken apart and not believed.

use super::{Claims, IdTokenFault, SigningAlgorithm};
use crate::json::is_shallow;
use crate::secret::IdToken;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::IgnoredAny;
use zeroize::Zeroizing;

/// The parts of a token. Of its header only two members are read: which algorithm it says to have,
/// to be refused if that isn't the one agreed on, and which key it names. The others that could
/// bring a key along (`jwk`, `jku`, `x5u`, `x5c`) are never looked at (SECURITY 52).
///
/// Hazard: it holds personal data, so there is no `Debug`.
pub struct Compact<'a> {
    algorithm: String,
    key_id: Option<String>,
    signed: &'a str,
    signature: &'a str,
    payload: Zeroizing<Vec<u8>>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    /// RFC 7515 §4.1.11: what has to be understood, and none of it is.
    crit: Option<IgnoredAny>,
}

const MALFORMED: fn(&'static str) -> IdTokenFault = |why| IdTokenFault::Malformed { why };

impl<'a> Compact<'a> {
    /// Takes a token apart.
    ///
    /// # Errors
    /// [`IdTokenFault::Malformed`].
    pub fn read(token: &'a IdToken) -> Result<Self, IdTokenFault> {
        let text = token.expose();
        let parts = text
            .rsplit_once('.')
            .and_then(|(signed, signature)| Some((signed, signed.split_once('.')?, signature)))
            .filter(|(_, (_, payload), _)| !payload.contains('.'));
        let Some((signed, (header, payload), signature)) = parts else {
            return Err(MALFORMED("it hasn't three parts"));
        };
        let header = object(header).ok_or(MALFORMED("its header is no JSON object"))?;
        let header: Header = serde_json::from_slice(&header)
            .map_err(|_| MALFORMED("its header lacks an algorithm, or says something twice"))?;
        if header.crit.is_some() {
            return Err(MALFORMED("its header demands an extension"));
        }
        let payload = object(payload).ok_or(MALFORMED("its claims are no JSON object"))?;
        Ok(Self {
            algorithm: header.alg,
            key_id: header.kid,
            signed,
            signature,
            payload,
        })
    }

    /// Makes sure that the token says to have the algorithm that was agreed on.
    ///
    /// # Errors
    /// [`IdTokenFault::AlgorithmDiffers`].
    pub fn has_algorithm(&self, expected: SigningAlgorithm) -> Result<(), IdTokenFault> {
        if self.algorithm == expected.as_str() {
            return Ok(());
        }
        Err(IdTokenFault::AlgorithmDiffers {
            expected,
            named: crate::text::plain(&self.algorithm, 20, false),
        })
    }

    /// Gives the name of the key that it says to be signed with.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    /// Gives what is signed.
    #[must_use]
    pub fn signed(&self) -> &'a str {
        self.signed
    }

    /// Gives the signature, base64url.
    #[must_use]
    pub fn signature(&self) -> &'a str {
        self.signature
    }

    /// Reads the claims. They are worth something only once the signature has been found right.
    ///
    /// # Errors
    /// [`IdTokenFault::Malformed`].
    pub fn claims(&self) -> Result<Claims, IdTokenFault> {
        Claims::read(&self.payload)
    }
}

/// Decodes a part that has to be an object.
fn object(part: &str) -> Option<Zeroizing<Vec<u8>>> {
    let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(part).ok()?);
    let is_object = bytes.trim_ascii_start().starts_with(b"{");
    (is_object && is_shallow(&bytes)).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(header: &str, payload: &str) -> IdToken {
        let [header, payload] = [header, payload].map(|part| URL_SAFE_NO_PAD.encode(part));
        IdToken::new(format!("{header}.{payload}.c2ln"))
    }

    #[test]
    fn a_token_is_taken_apart() {
        let token = token(
            r#"{"alg":"RS256","kid":"k1","typ":"JWT"}"#,
            r#"{"sub":"u"}"#,
        );
        let compact = Compact::read(&token).ok().unwrap();
        assert_eq!(compact.key_id(), Some("k1"));
        assert_eq!(compact.signature(), "c2ln");
        assert_eq!(format!("{}.c2ln", compact.signed()), token.expose());
    }

    #[test]
    fn what_is_no_signed_token_is_malformed() {
        let good = token(r#"{"alg":"RS256"}"#, "{}");
        let texts = [
            String::new(),
            ".".to_owned(),
            "a.b".to_owned(),
            "a.b.c".to_owned(),
            format!("{}.x", good.expose()),
            good.expose().replacen('.', "=.", 1),
            good.expose().replacen('.', "..", 1),
            format!(" {}", good.expose()),
            token("{}", "{}").expose().to_owned(),
            token(r#"["RS256"]"#, "{}").expose().to_owned(),
            token(r#"{"alg":7}"#, "{}").expose().to_owned(),
            token(r#"{"alg":"RS256","kid":7}"#, "{}")
                .expose()
                .to_owned(),
            token(r#"{"alg":"none","alg":"RS256"}"#, "{}")
                .expose()
                .to_owned(),
            token(r#"{"alg":"RS256","crit":["b64"],"b64":false}"#, "{}")
                .expose()
                .to_owned(),
            token(r#"{"alg":"RS256"}"#, "[]").expose().to_owned(),
            token(r#"{"alg":"RS256"}"#, &format!("{{\"a\":{}", "[".repeat(40)))
                .expose()
                .to_owned(),
        ];
        assert!(Compact::read(&good).is_ok());
        for text in texts {
            let token = IdToken::new(text.clone());
            let fault = Compact::read(&token).err();
            assert!(
                matches!(fault, Some(IdTokenFault::Malformed { .. })),
                "{text}"
            );
        }
    }

    #[test]
    fn security_52_the_algorithm_is_compared_and_never_taken_from_the_token() {
        let rows = [
            ("RS256", true),
            ("none", false),
            ("NONE", false),
            ("", false),
            ("HS256", false),
            ("rs256", false),
            ("RS384", false),
            ("ES256", false),
        ];
        for (named, fits) in rows {
            let token = token(&format!(r#"{{"alg":"{named}"}}"#), "{}");
            let compact = Compact::read(&token).ok().unwrap();
            let expected = IdTokenFault::AlgorithmDiffers {
                expected: SigningAlgorithm::Rs256,
                named: named.to_owned(),
            };
            let expected = if fits { Ok(()) } else { Err(expected) };
            assert_eq!(compact.has_algorithm(SigningAlgorithm::Rs256), expected);
        }
    }
}
