//! The end of single tokens on request of their client (RFC 7009).

use super::Family;
use crate::config::Face;
use crate::grants::{Grants, Refusal};
use crate::secret::Digest;

/// Whose token is to end, and how far.
pub(crate) struct RevocationRequest<'a> {
    pub(crate) face: Face,
    pub(crate) client_id: &'a str,
    pub(crate) token: &'a str,
    /// Whether the access tokens of the grant end with its refresh token.
    pub(crate) cascade: bool,
}

/// What a revocation has done; both are a success to the client (RFC 7009 §2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Revocation {
    Ended,
    /// The token is unknown here, or had ended before.
    NothingToEnd,
}

impl Grants {
    /// Ends a token. Any refresh token of a grant, also one that was rotated away, stands for all of
    /// them; an access token stands for itself. A token of another client is refused and stays good.
    pub(crate) fn revoke(
        &mut self,
        asked: &RevocationRequest<'_>,
        now: i64,
    ) -> Result<Revocation, Refusal> {
        let token = Digest::of(asked.token);
        let found = self
            .families
            .values_mut()
            .find(|family| family.is_of(asked.face) && family.knows(&token));
        match found {
            None => Ok(Revocation::NothingToEnd),
            Some(family) if !family.belongs_to(asked.client_id) => Err(Refusal::ClientMismatch),
            Some(family) => Ok(family.revoke_token(&token, asked.cascade, now)),
        }
    }
}

impl Family {
    fn is_of(&self, face: Face) -> bool {
        self.face == face
    }

    fn belongs_to(&self, client_id: &str) -> bool {
        self.client_id == client_id
    }

    fn knows(&self, token: &Digest) -> bool {
        let mut access_tokens = self.access_tokens.iter();
        self.knows_refresh_token(token) || access_tokens.any(|kept| kept.sha256 == *token)
    }

    fn revoke_token(&mut self, token: &Digest, cascade: bool, now: i64) -> Revocation {
        if self.revoked {
            return Revocation::NothingToEnd;
        }
        let is_refresh_token = self.knows_refresh_token(token);
        if is_refresh_token && cascade {
            self.revoke();
            return Revocation::Ended;
        }
        self.refresh_revoked |= is_refresh_token;
        self.access_tokens
            .retain(|kept| kept.sha256 != *token && now < kept.expires_at);
        // A grant of which nothing is left has ended, however it came to that.
        let renewable = !self.refresh_revoked && !self.refresh_tokens.is_empty();
        if !renewable && self.access_tokens.is_empty() {
            self.revoke();
        }
        Revocation::Ended
    }
}
