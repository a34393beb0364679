//! Texts that are longer than one item of the keychain may be (SECURITY 104: 2,560 bytes on
//! Windows).
//!
//! A long text lies in numbered parts; the item of its name, the head, says which and carries
//! their hash. Each text has its parts in one of two sets, and a new text takes the set that the
//! head does not name. So everything is ready when the head is written: that is *the* one write
//! of SECURITY 107, and until then the old text stands whole. What the head doesn't name is
//! deleted afterwards.
//!
//! Parts are written from the first to the last and deleted from the last to the first. So what a
//! crash leaves of a set always begins with its first part, and the next call for that name finds
//! and deletes it without a list of all items, which a Secret Service gives only one by one.

use super::Items;
use keyfob_domain::error::{ErrorCode, Problem};
use keyfob_domain::secret::ItemText;
use sha2::{Digest, Sha256};

/// What every head begins with. A text that begins with it is never stored as it is.
const MARK: &str = "keyfob-parts-1 ";
/// No limit may be lower, or the head doesn't fit.
const SHORTEST_LIMIT: usize = 128;
/// No text has more parts: ten megabytes on Windows.
const MOST_PARTS: usize = 4_096;

/// Items of any length on top of items of a limited length.
pub struct Split<I> {
    items: I,
    limit: Option<usize>,
}

/// One of the two places where parts can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Set {
    A,
    B,
}

impl Set {
    fn letter(self) -> char {
        match self {
            Self::A => 'a',
            Self::B => 'b',
        }
    }

    fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }

    fn part(self, account: &str, number: usize) -> String {
        format!("{account}.{}{number}", self.letter())
    }
}

/// Where the parts of a long text are, and what they give together.
#[derive(Debug, PartialEq, Eq)]
struct Head {
    set: Set,
    count: usize,
    /// SHA-256 of the whole text, in hexadecimal digits.
    hash: String,
}

/// What the item of a name is.
enum Found {
    /// A text as it is.
    Text,
    /// The head of a long one.
    Head(Head),
    /// It was meant to be a head and isn't one.
    Broken,
}

impl Head {
    fn to_text(&self) -> ItemText {
        let (set, count, hash) = (self.set.letter(), self.count, &self.hash);
        ItemText::new(format!("{MARK}{set} {count} {hash}"))
    }

    fn parse(fields: &str) -> Option<Self> {
        let mut fields = fields.split(' ');
        let set = match fields.next()? {
            "a" => Set::A,
            "b" => Set::B,
            _ => return None,
        };
        let count = fields.next()?.parse().ok()?;
        if count > MOST_PARTS {
            return None;
        }
        let hash = fields.next()?.to_owned();
        fields.next().is_none().then_some(Self { set, count, hash })
    }
}

impl Found {
    fn in_text(text: &ItemText) -> Self {
        match text.expose().strip_prefix(MARK).map(Head::parse) {
            None => Self::Text,
            Some(Some(head)) => Self::Head(head),
            Some(None) => Self::Broken,
        }
    }

    fn head(self) -> Option<Head> {
        match self {
            Self::Head(head) => Some(head),
            Self::Text | Self::Broken => None,
        }
    }
}

impl<I: Items> Split<I> {
    /// Puts itself on top of items whose texts may have `limit` bytes each, 128 at least; without
    /// one, texts are stored as they are.
    pub fn new(items: I, limit: Option<usize>) -> Self {
        let limit = limit.map(|limit| limit.max(SHORTEST_LIMIT));
        Self { items, limit }
    }

    /// Gives what it lies on.
    pub fn items(&mut self) -> &mut I {
        &mut self.items
    }

    /// Reads a text; `None` when there is none, or none that is whole.
    ///
    /// # Errors
    /// As [`Items::read`].
    pub fn read(&mut self, account: &str) -> Result<Option<ItemText>, Problem> {
        let Some(text) = self.items.read(account)? else {
            self.sweep_or_log(account, None, None);
            return Ok(None);
        };
        match Found::in_text(&text) {
            Found::Text => {
                if self.limit.is_some() {
                    self.sweep_or_log(account, None, None);
                }
                Ok(Some(text))
            }
            Found::Head(head) => {
                let whole = self.join(account, &head)?;
                self.sweep_or_log(account, None, Some(&head));
                if whole.is_none() {
                    tracing::warn!(account, "a part of a keychain item is missing or damaged");
                }
                Ok(whole)
            }
            Found::Broken => {
                tracing::warn!(account, "the head of a keychain item is damaged");
                Ok(None)
            }
        }
    }

    /// Replaces a text: whenever it is interrupted, the old or the new one is there.
    ///
    /// # Errors
    /// As [`Items::write`].
    pub fn write(&mut self, account: &str, text: &ItemText) -> Result<(), Problem> {
        let found = self.items.read(account)?;
        let found = found.as_ref().map(Found::in_text);
        let was_text = matches!(found, Some(Found::Text));
        let old = found.and_then(Found::head);
        let fits = |limit: usize| text.expose().len() <= limit;
        let new = if self.limit.is_none_or(fits) && !text.expose().starts_with(MARK) {
            self.items.write(account, text)?;
            None
        } else {
            let set = old.as_ref().map_or(Set::A, |head| head.set.other());
            Some(self.write_long(account, set, text)?)
        };
        if self.limit.is_some() || new.is_some() || !was_text {
            // The new text is saved, whatever becomes of the old one's parts.
            self.sweep_or_log(account, old.as_ref(), new.as_ref());
        }
        Ok(())
    }

    /// Deletes a text with all its parts; one that isn't there is deleted already.
    ///
    /// # Errors
    /// As [`Items::delete`].
    pub fn delete(&mut self, account: &str) -> Result<(), Problem> {
        let found = self.items.read(account)?;
        let old = found.as_ref().map(Found::in_text).and_then(Found::head);
        // The head is the one write here, too: parts without one are nothing.
        self.items.delete(account)?;
        self.sweep(account, old.as_ref(), None)
    }

    fn write_long(&mut self, account: &str, set: Set, text: &ItemText) -> Result<Head, Problem> {
        let parts = pieces(text.expose(), self.limit.unwrap_or(usize::MAX));
        if parts.len() > MOST_PARTS {
            let why = "the text is too long for this keychain";
            return Err(Problem::with_detail(ErrorCode::KeychainFailed, why));
        }
        for (number, part) in parts.iter().enumerate() {
            let part = ItemText::new((*part).to_owned());
            self.items.write(&set.part(account, number), &part)?;
        }
        let head = Head {
            set,
            count: parts.len(),
            hash: hash(text.expose()),
        };
        self.items.write(account, &head.to_text())?;
        Ok(head)
    }

    /// Puts the parts together; `None` when one is missing or another one than was written.
    fn join(&mut self, account: &str, head: &Head) -> Result<Option<ItemText>, Problem> {
        let mut parts = Vec::new();
        for number in 0..head.count {
            match self.items.read(&head.set.part(account, number))? {
                Some(part) => parts.push(part),
                None => return Ok(None),
            }
        }
        let length = parts.iter().map(|part| part.expose().len()).sum();
        // As long as it gets: a string that grows leaves copies of itself behind.
        let mut whole = String::with_capacity(length);
        for part in &parts {
            whole.push_str(part.expose());
        }
        let whole = ItemText::new(whole);
        Ok((hash(whole.expose()) == head.hash).then_some(whole))
    }

    /// What is left over is no loss; the next call for this name looks for it again.
    fn sweep_or_log(&mut self, account: &str, old: Option<&Head>, kept: Option<&Head>) {
        if let Err(problem) = self.sweep(account, old, kept) {
            tracing::warn!(account, problem = %problem.code, "left-over parts could not be deleted");
        }
    }

    /// Deletes every part but those of the head that is kept. Those of the old one are deleted
    /// even where somebody took one out of their middle.
    fn sweep(
        &mut self,
        account: &str,
        old: Option<&Head>,
        kept: Option<&Head>,
    ) -> Result<(), Problem> {
        for set in [Set::A, Set::B] {
            let count = |head: Option<&Head>| {
                let of_set = head.filter(|head| head.set == set);
                of_set.map_or(0, |head| head.count)
            };
            let first = count(kept);
            let mut end = first.max(count(old));
            while self.items.read(&set.part(account, end))?.is_some() {
                end += 1;
            }
            for number in (first..end).rev() {
                self.items.delete(&set.part(account, number))?;
            }
        }
        Ok(())
    }
}

/// Cuts a text into pieces of at most `limit` bytes, between characters.
fn pieces(text: &str, limit: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(rest.floor_char_boundary(limit));
        pieces.push(piece);
        rest = after;
    }
    pieces
}

fn hash(text: &str) -> String {
    let digest = Sha256::digest(text);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
