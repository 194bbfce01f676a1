//! A Sandbox in a process of its own, which goes on when the program under test is killed.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::process::Running;
use crate::studio::{isolated, program};
use crate::{Failure, Outcome};

const START_WITHIN: Duration = Duration::from_secs(20);

/// `wiro sandbox`, and what its first line said.
#[derive(Debug)]
pub struct Sandbox {
    /// Where the service answers.
    pub api: String,
    /// Where its socket is.
    pub socket: String,
    /// The pretend key.
    pub api_key: String,
    /// The pretend secret; none for a key-only project.
    pub api_secret: Option<String>,
    http: reqwest::Client,
    process: Running,
}

impl Sandbox {
    /// Starts one in this folder on a free port; `extra` are further arguments of `wiro sandbox`.
    pub fn start(dir: &Path, extra: &[&str]) -> Outcome<Self> {
        let mut command = Command::new(program("WIRO_BIN", "wiro")?);
        command
            .args(["sandbox", "--port", "0", "--dir"])
            .arg(dir)
            .args(extra)
            .stdin(Stdio::null())
            .stderr(Stdio::inherit());
        let (process, lines) = Running::with_lines(isolated(&mut command))?;
        let line = lines.next(START_WITHIN)?;
        let said: Value = serde_json::from_str(&line)
            .map_err(|error| Failure::from(format!("first line of the Sandbox: {error}")))?;
        let text = |key: &str| said.get(key).and_then(Value::as_str).map(str::to_owned);
        Ok(Self {
            api: text("api").ok_or("the Sandbox did not say its address")?,
            socket: text("socket").ok_or("the Sandbox did not say its socket")?,
            api_key: text("api_key").ok_or("the Sandbox did not say its key")?,
            api_secret: text("api_secret"),
            http: reqwest::Client::builder().no_proxy().build()?,
            process,
        })
    }

    /// What points the app or `wiro` at this Sandbox.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let mut all = vec![
            ("WIRO_API_BASE_URL", self.api.clone()),
            ("WIRO_SOCKET_URL", self.socket.clone()),
            ("WIRO_API_KEY", self.api_key.clone()),
        ];
        all.extend(
            self.api_secret
                .iter()
                .map(|secret| ("WIRO_API_SECRET", secret.clone())),
        );
        all
    }

    /// How often an endpoint was asked so far, such as `Run` or `files`.
    pub async fn asked(&self, endpoint: &str) -> Outcome<u64> {
        let origin = self.api.trim_end_matches("/v1");
        let stats: Value = self
            .http
            .get(format!("{origin}/sandbox/stats"))
            .send()
            .await?
            .json()
            .await?;
        let requests = stats.get("requests").ok_or("no requests in the stats")?;
        let count = requests.get(endpoint).and_then(Value::as_u64);
        Ok(count.unwrap_or(0))
    }

    /// All tasks it knows, newest first, as the service describes them. Only for a key-only project
    /// (`--api-key`): signing is the business of those under test.
    pub async fn tasks(&self) -> Outcome<Vec<Value>> {
        const PAGE: usize = 100;
        let mut all = Vec::new();
        loop {
            let answer: Value = self
                .http
                .post(format!("{}/Task/List", self.api))
                .header("x-api-key", &self.api_key)
                .json(&json!({ "start": all.len().to_string(), "limit": PAGE.to_string() }))
                .send()
                .await?
                .json()
                .await?;
            let page = answer.get("tasklist").and_then(Value::as_array);
            let page = page.ok_or_else(|| format!("no tasks in {answer}"))?;
            all.extend(page.iter().cloned());
            if page.len() < PAGE {
                return Ok(all);
            }
        }
    }

    /// Ends it properly.
    pub fn stop(mut self) -> Outcome {
        self.process.stop()
    }

    /// Ends it as a crash would.
    pub fn kill(mut self) -> Outcome {
        self.process.kill().map(|_| ())
    }
}
