//! The habits of services that a preset is made for, seen by taking a piece of the preset away, as a
//! user may who changes a copy of it.

use super::files;
use super::flow::Flow;
use super::service;
use crate::account::{Machine, code, word};
use keyfob_domain::error::ErrorCode;
use keyfob_domain::grant::Scopes;
use keyfob_domain::id::{ConnectionId, ProviderSlug};
use keyfob_domain::provider::Provider;
use keyfob_domain::refresh::Expiry;
use keyfob_engine::Overview;
use keyfob_sandbox::IssuerShape;
use std::sync::Arc;

const CALENDAR: &str = "https://www.googleapis.com/auth/calendar.readonly";

/// A piece without which an access ends with its first token.
pub(super) struct Without {
    pub(super) label: &'static str,
    slug: &'static str,
    piece: &'static str,
}

pub(super) const WITHOUT: [Without; 4] = [
    without_piece(
        "Atlassian without offline_access",
        "atlassian",
        "offline_access",
    ),
    without_piece(
        "Dropbox without token_access_type",
        "dropbox",
        "token_access_type",
    ),
    without_piece("Google without access_type", "google", "access_type"),
    without_piece(
        "Microsoft without offline_access",
        "microsoft",
        "offline_access",
    ),
];

const fn without_piece(label: &'static str, slug: &'static str, piece: &'static str) -> Without {
    Without { label, slug, piece }
}

/// Copies a preset under a slug of its own, without this scope or parameter.
fn copy_without(slug: &str, piece: &str) -> Provider {
    let mut copy = files::provider(slug);
    let before = copy.clone();
    copy.scopes = copy.scopes.iter().filter(|scope| *scope != piece).collect();
    copy.extra_parameters.retain(|(name, _)| name != piece);
    assert_ne!(copy, before, "{slug} has no {piece}");
    copy.slug =
        ProviderSlug::parse(&format!("{slug}-without-{}", piece.replace('_', "-"))).unwrap();
    copy
}

impl Flow {
    async fn connected(&self, again: Option<ConnectionId>) -> (ConnectionId, Arc<Overview>) {
        let signed_in = self.account.sign_in(again).await;
        let id = signed_in.connection();
        let id = id.unwrap_or_else(|| panic!("the sign-in came to {:?}", signed_in.step));
        (id, self.account.overview(id).await)
    }
}

/// The service gives no refresh token, which the user is told, and no scope is missing that it gave.
pub(super) async fn without(machine: Arc<Machine>, row: &'static Without) {
    let copy = copy_without(row.slug, row.piece);
    let flow = Flow::with(&machine, service::of(row.slug), copy).await;
    let (id, overview) = flow.connected(None).await;
    let connection = &overview.connection;
    assert!(!connection.life.renewable && connection.life.grant_end.is_none());
    assert_eq!(connection.grant.missing().to_string(), "");
    assert_eq!(word(&connection.condition), "active");
    flow.account.clear_away(Some(id)).await;
}

/// GitHub, where nothing was asked for: the token has no end, and nothing renews it until the access is
/// ended there.
pub(super) async fn a_token_without_an_end(machine: Arc<Machine>) {
    let copy = copy_without("github", "offline_access");
    let flow = Flow::with(&machine, service::of("github"), copy).await;
    let (id, overview) = flow.connected(None).await;
    let connection = &overview.connection;
    assert_eq!(connection.life.expiry, Expiry::Never);
    assert!(
        !connection.life.renewable && connection.due_at.is_none(),
        "{connection:?}"
    );
    assert_eq!(connection.grant.granted.to_string(), "");
    assert_eq!(connection.account.label.as_deref(), Some("ada"));

    flow.account.engine.renew(id).await.unwrap();
    flow.account.read(id).await.unwrap();
    let overview = flow.account.overview(id).await;
    assert_eq!(word(&overview.connection.condition), "active");
    flow.sandbox().revoke_all();
    let told = flow.account.read(id).await;
    assert_eq!(code(told.as_ref().err()), ErrorCode::GrantEnded.as_str());
    let overview = flow.account.overview(id).await;
    assert_eq!(word(&overview.connection.condition), "needs sign-in");
    flow.account.clear_away(Some(id)).await;
}

/// Google, where Ada leaves out one of the scopes: the account is connected, and that one is missing until
/// she allows it too.
pub(super) async fn scopes_left_out(machine: Arc<Machine>) {
    let mut copy = files::provider("google");
    let asked: Vec<&str> = copy.scopes.iter().chain([CALENDAR]).collect();
    let asked: Scopes = asked.into_iter().collect();
    copy.scopes = asked.clone();
    copy.slug = ProviderSlug::parse("google-calendar").unwrap();
    let service = service::of("google");
    let flow = Flow::with(&machine, service, copy).await;

    let left: Vec<&str> = asked.iter().filter(|scope| *scope != CALENDAR).collect();
    let signed_in = flow.account.sign_in_allowing(None, &left).await;
    let id = signed_in.connection().expect("Ada is connected");

    let overview = flow.account.overview(id).await;
    let connection = &overview.connection;
    assert_eq!(connection.grant.granted.to_string(), service.granted);
    assert_eq!(connection.grant.missing().to_string(), CALENDAR);
    assert!(connection.life.renewable);
    assert_eq!(connection.account.label.as_deref(), service.label);
    flow.account.engine.renew(id).await.unwrap();
    let overview = flow.account.overview(id).await;
    assert_eq!(overview.connection.grant.missing().to_string(), CALENDAR);

    let (_, overview) = flow.connected(Some(id)).await;
    let grant = &overview.connection.grant;
    assert_eq!(
        (grant.missing().to_string().as_str(), &grant.granted),
        ("", &asked)
    );
    flow.account.clear_away(Some(id)).await;
}

/// Google gives who has a refresh token another one only where it was asked to ask again.
pub(super) async fn a_second_sign_in(machine: Arc<Machine>) {
    let service = service::of("google");
    let copy = copy_without("google", "prompt");
    for (provider, lasts) in [(files::provider("google"), true), (copy, false)] {
        let flow = Flow::with(&machine, service, provider).await;
        let (id, first) = flow.connected(None).await;
        assert!(first.connection.life.renewable, "the first time");
        let (_, second) = flow.connected(Some(id)).await;
        assert_eq!(second.connection.life.renewable, lasts, "the second time");
        flow.account.clear_away(Some(id)).await;
    }
}

/// The gap in Microsoft's issuer is filled by the tenant of an id token, and by nothing else: one whose
/// issuer has the same shape elsewhere is somebody else's (SECURITY 53).
pub(super) async fn a_gap_elsewhere(machine: Arc<Machine>) {
    let mut copy = files::provider("microsoft");
    copy.slug = ProviderSlug::parse("microsoft-elsewhere").unwrap();
    let flow = Flow::with(&machine, service::of("microsoft"), copy).await;
    let elsewhere = IssuerShape::OfTenant;
    let sandbox = flow.sandbox();
    sandbox.oidc_manners(|manners| manners.issuer = elsewhere);
    assert_eq!(flow.fails().await, ErrorCode::IdTokenRefused.as_str());

    sandbox.oidc_manners(|manners| manners.issuer = IssuerShape::OfMicrosoft);
    let (id, _) = flow.connected(None).await;
    flow.account.clear_away(Some(id)).await;
}
