//! The keys that a provider publishes (RFC 7517), and which of them a token may have been signed
//! with (SECURITY 38).
//!
//! Hazard: what is no public key for signatures, or too weak to be one, is left out here, so that
//! nothing behind has to think of it. One odd key must not cost the others.

use super::SigningAlgorithm;
use crate::failure::Fault;
use crate::json::is_shallow;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;

/// The longest key set that is read, in bytes.
pub const LONGEST_JWKS: usize = 256 * 1024;
/// A set with more keys than these is no provider's.
pub const MOST_KEYS: usize = 100;

/// The moduli that are accepted, in bytes: 2,048 to 8,192 bits.
const MODULUS: std::ops::RangeInclusive<usize> = 256..=1024;
/// An exponent has 33 bits at most, which is what libraries agree on.
const LONGEST_EXPONENT: usize = 5;

/// A key set: the keys in it that an id token can be signed with, in the document's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jwks(Vec<Key>);

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    id: Option<String>,
    algorithm: Option<SigningAlgorithm>,
    material: Material,
}

/// What a key is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Material {
    /// RFC 7518 §6.3, without leading zeros.
    Rsa {
        /// The modulus.
        n: Vec<u8>,
        /// The exponent.
        e: Vec<u8>,
    },
    /// RFC 7518 §6.2.
    Ec {
        /// The curve.
        curve: Curve,
        /// The point, uncompressed: 4, x, y.
        point: Vec<u8>,
    },
}

/// The curves that are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curve {
    /// P-256.
    P256,
    /// P-384.
    P384,
}

impl Key {
    /// Gives what the key is made of.
    #[must_use]
    pub fn material(&self) -> &Material {
        &self.material
    }

    /// Tells whether a signature of this algorithm can be by this key: it is of the right kind, and
    /// not meant for another one.
    fn fits(&self, algorithm: SigningAlgorithm) -> bool {
        let kind = match algorithm {
            SigningAlgorithm::Rs256
            | SigningAlgorithm::Rs384
            | SigningAlgorithm::Rs512
            | SigningAlgorithm::Ps256
            | SigningAlgorithm::Ps384
            | SigningAlgorithm::Ps512 => matches!(self.material, Material::Rsa { .. }),
            SigningAlgorithm::Es256 => self.is_on(Curve::P256),
            SigningAlgorithm::Es384 => self.is_on(Curve::P384),
        };
        kind && self.algorithm.is_none_or(|own| own == algorithm)
    }

    fn is_on(&self, wanted: Curve) -> bool {
        matches!(self.material, Material::Ec { curve, .. } if curve == wanted)
    }
}

impl Jwks {
    /// Reads a key set. Keys that are for something else, of another kind, too short, wrongly
    /// written, or published with their private half are left out.
    ///
    /// # Errors
    /// [`Fault::TooLarge`], [`Fault::Malformed`].
    pub fn read(bytes: &[u8]) -> Result<Self, Fault> {
        #[derive(Deserialize)]
        struct Set {
            keys: Vec<Value>,
        }
        if bytes.len() > LONGEST_JWKS {
            return Err(Fault::TooLarge);
        }
        let is_object = bytes.trim_ascii_start().starts_with(b"{");
        let set: Option<Set> = (is_object && is_shallow(bytes))
            .then(|| serde_json::from_slice(bytes).ok())
            .flatten();
        let keys = set.map(|set| set.keys).ok_or(Fault::Malformed {
            why: "the provider's keys aren't the JSON of a key set",
        })?;
        if keys.len() > MOST_KEYS {
            return Err(Fault::Malformed {
                why: "the provider publishes more than a hundred keys",
            });
        }
        Ok(Self(keys.into_iter().filter_map(read_key).collect()))
    }

    /// Gives the keys that may have signed a token with this algorithm and this `kid`. A token that
    /// names no key may be signed by any that fits the algorithm: each is to be tried.
    #[must_use]
    pub fn fitting(&self, id: Option<&str>, algorithm: SigningAlgorithm) -> Vec<&Key> {
        self.0
            .iter()
            .filter(|key| id.is_none() || key.id.as_deref() == id)
            .filter(|key| key.fits(algorithm))
            .collect()
    }
}

#[derive(Deserialize)]
struct Wire {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    key_ops: Option<Vec<String>>,
    alg: Option<String>,
    n: Option<String>,
    e: Option<String>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    /// The private half: whoever publishes it has lost the key.
    d: Option<Value>,
}

fn read_key(value: Value) -> Option<Key> {
    let wire: Wire = serde_json::from_value(value).ok()?;
    let signs = wire.usage.is_none_or(|usage| usage == "sig")
        && wire
            .key_ops
            .is_none_or(|all| all.iter().any(|one| one == "verify"));
    if !signs || wire.d.is_some() {
        return None;
    }
    let algorithm = match wire.alg {
        Some(name) => Some(SigningAlgorithm::parse(&name)?),
        None => None,
    };
    let material = match wire.kty.as_str() {
        "RSA" => rsa(&wire.n?, &wire.e?)?,
        "EC" => ec(&wire.crv?, &wire.x?, &wire.y?)?,
        _ => return None,
    };
    Some(Key {
        id: wire.kid,
        algorithm,
        material,
    })
}

fn rsa(n: &str, e: &str) -> Option<Material> {
    let number = |text: &str| {
        let bytes = decode(text)?;
        let first = bytes.iter().position(|byte| *byte != 0)?;
        Some(bytes[first..].to_vec())
    };
    let (n, e) = (number(n)?, number(e)?);
    let sound = MODULUS.contains(&n.len()) && e.len() <= LONGEST_EXPONENT;
    sound.then_some(Material::Rsa { n, e })
}

fn ec(curve: &str, x: &str, y: &str) -> Option<Material> {
    let (curve, length) = match curve {
        "P-256" => (Curve::P256, 32),
        "P-384" => (Curve::P384, 48),
        _ => return None,
    };
    let (x, y) = (decode(x)?, decode(y)?);
    (x.len() == length && y.len() == length).then(|| Material::Ec {
        curve,
        point: [&[4], x.as_slice(), y.as_slice()].concat(),
    })
}

/// Some write the padding that RFC 7515 §2 leaves out.
fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn rsa_key(changes: Value) -> Value {
        let n = URL_SAFE_NO_PAD.encode([0x81; 256]);
        changed(
            json!({"kty": "RSA", "kid": "r", "n": n, "e": "AQAB"}),
            changes,
        )
    }

    fn ec_key(curve: &str, length: usize) -> Value {
        let part = URL_SAFE_NO_PAD.encode(vec![7; length]);
        json!({"kty": "EC", "kid": "e", "crv": curve, "x": part, "y": part})
    }

    fn changed(mut key: Value, changes: Value) -> Value {
        let (all, Value::Object(changes)) = (key.as_object_mut().unwrap(), changes) else {
            panic!("changes are an object");
        };
        all.extend(changes);
        key
    }

    fn read(keys: &[Value]) -> Jwks {
        Jwks::read(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
    }

    #[test]
    fn a_key_that_signs_is_kept_and_every_other_left_out() {
        let encoded = |length: usize| URL_SAFE_NO_PAD.encode(vec![0x81; length]);
        let rows = [
            ("RSA", rsa_key(json!({})), true),
            ("for signatures", rsa_key(json!({"use": "sig"})), true),
            ("for encryption", rsa_key(json!({"use": "enc"})), false),
            ("to verify", rsa_key(json!({"key_ops": ["verify"]})), true),
            (
                "to encrypt",
                rsa_key(json!({"key_ops": ["encrypt"]})),
                false,
            ),
            ("for nothing", rsa_key(json!({"key_ops": []})), false),
            ("its own algorithm", rsa_key(json!({"alg": "RS512"})), true),
            ("RSA-OAEP", rsa_key(json!({"alg": "RSA-OAEP"})), false),
            ("HS256 with RSA", rsa_key(json!({"alg": "HS256"})), false),
            ("none", rsa_key(json!({"alg": "none"})), false),
            ("a private half", rsa_key(json!({"d": "AQAB"})), false),
            ("no kid", rsa_key(json!({"kid": null})), true),
            ("a kid of a wrong type", rsa_key(json!({"kid": 7})), false),
            ("no modulus", rsa_key(json!({"n": null})), false),
            ("1024 bits", rsa_key(json!({"n": encoded(128)})), false),
            ("2040 bits", rsa_key(json!({"n": encoded(255)})), false),
            ("8192 bits", rsa_key(json!({"n": encoded(1024)})), true),
            ("8200 bits", rsa_key(json!({"n": encoded(1025)})), false),
            ("no exponent", rsa_key(json!({"e": ""})), false),
            ("exponent zero", rsa_key(json!({"e": "AAAA"})), false),
            ("a long exponent", rsa_key(json!({"e": encoded(6)})), false),
            (
                "padding",
                rsa_key(json!({"n": format!("{}==", encoded(256))})),
                true,
            ),
            ("no base64url", rsa_key(json!({"n": "+/+/"})), false),
            ("P-256", ec_key("P-256", 32), true),
            ("P-384", ec_key("P-384", 48), true),
            ("P-521", ec_key("P-521", 66), false),
            ("secp256k1", ec_key("secp256k1", 32), false),
            ("a short point", ec_key("P-256", 31), false),
            ("a point of another curve", ec_key("P-256", 48), false),
            ("oct", json!({"kty": "oct", "k": "AAAA"}), false),
            (
                "OKP",
                json!({"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}),
                false,
            ),
            ("no kind", json!({"kid": "a"}), false),
            ("no object", json!("RSA"), false),
        ];
        for (row, key, kept) in rows {
            let jwks = read(&[key, ec_key("P-256", 32)]);
            assert_eq!(jwks.0.len(), 1 + usize::from(kept), "{row}");
        }
        let padded = format!("AAAB{}", URL_SAFE_NO_PAD.encode([0x81; 255]));
        let Material::Rsa { n, .. } = read(&[rsa_key(json!({ "n": padded }))]).0[0]
            .material
            .clone()
        else {
            panic!("no RSA key");
        };
        assert_eq!((n.len(), n[0]), (256, 1), "leading zeros are gone");
    }

    #[test]
    fn security_38_the_keys_to_try_are_those_of_the_kid_and_the_algorithm() {
        use SigningAlgorithm::{Es256, Es384, Ps256, Rs256};
        let jwks = read(&[
            rsa_key(json!({"kid": "a"})),
            rsa_key(json!({"kid": "b", "alg": "RS256"})),
            rsa_key(json!({"kid": null, "alg": "PS256"})),
            ec_key("P-256", 32),
            rsa_key(json!({"kid": "b"})),
        ]);
        let rows: [(Option<&str>, SigningAlgorithm, &[usize]); 9] = [
            (Some("a"), Rs256, &[0]),
            (Some("a"), Es256, &[]),
            (Some("b"), Rs256, &[1, 4]),
            (Some("b"), Ps256, &[4]),
            (Some("c"), Rs256, &[]),
            (Some(""), Rs256, &[]),
            (None, Rs256, &[0, 1, 4]),
            (None, Es256, &[3]),
            (None, Es384, &[]),
        ];
        for (id, algorithm, expected) in rows {
            let expected: Vec<_> = expected.iter().map(|index| &jwks.0[*index]).collect();
            assert_eq!(jwks.fitting(id, algorithm), expected, "{id:?} {algorithm}");
        }
    }

    #[test]
    fn what_is_no_key_set_is_a_fault_and_an_empty_one_is_not() {
        let many = |count| json!({"keys": vec![json!({"kty": "oct"}); count]}).to_string();
        assert_eq!(Jwks::read(b"{\"keys\":[]}"), Ok(Jwks(vec![])));
        assert_eq!(Jwks::read(many(MOST_KEYS).as_bytes()), Ok(Jwks(vec![])));
        for text in [
            "",
            "[]",
            "{}",
            "<html>",
            r#"{"keys":{}}"#,
            r#"{"keys":null}"#,
            r#"{"keys":[],"keys":[]}"#,
            r#"[[{"kty":"oct"}]]"#,
            &many(MOST_KEYS + 1),
            &format!("{{\"keys\":{}{}}}", "[".repeat(32), "]".repeat(32)),
        ] {
            let fault = Jwks::read(text.as_bytes()).unwrap_err();
            assert!(matches!(fault, Fault::Malformed { .. }), "{text:.40}");
        }
        let long = format!("{{\"keys\":[]{}}}", " ".repeat(LONGEST_JWKS));
        assert_eq!(Jwks::read(long.as_bytes()), Err(Fault::TooLarge));
    }
}
