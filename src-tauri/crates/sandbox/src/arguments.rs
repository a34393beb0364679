//! The command line of `keyfob-sandbox`.
//!
//! Every refusal is one sentence that says what to write instead.

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use keyfob_sandbox::quirks::{self, Quirk};

/// What `--help` prints.
pub(crate) const USAGE: &str = "\
Usage: keyfob-sandbox [OPTIONS]

Pretend providers on this computer: Mio, Mavio, Acme, which speaks plain OAuth 2.0, and Orbit, an
OpenID Connect provider. Prints one line of JSON and serves until interrupted.

  --listen ADDRESS     loopback address and port (default 127.0.0.1:0, any free port)
  --state FILE         keep clients and grants in FILE across restarts
  --redirect-uri URI   register this redirect URI with all; may be given several times
                       (default dev.keyfob.desktop:/callback/mio-sandbox
                       and http://127.0.0.1/callback/mio-sandbox; mavio-sandbox for Mavio,
                       oauth-sandbox for Acme, oidc-sandbox for Orbit)
  --lifetime SECONDS   life of access tokens (default 86400 for Mio, 3600 for the others)
  --pessimist          as unhelpful as the documents allow: Mio and Mavio refuse unknown fields, Mio
                       echoes no state and returns no nonce, Mavio refuses in words of its own,
                       Acme tells no lifetimes, ignores PKCE and revokes no access tokens, Orbit
                       says little of itself and names none of its keys
  --quirk NAME         misbehave in this way at every provider that can; may be given several times
  --quirks             list the names, and what each does
  --help               print this";

/// The redirect URIs of Keyfob, which end in the slug of its provider.
const REDIRECT_URIS: [&str; 2] = [
    "dev.keyfob.desktop:/callback/",
    "http://127.0.0.1/callback/",
];

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Parsed {
    /// Print the usage and end.
    Help,
    /// Print the quirks and end.
    Quirks,
    /// Serve.
    Serve(Arguments),
}

/// How to serve.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Arguments {
    pub(crate) listen: SocketAddr,
    pub(crate) state: Option<PathBuf>,
    /// None given: Keyfob's.
    redirect_uris: Vec<String>,
    /// Seconds.
    pub(crate) lifetime: Option<u64>,
    pub(crate) pessimist: bool,
    pub(crate) quirks: Vec<&'static Quirk>,
}

impl Arguments {
    /// What to register for the provider that Keyfob calls `slug`.
    pub(crate) fn redirect_uris(&self, slug: &str) -> Vec<String> {
        if self.redirect_uris.is_empty() {
            REDIRECT_URIS.map(|uri| format!("{uri}{slug}")).to_vec()
        } else {
            self.redirect_uris.clone()
        }
    }
}

/// Reads the arguments after the program's name; the error is a sentence for the user.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Parsed, String> {
    let mut parsed = Arguments {
        listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
        state: None,
        redirect_uris: Vec::new(),
        lifetime: None,
        pessimist: false,
        quirks: Vec::new(),
    };
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        let name = argument.to_string_lossy().into_owned();
        let mut value = || {
            arguments
                .next()
                .ok_or(format!("{name} needs a value. See keyfob-sandbox --help."))
        };
        match name.as_str() {
            "--help" | "-h" => return Ok(Parsed::Help),
            "--quirks" => return Ok(Parsed::Quirks),
            "--pessimist" => parsed.pessimist = true,
            "--quirk" => parsed.quirks.push(quirk(&text(value()?)?)?),
            "--state" => parsed.state = Some(PathBuf::from(value()?)),
            "--listen" => parsed.listen = listen(&text(value()?)?)?,
            "--redirect-uri" => parsed.redirect_uris.push(text(value()?)?),
            "--lifetime" => parsed.lifetime = Some(lifetime(&text(value()?)?)?),
            _ => {
                return Err(format!(
                    "{name} is not an option. See keyfob-sandbox --help."
                ));
            }
        }
    }
    Ok(Parsed::Serve(parsed))
}

fn text(value: OsString) -> Result<String, String> {
    value.into_string().map_err(|value| {
        format!(
            "{} is not valid UTF-8. Write it anew.",
            value.to_string_lossy()
        )
    })
}

fn listen(value: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = value.parse().map_err(|_| {
        format!("{value} is not an address with a port. Write --listen 127.0.0.1:0, for example.")
    })?;
    if !address.ip().is_loopback() {
        return Err(format!(
            "{address} can be reached from other computers. The sandbox listens on 127.0.0.1 or \
             [::1] only: write --listen 127.0.0.1:{}.",
            address.port()
        ));
    }
    Ok(address)
}

fn quirk(name: &str) -> Result<&'static Quirk, String> {
    quirks::find(name).ok_or_else(|| format!("{name} is no quirk. See keyfob-sandbox --quirks."))
}

fn lifetime(value: &str) -> Result<u64, String> {
    value
        .parse()
        .ok()
        .filter(|seconds| *seconds > 0)
        .ok_or_else(|| {
            format!("{value} is not a number of seconds. Write --lifetime 60, for example.")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &[&str]) -> Result<Parsed, String> {
        parse(words.iter().map(OsString::from))
    }

    #[test]
    fn without_arguments_it_listens_on_any_loopback_port_for_keyfob() {
        let Ok(Parsed::Serve(arguments)) = parsed(&[]) else {
            panic!("refused");
        };

        assert_eq!(arguments.listen.to_string(), "127.0.0.1:0");
        let expected = [
            "dev.keyfob.desktop:/callback/mavio-sandbox",
            "http://127.0.0.1/callback/mavio-sandbox",
        ];
        assert_eq!(arguments.redirect_uris("mavio-sandbox"), expected);
        assert_eq!(
            (arguments.state, arguments.lifetime, arguments.pessimist),
            (None, None, false)
        );
    }

    #[test]
    fn every_option_is_taken() {
        let words = [
            "--listen",
            "[::1]:4000",
            "--state",
            "/tmp/s.json",
            "--redirect-uri",
            "a.example:/1",
            "--redirect-uri",
            "a.example:/2",
            "--lifetime",
            "5",
            "--pessimist",
            "--quirk",
            "state-missing",
        ];
        let expected = Arguments {
            listen: "[::1]:4000".parse().unwrap(),
            state: Some(PathBuf::from("/tmp/s.json")),
            redirect_uris: vec!["a.example:/1".to_owned(), "a.example:/2".to_owned()],
            lifetime: Some(5),
            pessimist: true,
            quirks: vec![quirks::find("state-missing").unwrap()],
        };

        assert_eq!(expected.redirect_uris("mio-sandbox").len(), 2, "as given");
        assert_eq!(parsed(&words), Ok(Parsed::Serve(expected)));
        assert_eq!(parsed(&["--pessimist", "--help"]), Ok(Parsed::Help));
        assert_eq!(parsed(&["--quirks"]), Ok(Parsed::Quirks));
    }

    #[test]
    fn a_refusal_says_what_to_write() {
        let rows: &[(&[&str], &str)] = &[
            (&["--listen", "0.0.0.0:80"], "write --listen 127.0.0.1:80"),
            (&["--listen", "192.0.2.1:80"], "write --listen 127.0.0.1:80"),
            (&["--listen", "127.0.0.1"], "--listen 127.0.0.1:0"),
            (&["--listen"], "needs a value"),
            (&["--lifetime", "0"], "--lifetime 60"),
            (&["--lifetime", "-1"], "--lifetime 60"),
            (&["--quirk", "colour"], "--quirks"),
            (&["--colour"], "--help"),
            (&["extra"], "--help"),
        ];
        for (words, expected) in rows {
            let seen = parsed(words).unwrap_err();
            assert!(seen.contains(expected), "{words:?}: {seen}");
        }
    }
}
