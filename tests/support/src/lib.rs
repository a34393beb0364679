//! A headless desktop of its own for each test, and the hands and eyes to use it.
//!
//! [`Desktop`] is the machine: display, session bus, keychain, default browser. [`KeyfobWindow`]
//! is the app in it, [`Browser`] the user's browser; both are [`Page`]s. [`leaks`] and [`screens`]
//! look at what is left behind, [`footprint`] at what a program takes while it runs. [`peers`] are servers
//! to sign in at that others have written.
//!
//! The crate must not depend on a Keyfob crate: a harness that shares code with what it tests can
//! be wrong in the same way. Its hazard is that it starts real programs; each [`Desktop`] ends
//! all that ran in it when it is dropped.

mod applications;
mod browser;
mod bus;
mod desktop;
mod evidence;
pub mod figures;
pub mod footprint;
mod keychain;
pub mod leaks;
mod page;
pub mod peers;
mod process;
pub mod screens;
mod target;
mod wait;
mod window;

pub use browser::Browser;
pub use desktop::{Desktop, DesktopBuilder};
pub use evidence::Evidence;
pub use keychain::Item;
pub use page::Page;
pub use process::{Process, running_in};
pub use target::target_dir;
pub use thirtyfour;
pub use wait::{until, until_async, until_some};
pub use window::KeyfobWindow;
