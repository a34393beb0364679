//! Provider files that are read, and those that are refused.

use super::*;

const MIO: &str = include_str!("../../../../../providers/mio.toml");
const MAVIO: &str = include_str!("../../../../../providers/mavio.toml");

#[test]
fn the_shipped_mio_file_says_what_is_known_of_mio() {
    let mio = parse(MIO).unwrap();
    assert_eq!(
        mio.authorization_endpoint.as_str(),
        "https://app.mio.xyz/connect"
    );
    assert_eq!(
        mio.token_endpoint.as_str(),
        "https://api.mio.xyz/v1/auth/oauth2/token"
    );
    assert_eq!(
        (mio.token_body, mio.echoes_state, mio.pkce),
        (TokenBody::Json, EchoesState::Unknown, Pkce::Unknown)
    );
    assert_eq!(
        mio.scopes.to_string(),
        "openid profile email offline_access"
    );
    assert!(mio.may_send_token_to(&Url::parse("https://api.mio.xyz/v1/context").unwrap()));
    assert!(
        !mio.may_send_token_to(&Url::parse("https://api.mio.xyz.evil.example/v1/context").unwrap())
    );
}

#[test]
fn the_shipped_mavio_file_says_what_is_known_of_mavio() {
    let mavio = parse(MAVIO).unwrap();
    assert_eq!(
        mavio.authorization_endpoint.as_str(),
        "https://api.mavioapp.com/oauth/authorize"
    );
    assert_eq!(
        mavio.token_endpoint.as_str(),
        "https://api.mavioapp.com/oauth/token"
    );
    assert_eq!(
        (mavio.token_body, mavio.client_authentication),
        (TokenBody::Form, ClientAuthentication::Post)
    );
    assert_eq!(
        (mavio.echoes_state, mavio.pkce, mavio.id_token),
        (EchoesState::Yes, Pkce::Unknown, IdTokenUse::Ignore)
    );
    assert_eq!(
        mavio.scopes.to_string(),
        "meetings:read transcripts:read summaries:read action-items:read"
    );
    assert_eq!(
        mavio.reads,
        [
            Reads::MavioMeetings,
            Reads::MavioTranscripts,
            Reads::MavioSummaries,
            Reads::MavioActionItems
        ]
    );
    let context = mavio.context.as_ref().unwrap();
    assert_eq!(context.kind, ContextKind::Mavio);
    assert!(mavio.may_send_token_to(&context.base));
    assert_eq!(mavio.api_hosts, ["api.mavioapp.com"]);
    assert_eq!(mavio.revocation_endpoint, None);
    assert_eq!(
        mavio.refresh_token_inactivity,
        Some(Duration::from_secs(30 * 24 * 3600))
    );
    assert_eq!((mavio.registration_page, mavio.account_page), (None, None));
}

#[test]
fn a_broken_file_is_refused_with_its_place() {
    let cases = [
        (
            "not TOML",
            MIO.replace("slug = ", "slug "),
            "line 2, column 6",
        ),
        (
            "unknown field",
            MIO.replace("# extra", "client_secret = \"x\"\n# extra"),
            "unknown field `client_secret`",
        ),
        (
            "http",
            MIO.replace("https://api.mio.xyz/v1/auth", "http://api.mio.xyz/v1/auth"),
            "has to be https",
        ),
        (
            "protected",
            MIO.replace("# extra", "extra_parameters = { state = \"x\" }\n# extra"),
            "Keyfob's own",
        ),
        (
            "slug",
            MIO.replace("slug = \"mio\"", "slug = \"M/io\""),
            "line 2, column 8",
        ),
        (
            "no redirect",
            MIO.replace(
                "redirect_kinds = [\"scheme\", \"loopback\"]",
                "redirect_kinds = []",
            ),
            "at least one",
        ),
        (
            "no day of inactivity",
            MIO.replace("# extra", "refresh_token_inactivity_days = 0\n# extra"),
            "1 to 3650",
        ),
        (
            "a fraction of a day",
            MIO.replace("# extra", "refresh_token_inactivity_days = 0.5\n# extra"),
            "invalid type",
        ),
        (
            "scope",
            MIO.replace("\"openid\"", "\"open id\""),
            "one token",
        ),
    ];
    for (row, text, expected) in cases {
        assert_ne!(text, MIO, "{row}: the row changes nothing");
        let refused = parse(&text).unwrap_err().to_string();
        assert!(refused.contains(expected), "{row}: {refused}");
    }
}

#[test]
fn security_7_none_of_the_flows_own_parameters_can_be_set() {
    for parameter in check::PROTECTED {
        let text = MIO.replace(
            "# extra",
            &format!("extra_parameters = {{ {parameter} = \"x\" }}\n# extra"),
        );
        assert!(
            parse(&text).unwrap_err().why.contains(parameter),
            "{parameter}"
        );
        let endpoint = "https://app.mio.xyz/connect";
        let text = MIO.replace(endpoint, &format!("{endpoint}?a=b&{parameter}=x"));
        assert_ne!(text, MIO, "the row changes nothing");
        let refused = parse(&text).unwrap_err();
        assert!(refused.why.contains(parameter), "{parameter}: {refused}");
    }
}
