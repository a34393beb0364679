//! Two servers at once, and the answer of one is delivered for the flow of the other (SECURITY 14, 27).

use crate::visitor::{Says, Visitor};
use crate::world::{World, begin, end_of};
use keyfob_test_support::peers::{Kind, Server};
use serde_json::json;
use url::Url;

/// What an authorization request says of the place where its answer has to go.
fn redirect_uri(request: &str) -> Url {
    let request = Url::parse(request).unwrap();
    let mut pairs = request.query_pairs();
    let uri = pairs.find_map(|(name, value)| (name == "redirect_uri").then_some(value));
    Url::parse(&uri.unwrap()).unwrap()
}

fn state(address: &str) -> String {
    let address = Url::parse(address).unwrap();
    let mut pairs = address.query_pairs();
    let state = pairs.find_map(|(name, value)| (name == "state").then_some(value));
    state.unwrap().into_owned()
}

async fn asked(servers: &[Server]) -> usize {
    let mut asked = 0;
    for server in servers {
        asked += server.view().await.unwrap().requests.len();
    }
    asked
}

#[tokio::test]
async fn security_27_an_answer_for_another_flow_is_sent_to_neither_server() {
    let (world, servers) = World::with(&[Kind::Oidc, Kind::DjangoStrict]);
    let mut agent = world.agent_set_up(&servers).await;
    for (one, other) in [(0, 1), (1, 0)] {
        let (one, other) = (&servers[one], &servers[other]);
        let (its_attempt, its_request) = begin(&mut agent, one).await;
        let (others_attempt, others_request) = begin(&mut agent, other).await;
        let answer = Visitor::new().sign_in(&its_request, Says::Yes).await;
        let mut crossed = redirect_uri(&others_request);
        crossed.set_query(Url::parse(&answer).unwrap().query());
        let before = asked(&servers).await;

        // As it is: its `state` belongs to the one, its address to the other.
        let status = Visitor::new().open(crossed.as_str()).await;
        assert_eq!(status.map(|status| status.as_u16()), Some(400));
        let end = end_of(&mut agent, &its_attempt).await;
        assert_eq!(end["error"]["code"], json!("state_mismatch"), "{end}");
        assert_eq!(asked(&servers).await, before, "{:?}", one.kind);

        // The other flow still waits for its own answer, and takes it.
        let answer = Visitor::new().sign_in(&others_request, Says::Yes).await;
        Visitor::new().open(&answer).await;
        let end = end_of(&mut agent, &others_attempt).await;
        assert_eq!(end["step"], json!("connected"), "{end}");
        let requests = other.view().await.unwrap().requests;
        assert_eq!(
            requests.last(),
            Some(&other.kind.granted("authorization_code")),
            "{:?}",
            other.kind
        );
        assert_eq!(asked(&servers).await, before + 1, "{:?}", other.kind);
    }
    agent.quit().await;
}

#[tokio::test]
async fn security_26_an_answer_with_the_state_of_another_flow_is_refused_by_its_issuer() {
    let (world, servers) = World::with(&[Kind::Oidc, Kind::DjangoStrict]);
    let mut agent = world.agent_set_up(&servers).await;
    for (one, other) in [(0, 1), (1, 0)] {
        let (one, other) = (&servers[one], &servers[other]);
        let (_, its_request) = begin(&mut agent, one).await;
        let (others_attempt, others_request) = begin(&mut agent, other).await;
        let answer = Visitor::new().sign_in(&its_request, Says::Yes).await;
        // Whoever knows the other's `state`, as a hostile server does that began the flow itself.
        let query = Url::parse(&answer).unwrap().query().unwrap().to_owned();
        let query = query.replace(&state(&its_request), &state(&others_request));
        let mut crossed = redirect_uri(&others_request);
        crossed.set_query(Some(&query));
        Visitor::new().open(crossed.as_str()).await;
        let end = end_of(&mut agent, &others_attempt).await;
        assert_eq!(end["error"]["code"], json!("state_mismatch"), "{end}");
        assert_eq!(
            end["error"]["detail"],
            json!("another issuer answered"),
            "{end}"
        );
        assert_eq!(
            asked(&servers).await,
            0,
            "{:?} for {:?}",
            one.kind,
            other.kind
        );
    }
    agent.quit().await;
}
