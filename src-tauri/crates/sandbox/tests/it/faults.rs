use std::time::{Duration, Instant};

use reqwest::StatusCode;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use reqwest::multipart::Form;
use serde_json::{Value, json};

use crate::support::{Lab, file, lab, output_url, plan};

fn misbehaving(rules: &Value) -> Lab {
    let plan = plan(rules);
    lab(|config| config.fault_plan(plan))
}

async fn list(lab: &Lab) -> Result<reqwest::Response, reqwest::Error> {
    lab.post("Task/List").json(&json!({})).send().await
}

/// Tasks the server knows, whatever the client was told.
async fn tasks(lab: &Lab) -> String {
    lab.call("Task/List", json!({})).await["total"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn statuses_come_on_the_planned_request_only() {
    let lab = misbehaving(&json!([
        { "on": { "path": "Task/List", "nth": 1 }, "do": { "status": 429, "retry_after": "7" } },
        { "on": { "path": "Task/List", "nth": 2 }, "do": { "status": 502 } },
        { "on": { "path": "Task/List", "nth": 3 }, "do": { "status": 307, "headers": { "location": "http://127.0.0.1:1/" } } },
        { "on": { "path": "Task/List", "nth": 4 }, "do": { "body": "{\"result\":tru" } },
    ]));
    let limited = list(&lab).await.unwrap();
    assert_eq!(
        (limited.status(), &limited.headers()[RETRY_AFTER]),
        (StatusCode::TOO_MANY_REQUESTS, &"7".parse().unwrap())
    );
    assert_eq!(limited.json::<Value>().await.unwrap()["result"], false);
    let broken = list(&lab).await.unwrap();
    assert_eq!(broken.status(), StatusCode::BAD_GATEWAY);
    assert!(
        broken.headers()[CONTENT_TYPE]
            .to_str()
            .unwrap()
            .starts_with("text/html")
    );
    let moved = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let moved = moved.post(lab.url("Task/List")).send().await.unwrap();
    assert_eq!(
        (
            moved.status(),
            moved.headers()["location"].to_str().unwrap()
        ),
        (StatusCode::TEMPORARY_REDIRECT, "http://127.0.0.1:1/")
    );
    let invalid = list(&lab).await.unwrap();
    assert_eq!(
        (invalid.status(), invalid.text().await.unwrap().as_str()),
        (StatusCode::OK, "{\"result\":tru")
    );
    assert_eq!(list(&lab).await.unwrap().status(), StatusCode::OK);
    assert_eq!(lab.stats().await["requests"]["Task/List"], 5);
}

#[tokio::test]
async fn a_lost_answer_leaves_a_task_only_when_it_was_handled() {
    let lab = misbehaving(&json!([
        { "on": { "path": "Run/*", "nth": 1 }, "do": { "close": "answer" } },
        { "on": { "path": "Run/*", "nth": 2 }, "do": { "close": "answer", "when": "after" } },
        { "on": { "path": "Run/*", "nth": 3 }, "do": { "status": 502, "when": "after" } },
    ]));
    let run = || lab.post("Run/sandbox/failing").json(&json!({})).send();
    assert!(run().await.is_err());
    assert_eq!(tasks(&lab).await, "0");
    assert!(run().await.is_err());
    assert_eq!(tasks(&lab).await, "1");
    assert_eq!(run().await.unwrap().status(), StatusCode::BAD_GATEWAY);
    assert_eq!(tasks(&lab).await, "2");
    assert_eq!(lab.stats().await["requests"]["Run"], 3);
}

#[tokio::test]
async fn an_upload_can_be_cut_in_the_middle() {
    let lab = misbehaving(&json!([
        { "on": { "path": "Run/*", "nth": 1 }, "do": { "close": "upload", "after_bytes": 65536 } },
    ]));
    let form = Form::new().part(
        "inputImage",
        file(vec![0; 16 * 1024 * 1024], "a.png", "image/png"),
    );
    assert!(
        lab.post("Run/sandbox/upscale")
            .multipart(form)
            .send()
            .await
            .is_err()
    );
    assert_eq!(tasks(&lab).await, "0");
}

#[tokio::test]
async fn bodies_are_truncated_stalled_and_delayed() {
    let lab = misbehaving(&json!([
        { "on": { "path": "Task/List", "nth": 1 }, "do": { "truncate": 10 } },
        { "on": { "path": "Task/List", "nth": 2 }, "do": { "stall": "body" } },
        { "on": { "path": "Task/List", "nth": 3 }, "do": { "stall": "headers" } },
        { "on": { "path": "Task/List", "nth": 4 }, "do": { "delay_ms": 120 } },
    ]));
    let cut = list(&lab).await.unwrap();
    assert!(cut.content_length().unwrap() > 10);
    assert!(cut.text().await.is_err());
    let brief = |lab: &Lab| {
        lab.post("Task/List")
            .timeout(Duration::from_millis(150))
            .send()
    };
    let stalled = brief(&lab).await.unwrap();
    assert!(stalled.text().await.unwrap_err().is_timeout());
    assert!(brief(&lab).await.unwrap_err().is_timeout());
    let began = Instant::now();
    assert_eq!(list(&lab).await.unwrap().status(), StatusCode::OK);
    assert!(began.elapsed() >= Duration::from_millis(120));
    // A server with a stalled answer must still be able to stop.
    lab.sandbox.shutdown().await;
}

#[tokio::test]
async fn outputs_lie_about_themselves() {
    let name = "..\\..\\C:\u{0}\u{202e}gnp.exe";
    let lab = misbehaving(&json!([
        { "on": { "path": "output", "nth": 1 }, "do": { "name": name, "contenttype": "text/html", "size": "1" } },
        { "on": { "path": "output", "nth": 2 }, "do": { "url": "http://10.0.0.1/x", "size": null } },
    ]));
    let first = lab
        .ended(&lab.run("sandbox/slow", json!({ "seconds": 0 })).await)
        .await;
    let output = &first["outputs"][0];
    assert_eq!(
        (&output["name"], &output["contenttype"], &output["size"]),
        (&json!(name), &json!("text/html"), &json!("1"))
    );
    let honest = lab.http.get(output_url(&first)).send().await.unwrap();
    assert_eq!(honest.headers()[CONTENT_TYPE], "text/plain");
    assert!(
        honest
            .text()
            .await
            .unwrap()
            .starts_with("Asked for 0 seconds")
    );
    let second = lab
        .ended(&lab.run("sandbox/slow", json!({ "seconds": 0 })).await)
        .await;
    assert_eq!(output_url(&second), "http://10.0.0.1/x");
    let third = lab
        .ended(&lab.run("sandbox/slow", json!({ "seconds": 0 })).await)
        .await;
    assert_eq!(third["outputs"][0]["name"], "0.txt");
}

#[tokio::test]
async fn downloads_end_early_expire_or_are_something_else() {
    let lab = misbehaving(&json!([
        { "on": { "path": "files/*", "nth": 1 }, "do": { "truncate": 5 } },
        { "on": { "path": "files/*", "nth": 2 }, "do": { "status": 403 } },
        { "on": { "path": "files/*/0.txt", "nth": 3 }, "do": { "body": "<html>", "headers": { "content-type": "image/png" } } },
    ]));
    let url = output_url(
        &lab.ended(&lab.run("sandbox/slow", json!({ "seconds": 0 })).await)
            .await,
    );
    let get = || lab.http.get(&url).send();
    let cut = get().await.unwrap();
    assert!(
        cut.headers()[CONTENT_LENGTH]
            .to_str()
            .unwrap()
            .parse::<u64>()
            .unwrap()
            > 5
    );
    assert!(cut.bytes().await.is_err());
    assert_eq!(get().await.unwrap().status(), StatusCode::FORBIDDEN);
    let other = get().await.unwrap();
    assert_eq!(other.headers()[CONTENT_TYPE], "image/png");
    assert_eq!(other.text().await.unwrap(), "<html>");
    assert!(
        get()
            .await
            .unwrap()
            .text()
            .await
            .unwrap()
            .starts_with("Asked")
    );
}

#[tokio::test]
async fn sockets_drop_refuse_stall_and_babble() {
    let plan = plan(&json!([
        { "on": { "path": "socket", "nth": 1 }, "do": { "status": 503 } },
        { "on": { "path": "socket", "nth": 2 }, "do": { "drop_after": "task_accept" } },
        { "on": { "path": "socket", "nth": 3 }, "do": { "stall": "headers" } },
        { "on": { "path": "socket", "nth": 4 }, "do": { "inject": {
            "after": "connected", "frames": [{ "type": "task_dance" }, "{broken"],
        } } },
    ]));
    let lab = lab(|config| config.fault_plan(plan).workers(1));
    assert!(
        tokio_tungstenite::connect_async(lab.sandbox.socket_url())
            .await
            .is_err()
    );
    let mut dropped = lab.socket().await;
    let task = lab
        .run_followed("sandbox/failing", json!({}), &mut dropped)
        .await;
    assert_eq!(
        dropped.frames_until("task_accept").await.last().unwrap()["type"],
        "task_accept"
    );
    assert_eq!(dropped.frame().await, None);
    let mut silent = lab.socket().await;
    assert!(
        tokio::time::timeout(Duration::from_millis(150), silent.frame())
            .await
            .is_err()
    );
    let mut babbling = lab.socket().await;
    assert_eq!(babbling.frame().await.unwrap()["type"], "connected");
    assert_eq!(
        babbling.frame().await.unwrap(),
        json!({ "type": "task_dance" })
    );
    assert_eq!(babbling.text().await.unwrap(), "{broken");
    // Losing the socket does not lose the task.
    assert_eq!(lab.ended(&task).await["pexit"], "1");
}
