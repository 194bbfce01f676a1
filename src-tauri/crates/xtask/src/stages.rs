//! `cargo xtask test`: stages, what each needs, and a table of times at the end.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::command::{all, cargo, run};
use crate::packages::Purpose;
use crate::workspace::Workspace;
use crate::{Outcome, check, node, packages};

/// One set of features for every cargo call over the workspace: another set would compile the
/// whole chain of the window a second time. With it the binaries carry the UI inside.
pub(crate) const FEATURES: &str = "wiro-studio/custom-protocol";

/// The tests that need the built binaries, a display and WebKit.
const WINDOW_PACKAGE: &str = "e2e";
/// The one test of that package that needs none of these.
const ARCHITECTURE: &str = "architecture";

struct Stage {
    name: &'static str,
    needs: &'static [&'static str],
    run: fn(&Workspace) -> Outcome,
}

/// In the order of execution; a stage needs only earlier ones.
const STAGES: &[Stage] = &[
    Stage {
        name: "packages",
        needs: &[],
        run: |_| {
            packages::ensure(Purpose::Test)?;
            node::ensure()
        },
    },
    Stage {
        name: "ui-install",
        needs: &["packages"],
        run: node::install,
    },
    Stage {
        name: "ui-build",
        needs: &["ui-install"],
        run: node::build,
    },
    Stage {
        name: "ui",
        needs: &["ui-install"],
        run: |workspace| all([node::check(workspace), node::test(workspace)]),
    },
    Stage {
        name: "check",
        needs: &["ui-build"],
        run: check::format_and_lints,
    },
    Stage {
        name: "build-app",
        needs: &["ui-build"],
        run: build_everything,
    },
    Stage {
        name: "rust",
        needs: &["build-app"],
        run: rust_tests,
    },
    Stage {
        name: "e2e",
        needs: &["build-app"],
        run: window_tests,
    },
];

#[derive(Debug, Clone, PartialEq, Eq)]
enum Result {
    Passed,
    Failed(String),
    NotRun(&'static str),
}

/// Runs all stages, or the named ones with what they need.
pub(crate) fn test(workspace: &Workspace, names: &[String]) -> Outcome<ExitCode> {
    let chosen = select(names)?;
    let mut report: Vec<(&'static str, Result, Duration)> = Vec::new();
    for stage in chosen {
        let broken = stage.needs.iter().find(|need| {
            report
                .iter()
                .any(|(name, result, _)| name == *need && *result != Result::Passed)
        });
        let started = Instant::now();
        let result = broken.map_or_else(|| attempt(stage, workspace), |need| Result::NotRun(need));
        report.push((stage.name, result, started.elapsed()));
    }
    print!("\n{}", table(&report));
    let good = report
        .iter()
        .all(|(_, result, _)| *result == Result::Passed);
    Ok(if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn attempt(stage: &Stage, workspace: &Workspace) -> Result {
    eprintln!("\n=== {}", stage.name);
    match (stage.run)(workspace) {
        Ok(()) => Result::Passed,
        Err(message) => {
            eprintln!("xtask: {message}");
            Result::Failed(message)
        }
    }
}

/// The named stages and, before them, what they need; all when none is named.
fn select(names: &[String]) -> Outcome<Vec<&'static Stage>> {
    let mut wanted: Vec<&str> = Vec::new();
    for name in names {
        let stage = STAGES
            .iter()
            .find(|stage| stage.name == name)
            .ok_or_else(|| {
                let known: Vec<&str> = STAGES.iter().map(|stage| stage.name).collect();
                format!("no stage `{name}`; there are: {}", known.join(", "))
            })?;
        wanted.push(stage.name);
    }
    // A stage needs only earlier ones, so one walk from the back closes the set.
    for stage in STAGES.iter().rev() {
        if wanted.contains(&stage.name) {
            wanted.extend(stage.needs);
        }
    }
    Ok(STAGES
        .iter()
        .filter(|stage| names.is_empty() || wanted.contains(&stage.name))
        .collect())
}

fn table(report: &[(&'static str, Result, Duration)]) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    let mut failed = 0;
    for (name, result, time) in report {
        let words = match result {
            Result::Passed => "passed".to_owned(),
            Result::Failed(message) => {
                failed += 1;
                let first = message.lines().next().unwrap_or_default();
                format!("FAILED   {first}")
            }
            Result::NotRun(need) => {
                failed += 1;
                format!("NOT RUN  needs {need}")
            }
        };
        let seconds = time.as_secs_f64();
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{name:<12}{seconds:>8.1} s  {words}");
    }
    let total: f64 = report.iter().map(|(_, _, time)| time.as_secs_f64()).sum();
    let passed = report.len() - failed;
    let _ = writeln!(text, "{:<12}{total:>8.1} s", "total");
    let _ = writeln!(text, "{passed} passed, {failed} failed");
    text
}

/// Libraries, binaries and test binaries in one go: the later stages only run them.
pub(crate) fn build_everything(workspace: &Workspace) -> Outcome {
    run(cargo(workspace).args([
        "build",
        "--workspace",
        "--all-targets",
        "--features",
        FEATURES,
    ]))
}

fn has_nextest(workspace: &Workspace) -> bool {
    cargo(workspace)
        .args(["nextest", "--version"])
        .output()
        .is_ok_and(|output| output.status.success())
}

/// Every test that needs no window.
fn rust_tests(workspace: &Workspace) -> Outcome {
    if has_nextest(workspace) {
        let filter = format!("not package({WINDOW_PACKAGE}) or binary({ARCHITECTURE})");
        return run(nextest(workspace).args(["-E", &filter]));
    }
    // Plain `cargo test` cannot leave tests out without leaving their package's features out as
    // well; a few dependencies are compiled again.
    run(plain_test(workspace).args([
        "--workspace",
        "--exclude",
        WINDOW_PACKAGE,
        "--features",
        FEATURES,
    ]))?;
    run(plain_test(workspace).args(["--package", WINDOW_PACKAGE, "--test", ARCHITECTURE]))
}

/// The real window. One test at a time: they measure their deadlines on a machine of two cores.
fn window_tests(workspace: &Workspace) -> Outcome {
    let mut command = if has_nextest(workspace) {
        let mut command = nextest(workspace);
        let filter = format!("package({WINDOW_PACKAGE}) and not binary({ARCHITECTURE})");
        command.args(["--test-threads", "1", "-E", &filter]);
        command
    } else {
        let mut command = plain_test(workspace);
        command.args(["--package", WINDOW_PACKAGE, "--", "--test-threads", "1"]);
        command
    };
    run(command
        .env("WIRO_STUDIO_BIN", workspace.binary("wiro-studio"))
        .env("WIRO_BIN", workspace.binary("wiro")))
}

fn nextest(workspace: &Workspace) -> std::process::Command {
    let mut command = cargo(workspace);
    command.args(["nextest", "run", "--workspace", "--features", FEATURES]);
    // One failure must not hide the others.
    command.arg("--no-fail-fast");
    command
}

fn plain_test(workspace: &Workspace) -> std::process::Command {
    let mut command = cargo(workspace);
    command.args(["test", "--no-fail-fast"]);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(stages: &[&Stage]) -> Vec<&'static str> {
        stages.iter().map(|stage| stage.name).collect()
    }

    #[test]
    fn a_stage_needs_only_earlier_ones() {
        for (index, stage) in STAGES.iter().enumerate() {
            for need in stage.needs {
                let place = STAGES.iter().position(|other| other.name == *need);
                assert!(place.is_some_and(|place| place < index), "{}", stage.name);
            }
        }
    }

    #[test]
    fn naming_a_stage_brings_what_it_needs() {
        let chosen = select(&["e2e".to_owned()]).unwrap();
        assert_eq!(
            names(&chosen),
            ["packages", "ui-install", "ui-build", "build-app", "e2e"]
        );
        assert_eq!(select(&[]).unwrap().len(), STAGES.len());
        assert!(select(&["nothing".to_owned()]).is_err());
    }

    #[test]
    fn the_table_ends_with_the_count() {
        let second = Duration::from_secs(1);
        let text = table(&[
            ("ui", Result::Passed, second),
            ("check", Result::Failed("broken\nmore".into()), second),
            ("e2e", Result::NotRun("build-app"), second),
        ]);
        assert_eq!(text.lines().last(), Some("1 passed, 2 failed"));
        assert!(text.contains("FAILED   broken\n"), "{text}");
    }
}
