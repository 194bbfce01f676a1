use serde_json::json;

use super::*;

fn task_frame(value: &Value) -> TaskFrame {
    TaskFrame::from_frame(Frame::decode(&value.to_string()).unwrap())
}

/// What a frame tells; the message of a text is another test's business.
fn event_of(value: &Value) -> TaskEvent {
    match task_frame(value).event {
        TaskEvent::Text {
            answer, thinking, ..
        } => text(&answer, &thinking),
        other => other,
    }
}

fn text(answer: &str, thinking: &str) -> TaskEvent {
    TaskEvent::Text {
        answer: answer.to_owned(),
        thinking: thinking.to_owned(),
        message: LlmMessage::default(),
    }
}

fn log(stream: LogStream, text: &str) -> TaskEvent {
    TaskEvent::Log {
        stream,
        text: text.to_owned(),
    }
}

#[test]
fn steps_of_the_lifecycle_are_statuses() {
    for kind in [
        "task_queue",
        "task_accept",
        "task_preprocess_start",
        "task_preprocess_end",
        "task_assign",
        "task_start",
        "task_end",
        "task_postprocess_start",
    ] {
        assert_eq!(
            event_of(&json!({ "type": kind, "message": null })),
            TaskEvent::Status(TaskStatus::new(kind))
        );
    }
}

#[test]
fn outputs_are_told_apart_by_their_members() {
    let progress = json!({"type": "progressGenerate", "task": "Generate", "percentage": "60", "stepCurrent": "6",
        "stepTotal": 10, "speed": "1.2", "speedType": "it/s", "elapsedTime": "5s", "remainingTime": "3s"});
    let expected = TaskEvent::Progress(TaskProgress {
        task: Some("Generate".to_owned()),
        percentage: Some(60.0),
        step: Some(6),
        steps: Some(10),
        speed: Some("1.2".to_owned()),
        speed_type: Some("it/s".to_owned()),
        elapsed: Some("5s".to_owned()),
        remaining: Some("3s".to_owned()),
    });
    let cases = [
        (progress.clone(), expected.clone()),
        (json!(progress.to_string()), expected),
        (json!("Processing"), log(LogStream::Stdout, "Processing")),
        (
            json!("TRANSCRIPT_AI:Hello"),
            log(LogStream::Stdout, "TRANSCRIPT_AI:Hello"),
        ),
        (json!("{broken"), log(LogStream::Stdout, "{broken")),
        (json!(r#"{"answer":["a"],"thinking":[]}"#), text("a", "")),
        // A model's own JSON is printed as it wrote it.
        (
            json!(r#"{"answer":  42}"#),
            log(LogStream::Stdout, r#"{"answer":  42}"#),
        ),
        (json!("[1,  2]"), log(LogStream::Stdout, "[1,  2]")),
        (json!([1, 2]), log(LogStream::Stdout, "[1,2]")),
        (json!(null), log(LogStream::Stdout, "")),
        (json!({"new": 1}), log(LogStream::Stdout, r#"{"new":1}"#)),
        (
            json!({"type": "progressGenerate", "answer": ["a", "b"], "thinking": ["t"]}),
            text("a\nb", "t"),
        ),
        (
            json!({"type": "thinking", "answer": [], "thinking": ["t"], "raw": "<think>t"}),
            text("", "t"),
        ),
        (
            json!({"answer": [], "thinking": [], "raw": "<think>one</think> two"}),
            text("two", "one"),
        ),
        (json!({"raw": "<think>open"}), text("", "open")),
        (json!({"raw": "plain"}), text("plain", "")),
    ];
    for (message, expected) in cases {
        assert_eq!(
            event_of(&json!({"type": "task_output", "message": message})),
            expected,
            "{message}"
        );
    }
}

#[test]
fn a_percentage_stays_between_its_bounds() {
    for (told, expected) in [
        (json!("250"), Some(100.0)),
        (json!(-3), Some(0.0)),
        (json!("soon"), None),
    ] {
        let event = event_of(&json!({"type": "task_output", "message": {"percentage": told}}));
        assert!(
            matches!(event, TaskEvent::Progress(TaskProgress { percentage, .. }) if percentage == expected)
        );
    }
}

#[test]
fn an_error_on_the_socket_is_a_line_and_the_unknown_is_kept() {
    assert_eq!(
        event_of(&json!({"type": "task_error", "message": "Warning"})),
        log(LogStream::Stderr, "Warning")
    );
    assert_eq!(
        event_of(&json!({"type": "task_new", "message": [1]})),
        TaskEvent::Unknown {
            kind: "task_new".to_owned()
        }
    );
    assert_eq!(
        event_of(&json!({"type": "error", "message": "tasktoken-required", "result": false})),
        TaskEvent::SubscribeError {
            code: "tasktoken-required".to_owned()
        }
    );
    assert_eq!(
        event_of(&json!({"type": "task_cancel"})),
        TaskEvent::Cancelled
    );
    assert_eq!(
        event_of(&json!({"type": "task_stream_ready"})),
        TaskEvent::StreamReady
    );
    assert_eq!(
        event_of(&json!({"type": "task_error_full", "message": {"raw": "r"}})),
        TaskEvent::ErrorFull {
            raw: "r".to_owned()
        }
    );
    assert_eq!(
        event_of(&json!({"type": "task_output_full", "message": "r"})),
        TaskEvent::OutputFull {
            raw: "r".to_owned(),
            answer: vec![],
            thinking: vec![]
        }
    );
    for (message, raw) in [
        (json!({"raw": "r", "answer": ["a"]}).to_string(), "r"),
        (r#"{"other":  1}"#.to_owned(), r#"{"other":  1}"#),
    ] {
        let event = event_of(&json!({"type": "task_output_full", "message": message}));
        assert!(matches!(event, TaskEvent::OutputFull { raw: told, .. } if told == raw));
    }
}

#[test]
fn a_blank_phase_keeps_its_place() {
    let message = json!({"raw": "r", "thinking": ["", "why"], "answer": ["first", null]});
    let TaskEvent::OutputFull {
        answer, thinking, ..
    } = event_of(&json!({"type": "task_output_full", "message": message}))
    else {
        panic!("a whole output");
    };
    assert_eq!(thinking, ["", "why"]);
    assert_eq!(answer, ["first", ""]);
}

#[test]
fn what_has_no_place_is_kept() {
    let frame = task_frame(
        &json!({"type": "task_new", "id": "5", "tasktoken": "t", "message": [1], "result": true}),
    );
    assert_eq!(
        Value::Object(frame.extra),
        json!({"message": [1], "result": true})
    );
    let frame = task_frame(
        &json!({"type": "task_cost", "turnCost": 0.002, "usage": {"n": 1}, "currency": "USD"}),
    );
    assert_eq!(Value::Object(frame.extra), json!({"currency": "USD"}));
    let message = json!({"answer": ["a"], "speed": "48.5", "new": 1});
    match task_frame(&json!({"type": "task_output", "message": message})).event {
        TaskEvent::Text { message: told, .. } => assert_eq!(told.to_value(), message),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_end_carries_outputs_and_perhaps_an_exit_code() {
    let entry = json!({"name": "0.png", "url": "https://x.test/0.png", "size": 5});
    let cases = [
        (json!({"message": [entry]}), 1, None),
        (
            json!({"message": json!([entry]).to_string(), "pexit": 0}),
            1,
            Some("0"),
        ),
        (
            json!({"message": {"outputs": [entry], "pexit": "1"}}),
            1,
            Some("1"),
        ),
        (
            json!({"message": null, "outputs": [entry], "pexit": ""}),
            1,
            None,
        ),
        (json!({"message": "done"}), 0, None),
        (json!({}), 0, None),
    ];
    for (mut frame, count, exit) in cases {
        frame["type"] = "task_postprocess_end".into();
        let TaskEvent::Finished { outputs, pexit } = event_of(&frame) else {
            panic!("{frame}")
        };
        assert_eq!((outputs.len(), pexit.as_deref()), (count, exit), "{frame}");
    }
}

#[test]
fn names_of_the_task_are_read_in_every_spelling() {
    let frame = |value: Value| {
        let frame = task_frame(&value);
        (
            frame.token.map(|token| token.expose().clone()),
            frame.task_id,
        )
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(
        frame(json!({"type": "task_start", "id": 5, "tasktoken": "t"})),
        (some("t"), some("5"))
    );
    assert_eq!(
        frame(json!({"type": "task_start", "taskid": "5", "socketaccesstoken": "t"})),
        (some("t"), some("5"))
    );
    assert_eq!(
        frame(json!({"type": "task_start", "id": "", "tasktoken": null})),
        (None, None)
    );
}
