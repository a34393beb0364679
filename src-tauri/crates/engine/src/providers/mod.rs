//! The providers there are: those shipped with Keyfob and the user's own files.

mod files;
pub use files::ProviderFiles;

use keyfob_domain::error::{ErrorCode, Problem};
use keyfob_domain::provider::{Provider, parse};
use std::path::{Path, PathBuf};

const MIO: &str = include_str!("../../../../providers/mio.toml");
const MIO_SANDBOX: &str = include_str!("../../../../providers/mio-sandbox.toml");
const MAVIO: &str = include_str!("../../../../providers/mavio.toml");
const MAVIO_SANDBOX: &str = include_str!("../../../../providers/mavio-sandbox.toml");

/// What a provider of the user's own can be made of, in the order it is offered.
const TEMPLATES: [&str; 13] = [
    MIO,
    MAVIO,
    include_str!("../../../../providers/google.toml"),
    include_str!("../../../../providers/microsoft.toml"),
    include_str!("../../../../providers/github.toml"),
    include_str!("../../../../providers/gitlab.toml"),
    include_str!("../../../../providers/slack.toml"),
    include_str!("../../../../providers/linear.toml"),
    include_str!("../../../../providers/dropbox.toml"),
    include_str!("../../../../providers/spotify.toml"),
    include_str!("../../../../providers/atlassian.toml"),
    include_str!("../../../../providers/zoom.toml"),
    include_str!("../../../../providers/discord.toml"),
];

/// A user's file is read up to this size, in bytes.
pub const LONGEST_FILE: usize = 64 * 1024;

/// Gives the providers that are shipped with Keyfob and stand for real services, in the order
/// they are offered: Mio, Mavio.
///
/// # Panics
/// Never: a test parses each of them.
#[must_use]
pub fn presets() -> Vec<Provider> {
    [MIO, MAVIO].map(shipped).into()
}

/// Gives what is known of services, for a provider of the user's own to begin with: endpoints and
/// manners, no credentials.
///
/// # Panics
/// Never: a test parses each of them.
#[must_use]
pub fn templates() -> Vec<Provider> {
    TEMPLATES.map(shipped).into()
}

#[expect(
    clippy::expect_used,
    reason = "the files are part of the program and tested"
)]
fn shipped(text: &str) -> Provider {
    parse(text).expect("the shipped provider file is well formed")
}

/// The providers that an engine begins with.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Those that are shipped with Keyfob, and the sandbox's.
    pub shipped: Vec<Provider>,
    /// Those of the user's own files, which can be changed.
    pub own: Vec<Provider>,
}

impl From<Vec<Provider>> for Known {
    fn from(shipped: Vec<Provider>) -> Self {
        Self {
            shipped,
            own: Vec::new(),
        }
    }
}

/// Gives the sandbox's providers for the address the sandbox listens on: Mio, Mavio.
///
/// # Errors
/// `provider_file_broken` when `base` doesn't make addresses of loopback.
pub fn sandbox_presets(base: &str) -> Result<Vec<Provider>, Problem> {
    [MIO_SANDBOX, MAVIO_SANDBOX]
        .iter()
        .map(|text| parse(&text.replace("{sandbox}", base)))
        .collect::<Result<_, _>>()
        .map_err(|broken| Problem::with_detail(ErrorCode::ProviderFileBroken, &broken.to_string()))
}

/// Reads the user's own provider files. A broken one is a problem of its own and hides no other;
/// a file whose slug is taken is one too. The order is that of the file names.
#[must_use]
pub fn user_files(dir: &Path, taken: &[Provider]) -> (Vec<Provider>, Vec<Problem>) {
    let (mut providers, mut problems) = (Vec::<Provider>::new(), Vec::new());
    for path in files_in(dir) {
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let outcome =
            read(&path).and_then(|text| parse(&text).map_err(|broken| broken.to_string()));
        match outcome {
            Ok(provider)
                if taken
                    .iter()
                    .chain(&providers)
                    .any(|known| known.slug == provider.slug) =>
            {
                let why = format!("{name}: the slug \"{}\" is taken", provider.slug);
                problems.push(Problem::with_detail(ErrorCode::ProviderFileBroken, &why));
            }
            Ok(provider) => providers.push(provider),
            Err(why) => problems.push(Problem::with_detail(
                ErrorCode::ProviderFileBroken,
                &format!("{name}: {why}"),
            )),
        }
    }
    (providers, problems)
}

/// Gives the provider files of a folder, in the order of their names.
fn files_in(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).into_iter().flatten();
    let paths = entries.filter_map(Result::ok).map(|entry| entry.path());
    let mut paths: Vec<_> = paths
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "toml")
        })
        .collect();
    paths.sort();
    paths
}

fn read(path: &Path) -> Result<String, String> {
    let facts = std::fs::metadata(path).map_err(|error| error.to_string())?;
    if facts.len() > LONGEST_FILE as u64 {
        return Err("the file is larger than 64 KiB".to_owned());
    }
    std::fs::read_to_string(path).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_files_are_well_formed() {
        let slugs = |providers: &[Provider]| {
            let slugs = providers.iter().map(|provider| provider.slug.to_string());
            slugs.collect::<Vec<_>>()
        };
        assert_eq!(slugs(&presets()), ["mio", "mavio"]);
        assert_eq!(templates().len(), TEMPLATES.len());
        let sandbox = sandbox_presets("http://127.0.0.1:4711").unwrap();
        assert_eq!(slugs(&sandbox), ["mio-sandbox", "mavio-sandbox"]);
        assert!(sandbox.iter().all(|provider| provider.sandbox));
        let addresses = [
            (
                "http://127.0.0.1:4711/mio/connect",
                "http://127.0.0.1:4711/mio/v1/auth/oauth2/token",
                "http://127.0.0.1:4711/mio/",
            ),
            (
                "http://127.0.0.1:4711/mavio/oauth/authorize",
                "http://127.0.0.1:4711/mavio/oauth/token",
                "http://127.0.0.1:4711/mavio/",
            ),
        ];
        for (provider, addresses) in sandbox.iter().zip(addresses) {
            let base = &provider.context.as_ref().unwrap().base;
            assert_eq!(
                (
                    provider.authorization_endpoint.as_str(),
                    provider.token_endpoint.as_str(),
                    base.as_str()
                ),
                addresses
            );
            assert!(provider.may_send_token_to(base));
        }
        assert!(sandbox_presets("http://sandbox.example").is_err());
    }

    #[test]
    fn a_broken_file_is_named_with_its_place_and_hides_no_other() {
        let dir = tempfile::tempdir().unwrap();
        let good = MIO.replace("slug = \"mio\"", "slug = \"acme\"");
        std::fs::write(dir.path().join("a.toml"), MIO).unwrap();
        std::fs::write(dir.path().join("b.toml"), "slug = \"b\"\nname =").unwrap();
        std::fs::write(dir.path().join("c.toml"), &good).unwrap();
        std::fs::write(dir.path().join("d.toml"), &good).unwrap();
        std::fs::write(dir.path().join("e.toml"), vec![b'#'; 70_000]).unwrap();
        std::fs::write(dir.path().join("notes.txt"), "nothing of ours").unwrap();
        let (providers, problems) = user_files(dir.path(), &presets());
        assert_eq!(
            providers
                .iter()
                .map(|provider| provider.slug.as_str())
                .collect::<Vec<_>>(),
            ["acme"]
        );
        let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(problems.len(), 4, "{problems:?}");
        assert!(
            problems[0].contains("a.toml: the slug \"mio\" is taken"),
            "{problems:?}"
        );
        assert!(
            problems[1].contains("b.toml: line 2, column 7"),
            "{problems:?}"
        );
        assert!(problems[2].contains("d.toml: the slug"), "{problems:?}");
        assert!(
            problems[3].contains("e.toml: the file is larger"),
            "{problems:?}"
        );
    }

    #[test]
    fn the_example_of_the_readme_is_well_formed() {
        let readme = include_str!("../../../../../README.md");
        let (_, rest) = readme.split_once("```toml\n").unwrap();
        let (example, _) = rest.split_once("```").unwrap();
        assert_eq!(parse(example).unwrap().slug.as_str(), "acme");
    }

    #[test]
    fn a_missing_folder_is_an_empty_one() {
        let (providers, problems) = user_files(Path::new("/nowhere/at/all"), &[]);
        assert!(providers.is_empty() && problems.is_empty());
    }
}
