//! The user's stories, end to end: the real app in a real window, a real keychain, a real
//! browser. Only the far end of the wire, the sandbox, is ours.

#![cfg(target_os = "linux")]

mod bad_days;
mod bad_issuers;
mod bad_providers;
mod broken;
mod by_hand;
mod by_issuer;
mod callbacks;
mod camera;
mod connecting;
mod door;
mod gallery;
mod granted;
mod headless;
mod hostile;
mod identity;
mod keychain;
mod lasting;
mod leak_scan;
mod leaking;
mod many_providers;
mod mavio;
mod offline;
mod portal;
mod provider_care;
mod provider_form;
mod providers;
mod renewing;
mod revoking;
mod troubles;
mod unwell;
mod world;
