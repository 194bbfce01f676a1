//! The Sandbox as a program: what `wiro sandbox` and the thin binary share.

use std::fmt;
use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use rust_decimal::Decimal;
use serde_json::json;

use crate::config::Config;
use crate::error::Error;
use crate::fault::FaultPlan;
use crate::server::Sandbox;

/// Options of a Sandbox. It is a pretend server, so its pretend keys may be arguments.
#[derive(Clone, Default, Args)]
pub struct SandboxArgs {
    /// Port on 127.0.0.1 [default: any free one]
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub port: u16,
    /// Folder of its tasks, files and wallet
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// Key of the project; without a secret it is a key-only project
    #[arg(long, value_name = "K")]
    pub api_key: Option<String>,
    /// Secret of the project
    #[arg(long, value_name = "S", requires = "api_key")]
    pub api_secret: Option<String>,
    /// Address that may call; may be repeated, `*` is every one [default: every one]
    #[arg(long, value_name = "IP")]
    pub allowed_ip: Vec<String>,
    /// What the wallet holds, in USD [default: what the folder remembers, 100 at first]
    #[arg(long, value_name = "USD")]
    pub balance: Option<Decimal>,
    /// Tasks that run at the same time; further ones wait in `task_queue`
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub workers: usize,
    /// JSON array of model objects to serve as well; they echo what they are sent
    #[arg(long, value_name = "FILE")]
    pub catalogue: Option<PathBuf>,
    /// JSON file that says what to do wrong
    #[arg(long, value_name = "FILE")]
    pub fault_plan: Option<PathBuf>,
}

impl fmt::Debug for SandboxArgs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SandboxArgs")
            .field("port", &self.port)
            .field("dir", &self.dir)
            .finish_non_exhaustive()
    }
}

impl SandboxArgs {
    fn config(self, default_dir: PathBuf) -> Result<Config, Error> {
        Ok(Config {
            dir: self.dir.unwrap_or(default_dir),
            port: self.port,
            api_key: self.api_key,
            api_secret: self.api_secret,
            allowed_ips: self.allowed_ip,
            balance_usd: self.balance,
            workers: self.workers,
            catalogue: self.catalogue,
            fault_plan: self
                .fault_plan
                .as_deref()
                .map(FaultPlan::read)
                .transpose()?,
        })
    }
}

/// Serves until SIGTERM or SIGINT. The first line of standard output says where, and with which keys.
pub async fn serve(args: SandboxArgs, default_dir: PathBuf) -> Result<(), Error> {
    let ended = Signals::listen()?;
    let sandbox = Sandbox::start(args.config(default_dir)?)?;
    let line = json!({
        "api": sandbox.api_url(),
        "socket": sandbox.socket_url(),
        "api_key": sandbox.api_key(),
        "api_secret": sandbox.api_secret(),
    });
    {
        let mut out = std::io::stdout().lock();
        writeln!(out, "{line}")?;
        out.flush()?;
    }
    ended.received().await;
    sandbox.shutdown().await;
    Ok(())
}

/// Listening begins before the first line is printed: whoever reads it may send the signal at once.
struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> Result<Self, Error> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn received(mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(not(unix))]
impl Signals {
    #[expect(clippy::unnecessary_wraps, reason = "the same signature as on Unix")]
    fn listen() -> Result<Self, Error> {
        Ok(Self {})
    }

    async fn received(self) {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::error!(%error, "cannot wait for Ctrl-C");
        }
    }
}
