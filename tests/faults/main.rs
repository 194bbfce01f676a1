//! A service that fails at random and an engine that is cut off at random: nothing accepted is
//! lost, nothing is sent twice, and the pretend wallet agrees.
//!
//! Schedule `n` follows from the seed plus `n`: `WIRO_FAULT_SEED` repeats them and
//! `WIRO_FAULT_SCHEDULES` says how many; a single one is repeated with its own seed and a count of 1.

mod judge;
mod records;
mod schedule;
mod trial;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::str::FromStr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use e2e::{Failure, Outcome};

use crate::judge::Verdict;
use crate::schedule::Schedule;

const SCHEDULES: u64 = 60;
/// So many at a time: they wait more than they compute.
const LANES: usize = 4;

fn number<T: FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

#[test]
fn f25_no_schedule_of_faults_loses_or_repeats_a_run() -> Outcome {
    // Half of the range, so that a seed and a count never overflow together.
    let seed = number("WIRO_FAULT_SEED").unwrap_or_else(|| rand::random::<u64>() / 2);
    let count = number("WIRO_FAULT_SCHEDULES").unwrap_or(SCHEDULES);
    println!("WIRO_FAULT_SEED={seed} WIRO_FAULT_SCHEDULES={count}");
    let verdicts = all(seed, count)?;
    println!("{}", table(&verdicts));
    let violations: Vec<&String> = verdicts
        .iter()
        .flat_map(|verdict| &verdict.violations)
        .collect();
    assert!(violations.is_empty(), "seed {seed}: {violations:#?}");
    if count >= SCHEDULES {
        assert_everything_happened(&verdicts);
    }
    Ok(())
}

/// A harness that never meets what it is about proves nothing.
fn assert_everything_happened(verdicts: &[Verdict]) {
    for state in ["succeeded", "failed", "unconfirmed", "refused"] {
        let met = verdicts
            .iter()
            .any(|verdict| verdict.states.contains_key(state));
        assert!(met, "no run that is {state}");
    }
    assert!(
        verdicts.iter().any(|verdict| verdict.restarts > 0),
        "no restart"
    );
    assert!(
        verdicts.iter().any(|verdict| verdict.found > 0),
        "no run that was found again after its answer was lost"
    );
}

/// Every schedule, a few at a time, in the order they end.
fn all(seed: u64, count: u64) -> Outcome<Vec<Verdict>> {
    let next = AtomicU64::new(0);
    let verdicts = Mutex::new(Vec::new());
    let lane = || -> Outcome {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= count {
                return Ok(());
            }
            let schedule = Schedule::plan(seed + index);
            let verdict = trial::carry_out(&schedule)
                .map_err(|error| Failure::from(format!("{schedule:#?}: {error}")))?;
            if let Ok(mut all) = verdicts.lock() {
                all.push(verdict);
            }
        }
    };
    std::thread::scope(|scope| {
        let lanes: Vec<_> = (0..LANES).map(|_| scope.spawn(lane)).collect();
        for lane in lanes {
            lane.join().map_err(|_| "a lane panicked")??;
        }
        Ok::<(), Failure>(())
    })?;
    Ok(verdicts.into_inner()?)
}

fn table(verdicts: &[Verdict]) -> String {
    let sum = |figure: fn(&Verdict) -> u64| verdicts.iter().map(figure).sum::<u64>();
    let mut states: BTreeMap<&str, u64> = BTreeMap::new();
    for (state, count) in verdicts.iter().flat_map(|verdict| &verdict.states) {
        *states.entry(state).or_default() += count;
    }
    let slowest = verdicts.iter().max_by_key(|verdict| verdict.took);
    let mut text = String::new();
    // Writing to a String cannot fail.
    let mut line = |name: &str, figure: String| {
        let _ = writeln!(text, "{name:<34}{figure:>10}");
    };
    line("schedules", verdicts.len().to_string());
    line("faults planned", sum(|verdict| verdict.faults).to_string());
    line(
        "engines cut off",
        sum(|verdict| verdict.restarts).to_string(),
    );
    line("runs wanted", sum(|verdict| verdict.wanted).to_string());
    line("presses", sum(|verdict| verdict.presses).to_string());
    line("POSTs of Run", sum(|verdict| verdict.posts).to_string());
    line(
        "tasks of the service",
        sum(|verdict| verdict.tasks).to_string(),
    );
    line(
        "found after a lost answer",
        sum(|verdict| verdict.found).to_string(),
    );
    for (state, count) in states {
        line(&format!("runs {state}"), count.to_string());
    }
    line("lost", sum(|verdict| verdict.lost).to_string());
    line(
        "second POST",
        sum(|verdict| verdict.second_posts).to_string(),
    );
    if let Some(slowest) = slowest {
        let took = slowest.took.max(Duration::ZERO).as_secs_f64();
        line("slowest schedule, seconds", format!("{took:.1}"));
        line("its seed", slowest.seed.to_string());
    }
    text
}
