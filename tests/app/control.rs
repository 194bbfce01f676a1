//! What a person does about a run, from its panel and its page.

use std::time::Duration;

use e2e::Outcome;
use e2e::display::Display;
use e2e::driver::Window;
use e2e::flows::open_model;
use e2e::library::{LibraryView, RunRow};
use e2e::sandbox::Sandbox;
use e2e::studio::Studio;

use crate::steps::{fill_and_run, open_run, outputs_of, run_that, service, shows_state};

const SOON: Duration = Duration::from_secs(20);

/// What the service charged for a run, as it says itself.
async fn charged(sandbox: &Sandbox, run: &RunRow) -> Outcome<String> {
    let tasks = sandbox.tasks().await?;
    let task = tasks
        .iter()
        .find(|task| task["id"].as_str() == run.task_id.as_deref())
        .ok_or_else(|| format!("no task of {run:?}"))?;
    Ok(task["totalcost"].as_str().unwrap_or("0").to_owned())
}

async fn in_status(library: &LibraryView, run: &RunRow, status: &str) -> Outcome<RunRow> {
    run_that(library, &format!("a run in {status}"), |row| {
        row.id == run.id && row.status.as_deref() == Some(status)
    })
    .await
}

#[tokio::test]
async fn a_running_run_is_killed_and_a_queued_one_cancelled_and_neither_is_paid_for() -> Outcome {
    let display = Display::start()?;
    let folder = tempfile::tempdir()?;
    let sandbox = Sandbox::start(
        &folder.path().join("sandbox"),
        &["--api-key", "e2e", "--balance", "1000", "--workers", "1"],
    )?;
    let studio = Studio::new(&folder.path().join("library")).against(&sandbox);
    let library = LibraryView::new(studio.library());
    let window = Window::open(&display, &studio).await?;
    open_model(&window, "sandbox/slow").await?;
    let first = fill_and_run(&window, &library, ("seconds", "100")).await?;
    let first = in_status(&library, &first, "task_start").await?;
    let second = fill_and_run(&window, &library, ("seconds", "101")).await?;
    let second = in_status(&library, &second, "task_queue").await?;

    // The panel beside the form shows the newest; the other one has a page.
    window.says("run-stop", "Cancel", SOON).await?;
    window.click("run-stop").await?;
    shows_state(&window, "cancelled").await?;
    open_run(&window, &first).await?;
    window.says("run-stop", "Kill", SOON).await?;
    window.click("run-stop").await?;
    shows_state(&window, "cancelled").await?;
    window.gone("run-stop").await?;
    for run in [&first, &second] {
        assert_eq!(charged(&sandbox, run).await?, "0", "{run:?}");
    }
    assert!(sandbox.asked("Task/Kill").await? >= 1, "one was killed");
    assert!(sandbox.asked("Task/Cancel").await? >= 1, "one cancelled");
    assert_eq!(sandbox.asked("Run").await?, 2);
    window.close().await
}

#[tokio::test]
async fn f12_a_run_that_waits_for_a_slot_says_why_and_is_stopped_without_being_sent() -> Outcome {
    let display = Display::start()?;
    let folder = tempfile::tempdir()?;
    // Ten dollars pay for one task at a time.
    let sandbox = Sandbox::start(
        &folder.path().join("sandbox"),
        &["--api-key", "e2e", "--balance", "10"],
    )?;
    let studio = Studio::new(&folder.path().join("library")).against(&sandbox);
    let library = LibraryView::new(studio.library());
    let window = Window::open(&display, &studio).await?;
    open_model(&window, "sandbox/slow").await?;
    let first = fill_and_run(&window, &library, ("seconds", "100")).await?;
    in_status(&library, &first, "task_start").await?;
    let second = fill_and_run(&window, &library, ("seconds", "101")).await?;
    open_run(&window, &second).await?;
    shows_state(&window, "waiting").await?;
    let words = window.says("run-trouble", "$10", SOON).await?;
    assert!(words.contains('1'), "the limit: {words}");

    window.click("run-stop").await?;
    shows_state(&window, "not_sent").await?;
    assert_eq!(sandbox.tasks().await?.len(), 1, "the service has one task");
    let before = sandbox.asked("Run").await?;
    open_run(&window, &first).await?;
    window.click("run-stop").await?;
    shows_state(&window, "cancelled").await?;
    assert_eq!(
        sandbox.asked("Run").await?,
        before,
        "a free slot starts nothing"
    );
    window.close().await
}

#[tokio::test]
async fn a_failed_run_is_repeated_as_a_second_run_that_names_the_first() -> Outcome {
    let display = Display::start()?;
    let folder = tempfile::tempdir()?;
    let sandbox = service(folder.path(), &[])?;
    let studio = Studio::new(&folder.path().join("library")).against(&sandbox);
    let library = LibraryView::new(studio.library());
    let window = Window::open(&display, &studio).await?;
    open_model(&window, "sandbox/failing").await?;
    let first = fill_and_run(&window, &library, ("exitcode", "3")).await?;
    open_run(&window, &first).await?;
    shows_state(&window, "failed").await?;
    window.click("run-retry").await?;
    let second = run_that(&library, "a second run", |run| run.id != first.id).await?;
    // The page goes to the new run, which leads back to the old one.
    let link = window.shown("run-repeats").await?;
    let target = link.attr("href").await?.unwrap_or_default();
    assert!(target.contains(&first.id), "{target} names {}", first.id);
    shows_state(&window, "failed").await?;
    assert_eq!(library.runs()?.len(), 2);
    assert_eq!(second.request, first.request, "the same is asked for");
    assert_eq!(sandbox.asked("Run").await?, 2, "each sent once");
    window.close().await
}

#[tokio::test]
async fn the_services_files_are_deleted_and_then_the_run_is_forgotten() -> Outcome {
    let display = Display::start()?;
    let folder = tempfile::tempdir()?;
    let sandbox = service(folder.path(), &[])?;
    let studio = Studio::new(&folder.path().join("library")).against(&sandbox);
    let library = LibraryView::new(studio.library());
    let window = Window::open(&display, &studio).await?;
    open_model(&window, "sandbox/pattern").await?;
    window.fill("prompt", "to be deleted").await?;
    let run = fill_and_run(&window, &library, ("seed", "77")).await?;
    open_run(&window, &run).await?;
    shows_state(&window, "succeeded").await?;
    let output = outputs_of(&library, &run)?.pop().ok_or("one output")?;
    let file = output.file.ok_or("published")?;
    let tasks = sandbox.tasks().await?;
    let remote = tasks[0]["outputs"][0]["url"]
        .as_str()
        .ok_or("an address")?
        .to_owned();
    let http = reqwest::Client::builder().no_proxy().build()?;
    assert_eq!(http.get(&remote).send().await?.status(), 200, "{remote}");

    window.click("run-delete-files").await?;
    window.shown("run-delete-confirm").await?;
    assert_eq!(http.get(&remote).send().await?.status(), 200, "asked first");
    window.click("run-delete-confirm-yes").await?;
    window.shown("run-files-deleted").await?;
    window.gone("run-delete-files").await?;
    assert_eq!(http.get(&remote).send().await?.status(), 404, "{remote}");
    assert!(file.is_file(), "what is in the library stays");
    window.pictures_are_shown().await?;

    window.click("run-forget").await?;
    window.click("run-forget-confirm-yes").await?;
    window.gone(&format!("run-row-{}", run.id)).await?;
    window.gone("run-panel").await?;
    assert_eq!(library.runs()?.len(), 0, "{:?}", library.runs()?);
    assert_eq!(library.files()?, Vec::<std::path::PathBuf>::new());
    let traces = walk(studio.library(), &run.id)?;
    assert_eq!(traces, Vec::<String>::new(), "files named after the run");
    window.close().await
}

/// Paths below a folder that contain these letters.
fn walk(folder: &std::path::Path, wanted: &str) -> Outcome<Vec<String>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs_err::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            }
            let path = entry.path().display().to_string();
            if path.contains(wanted) {
                found.push(path);
            }
        }
    }
    Ok(found)
}
