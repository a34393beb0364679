//! Whose account a sign-in has led to, and what only the user can say about it before the
//! credentials are kept (SECURITY 20, 33).
//!
//! Hazard: neither an unverified `sub` nor a guessed address proves anything. They decide what is
//! asked, never what is done without asking.

use crate::id::ConnectionId;
use crate::token::AccountHint;

/// What is known of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// What the provider calls it.
    pub account: AccountHint,
    /// An e-mail address that its data suggests, where the provider names no account.
    pub guess: Option<String>,
}

impl From<AccountHint> for Identity {
    fn from(account: AccountHint) -> Self {
        Self {
            account,
            guess: None,
        }
    }
}

impl Identity {
    /// Gives the words for it: the provider's, else the guess.
    #[must_use]
    pub fn label(&self) -> Option<&str> {
        self.account.label.as_deref().or(self.guess.as_deref())
    }

    fn guessed(&self) -> Option<&str> {
        self.guess.as_deref().or(self.account.label.as_deref())
    }

    /// Compares by `sub` where both have one, else by the guess or what the provider calls them;
    /// `None` when nothing can be compared.
    fn compare(&self, other: &Self) -> Option<(bool, Evidence)> {
        if let (Some(here), Some(there)) = (&self.account.subject, &other.account.subject) {
            return Some((here == there, Evidence::Subject));
        }
        let (here, there) = (self.guessed()?, other.guessed()?);
        let same = here.to_lowercase() == there.to_lowercase();
        Some((same, Evidence::Guess))
    }
}

/// What two accounts were told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// OpenID Connect's `sub`. Where id tokens are not verified, the provider's word and no more.
    Subject,
    /// An address out of the account's data, or what the provider calls the account.
    Guess,
}

/// A question that comes before anything is saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// Nothing proves that this answer belongs to this sign-in: is this the user's account?
    IsThisYou {
        /// The account's label.
        found: Option<String>,
    },
    /// A connection was to be signed in again, and this is another account.
    OtherAccount {
        /// The account's label.
        found: Option<String>,
        /// Why they seem to be two.
        by: Evidence,
    },
    /// The account is connected already.
    AlreadyConnected {
        /// The connection it has.
        connection: ConnectionId,
        /// The account's label.
        found: Option<String>,
        /// Why they seem to be one.
        by: Evidence,
    },
}

/// What the user answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Keep it: as a new connection, or in place of the credentials that the connection in
    /// question has.
    Take,
    /// Keep it as a connection of its own, and leave the one in question as it is.
    Separately,
    /// Keep nothing.
    Decline,
}

/// Tells what has to be asked; `None` when nothing has.
///
/// `proven` says whether the callback carried the right `state`; `again` is the connection that is
/// signed in again, `others` are the other connections of the same provider.
#[must_use]
pub fn question(
    found: &Identity,
    proven: bool,
    again: Option<&Identity>,
    others: &[(ConnectionId, Identity)],
) -> Option<Question> {
    let label = found.label().map(str::to_owned);
    let doubt = || {
        (!proven).then(|| Question::IsThisYou {
            found: label.clone(),
        })
    };
    if let Some(again) = again {
        return match found.compare(again) {
            Some((false, by)) => Some(Question::OtherAccount { found: label, by }),
            Some((true, _)) | None => doubt(),
        };
    }
    let same = others.iter().find_map(|(id, other)| {
        let (same, by) = found.compare(other)?;
        same.then_some((*id, by))
    });
    match same {
        Some((connection, by)) => Some(Question::AlreadyConnected {
            connection,
            found: label,
            by,
        }),
        None => doubt(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;

    fn known(subject: &str, guess: &str) -> Identity {
        let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let label = filled(subject).map(|subject| format!("{subject}@known.example"));
        Identity {
            account: AccountHint {
                subject: filled(subject),
                label,
            },
            guess: filled(guess),
        }
    }

    fn id(number: u8) -> ConnectionId {
        ConnectionId::new(Timestamp::from_millis(0), [number; 10])
    }

    #[test]
    fn security_33_another_account_than_the_one_to_be_signed_in_again_is_asked_about() {
        let other = |found: Option<&str>, by| {
            let found = found.map(str::to_owned);
            Some(Question::OtherAccount { found, by })
        };
        let rows = [
            ("same sub", known("a", ""), known("a", ""), None),
            (
                "other sub",
                known("b", ""),
                known("a", ""),
                other(Some("b@known.example"), Evidence::Subject),
            ),
            (
                "the sub decides, not the guess",
                known("a", "x@e.example"),
                known("a", "y@e.example"),
                None,
            ),
            (
                "a guess that differs",
                known("", "x@e.example"),
                known("", "y@e.example"),
                other(Some("x@e.example"), Evidence::Guess),
            ),
            (
                "a guess that differs in case",
                known("", "X@e.example"),
                known("", "x@E.example"),
                None,
            ),
            (
                "no hint there",
                known("b", "x@e.example"),
                known("", ""),
                None,
            ),
            (
                "no hint here",
                known("", ""),
                known("a", "x@e.example"),
                None,
            ),
        ];
        for (row, found, again, expected) in rows {
            assert_eq!(question(&found, true, Some(&again), &[]), expected, "{row}");
        }
    }

    #[test]
    fn an_account_that_is_connected_already_is_recognised() {
        let others = [
            (id(1), known("a", "")),
            (id(2), known("", "x@e.example")),
            (id(3), known("", "")),
        ];
        let already = |connection, found: &str, by| {
            Some(Question::AlreadyConnected {
                connection,
                found: Some(found.to_owned()),
                by,
            })
        };
        let rows = [
            (
                "by sub",
                known("a", ""),
                already(id(1), "a@known.example", Evidence::Subject),
            ),
            (
                "by guess",
                known("", "X@e.example"),
                already(id(2), "X@e.example", Evidence::Guess),
            ),
            ("a new one", known("b", "y@e.example"), None),
            ("no hint", known("", ""), None),
        ];
        for (row, found, expected) in rows {
            assert_eq!(question(&found, true, None, &others), expected, "{row}");
        }
    }

    #[test]
    fn security_20_what_nothing_proves_is_asked_about_even_without_a_name() {
        let ask = |found: Option<&str>| {
            let found = found.map(str::to_owned);
            Some(Question::IsThisYou { found })
        };
        let ada = known("a", "");
        assert_eq!(
            question(&ada, false, None, &[]),
            ask(Some("a@known.example"))
        );
        assert_eq!(question(&known("", ""), false, None, &[]), ask(None));
        assert_eq!(
            question(&ada, false, Some(&ada), &[]),
            ask(Some("a@known.example")),
            "the same sub in a stranger's id token proves nothing"
        );
    }
}
