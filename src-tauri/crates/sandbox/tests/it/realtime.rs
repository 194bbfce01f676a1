//! Sessions that a fault plan cuts off, and one that the Sandbox itself does.

use serde_json::{Value, json};

use crate::support::{Lab, Socket, Task, lab, plan, restarted};

/// Runs a text of two sentences, the second far too long to wait for, up to a frame of this type.
async fn keyed_until(lab: &Lab, last: &str) -> (Socket, Task) {
    let mut socket = lab.socket().await;
    let body = json!({ "text": format!("E. {}", "PARIS ".repeat(50)), "speed": 60 });
    let task = lab
        .run_followed("sandbox/morse-tts", body, &mut socket)
        .await;
    socket.frames_until(last).await;
    (socket, task)
}

/// What the turns cost that were over by then stays charged.
#[tokio::test]
async fn a_line_that_is_cut_ends_the_session() {
    for (cut, cost) in [("task_stream_ready", "0"), ("task_cost", "0.001000000000")] {
        let plan = plan(&json!([{ "on": { "path": "socket" }, "do": { "drop_after": cut } }]));
        let lab = lab(|config| config.fault_plan(plan).workers(1));
        let (_socket, task) = keyed_until(&lab, cut).await;
        let detail = lab.ended(&task).await;
        assert_eq!(
            (&detail["pexit"], &detail["totalcost"]),
            (&json!("0"), &json!(cost)),
            "{detail:#}"
        );
        let note = detail["debugerror"].as_str().unwrap();
        assert!(note.contains("disconnected"), "{note}");
    }
}

/// A session cannot be taken up again, but what was paid for is not forgotten.
#[tokio::test]
async fn a_session_that_the_sandbox_leaves_is_an_error_with_its_cost() {
    let lab = lab(|config| config.workers(1).balance("20".parse().unwrap()));
    let (_socket, task) = keyed_until(&lab, "task_cost").await;
    let lab = restarted(lab, |config| config).await;
    let detail = lab.detail(&task).await;
    assert_eq!(detail["status"], "task_error", "{detail:#}");
    assert_eq!(detail["totalcost"], "0.001000000000");
    let balance: Value = lab.stats().await["balance"].clone();
    assert_eq!(balance.as_str().unwrap().trim_end_matches('0'), "19.999");
}
