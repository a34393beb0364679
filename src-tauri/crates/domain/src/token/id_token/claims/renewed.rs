//! The id token of a renewal, and what it means for the answer that it came in (SECURITY 54).
//!
//! Hazard: what is discarded here is a rotated refresh token, and there is no second one. So only what
//! is certainly another account's, or another client's, is discarded; a clock that is wrong is not a
//! reason (SECURITY 62).

use super::super::{Compact, IdTokenFault};
use super::{Expected, check_claims};
use crate::secret::IdToken;

/// What an id token says about the answer that it came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Renewed {
    /// It is of the account that signed in.
    Same,
    /// Something about it is wrong, but nothing says that the tokens are somebody else's.
    Odd(IdTokenFault),
    /// The tokens are another account's or another client's: none of them may be kept.
    Foreign(IdTokenFault),
}

/// Judges it by what it claims. Its signature is not looked at: it came from the token endpoint over
/// TLS, which may stand for it (OpenID Connect Core 3.1.3.7, no. 6), and between the answer and the
/// keychain nothing may wait for a provider's keys (SECURITY 107).
#[must_use]
pub fn judge_renewed(id_token: &IdToken, expected: &Expected<'_>) -> Renewed {
    let claims = Compact::read(id_token).and_then(|compact| compact.claims());
    match claims.and_then(|claims| check_claims(&claims, expected)) {
        Ok(_) => Renewed::Same,
        Err(fault) if is_foreign(&fault) => Renewed::Foreign(fault),
        Err(fault) => Renewed::Odd(fault),
    }
}

fn is_foreign(fault: &IdTokenFault) -> bool {
    match fault {
        IdTokenFault::IssuerDiffers { .. }
        | IdTokenFault::IssuerChanged
        | IdTokenFault::SubjectChanged
        | IdTokenFault::AudienceWrong => true,
        IdTokenFault::Malformed { .. }
        | IdTokenFault::AlgorithmDiffers { .. }
        | IdTokenFault::KeyUnknown
        | IdTokenFault::SignatureWrong
        | IdTokenFault::AudienceUntrusted
        | IdTokenFault::AuthorizedPartyWrong
        | IdTokenFault::Expired
        | IdTokenFault::FromTheFuture
        | IdTokenFault::TooOld
        | IdTokenFault::NonceMissing
        | IdTokenFault::NonceWrong
        | IdTokenFault::SubjectUnusable
        | IdTokenFault::AuthTimeChanged
        | IdTokenFault::AccessTokenDiffers => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;
    use crate::token::{NonceDigest, Occasion, SignInClaims, SigningAlgorithm};
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::json;

    const NOW: i64 = 1_790_000_000;

    fn judge(claims: &str) -> Renewed {
        let before = SignInClaims {
            issuer: "https://idp.example".to_owned(),
            subject: "u-1".to_owned(),
            auth_time: None,
            nonce: Some(NonceDigest::of("n")),
        };
        let [header, claims] =
            [r#"{"alg":"RS256"}"#, claims].map(|part| URL_SAFE_NO_PAD.encode(part));
        let id_token = IdToken::new(format!("{header}.{claims}.c2ln"));
        let expected = Expected {
            issuer: "https://idp.example",
            client_id: "the-client",
            trusted_audiences: &[],
            algorithm: SigningAlgorithm::Rs256,
            occasion: Occasion::Refresh(&before),
            access_token: None,
            now: Timestamp::from_millis(NOW * 1_000),
        };
        judge_renewed(&id_token, &expected)
    }

    #[test]
    fn security_54_only_what_is_somebody_elses_is_discarded() {
        let with = |name: &str, value: serde_json::Value| {
            let mut claims = json!({"iss": "https://idp.example", "sub": "u-1", "aud": "the-client",
                "exp": NOW + 60, "iat": NOW});
            claims[name] = value;
            claims.to_string()
        };
        let foreign = |fault| Renewed::Foreign(fault);
        assert_eq!(judge(&with("x", json!(1))), Renewed::Same);
        let issuer = judge(&with("iss", json!("https://evil.example")));
        assert!(
            matches!(issuer, Renewed::Foreign(IdTokenFault::IssuerDiffers { .. })),
            "{issuer:?}"
        );
        assert_eq!(
            judge(&with("sub", json!("u-2"))),
            foreign(IdTokenFault::SubjectChanged)
        );
        assert_eq!(
            judge(&with("aud", json!("x"))),
            foreign(IdTokenFault::AudienceWrong)
        );
        for (row, claims) in [
            ("late", with("exp", json!(NOW - 3600))),
            ("early", with("iat", json!(NOW + 3600))),
            ("another nonce", with("nonce", json!("m"))),
            ("two audiences", with("aud", json!(["the-client", "x"]))),
            ("no subject", with("sub", json!(null))),
            ("not JSON", "claims".to_owned()),
        ] {
            let judged = judge(&claims);
            assert!(matches!(judged, Renewed::Odd(_)), "{row}: {judged:?}");
        }
    }

    #[test]
    fn security_54_another_account_is_another_account_however_late_it_is() {
        let claims = json!({"iss": "https://idp.example", "sub": "u-2", "aud": "the-client",
            "exp": NOW - 3600, "iat": NOW - 7200});
        let expected = Renewed::Foreign(IdTokenFault::SubjectChanged);
        assert_eq!(judge(&claims.to_string()), expected);
    }
}
