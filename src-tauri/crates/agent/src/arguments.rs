//! The command line of `keyfob-agent`.
//!
//! Every refusal is one sentence. No secret is ever an argument: other programs can read them
//! (SECURITY 116).

use std::ffi::OsString;
use std::path::PathBuf;

/// What `--help` prints.
pub(crate) const USAGE: &str = "\
Usage: keyfob-agent --control stdio [OPTIONS]

Keeps accounts connected on a machine without a desktop. Reads one JSON command a line from its
standard input and writes one JSON answer a line to its standard output, until the input ends.

  --control stdio    how it is led; there is no other way
  --data-dir DIR     where connections are kept (default $XDG_DATA_HOME/keyfob, as the desktop app)
  --config-dir DIR   where the folder `providers` lies (default $XDG_CONFIG_HOME/keyfob)
  --version          print the version
  --help             print this

Exit codes: 0 after a clean stop, 1 if it can't start, 2 for a wrong command line, 3 if another
Keyfob owns the data directory.";

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Parsed {
    /// Print the usage and end.
    Help,
    /// Print the version and end.
    Version,
    /// Serve.
    Serve(Arguments),
}

/// Where to serve from.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Arguments {
    pub(crate) data_dir: PathBuf,
    pub(crate) config_dir: PathBuf,
}

/// Reads the arguments after the program's name; the error is a sentence for the user.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Parsed, String> {
    let (mut control, mut data_dir, mut config_dir) = (false, None, None);
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        let name = argument.to_string_lossy().into_owned();
        let mut value = || {
            let value = arguments.next().filter(|value| !value.is_empty());
            value.ok_or(format!("{name} needs a value. See keyfob-agent --help."))
        };
        match name.as_str() {
            "--help" | "-h" => return Ok(Parsed::Help),
            "--version" | "-V" => return Ok(Parsed::Version),
            "--control" if value()? == "stdio" => control = true,
            "--control" => {
                return Err("Keyfob is led over stdio only: write --control stdio.".to_owned());
            }
            "--data-dir" => data_dir = Some(PathBuf::from(value()?)),
            "--config-dir" => config_dir = Some(PathBuf::from(value()?)),
            _ => return Err(format!("{name} is not an option. See keyfob-agent --help.")),
        }
    }
    if !control {
        return Err(
            "Say how Keyfob is led: write --control stdio. See keyfob-agent --help.".to_owned(),
        );
    }
    Ok(Parsed::Serve(Arguments {
        data_dir: chosen(data_dir, dirs::data_dir(), "--data-dir")?,
        config_dir: chosen(config_dir, dirs::config_dir(), "--config-dir")?,
    }))
}

fn chosen(given: Option<PathBuf>, default: Option<PathBuf>, name: &str) -> Result<PathBuf, String> {
    given
        .or_else(|| default.map(|dir| dir.join("keyfob")))
        .ok_or_else(|| format!("There is no home directory. Say where with {name} DIR."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &[&str]) -> Result<Parsed, String> {
        parse(line.iter().map(OsString::from))
    }

    #[test]
    fn directories_are_those_named_or_those_of_the_desktop_app() {
        let Ok(Parsed::Serve(arguments)) = parsed(&["--control", "stdio"]) else {
            panic!("it is understood");
        };
        assert_eq!(arguments.data_dir, dirs::data_dir().unwrap().join("keyfob"));
        assert_eq!(
            arguments.config_dir,
            dirs::config_dir().unwrap().join("keyfob")
        );
        let line = [
            "--data-dir",
            "/d",
            "--control",
            "stdio",
            "--config-dir",
            "c",
        ];
        let expected = Arguments {
            data_dir: "/d".into(),
            config_dir: "c".into(),
        };
        assert_eq!(parsed(&line), Ok(Parsed::Serve(expected)));
    }

    #[test]
    fn questions_about_the_program_come_before_everything_else() {
        for (line, expected) in [
            (&["--help"], Parsed::Help),
            (&["-h"], Parsed::Help),
            (&["--version"], Parsed::Version),
            (&["-V"], Parsed::Version),
        ] {
            assert_eq!(parsed(line), Ok(expected), "{line:?}");
        }
    }

    #[test]
    fn whatever_else_is_refused_in_a_sentence() {
        let rows: [(&[&str], &str); 7] = [
            (
                &[],
                "Say how Keyfob is led: write --control stdio. See keyfob-agent --help.",
            ),
            (
                &["--control"],
                "--control needs a value. See keyfob-agent --help.",
            ),
            (
                &["--control", "tcp"],
                "Keyfob is led over stdio only: write --control stdio.",
            ),
            (
                &["--control", "stdio", "--data-dir"],
                "--data-dir needs a value. See keyfob-agent --help.",
            ),
            (
                &["--config-dir", ""],
                "--config-dir needs a value. See keyfob-agent --help.",
            ),
            (
                &["--data-dir", "/d"],
                "Say how Keyfob is led: write --control stdio. See keyfob-agent --help.",
            ),
            (&["list"], "list is not an option. See keyfob-agent --help."),
        ];
        for (line, sentence) in rows {
            assert_eq!(parsed(line), Err(sentence.to_owned()), "{line:?}");
        }
    }
}
