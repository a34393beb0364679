//! The mechanics of codes and tokens, shared by all faces: what is issued, what is still good, what a
//! misuse ends.
//!
//! Pure: time and fresh secrets are handed in, digests are kept. A grant is the family of all tokens
//! that descend from one authorization code; it dies whole. Hazard: every method must be called under
//! the sandbox's one lock, which is what makes a code single-use under parallel exchanges.

mod family;

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

pub(crate) use family::{Family, Revocation, RevocationRequest};

use crate::clock::end_of;
use crate::config::Face;
use crate::secret::{Digest, Secret};

/// How long after its end a code is remembered, so that its second use can be told from a stranger.
const CODE_MEMORY: Duration = Duration::from_secs(600);

/// How many revoked grants are remembered, so that their tokens are told from strangers'.
const REVOKED_REMEMBERED: usize = 256;

/// What is known of a grant from outside; for tests and for the sandbox's owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantFacts {
    /// The provider it was given at.
    pub face: Face,
    /// The pretend user's e-mail address.
    pub user: String,
    /// The client it was given to.
    pub client_id: String,
    /// What was granted.
    pub scope: Vec<String>,
    /// Whether its tokens are still honoured.
    pub live: bool,
    /// How often it was refreshed.
    pub refreshes: u64,
    /// When the user allowed it, in milliseconds since the Unix epoch.
    pub granted_at: i64,
}

/// What a user has allowed, and to whom.
#[derive(Debug, Clone)]
pub(crate) struct GrantTerms {
    pub(crate) face: Face,
    pub(crate) client_id: String,
    pub(crate) scope: Vec<String>,
    pub(crate) user: String,
    pub(crate) nonce: Option<String>,
    /// Whether there may be a refresh token at all.
    pub(crate) refreshable: bool,
}

/// What an authorization code stands for (RFC 6749 §4.1.2).
#[derive(Debug, Clone)]
pub(crate) struct CodeTerms {
    pub(crate) grant: GrantTerms,
    pub(crate) redirect_uri: String,
    pub(crate) code_challenge: Option<String>,
}

/// What a client says when it exchanges a code (RFC 6749 §4.1.3, RFC 7636 §4.5).
pub(crate) struct Exchange<'a> {
    pub(crate) code: &'a str,
    pub(crate) client_id: &'a str,
    pub(crate) redirect_uri: &'a str,
    pub(crate) code_verifier: Option<&'a str>,
}

/// The rules of the moment for issuing tokens.
pub(crate) struct Terms {
    pub(crate) access_token_lifetime: Duration,
    /// Counted from its last use.
    pub(crate) refresh_token_lifetime: Option<Duration>,
    /// Counted from the user's consent, whatever use is made of it.
    pub(crate) refresh_token_absolute_lifetime: Option<Duration>,
    /// The scope without which no refresh token is issued, where there is one.
    pub(crate) refresh_token_scope: Option<&'static str>,
    pub(crate) rotate: bool,
    pub(crate) rotation_grace: Option<Duration>,
    pub(crate) check_pkce: bool,
}

/// A pair of tokens drawn before the lock is taken.
pub(crate) struct FreshTokens {
    pub(crate) access_token: Secret,
    pub(crate) refresh_token: Secret,
}

/// What a successful token request yields.
#[derive(Debug)]
pub(crate) struct Issued {
    pub(crate) access_token: Secret,
    pub(crate) refresh_token: Option<Secret>,
    /// When the refresh token the client now has will end unless it is used, in milliseconds since the
    /// Unix epoch; `None` where it has none or it lives without end.
    pub(crate) refresh_token_ends_at: Option<i64>,
    pub(crate) scope: Vec<String>,
    pub(crate) user: String,
    pub(crate) nonce: Option<String>,
    /// When the grant began, in milliseconds since the Unix epoch.
    pub(crate) granted_at: i64,
}

/// What an access token stands for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bearer<'a> {
    /// The id of the user who allowed it.
    pub(crate) user: &'a str,
    /// The client it was issued to.
    pub(crate) client_id: &'a str,
    /// What was granted.
    pub(crate) scope: &'a [String],
}

/// Why a code or a refresh token was not honoured; each is `invalid_grant` on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    UnknownCode,
    CodeExpired,
    CodeUsed,
    ClientMismatch,
    RedirectMismatch,
    VerifierMissing,
    VerifierMismatch,
    VerifierUnasked,
    UnknownRefreshToken,
    RefreshTokenExpired,
    RefreshTokenUsed,
    GrantRevoked,
}

impl Refusal {
    /// One sentence for `error_description`; never contains what was sent.
    pub(crate) fn description(self) -> &'static str {
        match self {
            Self::UnknownCode => "the authorization code is unknown",
            Self::CodeExpired => "the authorization code has expired",
            Self::CodeUsed => "the authorization code was used before; its tokens are revoked",
            Self::ClientMismatch => "it was issued to another client",
            Self::RedirectMismatch => "redirect_uri is not the one of the authorization request",
            Self::VerifierMissing => "code_verifier is missing",
            Self::VerifierMismatch => "code_verifier does not fit the code challenge",
            Self::VerifierUnasked => "the authorization request had no code challenge",
            Self::UnknownRefreshToken => "the refresh token is unknown",
            Self::RefreshTokenExpired => "the refresh token has expired",
            Self::RefreshTokenUsed => "the refresh token was used before; the grant is revoked",
            Self::GrantRevoked => "the grant was revoked",
        }
    }
}

/// All codes and grants.
#[derive(Debug, Default)]
pub(crate) struct Grants {
    codes: HashMap<Digest, Code>,
    families: BTreeMap<u64, Family>,
}

impl Grants {
    /// Remembers a code that was just drawn.
    pub(crate) fn add_code(
        &mut self,
        code: &Secret,
        terms: CodeTerms,
        lifetime: Duration,
        now: i64,
    ) {
        self.codes
            .retain(|_, code| now < end_of(code.expires_at, CODE_MEMORY));
        let expires_at = end_of(now, lifetime);
        let code_kept = Code {
            terms,
            expires_at,
            family: None,
        };
        self.codes.insert(code.digest(), code_kept);
    }

    /// Exchanges a code for tokens. A refused exchange leaves the code as it was, except that the
    /// second use of a code ends the grant of the first (RFC 6749 §4.1.2).
    pub(crate) fn exchange(
        &mut self,
        asked: &Exchange<'_>,
        fresh: FreshTokens,
        rules: &Terms,
        now: i64,
    ) -> Result<Issued, Refusal> {
        let next = self.next_id();
        let code = self
            .codes
            .get_mut(&Digest::of(asked.code))
            .ok_or(Refusal::UnknownCode)?;
        if let Some(spent_by) = code.family {
            if let Some(family) = self.families.get_mut(&spent_by) {
                family.revoke();
            }
            return Err(Refusal::CodeUsed);
        }
        code.check(asked, rules, now)?;
        code.family = Some(next);
        let terms = code.terms.grant.clone();
        Ok(self.begin(terms, fresh, rules, now))
    }

    /// Begins a grant, however the user allowed it.
    pub(crate) fn begin(
        &mut self,
        terms: GrantTerms,
        fresh: FreshTokens,
        rules: &Terms,
        now: i64,
    ) -> Issued {
        let mut family = Family::new(terms, now);
        let issued = family.issue(fresh, rules, true, now);
        self.families.insert(self.next_id(), family);
        self.forget_long_revoked();
        issued
    }

    fn next_id(&self) -> u64 {
        self.families.keys().next_back().map_or(1, |last| last + 1)
    }

    /// Renews with a refresh token. An old one outside the grace ends the whole grant
    /// (RFC 9700 §4.14.2).
    pub(crate) fn refresh(
        &mut self,
        refresh_token: &str,
        client_id: &str,
        fresh: FreshTokens,
        rules: &Terms,
        now: i64,
    ) -> Result<Issued, Refusal> {
        let digest = Digest::of(refresh_token);
        let family = self
            .families
            .values_mut()
            .find(|family| family.knows_refresh_token(&digest))
            .ok_or(Refusal::UnknownRefreshToken)?;
        family.renew(&digest, client_id, fresh, rules, now)
    }

    fn forget_long_revoked(&mut self) {
        let revoked = self
            .families
            .iter()
            .filter(|(_, family)| family.is_revoked());
        let revoked: Vec<u64> = revoked.map(|(id, _)| *id).collect();
        let surplus = revoked.len().saturating_sub(REVOKED_REMEMBERED);
        for id in &revoked[..surplus] {
            self.families.remove(id);
        }
    }

    /// What an access token stands for at this face, while it is good.
    pub(crate) fn bearer(&self, face: Face, access_token: &str, now: i64) -> Option<Bearer<'_>> {
        let digest = Digest::of(access_token);
        self.families
            .values()
            .find(|family| family.honours(face, &digest, now))
            .map(Family::bearer)
    }

    /// Whether a client holds a refresh token of this user.
    pub(crate) fn can_refresh(&self, client_id: &str, user: &str) -> bool {
        self.families
            .values()
            .any(|family| family.can_refresh(client_id, user))
    }

    /// Ends every grant.
    pub(crate) fn revoke_all(&mut self) {
        self.families.values_mut().for_each(Family::revoke);
    }

    /// Ends every access token; refresh tokens stay good.
    pub(crate) fn expire_access_tokens(&mut self) {
        self.families
            .values_mut()
            .for_each(Family::expire_access_tokens);
    }

    /// Lists the grants, oldest first.
    pub(crate) fn facts(&self) -> Vec<GrantFacts> {
        self.families.values().map(Family::facts).collect()
    }

    /// The part that outlives a restart: grants. A code lives too briefly to be worth a file.
    pub(crate) fn families(&self) -> &BTreeMap<u64, Family> {
        &self.families
    }

    /// Takes up the grants of an earlier run.
    pub(crate) fn restored(families: BTreeMap<u64, Family>) -> Self {
        Self {
            codes: HashMap::new(),
            families,
        }
    }
}

#[derive(Debug)]
struct Code {
    terms: CodeTerms,
    expires_at: i64,
    family: Option<u64>,
}

impl Code {
    fn check(&self, asked: &Exchange<'_>, rules: &Terms, now: i64) -> Result<(), Refusal> {
        if now >= self.expires_at {
            return Err(Refusal::CodeExpired);
        }
        if self.terms.grant.client_id != asked.client_id {
            return Err(Refusal::ClientMismatch);
        }
        if self.terms.redirect_uri != asked.redirect_uri {
            return Err(Refusal::RedirectMismatch);
        }
        if !rules.check_pkce {
            return Ok(());
        }
        match (&self.terms.code_challenge, asked.code_verifier) {
            (None, None) => Ok(()),
            (Some(_), None) => Err(Refusal::VerifierMissing),
            // RFC 9700 §2.1.1: else an attacker could strip the challenge from the request.
            (None, Some(_)) => Err(Refusal::VerifierUnasked),
            (Some(challenge), Some(verifier)) if s256(verifier).as_ref() == Some(challenge) => {
                Ok(())
            }
            (Some(_), Some(_)) => Err(Refusal::VerifierMismatch),
        }
    }
}

/// The S256 code challenge of a verifier; `None` if the verifier breaks its grammar (RFC 7636 §4.1).
fn s256(verifier: &str) -> Option<String> {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    ((43..=128).contains(&verifier.len()) && verifier.bytes().all(unreserved))
        .then(|| URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verifier_of_rfc_7636_appendix_b_gives_its_challenge() {
        assert_eq!(
            s256("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk").as_deref(),
            Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
        );
    }

    #[test]
    fn a_verifier_that_breaks_its_grammar_fits_no_challenge() {
        for verifier in [
            "a".repeat(42),
            "a".repeat(129),
            format!("{} ", "a".repeat(43)),
        ] {
            assert_eq!(s256(&verifier), None, "{verifier:?}");
        }
    }

    const RULES: Terms = Terms {
        access_token_lifetime: Duration::from_secs(60),
        refresh_token_lifetime: None,
        refresh_token_absolute_lifetime: None,
        refresh_token_scope: Some("offline_access"),
        rotate: true,
        rotation_grace: None,
        check_pkce: true,
    };

    /// Begins a grant and returns its refresh token.
    fn begun(grants: &mut Grants) -> Secret {
        let code = Secret::draw("").unwrap();
        let grant = GrantTerms {
            face: Face::Mio,
            client_id: "id".to_owned(),
            scope: vec!["offline_access".to_owned()],
            user: "ada".to_owned(),
            nonce: None,
            refreshable: true,
        };
        let terms = CodeTerms {
            grant,
            redirect_uri: "a.example:/cb".to_owned(),
            code_challenge: None,
        };
        grants.add_code(&code, terms, Duration::from_secs(60), 0);
        let asked = Exchange {
            code: code.expose(),
            client_id: "id",
            redirect_uri: "a.example:/cb",
            code_verifier: None,
        };
        let issued = grants.exchange(&asked, fresh(), &RULES, 0).unwrap();
        issued.refresh_token.unwrap()
    }

    fn fresh() -> FreshTokens {
        FreshTokens {
            access_token: Secret::draw("").unwrap(),
            refresh_token: Secret::draw("").unwrap(),
        }
    }

    #[test]
    fn revoked_grants_are_forgotten_by_number_and_live_ones_never() {
        let mut grants = Grants::default();
        let live = begun(&mut grants);
        for _ in 0..REVOKED_REMEMBERED + 20 {
            begun(&mut grants);
            grants
                .families
                .values_mut()
                .skip(1)
                .for_each(Family::revoke);
        }
        begun(&mut grants);

        assert_eq!(grants.families.len(), REVOKED_REMEMBERED + 2);
        assert!(
            grants
                .refresh(live.expose(), "id", fresh(), &RULES, 0)
                .is_ok()
        );
    }

    #[test]
    fn a_grant_that_is_renewed_for_ever_does_not_grow_for_ever() {
        let mut grants = Grants::default();
        let mut token = begun(&mut grants);
        let mut sizes = Vec::new();
        for _ in 0..300 {
            let issued = grants
                .refresh(token.expose(), "id", fresh(), &RULES, 0)
                .unwrap();
            token = issued.refresh_token.unwrap();
            sizes.push(serde_json::to_string(grants.families()).unwrap().len());
        }

        // From 100 to 300 refreshes even the number of digits stays the same.
        assert_eq!(sizes[99], sizes[299]);
    }
}
