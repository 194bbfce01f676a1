//! A Sandbox by itself; everything is in the library.

use std::process::ExitCode;

use clap::Parser;
use wiro_sandbox::{SandboxArgs, serve};

/// A Wiro-compatible server whose models really compute, on this computer
#[derive(Parser)]
#[command(name = "wiro-sandbox", version)]
struct Command {
    #[command(flatten)]
    args: SandboxArgs,
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    let Command { args } = Command::parse();
    match serve(args, "wiro-sandbox-data".into()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the Sandbox ends");
            let _ = std::io::Write::write_fmt(
                &mut std::io::stderr(),
                format_args!("wiro-sandbox: {error}\n"),
            );
            ExitCode::FAILURE
        }
    }
}
