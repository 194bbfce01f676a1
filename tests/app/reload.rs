//! The page is loaded again in the middle of a run: the window only shows what the core does.

use e2e::Outcome;
use e2e::display::Display;
use e2e::driver::Window;
use e2e::flows::{choose_sandbox, open_model, published};
use e2e::library::LibraryView;
use e2e::studio::Studio;

use crate::steps::{open_run, run_that, shows_state};

#[tokio::test]
async fn a_run_goes_on_and_is_shown_after_a_reload() -> Outcome {
    let display = Display::start()?;
    let folder = tempfile::tempdir()?;
    let studio = Studio::new(&folder.path().join("library"));
    let library = LibraryView::new(studio.library());
    let window = Window::open(&display, &studio).await?;
    choose_sandbox(&window).await?;
    open_model(&window, "sandbox/slow").await?;
    window.fill("seconds", "5").await?;
    window.click("run-button").await?;
    let run = run_that(&library, "a run that computes", |run| {
        run.status.as_deref() == Some("task_start")
    })
    .await?;

    window.web().refresh().await?;
    // No second first start; the run is still there and still moves.
    open_run(&window, &run).await?;
    shows_state(&window, "running").await?;
    shows_state(&window, "succeeded").await?;
    window.shown("run-output-1").await?;
    published(&library, 1).await?;
    assert_eq!(library.runs()?.len(), 1, "a reload sends nothing");
    window.close().await
}
