//! The pages of a list: `limit` and `offset` in, `data` and `pagination` out.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::error::ApiError;
use crate::http::pairs;

/// How many entries a page has if the request doesn't say.
const DEFAULT_LIMIT: usize = 20;

/// The part of a list that is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Page {
    limit: usize,
    offset: usize,
}

impl Page {
    /// Reads the query of a request; parameters it doesn't know are not its affair.
    pub(super) fn read(query: Option<&str>) -> Result<Self, ApiError> {
        let parameters = pairs(query.unwrap_or_default().as_bytes());
        let number = |name: &str, default: usize| {
            let mut values = parameters.iter().filter(|(key, _)| key == name);
            match (values.next(), values.next()) {
                (None, _) => Some(default),
                (Some((_, value)), None) if value.bytes().all(|byte| byte.is_ascii_digit()) => {
                    value.parse().ok()
                }
                (Some(_), _) => None,
            }
        };
        let limit = number("limit", DEFAULT_LIMIT).filter(|limit| (1..=100).contains(limit));
        let offset = number("offset", 0);
        if let (Some(limit), Some(offset)) = (limit, offset) {
            return Ok(Self { limit, offset });
        }
        let detail = |name: &str, message: &str| (name.to_owned(), message.to_owned());
        let of_limit = limit
            .is_none()
            .then(|| detail("limit", "must be a whole number from 1 to 100"));
        let of_offset = offset
            .is_none()
            .then(|| detail("offset", "must be a whole number from 0"));
        let message = "the query is not valid";
        Err(ApiError {
            details: of_limit.into_iter().chain(of_offset).collect(),
            ..ApiError::new(StatusCode::BAD_REQUEST, "validation_error", message)
        })
    }

    /// Cuts the page out of the whole list.
    pub(super) fn of(&self, all: Vec<Value>) -> Value {
        let total = all.len();
        let end = self.offset.saturating_add(self.limit);
        let data: Vec<Value> = all.into_iter().skip(self.offset).take(self.limit).collect();
        json!({
            "data": data,
            "pagination": {
                "total": total,
                "limit": self.limit,
                "offset": self.offset,
                "has_more": end < total,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Limit and offset, or the fields that are refused.
    type Expected = Result<(usize, usize), &'static [&'static str]>;

    #[test]
    fn a_query_is_read_or_its_fields_are_named() {
        let rows: &[(&str, Expected)] = &[
            ("", Ok((20, 0))),
            ("limit=1&offset=3", Ok((1, 3))),
            ("limit=100&other=x", Ok((100, 0))),
            ("offset=18446744073709551615", Ok((20, usize::MAX))),
            ("limit=0", Err(&["limit"])),
            ("limit=101", Err(&["limit"])),
            ("limit=", Err(&["limit"])),
            ("limit=+5", Err(&["limit"])),
            ("limit=1&limit=2", Err(&["limit"])),
            ("offset=-1", Err(&["offset"])),
            ("offset=1.5", Err(&["offset"])),
            ("offset=99999999999999999999", Err(&["offset"])),
            ("limit=x&offset=y", Err(&["limit", "offset"])),
        ];
        for (query, expected) in rows {
            let seen = Page::read(Some(query));
            match (seen, expected) {
                (Ok(page), Ok(expected)) => assert_eq!((page.limit, page.offset), *expected),
                (Err(error), Err(expected)) => {
                    let fields: Vec<&str> = error.details.iter().map(|(f, _)| &**f).collect();
                    assert_eq!(fields, *expected, "{query}");
                }
                (seen, _) => panic!("{query}: {seen:?}"),
            }
        }
    }

    #[test]
    fn there_is_more_until_the_last_entry_is_out() {
        let all = || (0..5).map(|n| json!(n)).collect::<Vec<_>>();
        for (limit, offset, entries, more) in [
            (2, 0, 2, true),
            (2, 2, 2, true),
            (2, 3, 2, false),
            (2, 4, 1, false),
            (5, 0, 5, false),
            (9, 5, 0, false),
            (9, usize::MAX, 0, false),
        ] {
            let page = Page { limit, offset }.of(all());
            assert_eq!(page["data"].as_array().unwrap().len(), entries);
            assert_eq!(
                page["pagination"]["has_more"], more,
                "{limit} from {offset}"
            );
            assert_eq!(page["pagination"]["total"], 5);
        }
    }
}
