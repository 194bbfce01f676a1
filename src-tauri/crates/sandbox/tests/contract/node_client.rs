//! Section 24: the requests of the official Node client as it sends them, and the fields that it reads from the
//! answers. The facts lie in `node_client.json`: method, path, body and headers of each call, and for each field
//! that the client declares its path and kind.

use crate::support::shape::{kind, values_at};
use crate::support::{Answer, Run, Sandbox, png};
use serde_json::{Value, json};

fn facts() -> Value {
    serde_json::from_str(include_str!("node_client.json")).unwrap()
}

/// `kinds` is such as `number or string`; `missing` allows a field to be absent.
fn assert_reads(answer: &Value, reads: &Value, method: &str) {
    for field in reads.as_array().unwrap() {
        let (path, kinds) = (field[0].as_str().unwrap(), field[1].as_str().unwrap());
        for value in values_at(answer, path) {
            let missing = value.is_null() && kinds.ends_with("or missing");
            let fits = kinds.split(" or ").any(|expected| expected == kind(value));
            assert!(
                missing || fits,
                "{method}: {path} is {value}, not {kinds}: {answer:#}"
            );
        }
    }
}

/// One run in each state that the calls speak of.
async fn states(sandbox: &Sandbox) -> Vec<(&'static str, Run)> {
    let body = json!({"prompt": "a", "width": 64, "height": 64});
    let done = sandbox.run("sandbox/pattern", body).await;
    sandbox.succeeded(&done).await;
    let failed = sandbox.run("sandbox/failing", json!({})).await;
    sandbox.finished(&failed).await;
    let running = sandbox.occupy_worker().await;
    let other = sandbox.occupy_worker().await;
    let queued = sandbox.run("sandbox/slow", json!({"seconds": 30})).await;
    vec![
        ("done", done),
        ("failed", failed),
        ("running", running),
        ("other", other),
        ("queued", queued),
    ]
}

/// The body with `{state.id}` and `{state.token}` filled in.
fn filled(body: &Value, states: &[(&str, Run)]) -> Value {
    let mut text = body.to_string();
    for (name, run) in states {
        text = text.replace(&format!("{{{name}.id}}"), &run.id);
        text = text.replace(&format!("{{{name}.token}}"), &run.token);
    }
    serde_json::from_str(&text).unwrap()
}

/// All headers of the client beside its credentials.
fn headers(facts: &Value) -> Vec<(&str, String)> {
    let headers = facts["headers"].as_object().unwrap();
    headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str().unwrap().to_owned()))
        .collect()
}

#[tokio::test]
async fn section_24_every_call_of_the_official_client() {
    let facts = facts();
    for flags in [&[][..], &["--api-key", "only-a-key"][..]] {
        let sandbox = Sandbox::with(flags).await;
        let states = states(&sandbox).await;
        for call in facts["calls"].as_array().unwrap() {
            let method = call["method"].as_str().unwrap();
            let body = filled(&call["body"], &states);
            let sent = [headers(&facts), sandbox.credentials()].concat();
            let answer = sandbox
                .call(call["path"].as_str().unwrap(), &sent, &body)
                .await;
            assert_eq!(answer.body["result"], true, "{method}: {answer:#?}");
            assert_reads(answer.success(), &call["reads"], method);
        }
    }
}

/// The client's multipart body, byte for byte but for the picture.
#[tokio::test]
async fn section_24_an_upload_of_the_official_client() {
    let facts = facts();
    let upload = &facts["upload"];
    let boundary = upload["boundary"].as_str().unwrap();
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"cat.png\"\r\nContent-Type: image/png\r\n\r\n"
    );
    let body = [
        head.as_bytes(),
        &png(8, 6),
        format!("\r\n--{boundary}--\r\n").as_bytes(),
    ]
    .concat();
    for flags in [&[][..], &["--api-key", "only-a-key"][..]] {
        let sandbox = Sandbox::with(flags).await;
        let mut request = sandbox
            .http
            .post(format!(
                "{}{}",
                sandbox.api,
                upload["path"].as_str().unwrap()
            ))
            .body(body.clone());
        let content = (
            "content-type",
            format!("multipart/form-data; boundary={boundary}"),
        );
        let common = headers(&facts)
            .into_iter()
            .filter(|(name, _)| *name != "content-type");
        for (name, value) in common.chain([content]).chain(sandbox.credentials()) {
            request = request.header(name, value);
        }
        let answer = Answer::read(request).await;
        assert_reads(answer.success(), &upload["reads"], "uploadFile");
        assert_eq!(answer.body["list"][0]["name"], "cat.png");
        assert_eq!(
            sandbox.bytes(&answer.body["list"][0]["url"]).await,
            png(8, 6)
        );
    }
}

/// The client's wait stops at three statuses (section 7.7) and reads success from `pexit`; an unknown token is a
/// refusal that it counts, at HTTP 200, while HTTP 401 stops it at once.
#[tokio::test]
async fn section_7_7_what_the_wait_of_the_official_client_stands_on() {
    let sandbox = Sandbox::start().await;
    let states = states(&sandbox).await;
    let expected = [
        ("done", "task_postprocess_end", true),
        ("failed", "task_postprocess_end", false),
    ];
    for (name, status, success) in expected {
        let run = &states.iter().find(|(state, _)| *state == name).unwrap().1;
        let task = sandbox.task(run).await;
        assert_eq!(task["status"], status);
        assert_eq!(task["pexit"] == "0", success, "{task:#}");
    }
    let unknown = json!({"tasktoken": "x".repeat(30)});
    let answer = sandbox.post("/Task/Detail", unknown.clone()).await;
    let none = answer.body["tasklist"].as_array().is_none_or(Vec::is_empty);
    assert!(answer.status == 200 && none, "{answer:#?}");
    let nobody = [("x-api-key", "nobody".to_owned())];
    let refused = sandbox.call("/Task/Detail", &nobody, &unknown).await;
    assert_eq!(refused.status, 401);
}
