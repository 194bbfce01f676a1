//! The Debian package in a bare system: `installed PACKAGE FOLDER`, normally by
//! `cargo xtask bundle --check`. As root: it makes a system of its own below the folder.
//!
//! A minimal Debian has nothing that a developer's machine happens to have: what the package does
//! not depend on is not there. The app is started as its desktop entry says, works, is ended and
//! purged; then nothing may be left but what belongs to the person.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use e2e::deadline::until;
use e2e::display::Display;
use e2e::driver::all_gone;
use e2e::process::{Running, descendants, signal};
use e2e::{Failure, Outcome, fixture};

const PACKAGE: &str = "wiro-studio";
const HOME: &str = "/home/person";
const SHOWN_WITHIN: Duration = Duration::from_mins(1);
/// Smoothed text alone has more shades than this; an empty window has one or two.
const FEWEST_COLOURS: usize = 16;

/// A root folder with mounts of its own, which end with the command. What is bound lies at the same
/// place inside.
const INSIDE: &str = "root=$1; bound=$2; shift 2; \
     mount -t proc proc \"$root/proc\"; mkdir -p \"$root/dev/shm\"; mount -t tmpfs tmpfs \"$root/dev/shm\"; \
     if [ -n \"$bound\" ]; then mkdir -p \"$root$bound\"; mount --bind \"$bound\" \"$root$bound\"; fi; \
     exec chroot \"$root\" \"$@\"";

/// Places that package managers and caches write to by themselves.
const NOT_OURS: [&str; 7] = [
    "proc",
    "sys",
    "dev",
    "tmp",
    "var/lib",
    "var/cache",
    "var/log",
];

fn main() -> ExitCode {
    let mut checks = Checks::default();
    let words: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let outcome = match words.as_slice() {
        [package, folder] => check(package, folder, &mut checks),
        _ => Err("usage: installed PACKAGE FOLDER".into()),
    };
    // Standard output may be closed; the exit code says enough then.
    let _ = std::io::stdout().write_all(checks.table().as_bytes());
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "installed: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What was looked at, and what was seen.
#[derive(Default)]
struct Checks(Vec<(&'static str, String)>);

impl Checks {
    fn good(&mut self, what: &'static str, seen: impl Into<String>) {
        let seen = seen.into();
        let _ = writeln!(std::io::stderr(), "good: {what}: {seen}");
        self.0.push((what, seen));
    }

    fn table(&self) -> String {
        let lines = self
            .0
            .iter()
            .map(|(what, seen)| format!("good  {what:<42}{seen}\n"));
        lines.collect()
    }
}

fn check(package: &Path, folder: &Path, checks: &mut Checks) -> Outcome {
    let bare = Bare::make(folder)?;
    fs_err::copy(package, bare.root.join("tmp/package.deb"))?;
    fs_err::create_dir_all(bare.root.join("home/person"))?;
    fs_err::copy(fixture("cat.jpg"), bare.root.join("home/person/cat.jpg"))?;
    bare.apt(&["update"])?;
    let before = bare.installed()?;
    bare.install()?;
    let brought = bare.installed()?.len() - before.len();
    checks.good(
        "installs into a bare Debian",
        format!("with {brought} packages"),
    );
    bare.purge()?;
    let without = bare.files()?;
    bare.install()?;

    let listed = bare.say(&["dpkg", "-L", PACKAGE])?;
    let missing = bare.say(&[
        "sh",
        "-c",
        "ldd /usr/bin/wiro-studio /usr/bin/wiro | grep 'not found' || true",
    ])?;
    if !missing.is_empty() {
        return Err(format!("libraries that nothing brings: {missing}").into());
    }
    checks.good("every library is there", "ldd of both programs");
    let entry = Entry::read(&bare, &listed)?;
    checks.good(
        "desktop entry",
        format!("{} ({})", entry.get("Name")?, entry.path.display()),
    );
    let icons = listed
        .lines()
        .filter(|path| path.ends_with(&format!("/{}.png", entry.get("Icon").unwrap_or_default())));
    checks.good("icons", format!("{} sizes", icons.count()));
    let licence = fs_err::read_to_string(bare.root.join("usr/share/doc/wiro-studio/copyright"))?;
    checks.good("licence", licence.lines().next().unwrap_or_default());
    checks.good("version", bare.say(&["wiro", "--version"])?);

    let display = Display::start()?;
    let mut app = bare.open(&display, &entry)?;
    checks.good(
        "the window comes up, of the entry's class",
        app.shown(&display, &entry, folder)?,
    );
    checks.good("wiro runs beside it", bare.upscale(&display)?);
    app.end()?;
    checks.good("the app ends when asked", "SIGTERM");

    bare.purge()?;
    let left: Vec<String> = bare.files()?.difference(&without).cloned().collect();
    let strangers: Vec<&String> = left
        .iter()
        .filter(|path| !path.starts_with("home/person/"))
        .collect();
    if !strangers.is_empty() {
        return Err(format!("left behind: {strangers:#?}").into());
    }
    checks.good(
        "purged: only the person's files stay",
        format!("{} in {HOME}", left.len()),
    );
    Ok(())
}

/// A minimal Debian in a folder.
struct Bare {
    root: PathBuf,
}

impl Bare {
    /// The base is fetched once and kept; each check works on a copy.
    fn make(folder: &Path) -> Outcome<Self> {
        let (base, complete) = (folder.join("base"), folder.join("base-is-complete"));
        if !complete.is_file() {
            run(Command::new("rm").arg("-rf").arg(&base))?;
            run(Command::new("debootstrap")
                .args(["--variant=minbase", "bookworm"])
                .arg(&base))?;
            fs_err::write(&complete, "")?;
        }
        let root = folder.join("root");
        run(Command::new("rm").arg("-rf").arg(&root))?;
        run(Command::new("cp").arg("-a").arg(&base).arg(&root))?;
        fs_err::copy("/etc/resolv.conf", root.join("etc/resolv.conf"))?;
        // Some libraries take their home from here instead of from the environment.
        let users = root.join("etc/passwd");
        let text = fs_err::read_to_string(&users)?.replace(":/root:", ":/home/person:");
        fs_err::write(&users, text)?;
        // A system in a folder starts no services.
        let policy = root.join("usr/sbin/policy-rc.d");
        fs_err::write(&policy, "#!/bin/sh\nexit 101\n")?;
        run(Command::new("chmod").arg("755").arg(&policy))?;
        Ok(Self { root })
    }

    /// A command inside; `bound` is a folder of the outside that it needs.
    fn inside(&self, bound: Option<&Path>, words: &[&str]) -> Command {
        let mut command = Command::new("unshare");
        command
            .args(["--mount", "--pid", "--fork", "--kill-child"])
            .args(["sh", "-ec", INSIDE, "inside"])
            .arg(&self.root)
            .arg(bound.unwrap_or(Path::new("")))
            .args(words)
            .env("HOME", HOME)
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("LANG", "C.UTF-8")
            .env("DEBIAN_FRONTEND", "noninteractive")
            .current_dir("/")
            .stdin(Stdio::null());
        command
    }

    fn say(&self, words: &[&str]) -> Outcome<String> {
        let output = self.inside(None, words).stderr(Stdio::inherit()).output()?;
        if output.status.success() {
            Ok(String::from_utf8(output.stdout)?.trim().to_owned())
        } else {
            Err(format!("{words:?}: {}", output.status).into())
        }
    }

    fn apt(&self, words: &[&str]) -> Outcome {
        let all = [&["apt-get", "-qq", "-y", "-o", "Dpkg::Use-Pty=0"], words].concat();
        run(self.inside(None, &all).stdout(Stdio::null()))
    }

    fn install(&self) -> Outcome {
        self.apt(&["install", "--no-install-recommends", "/tmp/package.deb"])
    }

    fn purge(&self) -> Outcome {
        self.apt(&["purge", PACKAGE])
    }

    fn installed(&self) -> Outcome<Vec<String>> {
        let listed = self.say(&["dpkg-query", "-W", "-f=${Package}\\n"])?;
        Ok(listed.lines().map(str::to_owned).collect())
    }

    /// Every file but those that come and go by themselves.
    fn files(&self) -> Outcome<BTreeSet<String>> {
        let mut find = Command::new("find");
        find.args([".", "-mindepth", "1"]).current_dir(&self.root);
        for place in NOT_OURS {
            find.args(["-path", &format!("./{place}"), "-prune", "-o"]);
        }
        let output = find.args(["-type", "f", "-print"]).output()?;
        let text = String::from_utf8(output.stdout)?;
        Ok(text
            .lines()
            .map(|line| line.trim_start_matches("./").to_owned())
            .collect())
    }

    /// Starts the app as a desktop would.
    fn open(&self, display: &Display, entry: &Entry) -> Outcome<App> {
        let exec = entry.get("Exec")?;
        // What `%U` and its like stand for is nothing when no file is opened.
        let words: Vec<&str> = exec
            .split_whitespace()
            .filter(|word| !word.starts_with('%'))
            .collect();
        let command = self.on(display, &words)?;
        Ok(App(Running::start(&mut { command })?))
    }

    /// A command inside that sees the display and its bus, and the person's home.
    fn on(&self, display: &Display, words: &[&str]) -> Outcome<Command> {
        let mut outside = Command::new("true");
        display.apply(&mut outside);
        let value = |name: &str| {
            let found = outside.get_envs().find(|(key, _)| *key == name);
            found
                .and_then(|(_, value)| value)
                .map(std::ffi::OsStr::to_os_string)
        };
        let runtime = value("XDG_RUNTIME_DIR").ok_or("a display without a runtime folder")?;
        let mut command = self.inside(Some(Path::new(&runtime)), words);
        for name in [
            "DISPLAY",
            "DBUS_SESSION_BUS_ADDRESS",
            "XDG_RUNTIME_DIR",
            "GDK_BACKEND",
            "NO_AT_BRIDGE",
        ] {
            if let Some(value) = value(name) {
                command.env(name, value);
            }
        }
        Ok(command)
    }

    /// The main job with the installed program, on the library that the app has open.
    fn upscale(&self, display: &Display) -> Outcome<String> {
        let words = [
            "wiro",
            "run",
            "sandbox/upscale",
            "-f",
            "inputImage=/home/person/cat.jpg",
            "-p",
            "scale=2",
            "-o",
            "/home/person/results",
        ];
        run(self.on(display, &words)?.stdout(Stdio::null()))?;
        let home = self.root.join("home/person");
        let result = fs_err::read_dir(home.join("results"))?
            .next()
            .ok_or("no result")??
            .path();
        let (before, after) = (
            image::image_dimensions(home.join("cat.jpg"))?,
            image::image_dimensions(&result)?,
        );
        if after != (before.0 * 2, before.1 * 2) {
            return Err(format!("{before:?} became {after:?}").into());
        }
        Ok(format!(
            "{}x{} became {}x{} on disk",
            before.0, before.1, after.0, after.1
        ))
    }
}

/// The app, below the process that made its surroundings.
struct App(Running);

impl App {
    /// Waits for the window and for paint in it; keeps a picture.
    fn shown(&mut self, display: &Display, entry: &Entry, folder: &Path) -> Outcome<String> {
        let class = format!("^{}$", entry.get("StartupWMClass")?);
        let window = until("a window of the entry's class", SHOWN_WITHIN, || {
            if let Some(status) = self.0.ended()? {
                return Err(format!("the app ended: {status}").into());
            }
            let found = ["--classname", "--class"].iter().find_map(|kind| {
                let ids = display
                    .xdotool(&["search", "--onlyvisible", kind, &class])
                    .ok()?;
                ids.lines().last().map(str::to_owned)
            });
            Ok(found)
        })?;
        let file = folder.join("window.png");
        until("paint in the window", SHOWN_WITHIN, || {
            display.picture(&file)?;
            let colours: BTreeSet<[u8; 3]> = image::open(&file)?
                .to_rgb8()
                .pixels()
                .map(|pixel| pixel.0)
                .collect();
            Ok((colours.len() >= FEWEST_COLOURS).then_some(()))
        })?;
        let title = display.xdotool(&["getwindowname", &window])?;
        Ok(format!("{title:?}, {}", file.display()))
    }

    fn end(mut self) -> Outcome {
        let all = descendants(self.0.id());
        let app = *all.first().ok_or("the app is gone")?;
        if !signal(app, "TERM") {
            return Err(Failure::from("the app could not be asked to end"));
        }
        self.0.wait(Duration::from_secs(20))?;
        tokio::runtime::Runtime::new()?.block_on(all_gone(&all))
    }
}

/// The desktop entry, checked by its own tool.
struct Entry {
    path: PathBuf,
    text: String,
}

impl Entry {
    fn read(bare: &Bare, listed: &str) -> Outcome<Self> {
        let path = listed.lines().find(|path| path.ends_with(".desktop"));
        let path = PathBuf::from(path.ok_or("no desktop entry")?);
        let outside = bare.root.join(path.strip_prefix("/")?);
        run(Command::new("desktop-file-validate").arg(&outside))?;
        let text = fs_err::read_to_string(&outside)?;
        let entry = Self { path, text };
        let program = entry
            .get("Exec")?
            .split(' ')
            .next()
            .unwrap_or_default()
            .to_owned();
        if !bare.root.join("usr/bin").join(&program).is_file() {
            return Err(format!("{program} is not in /usr/bin").into());
        }
        Ok(entry)
    }

    fn get(&self, key: &str) -> Outcome<&str> {
        let found = self
            .text
            .lines()
            .find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        found.ok_or_else(|| format!("no {key} in {}", self.path.display()).into())
    }
}

fn run(command: &mut Command) -> Outcome {
    let status = command.status()?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{command:?}: {status}").into())
    }
}
