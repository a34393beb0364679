//! What a face is to the parts that all faces share: its names, its scopes, what it demands.
//!
//! Only what a provider's documents fix stands here; what they leave open is in [`crate::manners`].

use crate::config::Face;

/// The fixed facts of one face.
pub(crate) struct Profile {
    pub(crate) face: Face,
    /// What its pages call the service.
    pub(crate) name: &'static str,
    /// Every scope it knows.
    pub(crate) scopes: &'static [&'static str],
    /// Whether a request without `scope` asks for all of them; if not, it is refused
    /// (RFC 6749 §3.3 allows both).
    pub(crate) scope_optional: bool,
    /// Whether `response_type` may be left out.
    pub(crate) response_type_optional: bool,
    /// How its authorization codes begin.
    pub(crate) code_prefix: &'static str,
    /// How its access tokens begin.
    pub(crate) access_token_prefix: &'static str,
    /// How its refresh tokens begin.
    pub(crate) refresh_token_prefix: &'static str,
}
