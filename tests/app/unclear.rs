//! The app is killed while it waits for the answer to a run: it cannot know whether it started.

use std::path::Path;

use e2e::Outcome;
use e2e::deadline::eventually;
use e2e::display::Display;
use e2e::driver::Window;
use e2e::flows::{DONE_WITHIN, open_model};
use e2e::library::{LibraryView, RunRow};
use e2e::sandbox::Sandbox;
use e2e::studio::Studio;
use serde_json::json;

use crate::steps::{check_whole, open_run, outputs_of, run_that, service, shows_state};

/// A service that takes the first run in silence: `before` it makes a task of it, or `after`.
fn silent_service(folder: &Path, when: &str) -> Outcome<Sandbox> {
    let rule = json!({
        "on": { "path": "Run/*", "nth": 1 },
        "do": { "stall": "headers", "when": when },
    });
    service(folder, &[rule])
}

/// Presses Run, waits until the request is with the service, and kills the app.
async fn press_and_kill(
    display: &Display,
    studio: &Studio,
    sandbox: &Sandbox,
) -> Outcome<LibraryView> {
    let library = LibraryView::new(studio.library());
    let window = Window::open(display, studio).await?;
    open_model(&window, "sandbox/pattern").await?;
    window.fill("prompt", "unclear").await?;
    window.click("run-button").await?;
    eventually("the request at the service", DONE_WITHIN, async || {
        Ok((sandbox.asked("Run").await? == 1).then_some(()))
    })
    .await?;
    run_that(&library, "a run being sent", |run| run.state == "sending").await?;
    window.kill().await?;
    Ok(library)
}

/// Waits until nobody looks for the run any more: it is still what it was, and shown as that.
pub(crate) async fn assert_left_alone(
    window: &Window<'_>,
    library: &LibraryView,
    run: &RunRow,
) -> Outcome {
    let what = "the app to give up looking for the run";
    eventually(what, DONE_WITHIN, async || {
        Ok((!library.leased()?.contains(&run.id)).then_some(()))
    })
    .await?;
    run_that(library, "a run that stays unconfirmed", |row| {
        row.id == run.id && row.state == "unconfirmed"
    })
    .await?;
    open_run(window, run).await?;
    shows_state(window, "unconfirmed").await?;
    window.shown("unconfirmed-panel").await?;
    Ok(())
}

#[tokio::test]
async fn a_run_that_may_not_have_started_is_shown_as_that_and_not_sent_again() -> Outcome {
    let display = Display::start()?;
    let folder = tempfile::tempdir()?;
    let sandbox = silent_service(folder.path(), "before")?;
    let studio = Studio::new(&folder.path().join("library")).against(&sandbox);
    let library = press_and_kill(&display, &studio, &sandbox).await?;

    let window = Window::open(&display, &studio).await?;
    let run = run_that(&library, "an unconfirmed run", |run| {
        run.state == "unconfirmed"
    })
    .await?;
    assert_left_alone(&window, &library, &run).await?;
    assert_eq!(sandbox.asked("Run").await?, 1, "sent again by itself");
    assert_eq!(sandbox.tasks().await?, Vec::<serde_json::Value>::new());
    assert_eq!(library.runs()?.len(), 1);
    window.close().await
}

#[tokio::test]
async fn a_run_whose_answer_was_lost_is_found_and_kept() -> Outcome {
    let display = Display::start()?;
    let folder = tempfile::tempdir()?;
    let sandbox = silent_service(folder.path(), "after")?;
    let studio = Studio::new(&folder.path().join("library")).against(&sandbox);
    let library = press_and_kill(&display, &studio, &sandbox).await?;

    let window = Window::open(&display, &studio).await?;
    let run = run_that(&library, "the lost run to succeed", |run| {
        run.state == "succeeded"
    })
    .await?;
    outputs_of(&library, &run)?
        .iter()
        .try_for_each(check_whole)?;
    assert_eq!(sandbox.asked("Run").await?, 1, "found, not sent again");
    assert_eq!(sandbox.tasks().await?.len(), 1);
    assert_eq!(library.runs()?.len(), 1);
    open_run(&window, &run).await?;
    shows_state(&window, "succeeded").await?;
    window.shown("run-output-1").await?;
    window.close().await
}
