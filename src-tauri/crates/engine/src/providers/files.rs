//! The user's own provider files: `providers/*.toml` in the configuration directory, written by hand or
//! by Keyfob. They hold no secret and no client id.
//!
//! Hazard: a file may be the user's own work: what Keyfob changes in it, it changes in place, and half a
//! file is never there.

use super::read;
use crate::ports::ProviderStore;
use async_trait::async_trait;
use keyfob_domain::error::{ErrorCode, Problem};
use keyfob_domain::id::ProviderSlug;
use keyfob_domain::provider::{Provider, parse, write};
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A folder of provider files.
#[derive(Clone, Debug)]
pub struct ProviderFiles {
    dir: PathBuf,
}

impl ProviderFiles {
    /// Names the folder; it is made when the first file is written.
    #[must_use]
    pub fn new(dir: PathBuf) -> Self {
        Self { dir }
    }

    /// Finds the file that describes a provider: it may have any name.
    fn find(&self, slug: &ProviderSlug) -> Option<PathBuf> {
        super::files_in(&self.dir).into_iter().find(|path| {
            let text = read(path).ok();
            text.and_then(|text| parse(&text).ok())
                .is_some_and(|known| known.slug == *slug)
        })
    }

    fn save_now(&self, provider: &Provider) -> io::Result<()> {
        fs::create_dir_all(&self.dir)?;
        let there = self.find(&provider.slug);
        let old = there.as_deref().and_then(|path| read(path).ok());
        let path = there.unwrap_or_else(|| self.free_path(&provider.slug));
        let text = write(provider, old.as_deref());
        replace(&path, text.as_bytes())
    }

    /// A broken file of that name belongs to the user, and stays.
    fn free_path(&self, slug: &ProviderSlug) -> PathBuf {
        let mut path = self.dir.join(format!("{slug}.toml"));
        let mut number = 1u32;
        while path.exists() {
            number += 1;
            path = self.dir.join(format!("{slug}-{number}.toml"));
        }
        path
    }

    fn delete_now(&self, slug: &ProviderSlug) -> io::Result<()> {
        match self.find(slug) {
            Some(path) => fs::remove_file(path),
            None => Ok(()),
        }
    }

    async fn call(
        &self,
        work: impl FnOnce(&Self) -> io::Result<()> + Send + 'static,
    ) -> Result<(), Problem> {
        let files = self.clone();
        let done = tokio::task::spawn_blocking(move || work(&files)).await;
        let failed = |why: String| Problem::with_detail(ErrorCode::ProviderNotSaved, &why);
        done.map_err(|error| failed(error.to_string()))?
            .map_err(|error| failed(format!("{}: {error}", self.dir.display())))
    }
}

/// Writes a file beside the old one and puts it in its place, on the disk before it returns.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = path.with_extension("toml.new");
    let written = (|| {
        let mut file = fs::File::create(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, path)
    })();
    if written.is_err() {
        // What is left of a failed try is nobody's; that it can't be removed changes nothing.
        let _ = fs::remove_file(&beside);
    }
    written
}

#[async_trait]
impl ProviderStore for ProviderFiles {
    async fn save(&self, provider: Arc<Provider>) -> Result<(), Problem> {
        self.call(move |files| files.save_now(&provider)).await
    }

    async fn delete(&self, slug: ProviderSlug) -> Result<(), Problem> {
        self.call(move |files| files.delete_now(&slug)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::{presets, user_files};

    fn acme() -> Provider {
        let mut acme = presets().remove(0);
        acme.slug = ProviderSlug::parse("acme").unwrap();
        acme.name = "Acme".to_owned();
        acme
    }

    #[tokio::test]
    async fn a_provider_is_written_changed_and_deleted() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("providers");
        let files = ProviderFiles::new(folder.clone());
        files.save(Arc::new(acme())).await.unwrap();
        assert_eq!(user_files(&folder, &[]).0, [acme()]);
        let mut renamed = acme();
        renamed.name = "Acme Inc.".to_owned();
        files.save(Arc::new(renamed.clone())).await.unwrap();
        assert_eq!(user_files(&folder, &[]).0, [renamed]);
        let names: Vec<_> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(names, ["acme.toml"], "nothing is left beside it");
        files.delete(acme().slug).await.unwrap();
        files.delete(acme().slug).await.unwrap();
        assert_eq!(user_files(&folder, &[]).0, []);
    }

    #[tokio::test]
    async fn a_file_of_the_users_own_keeps_its_name_and_its_comments() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("at work.toml");
        let text = format!("# Ours.\n{}", write(&acme(), None));
        fs::write(&path, &text).unwrap();
        // A broken one that has the name which Keyfob would choose.
        let broken = dir.path().join("other.toml");
        fs::write(&broken, "slug = \"other\"").unwrap();
        let files = ProviderFiles::new(dir.path().to_owned());
        let mut changed = acme();
        changed.name = "Acme at work".to_owned();
        files.save(Arc::new(changed)).await.unwrap();
        let expected = text.replace("\"Acme\"", "\"Acme at work\"");
        assert_eq!(fs::read_to_string(&path).unwrap(), expected);
        let mut other = acme();
        other.slug = ProviderSlug::parse("other").unwrap();
        files.save(Arc::new(other)).await.unwrap();
        assert_eq!(fs::read_to_string(&broken).unwrap(), "slug = \"other\"");
        assert!(dir.path().join("other-2.toml").exists());
    }

    #[tokio::test]
    async fn a_folder_that_cannot_be_written_says_so_and_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("providers");
        fs::write(&folder, "a file in its place").unwrap();
        let refused = ProviderFiles::new(folder)
            .save(Arc::new(acme()))
            .await
            .unwrap_err();
        assert_eq!(refused.code, ErrorCode::ProviderNotSaved);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
