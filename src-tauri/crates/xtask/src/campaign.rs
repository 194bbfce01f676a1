//! `cargo xtask campaign`: kills and faults in numbers that no gate has time for. By hand.
//!
//! The tests are those of the gate, told by the environment to do more of the same.

use crate::command::{all, cargo, run};
use crate::packages::Purpose;
use crate::workspace::Workspace;
use crate::{Outcome, node, packages, stages};

const USAGE: &str = "usage: cargo xtask campaign [--seed N] [--kills N] [--faults N]";

/// Of so many kills of the command line one more is of the app: it takes longer and dies the same.
const KILLS_PER_APP_KILL: u64 = 10;

#[derive(Debug, PartialEq, Eq)]
struct Plan {
    /// Chosen by each test and printed by it when there is none.
    seed: Option<u64>,
    kills: u64,
    faults: u64,
}

impl Plan {
    fn read(arguments: &[String]) -> Outcome<Self> {
        let mut plan = Self {
            seed: None,
            kills: 1_000,
            faults: 2_000,
        };
        let mut words = arguments.iter();
        while let Some(name) = words.next() {
            let value = words.next().ok_or(USAGE)?;
            let number: u64 = value
                .parse()
                .map_err(|_| format!("`{value}` is no number\n\n{USAGE}"))?;
            match name.as_str() {
                "--seed" => plan.seed = Some(number),
                "--kills" => plan.kills = number,
                "--faults" => plan.faults = number,
                _ => return Err(USAGE.to_owned()),
            }
        }
        Ok(plan)
    }

    fn app_kills(&self) -> u64 {
        self.kills / KILLS_PER_APP_KILL
    }
}

pub(crate) fn campaign(workspace: &Workspace, arguments: &[String]) -> Outcome {
    let plan = Plan::read(arguments)?;
    packages::ensure(Purpose::Test)?;
    node::ensure()?;
    node::install(workspace)?;
    node::build(workspace)?;
    stages::build_everything(workspace)?;
    let lost_or_repeated = all([
        one(
            workspace,
            &plan,
            "faults",
            "f25_",
            &[("WIRO_FAULT_SCHEDULES", plan.faults)],
        ),
        one(
            workspace,
            &plan,
            "kills",
            "f48_",
            &[("WIRO_KILL_TRIALS", plan.kills)],
        ),
        one(
            workspace,
            &plan,
            "app",
            "kills::",
            &[("WIRO_APP_KILL_TRIALS", plan.app_kills())],
        ),
    ]);
    lost_or_repeated?;
    println!(
        "campaign: {} fault schedules, {} kills of wiro, {} kills of the app: lost 0, second POST 0",
        plan.faults,
        plan.kills,
        plan.app_kills()
    );
    Ok(())
}

/// One of the harnesses; none at all when its count is nought.
fn one(
    workspace: &Workspace,
    plan: &Plan,
    target: &str,
    filter: &str,
    counts: &[(&str, u64)],
) -> Outcome {
    if counts.iter().all(|(_, count)| *count == 0) {
        return Ok(());
    }
    let mut command = cargo(workspace);
    command
        .args(["test", "--workspace", "--features", stages::FEATURES])
        .args(["--test", target, "--", "--nocapture", filter])
        .env("WIRO_STUDIO_BIN", workspace.binary("wiro-studio"))
        .env("WIRO_BIN", workspace.binary("wiro"))
        .envs(
            counts
                .iter()
                .map(|(name, count)| (*name, count.to_string())),
        );
    if let Some(seed) = plan.seed {
        for name in ["WIRO_KILL_SEED", "WIRO_FAULT_SEED"] {
            command.env(name, seed.to_string());
        }
    }
    run(&mut command)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(words: &[&str]) -> Outcome<Plan> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        Plan::read(&words)
    }

    #[test]
    fn what_is_not_said_is_large() {
        let standard = plan(&[]).unwrap();
        assert_eq!((standard.kills, standard.faults), (1_000, 2_000));
        assert_eq!(standard.app_kills(), 100);
        let own = plan(&["--seed", "7", "--faults", "60", "--kills", "0"]).unwrap();
        let expected = Plan {
            seed: Some(7),
            kills: 0,
            faults: 60,
        };
        assert_eq!(own, expected);
    }

    #[test]
    fn nonsense_is_refused() {
        for words in [&["--seed"][..], &["--seed", "x"], &["--more", "1"]] {
            assert!(plan(words).is_err(), "{words:?}");
        }
    }
}
