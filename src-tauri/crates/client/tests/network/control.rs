//! Stopping tasks and deleting their files: which call with which name, tried once each, and the truth at the end.

use serde_json::{Value, json};
use wiro_client::error::ErrorKind;
use wiro_client::secret::Secret;
use wiro_client::tasks::{StopOutcome, TaskRef, TaskStatus};

use crate::server::{Reply, Server, answer, json as answer_json, refused};

const TOKEN: &str = "token-canary-3f2e1d";
const DONE: &str = r#"{"result":true,"errors":[],"tasklist":[]}"#;
const NOT_QUEUED: &str =
    r#"{"result":false,"errors":[{"code":1,"message":"Task is not in a cancellable state."}]}"#;
const NOT_KILLED: &str =
    r#"{"result":false,"errors":[{"code":1,"message":"Task could not be killed: it is over"}]}"#;
const NO_TASK: &str = r#"{"result":false,"errors":[{"code":1,"message":"There is no task yet."}]}"#;
const NO_REASON: &str = r#"{"result":false,"errors":[]}"#;

fn both() -> TaskRef {
    TaskRef {
        id: Some("123".to_owned()),
        token: Some(Secret::new(TOKEN.to_owned())),
    }
}

fn by_token() -> TaskRef {
    TaskRef::token(Secret::new(TOKEN.to_owned()))
}

fn detail(status: &str) -> String {
    json!({"result": true, "tasklist": [
        {"id": "123", "socketaccesstoken": TOKEN, "status": status}
    ]})
    .to_string()
}

async fn server(replies: &[&str]) -> Server {
    Server::start(replies.iter().map(|text| answer_json(200, text)).collect()).await
}

/// What was called, and with what.
fn calls(server: &Server) -> Vec<(String, Value)> {
    let short = |path: &str| path.trim_start_matches("/v1/Task/").to_owned();
    server
        .received()
        .iter()
        .map(|request| (short(&request.path), request.json()))
        .collect()
}

fn names(server: &Server) -> Vec<String> {
    calls(server).into_iter().map(|(name, _)| name).collect()
}

fn fixture(name: &str) -> Value {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../tests/fixtures/payloads"
    );
    let text = fs_err::read_to_string(format!("{folder}/{name}.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[tokio::test]
async fn cancel_takes_an_id_and_kill_takes_what_there_is() {
    let one = server(&[DONE]).await;
    one.client().cancel_task(&both()).await.unwrap();
    one.client().kill_task(&both()).await.unwrap();
    let by_id = fixture("task.cancel.request.02");
    assert_eq!(
        calls(&one),
        [
            ("Cancel".to_owned(), by_id.clone()),
            ("Kill".to_owned(), by_id.clone())
        ]
    );

    let found = detail("task_queue");
    let two = server(&[&found, DONE, DONE]).await;
    two.client().cancel_task(&by_token()).await.unwrap();
    two.client().kill_task(&by_token()).await.unwrap();
    assert_eq!(
        calls(&two),
        [
            ("Detail".to_owned(), json!({"tasktoken": TOKEN})),
            ("Cancel".to_owned(), by_id),
            ("Kill".to_owned(), json!({"socketaccesstoken": TOKEN})),
        ]
    );

    let nameless = TaskRef::default();
    let client = two.client();
    for error in [
        client.cancel_task(&nameless).await.unwrap_err(),
        client.kill_task(&nameless).await.unwrap_err(),
        client.delete_task_files(&nameless).await.unwrap_err(),
        client.stop_task(&nameless, None).await.unwrap_err(),
    ] {
        assert_eq!(*error.kind(), ErrorKind::Local, "{error:?}");
    }
    assert_eq!(two.count(), 3);
}

#[tokio::test]
async fn refusals_of_control_are_told_apart() {
    for (text, kind) in [
        (NOT_QUEUED, ErrorKind::WrongState),
        (NOT_KILLED, ErrorKind::WrongState),
        (NO_TASK, ErrorKind::NotFound),
    ] {
        let server = server(&[text]).await;
        for error in [
            server.client().cancel_task(&both()).await.unwrap_err(),
            server.client().kill_task(&both()).await.unwrap_err(),
        ] {
            assert_eq!(*error.kind(), kind, "{text}");
            assert!(error.is_refusal(), "{text}");
        }
        assert_eq!(server.count(), 2, "a refusal is not repeated: {text}");
    }
}

/// The last status, the answers, the calls expected and what comes of them.
type Stop<'a> = (Option<&'a str>, &'a [&'a str], &'a [&'a str], StopOutcome);

/// F40: Cancel races with the assignment, Kill with the end.
#[tokio::test]
async fn f40_the_other_way_is_tried_once_and_then_the_true_state_is_told() {
    let (over, failed) = (detail("task_postprocess_end"), detail("task_error"));
    let ended = |status: &str| StopOutcome::AlreadyOver(TaskStatus::new(status));
    let cases: [Stop; 10] = [
        (None, &[DONE], &["Cancel"], StopOutcome::Cancelled),
        (
            Some("task_queue"),
            &[DONE],
            &["Cancel"],
            StopOutcome::Cancelled,
        ),
        (
            Some("task_preprocess_start"),
            &[DONE],
            &["Cancel"],
            StopOutcome::Cancelled,
        ),
        (
            Some("something_new"),
            &[DONE],
            &["Cancel"],
            StopOutcome::Cancelled,
        ),
        (Some("task_start"), &[DONE], &["Kill"], StopOutcome::Killed),
        (
            Some("task_queue"),
            &[NOT_QUEUED, DONE],
            &["Cancel", "Kill"],
            StopOutcome::Killed,
        ),
        (
            Some("task_assign"),
            &[NO_TASK, DONE],
            &["Kill", "Cancel"],
            StopOutcome::Cancelled,
        ),
        (
            None,
            &[NO_REASON, DONE],
            &["Cancel", "Kill"],
            StopOutcome::Killed,
        ),
        (
            Some("task_queue"),
            &[NOT_QUEUED, NOT_KILLED, &over],
            &["Cancel", "Kill", "Detail"],
            ended("task_postprocess_end"),
        ),
        (
            Some("task_start"),
            &[NOT_KILLED, NOT_QUEUED, &failed],
            &["Kill", "Cancel", "Detail"],
            ended("task_error"),
        ),
    ];
    for (status, replies, expected, outcome) in cases {
        let server = server(replies).await;
        let status = status.map(TaskStatus::new);
        let stopped = server.client().stop_task(&both(), status.as_ref()).await;
        assert_eq!(stopped.unwrap(), outcome, "{status:?} {replies:?}");
        assert_eq!(names(&server), expected, "{status:?} {replies:?}");
    }
}

#[tokio::test]
async fn f40_a_task_that_runs_on_or_is_unknown_is_an_error() {
    let running = detail("task_start");
    let cases: [(&[&str], ErrorKind, usize); 3] = [
        (
            &[NOT_QUEUED, NOT_KILLED, &running],
            ErrorKind::WrongState,
            3,
        ),
        (&[NO_TASK, NO_TASK, &running], ErrorKind::WrongState, 3),
        (&[NO_TASK, NO_TASK, NO_TASK], ErrorKind::NotFound, 3),
    ];
    for (replies, kind, count) in cases {
        let server = server(replies).await;
        let error = server.client().stop_task(&both(), None).await.unwrap_err();
        assert_eq!(
            (error.kind(), server.count()),
            (&kind, count),
            "{replies:?}"
        );
    }
}

#[tokio::test]
async fn a_token_alone_is_looked_up_before_it_is_stopped() {
    let (running, over) = (detail("task_start"), detail("task_cancel"));
    let one = server(&[&running, DONE]).await;
    let outcome = one.client().stop_task(&by_token(), None).await.unwrap();
    assert_eq!(outcome, StopOutcome::Killed);
    assert_eq!(names(&one), ["Detail", "Kill"]);

    let two = server(&[&over]).await;
    let outcome = two.client().stop_task(&by_token(), None).await.unwrap();
    assert_eq!(
        outcome,
        StopOutcome::AlreadyOver(TaskStatus::new("task_cancel"))
    );
    assert_eq!(names(&two), ["Detail"]);
}

#[tokio::test]
async fn what_is_no_word_about_the_state_ends_a_stop_at_once() {
    let denied = r#"{"result":false,"errors":[{"code":0,"message":"You don't have any permission for this action."}]}"#;
    for (reply, kind) in [
        (answer_json(200, denied), ErrorKind::Permission),
        (answer(401, &[], b""), ErrorKind::Auth),
        (answer(500, &[], b"<html>"), ErrorKind::Service),
        (
            answer(429, &[], b""),
            ErrorKind::RateLimited { retry_after: None },
        ),
        (Reply::Close, ErrorKind::Network),
    ] {
        let server = Server::start(vec![reply, answer_json(200, DONE)]).await;
        let error = server.client().stop_task(&both(), None).await.unwrap_err();
        assert_eq!((error.kind(), server.count()), (&kind, 1), "{error:?}");
    }
    let client = wiro_client::client::Client::new(refused().await, None).unwrap();
    let error = client.stop_task(&both(), None).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Auth, "no key, no call: {error:?}");
}

#[tokio::test]
async fn files_are_deleted_by_token() {
    let running = detail("task_postprocess_end");
    let one = server(&[DONE]).await;
    one.client().delete_task_files(&both()).await.unwrap();
    let expected = ("InputOutputDelete".to_owned(), json!({"tasktoken": TOKEN}));
    assert_eq!(calls(&one), std::slice::from_ref(&expected));

    let two = server(&[&running, DONE]).await;
    two.client()
        .delete_task_files(&TaskRef::id("123"))
        .await
        .unwrap();
    assert_eq!(
        calls(&two),
        [("Detail".to_owned(), json!({"taskid": "123"})), expected]
    );

    for (message, kind) in [
        (
            "Task must be completed or cancelled before deleting files",
            ErrorKind::WrongState,
        ),
        ("task-not-exist", ErrorKind::NotFound),
    ] {
        let text = json!({"result": false, "errors": [{"message": format!("{message} {TOKEN}")}]});
        let server = server(&[&text.to_string()]).await;
        let error = server
            .client()
            .delete_task_files(&both())
            .await
            .unwrap_err();
        assert_eq!(*error.kind(), kind, "{message}");
        assert!(!format!("{error} {error:?}").contains(TOKEN), "{error:?}");
    }

    let tokenless = r#"{"result":true,"tasklist":[{"id":"123","status":"task_cancel"}]}"#;
    let three = server(&[tokenless]).await;
    let error = three
        .client()
        .delete_task_files(&TaskRef::id("123"))
        .await
        .unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::NotFound, "{error:?}");
}
