//! The device authorization endpoint: `POST /oidc/device_authorization`, a form in, two codes out
//! (RFC 8628 §3.1, §3.2).

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use super::{PROFILE, ROOT};
use crate::authorization::scope_of;
use crate::client_authentication::credentials;
use crate::devices::{DeviceRequest, DeviceTimes, UserCode};
use crate::http::{Base, form_pairs, json_answer};
use crate::redirect_uri::with_parameters;
use crate::refusal::Refused;
use crate::sandbox::Sandbox;
use crate::token_request::{Failure, Fields, TokenError, WRONG_CLIENT};

/// `POST /oidc/device_authorization`.
pub(super) async fn device_authorization(
    State(sandbox): State<Sandbox>,
    Extension(base): Extension<Base>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    match outcome(&sandbox, &base, &headers, &body) {
        Ok(answer) => json_answer(StatusCode::OK, &answer),
        Err(refused) => refused.answer(&PROFILE),
    }
}

fn outcome(
    sandbox: &Sandbox,
    base: &Base,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Value, Refused> {
    let manners = sandbox.current_oidc_manners();
    let pairs = form_pairs(headers, body)
        .map_err(|description| Failure::new(TokenError::InvalidRequest, description))?;
    let fields = Fields::of_form(pairs);
    let client = credentials(headers, &fields, manners.public_clients)?;
    let asked = fields.optional_text("scope")?;
    let device_code = sandbox.draw("device code", "orbit_device_")?;
    let user_code = UserCode::draw()?;
    let now = sandbox.now();
    let mut state = sandbox.state();
    if !state.clients.authenticate(PROFILE.face, &client) {
        return Err(Failure::new(TokenError::InvalidClient, WRONG_CLIENT).into());
    }
    let scope = scope_of(asked.as_deref(), &PROFILE)?;
    let known = state.clients.find(PROFILE.face, &client.client_id);
    let request = DeviceRequest {
        face: PROFILE.face,
        client_name: known.map(|known| known.name.clone()).unwrap_or_default(),
        client_id: client.client_id,
        scope,
    };
    let times = DeviceTimes {
        lifetime: manners.device_code_lifetime,
        interval: manners.device_interval,
    };
    let mut answer = json!({
        "device_code": device_code.expose(),
        "user_code": user_code.shown(),
        "verification_uri": verification_uri(base),
        "expires_in": times.lifetime.as_secs(),
    });
    if manners.tell_device_interval {
        answer["interval"] = json!(times.interval.as_secs());
    }
    if manners.complete_verification_uri {
        let shown = user_code.shown();
        let complete = with_parameters(&verification_uri(base), &[("user_code", &shown)]);
        answer["verification_uri_complete"] = json!(complete);
    }
    state
        .devices
        .add(&device_code, user_code, request, times, now);
    Ok(answer)
}

fn verification_uri(base: &Base) -> String {
    format!("{}{ROOT}/device", base.0)
}
