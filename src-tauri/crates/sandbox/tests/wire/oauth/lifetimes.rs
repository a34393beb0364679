//! How long the plain face's tokens are good, and what it tells of it.

use std::time::Duration;

use keyfob_sandbox::{OauthManners, Rotation};

use super::Oauth;

const ROTATIONS: [Rotation; 3] = [
    Rotation::Strict,
    Rotation::Grace(Duration::from_secs(3600)),
    Rotation::None,
];

const SECOND: Duration = Duration::from_secs(1);

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

async fn living(rotation: Rotation, unused: Option<u64>, absolute: Option<u64>) -> Oauth {
    Oauth::with(OauthManners {
        rotation,
        refresh_token_lifetime: unused.map(seconds),
        refresh_token_absolute_lifetime: absolute.map(seconds),
        ..OauthManners::default()
    })
    .await
}

#[tokio::test]
async fn an_access_token_lives_from_a_second_to_as_long_as_is_set() {
    for life in [1, 3600, 86_400] {
        let oauth = Oauth::start().await;
        oauth.sandbox.set_access_token_lifetime(seconds(life));
        let tokens = oauth.tokens().await;
        assert_eq!(tokens["expires_in"], life);

        oauth.clock.advance(Duration::from_millis(life * 1000 - 1));
        assert!(oauth.pings(&tokens).await, "{life} s, just before its end");
        oauth.clock.advance(Duration::from_millis(1));
        assert!(!oauth.pings(&tokens).await, "{life} s, at its end");

        let tokens = oauth.renewed(&tokens).await;
        assert!(oauth.pings(&tokens).await, "{life} s, renewed");
        oauth.end().await;
    }
}

#[tokio::test]
async fn an_unused_refresh_token_ends_on_the_second_and_each_use_begins_anew() {
    for rotation in ROTATIONS {
        for (label, after, good) in [
            ("a second before", 999, true),
            ("on the second", 1000, false),
            ("a second after", 1001, false),
        ] {
            let oauth = living(rotation, Some(1000), None).await;
            let mut tokens = oauth.tokens().await;
            for use_number in 0..3 {
                oauth.clock.advance(seconds(999));
                let answer = oauth.renewed(&tokens).await;
                assert_eq!(answer["refresh_expires_in"], 1000, "use {use_number}");
                if answer.get("refresh_token").is_some() {
                    tokens = answer;
                }
            }
            oauth.clock.advance(seconds(after));

            if good {
                oauth.renewed(&tokens).await;
            } else {
                oauth.assert_ended(&tokens, label).await;
                assert!(oauth.sandbox.grants()[0].live, "an expiry is no misuse");
            }
            oauth.end().await;
        }
    }
}

#[tokio::test]
async fn the_absolute_life_ends_on_the_second_however_often_the_token_is_used() {
    for rotation in ROTATIONS {
        let oauth = living(rotation, None, Some(1000)).await;
        let first = oauth.tokens().await;
        assert_eq!(first["refresh_expires_in"], 1000);
        oauth.clock.advance(seconds(999));
        let answer = oauth.renewed(&first).await;
        assert_eq!(answer["refresh_expires_in"], 1, "{rotation:?}");
        let newest = if rotation == Rotation::None {
            &first
        } else {
            &answer
        };

        oauth.clock.advance(SECOND);

        oauth.assert_ended(newest, "the newest").await;
        if rotation != Rotation::Strict {
            // Also the one that the grace would still honour.
            oauth.assert_ended(&first, "the first").await;
            assert!(oauth.sandbox.grants()[0].live, "{rotation:?}: no misuse");
        }
        assert!(oauth.pings(&answer).await, "its last access token lives on");
        oauth.end().await;
    }
}

#[tokio::test]
async fn the_earlier_end_is_told_in_whole_seconds_where_there_is_one_to_tell() {
    // The two lives, whether they are told, the scope, what is told at the exchange and 400.9 s later.
    let rows = [
        ("no end", None, None, true, "offline_access", [None, None]),
        (
            "unused",
            Some(1000),
            None,
            true,
            "offline_access",
            [Some(1000), Some(1000)],
        ),
        (
            "absolute",
            None,
            Some(1000),
            true,
            "offline_access",
            [Some(1000), Some(599)],
        ),
        (
            "unused first",
            Some(500),
            Some(1000),
            true,
            "offline_access",
            [Some(500), Some(500)],
        ),
        (
            "absolute first",
            Some(900),
            Some(1000),
            true,
            "offline_access",
            [Some(900), Some(599)],
        ),
        (
            "not told",
            Some(900),
            Some(1000),
            false,
            "offline_access",
            [None, None],
        ),
        (
            "no refresh token",
            Some(900),
            Some(1000),
            true,
            "profile",
            [None, None],
        ),
    ];
    for (label, unused, absolute, told, scope, expected) in rows {
        let oauth = living(Rotation::Strict, unused, absolute).await;
        oauth
            .sandbox
            .oauth_manners(|manners| manners.tell_refresh_token_lifetime = told);

        let tokens = oauth.tokens_for(scope).await;

        let seen = tokens
            .get("refresh_expires_in")
            .map(|v| v.as_i64().unwrap());
        assert_eq!(seen, expected[0], "{label}: {tokens}");
        oauth.clock.advance(Duration::from_millis(400_900));
        if tokens.get("refresh_token").is_some() {
            let renewed = oauth.renewed(&tokens).await;
            let seen = renewed
                .get("refresh_expires_in")
                .map(|v| v.as_i64().unwrap());
            assert_eq!(seen, expected[1], "{label}, renewed: {renewed}");
        }
        oauth.end().await;
    }
}
