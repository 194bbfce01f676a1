//! `cargo xtask run`: the window, or a picture of it where there is no display.

use std::process::ExitCode;
use std::time::Duration;

use crate::Outcome;
use crate::command::{cargo, outsider, run as run_command};
use crate::display::{Running, VirtualDisplay};
use crate::packages::Purpose;
use crate::workspace::Workspace;
use crate::{node, packages};

const PAINT_WITHIN: Duration = Duration::from_mins(1);

pub(crate) fn run(workspace: &Workspace) -> Outcome<ExitCode> {
    let has_display = !cfg!(target_os = "linux")
        || ["DISPLAY", "WAYLAND_DISPLAY"]
            .iter()
            .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
    packages::ensure(if has_display {
        Purpose::Run
    } else {
        Purpose::RunWithoutDisplay
    })?;
    node::ensure()?;
    node::install(workspace)?;
    node::build(workspace)?;
    run_command(cargo(workspace).args([
        "build",
        "--package",
        "wiro-studio",
        "--features",
        "custom-protocol",
    ]))?;
    if has_display {
        open(workspace)
    } else {
        photograph(workspace).map(|()| ExitCode::SUCCESS)
    }
}

/// The window, for as long as it is open; our exit code is its own.
fn open(workspace: &Workspace) -> Outcome<ExitCode> {
    let status = outsider(workspace.binary("wiro-studio"))
        .status()
        .map_err(|error| format!("Wiro Studio did not start: {error}"))?;
    match status.code() {
        Some(code) => Ok(u8::try_from(code).map_or(ExitCode::FAILURE, ExitCode::from)),
        None => Err(format!("Wiro Studio ended with {status}")),
    }
}

fn photograph(workspace: &Workspace) -> Outcome {
    eprintln!("no display: opening Wiro Studio on a virtual one");
    let file = workspace.screens()?.join("run.png");
    let display = VirtualDisplay::start(1280, 800)?;
    let mut command = outsider(workspace.binary("wiro-studio"));
    display.apply(&mut command);
    let mut app = Running::start(&mut command)?;
    display.wait_for_paint(&mut app, PAINT_WITHIN)?;
    display.picture(&file)?;
    drop(app);
    println!("{}", file.display());
    Ok(())
}
