//! Takes out of a fault what the server repeated of the request (SECURITY 115).

use super::Fault;

/// Shorter texts are no secrets, and would be found by chance.
const SHORTEST: usize = 8;
const REMOVED: &str = "[removed]";

impl Fault {
    /// Removes these texts from the technical detail, also where the detail was cut in the middle
    /// of one. A server that explains a refusal may repeat what it was sent.
    #[must_use]
    pub fn without(self, secrets: &[&str]) -> Self {
        match self {
            Self::Refused {
                status,
                error,
                detail,
                retry_after,
            } => Self::Refused {
                status,
                error,
                detail: detail.map(|detail| scrub(detail, secrets)),
                retry_after,
            },
            other @ (Self::NoAnswer { .. }
            | Self::Redirected
            | Self::Malformed { .. }
            | Self::TooLarge) => other,
        }
    }
}

fn scrub(mut detail: String, secrets: &[&str]) -> String {
    for secret in secrets.iter().filter(|secret| secret.len() >= SHORTEST) {
        detail = detail.replace(secret, REMOVED);
        let cut = (SHORTEST..secret.len())
            .rev()
            .filter_map(|length| secret.get(..length))
            .find(|beginning| detail.ends_with(beginning));
        if let Some(beginning) = cut {
            detail.truncate(detail.len() - beginning.len());
            detail.push_str(REMOVED);
        }
    }
    detail
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detail_of(detail: &str, secrets: &[&str]) -> String {
        let fault = Fault::Refused {
            status: 400,
            error: None,
            detail: Some(detail.to_owned()),
            retry_after: None,
        };
        let Fault::Refused {
            detail: Some(detail),
            ..
        } = fault.without(secrets)
        else {
            panic!("a refusal stays one");
        };
        detail
    }

    #[test]
    fn security_115_what_a_server_repeats_is_taken_out() {
        let token = "rt_0123456789";
        let cases = [
            (
                "whole",
                "token rt_0123456789 is old",
                "token [removed] is old",
            ),
            (
                "twice",
                "rt_0123456789 rt_0123456789",
                "[removed] [removed]",
            ),
            ("cut", "the token rt_012345", "the token [removed]"),
            ("a few letters", "the token rt_0123", "the token rt_0123"),
            ("none", "the token is old", "the token is old"),
        ];
        for (row, detail, expected) in cases {
            assert_eq!(detail_of(detail, &[token]), expected, "{row}");
        }
        assert_eq!(detail_of("an old id", &["id", ""]), "an old id");
    }
}
