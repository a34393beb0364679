//! Everything that could have disturbed the user during a run: the keychain's prompts, windows,
//! web pages.
//!
//! Two programs watch from beginning to end and are told of each change, so that nothing between
//! two looks is missed. Hazard: a watcher that has ended sees nothing, so that is an error.

use anyhow::{Result, ensure};
use keyfob_test_support::{Desktop, until};
use std::collections::BTreeSet;
use std::time::Duration;

/// The logs of the two watchers.
const PROMPTS: &str = "soak-prompts";
const WINDOWS: &str = "soak-windows";

/// GNOME's keychain has another program put its prompts on the screen, with this call.
const PROMPT: &str = "PerformPrompt";
const PROMPTER: &str = "type='method_call',interface='org.gnome.keyring.internal.Prompter'";

/// How long the watchers may take to be ready.
const START: Duration = Duration::from_secs(20);

/// See the module.
pub(crate) struct Shown {
    desktop: Desktop,
    watchers: [(&'static str, u32); 2],
    usual_windows: BTreeSet<String>,
    addresses_before: usize,
}

/// How often something was shown that the user did not look for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Disturbances {
    /// Prompts of the keychain.
    pub(crate) prompts: usize,
    /// Windows that were not there before; a prompt is one as well.
    pub(crate) windows: usize,
    /// Pages that the browser was asked to open.
    pub(crate) addresses: usize,
}

impl Disturbances {
    /// Prompts of any kind.
    pub(crate) fn total(self) -> usize {
        self.prompts.max(self.windows) + self.addresses
    }
}

impl Shown {
    /// Begins to watch; what is on the screen now is as usual.
    pub(crate) fn watch(desktop: &Desktop) -> Result<Self> {
        let mut monitor = desktop.command("dbus-monitor");
        monitor.args(["--session", "--profile", PROMPTER]);
        let mut spy = desktop.command("xprop");
        spy.args(["-root", "-spy", "_NET_CLIENT_LIST"]);
        let watchers = [
            (PROMPTS, desktop.run_in_background(PROMPTS, monitor)?),
            (WINDOWS, desktop.run_in_background(WINDOWS, spy)?),
        ];
        until(START, "the watchers", || {
            // The bus takes a monitor's name away.
            desktop.log(PROMPTS).contains("NameLost") && !windows(desktop).is_empty()
        })?;
        Ok(Self {
            usual_windows: windows(desktop),
            addresses_before: desktop.opened_urls().len(),
            desktop: desktop.clone(),
            watchers,
        })
    }

    /// Counts what was shown so far.
    pub(crate) fn so_far(&self) -> Result<Disturbances> {
        for (name, pid) in self.watchers {
            ensure!(!self.desktop.has_ended(pid), "the watcher {name} has ended");
        }
        let prompts = self.desktop.log(PROMPTS);
        let prompts = prompts.lines().filter(|line| line.ends_with(PROMPT));
        Ok(Disturbances {
            prompts: prompts.count(),
            windows: windows(&self.desktop)
                .difference(&self.usual_windows)
                .count(),
            addresses: self.desktop.opened_urls().len() - self.addresses_before,
        })
    }
}

/// Every window that the window manager has had since the watcher began.
fn windows(desktop: &Desktop) -> BTreeSet<String> {
    // Each line is "_NET_CLIENT_LIST(WINDOW): window id # 0x400003, 0x600007".
    let log = desktop.log(WINDOWS);
    let lists = log.lines().filter_map(|line| line.split_once('#'));
    lists
        .flat_map(|(_, ids)| ids.split(','))
        .map(|id| id.trim().to_owned())
        .filter(|id| id.starts_with("0x"))
        .collect()
}
