//! The end of the app, with runs going and without.

use std::time::{Duration, Instant};

use e2e::Outcome;
use e2e::deadline::eventually;
use e2e::display::Display;
use e2e::driver::{Window, all_gone};
use e2e::flows::{open_model, published};
use e2e::library::{LibraryView, RunRow};
use e2e::process::{is_alive, signal};
use e2e::sandbox::Sandbox;
use e2e::studio::Studio;
use tempfile::TempDir;

use crate::steps::{fill_and_run, open_run, run_that, service, shows_state};

/// An end that asks nobody.
const AT_ONCE: Duration = Duration::from_secs(5);

/// A service in a process of its own, which goes on when the app ends.
struct Street {
    display: Display,
    folder: TempDir,
    sandbox: Sandbox,
}

impl Street {
    fn open() -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        let sandbox = service(folder.path(), &[])?;
        Ok(Self {
            display: Display::start()?,
            folder,
            sandbox,
        })
    }

    fn studio(&self) -> Studio {
        Studio::new(&self.folder.path().join("library")).against(&self.sandbox)
    }

    fn library(&self) -> LibraryView {
        LibraryView::new(self.studio().library())
    }

    /// A window with a run that computes for so long.
    async fn window_with_run(&self, seconds: &str) -> Outcome<(Window<'_>, RunRow)> {
        let window = Window::open(&self.display, &self.studio()).await?;
        open_model(&window, "sandbox/slow").await?;
        let library = self.library();
        let run = fill_and_run(&window, &library, ("seconds", seconds)).await?;
        let run = run_that(&library, "the run to compute", |row| {
            row.id == run.id && row.status.as_deref() == Some("task_start")
        })
        .await?;
        Ok((window, run))
    }
}

async fn ends(processes: &[u32], within: Duration) -> Outcome {
    let began = Instant::now();
    all_gone(processes).await?;
    let took = began.elapsed();
    if took > within {
        return Err(format!("the app took {took:?} to end").into());
    }
    Ok(())
}

#[tokio::test]
async fn f59a_closing_with_a_run_going_asks_and_keeping_it_leaves_it_to_the_next_start() -> Outcome
{
    let street = Street::open()?;
    let (window, run) = street.window_with_run("12").await?;
    let processes = window.processes();
    window.ask_to_close()?;
    window.says("quit-panel", "1", AT_ONCE).await?;
    window.click("quit-stay").await?;
    window.gone("quit-panel").await?;
    shows_state(&window, "running").await?;

    // Staying is no answer for ever: it is asked again.
    window.ask_to_close()?;
    window.shown("quit-panel").await?;
    window.click_to_end("quit-keep").await?;
    ends(&processes, AT_ONCE).await?;
    drop(window);

    let window = Window::open(&street.display, &street.studio()).await?;
    open_run(&window, &run).await?;
    shows_state(&window, "succeeded").await?;
    published(&street.library(), 1).await?;
    assert_eq!(street.library().runs()?.len(), 1);
    assert_eq!(street.sandbox.asked("Run").await?, 1, "sent once");
    window.close().await
}

#[tokio::test]
async fn f59b_stopping_at_the_end_cancels_the_run_on_the_service() -> Outcome {
    let street = Street::open()?;
    let (window, _) = street.window_with_run("100").await?;
    let processes = window.processes();
    window.ask_to_close()?;
    window.click_to_end("quit-stop").await?;
    ends(&processes, Duration::from_secs(12)).await?;
    drop(window);
    let tasks = street.sandbox.tasks().await?;
    let states: Vec<_> = tasks.iter().map(|task| task["status"].as_str()).collect();
    assert_eq!(states, [Some("task_cancel")]);
    assert_eq!(street.sandbox.asked("Run").await?, 1);
    Ok(())
}

#[tokio::test]
async fn without_runs_closing_ends_at_once_and_so_does_the_systems_wish_with_one() -> Outcome {
    let street = Street::open()?;
    let window = Window::open(&street.display, &street.studio()).await?;
    window.shown("nav-models").await?;
    let processes = window.processes();
    window.ask_to_close()?;
    ends(&processes, AT_ONCE).await?;
    drop(window);

    let (window, run) = street.window_with_run("100").await?;
    let processes = window.processes();
    assert!(signal(window.app(), "TERM"), "it runs");
    ends(&processes, AT_ONCE).await?;
    drop(window);
    let row = street.library().runs()?.pop().ok_or("the run is kept")?;
    assert_eq!((row.id, row.state.as_str()), (run.id, "running"));
    assert_eq!(
        street.sandbox.asked("Task/Kill").await?,
        0,
        "nobody asked to stop it"
    );
    Ok(())
}

#[tokio::test]
async fn f59c_a_page_that_hangs_does_not_keep_the_app_from_ending() -> Outcome {
    let street = Street::open()?;
    let (window, _) = street.window_with_run("100").await?;
    let processes = window.processes();
    let page = window.page_process()?;
    assert!(signal(page, "STOP"), "the page's process runs");
    window.ask_to_close()?;
    // It has nobody to ask, and waits for an answer.
    let quiet = eventually("an end", Duration::from_secs(2), async || {
        Ok((!is_alive(window.app())).then_some(()))
    })
    .await;
    assert!(quiet.is_err(), "the first wish is a question");
    window.ask_to_close()?;
    let ended = eventually("the end of the app", AT_ONCE, async || {
        Ok((!is_alive(window.app())).then_some(()))
    })
    .await;
    // A stopped process cannot end by itself, whoever asks.
    signal(page, "KILL");
    ended?;
    drop(window);
    all_gone(&processes).await?;
    assert_eq!(
        street.sandbox.asked("Task/Kill").await?,
        0,
        "the run goes on"
    );
    Ok(())
}
