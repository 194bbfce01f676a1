//! Pictures of every screen: `screens FOLDER [SCENE]...`, normally by `cargo xtask screens`.
//!
//! A scene is a walk through the real window; at every stop it is taken in both sizes and both colour schemes. What the
//! real window passes too fast, or never shows of itself, is taken of the page on its platform in memory: `fake-...`.

mod camera;
mod fakes;
mod runs;
mod settings;
mod start;
mod street;
mod troubles;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use e2e::Outcome;
use e2e::display::Display;
use e2e::driver::Window;
use e2e::studio::Studio;
use tempfile::TempDir;

use crate::camera::{Camera, DARK_THEME};

const SCENES: [&str; 6] = ["start", "street", "settings", "runs", "troubles", "fakes"];

#[tokio::main]
async fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let Some(folder) = arguments.next().map(PathBuf::from) else {
        return complain("usage: screens FOLDER [SCENE]...");
    };
    let named: Vec<String> = arguments
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    if let Some(unknown) = named.iter().find(|name| !SCENES.contains(&name.as_str())) {
        return complain(&format!("no scene {unknown:?}; there are {SCENES:?}"));
    }
    // One scene that fails must not hide the others.
    let mut failed = false;
    for scene in SCENES {
        if !named.is_empty() && !named.iter().any(|name| name == scene) {
            continue;
        }
        if let Err(error) = play(scene, &folder).await {
            complain(&format!("{scene}: {error}"));
            failed = true;
        }
    }
    if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

async fn play(scene: &str, folder: &Path) -> Outcome {
    let camera = Camera::new(folder, scene);
    if scene == "fakes" {
        return fakes::play(&camera);
    }
    let stage = Stage {
        camera,
        display: Display::start()?,
        folder: tempfile::tempdir()?,
    };
    match scene {
        "start" => start::play(&stage).await,
        "street" => street::play(&stage).await,
        "settings" => settings::play(&stage).await,
        "runs" => runs::play(&stage).await,
        _ => troubles::play(&stage).await,
    }
}

fn complain(message: &str) -> ExitCode {
    // Standard error may be closed; the exit code says enough then.
    let _ = writeln!(std::io::stderr(), "screens: {message}");
    ExitCode::FAILURE
}

/// What every scene in the real window has.
struct Stage {
    camera: Camera,
    display: Display,
    folder: TempDir,
}

impl Stage {
    /// A folder of its own for something the scene needs.
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A library of its own, on a system that is set to dark.
    fn studio(&self, name: &str) -> Studio {
        Studio::new(&self.path(name)).with("GTK_THEME", DARK_THEME)
    }

    async fn open(&self, studio: &Studio) -> Outcome<Window<'_>> {
        Window::open(&self.display, studio).await
    }
}

/// Clicks the first element whose `data-testid` begins so, such as the newest run of a list.
async fn click_first(window: &Window<'_>, prefix: &str) -> Outcome {
    let id = first(window, prefix).await?;
    window.click(&id).await
}

/// The whole `data-testid` of the first element where it begins so.
async fn first(window: &Window<'_>, prefix: &str) -> Outcome<String> {
    use e2e::deadline::eventually;
    use e2e::driver::SHOWN_WITHIN;

    let script = format!(
        "return document.querySelector('[data-testid^=\"{prefix}\"]')?.dataset.testid ?? null"
    );
    let what = format!("an element whose id begins with {prefix}");
    eventually(&what, SHOWN_WITHIN, async || {
        Ok(window
            .web()
            .execute(script.clone(), Vec::new())
            .await?
            .convert()?)
    })
    .await
}
