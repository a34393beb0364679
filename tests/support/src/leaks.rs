//! Searches what a story left behind for secrets that must not be there.
//!
//! It must not decide which places are allowed to hold a secret: the caller leaves those out. The
//! hazard is a search that finds nothing because it looked at nothing, so the outcome says how
//! much was read, and a file that can't be read is an error. Compressed and encrypted data is not
//! seen through.

use std::{
    collections::BTreeSet,
    fmt, fs, io,
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
};

use aho_corasick::AhoCorasick;
use anyhow::{Context as _, Result, ensure};
use base64::{Engine as _, engine::general_purpose};

/// Shorter secrets would be found by chance.
const SHORTEST: usize = 8;

/// A secret that was planted or read from the keychain.
#[derive(Clone)]
pub struct Secret {
    name: String,
    value: Vec<u8>,
}

impl Secret {
    /// Names a secret; only the name ever appears in a message.
    pub fn new(name: impl Into<String>, value: impl Into<Vec<u8>>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({}, [redacted])", self.name)
    }
}

/// How a secret was written where it was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Encoding {
    /// As it is.
    Raw,
    /// Percent-encoded (RFC 3986 section 2.1) or form-encoded.
    Url,
    /// Base64 (RFC 4648 section 4), starting anywhere in the encoded data.
    Base64,
    /// URL-safe Base64 (RFC 4648 section 5), starting anywhere in the encoded data.
    Base64Url,
    /// Hexadecimal in one case.
    Hex,
    /// Escaped as in a JSON string.
    Json,
    /// UTF-16, little-endian.
    Utf16,
}

/// One place where a secret was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// The file's path, `name of <path>` for a file name, or the label of the text.
    pub place: String,
    /// The name of the secret.
    pub secret: String,
    /// How it was written there.
    pub encoding: Encoding,
    /// The byte offset in the file or text.
    pub offset: usize,
}

/// What a search found and how much it read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The places, sorted; empty is what one hopes for.
    pub hits: Vec<Hit>,
    /// The number of files that were read.
    pub files: usize,
    /// The number of bytes that were searched, texts included.
    pub bytes: usize,
}

/// Searches all files below `roots` (their names included; symbolic links aren't followed) and the
/// labelled `texts` for every secret in every [`Encoding`].
///
/// # Errors
/// A secret is shorter than 8 bytes, there are no secrets, a root is missing or a file can't be
/// read. A file that disappears during the search is skipped.
pub fn search(roots: &[&Path], texts: &[(&str, &[u8])], secrets: &[Secret]) -> Result<Outcome> {
    ensure!(!secrets.is_empty(), "there is nothing to search for");
    let needles = Needles::new(secrets)?;
    let mut outcome = Outcome {
        hits: Vec::new(),
        files: 0,
        bytes: 0,
    };
    for (label, text) in texts {
        needles.search(label, text, &mut outcome);
    }
    for root in roots {
        ensure!(root.exists(), "{} doesn't exist", root.display());
        for path in files_below(root)? {
            let place = path.display().to_string();
            needles.search(
                &format!("name of {place}"),
                path.as_os_str().as_bytes(),
                &mut outcome,
            );
            match fs::read(&path) {
                Ok(content) => {
                    outcome.files += 1;
                    needles.search(&place, &content, &mut outcome);
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error).with_context(|| format!("can't read {place}")),
            }
        }
    }
    outcome.hits.sort();
    outcome.hits.dedup();
    Ok(outcome)
}

/// Reads the command line and the environment of a process, as texts for [`search`].
///
/// # Errors
/// The process has ended or belongs to another user.
pub fn texts_of_process(pid: u32) -> Result<Vec<(String, Vec<u8>)>> {
    ["cmdline", "environ"]
        .into_iter()
        .map(|name| {
            let path = format!("/proc/{pid}/{name}");
            let text = fs::read(&path).with_context(|| format!("can't read {path}"))?;
            Ok((path, text))
        })
        .collect()
}

struct Needles {
    automaton: AhoCorasick,
    /// By number of the pattern.
    meanings: Vec<(String, Encoding)>,
}

impl Needles {
    fn new(secrets: &[Secret]) -> Result<Self> {
        let mut patterns = Vec::new();
        let mut meanings = Vec::new();
        for secret in secrets {
            ensure!(
                secret.value.len() >= SHORTEST,
                "the secret {} is shorter than {SHORTEST} bytes",
                secret.name
            );
            let mut seen = BTreeSet::new();
            for (encoding, form) in forms(&secret.value) {
                if seen.insert(form.clone()) {
                    patterns.push(form);
                    meanings.push((secret.name.clone(), encoding));
                }
            }
        }
        Ok(Self {
            automaton: AhoCorasick::new(patterns).context("too many secrets")?,
            meanings,
        })
    }

    fn search(&self, place: &str, text: &[u8], outcome: &mut Outcome) {
        outcome.bytes += text.len();
        for found in self.automaton.find_overlapping_iter(text) {
            let (secret, encoding) = &self.meanings[found.pattern().as_usize()];
            outcome.hits.push(Hit {
                place: place.to_owned(),
                secret: secret.clone(),
                encoding: *encoding,
                offset: found.start(),
            });
        }
    }
}

fn forms(secret: &[u8]) -> Vec<(Encoding, Vec<u8>)> {
    let mut forms = vec![(Encoding::Raw, secret.to_vec())];
    for percent in [percent_upper as fn(u8) -> String, percent_lower] {
        let strict = url_encode(secret, percent);
        forms.push((Encoding::Url, strict.replace("%20", "+").into_bytes()));
        forms.push((Encoding::Url, strict.into_bytes()));
    }
    for (encoding, alphabet) in [
        (Encoding::Base64, &general_purpose::STANDARD_NO_PAD),
        (Encoding::Base64Url, &general_purpose::URL_SAFE_NO_PAD),
    ] {
        forms.extend((0..3).map(|before| (encoding, base64_inside(secret, before, alphabet))));
    }
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    forms.push((Encoding::Hex, hex.to_uppercase().into_bytes()));
    forms.push((Encoding::Hex, hex.into_bytes()));
    if let Ok(text) = str::from_utf8(secret) {
        let quoted = serde_json::Value::from(text).to_string();
        forms.push((
            Encoding::Json,
            quoted.as_bytes()[1..quoted.len() - 1].to_vec(),
        ));
        let wide = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        forms.push((Encoding::Utf16, wide));
    }
    forms
}

fn url_encode(secret: &[u8], percent: fn(u8) -> String) -> String {
    secret
        .iter()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(*byte).to_string()
            }
            _ => percent(*byte),
        })
        .collect()
}

fn percent_upper(byte: u8) -> String {
    format!("%{byte:02X}")
}

fn percent_lower(byte: u8) -> String {
    format!("%{byte:02x}")
}

/// The characters that the secret alone decides when `before` bytes (mod 3) come before it and
/// anything may follow.
fn base64_inside(
    secret: &[u8],
    before: usize,
    alphabet: &general_purpose::GeneralPurpose,
) -> Vec<u8> {
    let mut bytes = vec![0; before];
    bytes.extend_from_slice(secret);
    let encoded = alphabet.encode(&bytes).into_bytes();
    let first = (before * 8).div_ceil(6);
    let end = bytes.len() * 8 / 6;
    encoded[first..end].to_vec()
}

fn files_below(root: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut waiting = vec![root.to_owned()];
    while let Some(path) = waiting.pop() {
        let Ok(kind) = fs::symlink_metadata(&path).map(|metadata| metadata.file_type()) else {
            continue;
        };
        if kind.is_file() {
            files.push(path);
        } else if kind.is_dir() {
            let entries = match fs::read_dir(&path) {
                Ok(entries) => entries,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => {
                    return Err(error).with_context(|| format!("can't read {}", path.display()));
                }
            };
            waiting.extend(entries.flatten().map(|entry| entry.path()));
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLANTED: &str = "rt \"ä\"/+Zq9~7w?k";

    fn encodings_in(text: &[u8]) -> Vec<Encoding> {
        let secrets = [Secret::new("refresh token", PLANTED)];
        let outcome = search(&[], &[("text", text)], &secrets).unwrap();
        assert_eq!(outcome.bytes, text.len());
        outcome.hits.into_iter().map(|hit| hit.encoding).collect()
    }

    #[test]
    fn a_planted_secret_is_found_in_every_encoding() {
        let hex: String = PLANTED.bytes().map(|b| format!("{b:02x}")).collect();
        let wide: Vec<u8> = PLANTED.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let table: [(&str, Vec<u8>, Encoding); 9] = [
            ("raw", PLANTED.into(), Encoding::Raw),
            (
                "percent-encoded",
                b"rt%20%22%C3%A4%22%2F%2BZq9~7w%3Fk".to_vec(),
                Encoding::Url,
            ),
            (
                "percent-encoded, small",
                b"rt%20%22%c3%a4%22%2f%2bZq9~7w%3fk".to_vec(),
                Encoding::Url,
            ),
            (
                "form-encoded",
                b"rt+%22%C3%A4%22%2F%2BZq9~7w%3Fk".to_vec(),
                Encoding::Url,
            ),
            ("hex", hex.clone().into_bytes(), Encoding::Hex),
            ("HEX", hex.to_uppercase().into_bytes(), Encoding::Hex),
            ("json", serde_json::to_vec(PLANTED).unwrap(), Encoding::Json),
            ("utf-16", wide, Encoding::Utf16),
            (
                "raw in the middle",
                format!("a{PLANTED}b").into(),
                Encoding::Raw,
            ),
        ];
        for (label, text, encoding) in table {
            assert_eq!(encodings_in(&text), [encoding], "{label}");
        }
    }

    #[test]
    fn base64_is_found_at_every_alignment_and_whatever_follows() {
        // All of its groups differ between the two alphabets.
        let planted: &[u8] = &[0xfb, 0xff, 0xbf, 0xff, 0xfe, 0xff, 0xfb, 0xef, 0xff];
        let secrets = [Secret::new("refresh token", planted)];
        for before in 0..6 {
            for after in 0..4 {
                let mut bytes = vec![b'x'; before];
                bytes.extend_from_slice(planted);
                bytes.extend(vec![b'y'; after]);
                for (encoding, text) in [
                    (Encoding::Base64, general_purpose::STANDARD.encode(&bytes)),
                    (
                        Encoding::Base64Url,
                        general_purpose::URL_SAFE_NO_PAD.encode(&bytes),
                    ),
                ] {
                    let texts = [("text", text.as_bytes())];
                    let hits = search(&[], &texts, &secrets).unwrap().hits;
                    let found: Vec<Encoding> = hits.iter().map(|hit| hit.encoding).collect();
                    assert_eq!(found, [encoding], "{before} before, {after} after: {text}");
                }
            }
        }
    }

    #[test]
    fn files_and_their_names_are_searched_and_counted() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("deep")).unwrap();
        fs::write(dir.path().join("deep/state.db"), "..token-1234567890..").unwrap();
        fs::write(dir.path().join("token-1234567890.json"), "{}").unwrap();
        let secrets = [Secret::new("access token", "token-1234567890")];

        let outcome = search(&[dir.path()], &[], &secrets).unwrap();

        assert_eq!(outcome.files, 2);
        let places: Vec<(bool, bool)> = outcome
            .hits
            .iter()
            .map(|hit| {
                (
                    hit.place.starts_with("name of "),
                    hit.place.ends_with(".db"),
                )
            })
            .collect();
        assert_eq!(places, [(false, true), (true, false)]);
    }

    #[test]
    fn nothing_is_found_where_nothing_is() {
        assert_eq!(encodings_in(b"refresh tokens are kept in the keychain"), []);
    }

    #[test]
    fn a_search_that_could_not_find_anything_is_an_error() {
        let secret = Secret::new("access token", "1234567890");
        let missing = Path::new("/nonexistent/keyfob");
        assert!(search(&[missing], &[], std::slice::from_ref(&secret)).is_err());
        assert!(search(&[], &[("text", b"")], &[]).is_err());
        assert!(search(&[], &[], &[Secret::new("short", "1234567")]).is_err());
    }

    #[test]
    fn a_secret_is_never_printed() {
        let shown = format!("{:?}", Secret::new("access token", "1234567890"));
        assert!(!shown.contains("1234567890"), "{shown}");
    }

    #[test]
    fn the_command_line_of_a_process_is_a_text_to_search() {
        let texts = texts_of_process(std::process::id()).unwrap();
        let (place, line) = &texts[0];
        assert!(place.ends_with("cmdline") && !line.is_empty());
    }
}
