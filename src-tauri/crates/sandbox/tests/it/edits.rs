//! Answers that a fault plan changes, refuses or holds up.

use std::time::{Duration, Instant};

use reqwest::header::{DATE, RETRY_AFTER};
use reqwest::multipart::Form;
use serde_json::{Value, json};

use crate::support::{Lab, file, lab, output_url, plan};

fn misbehaving(rules: &Value) -> Lab {
    let plan = plan(rules);
    lab(|config| config.fault_plan(plan))
}

/// A rule for each action, one call after the other.
fn in_turn<'a>(path: &str, actions: impl IntoIterator<Item = &'a Value>) -> Value {
    let rules = (1..)
        .zip(actions)
        .map(|(nth, action)| json!({ "on": { "path": path, "nth": nth }, "do": action }));
    Value::Array(rules.collect())
}

async fn list(lab: &Lab) -> reqwest::Response {
    lab.post("Task/List").json(&json!({})).send().await.unwrap()
}

/// Name, HTTP status, code and words of every refusal that section 3.4 of `PROTOCOL.md` lists.
const REFUSALS: [(&str, u16, u32, &str); 26] = [
    (
        "unknown_key",
        401,
        0,
        "Project authorization is not founded.",
    ),
    (
        "signature_missing",
        401,
        0,
        "Project requires signature authentication. x-signature and x-nonce headers are required.",
    ),
    (
        "signature_wrong",
        401,
        0,
        "Project authorization is not valid.",
    ),
    ("address", 401, 0, "Requested ip 127.0.0.1 is not allowed."),
    (
        "bearer_missing",
        401,
        99,
        "Authorization bearer token is not founded in headers.",
    ),
    (
        "bearer_invalid",
        401,
        99,
        "Authorization bearer token is invalid.",
    ),
    (
        "bearer_expired",
        401,
        99,
        "Authorization bearer token expired.",
    ),
    ("unknown_path", 404, 0, "Error parsing url."),
    ("balance", 200, 97, "Insufficient balance"),
    (
        "concurrency",
        200,
        96,
        "You have reached your concurrent task limit. With your current balance of $100.00, you can run up to 10 tasks \
         at the same time. Add funds to increase your limit.",
    ),
    ("sign_in", 200, 98, "sign in to run this model"),
    ("invalid", 200, 0, "Request parameters are invalid."),
    ("not_accessible", 200, 1, "tool-not-accessible"),
    ("no_model", 200, 1, "slug-owner-project-not-exist"),
    (
        "suspended",
        200,
        0,
        "Your account has been suspended. Please contact support if you believe this is a mistake.",
    ),
    (
        "permission",
        200,
        0,
        "You don't have any permission for this action.",
    ),
    (
        "team_model",
        200,
        0,
        "This model is not allowed in your team. Contact your team admin.",
    ),
    (
        "training_name",
        200,
        0,
        "Your model name should be contain (A-Z) (0-9) (-) (_) (.)",
    ),
    (
        "training_name_forbidden",
        200,
        0,
        "This name is not allowed",
    ),
    (
        "training_name_taken",
        200,
        0,
        "This model name is already in use",
    ),
    ("no_task", 200, 1, "There is no task yet."),
    (
        "task_unnamed",
        200,
        0,
        "taskid or socketaccesstoken is required",
    ),
    (
        "not_cancellable",
        200,
        1,
        "Task is not in a cancellable state.",
    ),
    (
        "not_killable",
        200,
        1,
        "Task could not be killed: the worker does not answer",
    ),
    ("no_task_files", 200, 1, "task-not-exist"),
    (
        "files_in_use",
        200,
        1,
        "Task must be completed or cancelled before deleting files",
    ),
];

#[tokio::test]
async fn f12_every_documented_refusal_can_be_had() {
    let actions: Vec<Value> = REFUSALS
        .iter()
        .map(|(name, ..)| json!({ "refuse": name }))
        .collect();
    let lab = misbehaving(&in_turn("Run/*", &actions));
    for (name, status, code, message) in REFUSALS {
        let answer = lab.post("Run/sandbox/slow").json(&json!({})).send();
        let answer = answer.await.unwrap();
        assert_eq!(answer.status(), status, "{name}");
        let expected = json!({ "result": false, "errors": [{ "code": code, "message": message }] });
        assert_eq!(answer.json::<Value>().await.unwrap(), expected, "{name}");
    }
    assert_eq!(lab.call("Task/List", json!({})).await["total"], "0");
}

#[tokio::test]
async fn f17_errors_come_in_every_shape() {
    let no = "no";
    let table = [
        (
            json!({ "error": { "code": "E1", "message": no } }),
            200,
            json!({ "result": false, "errors": [{ "code": "E1", "message": no }] }),
        ),
        (
            json!({ "error": { "code": "97", "message": no } }),
            200,
            json!({ "result": false, "errors": [{ "code": "97", "message": no }] }),
        ),
        (
            json!({ "error": { "message": no }, "status": 400 }),
            400,
            json!({ "result": false, "errors": [{ "message": no }] }),
        ),
        (
            json!({ "refuse": "sign_in", "status": 403 }),
            403,
            json!({ "result": false, "errors": [{ "code": 98, "message": "sign in to run this model" }] }),
        ),
        (
            json!({ "refuse": "invalid", "edit": [{ "set": { "/errors": [] } }] }),
            200,
            json!({ "result": false, "errors": [] }),
        ),
        (
            json!({ "refuse": "invalid", "edit": [{ "set": { "/errors": null } }] }),
            200,
            json!({ "result": false, "errors": null }),
        ),
        (
            json!({ "edit": [{ "remove": ["/result", "/total"] }] }),
            200,
            json!({ "errors": [], "tasklist": [] }),
        ),
        (
            json!({ "edit": [{ "wrap": "data" }] }),
            200,
            json!({ "result": true, "errors": [], "data": { "total": "0", "tasklist": [] } }),
        ),
        (
            json!({ "relabel": 202 }),
            202,
            json!({ "result": true, "errors": [], "total": "0", "tasklist": [] }),
        ),
    ];
    let lab = misbehaving(&in_turn(
        "Task/List",
        table.iter().map(|(action, ..)| action),
    ));
    for (action, status, body) in table {
        let answer = list(&lab).await;
        assert_eq!(answer.status(), status, "{action}");
        assert_eq!(answer.json::<Value>().await.unwrap(), body, "{action}");
    }
}

#[tokio::test]
async fn f20_text_is_changed_where_no_json_could_be() {
    let actions = [
        json!({ "edit": [{ "prefix": "\u{feff}" }] }),
        json!({ "edit": [{ "replace": [{ "from": "\"total\":\"0\"", "to": "\"total\":1e400,\"total\":\"2\"" }] }] }),
        json!({ "edit": [{ "replace": [{ "from": "true", "to": "\"{fill:3000000}\"" }] }] }),
    ];
    let lab = misbehaving(&in_turn("Task/List", &actions));
    let plain = r#"{"result":true,"errors":[],"total":"0","tasklist":[]}"#;
    let marked = list(&lab).await.bytes().await.unwrap();
    assert_eq!(marked, [b"\xef\xbb\xbf", plain.as_bytes()].concat());
    let odd = list(&lab).await.text().await.unwrap();
    assert_eq!(
        odd,
        plain.replace("\"total\":\"0\"", "\"total\":1e400,\"total\":\"2\"")
    );
    assert_eq!(
        list(&lab).await.text().await.unwrap().len(),
        plain.len() - 4 + 2 + 3_000_000
    );
    assert_eq!(list(&lab).await.text().await.unwrap(), plain);
}

#[tokio::test]
async fn f24_run_answers_without_one_of_its_ids() {
    let actions = [
        json!(["/taskid"]),
        json!(["/socketaccesstoken"]),
        json!(["/taskid", "/socketaccesstoken"]),
    ];
    let actions = actions.map(|remove| json!({ "edit": [{ "remove": remove }] }));
    let lab = misbehaving(&in_turn("Run/*", &actions));
    for (taskid, token) in [(false, true), (true, false), (false, false)] {
        let answer = lab.call("Run/sandbox/slow", json!({ "seconds": 0 })).await;
        assert_eq!(answer["result"], true);
        assert_eq!(answer["taskid"].is_string(), taskid, "{answer}");
        assert_eq!(answer["socketaccesstoken"].is_string(), token, "{answer}");
    }
    assert_eq!(lab.call("Task/List", json!({})).await["total"], "3");
}

#[tokio::test]
async fn f23_f38_a_task_is_shown_as_it_never_was() {
    let sets = [
        json!({ "/tasklist/0/status": "task_dream" }),
        json!({ "/tasklist/0/status": "task_error", "/tasklist/0/debugerror": "no GPU" }),
        json!({ "/tasklist/0/pexit": 0 }),
        json!({ "/tasklist/0/outputs": [] }),
    ];
    let actions = sets.clone().map(|set| json!({ "edit": [{ "set": set }] }));
    let lab = misbehaving(&in_turn("Task/Detail", &actions));
    // The socket tells when the task is over: nothing is asked for before.
    let mut socket = lab.socket().await;
    let task = lab.run("sandbox/slow", json!({ "seconds": 0.3 })).await;
    socket.follow(&task).await;
    socket.frames_until("task_postprocess_end").await;
    for set in sets {
        let shown = lab.call("Task/Detail", json!({ "taskid": task.id })).await;
        for (pointer, value) in set.as_object().unwrap() {
            assert_eq!(shown.pointer(pointer), Some(value), "{pointer}");
        }
    }
    let detail = lab.detail(&task).await;
    assert_eq!(
        (&detail["status"], &detail["pexit"]),
        (&json!("task_postprocess_end"), &json!("0"))
    );
}

#[tokio::test]
async fn f07_waits_and_clocks_are_relative_to_now() {
    let actions = [
        json!({ "status": 429, "retry_after": "{date+20}" }),
        json!({ "refuse": "unknown_key", "headers": { "date": "{date-86400}" } }),
    ];
    let lab = misbehaving(&in_turn("Task/List", &actions));
    let moment = |answer: &reqwest::Response, name| {
        httpdate::parse_http_date(answer.headers()[name].to_str().unwrap()).unwrap()
    };
    let now = std::time::SystemTime::now();
    let wait = moment(&list(&lab).await, RETRY_AFTER)
        .duration_since(now)
        .unwrap();
    assert!((15..30).contains(&wait.as_secs()), "{wait:?}");
    let denied = list(&lab).await;
    assert_eq!(denied.status(), 401);
    let behind = now.duration_since(moment(&denied, DATE)).unwrap();
    assert!((86_000..87_000).contains(&behind.as_secs()), "{behind:?}");
}

#[tokio::test]
async fn f18_bodies_come_slowly_and_uploads_are_not_read() {
    let lab = misbehaving(&json!([
        { "on": { "path": "Task/List", "nth": 1 }, "do": { "bytes_per_second": 200 } },
        { "on": { "path": "File/Upload", "nth": 1 }, "do": { "stall": "upload", "after_bytes": 65536 } },
    ]));
    let began = Instant::now();
    let slow = list(&lab).await;
    let length = slow.content_length().unwrap();
    let text = slow.text().await.unwrap();
    assert_eq!(text.len() as u64, length);
    // 53 bytes, 20 of them each tenth of a second: three waits.
    assert!(
        began.elapsed() >= Duration::from_millis(300),
        "{:?}",
        began.elapsed()
    );
    let upload = |bytes: usize| {
        let part = file(vec![0; bytes], "a.mp4", "video/mp4");
        lab.post("File/Upload")
            .multipart(Form::new().part("file", part))
    };
    let stuck = upload(64 * 1024 * 1024)
        .timeout(Duration::from_millis(500))
        .send()
        .await;
    assert!(stuck.unwrap_err().is_timeout());
    assert_eq!(upload(10).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn f41_files_change_under_their_address() {
    let lab = misbehaving(&json!([
        { "on": { "path": "files/*", "nth": 1 }, "do": { "headers": { "etag": "\"other\"" } } },
        { "on": { "path": "files/*", "nth": 2 }, "do": { "relabel": 206, "headers": { "content-range": "bytes 0-3/4" } } },
        { "on": { "path": "files/*", "nth": 3 }, "do": { "edit": [{ "replace": [{ "from": "Asked", "to": "Told" }] }] } },
    ]));
    let task = lab.run("sandbox/slow", json!({ "seconds": 0 })).await;
    let url = output_url(&lab.ended(&task).await);
    let get = || async { lab.http.get(&url).send().await.unwrap() };
    let other = get().await;
    assert_eq!(
        (other.status().as_u16(), &other.headers()["etag"]),
        (200, &"\"other\"".parse().unwrap())
    );
    let part = get().await;
    assert_eq!(
        (part.status().as_u16(), &part.headers()["content-range"]),
        (206, &"bytes 0-3/4".parse().unwrap())
    );
    assert!(get().await.text().await.unwrap().starts_with("Told for 0"));
    assert_ne!(get().await.headers()["etag"], "\"other\"");
}
