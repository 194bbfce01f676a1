//! No answer, a wrong one, or one that got lost.

use serde_json::{Value, json};

use crate::stage::Stage;

const PATTERN: [&str; 8] = [
    "run",
    "sandbox/pattern",
    "-p",
    "prompt=x",
    "-p",
    "width=64",
    "-p",
    "height=64",
];

#[test]
fn f01_a_service_that_is_not_there_is_a_network_error() {
    let stage = Stage::new();
    let ended = stage.json(&["--api-url", "http://127.0.0.1:9/v1", "models", "search"]);
    assert_eq!(ended.expect_error(5, "network.offline")["action"], "retry");
}

#[test]
fn f09_faults_of_the_service_show_no_markup() {
    for action in [
        json!({"status": 502}),
        json!({"status": 302, "headers": {"location": "https://127.0.0.1:9/"}}),
        json!({"truncate": 20}),
        json!({"body": "{\"result\":"}),
        json!({"body": "<html>hello</html>"}),
        json!({"body": "{}"}),
    ] {
        let stage = Stage::with_faults(&json!([{"on": {"path": "Tool/List"}, "do": action}]));
        let ended = stage.json(&["models", "search"]);
        assert_eq!(
            (ended.code, &ended.last()["event"]),
            (Some(5), &json!("error")),
            "{action}: {ended:?}"
        );
        assert!(
            !ended.stdout.contains('<') && !ended.stderr.contains('<'),
            "{action}: {ended:?}"
        );
    }
}

#[test]
fn f25_a_lost_answer_is_found_and_followed() {
    for action in [
        json!({"close": "answer", "when": "after"}),
        json!({"status": 502, "when": "after"}),
        json!({"truncate": 10, "when": "after"}),
        json!({"body": "{\"result\":true}", "when": "after"}),
    ] {
        let stage = Stage::with_faults(&json!([{"on": {"path": "Run/*", "nth": 1}, "do": action}]));
        let ended = stage.json(&PATTERN);
        assert_eq!(ended.expect_success()["success"], json!(true), "{action}");
        assert_eq!(ended.events("submitted")[0]["taskid"], "1001", "{action}");
        assert_eq!(
            (stage.service.runs(), stage.service.tasks().len()),
            (1, 1),
            "{action}: sent once"
        );
    }
}

/// Runs once and resumes once against a service whose `Run` does this.
fn unconfirmed(action: &Value) {
    let stage = Stage::with_faults(&json!([{"on": {"path": "Run/*"}, "do": action}]));
    let ended = stage.json(&PATTERN);
    let error = ended.expect_error(5, "run.unconfirmed");
    assert_eq!(error["action"], "check_run");
    assert_eq!(stage.states(), ["unconfirmed"], "{action}");
    let resumed = stage.json(&["tasks", "resume"]);
    resumed.expect_error(5, "run.unconfirmed");
    let result = resumed.events("result")[0];
    assert_eq!(
        (&result["success"], &result["state"]),
        (&json!(false), &json!("unconfirmed"))
    );
    assert_eq!(
        (stage.service.runs(), stage.service.tasks().len()),
        (1, 0),
        "{action}: sent once"
    );
}

#[test]
fn f25_what_is_unknown_is_unconfirmed_and_never_sent_again() {
    let actions = [
        json!({"close": "answer"}),
        json!({"status": 500}),
        json!({"status": 503, "retry_after": "0"}),
        json!({"body": "<html>", "status": 200}),
    ];
    let trials: Vec<_> = actions
        .into_iter()
        .map(|action| std::thread::spawn(move || unconfirmed(&action)))
        .collect();
    for trial in trials {
        trial.join().expect("no violation");
    }
}

#[test]
fn f26_an_upload_that_breaks_was_not_sent() {
    let stage = Stage::with_faults(
        &json!([{"on": {"path": "Run/*"}, "do": {"close": "upload", "after_bytes": 65536}}]),
    );
    let file = fs_err::File::create(stage.path("large.bin")).expect("made");
    file.set_len(40 * 1_048_576).expect("sparse");
    let input = format!("inputImage={}", stage.path("large.bin").display());
    let ended = stage.json(&["run", "sandbox/upscale", "-f", &input]);
    ended.expect_error(5, "network.offline");
    assert_eq!(stage.states(), ["not_sent"]);
    assert_eq!(stage.service.runs(), 1);
}

#[test]
fn f41_a_result_that_is_gone_is_an_error_beside_the_rest() {
    let stage = Stage::with_faults(&json!([{"on": {"path": "files/*"}, "do": {"status": 404}}]));
    let ended = stage.json(&PATTERN);
    ended.expect_error(5, "output.unavailable");
    let result = ended.events("result")[0];
    assert_eq!(
        (&result["success"], &result["files"]),
        (&json!(true), &json!([])),
        "the task did succeed"
    );
}

#[test]
fn f29_a_socket_that_drops_or_never_opens_changes_nothing() {
    for action in [
        json!({"drop_after": "task_start"}),
        json!({"status": 503}),
        json!({"stall": "headers"}),
    ] {
        let stage = Stage::with_faults(&json!([{"on": {"path": "socket"}, "do": action}]));
        let ended = stage.json(&PATTERN);
        assert_eq!(ended.expect_success()["success"], json!(true), "{action}");
    }
}
