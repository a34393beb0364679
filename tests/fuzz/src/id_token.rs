//! A provider's keys and an id token that may be signed with one of them (SECURITY 38, 52–54).

use crate::shown;
use keyfob_domain::secret::{IdToken, Nonce};
use keyfob_domain::time::Timestamp;
use keyfob_domain::token::{
    Compact, Expected, IdTokenFault, Jwks, LONGEST_JWKS, Material, Occasion, SigningAlgorithm,
    VerifiedIdToken, check_claims,
};
use keyfob_engine::id_token::{Signature, check_signature};
use serde_json::Value;

const ISSUER: &str = "https://idp.example";
const CLIENT: &str = "the-client";
const NONCE: &str = "n-0123456789";
/// The second in which the tokens of the corpus were signed.
const NOW: i64 = 1_790_000_000;

pub(crate) fn check(data: &[u8]) {
    let _ = accepted(data);
}

/// The first byte chooses the algorithm that was agreed on; then come the keys and, on the last line,
/// the token. Gives who signed in, if that is proven.
fn accepted(data: &[u8]) -> Option<VerifiedIdToken> {
    let (kind, rest) = data.split_first()?;
    let algorithm = SigningAlgorithm::ALL[usize::from(*kind) % SigningAlgorithm::ALL.len()];
    let line = rest.iter().rposition(|byte| *byte == b'\n')?;
    let token = IdToken::new(std::str::from_utf8(&rest[line + 1..]).ok()?.to_owned());
    let keys = Jwks::read(&rest[..line]).ok()?;
    assert!(line <= LONGEST_JWKS);
    are_sound(&keys);
    let nonce = Nonce::new(NONCE.to_owned());
    match judged(&keys, &token, algorithm, Occasion::SignIn(&nonce)) {
        Ok(verified) => {
            is_proven(&verified, &token, algorithm);
            // What a sign-in proved, the same token proves at a renewal.
            let again = Occasion::Refresh(&verified.sign_in);
            let renewed = judged(&keys, &token, algorithm, again);
            assert_eq!(renewed.as_ref(), Ok(&verified), "54");
            let changed = changed(&token);
            let forged = judged(&keys, &changed, algorithm, Occasion::SignIn(&nonce));
            assert!(forged.is_err(), "52: a token that was changed");
            Some(verified)
        }
        Err(fault) => {
            shown::line(&fault.to_string(), 700);
            None
        }
    }
}

fn judged(
    keys: &Jwks,
    token: &IdToken,
    algorithm: SigningAlgorithm,
    occasion: Occasion<'_>,
) -> Result<VerifiedIdToken, IdTokenFault> {
    let compact = Compact::read(token)?;
    compact.has_algorithm(algorithm)?;
    let expected = Expected {
        issuer: ISSUER,
        client_id: CLIENT,
        trusted_audiences: &[],
        algorithm,
        occasion,
        access_token: None,
        now: Timestamp::from_millis(NOW * 1_000),
    };
    let claims = compact
        .claims()
        .and_then(|claims| check_claims(&claims, &expected));
    match check_signature(&compact, algorithm, keys) {
        Signature::Right => claims,
        // The claims are looked at all the same: nothing in them may break the reader.
        Signature::Wrong => Err(IdTokenFault::SignatureWrong),
        Signature::KeyUnknown => Err(IdTokenFault::KeyUnknown),
    }
}

fn are_sound(keys: &Jwks) {
    for algorithm in SigningAlgorithm::ALL {
        for key in keys.fitting(None, algorithm) {
            let elliptic = algorithm.as_str().starts_with("ES");
            match key.material() {
                Material::Rsa { n, e } => {
                    assert!(!elliptic, "52: {algorithm} with a key of RSA");
                    assert!((256..=1024).contains(&n.len()) && n[0] != 0, "too short");
                    assert!((1..=5).contains(&e.len()) && e[0] != 0);
                }
                Material::Ec { point, .. } => {
                    assert!(elliptic, "52: {algorithm} with a key of a curve");
                    let length = if algorithm == SigningAlgorithm::Es256 {
                        65
                    } else {
                        97
                    };
                    assert_eq!((point.len(), point[0]), (length, 4));
                }
            }
        }
    }
}

/// SECURITY 52, 53, by another reader.
fn is_proven(verified: &VerifiedIdToken, token: &IdToken, algorithm: SigningAlgorithm) {
    let parts: Vec<_> = token.expose().split('.').collect();
    assert_eq!(parts.len(), 3);
    let header = part(parts[0]);
    assert_eq!(header["alg"], algorithm.as_str(), "52");
    assert_eq!(header.get("crit"), None);
    let claims = part(parts[1]);
    assert_eq!(claims["iss"], ISSUER, "53");
    let aud = &claims["aud"];
    let only = aud == CLIENT
        || aud
            .as_array()
            .is_some_and(|all| all.iter().all(|one| one == CLIENT));
    assert!(only, "53: {aud}");
    assert_eq!(claims["nonce"], NONCE, "53");
    assert_eq!(claims["sub"], verified.sign_in.subject.as_str());
    assert!((1..=255).contains(&verified.sign_in.subject.len()), "53");
    assert!(verified.sign_in.subject.is_ascii(), "53");
    let seconds = |name: &str| claims[name].as_f64().unwrap_or_default();
    #[expect(clippy::cast_precision_loss, reason = "53 bits hold the year 2026")]
    let now = NOW as f64;
    assert!(seconds("exp") > now - 60.0, "53");
    assert!((now - 600.0..now + 61.0).contains(&seconds("iat")), "53");
    if let Some(label) = &verified.label {
        assert!(!label.is_empty());
        shown::line(label, 254);
    }
}

fn part(text: &str) -> Value {
    decode(text)
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default()
}

/// Base64url without padding, digit by digit.
fn decode(text: &str) -> Option<Vec<u8>> {
    let (mut bits, mut held, mut bytes) = (0u32, 0, Vec::new());
    for byte in text.bytes() {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(digit);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(bits.checked_shr(held)?.to_le_bytes()[0]);
        }
    }
    Some(bytes)
}

/// The token with one bit of its claims changed.
fn changed(token: &IdToken) -> IdToken {
    let text = token.expose();
    let dot = text.find('.').unwrap_or_default();
    // The third digit of the claims: the name of a member, or a blank before it.
    let changed = text
        .bytes()
        .enumerate()
        .map(|(index, byte)| match (index == dot + 3, byte) {
            (true, b'A') => 'B',
            (true, _) => 'A',
            (false, _) => char::from(byte),
        });
    IdToken::new(changed.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CORPUS: &str = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fuzz/corpus/jwks_id_token"
    );

    #[test]
    fn the_good_tokens_of_the_corpus_are_accepted_and_the_bad_ones_are_not() {
        let (mut good, mut bad) = (0, 0);
        for entry in std::fs::read_dir(CORPUS).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let verified = accepted(&std::fs::read(&path).unwrap());
            assert_eq!(verified.is_some(), name.starts_with("good"), "{name}");
            *if verified.is_some() {
                &mut good
            } else {
                &mut bad
            } += 1;
        }
        assert!(good >= 5 && bad >= 10, "{good} good, {bad} bad");
    }
}
