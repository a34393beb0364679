//! A browser that opens nothing, provider files in memory, and randomness that counts.

use super::Log;
use crate::ports::{Browser, ProviderStore, Random};
use async_trait::async_trait;
use keyfob_domain::error::{ErrorCode, Problem};
use keyfob_domain::id::ProviderSlug;
use keyfob_domain::provider::Provider;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use url::Url;

/// Remembers what it was asked to open.
#[derive(Default)]
pub(crate) struct FakeBrowser {
    opened: Mutex<Vec<Url>>,
    pub(crate) is_missing: AtomicBool,
}

impl FakeBrowser {
    pub(crate) fn opened(&self) -> Vec<Url> {
        self.opened.lock().unwrap().clone()
    }
}

#[async_trait]
impl Browser for FakeBrowser {
    async fn open(&self, url: &Url) -> Result<(), Problem> {
        if self.is_missing.load(Ordering::Relaxed) {
            return Err(ErrorCode::BrowserNotOpened.into());
        }
        self.opened.lock().unwrap().push(url.clone());
        Ok(())
    }
}

/// Provider files in memory.
pub(crate) struct FakeProviderFiles {
    saved: Mutex<Vec<Arc<Provider>>>,
    pub(crate) is_full: AtomicBool,
    log: Log,
}

impl FakeProviderFiles {
    pub(crate) fn new(log: Log) -> Self {
        Self {
            saved: Mutex::default(),
            is_full: AtomicBool::default(),
            log,
        }
    }

    pub(crate) fn saved(&self) -> Vec<Arc<Provider>> {
        self.saved.lock().unwrap().clone()
    }

    fn room(&self) -> Result<(), Problem> {
        if self.is_full.load(Ordering::Relaxed) {
            return Err(ErrorCode::ProviderNotSaved.into());
        }
        Ok(())
    }
}

#[async_trait]
impl ProviderStore for FakeProviderFiles {
    async fn save(&self, provider: Arc<Provider>) -> Result<(), Problem> {
        self.room()?;
        self.log.push("provider file");
        let mut saved = self.saved.lock().unwrap();
        saved.retain(|known| known.slug != provider.slug);
        saved.push(provider);
        Ok(())
    }

    async fn delete(&self, slug: ProviderSlug) -> Result<(), Problem> {
        self.room()?;
        self.saved
            .lock()
            .unwrap()
            .retain(|known| known.slug != slug);
        Ok(())
    }
}

/// The same bytes in every run, and never the same twice in one.
#[derive(Default)]
pub(crate) struct CountingRandom(AtomicU64);

impl Random for CountingRandom {
    fn fill(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(8) {
            // Steele, Lea and Flood's SplitMix64 spreads a counter over all bits.
            let count = self.0.fetch_add(1, Ordering::Relaxed) + 1;
            let mut mixed = count.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            let bytes = (mixed ^ (mixed >> 31)).to_le_bytes();
            chunk.copy_from_slice(&bytes[..chunk.len()]);
        }
    }
}
