//! The code a user reads off one screen and types on another (RFC 8628 §6.1).

use crate::error::SandboxError;

/// Consonants only, so that no word is spelled, and none that looks like a digit.
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

/// Eight letters; written with a dash in the middle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UserCode(String);

impl UserCode {
    /// Draws a new one, of 34 bits.
    pub(crate) fn draw() -> Result<Self, SandboxError> {
        let mut letters = String::new();
        while letters.len() < 8 {
            let mut bytes = [0_u8; 16];
            getrandom::fill(&mut bytes).map_err(SandboxError::Randomness)?;
            // 240 is the last multiple of 20 in a byte; what lies above would favour some letters.
            let even = bytes.into_iter().filter(|byte| *byte < 240);
            let drawn = even.map(|byte| char::from(LETTERS[usize::from(byte % 20)]));
            letters.extend(drawn.take(8 - letters.len()));
        }
        Ok(Self(letters))
    }

    /// Reads what a user typed: small letters, dashes and blanks do no harm.
    pub(crate) fn typed(text: &str) -> Self {
        let letters = text.chars().filter(char::is_ascii_alphanumeric).take(32);
        Self(letters.map(|letter| letter.to_ascii_uppercase()).collect())
    }

    /// How it is shown: `BCDF-GHJK`.
    pub(crate) fn shown(&self) -> String {
        match self.0.split_at_checked(4) {
            Some((first, rest)) if !rest.is_empty() => format!("{first}-{rest}"),
            Some(_) | None => self.0.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_eight_letters_and_read_as_people_type_it() {
        for _ in 0..200 {
            let code = UserCode::draw().unwrap();
            let shown = code.shown();
            assert_eq!(shown.len(), 9, "{shown}");
            assert_eq!(&shown[4..5], "-", "{shown}");
            let known = |byte: u8| LETTERS.contains(&byte) || byte == b'-';
            assert!(shown.bytes().all(known), "{shown}");
            for typed in [
                shown.clone(),
                shown.to_lowercase(),
                shown.replace('-', ""),
                shown.replace('-', " "),
                format!("  {shown} "),
            ] {
                assert_eq!(UserCode::typed(&typed), code, "{typed:?}");
            }
        }
    }

    #[test]
    fn what_is_no_code_is_shown_as_it_is() {
        for (typed, expected) in [("", ""), ("ab", "AB"), ("\u{202e}é<b>", "B")] {
            assert_eq!(UserCode::typed(typed).shown(), expected);
        }
        assert_eq!(UserCode::typed(&"x".repeat(100)).0.len(), 32);
    }
}
