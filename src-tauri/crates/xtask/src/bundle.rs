//! `cargo xtask bundle`: the packages people install, and the proof that they can.

use std::path::{Path, PathBuf};

use crate::command::{cargo, outsider, run};
use crate::packages::Purpose;
use crate::stages::FEATURES;
use crate::workspace::Workspace;
use crate::{Outcome, packages, release};

/// Folders of the packager's output, each with its ending.
const KINDS: &[(&str, &str)] = &[("deb", "deb"), ("rpm", "rpm")];

/// What only the check uses; the base of its bare system is made once and kept.
const CHECK_PACKAGES: &[&str] = &["debootstrap", "desktop-file-utils"];

pub(crate) fn bundle(workspace: &Workspace, arguments: &[String]) -> Outcome {
    let check = match arguments {
        [] => false,
        [only] if only == "--check" => true,
        _ => return Err("usage: cargo xtask bundle [--check]".to_owned()),
    };
    if !cfg!(target_os = "linux") {
        return Err("packages are made on Linux so far".to_owned());
    }
    packages::ensure(if check { Purpose::Test } else { Purpose::Run })?;
    if check {
        packages::ensure_these(CHECK_PACKAGES)?;
    }
    release::build(workspace)?;
    let made = pack(workspace)?;
    for package in &made {
        let bytes = std::fs::metadata(package)
            .map_err(|error| format!("{}: {error}", package.display()))?
            .len();
        println!("{:>10}  {}", size(bytes), package.display());
    }
    if check {
        self::check(workspace, &made)?;
    }
    Ok(())
}

/// The packager only packs: the programs are there, and nothing is fetched.
fn pack(workspace: &Workspace) -> Outcome<Vec<PathBuf>> {
    let folder = workspace.release_folder().join("bundle");
    // What lies there from before must not be taken for what is made now.
    if folder.exists() {
        std::fs::remove_dir_all(&folder)
            .map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let packager = workspace.ui().join("node_modules/.bin/tauri");
    run(outsider(&packager)
        // There are two configurations in the workspace; the packager takes the one where it is.
        .current_dir(workspace.root().join("src-tauri"))
        .args(["bundle", "--ci", "--bundles", "deb,rpm"])
        .arg("--config")
        .arg(companions(workspace)))?;
    let mut made = Vec::new();
    for (name, ending) in KINDS {
        made.extend(files_in(&folder.join(name), ending)?);
    }
    if made.len() == KINDS.len() {
        Ok(made)
    } else {
        Err(format!("expected one package of each kind, got {made:?}"))
    }
}

/// The command line and the licence go into the packages as well. Where the command line was built
/// is known only here.
fn companions(workspace: &Workspace) -> String {
    let files = format!(
        r#"{{"/usr/bin/wiro":{},"/usr/share/doc/wiro-studio/copyright":{}}}"#,
        quoted(&workspace.release_binary("wiro")),
        quoted(&workspace.root().join("LICENSE")),
    );
    format!(r#"{{"bundle":{{"linux":{{"deb":{{"files":{files}}},"rpm":{{"files":{files}}}}}}}}}"#)
}

/// A path as a JSON text.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn files_in(folder: &Path, ending: &str) -> Outcome<Vec<PathBuf>> {
    let entries =
        std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.is_file() && path.extension().is_some_and(|found| found == ending))
        .collect();
    files.sort();
    Ok(files)
}

/// Installs the Debian package into a bare system and works with it there. Then the very programs of
/// the package go through the window's main test.
fn check(workspace: &Workspace, made: &[PathBuf]) -> Outcome {
    let package = made.first().ok_or("no package was made")?;
    run(cargo(workspace).args([
        "build",
        "--workspace",
        "--bin",
        "installed",
        "--features",
        FEATURES,
    ]))?;
    let folder = workspace.bundle_check()?;
    run(outsider(workspace.binary("installed"))
        .arg(package)
        .arg(&folder))?;
    let unpacked = folder.join("unpacked");
    if unpacked.exists() {
        std::fs::remove_dir_all(&unpacked)
            .map_err(|error| format!("{}: {error}", unpacked.display()))?;
    }
    run(outsider("dpkg-deb").arg("-x").arg(package).arg(&unpacked))?;
    run(cargo(workspace)
        .args(["test", "--workspace", "--test", "window"])
        .args(["--features", FEATURES])
        .args(["--", "--test-threads", "1", "main_street"])
        .env("WIRO_STUDIO_BIN", unpacked.join("usr/bin/wiro-studio"))
        .env("WIRO_BIN", unpacked.join("usr/bin/wiro")))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a size for people, with one digit after the point"
)]
fn size(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_survive_the_configuration() {
        assert_eq!(quoted(Path::new("/a b/c")), r#""/a b/c""#);
        assert_eq!(quoted(Path::new(r#"C:\x "y""#)), r#""C:\\x \"y\"""#);
    }

    #[test]
    fn sizes_read_well() {
        assert_eq!(size(6_812_345), "6.8 MB");
    }

    #[test]
    fn only_the_one_flag_is_taken() {
        let workspace = Workspace::find().unwrap();
        let error = bundle(&workspace, &["--everything".to_owned()]).unwrap_err();
        assert!(error.starts_with("usage"), "{error}");
    }
}
