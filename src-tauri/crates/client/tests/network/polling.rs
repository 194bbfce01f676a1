//! Waiting for a task by asking: what ends it, what it survives, what it keeps.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use tokio_util::sync::CancellationToken;
use wiro_client::error::ErrorKind;
use wiro_client::tasks::{TaskOutcome, TaskRef, Wait, WaitError};

use crate::server::{Reply, Server, answer, json as answer_json, refused};

const NO_TASK: &str = r#"{"result":false,"errors":[{"code":1,"message":"There is no task yet."}]}"#;
const NO_LIST: &str = r#"{"result":true,"errors":[],"tasklist":[]}"#;
const REFUSAL: &str = r#"{"result":false,"errors":[{"code":0,"message":"something new"}]}"#;

fn seen(status: &str, pexit: &str) -> Reply {
    let body = json!({"result": true, "tasklist": [{"id": "5", "status": status, "pexit": pexit}]});
    answer_json(200, &body.to_string())
}

fn quick() -> Wait {
    Wait {
        interval: Some(Duration::from_millis(1)),
        ..Wait::default()
    }
}

#[tokio::test]
async fn it_ends_with_every_final_status_and_with_no_other() {
    for (last, pexit, outcome) in [
        ("task_postprocess_end", "0", TaskOutcome::Succeeded),
        ("task_postprocess_end", "1", TaskOutcome::Failed),
        ("task_cancel", "", TaskOutcome::Cancelled),
        ("task_error", "", TaskOutcome::Failed),
    ] {
        let server = Server::start(vec![
            seen("task_queue", ""),
            seen("task_new_word", ""),
            seen("task_end", "0"),
            seen(last, pexit),
        ])
        .await;
        let polls = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&polls);
        let how = Wait {
            on_poll: Some(Arc::new(move |task| {
                log.lock().unwrap().push(task.status.as_str().to_owned());
            })),
            ..quick()
        };
        let task = server.client().wait(&TaskRef::id("5"), &how).await.unwrap();
        assert_eq!(task.outcome(), outcome);
        assert_eq!(
            *polls.lock().unwrap(),
            ["task_queue", "task_new_word", "task_end", last]
        );
        assert_eq!(server.received()[0].json(), json!({"taskid": "5"}));
    }
}

#[tokio::test]
async fn failures_are_counted_until_an_answer_comes() {
    let failures = || {
        vec![
            Reply::Close,
            answer_json(200, NO_TASK),
            answer_json(200, NO_LIST),
            answer(429, &[("retry-after", "600")], b""),
        ]
    };
    let mut replies = failures();
    replies.push(seen("task_start", ""));
    replies.extend([answer(503, &[], b""), answer(408, &[], b"")]);
    replies.extend([answer_json(200, REFUSAL), answer_json(200, "<html>")]);
    replies.push(seen("task_postprocess_end", "0"));
    let server = Server::start(replies).await;
    let task = server.client().wait(&TaskRef::id("5"), &quick()).await;
    assert_eq!(task.unwrap().outcome(), TaskOutcome::Succeeded);
    assert_eq!(server.count(), 10);

    let mut replies = vec![seen("task_start", "")];
    replies.extend(failures());
    replies.push(answer(500, &[], b""));
    let server = Server::start(replies).await;
    let error = server.client().wait(&TaskRef::id("5"), &quick()).await;
    let WaitError::Polling { last, error } = error.unwrap_err() else {
        panic!("five failures in a row end it")
    };
    assert_eq!(last.unwrap().status.as_str(), "task_start");
    assert_eq!(error.http_status(), Some(500));
    assert_eq!(server.count(), 6);
}

#[tokio::test]
async fn what_will_not_change_ends_it_at_once() {
    for status in [400, 401, 403, 404] {
        let server = Server::start(vec![seen("task_start", ""), answer(status, &[], b"")]).await;
        let error = server.client().wait(&TaskRef::id("5"), &quick()).await;
        let WaitError::Stopped(error) = error.unwrap_err() else {
            panic!("{status}")
        };
        assert_eq!(error.http_status(), Some(status));
        assert_eq!(server.count(), 2);
    }
    let server = Server::start(vec![seen("task_start", "")]).await;
    for (task, how) in [
        (TaskRef::default(), quick()),
        (
            TaskRef::id("5"),
            Wait {
                timeout: Duration::ZERO,
                ..quick()
            },
        ),
    ] {
        let error = server.client().wait(&task, &how).await.unwrap_err();
        assert!(matches!(&error, WaitError::Stopped(inner) if *inner.kind() == ErrorKind::Local));
    }
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn the_deadline_keeps_what_was_seen() {
    let server = Server::start(vec![
        answer(503, &[], b""),
        seen("task_start", ""),
        Reply::Stall(Vec::new()),
    ])
    .await;
    let how = Wait {
        timeout: Duration::from_millis(300),
        ..quick()
    };
    let error = server.client().wait(&TaskRef::id("5"), &how).await;
    let WaitError::TimedOut {
        timeout,
        last,
        error,
    } = error.unwrap_err()
    else {
        panic!("a question that is not answered is bounded by the time left")
    };
    assert_eq!(timeout, how.timeout);
    assert_eq!(last.unwrap().status.as_str(), "task_start");
    assert_eq!(error.unwrap().http_status(), Some(503));
}

#[tokio::test]
async fn the_caller_ends_it_at_once() {
    let server = Server::start(vec![Reply::Stall(Vec::new())]).await;
    let cancel = CancellationToken::new();
    let how = Wait {
        cancel: cancel.clone(),
        ..quick()
    };
    let client = server.client();
    let waiting = tokio::spawn(async move { client.wait(&TaskRef::id("5"), &how).await });
    cancel.cancel();
    let error = waiting.await.unwrap().unwrap_err();
    assert!(matches!(&error, WaitError::Stopped(inner) if *inner.kind() == ErrorKind::Cancelled));
}

#[tokio::test]
async fn nobody_there_is_no_verdict() {
    let credentials = wiro_client::auth::Credentials::new("wk_test_1".to_owned(), None);
    let client = wiro_client::client::Client::new(refused().await, Some(credentials)).unwrap();
    let error = client.wait(&TaskRef::id("5"), &quick()).await.unwrap_err();
    let WaitError::Polling { last, error } = error else {
        panic!("{error:?}")
    };
    assert!(last.is_none());
    assert_eq!(*error.kind(), ErrorKind::Network);
}
