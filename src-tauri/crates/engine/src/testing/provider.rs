//! A token endpoint in memory. It rotates strictly: a refresh token is good once.

use super::{Gate, Log};
use crate::ports::TokenEndpoint;
use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keyfob_domain::failure::{Fault, OauthError};
use keyfob_domain::grant::Scopes;
use keyfob_domain::secret::{AccessToken, IdToken, RefreshToken};
use keyfob_domain::token::{EncodedRequest, TokenAnswer, TokenGrant, TokenRequest};
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use url::Url;

/// What happens to one request instead of an ordinary answer.
pub(crate) enum Wire {
    /// The request has no effect.
    Fault(Fault),
    /// The provider acts on the request, and its answer is lost.
    Lost,
    /// An ordinary answer without a refresh token; the old one stays good.
    WithoutRefreshToken,
    /// An ordinary answer that says which scopes are granted.
    Granting(&'static str),
}

#[derive(Default)]
struct State {
    script: VecDeque<Wire>,
    revocations: VecDeque<Fault>,
    spent_codes: HashSet<String>,
    /// The refresh tokens that are good, one per grant.
    good: HashSet<String>,
    issued: u32,
    received: Vec<String>,
    lifetime: Option<Duration>,
    refresh_lifetime: Option<Duration>,
    verifiers: Vec<bool>,
    endpoints: Vec<String>,
    id_token: Option<String>,
    /// Which grant a refresh token belongs to; each answered code is a new one.
    grants: HashMap<String, u32>,
    /// What an answer really carried, in order, by grant.
    chains: HashMap<u32, Vec<String>>,
    /// Refresh tokens that were answered with `invalid_grant`, with how often they came.
    refused: HashMap<String, u32>,
    under_way: UnderWay,
}

/// How many renewals of each grant are on the wire, and the most there ever were at once.
#[derive(Clone, Default)]
struct UnderWay(Arc<Mutex<(HashMap<u32, usize>, usize)>>);

/// One renewal on the wire; it ends however its request does.
struct OnTheWire {
    all: UnderWay,
    grant: u32,
}

impl UnderWay {
    fn begin(&self, grant: u32) -> OnTheWire {
        let (counts, most) = &mut *self.0.lock().unwrap();
        let count = counts.entry(grant).or_default();
        *count += 1;
        *most = (*most).max(*count);
        OnTheWire {
            all: self.clone(),
            grant,
        }
    }
}

impl Drop for OnTheWire {
    fn drop(&mut self) {
        if let Some(count) = self.all.0.lock().unwrap().0.get_mut(&self.grant) {
            *count -= 1;
        }
    }
}

/// See the module.
pub(crate) struct FakeProvider {
    state: Mutex<State>,
    pub(crate) gate: Gate,
    pub(crate) revocation_gate: Gate,
    log: Log,
}

impl FakeProvider {
    pub(crate) fn new(log: Log) -> Self {
        let state = State {
            lifetime: Some(Duration::from_secs(3600)),
            ..State::default()
        };
        Self {
            state: Mutex::new(state),
            gate: Gate::open(),
            revocation_gate: Gate::open(),
            log,
        }
    }

    /// Decides what happens to the next request that nothing is decided for.
    pub(crate) fn next(&self, wire: Wire) {
        self.state.lock().unwrap().script.push_back(wire);
    }

    pub(crate) fn next_revocation(&self, fault: Fault) {
        self.state.lock().unwrap().revocations.push_back(fault);
    }

    /// Names the account in every answer to come, in an id token that nobody signed.
    pub(crate) fn sign_in_as(&self, subject: &str) {
        let claims =
            serde_json::json!({ "sub": subject, "email": format!("{subject}@mio.example") });
        let payload = URL_SAFE_NO_PAD.encode(claims.to_string());
        self.state.lock().unwrap().id_token = Some(format!("e30.{payload}.c2ln"));
    }

    /// Sends this id token with every answer to come, or none.
    pub(crate) fn answers_with_id_token(&self, id_token: Option<&IdToken>) {
        let text = id_token.map(|id_token| id_token.expose().to_owned());
        self.state.lock().unwrap().id_token = text;
    }

    /// Takes back what was decided about requests to come.
    pub(crate) fn calm(&self) {
        let mut state = self.state.lock().unwrap();
        state.script.clear();
        state.revocations.clear();
    }

    /// Gives the most renewals of one grant that were on the wire at once.
    pub(crate) fn most_at_once(&self) -> usize {
        self.state.lock().unwrap().under_way.0.lock().unwrap().1
    }

    /// Gives the number of a refresh token's grant, and all that answers of it carried, in order.
    pub(crate) fn chain_of(&self, token: &str) -> Option<(u32, Vec<String>)> {
        let state = self.state.lock().unwrap();
        let grant = *state.grants.get(token)?;
        Some((grant, state.chains.get(&grant).cloned().unwrap_or_default()))
    }

    /// Gives how often this refresh token was answered with `invalid_grant`.
    pub(crate) fn refusals_of(&self, token: &str) -> u32 {
        let state = self.state.lock().unwrap();
        state.refused.get(token).copied().unwrap_or_default()
    }

    /// Ends the grant, as the user can at the provider.
    pub(crate) fn end_grant(&self) {
        self.state.lock().unwrap().good.clear();
    }

    pub(crate) fn answers_without_lifetime(&self) {
        self.state.lock().unwrap().lifetime = None;
    }

    /// Makes this the one good refresh token, as if another copy of Keyfob had renewed.
    pub(crate) fn rotate_elsewhere(&self, token: &str) {
        self.state.lock().unwrap().good = HashSet::from([token.to_owned()]);
    }

    /// Makes one more refresh token good, of a grant that was made before the test.
    pub(crate) fn granted(&self, token: &str) {
        self.state.lock().unwrap().good.insert(token.to_owned());
    }

    pub(crate) fn answers_with_lifetime(&self, lifetime: Duration) {
        self.state.lock().unwrap().lifetime = Some(lifetime);
    }

    pub(crate) fn answers_with_refresh_lifetime(&self, lifetime: Duration) {
        self.state.lock().unwrap().refresh_lifetime = Some(lifetime);
    }

    /// Gives every refresh token that an answer really carried, in order.
    pub(crate) fn received(&self) -> Vec<String> {
        self.state.lock().unwrap().received.clone()
    }

    /// Gives whether each exchange of a code carried a verifier.
    pub(crate) fn verifiers(&self) -> Vec<bool> {
        self.state.lock().unwrap().verifiers.clone()
    }

    /// Gives the path of the token endpoint that each request went to.
    pub(crate) fn endpoints(&self) -> Vec<String> {
        self.state.lock().unwrap().endpoints.clone()
    }

    fn answer(&self, grant: &TokenGrant) -> Result<TokenAnswer, Fault> {
        let mut state = self.state.lock().unwrap();
        let wire = state.script.pop_front();
        if let Some(Wire::Fault(fault)) = wire {
            if let (TokenGrant::Refresh { refresh_token }, Some(OauthError::InvalidGrant)) =
                (grant, error_of(&fault))
            {
                *state
                    .refused
                    .entry(refresh_token.expose().to_owned())
                    .or_default() += 1;
            }
            return Err(fault);
        }
        match grant {
            TokenGrant::Code { code, .. } => {
                if !state.spent_codes.insert(code.expose().to_owned()) {
                    return Err(super::refused(400, "invalid_grant"));
                }
            }
            TokenGrant::Refresh { refresh_token } => {
                if !state.good.contains(refresh_token.expose()) {
                    *state
                        .refused
                        .entry(refresh_token.expose().to_owned())
                        .or_default() += 1;
                    return Err(super::refused(400, "invalid_grant"));
                }
            }
        }
        state.issued += 1;
        let number = state.issued;
        let keep = matches!(wire, Some(Wire::WithoutRefreshToken));
        let refresh = format!("rt-{number}");
        if !keep {
            if let TokenGrant::Refresh { refresh_token } = grant {
                state.good.remove(refresh_token.expose());
            }
            state.good.insert(refresh.clone());
        }
        if matches!(wire, Some(Wire::Lost)) {
            return Err(super::fault(false));
        }
        if !keep {
            state.received.push(refresh.clone());
            let older = match grant {
                TokenGrant::Refresh { refresh_token } => {
                    state.grants.get(refresh_token.expose()).copied()
                }
                TokenGrant::Code { .. } => None,
            };
            let number = older.unwrap_or(number);
            state.grants.insert(refresh.clone(), number);
            state
                .chains
                .entry(number)
                .or_default()
                .push(refresh.clone());
        }
        Ok(TokenAnswer {
            access_token: AccessToken::new(format!("at-{number}")),
            refresh_token: (!keep).then(|| RefreshToken::new(refresh)),
            id_token: state.id_token.clone().map(IdToken::new),
            lifetime: state.lifetime,
            refresh_lifetime: state.refresh_lifetime,
            scopes: match wire {
                Some(Wire::Granting(scopes)) => Some(Scopes::parse(scopes)),
                Some(Wire::Fault(_) | Wire::Lost | Wire::WithoutRefreshToken) | None => None,
            },
        })
    }
}

#[async_trait]
impl TokenEndpoint for FakeProvider {
    async fn exchange(&self, request: &TokenRequest) -> Result<TokenAnswer, Fault> {
        let endpoint = request.endpoint.path().to_owned();
        self.state.lock().unwrap().endpoints.push(endpoint);
        let mut on_the_wire = None;
        match &request.grant {
            TokenGrant::Code { code, verifier, .. } => {
                self.log.push(format!(
                    "POST {} {}",
                    request.endpoint.path(),
                    code.expose()
                ));
                let mut state = self.state.lock().unwrap();
                state.verifiers.push(verifier.is_some());
            }
            TokenGrant::Refresh { refresh_token } => {
                self.log.push(format!("POST {}", refresh_token.expose()));
                let state = self.state.lock().unwrap();
                let grant = state.grants.get(refresh_token.expose());
                on_the_wire = grant.map(|grant| state.under_way.begin(*grant));
            }
        }
        self.gate.pass().await;
        let answer = self.answer(&request.grant);
        drop(on_the_wire);
        answer
    }

    async fn revoke(&self, _: &Url, request: EncodedRequest, _: Option<&str>) -> Result<(), Fault> {
        let form = String::from_utf8_lossy(&request.body).into_owned();
        let token = form
            .split('&')
            .find_map(|pair| pair.strip_prefix("token="))
            .unwrap_or_default();
        self.log.push(format!("REVOKE {token}"));
        self.revocation_gate.pass().await;
        let mut state = self.state.lock().unwrap();
        match state.revocations.pop_front() {
            Some(fault) => Err(fault),
            None => {
                state.good.clear();
                Ok(())
            }
        }
    }
}

impl std::fmt::Debug for Wire {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Fault(fault) => fault.fmt(formatter),
            Self::Lost => formatter.write_str("Lost"),
            Self::WithoutRefreshToken => formatter.write_str("WithoutRefreshToken"),
            Self::Granting(scopes) => formatter.write_str(scopes),
        }
    }
}

fn error_of(fault: &Fault) -> Option<&OauthError> {
    match fault {
        Fault::Refused { error, .. } => error.as_ref(),
        Fault::NoAnswer { .. } | Fault::Redirected | Fault::Malformed { .. } | Fault::TooLarge => {
            None
        }
    }
}

/// Reads an `error` as a provider would write it.
pub(super) fn oauth_error(text: &str) -> Option<OauthError> {
    (!text.is_empty()).then(|| OauthError::parse(text))
}
