//! `Task/InputOutputDelete`.

use image::ImageFormat;
use reqwest::StatusCode;
use reqwest::multipart::Form;
use serde_json::{Value, json};

use crate::support::{Lab, Task, download, eventually, file, lab, output_url, picture, restarted};

async fn delete(lab: &Lab, task: &Task) -> Value {
    lab.call("Task/InputOutputDelete", json!({ "tasktoken": task.token }))
        .await
}

fn done() -> Value {
    json!({ "result": true, "errors": [] })
}

fn not_yet() -> (u64, String) {
    let message = "Task must be completed or cancelled before deleting files";
    (1, message.to_owned())
}

async fn refusal(lab: &Lab, task: &Task) -> (u64, String) {
    lab.refusal("Task/InputOutputDelete", json!({ "tasktoken": task.token }))
        .await
}

#[tokio::test]
async fn inputs_and_outputs_go_and_the_record_stays() {
    let lab = lab(|config| config);
    let form = Form::new().part(
        "inputImage",
        file(picture(9, 9, ImageFormat::Png), "a.png", "image/png"),
    );
    let task = lab.run_form("sandbox/upscale", form).await;
    let before = lab.ended(&task).await;
    let input = before["parameters"]["inputImage"].as_str().unwrap();
    let output = output_url(&before);
    let folder = lab.dir.path().join("files").join(&task.id);
    for url in [input, &output] {
        assert_eq!(download(url).await.0, StatusCode::OK, "{url}");
    }
    assert_eq!(before["outputfolderid"], task.id);
    assert!(folder.exists());

    assert_eq!(delete(&lab, &task).await, done());
    assert!(!folder.exists());
    for url in [input, &output] {
        assert_eq!(download(url).await.0, StatusCode::NOT_FOUND, "{url}");
    }
    let mut expected = before.clone();
    expected["outputs"] = json!([]);
    expected["outputfolderid"] = json!("0");
    assert_eq!(lab.detail(&task).await, expected);
    // As often as one likes, and for good.
    assert_eq!(delete(&lab, &task).await, done());
    let lab = restarted(lab, |config| config).await;
    let after = lab.detail(&task).await;
    assert_eq!(
        (
            &after["outputs"],
            &after["outputfolderid"],
            &after["totalcost"]
        ),
        (&json!([]), &json!("0"), &before["totalcost"])
    );
    assert_eq!(delete(&lab, &task).await, done());
}

#[tokio::test]
async fn what_was_uploaded_by_itself_stays() {
    let lab = lab(|config| config);
    let part = file(picture(9, 9, ImageFormat::Png), "a.png", "image/png");
    let upload = lab
        .post("File/Upload")
        .multipart(Form::new().part("file", part))
        .send()
        .await;
    let upload: Value = upload.unwrap().json().await.unwrap();
    let url = upload["list"][0]["url"].as_str().unwrap();
    let task = lab
        .run("sandbox/upscale", json!({ "inputImageUrl": url }))
        .await;
    assert_eq!(lab.ended(&task).await["pexit"], "0");
    assert_eq!(delete(&lab, &task).await, done());
    assert_eq!(download(url).await.0, StatusCode::OK);
}

#[tokio::test]
async fn only_completed_and_cancelled_tasks_qualify() {
    let lab = lab(|config| config.workers(1));
    let running = lab.run("sandbox/slow", json!({ "seconds": 300 })).await;
    lab.until(&running, |status| status == "task_start").await;
    let queued = lab.run("sandbox/failing", json!({})).await;
    for task in [&running, &queued] {
        assert_eq!(refusal(&lab, task).await, not_yet());
    }
    lab.call("Task/Cancel", json!({ "taskid": queued.id }))
        .await;
    lab.call("Task/Kill", json!({ "taskid": running.id })).await;
    let failed = lab.run("sandbox/failing", json!({})).await;
    lab.ended(&failed).await;
    for task in [&running, &queued, &failed] {
        assert_eq!(delete(&lab, task).await, done());
        assert_eq!(lab.detail(task).await["outputfolderid"], "0");
    }
    let gone = lab
        .sandbox
        .api_url()
        .replace("/v1", "/files/1/nothing/a.png");
    let broken = lab
        .run("sandbox/upscale", json!({ "inputImageUrl": gone }))
        .await;
    assert_eq!(lab.ended(&broken).await["status"], "task_error");
    assert_eq!(refusal(&lab, &broken).await, not_yet());
}

#[tokio::test]
async fn the_socket_token_is_the_only_name() {
    let lab = lab(|config| config);
    let task = lab.run("sandbox/failing", json!({})).await;
    lab.ended(&task).await;
    for body in [
        json!({}),
        json!({ "taskid": task.id }),
        json!({ "tasktoken": "x" }),
        json!({ "tasktoken": task.id }),
    ] {
        let refusal = lab.refusal("Task/InputOutputDelete", body.clone()).await;
        assert_eq!(refusal, (1, "task-not-exist".to_owned()), "{body}");
    }
    let keyless = lab
        .http
        .post(lab.url("Task/InputOutputDelete"))
        .json(&json!({ "tasktoken": task.token }))
        .send()
        .await
        .unwrap();
    assert_eq!(keyless.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_killed_model_leaves_nothing_of_its_own() {
    let lab = lab(|config| config.workers(1));
    let body = json!({ "prompt": "a", "width": 2048, "height": 2048 });
    let task = lab.run("sandbox/pattern", body).await;
    let folder = lab.dir.path().join("files").join(&task.id);
    eventually("the model's folder", || folder.exists()).await;
    lab.call("Task/Kill", json!({ "taskid": task.id })).await;
    eventually("its removal", || {
        fs_err::read_dir(&folder).is_ok_and(|left| left.count() == 0)
    })
    .await;
    assert_eq!(delete(&lab, &task).await, done());
    assert!(!folder.exists());
}
