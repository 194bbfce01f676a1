//! Start and memory of the app's window beside those of the bare one.
//!
//! Each sample is a process of its own that is told by the environment which program it opens: both
//! go exactly the same way.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use e2e::display::Display;
use e2e::driver::Window;
use e2e::flows::choose_sandbox;
use e2e::process::descendants;
use e2e::studio::{Studio, program};
use e2e::{Failure, Outcome};

use crate::report::{Limit, Row, median, say, told};

/// The word that makes this program a part.
pub(crate) const PART: &str = "window-part";

const STARTS: usize = 7;
const IDLES: usize = 3;
const IDLE: Duration = Duration::from_secs(30);
const READY_WITHIN: Duration = Duration::from_secs(30);

/// The bare window's one line, or the first models of the app's catalogue.
const READY: &str = "const found = document.querySelector( \
     '[data-testid=\"ready\"], [data-testid^=\"model-card-\"]'); \
     return found !== null && found.getBoundingClientRect().height > 0";

/// From the start of the process to a page that can be used.
pub(crate) fn start() -> Outcome<Vec<Row>> {
    let pair = Pair::prepare()?;
    let (app, bare) = pair.samples("start", STARTS, "ms")?;
    Ok(vec![Row {
        what: "cold start to a usable catalogue".to_owned(),
        figure: told(&app, "ms"),
        peer: told(&bare, "ms"),
        value: median(&app) / median(&bare),
        limit: Limit::AtMost(1.3),
    }])
}

/// What the whole process tree holds when nothing happens.
pub(crate) fn memory() -> Outcome<Vec<Row>> {
    let pair = Pair::prepare()?;
    let (app, bare) = pair.samples("idle", IDLES, "MB")?;
    Ok(vec![Row {
        what: "idle memory, whole tree (PSS)".to_owned(),
        figure: told(&app, "MB"),
        peer: told(&bare, "MB"),
        value: median(&app) / median(&bare),
        limit: Limit::AtMost(1.25),
    }])
}

/// The two programs and a library in which the Sandbox was chosen.
struct Pair {
    app: PathBuf,
    bare: PathBuf,
    folder: tempfile::TempDir,
}

impl Pair {
    fn prepare() -> Outcome<Self> {
        let pair = Self {
            app: program("WIRO_STUDIO_BIN", "wiro-studio")?,
            bare: program("WIRO_BARE_WINDOW_BIN", "bare-window")?,
            folder: tempfile::tempdir()?,
        };
        pair.part("choose", &pair.app)?;
        Ok(pair)
    }

    /// One of each in turn, so that a change of the machine's mood meets both. The first is not
    /// counted: it reads the programs from the disk.
    fn samples(&self, what: &str, count: usize, unit: &str) -> Outcome<(Vec<f64>, Vec<f64>)> {
        let (mut app, mut bare) = (Vec::new(), Vec::new());
        for round in 0..=count {
            let pair = (self.part(what, &self.app)?, self.part(what, &self.bare)?);
            say(&format!("  {:.0} {unit} | {:.0} {unit}", pair.0, pair.1));
            if round > 0 {
                app.push(pair.0);
                bare.push(pair.1);
            }
        }
        Ok((app, bare))
    }

    fn part(&self, what: &str, program: &Path) -> Outcome<f64> {
        let output = Command::new(std::env::current_exe()?)
            .args([PART, what])
            .arg(self.folder.path().join("library"))
            .env("WIRO_STUDIO_BIN", program)
            .stderr(Stdio::inherit())
            .output()?;
        let text = String::from_utf8(output.stdout)?;
        if !output.status.success() {
            return Err(format!("{what} of {}: {}", program.display(), output.status).into());
        }
        Ok(text.trim().parse()?)
    }
}

/// What a part does; its figure goes to standard output.
pub(crate) fn part(words: &[String]) -> Outcome {
    use std::io::Write as _;
    let [what, library] = words else {
        return Err("a part needs to know what and where".into());
    };
    let studio = Studio::new(Path::new(library)).with("WIRO_LOG", "error");
    let runtime = tokio::runtime::Runtime::new()?;
    let figure = match what.as_str() {
        "idle" => idle(&studio)?,
        "choose" => runtime.block_on(choose(&studio))?,
        _ => runtime.block_on(ready_after(&studio))?,
    };
    writeln!(std::io::stdout(), "{figure}")?;
    Ok(())
}

async fn choose(studio: &Studio) -> Outcome<f64> {
    let display = Display::start()?;
    let window = Window::open(&display, studio).await?;
    choose_sandbox(&window).await?;
    window.terminate().await?;
    Ok(0.0)
}

/// Milliseconds from the birth of the process.
async fn ready_after(studio: &Studio) -> Outcome<f64> {
    let display = Display::start()?;
    let window = Window::open(&display, studio).await?;
    let deadline = Instant::now() + READY_WITHIN;
    // No pause between the looks: each is an answer of the page's own.
    loop {
        let ready = window.web().execute(READY, Vec::new()).await?;
        if ready.convert::<bool>()? {
            break;
        }
        if Instant::now() > deadline {
            return Err(Failure::from("the page was never ready"));
        }
    }
    let age_ms = age_ms(window.app())?;
    window.terminate().await?;
    Ok(age_ms)
}

/// How long ago a process began. The kernel counts both in hundredths of a second since the boot.
fn age_ms(id: u32) -> Outcome<f64> {
    let uptime = fs_err::read_to_string("/proc/uptime")?;
    let now: f64 = uptime.split(' ').next().unwrap_or_default().parse()?;
    let stat = fs_err::read_to_string(format!("/proc/{id}/stat"))?;
    let (_, rest) = stat.rsplit_once(") ").ok_or("no process name")?;
    let began: f64 = rest.split(' ').nth(19).unwrap_or_default().parse()?;
    Ok((now - began / 100.0) * 1_000.0)
}

/// Megabytes of the process and all that it started, shared pages divided among who shares them.
fn idle(studio: &Studio) -> Outcome<f64> {
    let display = Display::start()?;
    let mut app = studio.open(&display)?;
    // Not waiting for a condition: that nothing happens for so long is what is measured.
    std::thread::sleep(IDLE);
    if let Some(status) = app.ended()? {
        return Err(format!("the program ended: {status}").into());
    }
    let mut all = vec![app.id()];
    all.extend(descendants(app.id()));
    let mut kilobytes = 0.0;
    for id in all {
        let text = fs_err::read_to_string(format!("/proc/{id}/smaps_rollup"))?;
        let line = text.lines().find_map(|line| line.strip_prefix("Pss:"));
        let pss = line.and_then(|rest| rest.trim().strip_suffix(" kB"));
        kilobytes += pss.ok_or("no Pss")?.trim().parse::<f64>()?;
    }
    app.stop()?;
    Ok(kilobytes / 1_024.0)
}
