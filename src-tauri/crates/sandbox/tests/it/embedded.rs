use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wiro_sandbox::embedded::{Embedded, EmbeddedEndpoints};

use crate::support::{lab, signature};

fn ask(
    endpoints: &EmbeddedEndpoints,
    runtime: &tokio::runtime::Runtime,
) -> Result<Value, reqwest::Error> {
    let url = endpoints.api.replace("/v1", "/sandbox/stats");
    runtime.block_on(async { reqwest::get(url).await?.json().await })
}

/// Waits for something another thread does.
fn eventually(mut check: impl FnMut() -> bool) {
    let began = Instant::now();
    while !check() {
        assert!(
            began.elapsed() < Duration::from_secs(10),
            "it never happened"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn the_second_handle_uses_the_first_ones_sandbox_and_takes_over() {
    let dir = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let first = Embedded::attach(dir.path().to_owned()).unwrap();
    let second = Embedded::attach(dir.path().to_owned()).unwrap();
    assert!(first.is_serving() && !second.is_serving());
    let endpoints = first.endpoints();
    assert_eq!(endpoints, second.endpoints());
    assert!(
        endpoints.api.starts_with("http://127.0.0.1:")
            && endpoints.socket.starts_with("ws://127.0.0.1:")
    );
    ask(&endpoints, &runtime).unwrap();

    drop(first);
    eventually(|| second.is_serving());
    // Same keys, and the same port because nothing else took it.
    assert_eq!(second.endpoints(), endpoints);
    ask(&endpoints, &runtime).unwrap();
    drop(second);
    assert!(ask(&endpoints, &runtime).is_err());
}

/// A signed call to an embedded Sandbox.
fn call(
    at: &EmbeddedEndpoints,
    runtime: &tokio::runtime::Runtime,
    path: &str,
    body: &Value,
) -> Value {
    let request = reqwest::Client::new()
        .post(format!("{}/{path}", at.api))
        .header("x-api-key", &at.api_key)
        .header("x-nonce", "1")
        .header("x-signature", signature(&at.api_key, &at.api_secret, "1"))
        .json(body);
    runtime.block_on(async { request.send().await.unwrap().json().await.unwrap() })
}

#[test]
fn a_clean_end_puts_what_is_running_back_into_the_queue() {
    let dir = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let first = Embedded::attach(dir.path().to_owned()).unwrap();
    let at = first.endpoints();
    let task = call(&at, &runtime, "Run/sandbox/slow", &json!({ "seconds": 1 }));
    let detail = |at: &EmbeddedEndpoints| {
        let answer = call(
            at,
            &runtime,
            "Task/Detail",
            &json!({ "taskid": task["taskid"] }),
        );
        answer["tasklist"][0].clone()
    };
    eventually(|| detail(&at)["status"] == "task_start");
    drop(first);

    let second = Embedded::attach(dir.path().to_owned()).unwrap();
    let at = second.endpoints();
    eventually(|| detail(&at)["status"] == "task_postprocess_end");
    assert_eq!(detail(&at)["pexit"], "0");
    assert_eq!(
        detail(&at)["outputs"].as_array().unwrap().len(),
        1,
        "nothing of the first try is left"
    );
}

#[test]
fn a_waiting_handle_that_is_dropped_does_not_take_over() {
    let dir = tempfile::tempdir().unwrap();
    let first = Embedded::attach(dir.path().to_owned()).unwrap();
    drop(Embedded::attach(dir.path().to_owned()).unwrap());
    let endpoints = first.endpoints();
    drop(first);
    let third = Embedded::attach(dir.path().to_owned()).unwrap();
    assert!(third.is_serving());
    assert_eq!(third.endpoints().api_key, endpoints.api_key);
}

#[test]
fn a_taken_port_is_given_up_but_not_the_keys() {
    let dir = tempfile::tempdir().unwrap();
    let before = Embedded::attach(dir.path().to_owned()).unwrap().endpoints();
    let port: u16 = before
        .api
        .rsplit(':')
        .next()
        .unwrap()
        .trim_end_matches("/v1")
        .parse()
        .unwrap();
    let _taken = std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
    let after = Embedded::attach(dir.path().to_owned()).unwrap().endpoints();
    assert_ne!(before.api, after.api);
    assert_eq!(
        (before.api_key, before.api_secret),
        (after.api_key, after.api_secret)
    );
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_the_keys() {
    use std::os::unix::fs::PermissionsExt;

    let dir = tempfile::tempdir().unwrap();
    let _embedded = Embedded::attach(dir.path().to_owned()).unwrap();
    let mode = fs_err::metadata(dir.path().join("identity.json"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn keys_do_not_show_in_debug_output() {
    let dir = tempfile::tempdir().unwrap();
    let embedded = Embedded::attach(dir.path().to_owned()).unwrap();
    let endpoints = embedded.endpoints();
    let shown = format!("{embedded:?} {endpoints:?}");
    assert!(!shown.contains(&endpoints.api_key) && !shown.contains(&endpoints.api_secret));
}

#[tokio::test]
async fn it_serves_while_a_runtime_is_busy_elsewhere() {
    // Attaching from within a runtime must neither need nor disturb it.
    let dir = tempfile::tempdir().unwrap();
    let embedded = Embedded::attach(dir.path().to_owned()).unwrap();
    let client = lab(|config| config).http;
    let answer = client
        .post(format!("{}/Tool/List", embedded.endpoints().api))
        .json(&json!({}))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.json::<Value>().await.unwrap()["total"], 12);
}

#[test]
fn a_damaged_identity_is_put_aside_and_a_new_one_made() {
    let dir = tempfile::tempdir().unwrap();
    fs_err::write(dir.path().join("identity.json"), "{\"port\":").unwrap();
    let embedded = Embedded::attach(dir.path().to_owned()).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    ask(&embedded.endpoints(), &runtime).unwrap();
    assert!(dir.path().join("identity.json").exists());
    assert!(dir.path().join("identity.json.broken").exists());
}
