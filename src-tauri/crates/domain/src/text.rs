//! Text from strangers, made fit to be shown: plain, short, without tricks.

/// Strips control and bidirectional-formatting characters and cuts to `longest` characters.
/// Line feeds and tabs stay when `multiline` is true, else they become spaces (SECURITY 25, 117).
#[must_use]
pub fn plain(text: &str, longest: usize, multiline: bool) -> String {
    text.chars()
        .filter_map(|character| match character {
            '\n' | '\t' if multiline => Some(character),
            '\n' | '\t' | '\r' => (!multiline).then_some(' '),
            other if other.is_control() || reorders(other) => None,
            other => Some(other),
        })
        .take(longest)
        .collect()
}

/// Whether a character changes the order or the visibility of its neighbours (UAX #9, Unicode tags).
fn reorders(character: char) -> bool {
    matches!(character,
        '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        | '\u{200b}' | '\u{2060}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_keeps_its_words_and_loses_its_tricks() {
        let cases = [
            ("plain", "plain", 200, false),
            ("a\u{202e}b\u{2066}c", "abc", 200, false),
            ("a\nb\tc\r", "a b c ", 200, false),
            ("a\nb\r\n", "a\nb\n", 200, true),
            ("\u{1b}[31mred", "[31mred", 200, false),
            ("<b>&", "<b>&", 200, false),
            ("äöü", "äö", 2, false),
        ];
        for (given, expected, longest, multiline) in cases {
            assert_eq!(
                plain(given, longest, multiline),
                expected,
                "{}",
                given.escape_debug()
            );
        }
    }
}
