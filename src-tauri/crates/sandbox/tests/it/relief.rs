//! The model that makes a solid of a picture.

use gltf::Gltf;
use image::ImageFormat;
use reqwest::multipart::Form;
use serde_json::json;

use crate::support::{download, file, lab, lying_jpeg, output_url, picture};

#[tokio::test]
async fn a_picture_becomes_a_solid_step_by_step() {
    let lab = lab(|config| config.workers(1));
    let pattern = json!({ "prompt": "hills", "width": 96, "height": 64 });
    let url = output_url(&lab.ended(&lab.run("sandbox/pattern", pattern).await).await);
    let mut socket = lab.socket().await;
    let body = json!({ "inputImageUrl": url, "height": 0.5 });
    let task = lab.run_followed("sandbox/relief", body, &mut socket).await;
    let frames = socket.frames_until("task_postprocess_end").await;
    let steps: Vec<_> = frames
        .iter()
        .filter(|frame| frame["message"].get("percentage").is_some())
        .map(|frame| &frame["message"]["task"])
        .collect();
    assert_eq!(steps, ["Measure", "Shape", "Paint", "Write"]);

    let detail = lab.ended(&task).await;
    assert_eq!(
        (&detail["pexit"], &detail["totalcost"]),
        (&json!("0"), &json!("0.012000000000"))
    );
    let output = &detail["outputs"][0];
    assert_eq!(
        (&output["name"], &output["contenttype"]),
        (&json!("relief.glb"), &json!("model/gltf-binary"))
    );
    let (_, bytes) = download(&output_url(&detail)).await;
    let solid = Gltf::from_slice(&bytes).unwrap();
    let mesh = solid.meshes().next().unwrap();
    let bounds = mesh.primitives().next().unwrap().bounding_box();
    assert!(
        (bounds.max[0] - bounds.min[0] - 1.0).abs() < 1e-6,
        "{bounds:?}"
    );
    assert!(
        (bounds.max[1] - bounds.min[1] - 2.0 / 3.0).abs() < 1e-6,
        "{bounds:?}"
    );
    // The base and at most the height that was asked for.
    assert!(
        bounds.min[2].abs() < 1e-6 && bounds.max[2] <= 0.55,
        "{bounds:?}"
    );
}

#[tokio::test]
async fn pictures_are_turned_upright_and_nonsense_is_refused() {
    let lab = lab(|config| config);
    let sent = |bytes: Vec<u8>| Form::new().part("inputImage", file(bytes, "a.jpg", "image/jpeg"));
    let task = lab
        .run_form("sandbox/relief", sent(lying_jpeg(40, 20)))
        .await;
    let (_, bytes) = download(&output_url(&lab.ended(&task).await)).await;
    let solid = Gltf::from_slice(&bytes).unwrap();
    let mesh = solid.meshes().next().unwrap();
    let bounds = mesh.primitives().next().unwrap().bounding_box();
    assert!(bounds.max[1] > bounds.max[0], "{bounds:?}");

    let task = lab
        .run_form("sandbox/relief", sent(b"nothing".to_vec()))
        .await;
    let detail = lab.ended(&task).await;
    assert_eq!(
        (&detail["pexit"], &detail["totalcost"]),
        (&json!("1"), &json!("0"))
    );
    let reason = detail["debugerror"].as_str().unwrap();
    assert!(reason.starts_with("Cannot read the picture: "), "{reason}");
    let refusals = [
        (json!({}), "Request files [inputImage] required"),
        (
            json!({ "inputImageUrl": "http://127.0.0.1/a.png", "height": 1.5 }),
            "Request parameter [height] must be between 0 and 1",
        ),
    ];
    for (body, message) in refusals {
        let refusal = lab.refusal("Run/sandbox/relief", body).await;
        assert_eq!(refusal, (0, message.to_owned()));
    }
}

#[tokio::test]
async fn nothing_of_a_killed_one_stays() {
    let lab = lab(|config| config.workers(1));
    let large = picture(2400, 2400, ImageFormat::Png);
    let start = async || {
        let form = Form::new().part("inputImage", file(large.clone(), "a.png", "image/png"));
        lab.run_form("sandbox/relief", form).await
    };
    let task = lab.killed_while_computing(start).await;
    let next = lab.run("sandbox/failing", json!({})).await;
    assert_eq!(lab.ended(&next).await["pexit"], "1", "the worker is free");
    lab.files_left(&task, 1).await;
    let detail = lab.detail(&task).await;
    assert_eq!(
        (&detail["status"], &detail["outputs"], &detail["totalcost"]),
        (&json!("task_cancel"), &json!([]), &json!("0"))
    );
}
