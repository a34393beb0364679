//! What every JSON document from a stranger has to pass before it is read.

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::collections::HashSet;
use std::fmt;

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

/// Tells whether a text is one JSON document of at most 32 levels in which no object names a member twice:
/// whoever reads the first one and whoever reads the last read two documents (SECURITY 46).
#[must_use]
pub fn has_unique_names(text: &[u8]) -> bool {
    // A deeper one would cost the stack.
    is_shallow(text) && serde_json::from_slice(text).is_ok_and(is_unique)
}

fn is_unique(value: &RawValue) -> bool {
    let text = value.get();
    match text.as_bytes().first() {
        Some(b'{') => serde_json::from_str(text)
            .is_ok_and(|Members(values)| values.into_iter().all(is_unique)),
        Some(b'[') => serde_json::from_str(text)
            .is_ok_and(|values: Vec<&RawValue>| values.into_iter().all(is_unique)),
        Some(_) | None => true,
    }
}

/// The values of an object whose names are all different, as they are written: a number that no float holds
/// is none of this module's business.
struct Members<'a>(Vec<&'a RawValue>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersOnce)
    }
}

struct MembersOnce;

impl<'de> Visitor<'de> for MembersOnce {
    type Value = Members<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object that names each member once")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let (mut names, mut values) = (HashSet::new(), Vec::new());
        while let Some((name, value)) = members.next_entry::<String, &RawValue>()? {
            if !names.insert(name) {
                return Err(Error::custom("a member is named twice"));
            }
            values.push(value);
        }
        Ok(Members(values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn security_46_no_object_may_name_a_member_twice() {
        let cases = [
            (
                "nothing twice",
                r#"{"a":1,"b":{"a":1},"c":[{"a":1},{"a":1}]}"#,
                true,
            ),
            (
                "texts that look like it",
                r#"{"a":"{\"b\":1,\"b\":1}"}"#,
                true,
            ),
            ("a number that no float holds", r#"{"a":1e999}"#, true),
            ("other values", r#"[null,true,-0.5,"a",[],{}]"#, true),
            ("twice", r#"{"a":1,"b":2,"a":1}"#, false),
            ("in disguise", r#"{"a":1,"\u0061":1}"#, false),
            ("inside", r#"{"a":{"b":[[{"c":1,"c":1}]]}}"#, false),
            ("no JSON", r#"{"a":1"#, false),
            ("more than JSON", r#"{"a":1}{"#, false),
            ("not UTF-8", "{\"a\":\"\u{fffd}\"}", true),
        ];
        for (row, text, expected) in cases {
            assert_eq!(has_unique_names(text.as_bytes()), expected, "{row}");
        }
        assert!(!has_unique_names(b"{\"a\":\"\xff\"}"));
        let deep = format!("{}1{}", r#"{"a":["#.repeat(16), "]}".repeat(16));
        assert!(has_unique_names(deep.as_bytes()));
    }

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
