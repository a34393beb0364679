//! An answer as bytes, and the ways to change one.

use std::fmt;

use axum::body::Bytes;
use axum::http::response::Parts;
use serde_json::{Map, Value};

use super::Scripted;

/// An answer that can be changed before it leaves. Its `Debug` leaves the body out, which may hold
/// tokens.
#[derive(Clone)]
pub struct Reply {
    /// The status code, 200 to 599.
    pub status: u16,
    /// The headers, names in lower case, in order; a length is added when it leaves.
    pub headers: Vec<(String, String)>,
    /// The body, sent as it is.
    pub body: Vec<u8>,
}

impl Reply {
    /// Makes an answer with a body of this type.
    #[must_use]
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: vec![("content-type".to_owned(), content_type.to_owned())],
            body: body.into(),
        }
    }

    /// Takes a real answer.
    pub(crate) fn received(parts: &Parts, body: &Bytes) -> Self {
        let header = |(name, value): (&axum::http::HeaderName, &axum::http::HeaderValue)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        };
        Self {
            status: parts.status.as_u16(),
            headers: parts.headers.iter().map(header).collect(),
            body: body.to_vec(),
        }
    }

    /// Gives the first value of a header; `name` in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(key, _)| key == name);
        found.next().map(|(_, value)| value.as_str())
    }

    /// Gives a header this value and no other.
    pub fn set_header(&mut self, name: &str, value: &str) {
        self.remove_header(name);
        self.headers.push((name.to_owned(), value.to_owned()));
    }

    /// Takes a header out.
    pub fn remove_header(&mut self, name: &str) {
        self.headers.retain(|(key, _)| key != name);
    }

    /// Takes a member out of the JSON object in the body; what isn't an object stays as it is.
    pub fn remove(&mut self, member: &str) {
        if let Ok(mut object) = serde_json::from_slice::<Map<String, Value>>(&self.body) {
            object.remove(member);
            self.body = Value::Object(object).to_string().into_bytes();
        }
    }

    /// Gives a member of the JSON object in the body this text for a value, be it JSON or not.
    pub fn set(&mut self, member: &str, value: &str) {
        self.remove(member);
        if self.body.last() == Some(&b'}') {
            self.body.pop();
            let comma = if self.body.len() > 1 { "," } else { "" };
            let text = format!("{comma}\"{member}\":{value}}}");
            self.body.extend_from_slice(text.as_bytes());
        }
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Reply")
            .field("status", &self.status)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

impl From<Reply> for Scripted {
    fn from(reply: Reply) -> Self {
        Self::Answer {
            status: reply.status,
            content_type: None,
            headers: reply.headers,
            body: reply.body,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_set_as_text_and_taken_out() {
        type Row = (&'static str, fn(&mut Reply), &'static str);
        let rows: [Row; 5] = [
            (
                r#"{"a":1}"#,
                |reply| reply.set("b", "NaN"),
                r#"{"a":1,"b":NaN}"#,
            ),
            (
                r#"{"a":1}"#,
                |reply| reply.set("a", "\"2\""),
                r#"{"a":"2"}"#,
            ),
            (r#"{"a":1}"#, |reply| reply.remove("a"), "{}"),
            ("[1]", |reply| reply.remove("a"), "[1]"),
            ("", |reply| reply.set("a", "1"), ""),
        ];
        for (body, change, expected) in rows {
            let mut reply = Reply::new(200, "application/json", body);
            change(&mut reply);
            assert_eq!(String::from_utf8(reply.body).unwrap(), expected, "{body}");
        }
    }

    #[test]
    fn a_reply_prints_nothing_of_its_body() {
        let reply = Reply::new(200, "text/plain", "planted");
        assert!(!format!("{reply:?}").contains("planted"));
    }
}
