//! One grant and the tokens that descend from it: issued, rotated, ended together.

mod revocation;

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

pub(crate) use revocation::{Revocation, RevocationRequest};

use super::{Bearer, FreshTokens, GrantFacts, GrantTerms, Issued, Refusal, Terms};
use crate::clock::end_of;
use crate::config::Face;
use crate::people;
use crate::secret::Digest;

/// How many rotated refresh tokens of one grant are remembered for reuse detection.
const SPENT_REMEMBERED: usize = 16;

/// How many access tokens of one grant are good at the same time at most.
const ACCESS_TOKENS_KEPT: usize = 64;

/// One grant with all tokens that descend from it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Family {
    #[serde(default = "first_face")]
    face: Face,
    client_id: String,
    user: String,
    scope: Vec<String>,
    nonce: Option<String>,
    #[serde(default = "refreshable")]
    refreshable: bool,
    granted_at: i64,
    refreshes: u64,
    revoked: bool,
    /// Its refresh tokens were revoked and its access tokens were not.
    #[serde(default)]
    refresh_revoked: bool,
    access_tokens: VecDeque<AccessToken>,
    refresh_tokens: Vec<RefreshToken>,
    spent_refresh_tokens: VecDeque<SpentRefreshToken>,
}

/// The face of a grant in a state file from the time when there was only one.
fn first_face() -> Face {
    Face::Mio
}

/// As every grant was in a state file from the time when none was an exception.
fn refreshable() -> bool {
    true
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct AccessToken {
    sha256: Digest,
    expires_at: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct RefreshToken {
    sha256: Digest,
    used_at: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct SpentRefreshToken {
    sha256: Digest,
    spent_at: i64,
}

impl Family {
    pub(super) fn new(terms: GrantTerms, now: i64) -> Self {
        Self {
            face: terms.face,
            client_id: terms.client_id,
            user: terms.user,
            scope: terms.scope,
            nonce: terms.nonce,
            refreshable: terms.refreshable,
            granted_at: now,
            refreshes: 0,
            revoked: false,
            refresh_revoked: false,
            access_tokens: VecDeque::new(),
            refresh_tokens: Vec::new(),
            spent_refresh_tokens: VecDeque::new(),
        }
    }

    /// Whether an access token is one of this grant, shown at its own face and still good.
    pub(super) fn honours(&self, face: Face, access_token: &Digest, now: i64) -> bool {
        let good = |token: &AccessToken| token.sha256 == *access_token && now < token.expires_at;
        self.face == face && !self.revoked && self.access_tokens.iter().any(good)
    }

    pub(super) fn bearer(&self) -> Bearer<'_> {
        Bearer {
            user: &self.user,
            client_id: &self.client_id,
            scope: &self.scope,
        }
    }

    pub(super) fn can_refresh(&self, client_id: &str, user: &str) -> bool {
        let ended = self.revoked || self.refresh_revoked;
        self.client_id == client_id
            && self.user == user
            && !ended
            && !self.refresh_tokens.is_empty()
    }

    pub(super) fn is_revoked(&self) -> bool {
        self.revoked
    }

    pub(super) fn facts(&self) -> GrantFacts {
        let person = people::find(&self.user);
        GrantFacts {
            face: self.face,
            user: person.map_or_else(|| self.user.clone(), |person| person.email.to_owned()),
            client_id: self.client_id.clone(),
            scope: self.scope.clone(),
            live: !self.revoked,
            refreshes: self.refreshes,
            granted_at: self.granted_at,
        }
    }

    pub(super) fn expire_access_tokens(&mut self) {
        self.access_tokens.clear();
    }

    /// Spends a refresh token of this grant and issues the next tokens.
    pub(super) fn renew(
        &mut self,
        refresh_token: &Digest,
        client_id: &str,
        fresh: FreshTokens,
        rules: &Terms,
        now: i64,
    ) -> Result<Issued, Refusal> {
        if self.client_id != client_id {
            return Err(Refusal::ClientMismatch);
        }
        self.spend(refresh_token, rules, now)?;
        self.refreshes += 1;
        Ok(self.issue(fresh, rules, rules.rotate, now))
    }

    pub(super) fn revoke(&mut self) {
        self.revoked = true;
        self.access_tokens.clear();
    }

    pub(super) fn issue(
        &mut self,
        fresh: FreshTokens,
        rules: &Terms,
        new_refresh_token: bool,
        now: i64,
    ) -> Issued {
        self.access_tokens.retain(|token| now < token.expires_at);
        while self.access_tokens.len() >= ACCESS_TOKENS_KEPT {
            self.access_tokens.pop_front();
        }
        self.access_tokens.push_back(AccessToken {
            sha256: fresh.access_token.digest(),
            expires_at: end_of(now, rules.access_token_lifetime),
        });
        let lasting = self.refreshable
            && rules
                .refresh_token_scope
                .is_none_or(|needed| self.scope.iter().any(|scope| scope == needed));
        let refresh_token = (lasting && new_refresh_token).then_some(fresh.refresh_token);
        if let Some(token) = &refresh_token {
            self.refresh_tokens.push(RefreshToken {
                sha256: token.digest(),
                used_at: now,
            });
        }
        Issued {
            access_token: fresh.access_token,
            refresh_token_ends_at: self.refresh_token_ends_at(rules, now),
            refresh_token,
            scope: self.scope.clone(),
            user: self.user.clone(),
            nonce: self.nonce.clone(),
            granted_at: self.granted_at,
        }
    }

    /// When a refresh token that is used `now` will end; `None` if there is none or it has no end.
    fn refresh_token_ends_at(&self, rules: &Terms, now: i64) -> Option<i64> {
        let unused = rules.refresh_token_lifetime.map(|life| end_of(now, life));
        let absolute = rules.refresh_token_absolute_lifetime;
        let absolute = absolute.map(|life| end_of(self.granted_at, life));
        let ends = unused.into_iter().chain(absolute).min();
        ends.filter(|_| !self.refresh_tokens.is_empty())
    }

    pub(super) fn knows_refresh_token(&self, digest: &Digest) -> bool {
        self.refresh_tokens
            .iter()
            .any(|token| token.sha256 == *digest)
            || self
                .spent_refresh_tokens
                .iter()
                .any(|token| token.sha256 == *digest)
    }

    /// Uses a refresh token of this grant up (or not, where tokens are not rotated).
    fn spend(&mut self, digest: &Digest, rules: &Terms, now: i64) -> Result<(), Refusal> {
        if self.revoked || self.refresh_revoked {
            return Err(Refusal::GrantRevoked);
        }
        if let Some(spent) = self
            .spent_refresh_tokens
            .iter()
            .find(|token| token.sha256 == *digest)
        {
            let graced = rules
                .rotation_grace
                .is_some_and(|grace| now < end_of(spent.spent_at, grace));
            if graced && self.is_too_old(rules, now) {
                return Err(Refusal::RefreshTokenExpired);
            } else if graced {
                return Ok(());
            }
            self.revoke();
            return Err(Refusal::RefreshTokenUsed);
        }
        let position = self
            .refresh_tokens
            .iter()
            .position(|token| token.sha256 == *digest);
        let index = position.ok_or(Refusal::UnknownRefreshToken)?;
        let used_at = self.refresh_tokens[index].used_at;
        let unused_too_long = rules
            .refresh_token_lifetime
            .is_some_and(|life| now >= end_of(used_at, life));
        if unused_too_long || self.is_too_old(rules, now) {
            return Err(Refusal::RefreshTokenExpired);
        }
        if !rules.rotate {
            self.refresh_tokens[index].used_at = now;
            return Ok(());
        }
        let token = self.refresh_tokens.remove(index);
        if self.spent_refresh_tokens.len() >= SPENT_REMEMBERED {
            self.spent_refresh_tokens.pop_front();
        }
        self.spent_refresh_tokens.push_back(SpentRefreshToken {
            sha256: token.sha256,
            spent_at: now,
        });
        Ok(())
    }

    /// Whether no refresh token of this grant may be used any more, however often it was used.
    fn is_too_old(&self, rules: &Terms, now: i64) -> bool {
        rules
            .refresh_token_absolute_lifetime
            .is_some_and(|life| now >= end_of(self.granted_at, life))
    }
}
