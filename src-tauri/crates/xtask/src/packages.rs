//! System packages: which are missing, and how they get here.

use std::process::Command;

use crate::Outcome;
use crate::command::{quiet, run};

/// What the window is built on, needs to play media, hears and speaks with, and shows itself in the tray with.
const BUILD_AND_RUN: &[&str] = &[
    "build-essential",
    "pkg-config",
    "libwebkit2gtk-4.1-dev",
    "librsvg2-dev",
    "libasound2-dev",
    "gstreamer1.0-libav",
    "gstreamer1.0-plugins-bad",
    "libayatana-appindicator3-1",
];

/// What shows the window where there is no display.
const VIRTUAL_DISPLAY: &[&str] = &["xvfb", "xdotool", "imagemagick", "dbus"];

/// What the end-to-end tests drive the window with, a keychain and a sound server; the fonts make emoji and CJK more than boxes, the
/// languages of exported calls.
const TEST: &[&str] = &[
    "gnome-keyring",
    "webkit2gtk-driver",
    "pulseaudio",
    "pulseaudio-utils",
    "python3-gi",
    "gir1.2-gtk-3.0",
    "fonts-noto-color-emoji",
    "fonts-noto-cjk",
    // What the exported calls are written in, as far as it runs here.
    "curl",
    "jq",
    "openssl",
    "python3-requests",
    "php-cli",
    "php-curl",
    "golang-go",
];

/// What the packages are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Build and open the window on a display that is there.
    Run,
    /// Build and open the window on a virtual display.
    RunWithoutDisplay,
    /// Everything the tests need.
    Test,
}

impl Purpose {
    fn packages(self) -> Vec<&'static str> {
        let sets: &[&[&str]] = match self {
            Self::Run => &[BUILD_AND_RUN],
            Self::RunWithoutDisplay => &[BUILD_AND_RUN, VIRTUAL_DISPLAY],
            Self::Test => &[BUILD_AND_RUN, VIRTUAL_DISPLAY, TEST],
        };
        sets.concat()
    }

    /// The same needs where there is no dpkg: libraries for pkg-config, and programs.
    fn libraries_and_programs(self) -> (&'static [&'static str], &'static [&'static str]) {
        const LIBRARIES: &[&str] = &["webkit2gtk-4.1", "librsvg-2.0", "alsa"];
        match self {
            Self::Run => (LIBRARIES, &[]),
            Self::RunWithoutDisplay => (LIBRARIES, &["Xvfb", "xdotool", "import", "dbus-daemon"]),
            Self::Test => (
                LIBRARIES,
                &[
                    "Xvfb",
                    "xdotool",
                    "import",
                    "dbus-daemon",
                    "WebKitWebDriver",
                    "gnome-keyring-daemon",
                    "pulseaudio",
                    "pactl",
                    "curl",
                    "jq",
                    "openssl",
                    "php",
                    "go",
                ],
            ),
        }
    }
}

/// Makes sure that the system packages are there, installing them when that is allowed.
pub(crate) fn ensure(purpose: Purpose) -> Outcome {
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    if quiet("dpkg-query", &["--version"]).is_none() {
        return ensure_elsewhere(purpose);
    }
    ensure_on_debian(&purpose.packages())
}

/// Makes sure of a few more packages, for what is done by hand.
pub(crate) fn ensure_these(names: &[&str]) -> Outcome {
    if quiet("dpkg-query", &["--version"]).is_none() {
        return Err(format!(
            "this is not a Debian system; what the packages {} bring is needed",
            names.join(", ")
        ));
    }
    ensure_on_debian(names)
}

fn ensure_on_debian(names: &[&str]) -> Outcome {
    let missing = missing_on_debian(names);
    if missing.is_empty() {
        return Ok(());
    }
    let words = missing.join(" ");
    eprintln!("missing system packages: {words}");
    let install = format!("apt-get install -y --no-install-recommends {words}");
    let Some(prefix) = privilege() else {
        return Err(format!(
            "cannot install packages without root; run this line and try again:\n\n  sudo {install}\n"
        ));
    };
    // One dead mirror fails the update though the packages can be had.
    if let Err(message) = apt_get(prefix, &["update"]) {
        eprintln!("xtask: {message}; trying to install all the same");
    }
    let mut arguments = vec!["install", "-y", "--no-install-recommends"];
    arguments.extend(&missing);
    let reason = match apt_get(prefix, &arguments) {
        Ok(()) => "apt-get did not install everything".to_owned(),
        Err(message) => message,
    };
    if missing_on_debian(&missing).is_empty() {
        Ok(())
    } else {
        Err(format!(
            "{reason}; run this line and try again:\n\n  sudo {install}\n"
        ))
    }
}

/// How to become root without a question: not at all, by `sudo -n`, or `None` when we cannot.
fn privilege() -> Option<&'static [&'static str]> {
    if quiet("id", &["-u"]).is_some_and(|id| id.trim() == "0") {
        Some(&[])
    } else if quiet("sudo", &["-n", "true"]).is_some() {
        Some(&["sudo", "-n"])
    } else {
        None
    }
}

fn apt_get(prefix: &[&str], arguments: &[&str]) -> Outcome {
    let words = [
        prefix,
        &["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"],
        arguments,
    ]
    .concat();
    let (program, rest) = words.split_first().ok_or("nothing to run")?;
    run(Command::new(program).args(rest))
}

fn missing_on_debian<'a>(packages: &[&'a str]) -> Vec<&'a str> {
    // dpkg-query fails when it knows one name too few, but still lists the others.
    let listing = Command::new("dpkg-query")
        .args(["-W", "-f=${db:Status-Status} ${Package}\\n"])
        .args(packages)
        .output()
        .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
        .unwrap_or_default();
    not_installed(packages, &listing)
}

fn not_installed<'a>(packages: &[&'a str], listing: &str) -> Vec<&'a str> {
    packages
        .iter()
        .copied()
        .filter(|package| {
            !listing
                .lines()
                .any(|line| line.split_once(' ') == Some(("installed", package)))
        })
        .collect()
}

/// Other Linux families: only say what is missing.
fn ensure_elsewhere(purpose: Purpose) -> Outcome {
    let (libraries, programs) = purpose.libraries_and_programs();
    let mut missing: Vec<String> = libraries
        .iter()
        .filter(|library| quiet("pkg-config", &["--exists", library]).is_none())
        .map(|library| format!("{library} (development files, for pkg-config)"))
        .collect();
    missing.extend(
        programs
            .iter()
            .filter(|program| !on_path(program))
            .map(|program| format!("{program} (program)")),
    );
    if missing.is_empty() {
        Ok(())
    } else {
        Err(format!(
            "this is not a Debian system; please install:\n  {}",
            missing.join("\n  ")
        ))
    }
}

/// Whether a program of this name lies on the PATH.
pub(crate) fn on_path(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|dir| dir.join(program).is_file()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_fully_installed_packages_count() {
        let listing = "installed xvfb\nconfig-files dbus\nnot-installed xdotool\n";
        assert_eq!(
            not_installed(&["xvfb", "dbus", "xdotool", "unheard-of"], listing),
            ["dbus", "xdotool", "unheard-of"]
        );
    }

    #[test]
    fn the_tests_need_all_that_running_needs() {
        let test = Purpose::Test.packages();
        for package in Purpose::RunWithoutDisplay.packages() {
            assert!(test.contains(&package), "{package}");
        }
    }
}
