//! The user's hands at the keychain: locking it, answering its prompt, stopping it; and a look
//! into it for leak tests.
//!
//! It must not be used to prepare what the app should have stored; what it stored once may be put
//! back. The hazard: reading locked items would raise a prompt that nobody answers, so only unlocked
//! ones are read.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use anyhow::{Context as _, Result, bail, ensure};
use rustix::process::Signal;
use zbus::{
    blocking::Connection,
    zvariant::{OwnedObjectPath, OwnedValue, Value},
};

use crate::{
    bus::call,
    desktop::{Desktop, START},
    process::signal_process,
    wait::{until, until_some},
};

/// The password of the login keychain.
pub(crate) const PASSWORD: &str = "test";

const SECRETS: &str = "org.freedesktop.secrets";
const SERVICE_PATH: &str = "/org/freedesktop/secrets";
const SERVICE: &str = "org.freedesktop.Secret.Service";
const LOGIN: &str = "/org/freedesktop/secrets/collection/login";
const COLLECTION: &str = "org.freedesktop.Secret.Collection";
const SESSION: &str = "org.freedesktop.Secret.Session";
const ITEM: &str = "org.freedesktop.Secret.Item";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";

/// An attribute that the daemon adds by itself to items without one, at whatever moment it reads
/// its own file again: an item read before and after would differ by it.
const DAEMONS_OWN: &str = "xdg:schema";

/// The title of gcr's prompt for the login keychain, and for any other.
const PROMPT_TITLE: &str = "^Unlock (Login )?Keyring$";

/// One item of the keychain with everything that is in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Item {
    /// The label that keychain programs show.
    pub label: String,
    /// The attributes, which a Secret Service stores unencrypted; without the daemon's own.
    pub attributes: BTreeMap<String, String>,
    /// The secret itself.
    pub secret: Vec<u8>,
}

impl Desktop {
    /// Locks the login keychain; the next use of it raises the prompt and blocks its caller.
    ///
    /// # Errors
    /// There is no Secret Service, or the keychain is still open afterwards.
    pub fn lock_keychain(&self) -> Result<()> {
        self.bus().with(|bus| {
            let path = OwnedObjectPath::try_from(LOGIN)?;
            call(bus, SECRETS, SERVICE_PATH, SERVICE, "Lock", &(vec![path])).map(drop)
        })?;
        until(START, "the keychain to be locked", || {
            self.is_keychain_locked().unwrap_or(false)
        })
    }

    /// Tells whether the login keychain is locked.
    ///
    /// # Errors
    /// There is no Secret Service.
    pub fn is_keychain_locked(&self) -> Result<bool> {
        self.bus()
            .with(|bus| Ok(property(bus, LOGIN, COLLECTION, "Locked")?.try_into()?))
    }

    /// Waits for the keychain's prompt, types a password into it and waits until it has gone.
    ///
    /// # Errors
    /// No prompt comes up, or it stays because the password is wrong.
    pub fn answer_keychain_prompt(&self, password: &str) -> Result<()> {
        let window = self.focused_prompt()?;
        let mut keys = self.command("xdotool");
        keys.args(["type", "--delay", "5", "--", password]);
        self.run(keys, START)?;
        self.press("Return")?;
        self.prompt_goes(&window)
    }

    /// Waits for the keychain's prompt and dismisses it with Escape.
    ///
    /// # Errors
    /// No prompt comes up, or it stays.
    pub fn dismiss_keychain_prompt(&self) -> Result<()> {
        let window = self.focused_prompt()?;
        self.press("Escape")?;
        self.prompt_goes(&window)
    }

    /// Reads every item of the keychain, secrets included, in an order of their own: the daemon's
    /// changes whenever it reads its file again.
    ///
    /// # Errors
    /// There is no Secret Service, or an item is locked.
    pub fn keychain_items(&self) -> Result<Vec<Item>> {
        self.bus().with(|bus| {
            in_session(bus, |session| {
                let open = open_items(bus)?;
                let read = open.iter().map(|path| item(bus, session, path));
                let mut items = read.collect::<Result<Vec<_>>>()?;
                items.sort();
                Ok(items)
            })
        })
    }

    /// Puts an item's secret in the place of what the keychain holds under the same attributes, as
    /// restoring a copy of the keychain does.
    ///
    /// # Errors
    /// There is no Secret Service, no such item, or it is locked.
    pub fn restore_keychain_item(&self, copy: &Item) -> Result<()> {
        self.bus().with(|bus| {
            in_session(bus, |session| {
                for path in open_items(bus)? {
                    if item(bus, session, &path)?.attributes != copy.attributes {
                        continue;
                    }
                    // session, parameters, value, content type
                    let secret = (session, Vec::<u8>::new(), &copy.secret, "text/plain");
                    let set = call(bus, SECRETS, path.as_str(), ITEM, "SetSecret", &(secret,));
                    return set.map(drop);
                }
                bail!("no item with the attributes {:?}", copy.attributes)
            })
        })
    }

    /// Ends the keychain daemon. The bus starts a new one, locked, for the next caller.
    ///
    /// # Errors
    /// No keychain daemon runs, or it survives.
    pub fn stop_keychain(&self) -> Result<()> {
        // The kernel keeps the first 15 bytes of a name.
        let daemons: Vec<u32> = self
            .processes()
            .into_iter()
            .filter(|process| process.name == "gnome-keyring-d")
            .map(|process| process.pid)
            .collect();
        ensure!(!daemons.is_empty(), "no keychain daemon runs");
        for pid in &daemons {
            signal_process(*pid, Signal::TERM);
        }
        until(START, "the keychain daemon to end", || {
            self.processes()
                .iter()
                .all(|process| !daemons.contains(&process.pid))
        })
    }

    /// Tells whether a Secret Service has the login keychain, without starting one.
    pub(crate) fn has_login_keychain(&self) -> bool {
        self.bus().has_owner(SECRETS) && self.is_keychain_locked().is_ok_and(|locked| !locked)
    }

    fn focused_prompt(&self) -> Result<String> {
        let window = until_some(START, "the keychain's prompt", || {
            self.xdotool(&["search", "--onlyvisible", "--name", PROMPT_TITLE])
                .ok()?
                .lines()
                .next()
                .map(str::to_owned)
        })?;
        // Keys go to whatever has the focus; before the prompt has it they would be lost.
        until(START, "the keychain's prompt to have the focus", || {
            self.xdotool(&["getwindowfocus"])
                .is_ok_and(|focused| focused.trim() == window)
                || self.xdotool(&["windowactivate", &window]).is_err()
        })?;
        Ok(window)
    }

    fn prompt_goes(&self, window: &str) -> Result<()> {
        until(START, "the keychain's prompt to go away", || {
            self.xdotool(&["search", "--onlyvisible", "--name", PROMPT_TITLE])
                .map_or(true, |found| !found.lines().any(|line| line == window))
        })
        .context("the prompt doesn't take this answer")
    }

    fn press(&self, key: &str) -> Result<()> {
        self.xdotool(&["key", key]).map(drop)
    }

    fn xdotool(&self, arguments: &[&str]) -> Result<String> {
        let mut command = self.command("xdotool");
        command.args(arguments);
        self.run(command, Duration::from_secs(5))
    }
}

/// Does something in a session in which secrets travel as they are.
fn in_session<T>(bus: &Connection, work: impl FnOnce(&OwnedObjectPath) -> Result<T>) -> Result<T> {
    let plain = ("plain", Value::from(""));
    let opened = call(bus, SECRETS, SERVICE_PATH, SERVICE, "OpenSession", &plain)?;
    let (_, session): (OwnedValue, OwnedObjectPath) = opened.body().deserialize()?;
    let outcome = work(&session)?;
    call(bus, SECRETS, session.as_str(), SESSION, "Close", &())?;
    Ok(outcome)
}

fn open_items(bus: &Connection) -> Result<Vec<OwnedObjectPath>> {
    let everything: HashMap<&str, &str> = HashMap::new();
    let search = (everything,);
    let found = call(bus, SECRETS, SERVICE_PATH, SERVICE, "SearchItems", &search)?;
    let (open, locked): (Vec<OwnedObjectPath>, Vec<OwnedObjectPath>) =
        found.body().deserialize()?;
    ensure!(
        locked.is_empty(),
        "{} items of the keychain are locked",
        locked.len()
    );
    Ok(open)
}

fn item(bus: &Connection, session: &OwnedObjectPath, path: &OwnedObjectPath) -> Result<Item> {
    let answer = call(bus, SECRETS, path.as_str(), ITEM, "GetSecret", &(session))?;
    // session, parameters, value, content type
    let ((_, _, secret, _),): ((OwnedObjectPath, Vec<u8>, Vec<u8>, String),) =
        answer.body().deserialize()?;
    let attributes: HashMap<String, String> =
        property(bus, path.as_str(), ITEM, "Attributes")?.try_into()?;
    let mut attributes: BTreeMap<_, _> = attributes.into_iter().collect();
    attributes.remove(DAEMONS_OWN);
    Ok(Item {
        label: property(bus, path.as_str(), ITEM, "Label")?.try_into()?,
        attributes,
        secret,
    })
}

fn property(bus: &Connection, path: &str, interface: &str, name: &str) -> Result<OwnedValue> {
    call(bus, SECRETS, path, PROPERTIES, "Get", &(interface, name))?
        .body()
        .deserialize()
        .with_context(|| format!("{name} of {path} can't be read"))
}
