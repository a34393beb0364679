//! Providers of the user's own: saved whole or not at all, asked about, deleted.

use super::MIO;
use crate::ports::SecretName;
use crate::testing::{World, slug};
use crate::{Consent, Page, ProviderChange, SaveOutcome, Update};
use keyfob_domain::authorization::Step;
use keyfob_domain::error::ErrorCode;
use keyfob_domain::provider::{ContextDraft, Draft, Field, FieldFault, Why};
use keyfob_domain::secret::ClientSecret;
use std::sync::atomic::Ordering;

fn draft() -> Draft {
    let mio = crate::testing::sandbox_provider();
    Draft {
        name: "Acme".to_owned(),
        ..Draft::of(&mio)
    }
}

fn new() -> ProviderChange {
    ProviderChange {
        slug: None,
        draft: draft(),
        client_id: " acme-client ".to_owned(),
        client_secret: Some(ClientSecret::new("acme secret".to_owned())),
        consent: Consent::Ask,
    }
}

fn edited(draft: Draft) -> ProviderChange {
    ProviderChange {
        slug: Some(slug("acme")),
        draft,
        client_secret: None,
        ..new()
    }
}

async fn save(world: &mut World, change: ProviderChange) -> SaveOutcome {
    let outcome = world.engine.save_provider(change).await.unwrap();
    world.settle().await;
    outcome
}

fn faults(outcome: SaveOutcome) -> Vec<(Field, Why)> {
    let SaveOutcome::Faults(faults) = outcome else {
        panic!("{outcome:?}");
    };
    faults
        .into_iter()
        .map(|FieldFault { field, why }| (field, why))
        .collect()
}

fn secret(world: &World) -> Option<String> {
    world.keychain.text(&SecretName::of_client(&slug("acme")))
}

/// What subscribers know of Acme: its name and client id, and whether it is the user's own.
fn known(world: &World) -> Option<(String, Option<String>, bool)> {
    let mut known = None;
    for update in &world.seen {
        if let Update::Provider(overview) = update
            && overview.provider.slug == slug("acme")
        {
            let name = overview.provider.name.clone();
            known = Some((name, overview.client_id.clone(), overview.own));
        }
        if let Update::ProviderRemoved(gone) = update {
            assert_eq!(*gone, slug("acme"));
            known = None;
        }
    }
    known
}

#[tokio::test]
async fn a_new_provider_is_saved_with_its_credentials_and_can_be_connected() {
    let mut world = World::start().await;
    world.log.clear();
    let SaveOutcome::Saved(saved) = save(&mut world, new()).await else {
        panic!("it wasn't saved");
    };
    assert_eq!(saved.slug, slug("acme"));
    assert_eq!(secret(&world).as_deref(), Some("acme secret"));
    let expected = ("Acme".to_owned(), Some("acme-client".to_owned()), true);
    assert_eq!(known(&world), Some(expected));
    let lines = world.log.lines();
    let place = |word: &str| lines.iter().position(|line| line.contains(word));
    let secret_first = place("KEYCHAIN").unwrap() < place("provider file").unwrap();
    assert!(secret_first, "{lines:?}");
    world.begin("acme").await;

    // One of the same name gets a redirect URI of its own.
    let again = save(&mut world, new()).await;
    assert_eq!(faults(again), [(Field::Name, Why::NameTaken)]);
    let mut other = new();
    other.draft.name = "ACME!".to_owned();
    let SaveOutcome::Saved(other) = save(&mut world, other).await else {
        panic!("it wasn't saved");
    };
    assert_eq!(other.slug, slug("acme-2"), "security_14");
}

#[tokio::test]
async fn complaints_come_all_at_once_and_nothing_is_saved() {
    let mut world = World::start().await;
    let wrong = ProviderChange {
        draft: Draft {
            token_endpoint: String::new(),
            ..draft()
        },
        client_id: "cli\u{e4}nt".to_owned(),
        client_secret: Some(ClientSecret::new("se\ncret".to_owned())),
        ..new()
    };
    let expected = [
        (Field::TokenEndpoint, Why::Missing),
        (Field::ClientId, Why::BadCredential),
        (Field::ClientSecret, Why::BadCredential),
    ];
    assert_eq!(faults(save(&mut world, wrong).await), expected);
    let without = ProviderChange {
        client_secret: None,
        ..new()
    };
    let expected = [(Field::ClientSecret, Why::Missing)];
    assert_eq!(faults(save(&mut world, without).await), expected);
    let only_looked_at = ProviderChange {
        consent: Consent::CheckOnly,
        ..new()
    };
    let SaveOutcome::Checked { slug, faults } = save(&mut world, only_looked_at).await else {
        panic!("nothing was to be saved");
    };
    assert_eq!((slug.as_str(), faults), ("acme", Vec::new()));
    assert!(world.files.saved().is_empty());
    assert_eq!((secret(&world), known(&world)), (None, None));
}

#[tokio::test]
async fn a_provider_without_credentials_yet_can_be_saved_and_set_up_later() {
    let mut world = World::start().await;
    let bare = ProviderChange {
        client_id: String::new(),
        client_secret: None,
        ..new()
    };
    assert!(matches!(
        save(&mut world, bare).await,
        SaveOutcome::Saved(_)
    ));
    assert_eq!(known(&world), Some(("Acme".to_owned(), None, true)));
    let later = edited(draft());
    let missing = [(Field::ClientSecret, Why::Missing)];
    assert_eq!(faults(save(&mut world, later).await), missing);
}

#[tokio::test]
async fn what_cannot_be_written_leaves_nothing_behind() {
    let mut world = World::start().await;
    world.files.is_full.store(true, Ordering::Relaxed);
    let refused = world.engine.save_provider(new()).await.unwrap_err();
    world.settle().await;
    assert_eq!(refused.code, ErrorCode::ProviderNotSaved);
    assert_eq!((secret(&world), known(&world)), (None, None));

    world.files.is_full.store(false, Ordering::Relaxed);
    world.keychain.fails_with(Some(ErrorCode::KeychainLocked));
    let refused = world.engine.save_provider(new()).await.unwrap_err();
    world.settle().await;
    assert_eq!(refused.code, ErrorCode::KeychainLocked);
    assert!(world.files.saved().is_empty(), "no file without its secret");
    assert_eq!(known(&world), None);
}

#[tokio::test]
async fn security_37_a_host_of_a_provider_in_use_is_asked_about() {
    let mut world = World::start().await;
    save(&mut world, new()).await;
    let moved = || Draft {
        token_endpoint: "https://elsewhere.example/token".to_owned(),
        ..draft()
    };
    // Nobody is connected yet, so nobody is asked.
    assert!(matches!(
        save(&mut world, edited(moved())).await,
        SaveOutcome::Saved(_)
    ));
    save(&mut world, edited(draft())).await;

    let (attempt, state) = world.begin("acme").await;
    world
        .deliver("acme", &format!("code=c1&state={state}"))
        .await;
    world.settle().await;
    assert!(matches!(world.step(attempt), Step::Connected(_)));
    let before = world.files.saved();
    let SaveOutcome::Moves { moves, connections } = save(&mut world, edited(moved())).await else {
        panic!("nobody asked");
    };
    let expected = (Field::TokenEndpoint, "127.0.0.1:9", "elsewhere.example");
    let expected = (expected.0, expected.1.to_owned(), expected.2.to_owned());
    assert_eq!((moves, connections), (vec![expected], 1));
    assert_eq!(world.files.saved(), before, "nothing is saved");
    let given = ProviderChange {
        consent: Consent::Given,
        ..edited(moved())
    };
    assert!(matches!(
        save(&mut world, given).await,
        SaveOutcome::Saved(_)
    ));
}

#[tokio::test]
async fn a_provider_is_deleted_with_its_credentials_unless_something_hangs_on_it() {
    let mut world = World::start().await;
    save(&mut world, new()).await;
    let shipped = world.engine.delete_provider(slug(MIO)).await.unwrap_err();
    assert_eq!(
        shipped.code,
        ErrorCode::ProviderUnknown,
        "it is no file of the user's"
    );
    let (attempt, _) = world.begin("acme").await;
    let busy = world
        .engine
        .delete_provider(slug("acme"))
        .await
        .unwrap_err();
    assert_eq!(busy.code, ErrorCode::ProviderInUse, "somebody signs in");
    world.engine.cancel_attempt(attempt).await.unwrap();
    world.engine.delete_provider(slug("acme")).await.unwrap();
    world.settle().await;
    assert!(world.files.saved().is_empty());
    assert_eq!((secret(&world), known(&world)), (None, None));

    save(&mut world, new()).await;
    let (_, state) = world.begin("acme").await;
    world
        .deliver("acme", &format!("code=c1&state={state}"))
        .await;
    world.settle().await;
    let used = world
        .engine
        .delete_provider(slug("acme"))
        .await
        .unwrap_err();
    assert_eq!(used.code, ErrorCode::ProviderInUse);
    assert_eq!(secret(&world).as_deref(), Some("acme secret"));
}

#[tokio::test]
async fn security_93_a_presets_page_is_opened_by_its_name_before_there_is_a_provider() {
    let world = World::start().await;
    let page = |preset: &str| world.engine.page(Page::PresetRegistration(slug(preset)));
    for preset in crate::providers::templates() {
        let found = page(preset.slug.as_str()).await.ok();
        assert_eq!(found, preset.registration_page, "{}", preset.slug);
        // Mio and Mavio are providers already, and need no preset.
        let is_offered = !["mio", "mavio"].contains(&preset.slug.as_str());
        assert!(found.is_some() || !is_offered, "{}", preset.slug);
    }
    let unknown = page("nobody").await.unwrap_err();
    assert_eq!(unknown.code, ErrorCode::ProviderUnknown);
}

#[tokio::test]
async fn another_context_of_a_provider_in_use_is_read_at_once() {
    let mut world = World::start().await;
    let bare = Draft {
        context: ContextDraft::None,
        ..draft()
    };
    save(
        &mut world,
        ProviderChange {
            draft: bare.clone(),
            ..new()
        },
    )
    .await;
    let (attempt, state) = world.begin("acme").await;
    let query = format!("code=c1&state={state}");
    world.deliver("acme", &query).await;
    world.settle().await;
    let Step::Connected(id) = *world.step(attempt) else {
        panic!("{:?}", world.step(attempt));
    };
    assert_eq!(world.log.of("SUMMARY").len(), 0, "there is nothing to read");

    let reading = ProviderChange {
        consent: Consent::Given,
        ..edited(draft())
    };
    save(&mut world, reading).await;
    assert_eq!(world.log.of("SUMMARY").len(), 1);
    assert!(world.overview(id).summary.last.is_some());

    let without = ProviderChange {
        consent: Consent::Given,
        ..edited(bare)
    };
    save(&mut world, without).await;
    assert!(
        world.overview(id).summary.last.is_none(),
        "what was read there is shown no longer"
    );
}
