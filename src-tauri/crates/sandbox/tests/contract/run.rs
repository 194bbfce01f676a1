//! Section 6.1 and 6.2: a run and what becomes of its parameters.

use crate::support::shape::{assert_keys, payload};
use crate::support::{Sandbox, model};
use reqwest::multipart::Form;
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[tokio::test]
async fn section_6_1_the_answer_of_a_run() {
    let sandbox = Sandbox::start().await;
    let mut seen = BTreeSet::new();
    for _ in 0..4 {
        let answer = sandbox
            .post("/Run/sandbox/pattern", json!({"prompt": "sea"}))
            .await;
        let body = answer.success();
        assert_keys(body, &payload!("run.model.response.01.json"), &[]);
        let token = body["socketaccesstoken"].as_str().unwrap();
        assert_eq!(token.len(), 30, "{token}");
        assert!(
            token.bytes().all(|byte| byte.is_ascii_alphanumeric()),
            "{token}"
        );
        assert!(seen.insert(token.to_owned()) && seen.insert(body["taskid"].to_string()));
    }
}

/// Scalars keep their natural type, and unknown parameters are kept (section 6.1).
#[tokio::test]
async fn section_6_1_parameters_keep_their_types() {
    let sandbox = Sandbox::serving(&[model::model("all", &json!([]))], &[]).await;
    let parameters = json!({
        "prompt": "Grüße, 世界 🌍\n\"quoted\"",
        "width": 1024,
        "strength": 1.5,
        "duration": "10",
        "flag": true,
        "rate": "24000",
        "list": ["a", 1],
        "nested": {"deep": [null, {"x": 1}]},
        "empty": "",
    });
    let run = sandbox.run("price-lab/all", parameters.clone()).await;
    let task = sandbox.succeeded(&run).await;
    for (name, value) in parameters.as_object().unwrap() {
        assert_eq!(&task["parameters"][name], value, "{name}");
    }
    assert!(
        task["debugoutput"].as_str().unwrap().contains("世界"),
        "{task:#}"
    );
}

/// Plain text parts are parameters (section 6.3); numbers come as text.
#[tokio::test]
async fn section_6_2_multipart_without_files_is_a_run_too() {
    let sandbox = Sandbox::start().await;
    let form = Form::new()
        .text("prompt", "Grüße & more = 1")
        .text("width", "96")
        .text("height", "64");
    let run = sandbox.run_form("sandbox/pattern", form).await;
    let task = sandbox.succeeded(&run).await;
    assert_eq!(task["parameters"]["prompt"], "Grüße & more = 1");
    let picture = sandbox.bytes(&task["outputs"][0]["url"]).await;
    let picture = image::load_from_memory(&picture).unwrap();
    assert_eq!((picture.width(), picture.height()), (96, 64));
}

/// The common optional fields are no parameters of the model (section 6.1).
#[tokio::test]
async fn section_6_1_projectid_is_accepted_on_every_model() {
    let sandbox = Sandbox::start().await;
    let body = json!({"prompt": "sea", "projectid": "1", "width": 64, "height": 64});
    let run = sandbox.run("sandbox/pattern", body).await;
    sandbox.succeeded(&run).await;
}

/// `parameters: null` is a model whose inputs nobody checks (sections 5.3 and 6.4).
#[tokio::test]
async fn section_5_3_a_model_without_a_schema_takes_anything() {
    let mut bare = model::model("bare", &json!([]));
    bare["parameters"] = Value::Null;
    let sandbox = Sandbox::serving(&[bare], &[]).await;
    for body in [json!({}), json!({"prompt": 1, "x": [true]})] {
        let run = sandbox.run("price-lab/bare", body.clone()).await;
        let task = sandbox.succeeded(&run).await;
        assert_eq!(task["parameters"], body);
    }
}
