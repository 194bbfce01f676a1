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

/// A client that goes nowhere by itself.
fn staying() -> reqwest::Client {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
}

#[tokio::test]
async fn any_status_comes_for_the_first_calls_of_an_endpoint() {
    for status in [401, 403, 429, 500, 502, 503, 504] {
        let lab = misbehaving(&json!([
            { "on": { "path": "Task/List", "nth": { "to": 2 } }, "do": { "status": status } },
        ]));
        for call in 1..=2 {
            let answer = list(&lab).await.unwrap();
            assert_eq!(answer.status(), status, "call {call}");
            assert!(!answer.headers().contains_key(RETRY_AFTER), "{status}");
            let html = answer.headers()[CONTENT_TYPE].to_str().unwrap();
            let html = html.starts_with("text/html");
            assert_eq!(html, status >= 500, "{status}");
            let text = answer.text().await.unwrap();
            let envelope = serde_json::from_str::<Value>(&text).map(|body| body["result"].clone());
            assert_eq!(envelope.ok(), (!html).then_some(json!(false)), "{text}");
        }
        assert_eq!(list(&lab).await.unwrap().status(), StatusCode::OK);
        // Others were never concerned.
        let other = lab.call("Tool/List", json!({})).await;
        assert_eq!(other["result"], true, "{status}");
    }
}

#[tokio::test]
async fn waits_are_sent_as_planned() {
    let waits = ["3", "Wed, 21 Oct 2026 07:28:00 GMT", "-1", "soon"];
    let rules: Vec<Value> = (1..)
        .zip(waits)
        .map(|(nth, wait)| {
            json!({ "on": { "path": "Task/List", "nth": nth }, "do": { "status": 429, "retry_after": wait } })
        })
        .collect();
    let lab = misbehaving(&json!(rules));
    for wait in waits {
        let answer = list(&lab).await.unwrap();
        assert_eq!(
            (
                answer.status(),
                answer.headers()[RETRY_AFTER].to_str().unwrap()
            ),
            (StatusCode::TOO_MANY_REQUESTS, wait)
        );
    }
}

#[tokio::test]
async fn t11_redirects_lead_where_the_plan_says() {
    let elsewhere = "http://127.0.0.1:1/v1/Task/List";
    let statuses = [301, 302, 307, 308];
    let rules: Vec<Value> = (1..)
        .zip(statuses)
        .map(|(nth, status)| {
            json!({ "on": { "path": "Task/List", "nth": nth }, "do": { "status": status, "headers": { "location": elsewhere } } })
        })
        .collect();
    let lab = misbehaving(&json!(rules));
    for status in statuses {
        let answer = staying().post(lab.url("Task/List")).send().await.unwrap();
        assert_eq!(
            (
                answer.status().as_u16(),
                answer.headers()["location"].to_str().unwrap()
            ),
            (status, elsewhere)
        );
    }
    let answer = staying().post(lab.url("Task/List")).send().await.unwrap();
    assert_eq!(
        answer.status(),
        StatusCode::UNAUTHORIZED,
        "the plan is over"
    );
}

#[tokio::test]
async fn f41_downloads_lie_about_their_length_and_type_or_are_gone() {
    let lab = misbehaving(&json!([
        { "on": { "path": "files/*", "nth": 1 }, "do": { "headers": { "content-length": "4", "content-type": "video/mp4" } } },
        { "on": { "path": "files/*", "nth": 2 }, "do": { "headers": { "content-length": "999" } } },
        { "on": { "path": "files/*", "nth": 3 }, "do": { "body": "other", "headers": { "content-length": "77" } } },
        { "on": { "path": "files/*", "nth": { "from": 4 } }, "do": { "status": 404 } },
    ]));
    let task = lab.run("sandbox/slow", json!({ "seconds": 0 })).await;
    let url = output_url(&lab.ended(&task).await);
    let get = || lab.http.get(&url).send();
    let short = get().await.unwrap();
    assert_eq!(
        (
            &short.headers()[CONTENT_LENGTH],
            &short.headers()[CONTENT_TYPE]
        ),
        (&"4".parse().unwrap(), &"video/mp4".parse().unwrap())
    );
    assert_eq!(short.text().await.unwrap(), "Aske");
    for length in ["999", "77"] {
        let long = get().await.unwrap();
        assert_eq!(long.headers()[CONTENT_LENGTH], length);
        assert!(long.bytes().await.is_err(), "{length} bytes never come");
    }
    for _ in 0..2 {
        assert_eq!(get().await.unwrap().status(), StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn f26_an_upload_breaks_and_nothing_of_it_stays() {
    let lab = misbehaving(&json!([
        { "on": { "path": "File/Upload", "nth": 1 }, "do": { "close": "upload", "after_bytes": 1_000_000 } },
        { "on": { "path": "File/Upload", "nth": 2 }, "do": { "close": "answer", "when": "after" } },
    ]));
    let send = || {
        let part = file(vec![0; 8 * 1024 * 1024], "a.mp4", "video/mp4");
        let form = Form::new().part("file", part);
        lab.post("File/Upload").multipart(form).send()
    };
    let kept = || {
        fs_err::read_dir(lab.dir.path().join("uploads"))
            .unwrap()
            .count()
    };
    assert!(send().await.is_err());
    assert_eq!(kept(), 0);
    assert!(send().await.is_err());
    assert!(kept() > 0, "it was handled, only the answer is lost");
    assert_eq!(send().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn f29_sockets_are_refused_in_every_way() {
    use tokio_tungstenite::tungstenite::Error;
    let lab = misbehaving(&json!([
        { "on": { "path": "socket", "nth": 1 }, "do": { "status": 401 } },
        { "on": { "path": "socket", "nth": 2 }, "do": { "status": 302, "headers": { "location": "http://127.0.0.1:1/" } } },
        { "on": { "path": "socket", "nth": 3 }, "do": { "close": "answer" } },
    ]));
    let connect = || tokio_tungstenite::connect_async(lab.sandbox.socket_url());
    for status in [401, 302] {
        match connect().await {
            Err(Error::Http(answer)) => {
                assert_eq!(answer.status().as_u16(), status);
                let location = answer.headers().get("location").is_some();
                assert_eq!(location, status == 302, "{status}");
            }
            other => panic!("{status}: {other:?}"),
        }
    }
    let cut = connect().await;
    assert!(
        matches!(&cut, Err(error) if !matches!(error, Error::Http(_))),
        "{cut:?}"
    );
    let mut socket = lab.socket().await;
    assert_eq!(socket.frame().await.unwrap()["type"], "connected");
}

#[tokio::test]
async fn f29_a_socket_drops_at_each_status() {
    let statuses = [
        "task_queue",
        "task_accept",
        "task_preprocess_start",
        "task_preprocess_end",
        "task_assign",
        "task_start",
        "task_error",
        "task_error_full",
        "task_output_full",
        "task_end",
        "task_postprocess_start",
        "task_postprocess_end",
    ];
    let rules: Vec<Value> = (1..)
        .zip(statuses)
        .map(|(nth, status)| json!({ "on": { "path": "socket", "nth": nth }, "do": { "drop_after": status } }))
        .collect();
    let plan = plan(&json!(rules));
    let lab = lab(|config| config.fault_plan(plan).workers(1));
    for status in statuses {
        let mut socket = lab.socket().await;
        // Nothing else to do for the worker: the task waits until it is followed.
        let task = lab.run("sandbox/failing", json!({})).await;
        socket.follow(&task).await;
        let last = socket.frames_until(status).await;
        assert_eq!(last.last().unwrap()["type"], status);
        assert_eq!(socket.frame().await, None, "{status}");
        assert_eq!(lab.ended(&task).await["pexit"], "1", "{status}");
    }
}

#[tokio::test]
async fn f33_frames_can_be_doubled_foreign_and_late() {
    let plan = plan(&json!([
        { "on": { "path": "socket" }, "do": { "inject": { "after": "task_accept", "frames": [
            { "type": "task_accept", "id": "{id}", "tasktoken": "{tasktoken}" },
            { "type": "task_end", "tasktoken": "somebody else's" },
            "{\"type\":\"task_queue\",\"tasktoken\":\"{tasktoken}\"}",
        ] } } },
    ]));
    let lab = lab(|config| config.fault_plan(plan).workers(1));
    let mut socket = lab.socket().await;
    let task = lab
        .run_followed("sandbox/failing", json!({}), &mut socket)
        .await;
    socket.frames_until("task_accept").await;
    let expected = [
        json!({ "type": "task_accept", "id": task.id, "tasktoken": task.token }),
        json!({ "type": "task_end", "tasktoken": "somebody else's" }),
        json!({ "type": "task_queue", "tasktoken": task.token }),
    ];
    for frame in expected {
        assert_eq!(socket.frame().await.unwrap(), frame);
    }
    socket.frames_until("task_postprocess_end").await;
}
