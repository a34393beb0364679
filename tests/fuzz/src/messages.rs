//! The arguments of the window's commands (SECURITY 93–95). Tauri takes each out of the message by
//! its name and lets serde read it; that is done here, without Tauri.

use crate::arguments::{Choice, Ending, Link, attempt_id, connection_id};
use crate::shown;
use keyfob_domain::error::{ErrorCode, Problem};
use keyfob_domain::id::ProviderSlug;
use keyfob_engine::Page;
use serde::Deserialize;
use serde_json::Value;

pub(crate) fn check(data: &[u8]) {
    let Ok(message) = serde_json::from_slice::<Value>(data) else {
        return;
    };
    if let Some(id) = argument::<String>(&message, "connectionId") {
        is_named(
            connection_id(&id).map(|id| id.to_string()),
            &id,
            ErrorCode::ConnectionUnknown,
        );
    }
    if let Some(id) = argument::<String>(&message, "attemptId") {
        is_named(
            attempt_id(&id).map(|id| id.to_string()),
            &id,
            ErrorCode::AttemptUnknown,
        );
    }
    if let Some(slug) = argument::<String>(&message, "providerSlug") {
        let read = ProviderSlug::parse(&slug);
        assert!(read.is_none_or(|read| read.as_str() == slug && slug.len() <= 40));
    }
    if let Some(link) = argument::<Link>(&message, "link") {
        match Page::try_from(link) {
            Ok(Page::Registration(slug) | Page::PresetRegistration(slug) | Page::Account(slug)) => {
                assert_eq!(message["link"]["slug"], slug.as_str(), "93");
            }
            Err(problem) => is_silent(&problem, ErrorCode::ProviderUnknown),
        }
    }
    for (name, words) in [
        ("choice", ["take", "separately", "decline"]),
        ("ending", ["now", "later", "hereOnly"]),
    ] {
        let read = match name {
            "choice" => argument::<Choice>(&message, name).is_some(),
            _ => argument::<Ending>(&message, name).is_some(),
        };
        let value = &message[name];
        let word = value.as_str().or_else(|| {
            // serde takes a variant without fields as an object with nothing in it, too.
            let (word, nothing) = value.as_object()?.iter().next()?;
            nothing.is_null().then_some(word.as_str())
        });
        assert!(
            !read || word.is_some_and(|word| words.contains(&word)),
            "{value}"
        );
    }
    let _: Option<u32> = argument(&message, "id");
    let _: Option<Option<String>> = argument(&message, "name");
    let _: Option<Option<String>> = argument(&message, "clientSecret");
}

/// Reads one argument as Tauri does: by its name, from the message it came in.
fn argument<'a, T: Deserialize<'a>>(message: &'a Value, name: &str) -> Option<T> {
    T::deserialize(message.get(name)?).ok()
}

/// An id that is taken means what was written; a problem repeats nothing of it.
fn is_named(read: Result<String, Problem>, written: &str, code: ErrorCode) {
    match read {
        Ok(read) => {
            let digits = |text: &str| -> String {
                let text = text.trim_start_matches("urn:uuid:");
                text.chars().filter(char::is_ascii_hexdigit).collect()
            };
            assert_eq!(digits(&read), digits(&written.to_ascii_lowercase()));
        }
        Err(problem) => is_silent(&problem, code),
    }
}

fn is_silent(problem: &Problem, code: ErrorCode) {
    shown::problem(problem);
    assert_eq!((problem.code, &problem.detail), (code, &None), "95");
}
