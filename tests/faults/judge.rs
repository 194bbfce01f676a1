//! What must hold after any schedule.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use e2e::Outcome;
use rust_decimal::Decimal;
use serde_json::Value;

use crate::records::{Run, Task};
use crate::schedule::{Schedule, Wish};

/// Everything there is to see when a schedule is over.
pub(crate) struct Scene<'a> {
    pub(crate) schedule: &'a Schedule,
    pub(crate) intents: &'a [String],
    pub(crate) tasks: Vec<Task>,
    pub(crate) runs: Vec<Run>,
    pub(crate) posts: u64,
    pub(crate) balance: String,
    pub(crate) credit: u32,
    pub(crate) partials_are_gone: bool,
    pub(crate) took: Duration,
}

/// What is said about a schedule.
#[derive(Debug)]
pub(crate) struct Verdict {
    pub(crate) seed: u64,
    pub(crate) took: Duration,
    pub(crate) faults: u64,
    pub(crate) restarts: u64,
    pub(crate) wanted: u64,
    pub(crate) presses: u64,
    pub(crate) posts: u64,
    pub(crate) tasks: u64,
    /// Runs whose answer was lost and that were found nevertheless, as far as that is certain.
    pub(crate) found: u64,
    pub(crate) lost: u64,
    pub(crate) second_posts: u64,
    pub(crate) states: BTreeMap<String, u64>,
    pub(crate) violations: Vec<String>,
}

/// Whether nothing more happens to a run in this state by itself.
pub(crate) fn is_settled(state: &str) -> bool {
    [
        "unconfirmed",
        "refused",
        "not_sent",
        "succeeded",
        "failed",
        "cancelled",
    ]
    .contains(&state)
}

fn is_of(task: &Task, wish: &Wish) -> bool {
    let told = match &task.parameters[wish.model.marked()] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let same_number = || {
        let number = |text: &str| text.parse::<f64>().ok();
        number(&told).is_some() && number(&told) == number(&wish.mark)
    };
    task.model == wish.model.slug() && (told == wish.mark || same_number())
}

/// Tasks that no run claims.
fn unclaimed<'a>(tasks: &'a [Task], runs: &[Run]) -> Vec<&'a Task> {
    let claimed: BTreeSet<&String> = runs.iter().filter_map(|run| run.task.as_ref()).collect();
    tasks
        .iter()
        .filter(|task| !claimed.contains(&task.id))
        .collect()
}

/// The unconfirmed runs of wishes for this very thing.
fn unclear<'a>(
    schedule: &Schedule,
    intents: &[String],
    runs: &'a [Run],
    task: &Task,
) -> Vec<&'a Run> {
    let wanted: BTreeSet<&String> = schedule
        .wishes
        .iter()
        .zip(intents)
        .filter(|(wish, _)| is_of(task, wish))
        .map(|(_, intent)| intent)
        .collect();
    runs.iter()
        .filter(|run| run.state == "unconfirmed" && wanted.contains(&run.intent))
        .collect()
}

/// Unconfirmed runs whose one and only task is there to be found.
pub(crate) fn to_find(
    schedule: &Schedule,
    intents: &[String],
    tasks: &[Task],
    runs: &[Run],
) -> Vec<String> {
    let open = unclaimed(tasks, runs);
    let mut found = Vec::new();
    for task in &open {
        let alike = open
            .iter()
            .filter(|other| other.model == task.model && other.parameters == task.parameters);
        if let ([run], 1) = (
            unclear(schedule, intents, runs, task).as_slice(),
            alike.count(),
        ) {
            found.push(run.id.clone());
        }
    }
    found
}

pub(crate) fn judge(scene: &Scene<'_>) -> Outcome<Verdict> {
    let schedule = scene.schedule;
    let mut violations = Vec::new();
    let lost = lost(scene, &mut violations);
    let second_posts = second_posts(scene, &mut violations);
    for run in &scene.runs {
        results(scene, run, &mut violations)?;
    }
    wallet(scene, &mut violations)?;
    if !scene.partials_are_gone {
        violations.push("a partial file was left behind".to_owned());
    }
    let mut states: BTreeMap<String, u64> = BTreeMap::new();
    for run in &scene.runs {
        *states.entry(run.state.clone()).or_default() += 1;
    }
    let count = |length: usize| length as u64;
    Ok(Verdict {
        seed: schedule.seed,
        took: scene.took,
        faults: count(schedule.rules.len()),
        restarts: schedule.restarts(),
        wanted: count(schedule.wishes.len()),
        presses: schedule.presses(),
        posts: scene.posts,
        tasks: count(scene.tasks.len()),
        found: found(scene),
        lost,
        second_posts,
        states,
        violations: violations
            .into_iter()
            .map(|violation| format!("{violation}; {schedule:?}; {:?}", scene.runs))
            .collect(),
    })
}

/// Claimed tasks of stories with one wish whose one answer was lost: they can only have been found.
fn found(scene: &Scene<'_>) -> u64 {
    let of_send = |rule: &&Value| {
        let nth = rule["on"]["nth"].as_array().map_or(&[][..], Vec::as_slice);
        rule["on"]["path"] == "Run/*" && nth.contains(&Value::from(1))
    };
    let is_lost = |action: &Value| {
        action["when"] == "after" && (action["close"] == "answer" || action["status"].is_number())
    };
    // The first rule that acts wins.
    let first = scene.schedule.rules.iter().find(of_send);
    let lost = scene.schedule.wishes.len() == 1 && first.is_some_and(|rule| is_lost(&rule["do"]));
    let claimed = scene.runs.iter().filter(|run| run.task.is_some());
    if lost { claimed.count() as u64 } else { 0 }
}

/// Every task is some run's, or may be an unconfirmed one's.
fn lost(scene: &Scene<'_>, violations: &mut Vec<String>) -> u64 {
    let open = unclaimed(&scene.tasks, &scene.runs);
    let mut lost = 0;
    for wish in &scene.schedule.wishes {
        let tasks: Vec<&&Task> = open.iter().filter(|task| is_of(task, wish)).collect();
        let Some(first) = tasks.first() else {
            continue;
        };
        let waiting = unclear(scene.schedule, scene.intents, &scene.runs, first).len();
        if tasks.len() > waiting {
            lost += (tasks.len() - waiting) as u64;
            violations.push(format!("lost: {tasks:?}, {waiting} unconfirmed"));
        }
    }
    let known: BTreeSet<&String> = scene.tasks.iter().map(|task| &task.id).collect();
    for run in &scene.runs {
        if run.task.as_ref().is_some_and(|task| !known.contains(task)) {
            violations.push(format!("a task that the service does not have: {run:?}"));
        }
        if !scene.intents.contains(&run.intent) {
            violations.push(format!("nobody wanted {run:?}"));
        }
    }
    lost
}

/// One press, one POST, one task.
fn second_posts(scene: &Scene<'_>, violations: &mut Vec<String>) -> u64 {
    let wanted = scene.schedule.wishes.len() as u64;
    let mut second = scene.posts.saturating_sub(wanted);
    for wish in &scene.schedule.wishes {
        let same = |other: &&Wish| other.model == wish.model && other.mark == wish.mark;
        let wishes = scene.schedule.wishes.iter().filter(same).count();
        let tasks = scene.tasks.iter().filter(|task| is_of(task, wish)).count();
        second = second.max(tasks.saturating_sub(wishes) as u64);
    }
    if second > 0 {
        violations.push(format!(
            "{} POSTs for {wanted} wishes, tasks {:?}",
            scene.posts, scene.tasks
        ));
    }
    second
}

/// A run ends as its task did, and what the task made is on disk, byte for byte.
fn results(scene: &Scene<'_>, run: &Run, violations: &mut Vec<String>) -> Outcome {
    let Some(task) = scene
        .tasks
        .iter()
        .find(|task| run.task.as_ref() == Some(&task.id))
    else {
        if run.task.is_none() && ["succeeded", "failed"].contains(&run.state.as_str()) {
            violations.push(format!("without a task: {run:?}"));
        }
        return Ok(());
    };
    let expected = if task.succeeded() {
        "succeeded"
    } else {
        "failed"
    };
    if run.state != expected {
        violations.push(format!("not {expected}: {run:?}, {task:?}"));
    }
    if run.unpublished > 0 || run.files.len() != task.files.len() {
        violations.push(format!("results are missing: {run:?}, {task:?}"));
        return Ok(());
    }
    for (kept, made) in run.files.iter().zip(&task.files) {
        if fs_err::read(kept)? != fs_err::read(made)? {
            violations.push(format!("another file: {run:?}"));
        }
    }
    let cost = |text: &str| text.parse::<Decimal>().unwrap_or_default();
    let told = run.cost.as_deref().map_or(Decimal::ZERO, cost);
    if told != cost(&task.cost) {
        violations.push(format!("costs {told}, not {}: {run:?}", task.cost));
    }
    Ok(())
}

/// The pretend wallet paid for every task, once.
fn wallet(scene: &Scene<'_>, violations: &mut Vec<String>) -> Outcome {
    let mut expected = Decimal::from(scene.credit);
    for task in &scene.tasks {
        expected -= task.cost.parse::<Decimal>()?;
    }
    if scene.balance.parse::<Decimal>()? != expected {
        violations.push(format!("wallet {}, not {expected}", scene.balance));
    }
    Ok(())
}
