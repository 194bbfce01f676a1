//! Development commands: `cargo xtask run | test | check | screens | bundle | bench | campaign`.
//!
//! Purpose: two commands on a fresh machine with Rust and Node are enough. What is missing is
//! named, installed when that is allowed, and otherwise printed as the exact line to type.
//!
//! Invariants: standard library only, so that it builds in seconds before anything else is there.
//! Every cargo call of `test` has the same packages and features, so that nothing is compiled twice.
//! Processes are ended by the ids that were started here.
//!
//! It must not hold knowledge of the product: no endpoint, no schema, no test logic.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool talks on its standard streams"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "standard library only; errors are given the path by hand"
)]

mod bench;
mod bundle;
mod campaign;
mod check;
mod command;
mod display;
mod node;
mod packages;
mod release;
mod run;
mod screens;
mod stages;
mod workspace;

use std::process::ExitCode;

use workspace::Workspace;

const USAGE: &str = "usage: cargo xtask COMMAND

  run               build and open Wiro Studio (without a display: a picture of its window)
  test [STAGE...]   everything that must pass; named stages run with what they need
  check             formatting, lints, bindings, the UI's types
  screens           a picture of every screen, two sizes, light and dark

By hand:

  bundle [--check]  a .deb and an .rpm; with --check the .deb is installed into a bare system
  bench [NAME...]   the budgets, measured on release builds: what, figure, peer, ratio, budget
  campaign [--seed N] [--kills N] [--faults N]
                    kills and fault schedules in large numbers: nothing lost, nothing sent twice
";

/// What every step gives back; the message is for people.
pub(crate) type Outcome<T = ()> = Result<T, String>;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    match dispatch(&command, &rest) {
        Ok(code) => code,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(command: &str, rest: &[String]) -> Outcome<ExitCode> {
    if matches!(command, "run" | "check" | "screens") && !rest.is_empty() {
        return Err(format!("`{command}` takes no arguments\n\n{USAGE}"));
    }
    match command {
        "run" => run::run(&Workspace::find()?),
        "test" => stages::test(&Workspace::find()?, rest),
        "check" => check::check(&Workspace::find()?).map(|()| ExitCode::SUCCESS),
        "screens" => screens::screens(&Workspace::find()?).map(|()| ExitCode::SUCCESS),
        "bundle" => bundle::bundle(&Workspace::find()?, rest).map(|()| ExitCode::SUCCESS),
        "bench" => bench::bench(&Workspace::find()?, rest).map(|()| ExitCode::SUCCESS),
        "campaign" => campaign::campaign(&Workspace::find()?, rest).map(|()| ExitCode::SUCCESS),
        "" | "help" | "-h" | "--help" => {
            print!("{USAGE}");
            Ok(ExitCode::SUCCESS)
        }
        other => Err(format!("unknown command `{other}`\n\n{USAGE}")),
    }
}
