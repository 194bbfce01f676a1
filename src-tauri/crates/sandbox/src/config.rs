//! How a Sandbox is started.

use std::fmt;
use std::path::PathBuf;

use rust_decimal::Decimal;

use crate::fault::FaultPlan;

/// How a Sandbox is started. [`Config::new`] gives a free port, a made-up signature pair and two workers.
#[derive(Clone)]
pub struct Config {
    /// Folder of its tasks, files and wallet; created when missing.
    pub dir: PathBuf,
    /// Port on 127.0.0.1; 0 takes any free one.
    pub port: u16,
    /// Key of the project. `None` makes a signature pair up.
    pub api_key: Option<String>,
    /// Secret of the project. A key without a secret makes a key-only project (`PROTOCOL.md` section 2.1).
    pub api_secret: Option<String>,
    /// Addresses that may call (`PROTOCOL.md` section 2.1); `*` or nothing admits every one. Only this computer can call at
    /// all, so any other one, such as `203.0.113.9`, refuses everybody.
    pub allowed_ips: Vec<String>,
    /// What the pretend wallet holds. `None` keeps what the folder remembers, or 100 USD at first. A value is
    /// credited once: starting again with the same one does not refund what was spent.
    pub balance_usd: Option<Decimal>,
    /// How many tasks run at the same time; further ones wait in `task_queue`.
    pub workers: usize,
    /// A JSON array of model objects to serve in addition; they echo what they were sent.
    pub catalogue: Option<PathBuf>,
    /// What to do wrong, for tests.
    pub fault_plan: Option<FaultPlan>,
}

impl Config {
    /// The defaults, with the tasks of `dir`.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self {
            dir: dir.into(),
            port: 0,
            api_key: None,
            api_secret: None,
            allowed_ips: Vec::new(),
            balance_usd: None,
            workers: 2,
            catalogue: None,
            fault_plan: None,
        }
    }

    /// Listens on `port`.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// A key-only project.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.api_key = Some(key.into());
        self.api_secret = None;
        self
    }

    /// A signature project.
    #[must_use]
    pub fn signature(mut self, key: impl Into<String>, secret: impl Into<String>) -> Self {
        self.api_key = Some(key.into());
        self.api_secret = Some(secret.into());
        self
    }

    /// Admits these addresses only.
    #[must_use]
    pub fn allowed_ips<T: Into<String>>(mut self, addresses: impl IntoIterator<Item = T>) -> Self {
        self.allowed_ips = addresses.into_iter().map(Into::into).collect();
        self
    }

    /// Puts `usd` into the wallet.
    #[must_use]
    pub fn balance(mut self, usd: Decimal) -> Self {
        self.balance_usd = Some(usd);
        self
    }

    /// Runs `workers` tasks at the same time, at least one.
    #[must_use]
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = workers;
        self
    }

    /// Serves the models of a file as well.
    #[must_use]
    pub fn catalogue(mut self, file: impl Into<PathBuf>) -> Self {
        self.catalogue = Some(file.into());
        self
    }

    /// Misbehaves as planned.
    #[must_use]
    pub fn fault_plan(mut self, plan: FaultPlan) -> Self {
        self.fault_plan = Some(plan);
        self
    }
}

impl Default for Config {
    /// A folder in the system's temporary files; anything that should last wants [`Config::new`].
    fn default() -> Self {
        Self::new(std::env::temp_dir().join("wiro-sandbox"))
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("dir", &self.dir)
            .field("port", &self.port)
            .field("api_key", &self.api_key.as_ref().map(|_| "<redacted>"))
            .field(
                "api_secret",
                &self.api_secret.as_ref().map(|_| "<redacted>"),
            )
            .field("allowed_ips", &self.allowed_ips)
            .field("balance_usd", &self.balance_usd)
            .field("workers", &self.workers)
            .field("catalogue", &self.catalogue)
            .field("fault_plan", &self.fault_plan)
            .finish()
    }
}
