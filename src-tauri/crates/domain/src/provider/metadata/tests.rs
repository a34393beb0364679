use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};

const ISSUER: &str = "https://idp.example/realms/one";

fn document() -> Value {
    json!({
        "issuer": ISSUER,
        "authorization_endpoint": "https://idp.example/authorize?kind=a",
        "token_endpoint": "https://idp.example/token",
        "revocation_endpoint": "https://idp.example/revoke",
        "userinfo_endpoint": "https://api.idp.example/me",
        "jwks_uri": "https://idp.example:8443/keys",
        "pushed_authorization_request_endpoint": "https://idp.example/par",
        "require_pushed_authorization_requests": true,
        "device_authorization_endpoint": "https://idp.example/device",
        "code_challenge_methods_supported": ["plain", "S256"],
        "authorization_response_iss_parameter_supported": true,
        "scopes_supported": ["openid", "email", "no scope", 7],
        "token_endpoint_auth_methods_supported":
            ["client_secret_post", "private_key_jwt", "client_secret_basic", "none"],
        "id_token_signing_alg_values_supported": ["none", "HS256", "ES256", "RS256", "RS256"],
        "grant_types_supported": [
            "authorization_code", "implicit", "refresh_token",
            "urn:ietf:params:oauth:grant-type:device_code"
        ],
        "prompt_values_supported": ["none", "consent"],
        "some_other_member": {"a": [1, 2]}
    })
}

/// The document with some members changed; `null` takes one away.
fn changed(changes: Value) -> Value {
    let mut document = document();
    let (all, Value::Object(changes)) = (document.as_object_mut().unwrap(), changes) else {
        panic!("changes are an object");
    };
    for (name, value) in changes {
        all.insert(name, value);
    }
    document
}

fn read(document: &Value) -> Result<Metadata, MetadataFault> {
    read_metadata(document.to_string().as_bytes(), ISSUER)
}

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

#[test]
fn every_member_is_read() {
    let metadata = read(&document()).unwrap();
    let expected = Metadata {
        issuer: ISSUER.to_owned(),
        authorization_endpoint: url("https://idp.example/authorize?kind=a"),
        token_endpoint: url("https://idp.example/token"),
        revocation_endpoint: Some(url("https://idp.example/revoke")),
        userinfo_endpoint: Some(url("https://api.idp.example/me")),
        jwks_uri: Some(url("https://idp.example:8443/keys")),
        pushed_authorization_request_endpoint: Some(url("https://idp.example/par")),
        requires_par: Some(true),
        device_authorization_endpoint: Some(url("https://idp.example/device")),
        pkce_s256: Some(true),
        iss_parameter: Some(true),
        scopes_supported: Some(Scopes::parse("openid email")),
        client_authentication: Some(vec![
            ClientAuthentication::Post,
            ClientAuthentication::Basic,
            ClientAuthentication::None,
        ]),
        id_token_algorithms: Some(vec![SigningAlgorithm::Es256, SigningAlgorithm::Rs256]),
        consent_prompt: Some(true),
        grant_types: Some(vec![
            GrantType::AuthorizationCode,
            GrantType::RefreshToken,
            GrantType::DeviceCode,
        ]),
    };
    assert_eq!(metadata, expected);
    let elsewhere = |member, host: &str| Elsewhere {
        member,
        host: host.to_owned(),
    };
    assert_eq!(
        metadata.elsewhere(),
        [
            elsewhere("userinfo_endpoint", "api.idp.example"),
            elsewhere("jwks_uri", "idp.example:8443"),
        ]
    );
}

#[test]
fn what_a_document_leaves_out_or_types_wrongly_is_not_said() {
    let least = json!({
        "issuer": ISSUER,
        "authorization_endpoint": "https://idp.example/authorize",
        "token_endpoint": "https://idp.example/token",
    });
    let wrong = json!({
        "issuer": ISSUER,
        "authorization_endpoint": "https://idp.example/authorize",
        "token_endpoint": "https://idp.example/token",
        "revocation_endpoint": 7,
        "userinfo_endpoint": "",
        "jwks_uri": null,
        "pushed_authorization_request_endpoint": {},
        "require_pushed_authorization_requests": "true",
        "device_authorization_endpoint": ["https://idp.example/device"],
        "code_challenge_methods_supported": "S256",
        "authorization_response_iss_parameter_supported": 1,
        "scopes_supported": "openid email",
        "token_endpoint_auth_methods_supported": {"a": 1},
        "id_token_signing_alg_values_supported": "RS256",
        "prompt_values_supported": "consent",
        "grant_types_supported": null,
    });
    for document in [least, wrong] {
        let metadata = read(&document).unwrap();
        assert_eq!(metadata.endpoints().count(), 2, "{document}");
        let silent = (
            metadata.requires_par,
            metadata.pkce_s256,
            metadata.iss_parameter,
            metadata.scopes_supported,
            metadata.client_authentication,
            metadata.id_token_algorithms,
            metadata.consent_prompt,
            metadata.grant_types,
        );
        assert_eq!(
            silent,
            (None, None, None, None, None, None, None, None),
            "{document}"
        );
    }
}

#[test]
fn security_11_s256_is_among_the_methods_or_it_is_not() {
    let rows = [
        (json!(["S256"]), Some(true)),
        (json!(["plain"]), Some(false)),
        (json!(["s256"]), Some(false)),
        (json!([]), Some(false)),
        (json!([7]), Some(false)),
        (json!(null), None),
        (json!({"S256": true}), None),
    ];
    for (methods, expected) in rows {
        let document = changed(json!({"code_challenge_methods_supported": methods}));
        assert_eq!(read(&document).unwrap().pkce_s256, expected, "{methods}");
    }
}

#[test]
fn security_52_only_algorithms_that_prove_something_are_kept_and_the_usual_one_is_expected() {
    use SigningAlgorithm::{Es256, Ps384, Rs256};
    let rows = [
        (json!(null), None, Some(Rs256)),
        (json!("ES256"), None, Some(Rs256)),
        (json!([]), Some(vec![]), None),
        (json!(["none", "HS256", "EdDSA"]), Some(vec![]), None),
        (
            json!(["HS256", "PS384", "ES256"]),
            Some(vec![Ps384, Es256]),
            Some(Ps384),
        ),
        (
            json!(["ES256", "RS256"]),
            Some(vec![Es256, Rs256]),
            Some(Rs256),
        ),
    ];
    for (list, known, expected) in rows {
        let document = changed(json!({"id_token_signing_alg_values_supported": list}));
        let metadata = read(&document).unwrap();
        assert_eq!(metadata.id_token_algorithms, known, "{list}");
        assert_eq!(metadata.id_token_algorithm(), expected, "{list}");
    }
}

#[test]
fn security_35_the_issuer_is_compared_letter_by_letter() {
    let rows = [
        ("a slash more", json!("https://idp.example/realms/one/")),
        ("another case", json!("https://IDP.example/realms/one")),
        ("a port", json!("https://idp.example:443/realms/one")),
        ("less of a path", json!("https://idp.example/realms")),
        ("http", json!("http://idp.example/realms/one")),
        ("another", json!("https://evil.example/realms/one")),
        ("a gap", json!("https://idp.example/realms/{tenantid}")),
        ("a space", json!("https://idp.example/realms/one ")),
    ];
    for (row, issuer) in rows {
        let fault = read(&changed(json!({ "issuer": issuer }))).unwrap_err();
        let named = issuer.as_str().unwrap().to_owned();
        let expected = MetadataFault::IssuerDiffers {
            asked: ISSUER.to_owned(),
            named,
        };
        assert_eq!(fault, expected, "{row}");
        assert!(fault.may_be_left_out(), "{row}");
    }
    let unseen = format!("{ISSUER}\u{7f}");
    let turned = format!("\u{202e}{ISSUER}");
    for nothing in [
        json!(null),
        json!(""),
        json!(7),
        json!([ISSUER]),
        json!(unseen),
        json!(turned),
    ] {
        let fault = read(&changed(json!({ "issuer": nothing }))).unwrap_err();
        assert_eq!(fault, MetadataFault::IssuerMissing, "{nothing}");
    }
}

#[test]
fn security_35_microsofts_gap_stays_in_the_issuer_that_is_kept() {
    let named = "https://login.microsoftonline.com/{tenantid}/v2.0";
    let bytes = changed(json!({ "issuer": named })).to_string();
    let asked = "https://login.microsoftonline.com/common/v2.0";
    let metadata = read_metadata(bytes.as_bytes(), asked).unwrap();
    assert_eq!(metadata.issuer, named);
    let one = "https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0";
    assert!(read_metadata(bytes.as_bytes(), one).is_err());
}

#[test]
fn security_36_an_address_that_cannot_be_used_is_a_fault_even_where_it_is_optional() {
    use EndpointRefusal as No;
    let rows = [
        ("https://idp.example/x#y", No::Fragment),
        ("https://idp.example/x#", No::Fragment),
        ("https://ada@idp.example/x", No::UserInfo),
        ("https://:pw@idp.example/x", No::UserInfo),
        ("http://idp.example/x", No::NotHttps),
        ("ftp://idp.example/x", No::NotHttps),
        ("javascript:alert(1)", No::NotHttps),
        ("file:///etc/passwd", No::NotHttps),
        ("/x", No::NoAddress),
        ("https://", No::NoAddress),
        ("idp.example", No::NoAddress),
        ("http://127.0.0.1:9/x", No::Loopback),
        ("https://127.0.0.1/x", No::Loopback),
        ("https://[::1]/x", No::Loopback),
        ("https://192.168.1.1/x", No::Private),
        ("https://169.254.169.254/x", No::Private),
        ("https://[fd00::1]/x", No::Private),
    ];
    let all = [
        AUTHORIZATION,
        TOKEN,
        REVOCATION,
        USERINFO,
        JWKS,
        PAR,
        DEVICE,
    ];
    for (address, why) in rows {
        for member in all {
            let fault = read(&changed(json!({ member: address }))).unwrap_err();
            let expected = MetadataFault::EndpointRefused {
                member,
                address: address.to_owned(),
                why,
            };
            assert_eq!(fault, expected);
            assert!(!fault.may_be_left_out());
        }
    }
}

#[test]
fn security_36_an_issuer_on_this_computer_may_have_its_endpoints_here() {
    let at = |issuer: &str, token: &str| {
        let document = json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/authorize"),
            "token_endpoint": token,
        });
        read_metadata(document.to_string().as_bytes(), issuer).map(|metadata| metadata.elsewhere())
    };
    let none = Ok(vec![]);
    let there = |host: &str| {
        let host = host.to_owned();
        Ok(vec![Elsewhere {
            member: TOKEN,
            host,
        }])
    };
    let refused = |address: &str, why| {
        Err(MetadataFault::EndpointRefused {
            member: TOKEN,
            address: address.to_owned(),
            why,
        })
    };
    let local = "http://127.0.0.1:9";
    assert_eq!(at(local, "http://127.0.0.1:9/token"), none);
    assert_eq!(at(local, "http://127.0.0.1:8/token"), there("127.0.0.1:8"));
    assert_eq!(at(local, "https://a.example/token"), there("a.example"));
    let named = "http://localhost:9/token";
    assert_eq!(at(local, named), refused(named, EndpointRefusal::NotHttps));
    let private = "https://10.0.0.5";
    assert_eq!(at(private, "https://10.0.0.5/token"), none);
    assert_eq!(at(private, "https://10.0.0.6/token"), there("10.0.0.6"));
    let here = "https://127.0.0.1/token";
    assert_eq!(at(private, here), refused(here, EndpointRefusal::Loopback));
}

#[test]
fn what_signing_in_needs_has_to_be_there() {
    let rows = [
        (json!({AUTHORIZATION: null}), AUTHORIZATION),
        (json!({AUTHORIZATION: 7}), AUTHORIZATION),
        (json!({TOKEN: ""}), TOKEN),
        (json!({PAR: null}), PAR),
    ];
    for (changes, member) in rows {
        let fault = read(&changed(changes)).unwrap_err();
        assert_eq!(fault, MetadataFault::EndpointMissing { member });
        assert_eq!(fault.may_be_left_out(), member != PAR, "9: {member}");
    }
    let optional = json!({PAR: null, "require_pushed_authorization_requests": false});
    assert_eq!(read(&changed(optional)).unwrap().requires_par, Some(false));
}

#[test]
fn security_36_and_46_what_is_no_document_is_refused() {
    let good = document().to_string();
    let deep = changed(json!({"x": null})).to_string().replace(
        "\"x\":null",
        &format!("\"x\":{}{}", "[".repeat(32), "]".repeat(32)),
    );
    let twice = good.replacen('{', r#"{"token_endpoint":"https://evil.example/","#, 1);
    let bom = [b"\xef\xbb\xbf", good.as_bytes()].concat();
    let filled = |length: usize| {
        let mut bytes = good.clone().into_bytes();
        bytes.resize(length, b' ');
        bytes
    };
    let unreadable = Err(MetadataFault::Unreadable);
    let rows: [(&str, Vec<u8>, Result<(), MetadataFault>); 12] = [
        ("nothing", vec![], unreadable.clone()),
        ("HTML", b"<html></html>".to_vec(), unreadable.clone()),
        ("a list", format!("[{good}]").into(), unreadable.clone()),
        ("a text", b"\"{}\"".to_vec(), unreadable.clone()),
        (
            "an empty object",
            b"{}".to_vec(),
            Err(MetadataFault::IssuerMissing),
        ),
        ("cut", good[..good.len() - 1].into(), unreadable.clone()),
        (
            "two documents",
            format!("{good}{good}").into(),
            unreadable.clone(),
        ),
        ("a BOM", bom, unreadable.clone()),
        ("a member twice", twice.into(), unreadable.clone()),
        ("33 deep", deep.into(), unreadable),
        ("as long as it may be", filled(LONGEST_METADATA), Ok(())),
        (
            "a byte longer",
            filled(LONGEST_METADATA + 1),
            Err(MetadataFault::TooLarge),
        ),
    ];
    for (row, bytes, expected) in rows {
        assert_eq!(read_metadata(&bytes, ISSUER).map(|_| ()), expected, "{row}");
    }
}

#[test]
fn a_fault_shows_a_short_and_plain_piece_of_the_document() {
    let long = format!("https://evil.example/{}", "x".repeat(900));
    let of_issuer = read(&changed(json!({ "issuer": long }))).unwrap_err();
    let hidden = format!("x {long}\u{202e}\n").replacen('x', "\u{202e}\n", 1);
    let of_address = read(&changed(json!({ TOKEN: hidden }))).unwrap_err();
    for fault in [of_issuer, of_address] {
        let sentence = fault.to_string();
        assert!(sentence.chars().count() < 450, "{sentence}");
        assert_eq!(sentence, crate::text::plain(&sentence, 450, false));
        assert!(sentence.contains("evil.example"), "{sentence}");
    }
}

#[test]
fn security_35_two_documents_of_one_issuer_are_joined() {
    let first = json!({
        "issuer": ISSUER,
        "authorization_endpoint": "https://idp.example/authorize",
        "token_endpoint": "https://idp.example/token",
        "jwks_uri": "https://idp.example/keys",
        "scopes_supported": ["openid", "email"],
        "grant_types_supported": ["authorization_code"],
        "authorization_response_iss_parameter_supported": true,
        "prompt_values_supported": ["login"],
    });
    let second = json!({
        "issuer": ISSUER,
        "authorization_endpoint": "https://idp.example/authorize",
        "token_endpoint": "https://idp.example/token",
        "revocation_endpoint": "https://idp.example/revoke",
        "scopes_supported": ["email", "files"],
        "grant_types_supported": ["refresh_token", "authorization_code"],
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["consent"],
    });
    let (first, second) = (read(&first).unwrap(), read(&second).unwrap());
    let both = merge(first.clone(), second.clone()).unwrap();
    let expected = Metadata {
        revocation_endpoint: second.revocation_endpoint.clone(),
        pkce_s256: Some(true),
        consent_prompt: Some(true),
        scopes_supported: Some(Scopes::parse("openid email files")),
        grant_types: Some(vec![GrantType::AuthorizationCode, GrantType::RefreshToken]),
        ..first.clone()
    };
    assert_eq!(both, expected);
    assert_eq!(merge(first.clone(), first.clone()), Ok(first));
}

#[test]
fn security_35_and_37_documents_that_disagree_are_a_fault_with_both_values() {
    let elsewhere = "https://evil.example/x";
    let rows = [
        (
            AUTHORIZATION,
            json!(elsewhere),
            "https://idp.example/authorize?kind=a",
        ),
        (TOKEN, json!(elsewhere), "https://idp.example/token"),
        (REVOCATION, json!(elsewhere), "https://idp.example/revoke"),
        (USERINFO, json!(elsewhere), "https://api.idp.example/me"),
        (JWKS, json!(elsewhere), "https://idp.example:8443/keys"),
        (PAR, json!(elsewhere), "https://idp.example/par"),
        (DEVICE, json!(elsewhere), "https://idp.example/device"),
        (
            "require_pushed_authorization_requests",
            json!(false),
            "true",
        ),
        ("code_challenge_methods_supported", json!(["plain"]), "true"),
        (
            "authorization_response_iss_parameter_supported",
            json!(false),
            "true",
        ),
    ];
    let first = read(&document()).unwrap();
    for (member, value, ours) in rows {
        let second = read(&changed(json!({ member: value }))).unwrap();
        let theirs = value.as_str().unwrap_or("false");
        for (one, other, said) in [
            (first.clone(), second.clone(), [ours, theirs]),
            (second, first.clone(), [theirs, ours]),
        ] {
            let Err(MetadataFault::Contradiction {
                member: named,
                first,
                second,
            }) = merge(one, other)
            else {
                panic!("{member} is no contradiction");
            };
            assert!(named.contains(member), "{named}");
            assert_eq!([first.as_str(), second.as_str()], said, "{member}");
        }
    }
    let other = Metadata {
        issuer: "https://other.example".to_owned(),
        ..first.clone()
    };
    let fault = merge(first, other).unwrap_err();
    assert!(
        matches!(fault, MetadataFault::IssuerDiffers { .. }),
        "{fault}"
    );
}

proptest! {
    #[test]
    fn no_bytes_make_the_readers_panic(body in proptest::collection::vec(any::<u8>(), 0..300), typed in ".{0,60}") {
        let _ = read_metadata(&body, ISSUER);
        let _ = crate::token::Jwks::read(&body);
        let _ = crate::token::Claims::read(&body);
        if let Ok(issuer) = read_typed_issuer(&typed) {
            prop_assert!(!addresses(&issuer.url).is_empty());
        }
    }

    #[test]
    fn no_value_makes_the_reader_panic(value in "[ -~]{0,60}", issuer in "[ -~]{0,60}") {
        let document = changed(json!({(TOKEN): value, "issuer": issuer}));
        if let Ok(metadata) = read(&document) {
            prop_assert_eq!(metadata.token_endpoint.scheme(), "https");
        }
    }
}
