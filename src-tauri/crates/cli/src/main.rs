//! `wiro`: the headless companion of Wiro Studio, for scripts.
//!
//! Invariants:
//! - Standard output carries results (with `--json` one JSON object a line), standard error everything else.
//! - An error is the last thing printed, and its exit code comes from the engine's one `ErrorCode`; see [`exit`].
//! - However a command ends, an interrupt included, the engine is closed: leases are given back, hints are written.
//! - No secret is ever an argument, and none is printed.
//!
//! It must not know the service, the library or the disk other than through the engine.

mod args;
mod commands;
mod context;
mod exit;
mod printer;
mod session;

use std::ffi::OsString;
use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use wiro_engine::dto::AppError;
use wiro_engine::redaction::Redacting;

use crate::args::{Arguments, Command};
use crate::context::Context;
use crate::exit::{Exit, usage};
use crate::printer::Printer;

fn main() -> ExitCode {
    let arguments = match parse(std::env::args_os().collect()) {
        Ok(arguments) => arguments,
        Err(exit) => return exit.into(),
    };
    start_log();
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
    let exit = runtime.block_on(run(arguments, printer));
    // Blocking work that is still under way (a read of the disk) must not hold the process back.
    runtime.shutdown_background();
    exit.into()
}

/// The command line, or how the program ends without one.
fn parse(arguments: Vec<OsString>) -> Result<Arguments, Exit> {
    let mut flags = arguments.iter().skip(1).take_while(|word| *word != "--");
    let json = flags.any(|word| word == "--json");
    Arguments::try_parse_from(arguments).map_err(|error| {
        // Help and version go to standard output, mistakes to standard error. A closed pipe is the reader's choice.
        let _ = error.print();
        if !error.use_stderr() {
            return Exit::Success;
        }
        if json {
            let text = error.to_string();
            let first = text.lines().next().unwrap_or_default();
            let message = first.strip_prefix("error: ").unwrap_or(first);
            Printer::new(true).error(&usage(message));
        }
        Exit::Usage
    })
}

/// Only our own crates are listened to: what libraries say about connections holds tokens.
fn start_log() {
    let filter = EnvFilter::try_from_env("WIRO_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    let ours = filter_fn(|metadata| metadata.target().starts_with("wiro"));
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(Redacting(std::io::stderr))
        .with_filter(ours);
    tracing_subscriber::registry()
        .with(lines)
        .with(filter)
        .init();
}

async fn run(arguments: Arguments, printer: Printer) -> Exit {
    let context = Context::new(arguments.global, printer);
    // A server and a voice session have their own way to end.
    let interruptible = !matches!(arguments.command, Command::Sandbox(_) | Command::Voice(_));
    let ended = tokio::select! {
        ended = Box::pin(carry_out(&context, arguments.command)) => ended,
        interrupted = interrupt(), if interruptible => match interrupted {
            Ok(()) => Err(context.interrupted().await),
            Err(error) => Err(exit::internal(&error)),
        },
    };
    let closed = context.close().await;
    match ended.and_then(|exit| closed.map(|()| exit)) {
        Ok(exit) => exit,
        Err(error) => {
            printer.error(&error);
            Exit::of(&error)
        }
    }
}

async fn carry_out(context: &Context, command: Command) -> Result<Exit, AppError> {
    match command {
        Command::Models(command) => commands::models::run(context, command).await,
        Command::Run(command) => commands::run::run(context, command).await,
        Command::Tasks(command) => commands::tasks::run(context, command).await,
        Command::Upload(command) => commands::upload::upload(context, command).await,
        Command::Folder(command) => commands::upload::folder(context, command).await,
        Command::Account(command) => commands::account::run(context, command).await,
        Command::Voice(command) => Box::pin(commands::voice::run(context, command)).await,
        Command::Sandbox(command) => commands::sandbox::run(context, command).await,
    }
}

async fn interrupt() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}
