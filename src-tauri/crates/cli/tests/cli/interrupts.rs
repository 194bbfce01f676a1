//! Ctrl-C.

use serde_json::json;

use crate::service::{Program, wiro};
use crate::stage::{Stage, folder, wait_until};

#[test]
fn an_interrupt_leaves_the_task_and_says_how_to_go_on() {
    let stage = Stage::new();
    let mut running = stage.start(&["run", "sandbox/slow", "-p", "seconds=2"]);
    running.until("submitted");
    running.signal("INT");
    let ended = running.end();
    let message = ended.expect_error(130, "interrupted")["message"].to_string();
    assert!(
        message.contains("goes on") && message.contains("wiro tasks resume"),
        "{message}"
    );
    assert_eq!(stage.states(), ["running"]);

    let mut resuming = stage.start(&["tasks", "resume"]);
    resuming.until("status");
    resuming.signal("INT");
    resuming.end().expect_error(130, "interrupted");

    let resumed = stage.json(&["tasks", "resume"]);
    assert_eq!(resumed.expect_success()["success"], json!(true));
    assert_eq!(stage.service.runs(), 1);
}

#[test]
fn people_are_told_as_well() {
    // One worker: the second task is in the queue until the first has ended.
    let stage = Stage::with(&["--workers", "1"]);
    stage
        .json(&["run", "sandbox/slow", "-p", "seconds=2", "--no-wait"])
        .expect_success();
    stage
        .json(&["run", "sandbox/slow", "-p", "seconds=30", "--no-wait"])
        .expect_success();
    let mut plain = Program::start(&mut stage.command(&["tasks", "resume"]));
    // Only who follows it notes that it left the queue.
    wait_until("the second task starts", || {
        stage.json(&["tasks", "show", "1002"]).last()["status"] == "task_start"
    });
    plain.signal("INT");
    while plain.next_line().is_some() {}
    let ended = plain.end();
    assert_eq!(ended.code, Some(130), "{ended:?}");
    assert!(
        ended.stderr.contains("wiro tasks resume"),
        "{}",
        ended.stderr
    );
}

#[test]
fn an_interrupt_before_the_answer_is_looked_into_later() {
    let plan = json!([{"on": {"path": "Run/*"}, "do": {"stall": "headers", "when": "after"}}]);
    let stage = Stage::with_faults(&plan);
    let running = stage.start(&[
        "run",
        "sandbox/pattern",
        "-p",
        "prompt=x",
        "-p",
        "width=64",
        "-p",
        "height=64",
    ]);
    wait_until("the service has the task", || {
        !stage.service.tasks().is_empty()
    });
    running.signal("INT");
    let ended = running.end();
    let message = ended.expect_error(130, "interrupted")["message"].to_string();
    assert!(message.contains("looks whether"), "{message}");
    let resumed = stage.json(&["tasks", "resume"]);
    assert_eq!(resumed.expect_success()["success"], json!(true));
    assert_eq!((stage.service.runs(), stage.service.tasks().len()), (1, 1));
}

#[test]
fn the_sandbox_inside_the_program_goes_on_with_the_next_one_and_says_so() {
    let home = folder();
    let arguments = [
        "--json",
        "--library",
        "library",
        "run",
        "sandbox/slow",
        "-p",
        "seconds=3",
    ];
    let mut running = Program::start(wiro(home.path()).args(arguments));
    running.until("progress");
    running.signal("INT");
    let ended = running.end();
    let message = ended.expect_error(130, "interrupted")["message"].to_string();
    assert!(
        message.contains("the Sandbox ends with this program"),
        "{message}"
    );
    let resume = ["--json", "--library", "library", "tasks", "resume"];
    let resumed = Program::start(wiro(home.path()).args(resume)).end();
    assert_eq!(
        (resumed.code, &resumed.last()["success"]),
        (Some(0), &json!(true)),
        "{resumed:?}"
    );
}
