//! The app and `wiro` at once on one library and one service.

use std::collections::BTreeSet;
use std::process::Stdio;

use e2e::deadline::eventually;
use e2e::display::Display;
use e2e::driver::Window;
use e2e::flows::{DONE_WITHIN, published};
use e2e::library::LibraryView;
use e2e::process::Running;
use e2e::sandbox::Sandbox;
use e2e::studio::Studio;
use e2e::{Failure, Outcome};

const RUNS: usize = 10;

#[tokio::test]
async fn each_run_is_followed_and_fetched_once() -> Outcome {
    let display = Display::start()?;
    let folder = tempfile::tempdir()?;
    let sandbox = Sandbox::start(&folder.path().join("sandbox"), &[])?;
    let studio = Studio::new(&folder.path().join("library")).against(&sandbox);
    let library = LibraryView::new(studio.library());
    let window = Window::open(&display, &studio).await?;
    window.shown("nav-models").await?;

    // Half of them stay to the end; the others leave their runs to whoever is there.
    let mut waiting = Vec::new();
    for number in 0..RUNS {
        let seed = format!("seed={number}");
        let mut arguments = vec!["run", "sandbox/pattern", "-p", "prompt=shared", "-p", &seed];
        if number % 2 == 1 {
            arguments.push("--no-wait");
        }
        let mut command = studio.wiro(&arguments)?;
        waiting.push(Running::start(command.stdout(Stdio::null()))?);
    }
    for wiro in &mut waiting {
        let status = wiro.wait(DONE_WITHIN)?;
        if !status.success() {
            return Err(Failure::from(format!("wiro run: {status}")));
        }
    }

    let newest = published(&library, RUNS).await?;
    let runs = eventually("every run to succeed", DONE_WITHIN, async || {
        let runs = library.runs()?;
        Ok(runs
            .iter()
            .all(|run| run.state == "succeeded")
            .then_some(runs))
    })
    .await?;
    assert_eq!(runs.len(), RUNS);
    let tasks: BTreeSet<&str> = runs
        .iter()
        .filter_map(|run| run.task_id.as_deref())
        .collect();
    assert_eq!(tasks.len(), RUNS, "one task a run");
    assert_eq!(library.outputs()?.len(), RUNS);
    assert_eq!(
        library.files()?.len(),
        RUNS,
        "one file a run, nothing left over"
    );
    let (code, remote) = studio.wiro_json(&["tasks", "list", "--remote"])?;
    assert_eq!((code, remote.len()), (0, RUNS), "the service saw no other");

    // What the other process made is in the open window.
    window.click("nav-library").await?;
    window.shown(&format!("library-item-{}", newest.id)).await?;
    window.pictures_are_shown().await?;
    window.close().await
}
