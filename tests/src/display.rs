//! A desktop of its own: X server, session bus, home.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::process::Running;
use crate::{Failure, Outcome};

/// A bus that starts no services by itself: portals and keyrings would outlive the test, and what a
/// test needs it starts.
const SESSION_BUS: &str = include_str!("session-bus.conf");

const START_WITHIN: Duration = Duration::from_secs(20);

/// An X server on a free number, a D-Bus session and an empty home, all private to one test.
#[derive(Debug)]
pub struct Display {
    name: String,
    bus_address: String,
    // Dropped in this order: the folders go last.
    _bus: Running,
    _server: Running,
    folders: TempDir,
}

impl Display {
    /// Larger than the window, so that something can lie beside it.
    pub fn start() -> Outcome<Self> {
        Self::with_size(1600, 1000)
    }

    /// A screen of exactly this size.
    pub fn with_size(width: u32, height: u32) -> Outcome<Self> {
        let folders = tempfile::Builder::new().prefix("wiro-e2e-").tempdir()?;
        fs_err::create_dir(folders.path().join("home"))?;
        let runtime = folders.path().join("run");
        fs_err::create_dir(&runtime)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            fs_err::set_permissions(&runtime, std::fs::Permissions::from_mode(0o700))?;
        }
        // With -displayfd the server picks a free number and says it when it is ready. Without -noreset it
        // turns clients away for a moment whenever the last one has gone.
        let (server, lines) = Running::with_lines(
            Command::new("Xvfb")
                .args([
                    "-displayfd",
                    "1",
                    "-noreset",
                    "-nolisten",
                    "tcp",
                    "-screen",
                    "0",
                ])
                .arg(format!("{width}x{height}x24"))
                .stderr(Stdio::null()),
        )?;
        let name = format!(":{}", lines.next(START_WITHIN)?);
        let config = runtime.join("session-bus.conf");
        fs_err::write(&config, SESSION_BUS)?;
        let mut bus = Command::new("dbus-daemon");
        bus.arg(format!("--config-file={}", config.display()))
            .arg(format!("--address=unix:dir={}", runtime.display()))
            .args(["--nofork", "--nopidfile", "--print-address=1"])
            .stderr(Stdio::null());
        isolate(&mut bus, folders.path());
        let (bus, lines) = Running::with_lines(&mut bus)?;
        let bus_address = lines.next(START_WITHIN)?;
        Ok(Self {
            name,
            bus_address,
            _bus: bus,
            _server: server,
            folders,
        })
    }

    /// Points a command at this desktop and at nothing else of the machine's session.
    pub fn apply<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        isolate(command, self.folders.path());
        command
            .env("DISPLAY", &self.name)
            .env("DBUS_SESSION_BUS_ADDRESS", &self.bus_address)
            .env("GDK_BACKEND", "x11")
    }

    /// The home folder of whoever sits at this desktop.
    pub fn home(&self) -> PathBuf {
        self.folders.path().join("home")
    }

    /// Runs xdotool and gives back what it prints.
    pub fn xdotool(&self, arguments: &[&str]) -> Outcome<String> {
        let output = Command::new("xdotool")
            .args(arguments)
            .env("DISPLAY", &self.name)
            .output()?;
        if output.status.success() {
            Ok(String::from_utf8(output.stdout)?.trim().to_owned())
        } else {
            let words = String::from_utf8_lossy(&output.stderr).into_owned();
            Err(Failure::from(format!("xdotool {arguments:?}: {words}")))
        }
    }

    /// The visible top-level window of a process, if it shows one yet; the largest, because a drag that is over
    /// leaves a small one behind.
    pub fn window_of(&self, id: u32) -> Option<String> {
        // xdotool fails when nothing is found.
        let found = self
            .xdotool(&["search", "--onlyvisible", "--pid", &id.to_string()])
            .ok()?;
        let area = |window: &&str| {
            let place = self.place_of(window).ok();
            place.map_or(0, |place| i64::from(place.width) * i64::from(place.height))
        };
        found.lines().max_by_key(area).map(str::to_owned)
    }

    /// Asks a window to close, as the button in its frame would.
    pub fn ask_to_close(&self, window: &str) -> Outcome {
        let output = Command::new("/usr/bin/python3")
            .arg(crate::fixture("close_window.py"))
            .arg(window)
            .env("DISPLAY", &self.name)
            .stdin(Stdio::null())
            .output()?;
        if output.status.success() {
            return Ok(());
        }
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(Failure::from(format!("closing {window}: {words}")))
    }

    /// Where a window lies on the screen.
    pub fn place_of(&self, window: &str) -> Outcome<Place> {
        let text = self.xdotool(&["getwindowgeometry", "--shell", window])?;
        let number = |name: &str| -> Outcome<i32> {
            let value = text
                .lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
                .ok_or_else(|| format!("no {name} in {text:?}"))?;
            Ok(value.parse()?)
        };
        Ok(Place {
            x: number("X")?,
            y: number("Y")?,
            width: number("WIDTH")?,
            height: number("HEIGHT")?,
        })
    }

    /// Writes what the screen shows to a PNG file.
    pub fn picture(&self, file: &Path) -> Outcome {
        let status = Command::new("import")
            .args(["-window", "root"])
            .arg(file)
            .env("DISPLAY", &self.name)
            .stdin(Stdio::null())
            .status()?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("import ended with {status}").into())
        }
    }
}

/// A rectangle on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Left edge.
    pub x: i32,
    /// Upper edge.
    pub y: i32,
    /// Width in pixels.
    pub width: i32,
    /// Height in pixels.
    pub height: i32,
}

impl Place {
    /// The point in the middle.
    pub fn centre(self) -> (i32, i32) {
        (self.x + self.width / 2, self.y + self.height / 2)
    }
}

/// Takes away what ties a program to the session that the tests were started from.
fn isolate(command: &mut Command, folders: &Path) {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let ours = ["WIRO_", "XDG_", "WEBKIT_", "GTK_", "GDK_", "DBUS_"]
            .iter()
            .any(|prefix| text.starts_with(prefix));
        if ours || text == "WAYLAND_DISPLAY" {
            command.env_remove(&name);
        }
    }
    command
        .env("HOME", folders.join("home"))
        .env("XDG_RUNTIME_DIR", folders.join("run"))
        .env("LANG", "C.UTF-8")
        // No accessibility bus: it would start services that outlive the test.
        .env("NO_AT_BRIDGE", "1");
}
