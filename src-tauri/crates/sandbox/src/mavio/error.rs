//! The errors of Mavio's API: `{"error":{"code","message","request_id","details":[…]}}`.

use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::http::json_answer;
use crate::secret::random_text;

/// An error before it is an answer.
#[derive(Debug)]
pub(super) struct ApiError {
    pub(super) status: StatusCode,
    pub(super) code: &'static str,
    /// One sentence for whoever writes the client.
    pub(super) message: String,
    /// Fields and what is wrong with each.
    pub(super) details: Vec<(String, String)>,
    /// More headers.
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
}

impl ApiError {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            details: Vec::new(),
            headers: Vec::new(),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let detail = |(field, message): &(String, String)| -> Value {
            json!({ "field": field, "message": message })
        };
        let details: Vec<Value> = self.details.iter().map(detail).collect();
        // An id that nobody can draw is worth no error of its own.
        let id = random_text::<9>().unwrap_or_default();
        let error = json!({
            "code": self.code,
            "message": self.message,
            "request_id": format!("req_{id}"),
            "details": details,
        });
        let mut response = json_answer(self.status, &json!({ "error": error }));
        response.headers_mut().extend(self.headers);
        response
    }
}
