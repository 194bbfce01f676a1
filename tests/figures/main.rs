//! The budgets of the product, measured: `figures [NAME...]`, normally by `cargo xtask bench`.
//!
//! Every budget is a ratio to a peer that is measured in the same run, or a bound that leaves room
//! for slow machines. It is run by hand: a busy machine measures itself.

mod collect;
mod flood;
mod report;
mod stand_in;
mod upload;
mod window;

use std::io::Write as _;
use std::process::ExitCode;

use e2e::Outcome;

use crate::report::Row;

/// What can be measured, in order.
const NAMES: &[&str] = &["start", "memory", "collect", "flood", "upload"];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args()
        .skip(1)
        // Cargo's own word to benches.
        .filter(|word| word != "--bench")
        .collect();
    match run(&words) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            // Standard error may be closed; the exit code says enough then.
            let _ = writeln!(std::io::stderr(), "figures: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether every budget is kept. The first word may be a part that runs as a process of its own.
fn run(words: &[String]) -> Outcome<bool> {
    match words {
        [part] if part == stand_in::PART => return stand_in::serve().map(|()| true),
        [part, rest @ ..] if part == window::PART => return window::part(rest).map(|()| true),
        _ => {}
    }
    if let Some(unknown) = words.iter().find(|word| !NAMES.contains(&word.as_str())) {
        return Err(format!("no figure `{unknown}`; there are: {}", NAMES.join(", ")).into());
    }
    let mut rows = Vec::new();
    for name in NAMES {
        if words.is_empty() || words.iter().any(|word| word == name) {
            report::say(&format!("measuring: {name}"));
            rows.extend(measure(name)?);
        }
    }
    report::print(&rows);
    Ok(rows.iter().all(Row::is_good))
}

fn measure(name: &str) -> Outcome<Vec<Row>> {
    match name {
        "start" => window::start(),
        "memory" => window::memory(),
        "collect" => collect::measure(),
        "flood" => flood::measure(),
        _ => upload::measure(),
    }
}
