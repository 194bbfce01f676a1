//! `wiro tasks cancel`, `kill`, `delete-files` and `forget`.

use serde_json::json;

use crate::service::Program;
use crate::stage::{Stage, names};

#[test]
fn a_running_task_is_stopped_from_another_process() {
    let stage = Stage::key_only();
    for command in ["cancel", "kill"] {
        let mut running = stage.start(&["run", "sandbox/slow", "-p", "seconds=60"]);
        let task = running.until("submitted")["taskid"].clone();
        let id = task.as_str().expect("an id");
        let stopped = stage.json(&["tasks", command, id]);
        assert_eq!(stopped.expect_success()["state"], "cancelled", "{command}");
        let ended = running.end();
        assert_eq!(
            ended.code,
            Some(1),
            "{command}: whoever follows it says so too"
        );
        assert_eq!(
            stage.json(&["tasks", command, id]).code,
            Some(2),
            "{command}: it is over"
        );
    }
}

#[test]
fn a_task_that_is_not_in_the_library_is_stopped_by_its_id() {
    let stage = Stage::key_only();
    stage
        .json(&["run", "sandbox/slow", "-p", "seconds=60", "--no-wait"])
        .expect_success();
    let elsewhere = |arguments: &[&str]| {
        let mut command = stage.command(arguments);
        command
            .arg("--json")
            .env("WIRO_LIBRARY", stage.path("another library"));
        Program::start(&mut command).end()
    };
    let stopped = elsewhere(&["tasks", "kill", "1001"]);
    assert_eq!(stopped.expect_success()["status"], "task_cancel");
    elsewhere(&["tasks", "kill", "4711"]).expect_error(2, "model.unknown");
}

#[test]
fn the_services_files_are_deleted_and_the_librarys_kept() {
    let stage = Stage::key_only();
    let picture = format!("inputImage={}", stage.picture("in.png", 8, 8));
    let done = stage.json(&["run", "sandbox/upscale", "-f", &picture]);
    let path = done.expect_success()["files"][0]["path"].clone();
    stage
        .json(&["tasks", "delete-files", "1001"])
        .expect_success();
    assert!(fs_err::exists(path.as_str().expect("a path")).expect("looked"));
    let task = &stage.service.tasks()[0];
    assert_eq!(
        task["outputs"],
        json!([]),
        "the service has nothing any more"
    );
    stage
        .json(&["tasks", "delete-files", "1001"])
        .expect_error(2, "run.busy");
}

#[test]
fn a_forgotten_run_is_gone_with_its_files() {
    let stage = Stage::key_only();
    let picture = format!("inputImage={}", stage.picture("in.png", 8, 8));
    let done = stage.json(&["run", "sandbox/upscale", "-f", &picture]);
    let output = done.expect_success()["files"][0]["path"].clone();
    let output = std::path::PathBuf::from(output.as_str().expect("a path"));
    let (inputs, sidecars) = (
        stage.library().join("inputs"),
        stage.library().join("sidecars"),
    );
    assert!(output.is_file() && names(&inputs).len() == 1);
    stage.json(&["tasks", "forget", "1001"]).expect_success();
    assert_eq!(stage.states(), [""; 0]);
    assert!(!output.exists() && names(&inputs).is_empty() && names(&sidecars).is_empty());
    stage
        .json(&["tasks", "forget", "1001"])
        .expect_error(2, "run.unknown");
}
