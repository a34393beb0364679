//! The form's checks: each complaint beside its field, all of them at once.

use super::*;
use crate::provider::parse;

fn slug() -> ProviderSlug {
    ProviderSlug::parse("acme").unwrap()
}

fn draft() -> Draft {
    Draft {
        name: "Acme".to_owned(),
        authorization_endpoint: "https://acme.example/authorize".to_owned(),
        token_endpoint: "https://acme.example/token".to_owned(),
        scopes: "openid\nprofile, email".to_owned(),
        ..Draft::default()
    }
}

fn complaints(draft: &Draft) -> Vec<(Field, Why)> {
    let faults = draft.check(&slug(), &["Mio", "Mavio"]).unwrap_err();
    faults
        .into_iter()
        .map(|fault| (fault.field, fault.why))
        .collect()
}

#[test]
fn the_five_fields_of_midio_are_enough() {
    let provider = draft().check(&slug(), &[]).unwrap();
    assert_eq!(provider.scopes.to_string(), "openid profile email");
    assert_eq!(
        provider.token_endpoint.as_str(),
        "https://acme.example/token"
    );
    assert_eq!(provider.reads, []);
    assert!(provider.needs_client_secret());
}

#[test]
fn a_name_is_said_to_be_read_only_where_something_tells_it() {
    let by_id_token = Draft {
        id_token: IdTokenUse::Display,
        ..draft()
    };
    let at_userinfo = Draft {
        userinfo_endpoint: "https://acme.example/me".to_owned(),
        ..draft()
    };
    let without_scopes = Draft {
        scopes: "openid files".to_owned(),
        ..by_id_token.clone()
    };
    for (draft, expected) in [
        (by_id_token, vec![Reads::Profile]),
        (at_userinfo, vec![Reads::Profile]),
        (without_scopes, vec![]),
    ] {
        assert_eq!(draft.check(&slug(), &[]).unwrap().reads, expected);
    }
}

#[test]
fn every_complaint_is_made_at_once_beside_its_field() {
    let wrong = Draft {
        name: "mio".to_owned(),
        issuer: "acme".to_owned(),
        authorization_endpoint: "https://acme.example/?state=1".to_owned(),
        token_endpoint: "http://acme.example/token".to_owned(),
        scopes: "a \"b".to_owned(),
        extra_parameters: vec![("state".to_owned(), "1".to_owned())],
        redirect_kinds: vec![],
        id_token: IdTokenUse::Verify,
        context: ContextDraft::Http {
            address: "ftp://acme.example".to_owned(),
            pointer: "name".to_owned(),
        },
        api_hosts: "api.acme.example https://b.example".to_owned(),
        extra_ca: "MIIB".to_owned(),
        ..draft()
    };
    let expected = [
        (Field::Name, Why::NameTaken),
        (Field::Issuer, Why::BadIssuer),
        (
            Field::AuthorizationEndpoint,
            Why::Protected("state".to_owned()),
        ),
        (Field::TokenEndpoint, Why::Insecure),
        (Field::Scopes, Why::BadScope("\"b".to_owned())),
        (Field::ExtraParameters, Why::Protected("state".to_owned())),
        (Field::RedirectKinds, Why::NoWayBack),
        (Field::IdToken, Why::NothingToVerifyWith),
        (Field::ContextAddress, Why::Insecure),
        (Field::ContextPointer, Why::BadPointer),
        (
            Field::ApiHosts,
            Why::BadHost("https://b.example".to_owned()),
        ),
        (Field::ExtraCa, Why::BadCertificate),
    ];
    assert_eq!(complaints(&wrong), expected);
}

#[test]
fn one_wrong_field_keeps_the_rest_from_being_saved() {
    let nothing = Draft {
        context: ContextDraft::Userinfo,
        ..draft()
    };
    assert_eq!(
        complaints(&nothing),
        [(Field::UserinfoEndpoint, Why::Missing)]
    );
    let twice = vec![
        ("a".to_owned(), "1".to_owned()),
        ("a ".to_owned(), "2".to_owned()),
    ];
    let twice = Draft {
        extra_parameters: twice,
        ..draft()
    };
    let expected = (Field::ExtraParameters, Why::BadParameter("a".to_owned()));
    assert_eq!(complaints(&twice), [expected]);
}

#[test]
fn a_row_that_was_left_empty_is_no_parameter() {
    let empty = vec![(" ".to_owned(), String::new())];
    let draft = Draft {
        extra_parameters: empty,
        ..draft()
    };
    assert_eq!(draft.check(&slug(), &[]).unwrap().extra_parameters, []);
}

#[test]
fn security_49_the_token_may_go_where_the_context_is_read_and_where_the_user_says() {
    let draft = Draft {
        context: ContextDraft::Http {
            address: "https://api.acme.example/me".to_owned(),
            pointer: "/name".to_owned(),
        },
        api_hosts: "files.acme.example, api.acme.example".to_owned(),
        ..draft()
    };
    let provider = draft.check(&slug(), &[]).unwrap();
    assert_eq!(
        provider.api_hosts,
        ["files.acme.example", "api.acme.example"]
    );
    assert_eq!(provider.reads, [Reads::HttpText]);
    for (address, allowed) in [
        ("https://api.acme.example/me", true),
        ("https://acme.example/me", false),
    ] {
        let url = Url::parse(address).unwrap();
        assert_eq!(provider.may_send_token_to(&url), allowed, "{address}");
    }
}

#[test]
fn a_provider_that_is_edited_and_saved_unchanged_stays_what_it_is() {
    for text in [
        include_str!("../../../../../providers/mio.toml"),
        include_str!("../../../../../providers/mavio.toml"),
    ] {
        let provider = parse(text).unwrap();
        let again = Draft::of(&provider).check(&provider.slug, &[]);
        assert_eq!(again, Ok(provider));
    }
}

#[test]
fn security_37_a_host_that_changes_is_named() {
    let was = draft().check(&slug(), &[]).unwrap();
    let same = Draft {
        token_endpoint: "https://acme.example/v2/token".to_owned(),
        ..draft()
    };
    assert_eq!(was.moved_hosts(&same.check(&slug(), &[]).unwrap()), []);
    let moved = Draft {
        token_endpoint: "https://acme.example:8443/token".to_owned(),
        api_hosts: "evil.example".to_owned(),
        ..draft()
    };
    let moved = was.moved_hosts(&moved.check(&slug(), &[]).unwrap());
    let expected = [
        (Field::TokenEndpoint, "acme.example", "acme.example:8443"),
        (Field::ApiHosts, "", "evil.example"),
    ];
    let expected = expected.map(|(field, was, is)| (field, was.to_owned(), is.to_owned()));
    assert_eq!(moved, expected);
}
