//! Identifiers. Each kind is a type of its own, so that none can stand in for another.

use std::fmt;
use uuid::Uuid;

macro_rules! uuid_newtype {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// Builds a UUIDv7 from the time and ten random bytes, both given by the caller.
            #[must_use]
            pub fn new(now: crate::time::Timestamp, random: [u8; 10]) -> Self {
                let millis = u64::try_from(now.millis()).unwrap_or(0);
                Self(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
            }

            /// Reads the hyphenated form that [`fmt::Display`] writes.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                Uuid::try_parse(text).ok().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(formatter)
            }
        }
    };
}

uuid_newtype!(
    /// Names one authorized account at one provider, for as long as Keyfob keeps it.
    ConnectionId
);
uuid_newtype!(
    /// Names one authorization attempt; it lives in memory only and ends within ten minutes.
    AttemptId
);

/// Counts the lives of a connection: any change of its credentials by the user mints a new one,
/// so that a late answer to an older question is recognised and dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Epoch(u64);

impl Epoch {
    /// The epoch of a connection that has just been made or loaded.
    pub const FIRST: Self = Self(1);

    /// Gives the epoch after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// The stable short name of a provider: it is part of its redirect URI (SECURITY 14) and so
/// never changes once the provider is saved. 1 to 40 of `a-z`, `0-9` and inner `-`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProviderSlug(String);

impl ProviderSlug {
    /// Reads a slug; `None` when it is empty, too long or has another character.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let fits = (1..=40).contains(&text.len())
            && text.bytes().all(inner)
            && !text.starts_with('-')
            && !text.ends_with('-');
        fits.then(|| Self(text.to_owned()))
    }

    /// Makes the slug of a provider that is saved for the first time, from its name: `acme` of "Acme",
    /// `acme-2` where that is taken.
    #[must_use]
    pub fn for_name(name: &str, is_taken: impl Fn(&Self) -> bool) -> Self {
        let lower = name.to_lowercase();
        let words = lower
            .split(|character: char| !character.is_ascii_alphanumeric())
            .filter(|word| !word.is_empty());
        let mut stem = words.collect::<Vec<_>>().join("-");
        stem.truncate(34);
        let stem = match stem.trim_end_matches('-') {
            "" => "provider",
            stem => stem,
        };
        let mut slug = Self(stem.to_owned());
        let mut number = 1u16;
        // There are more numbers than anybody has providers.
        while is_taken(&slug) && number < u16::MAX {
            number += 1;
            slug = Self(format!("{stem}-{number}"));
        }
        slug
    }

    /// Gives the slug's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProviderSlug {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_short_lower_case_and_safe_in_a_path() {
        for good in ["mio", "mio-sandbox", "a", "x1", &"a".repeat(40)] {
            assert!(ProviderSlug::parse(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "-a",
            "a-",
            "A",
            "a/b",
            "a b",
            "a.b",
            "ä",
            "..",
            &"a".repeat(41),
        ] {
            assert!(ProviderSlug::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn security_14_a_new_provider_gets_a_slug_of_its_own() {
        let taken = ["acme", "acme-2", "provider"];
        let is_taken = |slug: &ProviderSlug| taken.contains(&slug.as_str());
        let long = "Long name ".repeat(6);
        for (name, slug) in [
            ("Acme", "acme-3"),
            ("Acme & Söhne (Test)", "acme-s-hne-test"),
            ("  Git·Lab  ", "git-lab"),
            ("例え", "provider-2"),
            (&long, "long-name-long-name-long-name-long"),
        ] {
            let made = ProviderSlug::for_name(name, is_taken);
            assert_eq!(made.as_str(), slug, "{name}");
            assert_eq!(ProviderSlug::parse(slug), Some(made));
        }
    }

    #[test]
    fn an_id_survives_its_text_form() {
        let id = ConnectionId::new(
            crate::time::Timestamp::from_millis(1_700_000_000_000),
            [7; 10],
        );
        assert_eq!(ConnectionId::parse(&id.to_string()), Some(id));
        assert_eq!(ConnectionId::parse("not-an-id"), None);
    }
}
