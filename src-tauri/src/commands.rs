//! Every command of the web view: parse, one call, convert. None returns or accepts a token, a
//! code, a verifier or provider JSON; the client secret goes inward only (SECURITY 94).

use crate::keyfob::Keyfob;
use crate::view::{Choice, Ending, Link, UiEvent, WireError, attempt_id, connection_id};
use crate::{events, start, window};
use keyfob_domain::error::{ErrorCode, Problem};
use keyfob_domain::id::ProviderSlug;
use keyfob_domain::secret::ClientSecret;
use tauri::ipc::Channel;
use tauri::{AppHandle, State};

type Answer<T> = Result<T, WireError>;

#[tauri::command]
pub(crate) async fn subscribe(
    app: AppHandle,
    keyfob: State<'_, Keyfob>,
    channel: Channel<UiEvent>,
) -> Answer<()> {
    events::forward(&app, &keyfob, channel);
    Ok(())
}

/// The page has built itself: the window can be shown (nothing is drawn in a hidden one), and
/// what could wait is begun.
#[tauri::command]
pub(crate) async fn mounted(app: AppHandle, keyfob: State<'_, Keyfob>) -> Answer<()> {
    window::show(&app);
    start::after_mount(&app, &keyfob);
    Ok(())
}

/// The first frame is on the screen.
#[tauri::command]
pub(crate) async fn painted() -> Answer<()> {
    tracing::info!("first paint");
    Ok(())
}

#[tauri::command]
pub(crate) async fn connect(keyfob: State<'_, Keyfob>, provider_slug: String) -> Answer<String> {
    Ok(keyfob
        .running()
        .await?
        .connect(&provider_slug, None)
        .await?)
}

#[tauri::command]
pub(crate) async fn reconnect(keyfob: State<'_, Keyfob>, connection_id: String) -> Answer<String> {
    Ok(keyfob.running().await?.reconnect(&connection_id).await?)
}

#[tauri::command]
pub(crate) async fn cancel_attempt(keyfob: State<'_, Keyfob>, attempt_id: String) -> Answer<()> {
    Ok(keyfob
        .running()
        .await?
        .engine
        .cancel_attempt(self::attempt_id(&attempt_id)?)
        .await?)
}

#[tauri::command]
pub(crate) async fn answer_question(
    keyfob: State<'_, Keyfob>,
    attempt_id: String,
    choice: Choice,
) -> Answer<()> {
    let attempt = self::attempt_id(&attempt_id)?;
    let running = keyfob.running().await?;
    Ok(running
        .engine
        .answer_question(attempt, choice.into())
        .await?)
}

#[tauri::command]
pub(crate) async fn dismiss_attempt(keyfob: State<'_, Keyfob>, attempt_id: String) -> Answer<()> {
    Ok(keyfob
        .running()
        .await?
        .engine
        .dismiss_attempt(self::attempt_id(&attempt_id)?)
        .await?)
}

#[tauri::command]
pub(crate) async fn open_page_again(keyfob: State<'_, Keyfob>, attempt_id: String) -> Answer<()> {
    let url = keyfob
        .running()
        .await?
        .engine
        .authorization_request(self::attempt_id(&attempt_id)?)
        .await?;
    Ok(crate::browser::open(url).await?)
}

#[tauri::command]
pub(crate) async fn copy_link(keyfob: State<'_, Keyfob>, attempt_id: String) -> Answer<()> {
    let url = keyfob
        .running()
        .await?
        .engine
        .authorization_request(self::attempt_id(&attempt_id)?)
        .await?;
    Ok(keyfob.clipboard.set(url.to_string())?)
}

#[tauri::command]
pub(crate) async fn copy_text(keyfob: State<'_, Keyfob>, text: String) -> Answer<()> {
    Ok(keyfob.clipboard.set(text)?)
}

#[tauri::command]
pub(crate) async fn set_up_provider(
    keyfob: State<'_, Keyfob>,
    provider_slug: String,
    client_id: String,
    client_secret: Option<String>,
) -> Answer<()> {
    let secret = client_secret
        .filter(|text| !text.is_empty())
        .map(ClientSecret::new);
    let slug =
        ProviderSlug::parse(&provider_slug).ok_or(Problem::new(ErrorCode::ProviderUnknown))?;
    Ok(keyfob
        .running()
        .await?
        .engine
        .set_up_client(slug, client_id, secret)
        .await?)
}

#[tauri::command]
pub(crate) async fn rename_connection(
    keyfob: State<'_, Keyfob>,
    connection_id: String,
    name: Option<String>,
) -> Answer<()> {
    Ok(keyfob
        .running()
        .await?
        .engine
        .rename(self::connection_id(&connection_id)?, name)
        .await?)
}

#[tauri::command]
pub(crate) async fn renew(keyfob: State<'_, Keyfob>, connection_id: String) -> Answer<()> {
    Ok(keyfob
        .running()
        .await?
        .engine
        .renew(self::connection_id(&connection_id)?)
        .await?)
}

#[tauri::command]
pub(crate) async fn reload_summary(keyfob: State<'_, Keyfob>, connection_id: String) -> Answer<()> {
    Ok(keyfob
        .running()
        .await?
        .engine
        .reload_summary(self::connection_id(&connection_id)?)
        .await?)
}

#[tauri::command]
pub(crate) async fn ask(
    keyfob: State<'_, Keyfob>,
    connection_id: String,
    question: String,
) -> Answer<String> {
    Ok(keyfob
        .running()
        .await?
        .engine
        .ask(self::connection_id(&connection_id)?, question)
        .await?)
}

#[tauri::command]
pub(crate) async fn revoke(
    keyfob: State<'_, Keyfob>,
    connection_id: String,
    ending: Ending,
) -> Answer<()> {
    let id = self::connection_id(&connection_id)?;
    let running = keyfob.running().await?;
    Ok(running.engine.revoke(id, ending.into()).await?)
}

#[tauri::command]
pub(crate) async fn unlock_keychain(keyfob: State<'_, Keyfob>) -> Answer<()> {
    Ok(keyfob.running().await?.engine.unlock_keychain().await?)
}

#[tauri::command]
pub(crate) async fn retry_keychain(keyfob: State<'_, Keyfob>) -> Answer<()> {
    Ok(keyfob.running().await?.engine.retry_keychain().await?)
}

#[tauri::command]
pub(crate) async fn open_link(keyfob: State<'_, Keyfob>, link: Link) -> Answer<()> {
    let url = keyfob
        .running()
        .await?
        .engine
        .page(link.try_into()?)
        .await?;
    Ok(crate::browser::open(url).await?)
}

#[tauri::command]
pub(crate) async fn dismiss_notice(keyfob: State<'_, Keyfob>, id: u32) -> Answer<()> {
    Ok(keyfob
        .running()
        .await?
        .engine
        .dismiss_notice(u64::from(id))
        .await?)
}

#[tauri::command]
pub(crate) async fn quit(keyfob: State<'_, Keyfob>) -> Answer<()> {
    keyfob.quit();
    Ok(())
}

#[tauri::command]
pub(crate) async fn stay(keyfob: State<'_, Keyfob>) -> Answer<()> {
    keyfob.stay();
    Ok(())
}
