#![cfg(unix)]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

struct Program {
    child: Child,
    line: Value,
}

fn start(dir: &Path, extra: &[&str]) -> Program {
    let mut child = Command::new(env!("CARGO_BIN_EXE_wiro-sandbox"))
        .arg("--dir")
        .arg(dir)
        .args(extra)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    Program {
        line: serde_json::from_str(&line).unwrap(),
        child,
    }
}

impl Program {
    fn kill(&mut self, signal: &str) -> Option<i32> {
        Command::new("kill")
            .args([signal, &self.child.id().to_string()])
            .status()
            .unwrap();
        self.child.wait().unwrap().code()
    }

    async fn call(&self, path: &str, body: Value) -> Value {
        let url = format!("{}/{path}", self.line["api"].as_str().unwrap());
        let key = self.line["api_key"].as_str().unwrap();
        let answer = reqwest::Client::new()
            .post(url)
            .header("x-api-key", key)
            .json(&body)
            .send()
            .await
            .unwrap();
        answer.json().await.unwrap()
    }
}

#[test]
fn the_first_line_says_everything_and_a_signal_ends_it() {
    let dir = tempfile::tempdir().unwrap();
    for signal in ["-TERM", "-INT"] {
        let mut program = start(dir.path(), &[]);
        let keys: Vec<&str> = program
            .line
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        assert_eq!(keys, ["api", "socket", "api_key", "api_secret"]);
        assert!(program.line["api_secret"].is_string());
        assert_eq!(program.kill(signal), Some(0), "{signal}");
    }
    let mut key_only = start(dir.path(), &["--api-key", "k"]);
    assert_eq!(
        (&key_only.line["api_key"], &key_only.line["api_secret"]),
        (&json!("k"), &Value::Null)
    );
    assert_eq!(key_only.kill("-TERM"), Some(0));
}

async fn status(program: &Program, task: &Value) -> String {
    let answer = program
        .call("Task/Detail", json!({ "taskid": task["taskid"] }))
        .await;
    answer["tasklist"][0]["status"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn killing_it_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut program = start(dir.path(), &["--api-key", "k", "--workers", "1"]);
    let running = program
        .call("Run/sandbox/slow", json!({ "seconds": 300 }))
        .await;
    let waiting = program.call("Run/sandbox/failing", json!({})).await;
    while status(&program, &running).await != "task_start" {
        tokio::task::yield_now().await;
    }
    program.kill("-KILL");
    let mut program = start(dir.path(), &["--api-key", "k"]);
    assert_eq!(status(&program, &running).await, "task_error");
    while status(&program, &waiting).await != "task_postprocess_end" {
        tokio::task::yield_now().await;
    }
    program.kill("-TERM");
}

#[test]
fn a_secret_needs_a_key() {
    let output = Command::new(env!("CARGO_BIN_EXE_wiro-sandbox"))
        .args(["--api-secret", "s"])
        .output()
        .unwrap();
    assert!(!output.status.success() && output.stdout.is_empty());
}
