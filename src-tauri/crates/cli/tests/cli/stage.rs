//! A folder with a library, and a Sandbox to run against.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::service::{DEADLINE, Ended, Program, Service, wiro};

pub(crate) struct Stage {
    pub(crate) service: Service,
    // After the service: its folder goes when it has ended.
    dir: TempDir,
}

impl Stage {
    /// A signature project.
    pub(crate) fn new() -> Self {
        Self::with(&[])
    }

    /// A key-only project: its tasks can be asked for.
    pub(crate) fn key_only() -> Self {
        Self::with(&["--api-key", "key-of-a-test"])
    }

    /// With further arguments of `wiro sandbox`.
    pub(crate) fn with(arguments: &[&str]) -> Self {
        let dir = folder();
        Self {
            service: Service::start(dir.path(), &dir.path().join("service"), arguments),
            dir,
        }
    }

    /// A key-only project of a Sandbox that misbehaves by these rules.
    pub(crate) fn with_faults(rules: &Value) -> Self {
        Self::with_file("--fault-plan", &json!({ "rules": rules }))
    }

    /// A key-only project of a Sandbox that serves these models as well.
    pub(crate) fn with_models(models: &Value) -> Self {
        Self::with_file("--catalogue", models)
    }

    fn with_file(flag: &str, content: &Value) -> Self {
        let dir = folder();
        let path = dir.path().join("given.json");
        fs_err::write(&path, content.to_string()).expect("written");
        let path = path.display().to_string();
        let arguments = ["--api-key", "key-of-a-test", flag, &path];
        Self {
            service: Service::start(dir.path(), &dir.path().join("service"), &arguments),
            dir,
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn library(&self) -> PathBuf {
        self.path("library")
    }

    /// `wiro` on this library, at this service.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = wiro(self.dir.path());
        self.service.apply(&mut command);
        command.env("WIRO_LIBRARY", self.library()).args(arguments);
        command
    }

    pub(crate) fn start(&self, arguments: &[&str]) -> Program {
        Program::start(self.command(arguments).arg("--json"))
    }

    pub(crate) fn json(&self, arguments: &[&str]) -> Ended {
        self.start(arguments).end()
    }

    /// What the library says of its runs, newest first.
    pub(crate) fn states(&self) -> Vec<String> {
        let listed = self.json(&["tasks", "list"]);
        assert_eq!(listed.code, Some(0), "{listed:?}");
        let state = |line: &Value| line["state"].as_str().unwrap_or_default().to_owned();
        listed.lines.iter().map(state).collect()
    }

    /// A picture of this size on disk.
    pub(crate) fn picture(&self, name: &str, width: u32, height: u32) -> String {
        let path = self.path(name);
        let red = |x: u32| u8::try_from(x % 256).unwrap_or(0);
        let pixels = image::RgbImage::from_fn(width, height, |x, y| {
            image::Rgb([red(x), red(y), red(x + y)])
        });
        pixels.save(&path).expect("a picture");
        path.display().to_string()
    }
}

/// Asks again until it is so.
pub(crate) fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < DEADLINE, "waited in vain until {what}");
    }
}

/// A folder of a test's own.
pub(crate) fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

/// The names in a folder, sorted; none when it is not there.
pub(crate) fn names(dir: &Path) -> Vec<String> {
    let Ok(entries) = fs_err::read_dir(dir) else {
        return Vec::new();
    };
    let mut names: Vec<String> = entries
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}
