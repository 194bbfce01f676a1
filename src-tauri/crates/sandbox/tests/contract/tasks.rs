//! Sections 7.2, 7.3 and 7.8: what Task/Detail and Task/List show.

use crate::support::shape::{assert_keys, is_decimal, payload};
use crate::support::{Sandbox, part, png};
use reqwest::multipart::Form;
use serde_json::{Value, json};

/// What section 7.2 documents beside the sample's keys.
const ALSO_IN_A_TASK: [&str; 4] = ["debugerror", "outputfolderid", "teamguid", "uuid"];

fn sample() -> Value {
    payload!("task.detail.response.01.json")["tasklist"][0].clone()
}

fn assert_task(task: &Value) {
    assert_keys(task, &sample(), &ALSO_IN_A_TASK);
    assert!(is_decimal(&task["elapsedseconds"]), "{task:#}");
    assert!(is_decimal(&task["totalcost"]), "{task:#}");
    for output in task["outputs"].as_array().unwrap() {
        assert_keys(output, &sample()["outputs"][0], &[]);
        assert!(is_decimal(&output["size"]), "{task:#}");
    }
}

fn seconds_now() -> u64 {
    let now = std::time::SystemTime::now();
    now.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
}

#[tokio::test]
async fn section_7_2_a_finished_task() {
    let sandbox = Sandbox::start().await;
    let form = Form::new().part("inputImage", part("a.png", png(10, 10)));
    let run = sandbox.run_form("sandbox/upscale", form).await;
    let task = sandbox.succeeded(&run).await;
    assert_task(&task);
    assert_eq!(
        (&task["id"], &task["socketaccesstoken"]),
        (&json!(run.id), &json!(run.token))
    );
    assert_eq!(
        (&task["modelslugowner"], &task["modelslugproject"]),
        (&json!("sandbox"), &json!("upscale"))
    );
    for time in ["starttime", "endtime"] {
        let time: u64 = task[time].as_str().unwrap().parse().unwrap();
        assert!(time.abs_diff(seconds_now()) < 120, "{task:#}");
    }
    let output = &task["outputs"][0];
    let bytes = sandbox.bytes(&output["url"]).await;
    assert_eq!(output["size"], bytes.len().to_string());
    assert_eq!(output["contenttype"], "image/png");
}

#[tokio::test]
async fn section_7_2_a_waiting_and_a_running_task() {
    let sandbox = Sandbox::key_only(&["--workers", "1"]).await;
    let running = sandbox.occupy_worker().await;
    let waiting = sandbox.run("sandbox/slow", json!({"seconds": 1})).await;
    for (run, status) in [(&waiting, "task_queue"), (&running, "task_start")] {
        let task = sandbox.task(run).await;
        assert_task(&task);
        assert!(
            task["status"] == status || task["status"] == "task_output",
            "{task:#}"
        );
        assert_eq!(
            (&task["pexit"], &task["endtime"]),
            (&json!(""), &json!("")),
            "{task:#}"
        );
        assert_eq!(task["outputs"], json!([]));
        assert_eq!(
            task["totalcost"]
                .as_str()
                .unwrap()
                .trim_end_matches(['0', '.']),
            ""
        );
    }
    assert_eq!(sandbox.task(&waiting).await["starttime"], "");
}

/// `"0.003510000000"` on success, `"0"` on failure (sections 4.2 and 7.8).
#[tokio::test]
async fn section_7_8_only_success_is_charged() {
    let sandbox = Sandbox::start().await;
    let good = sandbox
        .run(
            "sandbox/pattern",
            json!({"prompt": "a", "width": 64, "height": 64}),
        )
        .await;
    let cost = sandbox.succeeded(&good).await["totalcost"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(cost.split_once('.').unwrap().1.len(), 12, "{cost}");
    let bad = sandbox.run("sandbox/failing", json!({})).await;
    assert_eq!(sandbox.finished(&bad).await["totalcost"], "0");
}

#[tokio::test]
async fn section_7_2_a_task_by_every_name() {
    let sandbox = Sandbox::start().await;
    let run = sandbox.run("sandbox/pattern", json!({"prompt": "a"})).await;
    let other = sandbox.run("sandbox/pattern", json!({"prompt": "b"})).await;
    sandbox.finished(&run).await;
    sandbox.finished(&other).await;
    let cases = [
        json!({"tasktoken": run.token}),
        json!({"taskid": run.id}),
        json!({"tasktoken": run.token, "taskid": run.id}),
        // The error text of this very call names the token so.
        json!({"socketaccesstoken": run.token}),
    ];
    for body in cases {
        let answer = sandbox.post("/Task/Detail", body.clone()).await;
        assert_keys(
            answer.success(),
            &payload!("task.detail.response.01.json"),
            &[],
        );
        assert_eq!(answer.body["total"], "1", "{body}");
        assert_eq!(
            answer.body["tasklist"].as_array().unwrap().len(),
            1,
            "{body}"
        );
        assert_eq!(answer.body["tasklist"][0]["id"], run.id, "{body}");
    }
}

#[tokio::test]
async fn section_7_2_refusals() {
    let sandbox = Sandbox::start().await;
    for body in [json!({}), json!({"taskid": "", "tasktoken": ""})] {
        let answer = sandbox.post("/Task/Detail", body).await;
        answer.refused(0, "taskid or socketaccesstoken is required");
    }
    for body in [
        json!({"taskid": "999999"}),
        json!({"tasktoken": "x".repeat(30)}),
    ] {
        let answer = sandbox.post("/Task/Detail", body).await;
        let none = answer.body["tasklist"] == json!([]);
        assert!(
            none || answer.message() == "There is no task yet.",
            "{answer:#?}"
        );
        assert!(none || answer.body["errors"][0]["code"] == 1, "{answer:#?}");
    }
}

#[tokio::test]
async fn section_7_3_a_list_has_the_shape_of_a_detail() {
    let sandbox = Sandbox::start().await;
    let empty = sandbox
        .post("/Task/List", payload!("task.list.request.01.json"))
        .await;
    assert_eq!(empty.success(), &payload!("task.list.response.01.json"));
    let run = sandbox.run("sandbox/pattern", json!({"prompt": "a"})).await;
    let task = sandbox.finished(&run).await;
    let answer = sandbox.post("/Task/List", json!({})).await;
    assert_eq!(answer.success()["total"], "1");
    assert_eq!(answer.body["tasklist"], json!([task]));
}
