//! The one exception from "the issuer is what was asked for": Microsoft describes the accounts of
//! all organizations in one document, whose issuer has a gap where each id token names its tenant.
//!
//! Hazard: an issuer with a gap fits many. So it is known for Microsoft's own authorities only, and
//! only where one of the three names for "any tenant" was asked for.

use uuid::Uuid;

const GAP: &str = "{tenantid}";
/// Microsoft's worldwide cloud, the one of the United States' government and the one in China.
const AUTHORITIES: [&str; 3] = [
    "https://login.microsoftonline.com/",
    "https://login.microsoftonline.us/",
    "https://login.partner.microsoftonline.cn/",
];
const VERSION: &str = "/v2.0";
const ANY_TENANT: [&str; 3] = ["common", "organizations", "consumers"];

/// Tells whether a document of the issuer `named` is the one of the issuer that was `asked` for:
/// letter by letter the same, or Microsoft's gap where "any tenant" was asked for (SECURITY 35).
#[must_use]
pub fn is_document_of(named: &str, asked: &str) -> bool {
    let any = || {
        let authority = authority(named)?;
        let tenant = asked.strip_prefix(authority)?.strip_suffix(VERSION)?;
        Some(ANY_TENANT.contains(&tenant))
    };
    named == asked || any().unwrap_or(false)
}

/// Tells whether an id token's `iss` is the issuer of the provider's document; where that has
/// Microsoft's gap, the token's `tid` has to fill it (SECURITY 53).
#[must_use]
pub fn is_issuer(iss: &str, expected: &str, tenant: Option<&str>) -> bool {
    let Some(authority) = authority(expected) else {
        return iss == expected;
    };
    tenant.is_some_and(|tenant| {
        let named = tenant.len() == 36 && Uuid::try_parse(tenant).is_ok();
        named && iss == format!("{authority}{tenant}{VERSION}")
    })
}

/// Gives the authority of an issuer with the gap.
fn authority(issuer: &str) -> Option<&'static str> {
    AUTHORITIES
        .into_iter()
        .find(|authority| issuer == format!("{authority}{GAP}{VERSION}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = "https://login.microsoftonline.com/{tenantid}/v2.0";

    #[test]
    fn security_35_the_gap_is_microsofts_and_only_where_any_tenant_was_asked_for() {
        let tenant = "https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0";
        let rows = [
            ("the same", tenant, tenant, true),
            (
                "common",
                TEMPLATE,
                "https://login.microsoftonline.com/common/v2.0",
                true,
            ),
            (
                "organizations",
                TEMPLATE,
                "https://login.microsoftonline.com/organizations/v2.0",
                true,
            ),
            (
                "consumers",
                TEMPLATE,
                "https://login.microsoftonline.com/consumers/v2.0",
                true,
            ),
            ("one tenant was asked for", TEMPLATE, tenant, false),
            (
                "a tenant that isn't any",
                TEMPLATE,
                "https://login.microsoftonline.com/common2/v2.0",
                false,
            ),
            (
                "more in its place",
                TEMPLATE,
                "https://login.microsoftonline.com/common/x/v2.0",
                false,
            ),
            (
                "another cloud",
                "https://login.microsoftonline.us/{tenantid}/v2.0",
                "https://login.microsoftonline.com/common/v2.0",
                false,
            ),
            (
                "a slash more",
                TEMPLATE,
                "https://login.microsoftonline.com/common/v2.0/",
                false,
            ),
            (
                "somebody else's gap",
                "https://evil.example/{tenantid}/v2.0",
                "https://evil.example/common/v2.0",
                false,
            ),
            (
                "somebody else's host",
                "https://login.microsoftonline.com.evil.example/{tenantid}/v2.0",
                "https://login.microsoftonline.com.evil.example/common/v2.0",
                false,
            ),
            (
                "consumers names its tenant",
                tenant,
                "https://login.microsoftonline.com/consumers/v2.0",
                false,
            ),
        ];
        for (row, named, asked, expected) in rows {
            assert_eq!(is_document_of(named, asked), expected, "{row}");
        }
    }

    #[test]
    fn security_53_the_gap_is_filled_by_the_tokens_own_tenant() {
        let tid = "9188040d-6c67-4c5b-b112-36a304b66dad";
        let iss = format!("https://login.microsoftonline.com/{tid}/v2.0");
        let rows = [
            ("its tenant", iss.as_str(), TEMPLATE, Some(tid), true),
            ("no tenant", &iss, TEMPLATE, None, false),
            (
                "another tenant",
                &iss,
                TEMPLATE,
                Some("00000000-0000-4000-8000-000000000000"),
                false,
            ),
            ("the gap itself", TEMPLATE, TEMPLATE, Some(tid), false),
            (
                "a gap for a tenant",
                TEMPLATE,
                TEMPLATE,
                Some("{tenantid}"),
                false,
            ),
            (
                "no tenant's name",
                "https://login.microsoftonline.com/common/v2.0",
                TEMPLATE,
                Some("common"),
                false,
            ),
            (
                "a path for a tenant",
                "https://login.microsoftonline.com/a/b/v2.0",
                TEMPLATE,
                Some("a/b"),
                false,
            ),
            (
                "no gap",
                "https://a.example",
                "https://a.example",
                None,
                true,
            ),
            (
                "a slash",
                "https://a.example/",
                "https://a.example",
                None,
                false,
            ),
            (
                "no gap, a tenant",
                &iss,
                "https://login.microsoftonline.com/common/v2.0",
                Some(tid),
                false,
            ),
        ];
        for (row, iss, expected, tenant, fits) in rows {
            assert_eq!(is_issuer(iss, expected, tenant), fits, "{row}");
        }
    }
}
