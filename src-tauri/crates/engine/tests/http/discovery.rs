//! Looking for a provider's description over HTTP (SECURITY 35, 36).

use super::network;
use super::site::{Page, Site};
use keyfob_domain::provider::metadata::{
    EndpointRefusal, Form, LONGEST_METADATA, MetadataFault, TypedFault,
};
use keyfob_engine::clock::SystemClock;
use keyfob_engine::discovery::{Discovered, Discovery, DiscoveryFault, SystemResolver};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

const OPENID: &str = "/one/.well-known/openid-configuration";
const OAUTH: &str = "/.well-known/oauth-authorization-server/one";
const OPENID_BEFORE: &str = "/.well-known/openid-configuration/one";

type Found = Result<Discovered, DiscoveryFault>;

fn discovery() -> Discovery {
    Discovery::new(network(), Arc::new(SystemResolver), Arc::new(SystemClock))
}

/// The description of the issuer `{base}/one`, with some members changed.
fn described(base: &str, changes: Value) -> Value {
    let mut document = json!({
        "issuer": format!("{base}/one"),
        "authorization_endpoint": format!("{base}/authorize"),
        "token_endpoint": format!("{base}/token"),
        "jwks_uri": format!("{base}/keys"),
    });
    let (all, Value::Object(changes)) = (document.as_object_mut().unwrap(), changes) else {
        panic!("changes are an object");
    };
    all.extend(changes);
    document
}

/// Starts a site, and looks for the issuer on it.
async fn look(pages: impl FnOnce(&str) -> Vec<(&'static str, Page)>) -> (Found, Site) {
    let site = Site::start(|base| {
        let pages = pages(base).into_iter();
        pages.map(|(path, page)| (path.to_owned(), page)).collect()
    });
    let site = site.await;
    let typed = format!("{}/one", site.base);
    (discovery().discover(&typed, false).await, site)
}

fn good(base: &str) -> Page {
    Page::Json(described(base, json!({})))
}

#[tokio::test]
async fn security_35_any_one_form_is_enough_and_all_are_asked_once() {
    for (path, form) in [
        (OPENID, Form::OpenidAppended),
        (OAUTH, Form::OauthInserted),
        (OPENID_BEFORE, Form::OpenidInserted),
    ] {
        let (found, site) = look(|base| vec![(path, good(base))]).await;
        let found = found.unwrap();
        assert_eq!(found.forms, [form]);
        assert_eq!(found.asked, format!("{}/one", site.base));
        assert_eq!(found.metadata.issuer, found.asked);
        let nothing = |fault: &DiscoveryFault| {
            matches!(fault, DiscoveryFault::NothingThere { status: 404, .. })
        };
        assert_eq!(found.left_out.len(), 2);
        assert!(found.left_out.iter().all(|(_, fault)| nothing(fault)));
        assert_eq!(site.asked(), [OAUTH, OPENID_BEFORE, OPENID]);
    }
}

#[tokio::test]
async fn an_issuer_without_a_path_has_two_addresses() {
    let site = Site::start(|base| {
        let issuer = json!({ "issuer": base });
        let page = Page::Json(described(base, issuer));
        vec![("/.well-known/openid-configuration".to_owned(), page)]
    });
    let site = site.await;
    let found = discovery().discover(&site.base, false).await.unwrap();
    assert_eq!(found.forms, [Form::OpenidAppended]);
    assert_eq!(
        site.asked(),
        [
            "/.well-known/oauth-authorization-server",
            "/.well-known/openid-configuration"
        ]
    );
}

#[tokio::test]
async fn security_35_and_70_what_only_one_form_says_is_taken_from_it() {
    let (found, site) = look(|base| {
        let revocation = json!({"revocation_endpoint": format!("{base}/revoke"), "jwks_uri": null});
        vec![
            (OPENID, good(base)),
            (OAUTH, Page::Json(described(base, revocation))),
        ]
    })
    .await;
    let found = found.unwrap();
    assert_eq!(found.forms, [Form::OpenidAppended, Form::OauthInserted]);
    let address = |path: &str| Some(format!("{}{path}", site.base).parse().unwrap());
    assert_eq!(found.metadata.revocation_endpoint, address("/revoke"));
    assert_eq!(found.metadata.jwks_uri, address("/keys"));
}

#[tokio::test]
async fn security_35_two_forms_that_disagree_are_a_fault_with_both_values() {
    let (found, site) = look(|base| {
        let other = json!({"token_endpoint": "https://other.example/token"});
        vec![
            (OPENID, good(base)),
            (OAUTH, Page::Json(described(base, other))),
        ]
    })
    .await;
    let expected = MetadataFault::Contradiction {
        member: "token_endpoint",
        first: format!("{}/token", site.base),
        second: "https://other.example/token".to_owned(),
    };
    assert_eq!(found, Err(expected.into()));
}

#[tokio::test]
async fn security_35_a_document_of_another_issuer_is_not_believed() {
    let lie = |base: &str| {
        let other = json!({"issuer": "https://honest.example"});
        Page::Json(described(base, other))
    };
    let (found, site) = look(|base| vec![(OPENID, lie(base)), (OAUTH, lie(base))]).await;
    let differs = MetadataFault::IssuerDiffers {
        asked: format!("{}/one", site.base),
        named: "https://honest.example".to_owned(),
    };
    assert_eq!(found, Err(differs.into()));
    // Beside one that is right it changes nothing.
    let (found, site) = look(|base| vec![(OPENID, lie(base)), (OAUTH, good(base))]).await;
    let found = found.unwrap();
    assert_eq!(found.forms, [Form::OauthInserted]);
    let differs = MetadataFault::IssuerDiffers {
        asked: format!("{}/one", site.base),
        named: "https://honest.example".to_owned(),
    };
    assert_eq!(found.left_out[0], (Form::OpenidAppended, differs.into()));
}

#[tokio::test]
async fn security_35_a_slash_more_or_less_is_found_out_and_kept() {
    let with_slash = |base: &str, slash: &str| {
        let issuer = json!({"issuer": format!("{base}/one{slash}")});
        Page::Json(described(base, issuer))
    };
    for (typed, real) in [("", ""), ("", "/"), ("/", ""), ("/", "/")] {
        let site = Site::start(|base| vec![(OPENID.to_owned(), with_slash(base, real))]).await;
        let typed = format!("{}/one{typed}", site.base);
        let found = discovery().discover(&typed, false).await.unwrap();
        assert_eq!(found.asked, format!("{}/one{real}", site.base), "{typed}");
        assert_eq!(found.metadata.issuer, found.asked);
    }
    // To the provider these are two issuers: the one that was typed is meant.
    for (typed, form) in [("", Form::OpenidAppended), ("/", Form::OauthInserted)] {
        let site = Site::start(|base| {
            vec![
                (OPENID.to_owned(), with_slash(base, "")),
                (OAUTH.to_owned(), with_slash(base, "/")),
            ]
        });
        let site = site.await;
        let typed = format!("{}/one{typed}", site.base);
        let found = discovery().discover(&typed, false).await.unwrap();
        assert_eq!((&found.asked, found.forms), (&typed, vec![form]));
        assert_eq!(found.left_out.len(), 2);
    }
}

#[tokio::test]
async fn security_36_no_redirect_is_followed_and_its_target_is_named() {
    let elsewhere = Site::start(|_| vec![]).await;
    for status in [301, 302, 303, 307, 308] {
        let to = format!("{}{OPENID}?key=x", elsewhere.base);
        let (found, site) = look(|_| vec![(OPENID, Page::Redirect(status, to))]).await;
        let expected = DiscoveryFault::Redirected {
            address: format!("{}{OPENID}", site.base),
            to: format!("{}{OPENID}", elsewhere.base),
        };
        assert_eq!(found, Err(expected), "{status}");
    }
    // Not even to the same site.
    let (found, _) = look(|base| {
        vec![
            (OPENID, Page::Redirect(302, "/description".to_owned())),
            ("/description", good(base)),
        ]
    })
    .await;
    assert!(
        matches!(found, Err(DiscoveryFault::Redirected { .. })),
        "{found:?}"
    );
    assert_eq!(elsewhere.asked(), [""; 0]);
}

#[tokio::test]
async fn security_36_all_of_it_ends_in_time_with_what_has_come() {
    let limit = Duration::from_millis(500);
    let slow = |pages: fn(&str) -> Vec<(String, Page)>| async move {
        let site = Site::start(pages).await;
        let discovery = discovery().within(limit);
        discovery
            .discover(&format!("{}/one", site.base), false)
            .await
    };
    let found = slow(|_| {
        let all = [OPENID, OAUTH, OPENID_BEFORE];
        all.map(|path| (path.to_owned(), Page::Silence)).into()
    });
    assert_eq!(found.await, Err(DiscoveryFault::TooSlow));
    let found = slow(|base| {
        vec![
            (OPENID.to_owned(), Page::Silence),
            (OAUTH.to_owned(), good(base)),
        ]
    });
    let found = found.await.unwrap();
    assert_eq!(found.forms, [Form::OauthInserted]);
    assert_eq!(
        found.left_out[0],
        (Form::OpenidAppended, DiscoveryFault::TooSlow)
    );
}

#[tokio::test]
async fn security_36_what_is_no_description_is_said_to_be_none() {
    let (limit, document) = (LONGEST_METADATA, json!({"issuer": "x"}));
    let rows = [
        (
            "huge",
            Page::Long(document, limit + 1),
            MetadataFault::TooLarge,
        ),
        (
            "HTML",
            Page::Html("<html>Sign in</html>"),
            MetadataFault::Unreadable,
        ),
        ("a list", Page::Json(json!([])), MetadataFault::Unreadable),
        (
            "an empty object",
            Page::Json(json!({})),
            MetadataFault::IssuerMissing,
        ),
    ];
    for (row, page, fault) in rows {
        let (found, _) = look(|_| vec![(OPENID, page)]).await;
        assert_eq!(found, Err(fault.into()), "{row}");
    }
    let (found, _) = look(|base| {
        let long = Page::Long(described(base, json!({})), LONGEST_METADATA);
        vec![(OPENID, long), (OAUTH, Page::Html("<html>No page</html>"))]
    })
    .await;
    assert_eq!(
        found.unwrap().forms,
        [Form::OpenidAppended],
        "just as long as it may be"
    );
    for status in [204, 401, 404, 500] {
        let (found, _) = look(|_| vec![(OPENID, Page::Status(status))]).await;
        let said = matches!(found, Err(DiscoveryFault::NothingThere { status: said, .. }) if said == status);
        assert!(said, "{found:?}");
    }
}

#[tokio::test]
async fn security_36_an_unusable_endpoint_stops_everything_even_beside_a_good_document() {
    for (address, why) in [
        ("http://idp.example/token", EndpointRefusal::NotHttps),
        ("http://localhost:9/token", EndpointRefusal::NotHttps),
        ("https://idp.example/token#x", EndpointRefusal::Fragment),
        ("https://ada@idp.example/token", EndpointRefusal::UserInfo),
    ] {
        let (found, _) = look(|base| {
            let bad = json!({ "token_endpoint": address });
            vec![
                (OPENID, good(base)),
                (OAUTH, Page::Json(described(base, bad))),
            ]
        })
        .await;
        let expected = MetadataFault::EndpointRefused {
            member: "token_endpoint",
            address: address.to_owned(),
            why,
        };
        assert_eq!(found, Err(expected.into()));
    }
}

#[tokio::test]
async fn half_a_document_is_no_more_than_none() {
    let half = |base: &str| Page::Json(described(base, json!({"authorization_endpoint": null})));
    let missing = |member| DiscoveryFault::from(MetadataFault::EndpointMissing { member });
    let (found, _) = look(|base| vec![(OAUTH, half(base)), (OPENID, good(base))]).await;
    let found = found.unwrap();
    assert_eq!(found.forms, [Form::OpenidAppended]);
    let left_out = (Form::OauthInserted, missing("authorization_endpoint"));
    assert_eq!(found.left_out[0], left_out);
    let (found, _) = look(|base| vec![(OAUTH, half(base))]).await;
    assert_eq!(found, Err(missing("authorization_endpoint")));
}

#[tokio::test]
async fn security_9_a_demand_for_pushed_requests_is_not_left_out() {
    let (found, _) = look(|base| {
        let demand = json!({"require_pushed_authorization_requests": true});
        vec![
            (OAUTH, Page::Json(described(base, demand))),
            (OPENID, good(base)),
        ]
    })
    .await;
    let member = "pushed_authorization_request_endpoint";
    assert_eq!(found, Err(MetadataFault::EndpointMissing { member }.into()));
}

#[tokio::test]
async fn security_37_an_endpoint_on_another_host_is_taken_and_shown() {
    let (found, _) = look(|base| {
        let other = json!({"token_endpoint": "https://tokens.example:8443/token"});
        vec![(OPENID, Page::Json(described(base, other)))]
    })
    .await;
    let elsewhere = found.unwrap().metadata.elsewhere();
    let shown: Vec<_> = elsewhere
        .iter()
        .map(|one| (one.member, one.host.as_str()))
        .collect();
    assert_eq!(shown, [("token_endpoint", "tokens.example:8443")]);
}

#[tokio::test]
async fn the_address_of_the_document_itself_may_be_typed() {
    let site = Site::start(|base| vec![(OPENID.to_owned(), good(base))]).await;
    let typed = format!(" {}{OPENID} ", site.base);
    let found = discovery().discover(&typed, false).await.unwrap();
    assert_eq!(found.asked, format!("{}/one", site.base));
    let refused = discovery().discover("http://idp.example", true).await;
    assert_eq!(refused, Err(TypedFault::HttpElsewhere.into()));
}
