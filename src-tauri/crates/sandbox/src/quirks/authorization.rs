//! What comes back from the browser: the redirect of RFC 6749 §4.1.2 and its parameters.

use super::wire::changed;
use super::{Place, Quirk, Script};
use crate::manners::IssuerParameter;
use crate::script::Reply;

const fn scripted(name: &'static str, does: &'static str, script: Script) -> Quirk {
    Quirk::scripted(Place::Redirect, name, does, script)
}

/// Changes the query of the redirect.
fn query(reply: &mut Reply, change: impl FnOnce(&mut Vec<(String, String)>)) {
    let Some((base, query)) = reply
        .header("location")
        .and_then(|location| location.split_once('?'))
        .map(|(base, query)| (base.to_owned(), query.to_owned()))
    else {
        return;
    };
    let mut pairs = crate::http::pairs(query.as_bytes());
    change(&mut pairs);
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish();
    reply.set_header("location", &format!("{base}?{query}"));
}

fn set(reply: &mut Reply, name: &str, value: &str) {
    query(reply, |pairs| {
        for pair in pairs.iter_mut().filter(|pair| pair.0 == name) {
            value.clone_into(&mut pair.1);
        }
    });
}

fn add(reply: &mut Reply, name: &str, value: &str) {
    query(reply, |pairs| {
        pairs.push((name.to_owned(), value.to_owned()))
    });
}

fn twice(reply: &mut Reply, name: &str) {
    query(reply, |pairs| {
        let again = pairs.iter().find(|pair| pair.0 == name).cloned();
        pairs.extend(again);
    });
}

/// An error in the place of the code (RFC 6749 §4.1.2.1).
fn error(reply: &mut Reply, error: &str, description: &str) {
    query(reply, |pairs| {
        pairs.retain(|pair| pair.0 == "state");
        pairs.push(("error".to_owned(), error.to_owned()));
        pairs.push(("error_description".to_owned(), description.to_owned()));
    });
}

pub(super) const QUIRKS: &[Quirk] = &[
    Quirk::manner(
        Place::Redirect,
        "state-missing",
        "The redirect carries no state.",
        |sandbox| {
            sandbox.manners(|manners| manners.echo_state = false);
            sandbox.mavio_manners(|manners| manners.echo_state = false);
            sandbox.oauth_manners(|manners| manners.echo_state = false);
            sandbox.oidc_manners(|manners| manners.echo_state = false);
        },
    ),
    Quirk::manner(
        Place::Redirect,
        "state-wrong",
        "The redirect carries another state than the one that was sent.",
        |sandbox| {
            sandbox.manners(|manners| manners.wrong_state = true);
            sandbox.mavio_manners(|manners| manners.wrong_state = true);
            sandbox.oauth_manners(|manners| manners.wrong_state = true);
            sandbox.oidc_manners(|manners| manners.wrong_state = true);
        },
    ),
    Quirk::manner(
        Place::Redirect,
        "issuer-own",
        "The plain face names itself in the redirect, unannounced (RFC 9207).",
        |sandbox| sandbox.oauth_manners(|manners| manners.issuer = IssuerParameter::Own),
    ),
    Quirk::manner(
        Place::Redirect,
        "issuer-of-another",
        "The redirect of the plain and the OpenID Connect face names another issuer (RFC 9207).",
        |sandbox| {
            let other = IssuerParameter::Other("https://attacker.example".to_owned());
            sandbox.oauth_manners(|manners| manners.issuer = other.clone());
            sandbox.oidc_manners(|manners| manners.issuer_parameter = other);
        },
    ),
    scripted(
        "redirect-state-twice",
        "The redirect carries its state twice.",
        |_| changed(|reply| twice(reply, "state")),
    ),
    scripted(
        "redirect-state-empty",
        "The redirect's state is empty.",
        |_| changed(|reply| set(reply, "state", "")),
    ),
    scripted(
        "redirect-code-twice",
        "The redirect carries its code twice.",
        |_| changed(|reply| twice(reply, "code")),
    ),
    scripted(
        "redirect-code-empty",
        "The redirect's code is empty.",
        |_| changed(|reply| set(reply, "code", "")),
    ),
    scripted(
        "redirect-code-missing",
        "The redirect carries neither code nor error.",
        |_| changed(|reply| query(reply, |pairs| pairs.retain(|pair| pair.0 != "code"))),
    ),
    scripted(
        "redirect-code-in-fragment",
        "The answer stands in the fragment, as in the implicit flow.",
        |_| {
            changed(|reply| {
                if let Some(location) = reply.header("location") {
                    let moved = location.replacen('?', "#", 1);
                    reply.set_header("location", &moved);
                }
            })
        },
    ),
    scripted(
        "redirect-code-and-error",
        "The redirect carries a code and an error.",
        |_| changed(|reply| add(reply, "error", "access_denied")),
    ),
    scripted(
        "redirect-code-too-long",
        "The redirect's code has 5,000 characters.",
        |_| changed(|reply| set(reply, "code", &"c".repeat(5_000))),
    ),
    scripted(
        "redirect-code-with-line-break",
        "The redirect's code has a line break in it.",
        |_| changed(|reply| set(reply, "code", "a\r\nX-Injected: 1")),
    ),
    scripted(
        "redirect-many-parameters",
        "The redirect carries 40 parameters that nobody knows.",
        |_| {
            changed(|reply| {
                for number in 0..40 {
                    add(reply, &format!("p{number}"), "1");
                }
            })
        },
    ),
    scripted(
        "redirect-unknown-parameters",
        "The redirect carries scope, authuser and session_state beside the code.",
        |_| {
            changed(|reply| {
                for name in ["scope", "authuser", "session_state"] {
                    add(reply, name, "1");
                }
            })
        },
    ),
    scripted(
        "redirect-access-denied",
        "The user's yes is answered with access_denied.",
        |_| changed(|reply| error(reply, "access_denied", "no")),
    ),
    scripted(
        "redirect-unknown-error",
        "The redirect carries an error that no specification has.",
        |_| changed(|reply| error(reply, "moon_phase", "wait for the full moon")),
    ),
    scripted(
        "redirect-temporarily-unavailable",
        "The redirect carries temporarily_unavailable.",
        |_| changed(|reply| error(reply, "temporarily_unavailable", "later")),
    ),
    scripted(
        "redirect-hostile-description",
        "The error's description holds control and direction characters and is long.",
        |_| {
            changed(|reply| {
                let text = format!("\u{202e}\u{1b}[31m{}", "x".repeat(3_000));
                error(reply, "invalid_request", &text);
            })
        },
    ),
];
