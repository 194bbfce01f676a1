//! The programs under test: where they are, and how they are started on one library.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::display::Display;
use crate::process::Running;
use crate::sandbox::Sandbox;
use crate::{Failure, Outcome};

/// The built program: the one that an environment variable names, or the one beside this test.
pub fn program(variable: &str, name: &str) -> Outcome<PathBuf> {
    let path = match std::env::var_os(variable) {
        Some(path) => PathBuf::from(path),
        None => beside_this(&format!("{name}{}", std::env::consts::EXE_SUFFIX))?,
    };
    if path.is_file() {
        Ok(path)
    } else {
        let hint = "build first: `cargo xtask test e2e` does";
        Err(format!("{} is not there ({hint})", path.display()).into())
    }
}

/// Tests lie in `target/debug/deps`, programs in `target/debug`.
fn beside_this(file: &str) -> Outcome<PathBuf> {
    Ok(std::env::current_exe()?
        .ancestors()
        .skip(1)
        .take(2)
        .map(|folder| folder.join(file))
        .find(|path| path.is_file())
        .unwrap_or_else(|| PathBuf::from(file)))
}

/// Takes every setting of Wiro Studio out of what a command inherits.
pub fn isolated(command: &mut Command) -> &mut Command {
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("WIRO_") {
            command.env_remove(&name);
        }
    }
    command
}

/// One library and one service, for the app and for `wiro` alike.
#[derive(Debug, Clone)]
pub struct Studio {
    library: PathBuf,
    environment: Vec<(String, String)>,
    output: Option<PathBuf>,
    is_usual: bool,
}

impl Studio {
    /// A library in this folder; no service: the app asks at its first start.
    pub fn new(library: &Path) -> Self {
        Self {
            library: library.to_path_buf(),
            environment: Vec::new(),
            output: None,
            is_usual: false,
        }
    }

    /// The library that is used when nobody names one; it should be in this folder.
    pub fn at_usual_place(library: &Path) -> Self {
        Self {
            is_usual: true,
            ..Self::new(library)
        }
    }

    /// What the window's process says goes to the end of this file, not to the test's own output.
    #[must_use]
    pub fn telling(mut self, file: &Path) -> Self {
        self.output = Some(file.to_path_buf());
        self
    }

    /// The file that the window's process speaks to, opened at its end; none when it speaks to the test's output.
    pub fn output(&self) -> Outcome<Option<std::fs::File>> {
        let Some(file) = &self.output else {
            return Ok(None);
        };
        let file = fs_err::OpenOptions::new()
            .create(true)
            .append(true)
            .open(file)?;
        Ok(Some(file.into_parts().0))
    }

    /// The same library with this Sandbox as its service.
    #[must_use]
    pub fn against(self, sandbox: &Sandbox) -> Self {
        sandbox
            .environment()
            .into_iter()
            .fold(self, |studio, (name, value)| studio.with(name, value))
    }

    /// One more environment variable.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// The library's folder.
    pub fn library(&self) -> &Path {
        &self.library
    }

    /// Puts library and service into a command's environment.
    pub fn apply<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        isolated(command);
        if !self.is_usual {
            command.env("WIRO_LIBRARY", &self.library);
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)))
    }

    /// Starts the app on this display with nobody driving it.
    pub fn open(&self, display: &Display) -> Outcome<Running> {
        let mut command = Command::new(program("WIRO_STUDIO_BIN", "wiro-studio")?);
        display.apply(&mut command);
        self.apply(&mut command);
        Running::start(&mut command)
    }

    /// A `wiro` command on this library.
    pub fn wiro(&self, arguments: &[&str]) -> Outcome<Command> {
        let mut command = Command::new(program("WIRO_BIN", "wiro")?);
        command.args(arguments).stdin(Stdio::null());
        self.apply(&mut command);
        Ok(command)
    }

    /// Runs `wiro --json` to its end: exit code and the lines of standard output.
    pub fn wiro_json(&self, arguments: &[&str]) -> Outcome<(i32, Vec<serde_json::Value>)> {
        let output = self
            .wiro(arguments)?
            .arg("--json")
            .stderr(Stdio::inherit())
            .output()?;
        let lines = String::from_utf8(output.stdout)?
            .lines()
            .map(|line| {
                serde_json::from_str(line)
                    .map_err(|error| Failure::from(format!("{error} in {line:?}")))
            })
            .collect::<Outcome<Vec<_>>>()?;
        let code = output.status.code().ok_or("wiro ended by a signal")?;
        Ok((code, lines))
    }
}
