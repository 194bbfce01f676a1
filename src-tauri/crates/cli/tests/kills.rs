//! `kill -9` of `wiro run` at any moment, against a Sandbox that goes on: nothing accepted is lost, nothing is sent twice.
//!
//! The trials follow from one seed, which is printed: `WIRO_KILL_SEED` repeats them, `WIRO_KILL_TRIALS` says how many.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests may fail them"
)]

#[path = "kills/lane.rs"]
mod lane;
#[path = "cli/service.rs"]
#[expect(dead_code, reason = "the other tests of the program use the rest")]
mod service;
#[path = "kills/trial.rs"]
mod trial;

use std::collections::BTreeMap;

use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::lane::Lane;
use crate::trial::{Aim, Outcome, Phase, Trial, Verdict};

/// So many libraries at a time.
const LANES: usize = 3;
const TRIALS: usize = 40;

fn number<T: std::str::FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

#[test]
fn f48_no_kill_loses_or_repeats_a_run() {
    let seed = number("WIRO_KILL_SEED").unwrap_or_else(rand::random::<u64>);
    let count = number("WIRO_KILL_TRIALS").unwrap_or(TRIALS);
    println!("WIRO_KILL_SEED={seed} WIRO_KILL_TRIALS={count}");
    let mut rng = StdRng::seed_from_u64(seed);
    let trials: Vec<Trial> = (0..count)
        .map(|index| Trial::plan(index, &mut rng))
        .collect();
    let lanes: Vec<_> = (0..LANES)
        .map(|lane| {
            let mine: Vec<Trial> = trials.iter().skip(lane).step_by(LANES).cloned().collect();
            std::thread::spawn(move || Lane::start().carry_out(&mine))
        })
        .collect();
    let verdicts: Vec<Verdict> = lanes
        .into_iter()
        .flat_map(|lane| lane.join().expect("a lane that could be judged"))
        .collect();
    println!("{}", table(&verdicts));
    let violations: Vec<&String> = verdicts
        .iter()
        .flat_map(|verdict| &verdict.violations)
        .collect();
    assert!(violations.is_empty(), "seed {seed}: {violations:#?}");
    assert_eq!(verdicts.len(), count);
    // A harness that never hits what it aims at proves nothing.
    if count >= TRIALS {
        for phase in [
            Phase::BeforeSend,
            Phase::DuringSend,
            Phase::WhileRunning,
            Phase::WhileCollecting,
        ] {
            assert!(
                verdicts.iter().any(|verdict| verdict.phase == phase),
                "seed {seed}: none {phase:?}"
            );
        }
        assert!(
            verdicts
                .iter()
                .any(|verdict| verdict.outcome == Outcome::Adopted),
            "seed {seed}: none adopted"
        );
    }
}

/// A line a moment of death, a column an outcome.
fn table(verdicts: &[Verdict]) -> String {
    use std::fmt::Write as _;
    let mut lines: BTreeMap<Phase, Vec<&Verdict>> = BTreeMap::new();
    for verdict in verdicts {
        lines.entry(verdict.phase).or_default().push(verdict);
    }
    let mut text = format!(
        "{:<18}{:>8}{:>10}{:>10}{:>13}{:>10}{:>6}{:>13}\n",
        "killed", "trials", "finished", "adopted", "unconfirmed", "not sent", "lost", "second POST"
    );
    let mut line = |name: &str, verdicts: &[&Verdict]| {
        let count = |outcome: Outcome| {
            verdicts
                .iter()
                .filter(|verdict| verdict.outcome == outcome)
                .count()
        };
        let second: u64 = verdicts.iter().map(|verdict| verdict.second_posts).sum();
        let _ = writeln!(
            text,
            "{name:<18}{:>8}{:>10}{:>10}{:>13}{:>10}{:>6}{second:>13}",
            verdicts.len(),
            count(Outcome::Finished),
            count(Outcome::Adopted),
            count(Outcome::Unconfirmed),
            count(Outcome::NotSent),
            count(Outcome::Lost),
        );
    };
    for (phase, verdicts) in &lines {
        line(phase.name(), verdicts);
    }
    line("all", &verdicts.iter().collect::<Vec<_>>());
    let uploads = verdicts.iter().filter(|verdict| verdict.upload).count();
    let aims = Aim::ALL.map(|name| {
        let aimed = verdicts
            .iter()
            .filter(|verdict| verdict.aim.starts_with(name))
            .count();
        format!("{aimed} {name}")
    });
    let _ = writeln!(text, "{uploads} with an upload; aimed: {}", aims.join(", "));
    text
}
