//! What every JSON document from a stranger has to pass before it is read.

/// Deeper nesting than this is refused (SECURITY 46).
const DEEPEST: usize = 32;

/// Tells whether the brackets of a JSON text nest at most 32 deep. It doesn't check the grammar.
#[must_use]
pub fn is_shallow(text: &[u8]) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0usize, false, false);
    for &byte in text {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'[' | b'{' => {
                depth += 1;
                if depth > DEEPEST {
                    return false;
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn security_46_nesting_is_counted_outside_strings_only() {
        assert!(is_shallow("[".repeat(32).as_bytes()));
        assert!(!is_shallow("[".repeat(33).as_bytes()));
        assert!(is_shallow(
            format!("\"{}\\\"{}\"", "[".repeat(40), "{".repeat(40)).as_bytes()
        ));
        assert!(!is_shallow("{\"a\":".repeat(33).as_bytes()));
    }
}
