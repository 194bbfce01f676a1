//! Node and the UI's packages.

use std::path::PathBuf;
use std::process::Command;

use crate::Outcome;
use crate::command::{npm, quiet, run};
use crate::workspace::Workspace;

const OLDEST_NODE: u32 = 20;

/// Node of a usable age and npm, or plain words about what to do.
pub(crate) fn ensure() -> Outcome {
    let advice = format!(
        "Wiro Studio's window is built with Node {OLDEST_NODE} or newer (https://nodejs.org/en/download)"
    );
    let Some(version) = quiet("node", &["--version"]) else {
        return Err(format!("`node` was not found. {advice}"));
    };
    match major(&version) {
        Some(found) if found >= OLDEST_NODE => {}
        _ => {
            return Err(format!("`node` is {}, too old. {advice}", version.trim()));
        }
    }
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    if Command::new(npm).arg("--version").output().is_err() {
        return Err(format!(
            "`npm` was not found; it belongs to Node but some systems package it apart. {advice}"
        ));
    }
    Ok(())
}

fn major(version: &str) -> Option<u32> {
    version
        .trim()
        .strip_prefix('v')?
        .split('.')
        .next()?
        .parse()
        .ok()
}

/// `npm ci`, unless what is there was installed from this very lock file.
///
/// The stamp is a copy of the lock inside `node_modules`: it disappears with what it vouches for.
pub(crate) fn install(workspace: &Workspace) -> Outcome {
    let lock = workspace.ui().join("package-lock.json");
    let wanted = std::fs::read(&lock).map_err(|error| format!("{}: {error}", lock.display()))?;
    let stamp = stamp(workspace);
    if std::fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    run(npm(workspace).args(["ci", "--no-audit", "--no-fund"]))?;
    std::fs::write(&stamp, wanted).map_err(|error| format!("{}: {error}", stamp.display()))
}

fn stamp(workspace: &Workspace) -> PathBuf {
    workspace
        .ui()
        .join("node_modules")
        .join(".installed-from-lock.json")
}

/// The UI as static files, which the shell compiles in.
pub(crate) fn build(workspace: &Workspace) -> Outcome {
    run(npm(workspace).args(["run", "--silent", "build"]))
}

/// Types and lints of the UI.
pub(crate) fn check(workspace: &Workspace) -> Outcome {
    run(npm(workspace).args(["run", "--silent", "check"]))
}

/// Tests of the UI.
pub(crate) fn test(workspace: &Workspace) -> Outcome {
    run(npm(workspace).args(["run", "--silent", "test"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read() {
        assert_eq!(major("v20.20.2\n"), Some(20));
        assert_eq!(major("v8.1.0"), Some(8));
        assert_eq!(major("20.1.0"), None);
        assert_eq!(major(""), None);
    }
}
