//! The app's process is killed at random instants of a run, again and again.

use std::fmt::Write as _;
use std::path::Path;
use std::str::FromStr;
use std::time::{Duration, Instant};

use e2e::Outcome;
use e2e::display::Display;
use e2e::driver::{Window, all_gone};
use e2e::flows::open_model;
use e2e::library::{LibraryView, RunRow};
use e2e::process::signal;
use e2e::sandbox::Sandbox;
use e2e::studio::Studio;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{Rng as _, SeedableRng as _};
use serde_json::json;

use crate::steps::{
    check_whole, nothing_under_way, outputs_of, run_of, run_that, service, tasks_of,
};
use crate::unclear::assert_left_alone;

const TRIALS: u32 = 20;

/// When kills happen, in lengths of a whole run after the press: anywhere, and in turn with that
/// while the run is sent and while its output is fetched, which are short and matter most.
const REACHES: [(f64, f64); 3] = [(0.0, 1.2), (0.0, 0.25), (0.75, 1.05)];

/// How long a request is on its way: next door there would be no time for a kill to fall into.
const DISTANCE_MS: u32 = 120;

struct Street {
    studio: Studio,
    library: LibraryView,
    sandbox: Sandbox,
}

/// What became of a run.
struct Fate {
    ended: String,
    tasks: usize,
    posts: u64,
}

#[tokio::test]
async fn a_killed_app_takes_its_run_up_again_and_sends_nothing_twice() -> Outcome {
    let seed = from_environment("WIRO_KILL_SEED")?.unwrap_or_else(rand::random::<u64>);
    let trials = from_environment("WIRO_APP_KILL_TRIALS")?.unwrap_or(TRIALS);
    eprintln!("WIRO_KILL_SEED={seed} WIRO_APP_KILL_TRIALS={trials}");

    let display = Display::start()?;
    let folder = tempfile::tempdir()?;
    let street = Street::open(folder.path())?;
    let mut window = Window::open(&display, &street.studio).await?;
    let whole = street.one_whole_run(&window).await?;
    let delays = delays(seed, trials, whole);
    let mut table = format!("a whole run takes {} ms\n", whole.as_millis());
    for (trial, delay) in (0_u32..).zip(delays) {
        let wish = format!("{}", 1000 + trial);
        let before = street.sandbox.asked("Run").await?;
        let left = street.press_and_kill(window, &wish, delay).await?;
        window = Window::open(&display, &street.studio).await?;
        let line = format!("{trial:>3} {:>6} ms  {left:<12}", delay.as_millis());
        let fate = street.fate(&window, &wish, before).await;
        let fate = fate.map_err(|error| format!("seed {seed}\n{table}{line}: {error}"))?;
        writeln!(
            table,
            "{line} -> {:<12} tasks {} posts {}",
            fate.ended, fate.tasks, fate.posts
        )?;
    }
    eprintln!("{table}");

    let outputs = street.library.outputs()?;
    assert_eq!(street.library.files()?.len(), outputs.len(), "{outputs:?}");
    window.close().await
}

/// Every reach is cut into equal parts with one random instant in each; then all are shuffled.
fn delays(seed: u64, trials: u32, whole: Duration) -> Vec<Duration> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut all: Vec<Duration> = (0..trials)
        .zip(REACHES.iter().cycle())
        .map(|(index, (from, to))| {
            let part = f64::from(index) + 3.0 * random.random::<f64>();
            let share = part / f64::from(trials + 2);
            whole.mul_f64(from + (to - from) * share)
        })
        .collect();
    all.shuffle(&mut random);
    all
}

fn distant_service(folder: &Path) -> Outcome<Sandbox> {
    let late = |path: &str| json!({ "on": { "path": path }, "do": { "delay_ms": DISTANCE_MS } });
    service(folder, &[late("Run/*"), late("files/*")])
}

fn from_environment<T: FromStr>(name: &str) -> Outcome<Option<T>>
where
    T::Err: std::error::Error + Send + Sync + 'static,
{
    Ok(std::env::var(name)
        .ok()
        .map(|text| text.parse())
        .transpose()?)
}

impl Street {
    fn open(folder: &Path) -> Outcome<Self> {
        let sandbox = distant_service(folder)?;
        let studio = Studio::new(&folder.join("library")).against(&sandbox);
        let library = LibraryView::new(studio.library());
        Ok(Self {
            studio,
            library,
            sandbox,
        })
    }

    async fn fill_in(&self, window: &Window<'_>, wish: &str) -> Outcome {
        open_model(window, "sandbox/pattern").await?;
        window.fill("prompt", "killed").await?;
        window.fill("seed", wish).await
    }

    /// From the press to the file on disk, undisturbed.
    async fn one_whole_run(&self, window: &Window<'_>) -> Outcome<Duration> {
        self.fill_in(window, "whole").await?;
        let started = Instant::now();
        window.click("run-button").await?;
        run_that(&self.library, "a whole run", |run| run.state == "succeeded").await?;
        Ok(started.elapsed())
    }

    /// Presses Run and kills the app this long after; the state it left the run in.
    async fn press_and_kill(
        &self,
        window: Window<'_>,
        wish: &str,
        delay: Duration,
    ) -> Outcome<String> {
        self.fill_in(&window, wish).await?;
        let button = window.shown("run-button").await?;
        let processes = window.processes();
        let instant = tokio::time::Instant::now() + delay;
        // The click may still be under way when its time is over: that is one of the instants.
        if let Ok(pressed) = tokio::time::timeout_at(instant, button.click()).await {
            pressed?;
        }
        // Not waiting for anything: the instant is what the trial is about.
        tokio::time::sleep_until(instant).await;
        if !signal(window.app(), "KILL") {
            return Err("the app was gone before it was killed".into());
        }
        all_gone(&processes).await?;
        let run = run_of(&self.library, wish)?;
        Ok(run.map_or_else(|| "no row".to_owned(), |run| run.state))
    }

    /// What became of the run in the app that was started after the kill; an error when that is
    /// not what must become of it.
    async fn fate(&self, window: &Window<'_>, wish: &str, posts_before: u64) -> Outcome<Fate> {
        nothing_under_way(&self.library).await?;
        let (tasks, in_all) = tasks_of(&self.sandbox, wish).await?;
        let run = match tasks {
            0 => self.run_without_a_task(window, wish).await?,
            1 => Some(self.accepted_run(wish).await?),
            _ => return Err(format!("sent {tasks} times").into()),
        };
        let ended = run.map_or_else(|| "no row".to_owned(), |run| run.state);
        let posts = self.sandbox.asked("Run").await? - posts_before;
        // Only a request that was cut off while it was on its way is counted and makes no task.
        let cut_off = ended == "unconfirmed" && posts == 1;
        if posts != tasks as u64 + u64::from(cut_off) {
            return Err(format!("{ended}: {posts} requests, {tasks} tasks").into());
        }
        let partials = self.library.partials()?;
        if !partials.is_empty() {
            return Err(format!("left behind: {partials:?}").into());
        }
        if tasks_of(&self.sandbox, wish).await? != (tasks, in_all) {
            return Err("a task was made after everything had settled".into());
        }
        Ok(Fate {
            ended,
            tasks,
            posts,
        })
    }

    /// What the service has must succeed, and its output be whole on disk.
    async fn accepted_run(&self, wish: &str) -> Outcome<RunRow> {
        let run = run_of(&self.library, wish)?.ok_or("accepted, but not written down")?;
        // If its answer was lost, the app finds it in one of a few looks.
        let run = run_that(&self.library, "what was accepted to succeed", |row| {
            row.id == run.id && row.state == "succeeded"
        })
        .await?;
        let outputs = outputs_of(&self.library, &run)?;
        if outputs.len() != 1 {
            return Err(format!("one picture, not {outputs:?}").into());
        }
        check_whole(&outputs[0])?;
        Ok(run)
    }

    /// What the service does not have was never sent, or it is not known whether it was.
    async fn run_without_a_task(&self, window: &Window<'_>, wish: &str) -> Outcome<Option<RunRow>> {
        let Some(run) = run_of(&self.library, wish)? else {
            return Ok(None);
        };
        match run.state.as_str() {
            "not_sent" => {}
            "unconfirmed" => assert_left_alone(window, &self.library, &run).await?,
            other => return Err(format!("{other}, and the service has no task").into()),
        }
        Ok(Some(run))
    }
}
