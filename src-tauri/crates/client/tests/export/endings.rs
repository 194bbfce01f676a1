//! How programs end: every way a task or a call can go.

use futures_util::future::join_all;
use serde_json::{Map, Value, json};
use wiro_client::export::{Language, ProjectKind};
use wiro_client::forms::RunBody;

use crate::stage::{ECHO, KEY, Outcome, RUNNING, Stage};

fn parameters(value: Value) -> RunBody {
    match value {
        Value::Object(fields) => RunBody::Json(fields),
        _ => panic!("parameters are an object"),
    }
}

/// Runs the echoing model `times` times in each language, each language with a Sandbox of its own, so that every
/// program meets every fault. Tells how the runs ended and how many the Sandbox was asked for.
async fn everywhere(rules: &Value, times: usize) -> Vec<(Vec<Outcome>, u64)> {
    join_all(RUNNING.map(|language| async move {
        let stage = Stage::with_faults(ProjectKind::KeyOnly, rules);
        let body = RunBody::Json(Map::new());
        let program = stage.program(ECHO, &body, language).await;
        let mut outcomes = Vec::new();
        for _ in 0..times {
            outcomes.push(program.run(&[("WIRO_API_KEY", KEY)]).await);
        }
        (outcomes, stage.runs().await)
    }))
    .await
}

/// A rule for the `index`th request to this path.
fn rule(path: &str, index: usize, action: &Value) -> Value {
    json!({ "on": { "path": path, "nth": index + 1 }, "do": action })
}

/// An answer of `Task/Detail`.
fn detail(task: &Value) -> Value {
    let body = json!({ "result": true, "errors": [], "total": "1", "tasklist": [task] });
    json!({ "body": body.to_string() })
}

#[tokio::test]
async fn a_model_that_fails_is_a_failure_with_its_reason() {
    let stage = Stage::new(ProjectKind::Signature);
    let body = parameters(json!({ "exitcode": 3, "message": "No \"film\" in the camera." }));
    for outcome in stage.run_everywhere("sandbox/failing", &body).await {
        let reason = outcome.reason();
        assert!(reason.contains("exit code 3"), "{outcome:?}");
        assert!(reason.contains("No \"film\" in the camera."), "{outcome:?}");
    }
}

#[tokio::test]
async fn a_refusal_is_told_in_the_words_of_the_service() {
    let stage = Stage::new(ProjectKind::Signature);
    let nothing = RunBody::Json(Map::new());
    for outcome in stage.run_everywhere("sandbox/pattern", &nothing).await {
        assert!(
            outcome
                .reason()
                .contains("Request parameter [prompt] required"),
            "{outcome:?}"
        );
    }
    let keys = [("WIRO_API_KEY", "other"), ("WIRO_API_SECRET", "other")];
    for outcome in join_all(RUNNING.map(|language| {
        let (stage, nothing) = (&stage, &nothing);
        async move { stage.run_with(ECHO, nothing, language, &keys).await }
    }))
    .await
    {
        let reason = outcome.reason();
        assert!(reason.contains("401"), "{outcome:?}");
        assert!(
            reason.contains("Project authorization is not founded."),
            "{outcome:?}"
        );
    }
}

#[tokio::test]
async fn without_a_key_nothing_is_sent() {
    let stage = Stage::new(ProjectKind::Signature);
    let nothing = RunBody::Json(Map::new());
    for (keys, missing) in [
        (&[][..], "WIRO_API_KEY"),
        (&[("WIRO_API_KEY", "k")][..], "WIRO_API_SECRET"),
    ] {
        for language in RUNNING {
            let outcome = stage.run_with(ECHO, &nothing, language, keys).await;
            assert!(outcome.reason().contains(missing), "{outcome:?}");
        }
    }
    assert_eq!(stage.runs().await, 0);
}

#[tokio::test]
async fn a_run_is_sent_once_whatever_the_answer() {
    let target = Stage::new(ProjectKind::KeyOnly);
    let elsewhere = format!("{}/Run/{ECHO}", target.sandbox.api_url());
    let faults = [
        json!({ "status": 500, "when": "after" }),
        json!({ "status": 429 }),
        json!({ "status": 502, "when": "after" }),
        json!({ "close": "answer", "when": "after" }),
        json!({ "body": "[]", "when": "after" }),
        json!({ "status": 307, "headers": { "location": elsewhere } }),
    ];
    let rules = faults.iter().enumerate();
    let rules: Value = rules
        .map(|(index, fault)| rule("Run/*", index, fault))
        .collect();
    for (outcomes, runs) in everywhere(&rules, faults.len()).await {
        for (outcome, fault) in outcomes.iter().zip(&faults) {
            assert!(!outcome.reason().is_empty(), "{fault}: {outcome:?}");
        }
        assert_eq!(runs, faults.len() as u64, "{outcomes:?}");
    }
    assert_eq!(target.runs().await, 0, "a redirect was followed");
}

#[tokio::test]
async fn only_a_final_status_ends_the_waiting() {
    let working = json!({ "status": "task_end", "pexit": "0", "outputs": [] });
    let faults = [
        json!({ "status": 502 }),
        detail(&working),
        json!({ "status": 429 }),
    ];
    let rules = faults.iter().enumerate();
    let rules = rules
        .map(|(index, fault)| rule("Task/Detail", index, fault))
        .collect();
    for (outcomes, runs) in everywhere(&rules, 1).await {
        assert_eq!(runs, 1, "{outcomes:?}");
        assert_eq!(outcomes[0].status, Some(0), "{outcomes:?}");
        let address = outcomes[0].stdout.trim_end();
        assert!(address.ends_with("/0.json"), "{outcomes:?}");
    }
}

#[tokio::test]
async fn whoever_is_never_answered_gives_up() {
    let rules = json!([{ "on": { "path": "Task/Detail" }, "do": { "status": 503 } }]);
    for (outcomes, runs) in everywhere(&rules, 1).await {
        assert!(outcomes[0].reason().contains("503"), "{outcomes:?}");
        assert_eq!(runs, 1, "{outcomes:?}");
    }
}

#[tokio::test]
async fn every_end_of_a_task_is_told_apart() {
    let text = |content: Value| json!([{ "contenttype": "raw", "content": content }]);
    let done = |outputs: Value| json!({ "status": "task_postprocess_end", "pexit": "0", "outputs": outputs });
    let cases: [(Value, Result<&str, &str>); 8] = [
        (
            done(text(
                json!({ "prompt": "?", "raw": "<think>hm</think>yes", "thinking": ["hm"], "answer": ["yes", "or «no»"] }),
            )),
            Ok("yes\nor «no»"),
        ),
        (done(text(json!({ "raw": "just this" }))), Ok("just this")),
        (
            done(
                json!([{ "url": "https://example.org/1.png" }, { "url": "https://example.org/2.png" }]),
            ),
            Ok("https://example.org/1.png\nhttps://example.org/2.png"),
        ),
        (
            json!({ "status": "task_postprocess_end", "pexit": 0, "debugoutput": "merged answer" }),
            Ok("merged answer"),
        ),
        (
            json!({ "status": "task_postprocess_end", "pexit": "", "outputs": [{ "url": "https://example.org/1.png" }] }),
            Err("task_postprocess_end"),
        ),
        (
            json!({ "status": "task_postprocess_end", "pexit": "137", "debugerror": "out of memory" }),
            Err("out of memory"),
        ),
        (
            json!({ "status": "task_cancel", "pexit": "" }),
            Err("task_cancel"),
        ),
        (
            json!({ "status": "task_error", "pexit": "0", "debugerror": "no such model" }),
            Err("no such model"),
        ),
    ];
    let rules = cases.iter().enumerate();
    let rules = rules
        .map(|(index, (task, _))| rule("Task/Detail", index, &detail(task)))
        .collect();
    for (outcomes, _) in everywhere(&rules, cases.len()).await {
        for (outcome, (task, expected)) in outcomes.iter().zip(&cases) {
            match expected {
                Ok(text) => assert_eq!(outcome.lines().join("\n"), *text, "{task}"),
                Err(reason) => assert!(outcome.reason().contains(reason), "{task}: {outcome:?}"),
            }
        }
    }
}

/// Labels and endings of files are shown and used by others: no two are the same.
#[test]
fn every_language_has_its_own_name_and_ending() {
    for of in [Language::label, Language::file_extension] {
        let names: std::collections::BTreeSet<_> = Language::ALL.map(of).into();
        assert_eq!(names.len(), 9);
    }
}
