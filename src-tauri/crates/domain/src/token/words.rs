//! What services that refuse in words of their own mean, in the words of the RFCs.
//!
//! Hazard: a word that ends a grant stops renewals until the user acts (SECURITY 48). So each service
//! has its own list, which counts for its own answers alone, and a word on no list drives nothing.

use crate::failure::OauthError;
use crate::provider::AnswerShape;

/// Reads an `error` of a service that answers in this way.
pub(super) fn error(shape: AnswerShape, word: &str) -> OauthError {
    let own = match shape {
        AnswerShape::Standard => None,
        AnswerShape::Github => github(word),
        AnswerShape::Slack => slack(word),
    };
    own.unwrap_or_else(|| OauthError::parse(word))
}

/// GitHub's "Troubleshooting OAuth app access token request errors".
fn github(word: &str) -> Option<OauthError> {
    match word {
        "bad_verification_code" | "bad_refresh_token" | "redirect_uri_mismatch" => {
            Some(OauthError::InvalidGrant)
        }
        "incorrect_client_credentials" => Some(OauthError::InvalidClient),
        _ => None,
    }
}

/// The errors of Slack's `oauth.v2.access`, and those that each of its methods has.
fn slack(word: &str) -> Option<OauthError> {
    match word {
        "invalid_code" | "code_already_used" | "bad_redirect_uri" | "invalid_refresh_token" => {
            Some(OauthError::InvalidGrant)
        }
        "bad_client_secret" | "invalid_client_id" => Some(OauthError::InvalidClient),
        "invalid_grant_type" => Some(OauthError::UnsupportedGrantType),
        "invalid_auth" | "not_authed" | "token_expired" | "token_revoked" | "account_inactive" => {
            Some(OauthError::InvalidToken)
        }
        "missing_scope" => Some(OauthError::InsufficientScope),
        "internal_error" | "fatal_error" => Some(OauthError::ServerError),
        "ratelimited" | "service_unavailable" | "request_timeout" => {
            Some(OauthError::TemporarilyUnavailable)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn security_48_the_words_of_a_service_count_for_its_own_answers_alone() {
        use AnswerShape::{Github, Slack, Standard};
        use OauthError::{InvalidClient, InvalidGrant, InvalidToken, Unregistered};
        for (word, github, slack) in [
            ("bad_refresh_token", InvalidGrant, Unregistered),
            ("incorrect_client_credentials", InvalidClient, Unregistered),
            ("invalid_refresh_token", Unregistered, InvalidGrant),
            ("token_revoked", Unregistered, InvalidToken),
            ("application_suspended", Unregistered, Unregistered),
        ] {
            assert_eq!(error(Standard, word), Unregistered, "{word}");
            assert_eq!(error(Github, word), github, "{word}");
            assert_eq!(error(Slack, word), slack, "{word}");
        }
        for shape in [Standard, Github, Slack] {
            assert_eq!(error(shape, "invalid_grant"), InvalidGrant, "{shape:?}");
        }
    }
}
