//! `wiro sandbox` in a process of its own, and what a program that talks to it leaves behind.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Nothing here takes nearly so long; a program that hangs fails its test.
pub(crate) const DEADLINE: Duration = Duration::from_secs(90);

/// A program that runs, and the lines it has not been asked for yet.
pub(crate) struct Program {
    child: Child,
    lines: Receiver<String>,
    stderr: Option<std::thread::JoinHandle<String>>,
}

/// How a program ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) lines: Vec<Value>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    /// The last line of standard output.
    pub(crate) fn last(&self) -> &Value {
        self.lines
            .last()
            .unwrap_or_else(|| panic!("no output; standard error: {}", self.stderr))
    }

    /// Lines with this `event`.
    pub(crate) fn events(&self, event: &str) -> Vec<&Value> {
        self.lines
            .iter()
            .filter(|line| line["event"] == event)
            .collect()
    }

    /// Fails unless it ended with this exit code and this error as the last line.
    pub(crate) fn expect_error(&self, code: i32, error: &str) -> &Value {
        assert_eq!(
            (
                self.code,
                self.last()["event"].as_str(),
                self.last()["code"].as_str()
            ),
            (Some(code), Some("error"), Some(error)),
            "{self:?}"
        );
        assert_eq!(self.events("error").len(), 1, "{self:?}");
        self.last()
    }

    /// Fails unless it ended well; the last line.
    pub(crate) fn expect_success(&self) -> &Value {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.last()
    }
}

/// `wiro` with nothing of this machine's environment in it.
pub(crate) fn wiro(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wiro"));
    command.env_clear().env("HOME", home).current_dir(home);
    command
}

impl Program {
    pub(crate) fn start(command: &mut Command) -> Self {
        Self::start_fed(command.stdin(Stdio::null()), "")
    }

    /// With this on its standard input, which is piped by the caller.
    pub(crate) fn start_fed(command: &mut Command, input: &str) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        if let Some(mut stdin) = child.stdin.take() {
            // A program that ends without reading closes its end.
            let _ = stdin.write_all(input.as_bytes());
        }
        let (stdout, mut stderr) = (
            child.stdout.take().expect("piped"),
            child.stderr.take().expect("piped"),
        );
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let stderr = std::thread::spawn(move || {
            let mut text = String::new();
            // What was printed before a failure counts.
            let _ = stderr.read_to_string(&mut text);
            text
        });
        Self {
            child,
            lines,
            stderr: Some(stderr),
        }
    }

    /// The next line of standard output; `None` at its end.
    pub(crate) fn next_line(&mut self) -> Option<String> {
        match self.lines.recv_timeout(DEADLINE) {
            Ok(line) => Some(line),
            Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => None,
            Err(std::sync::mpsc::RecvTimeoutError::Timeout) => {
                self.kill();
                panic!("the program said nothing for {DEADLINE:?}")
            }
        }
    }

    /// Reads on until a line with this `event`.
    pub(crate) fn until(&mut self, event: &str) -> Value {
        while let Some(line) = self.next_line() {
            let line: Value = serde_json::from_str(&line).expect("JSON");
            if line["event"] == event {
                return line;
            }
        }
        panic!("it ended before `{event}`")
    }

    /// SIGKILL.
    pub(crate) fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
    }

    /// Sends it a signal such as `INT`.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .arg(format!("-{name}"))
            .arg(self.child.id().to_string())
            .status()
            .expect("kill");
        assert!(sent.success(), "the signal was sent");
    }

    /// Waits for the end. Lines that are not JSON are in `stdout` alone.
    pub(crate) fn end(mut self) -> Ended {
        let started = Instant::now();
        let mut stdout = String::new();
        let mut lines = Vec::new();
        while let Some(line) = self.next_line() {
            lines.extend(serde_json::from_str::<Value>(&line));
            stdout.push_str(&line);
            stdout.push('\n');
            assert!(started.elapsed() < DEADLINE, "still at it: {stdout}");
        }
        let status = self.wait();
        let stderr = self.stderr.take().map(std::thread::JoinHandle::join);
        Ended {
            code: status.code(),
            lines,
            stdout,
            stderr: stderr.and_then(Result::ok).unwrap_or_default(),
        }
    }

    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.child.wait().expect("an end")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
        // Nothing may be left behind; what ended already is waited for in vain.
        let _ = self.child.wait();
    }
}

/// A Sandbox that outlives the programs under test.
pub(crate) struct Service {
    pub(crate) api: String,
    pub(crate) socket: String,
    pub(crate) key: String,
    pub(crate) secret: Option<String>,
    program: Program,
}

impl Service {
    pub(crate) fn start(home: &Path, dir: &Path, arguments: &[&str]) -> Self {
        let mut command = wiro(home);
        command
            .args(["sandbox", "--port", "0", "--dir"])
            .arg(dir)
            .args(arguments);
        let mut program = Program::start(&mut command);
        let line = program.next_line().expect("a first line");
        let told: Value = serde_json::from_str(&line).expect("JSON");
        let text = |key: &str| told[key].as_str().map(str::to_owned);
        Self {
            api: text("api").expect("an address"),
            socket: text("socket").expect("an address"),
            key: text("api_key").expect("a key"),
            secret: text("api_secret"),
            program,
        }
    }

    /// Points a command at it.
    pub(crate) fn apply(&self, command: &mut Command) {
        command
            .env("WIRO_API_BASE_URL", &self.api)
            .env("WIRO_SOCKET_URL", &self.socket)
            .env("WIRO_API_KEY", &self.key);
        if let Some(secret) = &self.secret {
            command.env("WIRO_API_SECRET", secret);
        }
    }

    /// How many requests to run a model reached it, answered or not.
    pub(crate) fn runs(&self) -> u64 {
        let origin = self.api.trim_end_matches("/v1");
        let stats = http(|client| client.get(format!("{origin}/sandbox/stats")));
        let stats: Value = serde_json::from_slice(&stats).expect("JSON");
        stats["requests"]["Run"].as_u64().unwrap_or(0)
    }

    /// Every task it has, as `Task/List` shows them. Key-only projects alone can be asked so simply.
    pub(crate) fn tasks(&self) -> Vec<Value> {
        assert!(self.secret.is_none(), "a key-only project");
        let mut tasks = Vec::new();
        loop {
            // A page has at most a hundred, whatever is asked for.
            let page = self.tasks_from(tasks.len());
            if page.is_empty() {
                return tasks;
            }
            tasks.extend(page);
        }
    }

    fn tasks_from(&self, start: usize) -> Vec<Value> {
        let body = json!({"start": start.to_string(), "limit": "100", "order": "ASC"}).to_string();
        let answer = http(|client| {
            client
                .post(format!("{}/Task/List", self.api))
                .header("x-api-key", &self.key)
                .header("content-type", "application/json")
                .body(body)
        });
        let answer: Value = serde_json::from_slice(&answer).expect("JSON");
        answer["tasklist"].as_array().expect("a list").clone()
    }

    /// Ends it as `kill` does; it must end well.
    pub(crate) fn stop(mut self) {
        self.program.signal("TERM");
        assert!(self.program.wait().success(), "the Sandbox ended well");
    }
}

/// The body of an answer.
pub(crate) fn http(ask: impl FnOnce(&reqwest::Client) -> reqwest::RequestBuilder) -> Vec<u8> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let client = reqwest::Client::builder()
            .no_proxy()
            .build()
            .expect("a client");
        let answer = ask(&client).send().await.expect("an answer");
        answer.bytes().await.expect("a body").to_vec()
    })
}
