//! The shape of the house, asserted: who may know whom, who owns which dependency, how large a
//! file may be. Needs neither a display nor the built app.

mod budgets;
mod crates;
mod licences;
mod ui;

use std::path::{Path, PathBuf};

/// The checkout.
fn root() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    let parent = package.parent().map(Path::to_path_buf);
    parent.unwrap_or(package)
}

/// Our own text files with one of these extensions, as paths relative to the checkout.
fn sources(extensions: &[&str]) -> Vec<(String, String)> {
    const NOT_OURS: &[&str] = &["target", "node_modules", "dist", ".git", "gen"];
    let root = root();
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs_err::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            if path.is_dir() {
                if !NOT_OURS.contains(&name.as_str()) {
                    folders.push(path);
                }
            } else if extensions
                .iter()
                .any(|extension| path.extension().is_some_and(|own| own == *extension))
                && let Ok(text) = fs_err::read_to_string(&path)
            {
                let relative = path.strip_prefix(&root).unwrap_or(&path);
                found.push((relative.to_string_lossy().replace('\\', "/"), text));
            }
        }
    }
    found.sort();
    found
}

/// Fails with every violation at once.
#[track_caller]
fn assert_none(what: &str, violations: &[String]) {
    assert!(
        violations.is_empty(),
        "{what}:\n  {}",
        violations.join("\n  ")
    );
}

#[test]
fn sources_are_found() {
    let all = sources(&["rs"]);
    assert!(
        all.iter()
            .any(|(path, _)| path == "tests/architecture/main.rs"),
        "the walk must see this very file, or every check below checks nothing"
    );
}
