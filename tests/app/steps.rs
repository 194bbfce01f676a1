//! What several of these tests do or ask.

use std::path::Path;

use e2e::Outcome;
use e2e::deadline::eventually;
use e2e::driver::Window;
use e2e::flows::DONE_WITHIN;
use e2e::library::{LibraryView, OutputRow, RunRow};
use e2e::sandbox::Sandbox;
use serde_json::{Value, json};
use thirtyfour::Key;

/// The states that somebody has to move a run out of.
const UNDER_WAY: [&str; 5] = ["prepared", "sending", "waiting", "running", "collecting"];

/// A service of a key-only project, so that the tests can ask it themselves; with enough in its
/// wallet to take as many runs at once as there are. `rules` say what it does wrong.
pub(crate) fn service(folder: &Path, rules: &[Value]) -> Outcome<Sandbox> {
    let plan = folder.join("plan.json");
    fs_err::write(&plan, json!({ "rules": rules }).to_string())?;
    let plan = plan.to_str().ok_or("a folder with an odd name")?;
    Sandbox::start(
        &folder.join("sandbox"),
        &[
            "--api-key",
            "e2e",
            "--balance",
            "1000",
            "--fault-plan",
            plan,
        ],
    )
}

/// The run that was asked for with this seed.
pub(crate) fn run_of(library: &LibraryView, seed: &str) -> Outcome<Option<RunRow>> {
    let mut found = Vec::new();
    for run in library.runs()? {
        let request: Value = serde_json::from_str(&run.request)?;
        if is(request.get("seed"), seed) {
            found.push(run);
        }
    }
    if found.len() > 1 {
        return Err(format!("one press, several runs: {found:?}").into());
    }
    Ok(found.pop())
}

/// How many tasks the service has for this seed, and how many in all.
pub(crate) async fn tasks_of(sandbox: &Sandbox, seed: &str) -> Outcome<(usize, usize)> {
    let tasks = sandbox.tasks().await?;
    let of_seed = tasks
        .iter()
        .filter(|task| is(task.pointer("/parameters/seed"), seed));
    Ok((of_seed.count(), tasks.len()))
}

fn is(value: Option<&Value>, text: &str) -> bool {
    match value {
        Some(Value::String(value)) => value == text,
        Some(Value::Number(value)) => value.to_string() == text,
        _ => false,
    }
}

/// Waits until no run is on its way any more.
pub(crate) async fn nothing_under_way(library: &LibraryView) -> Outcome<Vec<RunRow>> {
    let found = eventually("no run under way", DONE_WITHIN, async || {
        let runs = library.runs()?;
        let moving = runs
            .iter()
            .any(|run| UNDER_WAY.contains(&run.state.as_str()));
        Ok((!moving).then_some(runs))
    })
    .await;
    found.map_err(|error| format!("{error}; {:?}", library.runs()).into())
}

/// Waits until there is a run as wanted.
pub(crate) async fn run_that(
    library: &LibraryView,
    what: &str,
    mut wanted: impl FnMut(&RunRow) -> bool,
) -> Outcome<RunRow> {
    let found = eventually(what, DONE_WITHIN, async || {
        Ok(library.runs()?.into_iter().find(|run| wanted(run)))
    })
    .await;
    found.map_err(|error| format!("{error}; {:?}", library.runs()).into())
}

/// Waits until no process looks after a run any more; a run is let go of after its last step.
pub(crate) async fn nobody_at_work(library: &LibraryView) -> Outcome {
    eventually("nobody to look after a run", DONE_WITHIN, async || {
        Ok(library.leased()?.is_empty().then_some(()))
    })
    .await
}

/// Whether an output is on disk as its row says: all its bytes, a picture that decodes.
pub(crate) fn check_whole(output: &OutputRow) -> Outcome {
    let file = output.file.as_ref().filter(|_| output.state == "published");
    let file = file.ok_or_else(|| format!("not published: {output:?}"))?;
    let bytes = i64::try_from(fs_err::metadata(file)?.len())?;
    let size = image::open(file)?.to_rgb8().dimensions();
    if (output.bytes, output.size) != (Some(bytes), Some(size)) {
        return Err(format!("{bytes} bytes, {size:?}, not {output:?}").into());
    }
    Ok(())
}

/// The outputs of a run.
pub(crate) fn outputs_of(library: &LibraryView, run: &RunRow) -> Outcome<Vec<OutputRow>> {
    let all = library.outputs()?.into_iter();
    Ok(all.filter(|output| output.run_id == run.id).collect())
}

/// Fills in one more field and runs by the keys: clicks this close together would be a double click,
/// which is one press. Waits until the run is written down and the window ready for the next.
pub(crate) async fn fill_and_run(
    window: &Window<'_>,
    library: &LibraryView,
    (field, text): (&str, &str),
) -> Outcome<RunRow> {
    let known: Vec<String> = library.runs()?.into_iter().map(|run| run.id).collect();
    window.fill(field, text).await?;
    let keys = window.web().action_chain().key_down(Key::Control);
    let keys = keys.key_down(Key::Enter).key_up(Key::Enter);
    keys.key_up(Key::Control).perform().await?;
    let run = run_that(library, "the run in the library", |run| {
        let request = serde_json::from_str::<Value>(&run.request).unwrap_or_default();
        !known.contains(&run.id) && is(request.get(field), text)
    })
    .await?;
    window.has("run-button", "aria-disabled", "false").await?;
    Ok(run)
}

/// Opens a run's page from the list of runs.
pub(crate) async fn open_run(window: &Window<'_>, run: &RunRow) -> Outcome {
    window.click("nav-runs").await?;
    window.click(&format!("run-row-{}", run.id)).await?;
    window.shown("run-panel").await?;
    Ok(())
}

/// Waits until the run on the page is in this state, for as long as a run may take.
pub(crate) async fn shows_state(window: &Window<'_>, state: &str) -> Outcome {
    let mut last = None;
    let shown = eventually(
        &format!("a run shown as {state}"),
        DONE_WITHIN,
        async || {
            let badge = window.shown("run-state").await?;
            // The badge may be drawn anew while it is asked: the next look decides.
            last = badge.attr("data-state").await.unwrap_or_default();
            Ok((last.as_deref() == Some(state)).then_some(()))
        },
    )
    .await;
    shown.map_err(|error| format!("{error}; it is shown as {last:?}").into())
}
