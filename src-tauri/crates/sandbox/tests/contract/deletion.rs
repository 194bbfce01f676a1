//! Section 7.6: Task/InputOutputDelete.

use crate::support::{Sandbox, part, png};
use reqwest::multipart::Form;
use serde_json::{Value, json};

/// Every URL of the Sandbox itself somewhere in these parameters.
fn own_urls(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) if text.starts_with("http://127.0.0.1") => found.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| own_urls(item, found)),
        Value::Object(members) => members.values().for_each(|item| own_urls(item, found)),
        _ => {}
    }
}

#[tokio::test]
async fn section_7_6_inputs_and_outputs_go_the_record_stays() {
    let sandbox = Sandbox::start().await;
    let form = Form::new()
        .part("inputImage", part("a.png", png(10, 10)))
        .text("scale", "2");
    let run = sandbox.run_form("sandbox/upscale", form).await;
    let before = sandbox.succeeded(&run).await;
    let mut urls = vec![before["outputs"][0]["url"].as_str().unwrap().to_owned()];
    own_urls(&before["parameters"], &mut urls);
    // Repeating the call succeeds again.
    for _ in 0..2 {
        let body = json!({"tasktoken": run.token});
        sandbox
            .post("/Task/InputOutputDelete", body)
            .await
            .success();
    }
    let after = sandbox.task(&run).await;
    assert_eq!(after["outputs"], json!([]), "{after:#}");
    assert_eq!(after["outputfolderid"], "0", "{after:#}");
    for kept in ["id", "status", "pexit", "totalcost", "endtime"] {
        assert_eq!(after[kept], before[kept], "{kept}");
    }
    assert_eq!(after["parameters"]["scale"], "2");
    for url in urls {
        let status = sandbox.http.get(&url).send().await.unwrap().status();
        assert_eq!(status, 404, "{url}");
    }
}

#[tokio::test]
async fn section_7_6_a_cancelled_task_and_a_failed_one_may_be_cleaned() {
    let sandbox = Sandbox::start().await;
    let killed = sandbox.occupy_worker().await;
    sandbox.kill(&killed).await;
    let failed = sandbox.run("sandbox/failing", json!({})).await;
    for run in [&killed, &failed] {
        sandbox.finished(run).await;
        let body = json!({"tasktoken": run.token});
        sandbox
            .post("/Task/InputOutputDelete", body)
            .await
            .success();
        assert_eq!(sandbox.task(run).await["outputfolderid"], "0");
    }
}

#[tokio::test]
async fn section_3_4_refusals_of_deletion() {
    let sandbox = Sandbox::key_only(&["--workers", "1"]).await;
    let running = sandbox.occupy_worker().await;
    let waiting = sandbox.run("sandbox/slow", json!({"seconds": 1})).await;
    for run in [&running, &waiting] {
        let body = json!({"tasktoken": run.token});
        let answer = sandbox.post("/Task/InputOutputDelete", body).await;
        let wording = "Task must be completed or cancelled before deleting files";
        assert_eq!((answer.status, answer.message()), (200, wording));
    }
    let body = json!({"tasktoken": "x".repeat(30)});
    let answer = sandbox.post("/Task/InputOutputDelete", body).await;
    assert_eq!((answer.status, answer.message()), (200, "task-not-exist"));
}
