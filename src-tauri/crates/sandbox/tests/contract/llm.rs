//! Section 11: a language model, streamed and merged.

use crate::support::Sandbox;
use crate::support::listener::{Listener, of_type};
use crate::support::shape::{assert_keys, assert_kinds};
use serde_json::{Value, json};

const PROMPT: &str = "My mother never listens to me.";

fn joined(message: &Value, name: &str) -> String {
    let texts = message[name].as_array().unwrap();
    texts
        .iter()
        .map(|text| text.as_str().unwrap())
        .collect::<Vec<_>>()
        .join("\n")
}

/// One streamed answer from its first frame to its last, and the task.
async fn streamed() -> (Vec<Value>, Value) {
    let sandbox = Sandbox::key_only(&["--workers", "1"]).await;
    let busy = sandbox.occupy_worker().await;
    let run = sandbox
        .run("sandbox/eliza", json!({"prompt": PROMPT}))
        .await;
    let mut listener = Listener::to(&sandbox, &[&run]).await;
    sandbox.kill(&busy).await;
    let frames = listener.frames_until_the_end_of(1).await;
    (frames, sandbox.succeeded(&run).await)
}

#[tokio::test]
async fn section_11_every_frame_holds_everything_so_far() {
    let (frames, task) = streamed().await;
    let outputs = of_type(&frames, "task_output");
    let messages: Vec<_> = outputs
        .iter()
        .map(|frame| &frame["message"])
        .filter(|message| message.get("answer").is_some())
        .collect();
    assert!(messages.len() > 2, "{frames:#?}");
    for message in &messages {
        assert_kinds(
            message,
            "string",
            &["type", "raw", "speed", "speedType", "elapsedTime"],
        );
        assert_kinds(message, "array", &["thinking", "answer"]);
        assert_kinds(message, "bool", &["isThinking"]);
        let (thinking, answer) = (
            message["thinking"].as_array().unwrap(),
            message["answer"].as_array().unwrap(),
        );
        assert!(thinking.len().abs_diff(answer.len()) <= 1, "{message:#}");
    }
    for name in ["thinking", "answer"] {
        let texts: Vec<_> = messages
            .iter()
            .map(|message| joined(message, name))
            .collect();
        for pair in texts.windows(2) {
            assert!(pair[1].starts_with(&pair[0]), "{pair:?}");
        }
    }
    let last = messages.last().unwrap();
    assert_eq!(
        joined(last, "answer"),
        joined(&task["outputs"][0]["content"], "answer")
    );
}

/// Thinking first, then the answer: the model of the Sandbox has both phases.
#[tokio::test]
async fn section_11_the_indicator_follows_the_phases() {
    let (frames, _) = streamed().await;
    let flags: Vec<_> = of_type(&frames, "task_output")
        .iter()
        .filter_map(|frame| frame["message"]["isThinking"].as_bool())
        .collect();
    assert!(
        flags.contains(&true) && flags.last() == Some(&false),
        "{flags:?}"
    );
}

#[tokio::test]
async fn section_11_the_result_is_structured_and_merged() {
    let (frames, task) = streamed().await;
    let outputs = task["outputs"].as_array().unwrap();
    assert_eq!(outputs.len(), 1, "{task:#}");
    assert_eq!(outputs[0]["contenttype"], "raw");
    assert!(outputs[0].get("url").is_none(), "{task:#}");
    let content = &outputs[0]["content"];
    assert_keys(
        content,
        &json!({"prompt": "", "raw": "", "thinking": [], "answer": []}),
        &[],
    );
    assert_eq!(content["prompt"], PROMPT);
    let answer = joined(content, "answer");
    assert!(!answer.is_empty());
    assert!(
        content["raw"].as_str().unwrap().ends_with(&answer),
        "{content:#}"
    );
    assert!(
        task["debugoutput"].as_str().unwrap().contains(&answer),
        "{task:#}"
    );

    let full = &of_type(&frames, "task_output_full")[0]["message"];
    assert_keys(full, &json!({"raw": "", "thinking": [], "answer": []}), &[]);
    assert_eq!(joined(full, "answer"), answer);
    let last = &of_type(&frames, "task_postprocess_end")[0]["message"];
    assert_eq!(last, &task["outputs"]);
}

#[tokio::test]
async fn section_6_1_the_prompt_is_required_and_the_session_is_not() {
    let sandbox = Sandbox::start().await;
    for body in [json!({}), json!({"prompt": "", "session_id": SESSION})] {
        let answer = sandbox.post("/Run/sandbox/eliza", body).await;
        answer.refused(0, "Request parameter [prompt] required");
    }
    let run = sandbox
        .run("sandbox/eliza", json!({"prompt": "Hello"}))
        .await;
    sandbox.succeeded(&run).await;
}

const SESSION: &str = "550e8400-e29b-41d4-a716-446655440000";
const USER: &str = "7c9e6679-7425-40de-944b-e07fc1f90ae7";

/// The documented request of a conversation, twice.
#[tokio::test]
async fn section_11_a_conversation_goes_on() {
    let sandbox = Sandbox::start().await;
    for prompt in ["I am unhappy.", "Because of my brother."] {
        let body = json!({"prompt": prompt, "session_id": SESSION, "user_id": USER});
        let run = sandbox.run("sandbox/eliza", body.clone()).await;
        let task = sandbox.succeeded(&run).await;
        assert_eq!(task["parameters"], body);
        assert_eq!(task["outputs"][0]["content"]["prompt"], prompt);
    }
}
