//! What a provider says of itself, and what somebody types for its address (SECURITY 35, 36).

use crate::shown;
use keyfob_domain::provider::is_allowed_endpoint;
use keyfob_domain::provider::metadata::{
    LONGEST_METADATA, Metadata, MetadataFault, addresses, is_public, issuer_of, literal, merge,
    read_metadata, read_typed_issuer,
};
use serde_json::Value;

const ISSUERS: [&str; 3] = [
    "https://idp.example/one",
    "http://127.0.0.1:4711/one",
    "https://login.microsoftonline.com/common/v2.0",
];
const OPEN_TENANT: &str = "https://login.microsoftonline.com/{tenantid}/v2.0";

/// The first byte chooses the issuer that is asked for, or that the rest is what somebody typed.
pub(crate) fn check(data: &[u8]) {
    let Some((kind, body)) = data.split_first() else {
        return;
    };
    match ISSUERS.get(usize::from(kind % 4)) {
        Some(asked) => match read_metadata(body, asked) {
            Ok(metadata) => is_sound(&metadata, asked, body),
            Err(fault) => is_said(&fault),
        },
        None => typed(body),
    }
}

fn is_sound(metadata: &Metadata, asked: &str, body: &[u8]) {
    assert!(body.len() <= LONGEST_METADATA, "36");
    let open = asked == ISSUERS[2] && metadata.issuer == OPEN_TENANT;
    assert!(metadata.issuer == asked || open, "35: {}", metadata.issuer);
    let local = asked == ISSUERS[1];
    for (member, url) in metadata.endpoints() {
        assert!(is_allowed_endpoint(url), "36: {member}");
        let public = literal(url).is_none_or(is_public);
        assert!(public || local, "36: {member} leads inside");
        assert!(url.scheme() == "https" || local, "36: {member}");
    }
    assert!(
        metadata.requires_par != Some(true)
            || metadata.pushed_authorization_request_endpoint.is_some(),
        "9"
    );
    let endpoints: Vec<_> = metadata.endpoints().collect();
    for one in metadata.elsewhere() {
        assert!(endpoints.iter().any(|(member, _)| *member == one.member));
    }
    // Another reader finds the same in it; a member that nobody reads may be beyond it.
    if let Ok(document) = serde_json::from_slice::<Value>(body) {
        assert_eq!(document["issuer"], Value::from(metadata.issuer.as_str()));
        for (member, url) in endpoints {
            let said = document[member].as_str().and_then(|text| text.parse().ok());
            assert_eq!(said.as_ref(), Some(url), "{member}");
        }
        let s256 = document["code_challenge_methods_supported"]
            .as_array()
            .map(|all| all.contains(&Value::from("S256")));
        assert_eq!(metadata.pkce_s256, s256, "11");
    }
    assert_eq!(
        merge(metadata.clone(), metadata.clone()).as_ref(),
        Ok(metadata)
    );
}

/// A sentence for the user has a short and plain piece of the document at most.
fn is_said(fault: &MetadataFault) {
    shown::line(&fault.to_string(), 700);
    if let MetadataFault::IssuerDiffers { asked, named } = fault {
        assert_ne!(asked, named, "nobody sees what is wrong");
    }
}

fn typed(body: &[u8]) {
    let Ok(text) = std::str::from_utf8(body) else {
        return;
    };
    match read_typed_issuer(text) {
        Ok(issuer) => {
            assert!(is_allowed_endpoint(&issuer.url), "36");
            let (longer, shorter) = if issuer.first.ends_with('/') {
                (&issuer.first, &issuer.second)
            } else {
                (&issuer.second, &issuer.first)
            };
            assert_eq!(*longer, format!("{shorter}/"));
            let all = addresses(&issuer.url);
            assert!((2..=3).contains(&all.len()));
            for address in &all {
                assert_eq!(address.url.origin(), issuer.url.origin(), "36");
            }
            let again = issuer_of(all[0].url.clone());
            assert_eq!(again.as_str().trim_end_matches('/'), shorter);
        }
        Err(fault) => shown::line(&fault.to_string(), 200),
    }
}
