//! The commands about providers of the user's own: presets, the form, saving, files.

use crate::keyfob::Keyfob;
use crate::view::{
    Basis, CheckView, DiscoveryAnswer, HostMove, PresetView, ProviderForm, SaveAnswer, WireError,
};
use keyfob_domain::authorization::redirect_uris;
use keyfob_domain::error::{ErrorCode, Problem};
use keyfob_domain::id::ProviderSlug;
use keyfob_domain::provider::{Draft, Provider, parse, write};
use keyfob_domain::secret::ClientSecret;
use keyfob_engine::{Consent, ProviderChange, SaveOutcome, providers};
use std::sync::Arc;
use tauri::State;

type Answer<T> = Result<T, WireError>;

/// The providers that can be added by name.
#[tauri::command]
pub(crate) async fn provider_presets() -> Answer<Vec<PresetView>> {
    Ok(providers::templates()
        .iter()
        .map(PresetView::from)
        .collect())
}

/// Asks an issuer what it says of itself. One in a private network is asked only where the user allows it.
#[tauri::command]
pub(crate) async fn discover_provider(
    keyfob: State<'_, Keyfob>,
    issuer: String,
    allow_private: bool,
) -> Answer<DiscoveryAnswer> {
    let running = keyfob.running().await?;
    match running.discovery.discover(&issuer, allow_private).await {
        Ok(found) => Ok(found.into()),
        Err(fault) => Ok(DiscoveryAnswer::of_fault(&fault)?),
    }
}

/// The form to begin with.
#[tauri::command]
pub(crate) async fn provider_form(keyfob: State<'_, Keyfob>, basis: Basis) -> Answer<ProviderForm> {
    let provider = basis_of(&keyfob, &basis).await?;
    let draft = provider.as_deref().map_or_else(Draft::default, Draft::of);
    Ok(ProviderForm::of(draft, basis))
}

/// The complaints about a form, and what to register for it, while it is filled in; nothing is saved.
#[tauri::command]
pub(crate) async fn check_provider(
    keyfob: State<'_, Keyfob>,
    slug: Option<String>,
    form: ProviderForm,
) -> Answer<CheckView> {
    let change = change(&keyfob, slug, form, Consent::CheckOnly).await?;
    let kinds = change.draft.redirect_kinds.clone();
    // A provider that isn't called anything yet has no redirect URI of its own.
    let named = change.slug.is_some() || !change.draft.name.trim().is_empty();
    let outcome = keyfob.running().await?.engine.save_provider(change).await?;
    Ok(match outcome {
        SaveOutcome::Checked { slug, faults } => CheckView {
            faults: faults.into_iter().map(Into::into).collect(),
            redirect_uris: if named {
                redirect_uris(&slug, &kinds)
            } else {
                Vec::new()
            },
        },
        SaveOutcome::Faults(_) | SaveOutcome::Saved(_) | SaveOutcome::Moves { .. } => {
            CheckView::default()
        }
    })
}

/// Saves a provider. The secret goes inward only.
#[tauri::command]
pub(crate) async fn save_provider(
    keyfob: State<'_, Keyfob>,
    slug: Option<String>,
    form: ProviderForm,
    client_id: String,
    client_secret: Option<String>,
    confirmed: bool,
) -> Answer<SaveAnswer> {
    let client_secret = client_secret
        .filter(|text| !text.is_empty())
        .map(ClientSecret::new);
    let consent = if confirmed {
        Consent::Given
    } else {
        Consent::Ask
    };
    let change = ProviderChange {
        client_id,
        client_secret,
        ..change(&keyfob, slug, form, consent).await?
    };
    let outcome = keyfob.running().await?.engine.save_provider(change).await?;
    Ok(outcome.into())
}

#[tauri::command]
pub(crate) async fn delete_provider(keyfob: State<'_, Keyfob>, slug: String) -> Answer<()> {
    let slug = known_slug(&slug)?;
    Ok(keyfob.running().await?.engine.delete_provider(slug).await?)
}

/// The text of a provider's file. It holds neither a client id nor a secret.
#[tauri::command]
pub(crate) async fn export_provider(keyfob: State<'_, Keyfob>, slug: String) -> Answer<String> {
    let slug = known_slug(&slug)?;
    let provider = keyfob.running().await?.engine.provider(slug).await?;
    Ok(write(&provider, None))
}

/// Reads the text of a provider's file into a form.
#[tauri::command]
pub(crate) async fn import_provider(text: String) -> Answer<ProviderForm> {
    let broken = |why: String| Problem::with_detail(ErrorCode::ProviderFileBroken, &why);
    if text.len() > providers::LONGEST_FILE {
        return Err(broken("the file is larger than 64 KiB".to_owned()).into());
    }
    let provider = parse(&text).map_err(|why| broken(why.to_string()))?;
    Ok(ProviderForm::of(Draft::of(&provider), Basis::File { text }))
}

async fn change(
    keyfob: &Keyfob,
    slug: Option<String>,
    form: ProviderForm,
    consent: Consent,
) -> Result<ProviderChange, Problem> {
    let slug = slug.as_deref().map(known_slug).transpose()?;
    let basis = basis_of(keyfob, &form.basis).await?;
    Ok(ProviderChange {
        slug,
        draft: form.into_draft(basis.as_deref()),
        client_id: String::new(),
        client_secret: None,
        consent,
    })
}

/// Finds what a form began as.
async fn basis_of(keyfob: &Keyfob, basis: &Basis) -> Result<Option<Arc<Provider>>, Problem> {
    let unknown = |slug: &str| Problem::with_detail(ErrorCode::ProviderUnknown, slug);
    match basis {
        Basis::New => Ok(None),
        Basis::Preset { slug } => {
            let mut templates = providers::templates().into_iter();
            let found = templates.find(|preset| preset.slug.as_str() == slug);
            found
                .map(|preset| Some(Arc::new(preset)))
                .ok_or_else(|| unknown(slug))
        }
        Basis::Provider { slug } => {
            let slug = known_slug(slug)?;
            keyfob
                .running()
                .await?
                .engine
                .provider(slug)
                .await
                .map(Some)
        }
        Basis::File { text } => {
            let broken = |why: String| Problem::with_detail(ErrorCode::ProviderFileBroken, &why);
            let provider = parse(text).map_err(|why| broken(why.to_string()))?;
            Ok(Some(Arc::new(provider)))
        }
    }
}

fn known_slug(slug: &str) -> Result<ProviderSlug, Problem> {
    ProviderSlug::parse(slug).ok_or_else(|| Problem::with_detail(ErrorCode::ProviderUnknown, slug))
}

impl From<SaveOutcome> for SaveAnswer {
    fn from(outcome: SaveOutcome) -> Self {
        match outcome {
            SaveOutcome::Saved(provider) => Self::Saved {
                slug: provider.slug.to_string(),
            },
            SaveOutcome::Checked { faults, .. } | SaveOutcome::Faults(faults) => Self::Faults {
                faults: faults.into_iter().map(Into::into).collect(),
            },
            SaveOutcome::Moves { moves, connections } => Self::Moves {
                moves: moves
                    .into_iter()
                    .map(|(field, from, to)| HostMove {
                        field: field.into(),
                        from,
                        to,
                    })
                    .collect(),
                connections: u32::try_from(connections).unwrap_or(u32::MAX),
            },
        }
    }
}
