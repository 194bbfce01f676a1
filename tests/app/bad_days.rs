//! Bad days as the window shows them: a full disk, a damaged library, a revoked key, a page that dies.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use e2e::Outcome;
use e2e::deadline::until;
use e2e::display::Display;
use e2e::driver::{Window, all_gone};
use e2e::flows::{open_model, published};
use e2e::library::LibraryView;
use e2e::process::{is_alive, signal};
use e2e::studio::Studio;
use serde_json::json;

use crate::steps::{fill_and_run, nobody_at_work, open_run, run_that, service, shows_state};

const SOON: Duration = Duration::from_secs(20);
/// Where a second process of a test may mount.
const DISK: &str = "E2E_DISK";

fn run(program: &str, arguments: &[&str]) -> Outcome {
    let output = Command::new(program).args(arguments).output()?;
    if output.status.success() {
        return Ok(());
    }
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(format!("{program} {arguments:?}: {words}").into())
}

/// Runs a test once more where it may mount, in a view of the mounts of its own. Root may make one; anybody else needs
/// user namespaces.
fn in_own_mounts(test: &str) -> Outcome {
    let folder = tempfile::tempdir()?;
    let mut unshare = Command::new("unshare");
    if run("unshare", &["--mount", "true"]).is_err() {
        unshare.args(["--user", "--map-root-user"]);
    }
    let output = unshare
        .arg("--mount")
        .arg(std::env::current_exe()?)
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(DISK, folder.path())
        .output()?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() && said.contains("1 passed") {
        return Ok(());
    }
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(format!("{said}\n{words}").into())
}

fn mount(folder: &Path, options: &str) -> Outcome {
    let folder = folder.to_str().ok_or("a folder with an odd name")?;
    run("mount", &["-t", "tmpfs", "-o", options, "tmpfs", folder])
}

/// Waits for the dialog that says why the app cannot start, and closes it.
fn refused_to_start(display: &Display, studio: &Studio) -> Outcome {
    let mut app = studio.open(display)?;
    let dialog = until("a dialog that says why", SOON, || {
        let found = display.xdotool(&["search", "--onlyvisible", "--name", "could not start"]);
        Ok(found
            .ok()
            .and_then(|all| all.lines().last().map(str::to_owned)))
    })?;
    display.ask_to_close(&dialog)?;
    let status = app.wait(SOON)?;
    assert_eq!(status.code(), Some(1), "{status}");
    Ok(())
}

#[tokio::test]
async fn f45_a_full_disk_is_told_and_the_run_goes_on_when_there_is_room() -> Outcome {
    let Some(disk) = std::env::var_os(DISK) else {
        return in_own_mounts(
            "bad_days::f45_a_full_disk_is_told_and_the_run_goes_on_when_there_is_room",
        );
    };
    let disk = Path::new(&disk);
    mount(disk, "size=16m")?;
    let display = Display::start()?;
    let folder = tempfile::tempdir()?;
    let sandbox = service(folder.path(), &[])?;
    let studio = Studio::new(&disk.join("library")).against(&sandbox);
    let library = LibraryView::new(studio.library());
    let window = Window::open(&display, &studio).await?;
    open_model(&window, "sandbox/slow").await?;
    let run = fill_and_run(&window, &library, ("seconds", "4")).await?;
    let run = run_that(&library, "the run to compute", |row| {
        row.id == run.id && row.status.as_deref() == Some("task_start")
    })
    .await?;
    let ballast = disk.join("ballast");
    let written = fs_err::write(&ballast, vec![0; 32 << 20]);
    assert!(written.is_err(), "the disk is full");
    open_run(&window, &run).await?;
    window
        .says("run-trouble", "disk", Duration::from_secs(40))
        .await?;
    assert_eq!(library.files()?.len(), 0, "nothing could be kept");

    fs_err::remove_file(&ballast)?;
    shows_state(&window, "succeeded").await?;
    published(&library, 1).await?;
    window.gone("run-trouble").await?;
    assert_eq!(sandbox.asked("Run").await?, 1);
    nobody_at_work(&library).await?;
    window.terminate().await?;

    // The same disk, which nobody may write to any more.
    mount(disk, "remount,ro")?;
    refused_to_start(&display, &studio)?;
    mount(disk, "remount,rw")?;
    let window = Window::open(&display, &studio).await?;
    open_run(&window, &run).await?;
    shows_state(&window, "succeeded").await?;
    window.close().await
}

#[tokio::test]
async fn f47_a_damaged_library_is_built_anew_and_a_newer_one_is_not_touched() -> Outcome {
    let display = Display::start()?;
    let folder = tempfile::tempdir()?;
    let sandbox = service(folder.path(), &[])?;
    let studio = Studio::new(&folder.path().join("library")).against(&sandbox);
    let library = LibraryView::new(studio.library());
    let window = Window::open(&display, &studio).await?;
    open_model(&window, "sandbox/pattern").await?;
    window.fill("prompt", "before the damage").await?;
    let run = fill_and_run(&window, &library, ("seed", "47")).await?;
    published(&library, 1).await?;
    nobody_at_work(&library).await?;
    window.terminate().await?;

    let database = studio.library().join("library.db");
    fs_err::write(&database, "no database ".repeat(1000))?;
    let window = Window::open(&display, &studio).await?;
    window.says("notice-library_rebuilt", "1", SOON).await?;
    open_run(&window, &run).await?;
    shows_state(&window, "succeeded").await?;
    window.click("nav-library").await?;
    let output = published(&library, 1).await?;
    window.shown(&format!("library-item-{}", output.id)).await?;
    window.pictures_are_shown().await?;
    assert_eq!(sandbox.asked("Run").await?, 1, "nothing is sent again");
    window.terminate().await?;

    let connection = rusqlite::Connection::open(&database)?;
    connection.pragma_update(None, "user_version", 9999)?;
    connection.close().map_err(|(_, error)| error)?;
    let before = fs_err::read(&database)?;
    refused_to_start(&display, &studio)?;
    assert_eq!(fs_err::read(&database)?, before, "it is as it was");
    assert_eq!(library.files()?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn f04_a_key_refused_in_the_middle_of_a_run_is_told_and_the_run_ends_well_with_it() -> Outcome
{
    let display = Display::start()?;
    let folder = tempfile::tempdir()?;
    let refused = json!({"on": {"path": "Task/Detail", "nth": {"to": 4}}, "do": {"status": 401}});
    let deaf = json!({"on": {"path": "socket"}, "do": {"status": 503}});
    let sandbox = service(folder.path(), &[refused, deaf])?;
    let studio = Studio::new(&folder.path().join("library")).against(&sandbox);
    let library = LibraryView::new(studio.library());
    let window = Window::open(&display, &studio).await?;
    open_model(&window, "sandbox/slow").await?;
    let run = fill_and_run(&window, &library, ("seconds", "1")).await?;
    open_run(&window, &run).await?;
    let words = window.shown("run-trouble").await?.text().await?;
    assert!(words.to_lowercase().contains("key"), "{words}");
    shows_state(&window, "running").await?;
    shows_state(&window, "succeeded").await?;
    window.gone("run-trouble").await?;
    assert_eq!(sandbox.asked("Run").await?, 1);
    window.close().await
}

#[tokio::test]
async fn f58_a_page_that_dies_is_loaded_again_and_takes_no_run_with_it() -> Outcome {
    let display = Display::start()?;
    let folder = tempfile::tempdir()?;
    let sandbox = service(folder.path(), &[])?;
    let studio = Studio::new(&folder.path().join("library")).against(&sandbox);
    let library = LibraryView::new(studio.library());
    let window = Window::open(&display, &studio).await?;
    open_model(&window, "sandbox/slow").await?;
    let run = fill_and_run(&window, &library, ("seconds", "4")).await?;
    run_that(&library, "the run to compute", |row| {
        row.id == run.id && row.status.as_deref() == Some("task_start")
    })
    .await?;
    let page = window.page_process()?;
    assert!(signal(page, "KILL"), "it was there");
    let again = until("a page anew", SOON, || {
        let other = window.page_process()?;
        Ok((other != page && is_alive(other)).then_some(other))
    })?;
    assert!(is_alive(window.app()) && is_alive(again));
    published(&library, 1).await?;
    nobody_at_work(&library).await?;
    let processes = window.processes();
    signal(window.app(), "TERM");
    all_gone(&processes).await?;
    drop(window);

    let window = Window::open(&display, &studio).await?;
    open_run(&window, &run).await?;
    shows_state(&window, "succeeded").await?;
    assert_eq!(sandbox.asked("Run").await?, 1);
    window.close().await
}
