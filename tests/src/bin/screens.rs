//! Pictures of every screen: `screens FOLDER`, normally by `cargo xtask screens`.
//!
//! Each pass is a fresh first start against the embedded Sandbox, in one size and one colour scheme.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use e2e::deadline::eventually;
use e2e::display::Display;
use e2e::drag::DragSource;
use e2e::driver::Window;
use e2e::flows::{DONE_WITHIN, choose_sandbox, open_model, published};
use e2e::library::LibraryView;
use e2e::studio::Studio;
use e2e::{Outcome, fixture};

const SIZES: [(u32, u32); 2] = [(1280, 800), (900, 600)];
/// Name and GTK theme; the page learns of it by `prefers-color-scheme`.
const SCHEMES: [(&str, &str); 2] = [("light", "Adwaita"), ("dark", "Adwaita:dark")];
const SETTLED_WITHIN: Duration = Duration::from_secs(5);

#[tokio::main]
async fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        return complain("usage: screens FOLDER");
    };
    for (width, height) in SIZES {
        for (name, theme) in SCHEMES {
            let pass = Pass {
                folder: &folder,
                prefix: format!("{name}-{width}x{height}"),
                size: (width, height),
                theme,
            };
            if let Err(error) = pass.run().await {
                return complain(&format!("{}: {error}", pass.prefix));
            }
        }
    }
    ExitCode::SUCCESS
}

fn complain(message: &str) -> ExitCode {
    // Standard error may be closed; the exit code says enough then.
    let _ = writeln!(std::io::stderr(), "screens: {message}");
    ExitCode::FAILURE
}

/// One walk through the window.
struct Pass<'a> {
    folder: &'a Path,
    prefix: String,
    size: (u32, u32),
    theme: &'static str,
}

impl Pass<'_> {
    async fn run(&self) -> Outcome {
        let display = Display::start()?;
        let home = tempfile::tempdir()?;
        let studio = Studio::new(&home.path().join("library")).with("GTK_THEME", self.theme);
        let library = LibraryView::new(studio.library());
        let photo = fixture("cat.jpg");
        let window = Window::open(&display, &studio).await?;
        window.resize(self.size).await?;

        window.shown("first-start-sandbox").await?;
        self.picture(&window, "1-first-start").await?;
        choose_sandbox(&window).await?;
        window.shown("model-card-sandbox/upscale").await?;
        self.picture(&window, "2-models").await?;
        open_model(&window, "sandbox/upscale").await?;
        self.picture(&window, "3-model").await?;

        let source = DragSource::open(&display, &[&photo])?;
        source.carry_to(window.place()?.centre())?;
        window.shown("drop-overlay").await?;
        self.picture(&window, "4-drop").await?;
        source.drop_here()?;
        window
            .says("field-inputImage", "cat.jpg", DONE_WITHIN)
            .await?;
        window.click("run-button").await?;
        let output = published(&library, 1).await?;
        window.shown("run-output-1").await?;
        window.pictures_are_shown().await?;
        window.scroll_to("run-output-1").await?;
        self.picture(&window, "5-run").await?;

        open_model(&window, "sandbox/failing").await?;
        window.click("run-button").await?;
        window.has("run-state", "data-state", "failed").await?;
        window.scroll_to("run-panel").await?;
        self.picture(&window, "6-failed-run").await?;

        window.click("nav-runs").await?;
        self.picture(&window, "7-runs").await?;
        window.click("nav-library").await?;
        let item = format!("library-item-{}", output.id);
        window.shown(&item).await?;
        window.pictures_are_shown().await?;
        self.picture(&window, "8-library").await?;
        window.click(&item).await?;
        window.shown("viewer").await?;
        window.pictures_are_shown().await?;
        self.picture(&window, "9-viewer").await?;
        window.close().await
    }

    /// Takes the picture once two in a row are the same. Something that moves for ever is taken as
    /// it is after a while.
    async fn picture(&self, window: &Window<'_>, screen: &str) -> Outcome {
        let file = self.folder.join(format!("{}-{screen}.png", self.prefix));
        let mut last = Vec::new();
        // In vain means that it moves, which is no reason to have no picture.
        let _ = eventually("a page that stands still", SETTLED_WITHIN, async || {
            let now = window.web().screenshot_as_png().await?;
            let settled = now == last;
            last = now;
            Ok(settled.then_some(()))
        })
        .await;
        Ok(fs_err::write(file, &last)?)
    }
}
