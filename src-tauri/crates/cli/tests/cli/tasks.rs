//! `wiro tasks`.

use serde_json::{Value, json};

use crate::service::Program;
use crate::stage::Stage;

#[test]
fn runs_are_listed_and_shown_by_either_id() {
    let stage = Stage::key_only();
    stage
        .json(&["run", "sandbox/slow", "-p", "seconds=0"])
        .expect_success();
    assert_eq!(stage.json(&["run", "sandbox/failing"]).code, Some(1));
    let listed = stage.json(&["tasks", "list"]);
    let rows: Vec<_> = listed
        .lines
        .iter()
        .map(|line| (&line["taskid"], &line["model"], &line["status"]))
        .collect();
    let done = json!("task_postprocess_end");
    assert_eq!(
        rows,
        [
            (&json!("1002"), &json!("sandbox/failing"), &done),
            (&json!("1001"), &json!("sandbox/slow"), &done)
        ],
        "newest first"
    );
    assert_eq!(
        stage.json(&["tasks", "list", "--limit", "1"]).lines.len(),
        1
    );

    let by_task = stage.json(&["tasks", "show", "1002"]);
    let shown = by_task.expect_success();
    assert_eq!(
        [
            &shown["taskid"],
            &shown["model"],
            &shown["status"],
            &shown["success"],
            &shown["pexit"],
            &shown["reason"]
        ],
        [
            &json!("1002"),
            &json!("sandbox/failing"),
            &done,
            &json!(false),
            &json!("1"),
            &json!("Failing on request.")
        ]
    );
    let run_id = listed.lines[0]["run"].as_str().expect("an id");
    assert_eq!(stage.json(&["tasks", "show", run_id]).lines, by_task.lines);
    stage
        .json(&["tasks", "show", "9999"])
        .expect_error(2, "run.unknown");
}

#[test]
fn the_service_is_asked_for_its_own_list() {
    let stage = Stage::key_only();
    for _ in 0..3 {
        stage
            .json(&["run", "sandbox/slow", "-p", "seconds=0", "--no-wait"])
            .expect_success();
    }
    let mut elsewhere = stage.command(&["--json", "tasks", "list", "--remote", "--limit", "2"]);
    elsewhere.env("WIRO_LIBRARY", stage.path("another library"));
    let listed = Program::start(&mut elsewhere).end();
    let ids: Vec<_> = listed.lines.iter().map(|line| &line["taskid"]).collect();
    assert_eq!(ids, ["1003", "1002"]);
    assert!(
        listed
            .lines
            .iter()
            .all(|line| line["model"] == "sandbox/slow" && line["status"].is_string())
    );
    stage.json(&["tasks", "resume"]).expect_success();
}

#[test]
fn nothing_to_resume_is_success() {
    let stage = Stage::new();
    let resumed = stage.json(&["tasks", "resume"]);
    assert_eq!((resumed.code, resumed.stdout.as_str()), (Some(0), ""));
}

#[test]
fn resume_takes_up_every_run_and_the_worst_end_decides() {
    let stage = Stage::new();
    stage
        .json(&["run", "sandbox/slow", "-p", "seconds=0.5", "--no-wait"])
        .expect_success();
    stage
        .json(&["run", "sandbox/failing", "--no-wait"])
        .expect_success();
    let resumed = stage.json(&["tasks", "resume"]);
    assert_eq!(resumed.code, Some(1), "{resumed:?}");
    let mut ends: Vec<(Value, Value)> = resumed
        .events("result")
        .iter()
        .map(|line| (line["taskid"].clone(), line["success"].clone()))
        .collect();
    ends.sort_by_key(|(task, _)| task.to_string());
    assert_eq!(
        ends,
        [(json!("1001"), json!(true)), (json!("1002"), json!(false))]
    );
    assert!(
        resumed
            .lines
            .iter()
            .all(|line| line["taskid"].is_string() && line["model"].is_string()),
        "{resumed:?}"
    );
    assert_eq!(stage.states(), ["failed", "succeeded"]);
}

#[test]
fn resume_waits_for_a_run_that_another_process_follows() {
    let stage = Stage::new();
    let mut running = stage.start(&["run", "sandbox/slow", "-p", "seconds=1.5"]);
    running.until("submitted");
    let resumed = stage.json(&["tasks", "resume"]);
    assert_eq!(resumed.expect_success()["state"], "succeeded");
    assert_eq!(
        running.end().expect_success()["success"],
        json!(true),
        "it kept its run"
    );
    assert_eq!(stage.service.runs(), 1);
}

#[test]
fn runs_of_accounts_that_are_not_named_are_not_forgotten() {
    let stage = Stage::key_only();
    stage
        .json(&["run", "sandbox/slow", "-p", "seconds=0", "--no-wait"])
        .expect_success();
    let mut without_key = stage.command(&["--json", "tasks", "resume"]);
    without_key.env_remove("WIRO_API_KEY");
    let resumed = Program::start(&mut without_key).end();
    assert_eq!((resumed.code, resumed.stdout.as_str()), (Some(0), ""));
    assert!(
        resumed.stderr.contains("1 unfinished"),
        "{}",
        resumed.stderr
    );
    stage.json(&["tasks", "resume"]).expect_success();
}

#[test]
fn no_whole_task_token_is_printed() {
    let stage = Stage::key_only();
    let mut printed = String::new();
    for arguments in [
        &["run", "sandbox/slow", "-p", "seconds=0"] as &[&str],
        &["run", "sandbox/slow", "-p", "seconds=0", "--no-wait"],
        &["tasks", "list"],
        &["tasks", "list", "--remote"],
        &["tasks", "show", "1001"],
        &["tasks", "resume"],
    ] {
        for loud in [false, true] {
            let mut command = stage.command(arguments);
            if loud {
                command.arg("--json").env("WIRO_LOG", "trace");
            }
            let ended = Program::start(&mut command).end();
            printed = printed + &ended.stdout + &ended.stderr;
        }
    }
    let tasks = stage.service.tasks();
    assert!(!tasks.is_empty() && printed.contains("1001"));
    for task in tasks {
        let token = task["socketaccesstoken"].as_str().expect("a token");
        assert!(
            token.len() > 16 && !printed.contains(token),
            "a token was printed"
        );
    }
}
