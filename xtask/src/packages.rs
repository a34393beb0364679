//! The Debian packages that Keyfob needs, why, and how their absence is noticed elsewhere.
//!
//! Only data and what can be said about it without running anything.

use std::fmt::Write as _;

/// How a system without `dpkg` shows that it has what the package brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    /// A module that pkg-config knows.
    Module(&'static str),
    /// A program in the search path.
    Program(&'static str),
    /// A file.
    File(&'static str),
}

/// One package by its Debian name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Package {
    pub(crate) name: &'static str,
    pub(crate) why: &'static str,
    pub(crate) sign: Sign,
}

const fn package(name: &'static str, why: &'static str, sign: Sign) -> Package {
    Package { name, why, sign }
}

/// What compiling the app needs.
pub(crate) const BUILD: &[Package] = &[
    package(
        "libwebkit2gtk-4.1-dev",
        "the web view",
        Sign::Module("webkit2gtk-4.1"),
    ),
    package("librsvg2-dev", "icons", Sign::Module("librsvg-2.0")),
    package("libxdo-dev", "menus", Sign::File("/usr/include/xdo.h")),
    package(
        "libayatana-appindicator3-dev",
        "the tray",
        Sign::Module("ayatana-appindicator3-0.1"),
    ),
    package("build-essential", "compiling C", Sign::Program("make")),
    package(
        "pkg-config",
        "finding libraries",
        Sign::Program("pkg-config"),
    ),
    package("file", "making packages", Sign::Program("file")),
];

/// What the running app needs beside the libraries.
pub(crate) const RUN: &[Package] = &[
    package("dbus", "the session bus", Sign::Program("dbus-daemon")),
    package(
        "xdg-utils",
        "opening the browser",
        Sign::Program("xdg-open"),
    ),
    package(
        "desktop-file-utils",
        "receiving the browser's answer",
        Sign::Program("update-desktop-database"),
    ),
];

/// A keychain, for a system that has none.
pub(crate) const KEYCHAIN: Package = package(
    "gnome-keyring",
    "keeping credentials",
    Sign::Program("gnome-keyring-daemon"),
);

/// What the tests drive: a display, a keychain, a browser.
pub(crate) const TEST: &[Package] = &[
    package(
        "webkit2gtk-driver",
        "driving the window",
        Sign::Program("WebKitWebDriver"),
    ),
    KEYCHAIN,
    package("dbus-x11", "the session bus", Sign::Program("dbus-launch")),
    package("xvfb", "a display", Sign::Program("Xvfb")),
    package("xauth", "a display", Sign::Program("xauth")),
    package("libglib2.0-bin", "opening links", Sign::Program("gio")),
    package(
        "xdotool",
        "answering the keychain's prompt",
        Sign::Program("xdotool"),
    ),
    package("wmctrl", "looking at windows", Sign::Program("wmctrl")),
    package("openbox", "a window manager", Sign::Program("openbox")),
    package(
        "imagemagick",
        "pictures of the screen",
        Sign::Program("import"),
    ),
    package("chromium", "the user's browser", Sign::Program("chromium")),
    package(
        "chromium-driver",
        "driving the browser",
        Sign::Program("chromedriver"),
    ),
    package(
        "libsecret-tools",
        "looking into the keychain",
        Sign::Program("secret-tool"),
    ),
    package(
        "at-spi2-core",
        "what a screen reader sees",
        Sign::File("/usr/share/dbus-1/services/org.a11y.Bus.service"),
    ),
    package(
        "openssl",
        "a certificate for a pretend server",
        Sign::Program("openssl"),
    ),
    package(
        "python3-venv",
        "a server of others to connect to",
        Sign::Program("python3"),
    ),
    package("dunst", "notifications", Sign::Program("dunst")),
    package("x11-utils", "looking at windows", Sign::Program("xprop")),
    package(
        "libnotify-bin",
        "notifications",
        Sign::Program("notify-send"),
    ),
    package(
        "fonts-dejavu-core",
        "letters",
        Sign::File("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"),
    ),
];

/// Returns the packages that `dpkg-query -W -f '${Package} ${db:Status-Abbrev}\n'` doesn't list as
/// installed.
pub(crate) fn missing_in(listing: &str, wanted: &[Package]) -> Vec<Package> {
    let installed: Vec<&str> = listing
        .lines()
        .filter_map(|line| line.trim_end().strip_suffix(" ii"))
        .collect();
    wanted
        .iter()
        .filter(|package| !installed.contains(&package.name))
        .copied()
        .collect()
}

/// Says one line per package, with what it is for.
pub(crate) fn described(packages: &[Package]) -> String {
    let mut text = String::new();
    for package in packages {
        // Writing to a String doesn't fail.
        let _ = write!(text, "\n  {:<30} {}", package.name, package.why);
    }
    text
}

/// Tells by `/etc/os-release` whether packages are Debian's by name.
pub(crate) fn is_debian_like(os_release: &str) -> bool {
    values(os_release, "ID")
        .chain(values(os_release, "ID_LIKE"))
        .any(|id| id == "debian" || id == "ubuntu")
}

/// Tells by `/etc/os-release` whether Chromium comes as a snap.
pub(crate) fn has_chromium_as_snap(os_release: &str) -> bool {
    values(os_release, "ID").any(|id| id == "ubuntu")
}

fn values<'a>(os_release: &'a str, key: &'a str) -> impl Iterator<Item = &'a str> {
    os_release
        .lines()
        .filter_map(move |line| line.strip_prefix(key)?.strip_prefix('='))
        .flat_map(|value| value.trim_matches('"').split_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_fully_installed_packages_count() {
        let listing = "dbus ii \nxdg-utils rc \nlibglib2.0-bin ii \n";
        let names: Vec<&str> = missing_in(listing, RUN).iter().map(|p| p.name).collect();
        assert_eq!(names, ["xdg-utils", "desktop-file-utils"]);
    }

    #[test]
    fn nothing_is_installed_on_an_empty_machine() {
        assert_eq!(missing_in("", BUILD), BUILD);
    }

    #[test]
    fn each_package_is_named_once() {
        let mut names: Vec<&str> = [BUILD, RUN, TEST].concat().iter().map(|p| p.name).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn relatives_of_debian_are_recognised() {
        for (text, debian, snap) in [
            ("ID=debian\n", true, false),
            ("ID=ubuntu\nID_LIKE=debian\n", true, true),
            ("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n", true, false),
            ("ID=fedora\nVARIANT_ID=debian\n", false, false),
            ("", false, false),
        ] {
            assert_eq!(is_debian_like(text), debian, "{text}");
            assert_eq!(has_chromium_as_snap(text), snap, "{text}");
        }
    }
}
