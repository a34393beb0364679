//! Scopes: what was asked for and what was granted (RFC 6749 §3.3).

use std::fmt;

/// An ordered set of scope tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes(Vec<String>);

impl Scopes {
    /// Reads a list separated by any white space or commas; duplicates are dropped, order is kept.
    /// Tokens with characters outside RFC 6749 §3.3 are dropped as well.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        text.split(|character: char| character.is_whitespace() || character == ',')
            .collect()
    }

    /// Gives the tokens in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Writes them with this between each two.
    #[must_use]
    pub fn joined(&self, separator: &str) -> String {
        self.0.join(separator)
    }

    /// Tells whether the token is among them.
    #[must_use]
    pub fn contains(&self, scope: &str) -> bool {
        self.0.iter().any(|known| known == scope)
    }

    /// Tells whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Gives those of this set that `other` lacks.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        self.iter().filter(|scope| !other.contains(scope)).collect()
    }
}

impl<'a> FromIterator<&'a str> for Scopes {
    fn from_iter<I: IntoIterator<Item = &'a str>>(tokens: I) -> Self {
        let mut scopes = Self::default();
        for token in tokens {
            if is_scope(token) && !scopes.contains(token) {
                scopes.0.push(token.to_owned());
            }
        }
        scopes
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.joined(" "))
    }
}

/// Whether a text is one scope token: `%x21 / %x23-5B / %x5D-7E`, at most 256 bytes.
#[must_use]
pub fn is_scope(token: &str) -> bool {
    let fits =
        |byte: u8| byte == 0x21 || (0x23..=0x5b).contains(&byte) || (0x5d..=0x7e).contains(&byte);
    (1..=256).contains(&token.len()) && token.bytes().all(fits)
}

/// What one connection asked for and what it was given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grant {
    /// The scopes of the authorization request.
    pub asked: Scopes,
    /// The scopes of the token answer; those asked for when the answer names none (RFC 6749 §5.1).
    pub granted: Scopes,
}

/// The scope that wishes for a refresh token (OpenID Connect Core §11).
const OFFLINE_ACCESS: &str = "offline_access";

impl Grant {
    /// Makes it from the scopes of a token answer, if it named any. A refresh token is what
    /// `offline_access` asks for: Microsoft gives one and never names the scope.
    #[must_use]
    pub fn of(asked: Scopes, named: Option<Scopes>, renewable: bool) -> Self {
        let granted = match named {
            None => asked.clone(),
            Some(named) => {
                let fulfilled = renewable && asked.contains(OFFLINE_ACCESS);
                let fulfilled = fulfilled.then_some(OFFLINE_ACCESS);
                named.iter().chain(fulfilled).collect()
            }
        };
        Self { asked, granted }
    }

    /// Gives the scopes that were asked for and not granted.
    #[must_use]
    pub fn missing(&self) -> Scopes {
        self.asked.without(&self.granted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_read_from_any_separator_once_each() {
        let scopes = Scopes::parse(" openid,profile\nemail\t openid  bad\"one ");
        assert_eq!(scopes.to_string(), "openid profile email");
    }

    #[test]
    fn security_44_a_narrower_grant_names_what_is_missing() {
        let grant = Grant {
            asked: Scopes::parse("a b c"),
            granted: Scopes::parse("b d"),
        };
        assert_eq!(grant.missing().to_string(), "a c");
    }

    #[test]
    fn security_44_a_refresh_token_is_the_scope_that_asks_for_it() {
        let rows = [
            ("a offline_access", None, true, "a offline_access", ""),
            ("a offline_access", Some("a"), true, "a offline_access", ""),
            ("a offline_access", Some("a"), false, "a", "offline_access"),
            ("a offline_access", Some(""), true, "offline_access", "a"),
            ("a", Some("a"), true, "a", ""),
        ];
        for (asked, named, renewable, granted, missing) in rows {
            let grant = Grant::of(Scopes::parse(asked), named.map(Scopes::parse), renewable);
            let row = format!("{asked}: {named:?}, {renewable}");
            assert_eq!(grant.granted.to_string(), granted, "{row}");
            assert_eq!(grant.missing().to_string(), missing, "{row}");
        }
    }
}
