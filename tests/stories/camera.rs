//! Pictures of the window once nothing in it moves, in the light and in the dark.

use crate::portal::Portal;
use anyhow::Result;
use keyfob_test_support::KeyfobWindow;

/// Photographs the window when nothing in it moves any more.
pub(crate) async fn photograph(window: &KeyfobWindow, name: &str) -> Result<()> {
    let still = "document.getAnimations().every((animation) => animation.playState !== 'running' || \
                 animation.effect?.getComputedTiming().endTime === Infinity)";
    window
        .wait_until("everything to stand still", still)
        .await?;
    let count = "window.__frames = 0; const draw = () => { if (++window.__frames < 3) requestAnimationFrame(draw); }; \
                 requestAnimationFrame(draw);";
    window.execute(count).await?;
    window
        .wait_until("the frames with it", "window.__frames >= 3")
        .await?;
    window.screenshot(name).await.map(drop)
}

/// Photographs the window as `<name>-light` and `<name>-dark`; it is light afterwards.
pub(crate) async fn photograph_both(
    window: &KeyfobWindow,
    portal: &Portal,
    name: &str,
) -> Result<()> {
    photograph(window, &format!("{name}-light")).await?;
    turn(window, portal, Theme::Dark).await?;
    photograph(window, &format!("{name}-dark")).await?;
    turn(window, portal, Theme::Light).await
}

/// Photographs the window as `<name>-480`, as narrow as it gets; it is wide again afterwards.
pub(crate) async fn photograph_narrow(window: &KeyfobWindow, name: &str) -> Result<()> {
    window.driver()?.set_window_rect(0, 0, 480, 640).await?;
    window
        .wait_until("the narrow window", "window.innerWidth <= 480")
        .await?;
    photograph(window, &format!("{name}-480")).await?;
    window.driver()?.set_window_rect(0, 0, 960, 640).await?;
    window
        .wait_until("the wide window", "window.innerWidth > 480")
        .await
}

pub(crate) enum Theme {
    Light,
    Dark,
}

/// Has the desktop say light or dark, and waits until the window follows.
pub(crate) async fn turn(window: &KeyfobWindow, portal: &Portal, theme: Theme) -> Result<()> {
    let (scheme, name) = match theme {
        Theme::Dark => (1, "dark"),
        Theme::Light => (2, "light"),
    };
    portal.change(scheme).await?;
    let followed = format!("document.documentElement.dataset.theme === '{name}'");
    window.wait_until(name, &followed).await
}
