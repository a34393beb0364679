//! What each fault does to an id token.

use serde_json::{Value, json};

use super::Occasion;
use super::draft::{Draft, Proof};
use crate::error::SandboxError;
use crate::manners::IdTokenFault;

const ATTACKER: &str = "https://attacker.example";
const OTHER_CLIENT: &str = "oidc_client_other";

/// Does to the draft what the fault says.
pub(super) fn spoil(
    draft: &mut Draft,
    fault: IdTokenFault,
    occasion: &Occasion<'_>,
) -> Result<(), SandboxError> {
    let seconds = occasion.now.div_euclid(1000);
    let client = occasion.client_id;
    match fault {
        // Made where the id token is, since there is nothing to seal or another key is needed.
        IdTokenFault::Absent
        | IdTokenFault::NotAJwt
        | IdTokenFault::ForeignKey
        | IdTokenFault::KeyInHeader => {}
        IdTokenFault::AlgNone => {
            unsigned_header(draft, "none");
            draft.proof = Proof::Empty;
        }
        IdTokenFault::HmacWithPublicKey => {
            unsigned_header(draft, "HS256");
            draft.proof = Proof::Hmac(draft.key().public_pem()?.into_bytes());
        }
        IdTokenFault::HmacWithModulus => {
            unsigned_header(draft, "HS256");
            let jwk = draft.key().jwk();
            let modulus = jwk["n"].as_str().unwrap_or_default();
            draft.proof = Proof::Hmac(modulus.as_bytes().to_vec());
        }
        IdTokenFault::BrokenSignature => draft.proof = Proof::Broken,
        IdTokenFault::ClaimsSwapped => {
            let mut others = draft.claims.clone();
            others.insert("sub".to_owned(), json!("grace"));
            draft.proof = Proof::OverOthers(others);
        }
        IdTokenFault::KeyIdUnknown => {
            draft.header.insert("kid".to_owned(), json!("nobody-knows"));
        }
        IdTokenFault::KeyIdMissing => {
            draft.header.remove("kid");
        }
        IdTokenFault::UnknownCritical => {
            draft.header.insert("crit".to_owned(), json!(["moon"]));
            draft.header.insert("moon".to_owned(), json!("full"));
        }
        IdTokenFault::ForeignIssuer => draft.say("iss", json!(ATTACKER)),
        IdTokenFault::IssuerMissing => draft.leave_out("iss"),
        IdTokenFault::ForeignAudience => draft.say("aud", json!(OTHER_CLIENT)),
        IdTokenFault::AudienceMissing => draft.leave_out("aud"),
        IdTokenFault::AudienceArray => draft.say("aud", json!([client])),
        IdTokenFault::AudiencesWithParty => {
            draft.say("aud", json!([client, OTHER_CLIENT]));
            draft.say("azp", json!(client));
        }
        IdTokenFault::AudiencesWithoutParty => draft.say("aud", json!([client, OTHER_CLIENT])),
        IdTokenFault::ForeignParty => draft.say("azp", json!(OTHER_CLIENT)),
        IdTokenFault::Expired => {
            draft.say("iat", json!(seconds - 400));
            draft.say("exp", json!(seconds - 300));
        }
        IdTokenFault::ExpiryMissing => draft.leave_out("exp"),
        IdTokenFault::IssuedLongAgo => draft.say("iat", json!(seconds - 3600)),
        IdTokenFault::IssuedAhead => draft.say("iat", json!(seconds + 3600)),
        IdTokenFault::IssueTimeMissing => draft.leave_out("iat"),
        IdTokenFault::WrongNonce => draft.say("nonce", json!("a-nonce-nobody-sent")),
        IdTokenFault::NonceMissing => draft.leave_out("nonce"),
        IdTokenFault::NonceKept => {
            if let Some(nonce) = &occasion.issued.nonce {
                draft.say("nonce", json!(nonce));
            }
        }
        IdTokenFault::WrongAccessTokenHash => {
            draft.say("at_hash", json!(super::half_hash("another token")));
        }
        IdTokenFault::AccessTokenHashMissing => draft.leave_out("at_hash"),
        IdTokenFault::SubjectMissing => draft.leave_out("sub"),
        IdTokenFault::SubjectEmpty => draft.say("sub", json!("")),
        IdTokenFault::SubjectTooLong => draft.say("sub", json!("s".repeat(256))),
        IdTokenFault::SubjectNotAscii => draft.say("sub", json!("ad\u{e4}")),
        IdTokenFault::SubjectNumber => draft.say("sub", json!(7)),
        IdTokenFault::OtherSubject => draft.say("sub", other_person(occasion)),
        IdTokenFault::OtherAuthTime => draft.say("auth_time", json!(seconds + 1)),
        IdTokenFault::HostileProfile => {
            draft.say("name", json!("\u{202e}<b>adA</b>\u{1b}[31m\r\n"));
            draft.say("email", json!("ada@byron.example\u{0}<script>"));
        }
    }
    Ok(())
}

/// A header as one has it that no published key signs.
fn unsigned_header(draft: &mut Draft, algorithm: &str) {
    draft.header.insert("alg".to_owned(), json!(algorithm));
}

/// Another subject than the one who allowed it.
pub(in crate::oidc) fn other_subject(user: &str) -> &'static str {
    if user == "grace" { "noor" } else { "grace" }
}

fn other_person(occasion: &Occasion<'_>) -> Value {
    json!(other_subject(&occasion.issued.user))
}
