//! The app is killed with its embedded Sandbox: the service ends in the middle of a run, too.

use e2e::Outcome;
use e2e::deadline::eventually;
use e2e::display::Display;
use e2e::driver::Window;
use e2e::flows::{DONE_WITHIN, choose_sandbox, open_model, published};
use e2e::library::LibraryView;
use e2e::studio::Studio;

use crate::steps::{
    check_whole, fill_and_run, nothing_under_way, open_run, outputs_of, run_that, shows_state,
};

/// The Sandbox computes two tasks at a time; the third waits in its queue.
const SECONDS: [&str; 3] = ["20", "20", "3"];

#[tokio::test]
async fn what_a_crash_cut_off_fails_honestly_and_what_waited_is_computed() -> Outcome {
    let display = Display::start()?;
    let folder = tempfile::tempdir()?;
    let studio = Studio::new(&folder.path().join("library"));
    let library = LibraryView::new(studio.library());
    let identity = studio.library().join("sandbox/identity.json");

    let window = Window::open(&display, &studio).await?;
    choose_sandbox(&window).await?;
    open_model(&window, "sandbox/slow").await?;
    for seconds in SECONDS {
        fill_and_run(&window, &library, ("seconds", seconds)).await?;
    }
    let statuses = ["task_start", "task_start", "task_queue"];
    eventually(
        "two runs computing and one in the queue",
        DONE_WITHIN,
        async || {
            let runs = library.runs()?;
            let now: Vec<_> = runs
                .iter()
                .filter_map(|run| run.status.as_deref())
                .collect();
            Ok((now == statuses).then_some(()))
        },
    )
    .await?;
    shows_state(&window, "running").await?;
    let before = fs_err::read_to_string(&identity)?;
    window.kill().await?;

    let window = Window::open(&display, &studio).await?;
    let runs = nothing_under_way(&library).await?;
    let states: Vec<&str> = runs.iter().map(|run| run.state.as_str()).collect();
    assert_eq!(states, ["failed", "failed", "succeeded"], "{runs:?}");
    for run in &runs[..2] {
        let reason = run.reason.as_deref().unwrap_or_default();
        assert!(reason.contains("Sandbox stopped"), "{reason:?}");
        assert_eq!(outputs_of(&library, run)?, []);
        open_run(&window, run).await?;
        shows_state(&window, "failed").await?;
        window.says("run-panel", reason, DONE_WITHIN).await?;
    }
    let waited = published(&library, 1).await?;
    assert_eq!(waited.run_id, runs[2].id);
    let text = fs_err::read_to_string(waited.file.ok_or("a published output has a file")?)?;
    assert!(text.starts_with("Asked for 3 seconds"), "{text:?}");
    open_run(&window, &runs[2]).await?;
    shows_state(&window, "succeeded").await?;

    // The same account at the same address takes the next run.
    assert!(
        before == fs_err::read_to_string(&identity)?,
        "another port or key"
    );
    open_model(&window, "sandbox/pattern").await?;
    window.fill("prompt", "after the crash").await?;
    window.click("run-button").await?;
    let run = run_that(&library, "a new run to succeed", |run| {
        run.model == "sandbox/pattern" && run.state == "succeeded"
    })
    .await?;
    outputs_of(&library, &run)?
        .iter()
        .try_for_each(check_whole)?;
    window.shown("run-output-1").await?;
    assert_eq!(library.runs()?.len(), SECONDS.len() + 1);
    window.close().await
}

#[tokio::test]
async fn a_clean_end_loses_nothing_that_the_sandbox_was_computing() -> Outcome {
    let display = Display::start()?;
    let folder = tempfile::tempdir()?;
    let studio = Studio::new(&folder.path().join("library"));
    let library = LibraryView::new(studio.library());

    let window = Window::open(&display, &studio).await?;
    choose_sandbox(&window).await?;
    open_model(&window, "sandbox/slow").await?;
    fill_and_run(&window, &library, ("seconds", "4")).await?;
    run_that(&library, "the run to compute", |run| {
        run.status.as_deref() == Some("task_start")
    })
    .await?;
    window.terminate().await?;

    let window = Window::open(&display, &studio).await?;
    let runs = nothing_under_way(&library).await?;
    let states: Vec<&str> = runs.iter().map(|run| run.state.as_str()).collect();
    assert_eq!(states, ["succeeded"], "{runs:?}");
    published(&library, 1).await?;
    open_run(&window, &runs[0]).await?;
    shows_state(&window, "succeeded").await?;
    window.close().await
}
