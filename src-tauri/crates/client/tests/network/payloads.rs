//! Every sample payload is understood, and keeps every field.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use futures_util::SinkExt;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use wiro_client::error::ErrorKind;
use wiro_client::forms::RunBody;
use wiro_client::models::{Model, ModelQuery};
use wiro_client::secret::Secret;
use wiro_client::socket::{LogStream, SocketConfig, SocketEvent, TaskEvent, TaskSocket};
use wiro_client::tasks::{Task, TaskOutcome, TaskQuery, TaskRef};

use crate::server::{Server, json as answer};
use crate::sockets::Peer;

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/fixtures/payloads")
}

/// The samples whose names start so, by name.
fn samples(prefix: &str, kind: &str) -> Vec<(String, Value)> {
    let mut found: Vec<_> = fs_err::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with(prefix) && name.contains(kind))
        .map(|name| {
            let text = fs_err::read_to_string(folder().join(&name)).unwrap();
            let value = serde_json::from_str(&text).unwrap();
            (name, value)
        })
        .collect();
    found.sort_by(|left, right| left.0.cmp(&right.0));
    assert!(!found.is_empty(), "{prefix}{kind}");
    found
}

pub(crate) fn sample(name: &str) -> Value {
    serde_json::from_str(&fs_err::read_to_string(folder().join(name)).unwrap()).unwrap()
}

async fn server_with(value: &Value) -> Server {
    Server::start(vec![answer(200, &value.to_string())]).await
}

#[tokio::test]
async fn answers_about_tasks() {
    for (name, value) in samples("task.", ".response.") {
        let server = server_with(&value).await;
        let page = server.client().tasks(&TaskQuery::default()).await;
        if name.contains("_partial") {
            // Excerpts are no envelopes; what they say of a task is still read.
            let task = value.get("tasklist").map_or(&value, |list| &list[0]);
            let task = Task::from_value(task).unwrap();
            let expected = match task.status.as_str() {
                "" => TaskOutcome::Running,
                _ if task.pexit.as_deref() == Some("0") => TaskOutcome::Succeeded,
                _ => TaskOutcome::Failed,
            };
            assert_eq!(task.outcome(), expected, "{name}");
            assert_eq!(task.unknown().count(), 0, "{name}: {:?}", task.extra);
            assert!(
                task.outputs.iter().all(|output| output.extra.is_empty()),
                "{name}"
            );
            continue;
        }
        let page = page.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        let listed = value["tasklist"].as_array().unwrap();
        assert_eq!(page.tasks.len(), listed.len(), "{name}");
        for (task, raw) in page.tasks.iter().zip(listed) {
            assert_eq!(task.id.as_deref(), raw["id"].as_str(), "{name}");
            assert_eq!(
                task.token.as_ref().map(|token| token.expose().as_str()),
                raw["socketaccesstoken"].as_str()
            );
            assert_eq!(task.parameters, raw["parameters"], "{name}");
            assert_eq!(
                task.outputs.len(),
                raw["outputs"].as_array().unwrap().len(),
                "{name}"
            );
            assert_eq!(task.unknown().count(), 0, "{name}: {:?}", task.extra);
        }
        if let Some(first) = listed.first() {
            let task = server
                .client()
                .task(&TaskRef::id("1"))
                .await
                .unwrap()
                .unwrap();
            assert_eq!(task, Task::from_value(first).unwrap(), "{name}");
        }
    }
}

#[tokio::test]
async fn an_llms_text_is_found() {
    for name in [
        "task.task_partial.response.02.json",
        "task.task_partial.response.06.json",
    ] {
        let task = Task::from_value(&sample(name)).unwrap();
        assert_eq!(
            task.outputs[0].text().as_deref(),
            Some("Hello! How can I help you today?")
        );
        assert_eq!(task.outputs[0].content_type.as_deref(), Some("raw"));
    }
}

#[tokio::test]
async fn answers_to_runs_and_requests_of_runs() {
    for (name, value) in samples("run.", ".response.") {
        let server = server_with(&value).await;
        let slug = "wiro/flux-2-dev".parse().unwrap();
        let accepted = server
            .client()
            .run(&slug, &RunBody::Json(serde_json::Map::new()), None)
            .await
            .unwrap();
        assert_eq!(
            accepted.task_id.as_deref(),
            value["taskid"].as_str(),
            "{name}"
        );
        assert_eq!(
            accepted.token.unwrap().expose(),
            value["socketaccesstoken"].as_str().unwrap(),
            "{name}"
        );
    }
    for (name, value) in samples("run.", ".request.") {
        let server = server_with(&json!({"result": true, "taskid": 1})).await;
        let body = RunBody::Json(value.as_object().unwrap().clone());
        server
            .client()
            .run(&"a/b".parse().unwrap(), &body, None)
            .await
            .unwrap();
        assert_eq!(server.received()[0].json(), value, "{name}");
    }
}

#[tokio::test]
async fn answers_about_models() {
    for (name, value) in samples("tool.list", ".response.") {
        let server = server_with(&value).await;
        let page = server
            .client()
            .models(&ModelQuery::default())
            .await
            .unwrap();
        assert_eq!(page.total, 2, "{name}");
        assert_eq!(
            page.models[0].slug.as_ref().unwrap().to_string(),
            "wiro/virtual-try-on",
            "{name}"
        );
        let server = server_with(&value).await;
        let model = server
            .client()
            .model(&"wiro/virtual-try-on".parse().unwrap())
            .await
            .unwrap();
        assert_eq!(model, Model::from_value(&value["tool"][0]), "{name}");
    }
    for (name, value) in samples("tool.detail_parameters", ".response.") {
        let model = Model::from_value(&value);
        assert_eq!(model.parameters.unwrap()[0].items.len(), 2, "{name}");
    }
}

#[tokio::test]
async fn questions_are_the_documented_ones() {
    let server = server_with(&json!({"result": true, "tool": []})).await;
    let query = ModelQuery {
        categories: vec!["image-generation".to_owned()],
        ..ModelQuery::default()
    };
    server.client().models(&query).await.unwrap();
    server
        .client()
        .model(&"stability-ai/sdxl".parse().unwrap())
        .await
        .unwrap_err();
    let mut listed = sample("tool.list.request.02.json");
    listed["sort"] = "relevance".into();
    let received = server.received();
    assert_eq!(
        (received[0].json(), received[1].json()),
        (listed, sample("tool.detail.request.01.json"))
    );

    let server = server_with(&json!({"result": true, "tasklist": []})).await;
    for (name, value) in samples("task.detail", ".request.") {
        let text = |key: &str| value[key].as_str().map(str::to_owned);
        let task = TaskRef {
            id: text("taskid"),
            token: text("tasktoken").map(Secret::new),
        };
        server.client().task(&task).await.unwrap();
        assert_eq!(server.received().last().unwrap().json(), value, "{name}");
    }
}

#[tokio::test]
async fn refusals() {
    let busy = ErrorKind::Concurrency {
        balance: Some("50.00".parse().unwrap()),
        limit: Some(5),
    };
    let cut = ErrorKind::Concurrency {
        balance: None,
        limit: None,
    };
    let expected = [
        busy,
        cut,
        ErrorKind::Permission,
        ErrorKind::Permission,
        ErrorKind::Permission,
    ];
    let found = samples("error.", ".response.");
    assert_eq!(found.len(), expected.len());
    for ((name, value), expected) in found.into_iter().zip(expected) {
        let server = server_with(&value).await;
        let error = server
            .client()
            .tasks(&TaskQuery::default())
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.is_refusal()),
            (&expected, true),
            "{name}"
        );
        assert_eq!(
            error.message(),
            value["errors"][0]["message"].as_str().unwrap(),
            "{name}"
        );
    }
}

/// The generic envelope holds no list, so it is no answer about tasks; but it is an envelope.
#[tokio::test]
async fn the_generic_envelope() {
    for (name, value) in samples("common.", ".response.") {
        let server = server_with(&value).await;
        let error = server
            .client()
            .tasks(&TaskQuery::default())
            .await
            .unwrap_err();
        assert!(error.message().contains("`tasklist`"), "{name}: {error}");
    }
}

#[tokio::test]
async fn frames() {
    let peer = Peer::start().await;
    let (socket, mut events) = TaskSocket::open(&peer.endpoints(), SocketConfig::default());
    let mut connection = peer.accept().await;
    assert_eq!(events.recv().await, Some(SocketEvent::Connected));
    let found = samples("ws.", ".event.");
    let tokens: BTreeSet<_> = found
        .iter()
        .filter_map(|(_, value)| value["tasktoken"].as_str())
        .collect();
    for token in &tokens {
        socket.follow(Secret::new((*token).to_owned()));
        connection.expect_subscription(token).await;
    }
    let mut ignored = 0;
    for (name, value) in &found {
        connection
            .0
            .send(Message::text(value.to_string()))
            .await
            .unwrap();
        let kind = value["type"].as_str().unwrap_or_default();
        if kind == "connected" || kind.is_empty() || value.get("agenttoken").is_some() {
            ignored += u64::from(kind != "connected");
            continue;
        }
        let Some(SocketEvent::Frame(frame)) = events.recv().await else {
            panic!("{name}")
        };
        assert_eq!(
            frame.token.as_ref().map(|token| token.expose().as_str()),
            value["tasktoken"].as_str(),
            "{name}"
        );
        assert_eq!(frame.task_id.as_deref(), value["id"].as_str(), "{name}");
        check_event(name, kind, &value["message"], &frame.event);
    }
    // One more frame, so that the ignored ones before it have been read.
    connection
        .0
        .send(Message::text(r#"{"type":"task_cancel"}"#))
        .await
        .unwrap();
    events.recv().await.unwrap();
    assert_eq!(socket.dropped(), ignored);
}

fn check_event(name: &str, kind: &str, message: &Value, event: &TaskEvent) {
    let as_expected = match (kind, event) {
        ("task_accept" | "task_start", TaskEvent::Status(status)) => status.as_str() == kind,
        (
            "task_output",
            TaskEvent::Text {
                answer, thinking, ..
            },
        ) => {
            let joined = |key: &str| {
                let texts = message[key]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|text| text.as_str().unwrap());
                texts.collect::<Vec<_>>().join("\n")
            };
            (answer, thinking) == (&joined("answer"), &joined("thinking"))
        }
        ("task_output", TaskEvent::Progress(progress)) => progress.percentage == Some(60.0),
        ("task_output", TaskEvent::Log { stream, text }) => {
            *stream == LogStream::Stdout && Some(text.as_str()) == message.as_str()
        }
        ("task_error", TaskEvent::Log { stream, .. }) => *stream == LogStream::Stderr,
        ("task_output_full", TaskEvent::OutputFull { raw, .. })
        | ("task_error_full", TaskEvent::ErrorFull { raw }) => {
            Some(raw.as_str()) == message["raw"].as_str()
        }
        ("task_postprocess_end", TaskEvent::Finished { outputs, pexit }) => {
            outputs[0].bytes == Some(202_472) && pexit.is_none()
        }
        (
            "task_cost",
            TaskEvent::Cost {
                turn,
                cumulative,
                usage,
            },
        ) => {
            turn.unwrap().to_string() == "0.002"
                && cumulative.is_some()
                && usage["input_tokens"] == 150
        }
        ("task_stream_end", TaskEvent::StreamEnd) => true,
        ("error", TaskEvent::SubscribeError { code }) => Some(code.as_str()) == message.as_str(),
        _ => false,
    };
    assert!(as_expected, "{name}: {event:?}");
}
