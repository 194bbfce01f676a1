//! Where things are.

use std::path::{Path, PathBuf};

use crate::Outcome;

/// The folders of one checkout.
#[derive(Debug)]
pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// Cargo says at run time where this package lies; a path baked in at compile time would be
    /// wrong when a target folder is shared by several checkouts.
    pub(crate) fn find() -> Outcome<Self> {
        let package = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = package
            .ancestors()
            .find(|folder| folder.join("Cargo.lock").is_file())
            .ok_or_else(|| format!("no Cargo.lock above {}", package.display()))?
            .to_path_buf();
        let target = match std::env::var_os("CARGO_TARGET_DIR") {
            Some(folder) => std::path::absolute(&folder)
                .map_err(|error| format!("{}: {error}", folder.display()))?,
            None => root.join("target"),
        };
        Ok(Self { root, target })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn ui(&self) -> PathBuf {
        self.root.join("ui")
    }

    /// A binary of the dev profile.
    pub(crate) fn binary(&self, name: &str) -> PathBuf {
        self.target
            .join("debug")
            .join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
    }

    /// Where the release build goes.
    pub(crate) fn release_folder(&self) -> PathBuf {
        self.target.join("release")
    }

    /// A binary of the release profile.
    pub(crate) fn release_binary(&self, name: &str) -> PathBuf {
        self.release_folder()
            .join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
    }

    /// Where pictures of the window go.
    pub(crate) fn screens(&self) -> Outcome<PathBuf> {
        self.made("screens")
    }

    /// Where packages are tried out.
    pub(crate) fn bundle_check(&self) -> Outcome<PathBuf> {
        self.made("bundle-check")
    }

    fn made(&self, name: &str) -> Outcome<PathBuf> {
        let folder = self.target.join(name);
        std::fs::create_dir_all(&folder)
            .map_err(|error| format!("{}: {error}", folder.display()))?;
        Ok(folder)
    }
}
