//! The service says no.

use serde_json::{Value, json};

use crate::service::Program;
use crate::stage::Stage;

fn refusal(code: i64, message: &str) -> Value {
    json!({"body": json!({"result": false, "errors": [{"code": code, "message": message}]}).to_string()})
}

#[test]
fn f12_every_refusal_has_its_exit_code_and_is_sent_once() {
    let cases = [
        (
            refusal(97, "Insufficient balance"),
            4,
            "balance.insufficient",
        ),
        (
            refusal(98, "Please sign in to run this model"),
            3,
            "auth.rejected",
        ),
        (refusal(99, "Token is not valid"), 3, "auth.rejected"),
        (
            refusal(0, "Request parameter [prompt] required"),
            2,
            "input.invalid",
        ),
        (
            refusal(0, "Request parameters are invalid."),
            2,
            "input.invalid",
        ),
        (refusal(1, "tool-not-accessible"), 2, "run.refused"),
        (
            refusal(1, "You do not have any permission."),
            3,
            "auth.rejected",
        ),
        (json!({"status": 401}), 3, "auth.rejected"),
        (json!({"status": 403}), 3, "auth.rejected"),
        (json!({"status": 429, "retry_after": "1"}), 5, "limit.rate"),
        (
            json!({"status": 302, "headers": {"location": "http://127.0.0.1:9/"}}),
            5,
            "service.fault",
        ),
    ];
    let rules: Vec<Value> = (1..)
        .zip(&cases)
        .map(|(nth, (action, ..))| json!({"on": {"path": "Run/*", "nth": nth}, "do": action}))
        .collect();
    let stage = Stage::with_faults(&json!(rules));
    for (sent, (action, exit, code)) in (1..).zip(&cases) {
        let ended = stage.json(&["run", "sandbox/pattern", "-p", "prompt=x"]);
        ended.expect_error(*exit, code);
        assert_eq!(stage.service.runs(), sent, "{action}: sent once");
    }
    assert_eq!(stage.service.tasks(), [] as [Value; 0]);
    let resumed = stage.json(&["tasks", "resume"]);
    assert_eq!(
        (resumed.code, resumed.stdout.as_str()),
        (Some(0), ""),
        "nothing is left to do"
    );
}

#[test]
fn f04_a_wrong_key_or_secret_is_an_authentication_error() {
    let stage = Stage::new();
    for (name, value) in [
        ("WIRO_API_KEY", "wrong"),
        ("WIRO_API_SECRET", "wrong"),
        ("WIRO_API_SECRET", ""),
    ] {
        for arguments in [
            &["run", "sandbox/slow"] as &[&str],
            &["tasks", "list", "--remote"],
        ] {
            let mut command = stage.command(arguments);
            command.arg("--json").env(name, value);
            Program::start(&mut command)
                .end()
                .expect_error(3, "auth.rejected");
        }
    }
    let mut command = stage.command(&["--json", "run", "sandbox/slow"]);
    command
        .env_remove("WIRO_API_KEY")
        .env_remove("WIRO_API_SECRET");
    Program::start(&mut command)
        .end()
        .expect_error(3, "auth.missing");
    assert_eq!(
        stage.states(),
        [] as [&str; 0],
        "without a key nothing is written down"
    );
    assert_eq!(stage.service.runs(), 0);
}

#[test]
fn a_key_that_is_refused_midway_ends_the_wait_and_loses_nothing() {
    let refused =
        json!([{"on": {"path": "Task/Detail", "nth": [1, 2, 3, 4]}, "do": {"status": 401}}]);
    let stage = Stage::with_faults(&refused);
    let ended = stage.json(&["run", "sandbox/slow", "-p", "seconds=4"]);
    ended.expect_error(3, "auth.rejected");
    assert_eq!(stage.states(), ["running"]);
    let mut resumed = stage.json(&["tasks", "resume"]);
    for _ in 0..4 {
        if resumed.code == Some(3) {
            resumed = stage.json(&["tasks", "resume"]);
        }
    }
    assert_eq!(resumed.expect_success()["success"], json!(true));
    assert_eq!(stage.service.runs(), 1);
}

#[test]
fn a_low_wallet_ends_with_4() {
    let stage = Stage::with(&["--balance", "0.2"]);
    let ended = stage.json(&["run", "sandbox/pattern", "-p", "prompt=x"]);
    assert_eq!(
        ended.expect_error(4, "balance.insufficient")["action"],
        "add_funds"
    );
    assert_eq!(stage.states(), ["refused"]);
}

#[test]
fn a_run_waits_for_a_free_slot_and_gets_it() {
    // Ten dollars are one task at a time.
    let stage = Stage::with(&["--balance", "10", "--api-key", "key-of-a-test"]);
    stage
        .json(&["run", "sandbox/slow", "-p", "seconds=2", "--no-wait"])
        .expect_success();
    let ended = stage.json(&[
        "run",
        "sandbox/pattern",
        "-p",
        "prompt=x",
        "-p",
        "width=64",
        "-p",
        "height=64",
    ]);
    assert_eq!(ended.expect_success()["success"], json!(true));
    assert!(
        ended.stderr.contains("waiting for a free slot"),
        "{}",
        ended.stderr
    );
    assert_eq!(stage.service.tasks().len(), 2, "one task each");
    assert!(stage.service.runs() >= 3, "it was refused at least once");
}
