//! Every failure's meaning as a table, and what no failure may mean.

use super::*;

fn refused(status: u16, error: Option<&str>) -> Fault {
    Fault::Refused {
        status,
        error: error.map(OauthError::parse),
        detail: None,
        retry_after: None,
    }
}

#[test]
fn every_failure_has_one_meaning_per_exchange() {
    use Class::{
        Forbidden, Misconfigured, Mismatch, Protocol, Reauthorize, Transient, Unauthorized,
    };
    use Exchange::{Api, Code, Refresh, Revoke};
    type Row = (
        &'static str,
        Exchange,
        u16,
        Option<&'static str>,
        Class,
        ErrorCode,
    );
    let cases: &[Row] = &[
        (
            "61: refresh, invalid_grant",
            Refresh,
            400,
            Some("invalid_grant"),
            Reauthorize,
            ErrorCode::GrantEnded,
        ),
        (
            "exchange, invalid_grant",
            Code,
            400,
            Some("invalid_grant"),
            Mismatch,
            ErrorCode::CodeRejected,
        ),
        (
            "error before status",
            Refresh,
            503,
            Some("invalid_grant"),
            Reauthorize,
            ErrorCode::GrantEnded,
        ),
        (
            "error with status 200",
            Refresh,
            200,
            Some("invalid_grant"),
            Reauthorize,
            ErrorCode::GrantEnded,
        ),
        (
            "50: invalid_client",
            Refresh,
            401,
            Some("invalid_client"),
            Misconfigured,
            ErrorCode::ClientMisconfigured,
        ),
        (
            "unauthorized_client",
            Code,
            400,
            Some("unauthorized_client"),
            Misconfigured,
            ErrorCode::ClientMisconfigured,
        ),
        (
            "invalid_request at the exchange",
            Code,
            400,
            Some("invalid_request"),
            Misconfigured,
            ErrorCode::RequestRejected,
        ),
        (
            "unsupported_grant_type at a refresh",
            Refresh,
            400,
            Some("unsupported_grant_type"),
            Misconfigured,
            ErrorCode::RequestRejected,
        ),
        (
            "invalid_scope",
            Code,
            400,
            Some("invalid_scope"),
            Misconfigured,
            ErrorCode::ScopeRejected,
        ),
        (
            "59: temporarily_unavailable",
            Refresh,
            400,
            Some("temporarily_unavailable"),
            Transient,
            ErrorCode::ProviderError,
        ),
        (
            "59: server_error",
            Code,
            400,
            Some("server_error"),
            Transient,
            ErrorCode::ProviderError,
        ),
        (
            "59: 408",
            Refresh,
            408,
            None,
            Transient,
            ErrorCode::ProviderError,
        ),
        (
            "59: 425",
            Refresh,
            425,
            None,
            Transient,
            ErrorCode::ProviderError,
        ),
        (
            "59: 429",
            Refresh,
            429,
            None,
            Transient,
            ErrorCode::ProviderOverloaded,
        ),
        (
            "59: 500",
            Refresh,
            500,
            None,
            Transient,
            ErrorCode::ProviderError,
        ),
        (
            "59: 599",
            Refresh,
            599,
            None,
            Transient,
            ErrorCode::ProviderError,
        ),
        (
            "59: 503 at the exchange",
            Code,
            503,
            None,
            Transient,
            ErrorCode::ProviderError,
        ),
        (
            "48: empty 400",
            Refresh,
            400,
            None,
            Protocol,
            ErrorCode::ProviderError,
        ),
        (
            "48: 403 invalid_code",
            Code,
            403,
            Some("invalid_code"),
            Protocol,
            ErrorCode::ProviderError,
        ),
        (
            "48: 429 with an unknown error",
            Refresh,
            429,
            Some("slow"),
            Transient,
            ErrorCode::ProviderOverloaded,
        ),
        (
            "401 without error",
            Refresh,
            401,
            None,
            Misconfigured,
            ErrorCode::ClientMisconfigured,
        ),
        ("404", Revoke, 404, None, Protocol, ErrorCode::ProviderError),
        (
            "63: API 401",
            Api,
            401,
            None,
            Unauthorized,
            ErrorCode::TokenRejected,
        ),
        (
            "63: API invalid_token",
            Api,
            401,
            Some("invalid_token"),
            Unauthorized,
            ErrorCode::TokenRejected,
        ),
        (
            "63: API invalid_token whatever the status",
            Api,
            400,
            Some("invalid_token"),
            Unauthorized,
            ErrorCode::TokenRejected,
        ),
        (
            "API insufficient_scope whatever the status",
            Api,
            400,
            Some("insufficient_scope"),
            Forbidden,
            ErrorCode::ScopeMissing,
        ),
        (
            "71: unsupported_token_type",
            Revoke,
            400,
            Some("unsupported_token_type"),
            Misconfigured,
            ErrorCode::RequestRejected,
        ),
        (
            "API 403",
            Api,
            403,
            None,
            Forbidden,
            ErrorCode::ScopeMissing,
        ),
        (
            "API 400",
            Api,
            400,
            None,
            Protocol,
            ErrorCode::QuestionRejected,
        ),
        (
            "API 429",
            Api,
            429,
            None,
            Transient,
            ErrorCode::ProviderOverloaded,
        ),
    ];
    for (row, exchange, status, error, class, code) in cases {
        let failure = classify(*exchange, &refused(*status, *error));
        assert_eq!(
            (failure.class, failure.problem.code),
            (*class, *code),
            "{row}"
        );
    }
}

#[test]
fn security_62_only_invalid_grant_at_a_refresh_ends_a_grant() {
    for status in 100..=599 {
        for error in [
            None,
            Some("x"),
            Some("invalid_client"),
            Some("access_denied"),
            Some("invalid_token"),
        ] {
            let failure = classify(Exchange::Refresh, &refused(status, error));
            assert_ne!(failure.class, Class::Reauthorize, "{status} {error:?}");
        }
    }
    for fault in [
        Fault::NoAnswer {
            detail: "tls".into(),
            unsent: true,
        },
        Fault::Redirected,
        Fault::Malformed { why: "html" },
        Fault::TooLarge,
    ] {
        assert_ne!(
            classify(Exchange::Refresh, &fault).class,
            Class::Reauthorize
        );
    }
}

#[test]
fn security_107_a_request_that_may_have_worked_leaves_it_open() {
    let no_answer = |unsent| Fault::NoAnswer {
        detail: String::new(),
        unsent,
    };
    for (fault, open) in [
        (no_answer(true), false),
        (no_answer(false), true),
        (Fault::Malformed { why: "html" }, true),
        (Fault::TooLarge, true),
        (refused(503, None), false),
        (Fault::Redirected, false),
    ] {
        assert_eq!(fault.leaves_open(), open, "{fault:?}");
    }
}
