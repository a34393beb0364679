//! One headless desktop: directories, display, window manager, session bus and keychain.
//!
//! It must not know Keyfob, and nothing in it may have a fixed number or path, so that tests run
//! side by side. The hazard is what it leaves behind: everything that ran in it is ended when the
//! last handle is dropped, and its directory is deleted unless the test panicked.

use std::{
    ffi::{OsStr, OsString},
    fs::{self, File, Permissions},
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Arc, OnceLock},
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;

use crate::{
    applications,
    bus::Bus,
    evidence::Evidence,
    keychain,
    process::{Family, Process, output_of},
    target::{target_dir, test_name},
    wait::until,
};

/// How long a part of the desktop may take to come up; generous, because tests share few cores.
pub(crate) const START: Duration = Duration::from_secs(20);

const SEARCH_PATH: &str = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin";

/// A headless desktop with a home of its own.
///
/// A clone is another handle to the same desktop, which ends with the last one.
#[derive(Debug, Clone)]
pub struct Desktop(Arc<Inner>);

/// What a desktop is made of, decided before it starts.
#[derive(Debug, Clone)]
pub struct DesktopBuilder {
    keychain: bool,
    sparing: bool,
    size: (u16, u16),
}

#[derive(Debug)]
struct Inner {
    dir: Option<TempDir>,
    root: PathBuf,
    bus: Bus,
    display: OnceLock<String>,
    family: Family,
    sparing: bool,
    urls_taken: std::sync::Mutex<usize>,
    evidence: std::sync::Mutex<Vec<Evidence>>,
    test: String,
}

impl Desktop {
    /// Starts a desktop with an unlocked keychain whose password is `test`. It is sparing: see
    /// [`DesktopBuilder::as_users_have_it`]. Blocks for about half a second.
    ///
    /// # Errors
    /// A program is missing or a part of the desktop isn't ready in time; the error says which.
    pub fn start() -> Result<Self> {
        Self::builder().start()
    }

    /// Returns a builder for a desktop that differs from the usual one.
    pub fn builder() -> DesktopBuilder {
        DesktopBuilder {
            keychain: true,
            sparing: true,
            size: (1280, 800),
        }
    }

    /// Returns the whole environment of a program in this desktop; nothing is inherited from the
    /// test.
    pub fn env(&self) -> Vec<(OsString, OsString)> {
        let mut variables: Vec<(OsString, OsString)> = [
            ("PATH", SEARCH_PATH),
            ("LANG", "C.UTF-8"),
            // Without it xdg-open falls back to a parser that fails on a quoted Exec line.
            ("XDG_CURRENT_DESKTOP", "GNOME"),
            ("XDG_SESSION_TYPE", "x11"),
            ("XDG_DATA_DIRS", "/usr/local/share:/usr/share"),
            ("GDK_BACKEND", "x11"),
            ("GSETTINGS_BACKEND", "memory"),
            ("NO_AT_BRIDGE", "1"),
            ("DBUS_SESSION_BUS_ADDRESS", self.0.bus.address()),
        ]
        .into_iter()
        .map(|(name, value)| (name.into(), value.into()))
        .collect();
        for (name, dir) in [
            ("HOME", self.home_dir()),
            ("XDG_CONFIG_HOME", self.config_dir()),
            ("XDG_DATA_HOME", self.data_dir()),
            ("XDG_CACHE_HOME", self.home_dir().join(".cache")),
            ("XDG_STATE_HOME", self.home_dir().join(".local/state")),
            ("XDG_RUNTIME_DIR", self.runtime_dir()),
            ("TMPDIR", self.dir().join("tmp")),
        ] {
            variables.push((name.into(), dir.into()));
        }
        if self.0.sparing {
            variables.push(("WEBKIT_SKIA_ENABLE_CPU_RENDERING".into(), "1".into()));
        }
        if let Some(display) = self.0.display.get() {
            variables.push(("DISPLAY".into(), display.into()));
        }
        variables
    }

    /// Returns a command with the desktop's environment and nothing else. What it starts is ended
    /// with the desktop, but whoever spawns it also waits for it; see [`Desktop::run_in_background`].
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .envs(self.env())
            .current_dir(self.home_dir());
        command
    }

    /// Starts a command made by [`Desktop::command`], its output in `<name>.log` of the desktop's
    /// directory, and returns its process id. It is ended and reaped with the desktop.
    ///
    /// # Errors
    /// The program can't be started.
    pub fn run_in_background(&self, name: &str, command: Command) -> Result<u32> {
        self.0.family.start(name, command)
    }

    /// Runs a command made by [`Desktop::command`] to its end and returns its stdout.
    ///
    /// # Errors
    /// It can't be started, fails (the error carries its stderr) or takes longer than `limit`.
    pub fn run(&self, command: Command, limit: Duration) -> Result<String> {
        output_of(command, limit)
    }

    pub(crate) fn evidence_kept(&self) -> &std::sync::Mutex<Vec<Evidence>> {
        &self.0.evidence
    }

    /// Ends one program started by [`Desktop::run_in_background`] and its descendants.
    pub fn end(&self, pid: u32) {
        self.0.family.end_one(pid);
    }

    /// Tells whether a program started by [`Desktop::run_in_background`] has ended.
    pub fn has_ended(&self, pid: u32) -> bool {
        self.0.family.has_ended(pid)
    }

    /// Lists what runs in the desktop now, the desktop's own programs included.
    pub fn processes(&self) -> Vec<Process> {
        self.0.family.members()
    }

    /// Reads the log of a program started by [`Desktop::run_in_background`]; empty if there is none.
    pub fn log(&self, name: &str) -> String {
        fs::read(self.0.family.log(name))
            .map(|text| String::from_utf8_lossy(&text).into_owned())
            .unwrap_or_default()
    }

    /// Tells whether a process is connected to the session bus. One that has died stays so until all
    /// that it sent was handed on, so that whoever asks a service later is asked later.
    ///
    /// # Errors
    /// The bus doesn't answer.
    pub fn is_on_bus(&self, pid: u32) -> Result<bool> {
        self.bus().has_process(pid)
    }

    /// Saves a picture of the whole screen as PNG; it works in any state of any window.
    ///
    /// # Errors
    /// ImageMagick's `import` fails or the file can't be written.
    pub fn screenshot(&self, path: &Path) -> Result<()> {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)
                .with_context(|| format!("can't create {}", parent.display()))?;
        }
        let mut import = self.command("import");
        import.args(["-window", "root"]).arg(path);
        self.run(import, START).map(drop)
    }

    /// Returns the next web address that a program asked the desktop to open, oldest first.
    ///
    /// # Errors
    /// `limit` passes without one.
    pub fn next_opened_url(&self, limit: Duration) -> Result<String> {
        applications::next_opened_url(self, &self.0.urls_taken, limit)
    }

    /// Lists the web addresses that programs asked the desktop to open so far, oldest first, those
    /// given by [`Desktop::next_opened_url`] included.
    pub fn opened_urls(&self) -> Vec<String> {
        applications::opened_urls(self)
    }

    /// Lets web addresses open in a visible Chromium of this desktop instead of being recorded.
    /// Pages of `origins` (like `http://127.0.0.1:4711`) may open Keyfob's scheme without asking.
    ///
    /// # Errors
    /// Chromium isn't installed or its profile can't be written.
    pub fn open_links_in_chromium(&self, origins: &[&str]) -> Result<()> {
        applications::open_links_in_chromium(self, origins)
    }

    /// Makes a shell script the handler of a URI scheme; the URI is its `$1`.
    ///
    /// # Errors
    /// The desktop entry or the script can't be written.
    pub fn handle_scheme(&self, scheme: &str, script: &str) -> Result<()> {
        applications::handle_scheme(self, scheme, script)
    }

    /// Returns the directory that holds all of the desktop.
    pub fn dir(&self) -> &Path {
        &self.0.root
    }

    /// Returns the home directory.
    pub fn home_dir(&self) -> PathBuf {
        self.dir().join("home")
    }

    /// Returns `$XDG_CONFIG_HOME`.
    pub fn config_dir(&self) -> PathBuf {
        self.home_dir().join(".config")
    }

    /// Returns `$XDG_DATA_HOME`.
    pub fn data_dir(&self) -> PathBuf {
        self.home_dir().join(".local/share")
    }

    /// Returns `$XDG_RUNTIME_DIR`, mode 0700.
    pub fn runtime_dir(&self) -> PathBuf {
        self.dir().join("run")
    }

    /// Returns the directory of the logs.
    pub fn log_dir(&self) -> PathBuf {
        self.dir().join("logs")
    }

    pub(crate) fn bus(&self) -> &Bus {
        &self.0.bus
    }

    pub(crate) fn log_path(&self, name: &str) -> PathBuf {
        self.0.family.log(name)
    }

    fn make_dirs(&self) -> Result<()> {
        for dir in [
            self.config_dir(),
            self.data_dir().join("applications"),
            self.home_dir().join(".cache"),
            self.home_dir().join(".local/state"),
            self.runtime_dir(),
            self.log_dir(),
            self.dir().join("tmp"),
            self.dir().join("bin"),
        ] {
            fs::create_dir_all(&dir).with_context(|| format!("can't create {}", dir.display()))?;
        }
        fs::set_permissions(self.runtime_dir(), Permissions::from_mode(0o700))
            .context("can't restrict the runtime directory")
    }

    fn set_animations(&self, on: bool) -> Result<()> {
        let dir = self.config_dir().join("gtk-3.0");
        fs::create_dir_all(&dir)
            .and_then(|()| {
                let settings = format!("[Settings]\ngtk-enable-animations={on}\n");
                fs::write(dir.join("settings.ini"), settings)
            })
            .with_context(|| format!("can't write settings to {}", dir.display()))
    }

    fn start_bus(&self, with_services: bool) -> Result<u32> {
        let daemon = self
            .0
            .bus
            .daemon(self.command("dbus-daemon"), self.dir(), with_services)?;
        self.run_in_background("dbus-daemon", daemon)
    }

    fn start_display(&self, (width, height): (u16, u16)) -> Result<u32> {
        let mut xvfb = self.command("Xvfb");
        // The number that was free is written to file descriptor 1, the log. Without -noreset the
        // end of the last client, a look at a property, throws the next one out.
        xvfb.args([
            "-displayfd",
            "1",
            "-noreset",
            "-nolisten",
            "tcp",
            "-screen",
            "0",
        ])
        .arg(format!("{width}x{height}x24"));
        self.run_in_background("Xvfb", xvfb)
    }

    fn start_keychain_daemon(&self) -> Result<()> {
        let log = File::create(self.0.family.log("gnome-keyring"))?;
        let mut child = self
            .command("gnome-keyring-daemon")
            .args(["--foreground", "--unlock", "--components=secrets"])
            .stdin(Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .context("can't start gnome-keyring-daemon")?;
        let stdin = child.stdin.take();
        self.0.family.adopt(child);
        // The password ends where the input ends.
        stdin
            .context("gnome-keyring-daemon has no stdin")?
            .write_all(keychain::PASSWORD.as_bytes())
            .context("gnome-keyring-daemon didn't read its password")
    }

    fn wait_for(&self, what: &str, pid: u32, ready: impl Fn() -> bool) -> Result<()> {
        until(START, what, || ready() || self.has_ended(pid))?;
        if ready() {
            return Ok(());
        }
        bail!("{what}: it ended at once, saying: {}", self.log(what))
    }
}

impl DesktopBuilder {
    /// Leaves animations on and lets WebKit paint as it likes. Without a graphics processor, which
    /// tests haven't, these two cost more than all else that a window does.
    #[must_use]
    pub fn as_users_have_it(mut self) -> Self {
        self.sparing = false;
        self
    }

    /// Leaves the Secret Service out, and a bus that could start one.
    #[must_use]
    pub fn without_secret_service(mut self) -> Self {
        self.keychain = false;
        self
    }

    /// Sets the size of the screen in pixels.
    #[must_use]
    pub fn screen(mut self, width: u16, height: u16) -> Self {
        self.size = (width, height);
        self
    }

    /// Starts the desktop and returns when all of it is ready.
    ///
    /// # Errors
    /// A program is missing or a part of the desktop isn't ready in time; the error says which.
    pub fn start(self) -> Result<Desktop> {
        let dir = tempfile::Builder::new()
            .prefix("keyfob-")
            .tempdir()
            .context("no temporary directory")?;
        let root = dir.path().to_owned();
        let desktop = Desktop(Arc::new(Inner {
            bus: Bus::at(&root.join("run")),
            family: Family::new(root.join("home"), root.join("logs")),
            root,
            dir: Some(dir),
            display: OnceLock::new(),
            sparing: self.sparing,
            urls_taken: std::sync::Mutex::new(0),
            evidence: std::sync::Mutex::default(),
            test: test_name(),
        }));
        desktop.make_dirs()?;
        desktop.set_animations(!self.sparing)?;
        applications::record_links(&desktop)?;

        // The display comes first: the bus starts programs with its own environment.
        let xvfb = desktop.start_display(self.size)?;
        let number = || {
            let log = desktop.log("Xvfb");
            let complete = log.rfind('\n').map_or("", |end| &log[..end]);
            complete.lines().find_map(|line| line.parse::<u32>().ok())
        };
        desktop.wait_for("Xvfb", xvfb, || number().is_some())?;
        let number = number().context("Xvfb took its display back")?;
        // Set once, here: nothing that ran before needed a display.
        let _ = desktop.0.display.set(format!(":{number}"));
        let bus = desktop.start_bus(self.keychain)?;
        let openbox = desktop.run_in_background("openbox", desktop.command("openbox"))?;
        desktop.wait_for("dbus-daemon", bus, || desktop.0.bus.is_ready())?;
        if self.keychain {
            desktop.start_keychain_daemon()?;
        }
        desktop.wait_for("openbox", openbox, || {
            let mut xprop = desktop.command("xprop");
            xprop.args(["-root", "_NET_SUPPORTING_WM_CHECK"]);
            output_of(xprop, START).is_ok_and(|text| text.contains("window id"))
        })?;
        if self.keychain {
            until(START, "the login keychain", || desktop.has_login_keychain())?;
        }
        Ok(desktop)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let panicking = thread::panicking();
        if panicking && let Some(display) = self.display.get() {
            let picture = target_dir()
                .join("failed")
                .join(format!("{}.png", self.test));
            let mut import = Command::new("import");
            import
                .args(["-window", "root", "-display", display])
                .arg(&picture)
                .env("HOME", self.root.join("home"));
            let saved = fs::create_dir_all(target_dir().join("failed"))
                .map_err(anyhow::Error::from)
                .and_then(|()| output_of(import, Duration::from_secs(5)));
            if saved.is_ok() {
                eprintln!("the screen at the failure: {}", picture.display());
            }
        }
        self.family.end_all();
        let Some(dir) = self.dir.take() else {
            return;
        };
        if panicking {
            eprintln!("the desktop is kept in {}", dir.keep().display());
            return;
        }
        // What a process was writing when it ended can appear during the deletion.
        let root = dir.keep();
        let deleted = until(
            Duration::from_secs(2),
            "the directory to be deleted",
            || fs::remove_dir_all(&root).is_ok() || !root.exists(),
        );
        if let Err(error) = deleted {
            eprintln!("{} is left: {error}", root.display());
        }
    }
}
