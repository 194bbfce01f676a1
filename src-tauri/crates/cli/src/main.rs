//! `wiro`: the headless companion of Wiro Studio, for scripts.
//!
//! Standard output carries results (with `--json` one JSON object a line), standard error everything else. No secret is
//! ever an argument. The exit codes come from the engine's one `ErrorCode`; see [`exit`].

mod args;
mod commands;
mod exit;
mod printer;
mod session;

use std::process::ExitCode;

use clap::Parser;
use tracing_subscriber::EnvFilter;

use crate::args::{Arguments, Command};
use crate::exit::Exit;
use crate::printer::Printer;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let filter = EnvFilter::try_from_env("WIRO_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    let printer = Printer::new(arguments.global.json);
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            printer.note(&format!("the runtime could not start: {error}"));
            return Exit::Local.into();
        }
    };
    let exit = runtime.block_on(run(arguments, &printer));
    // Blocking work that is still under way (a read of the disk) must not hold the process back.
    runtime.shutdown_background();
    exit.into()
}

async fn run(arguments: Arguments, printer: &Printer) -> Exit {
    let work = async {
        match arguments.command {
            Command::Models(command) => {
                commands::models::run(&arguments.global, command, printer).await
            }
            Command::Run(command) => commands::run::run(&arguments.global, command, printer).await,
            Command::Tasks(command) => {
                commands::tasks::run(&arguments.global, command, printer).await
            }
            Command::Sandbox(command) => commands::sandbox::run(&arguments.global, command).await,
        }
    };
    match work.await {
        Ok(exit) => exit,
        Err(error) => {
            printer.error(&error);
            Exit::of(&error)
        }
    }
}
