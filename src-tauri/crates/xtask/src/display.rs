//! A display of our own, for machines without one.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::command::quiet;

/// How long a program may take to end when asked politely.
const END_WITHIN: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(200);

/// A bus that starts no services: portals and keyrings would outlive the window that woke them.
const SESSION_BUS: &str = include_str!("session-bus.conf");

/// A process that ends with its owner: asked first, then made to.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Outcome<Self> {
        let child = command
            .spawn()
            .map_err(|error| format!("{}: {error}", command.get_program().display()))?;
        Ok(Self { child })
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The exit status in words, when the process is gone.
    pub(crate) fn ended(&mut self) -> Option<String> {
        match self.child.try_wait() {
            Ok(None) => None,
            Ok(Some(status)) => Some(status.to_string()),
            Err(error) => Some(error.to_string()),
        }
    }

    fn first_line(&mut self) -> Outcome<String> {
        let stdout = self.child.stdout.take().ok_or("no standard output")?;
        let mut line = String::new();
        BufReader::new(stdout)
            .read_line(&mut line)
            .map_err(|error| error.to_string())?;
        if line.trim().is_empty() {
            return Err("it ended before it said where it listens".to_owned());
        }
        Ok(line.trim().to_owned())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.ended().is_some() {
            return;
        }
        // The standard library knows only SIGKILL.
        let asked = quiet("kill", &["-TERM", &self.id().to_string()]).is_some();
        let deadline = Instant::now() + END_WITHIN;
        while asked && self.ended().is_none() && Instant::now() < deadline {
            std::thread::sleep(POLL);
        }
        if self.ended().is_none() {
            // It may have ended in between: nothing to report.
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// Xvfb on a free number and a D-Bus session: what a window needs.
#[derive(Debug)]
pub(crate) struct VirtualDisplay {
    name: String,
    bus_address: String,
    // Fields are dropped in this order.
    _bus: Running,
    _server: Running,
    runtime: RuntimeFolder,
}

impl VirtualDisplay {
    pub(crate) fn start(width: u32, height: u32) -> Outcome<Self> {
        let runtime = RuntimeFolder::make()?;
        // With -displayfd the server picks a number that is free and says it when it is ready.
        let mut server = Running::start(
            Command::new("Xvfb")
                .args(["-displayfd", "1", "-nolisten", "tcp", "-screen", "0"])
                .arg(format!("{width}x{height}x24"))
                .stdout(Stdio::piped())
                .stderr(Stdio::null()),
        )?;
        let number = server
            .first_line()
            .map_err(|error| format!("Xvfb: {error}"))?;
        let config = runtime.path().join("session-bus.conf");
        std::fs::write(&config, SESSION_BUS)
            .map_err(|error| format!("{}: {error}", config.display()))?;
        let mut bus = Running::start(
            Command::new("dbus-daemon")
                .arg(format!("--config-file={}", config.display()))
                .arg(format!("--address=unix:dir={}", runtime.path().display()))
                .args(["--nofork", "--nopidfile", "--print-address=1"])
                .stdout(Stdio::piped())
                .stderr(Stdio::null()),
        )?;
        let bus_address = bus
            .first_line()
            .map_err(|error| format!("dbus-daemon: {error}"))?;
        Ok(Self {
            name: format!(":{number}"),
            bus_address,
            _bus: bus,
            _server: server,
            runtime,
        })
    }

    /// Points a command at this display; everything else is inherited.
    pub(crate) fn apply(&self, command: &mut Command) {
        command
            .env("DISPLAY", &self.name)
            .env("DBUS_SESSION_BUS_ADDRESS", &self.bus_address)
            .env("GDK_BACKEND", "x11")
            .env("NO_AT_BRIDGE", "1");
        if std::env::var_os("XDG_RUNTIME_DIR").is_none() {
            command.env("XDG_RUNTIME_DIR", self.runtime.path());
        }
    }

    /// Waits until the window of this process shows more than one flat colour and stands still.
    pub(crate) fn wait_for_paint(&self, app: &mut Running, within: Duration) -> Outcome {
        let deadline = Instant::now() + within;
        let mut before: Option<Vec<u8>> = None;
        let mut painted_since: Option<Instant> = None;
        loop {
            if let Some(status) = app.ended() {
                return Err(format!("Wiro Studio ended before it painted: {status}"));
            }
            let now = self.window_of(app.id()).and_then(|_| self.pixels().ok());
            let painted = now.as_deref().is_some_and(is_painted);
            let since = *painted_since.get_or_insert_with(Instant::now);
            if !painted {
                painted_since = None;
            } else if now == before || since.elapsed() > Duration::from_secs(10) {
                // Something may blink for ever: after ten seconds of paint that is accepted.
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(format!(
                    "no painted window within {} seconds",
                    within.as_secs()
                ));
            }
            before = now;
            std::thread::sleep(POLL);
        }
    }

    /// The visible window of a process.
    fn window_of(&self, pid: u32) -> Option<String> {
        let output = Command::new("xdotool")
            .args(["search", "--onlyvisible", "--pid", &pid.to_string()])
            .env("DISPLAY", &self.name)
            .stderr(Stdio::null())
            .output()
            .ok()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.lines().next().map(str::to_owned)
    }

    /// The screen as raw RGB.
    fn pixels(&self) -> Outcome<Vec<u8>> {
        let mut child = self
            .import()
            .args(["-depth", "8", "rgb:-"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("import: {error}"))?;
        let mut bytes = Vec::new();
        if let Some(mut stdout) = child.stdout.take() {
            stdout
                .read_to_end(&mut bytes)
                .map_err(|error| format!("import: {error}"))?;
        }
        let status = child.wait().map_err(|error| format!("import: {error}"))?;
        if status.success() {
            Ok(bytes)
        } else {
            Err(format!("import ended with {status}"))
        }
    }

    /// Writes the screen to a PNG file.
    pub(crate) fn picture(&self, file: &Path) -> Outcome {
        let status = self
            .import()
            .arg(file)
            .status()
            .map_err(|error| format!("import: {error}"))?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("import ended with {status}"))
        }
    }

    fn import(&self) -> Command {
        let mut command = Command::new("import");
        command
            .args(["-window", "root"])
            .env("DISPLAY", &self.name)
            .stdin(Stdio::null());
        command
    }
}

/// Smoothed text alone has more shades than this; an empty window has one or two.
const FEWEST_COLOURS: usize = 16;

fn is_painted(rgb: &[u8]) -> bool {
    let mut colours: Vec<&[u8]> = Vec::with_capacity(FEWEST_COLOURS);
    for pixel in rgb.chunks_exact(3) {
        if !colours.contains(&pixel) {
            colours.push(pixel);
            if colours.len() == FEWEST_COLOURS {
                return true;
            }
        }
    }
    false
}

/// A private folder for sockets, removed at the end.
#[derive(Debug)]
struct RuntimeFolder(PathBuf);

impl RuntimeFolder {
    fn make() -> Outcome<Self> {
        let path = std::env::temp_dir().join(format!("wiro-studio-{}", std::process::id()));
        std::fs::create_dir(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let folder = Self(path);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(&folder.0, std::fs::Permissions::from_mode(0o700))
                .map_err(|error| format!("{}: {error}", folder.0.display()))?;
        }
        Ok(folder)
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for RuntimeFolder {
    fn drop(&mut self) {
        // What is left in the temporary folder is cleared by the system.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flat_window_is_not_painted() {
        assert!(!is_painted(&[]));
        assert!(!is_painted(&[250; 3].repeat(10_000)));
        let two_tone: Vec<u8> = [[0; 3], [255; 3]].concat().repeat(5_000);
        assert!(!is_painted(&two_tone));
    }

    #[test]
    fn shades_are_paint() {
        let shades: Vec<u8> = (0..=255_u8).flat_map(|shade| [shade; 3]).collect();
        assert!(is_painted(&shades));
    }

    #[test]
    #[cfg(unix)]
    fn a_process_ends_with_its_owner() {
        let running = Running::start(Command::new("sleep").arg("600")).unwrap();
        let id = running.id().to_string();
        assert!(quiet("kill", &["-0", &id]).is_some());
        drop(running);
        assert!(quiet("kill", &["-0", &id]).is_none());
    }
}
