//! Section 3: the envelope and the wordings that no other module covers.

use crate::support::{Sandbox, model};
use serde_json::{Value, json};

#[tokio::test]
async fn section_3_4_an_unknown_path_is_404() {
    let sandbox = Sandbox::start().await;
    for path in [
        "/Nothing/Here",
        "/tool/list",
        "/Tool/list",
        "/Tool",
        "/Run/sandbox",
    ] {
        let answer = sandbox.post(path, json!({})).await;
        answer.failed(404, 0, "Error parsing url.");
    }
}

#[tokio::test]
async fn section_6_1_a_refusal_has_http_200_and_no_ids() {
    let sandbox = Sandbox::start().await;
    let answer = sandbox.post("/Run/sandbox/pattern", json!({})).await;
    answer.refused(0, "Request parameter [prompt] required");
    for id in ["taskid", "socketaccesstoken"] {
        assert!(answer.body.get(id).is_none(), "{answer:#?}");
    }
    let list = sandbox.post("/Task/List", json!({})).await;
    assert_eq!(list.success()["tasklist"], json!([]));
}

#[tokio::test]
async fn section_3_4_a_model_that_does_not_exist() {
    let sandbox = Sandbox::start().await;
    for model in ["sandbox/none-such", "nobody/pattern"] {
        let answer = sandbox.post(&format!("/Run/{model}"), json!({})).await;
        answer.refused(1, "slug-owner-project-not-exist");
    }
}

/// Each wording of section 3.4 about a parameter, and the values that earn it.
#[tokio::test]
async fn section_3_4_validation_of_parameters() {
    let sandbox = Sandbox::serving(&[model::model("all", &json!([]))], &[]).await;
    let number = |name: &str| format!("Request parameter [{name}] must be integer or float");
    let between =
        |name: &str, range: &str| format!("Request parameter [{name}] must be between {range}");
    let required = "Request parameter [prompt] required".to_owned();
    let cases = [
        (json!({}), required.clone()),
        (json!({"prompt": ""}), required.clone()),
        (json!({"prompt": null}), required),
        (json!({"prompt": "a", "width": "wide"}), number("width")),
        (json!({"prompt": "a", "width": "1e"}), number("width")),
        (json!({"prompt": "a", "width": true}), number("width")),
        (
            json!({"prompt": "a", "width": 0}),
            between("width", "1 and 8192"),
        ),
        (
            json!({"prompt": "a", "width": 8193}),
            between("width", "1 and 8192"),
        ),
        (
            json!({"prompt": "a", "width": "8193"}),
            between("width", "1 and 8192"),
        ),
        (
            json!({"prompt": "a", "strength": 0.49}),
            between("strength", "0.5 and 2.5"),
        ),
        (
            json!({"prompt": "a", "strength": -1}),
            between("strength", "0.5 and 2.5"),
        ),
    ];
    for (body, wording) in cases {
        let answer = sandbox.post("/Run/price-lab/all", body.clone()).await;
        assert_eq!(answer.message(), wording, "{body}");
        answer.refused(0, &wording);
    }
}

#[tokio::test]
async fn section_6_4_bounds_are_part_of_the_range_and_numbers_may_be_text() {
    let sandbox = Sandbox::serving(&[model::model("all", &json!([]))], &["--balance", "300"]).await;
    let accepted = [
        json!({"prompt": "a", "width": 1}),
        json!({"prompt": "a", "width": 8192}),
        json!({"prompt": "a", "width": "8192"}),
        json!({"prompt": "a", "strength": 0.5}),
        json!({"prompt": "a", "strength": "2.5"}),
        json!({"prompt": "a", "resolution": "1080p"}),
        json!({"prompt": "a", "unknown": {"kept": [1, 2]}}),
    ];
    for body in accepted {
        sandbox.run("price-lab/all", body).await;
    }
}

/// A value outside a select's options: the contract has no wording of its own for it.
#[tokio::test]
async fn section_6_4_a_value_outside_the_options_is_refused() {
    let sandbox = Sandbox::serving(&[model::model("all", &json!([]))], &[]).await;
    let body = json!({"prompt": "a", "resolution": "8k"});
    let answer = sandbox.post("/Run/price-lab/all", body).await;
    assert!(answer.message().starts_with("Request "), "{answer:#?}");
    assert_eq!(answer.body["errors"][0]["code"], 0);
}

/// Required files in every form of absence (sections 3.4 and 6.3).
#[tokio::test]
async fn section_3_4_required_files() {
    let sandbox = Sandbox::start().await;
    let cases = [
        ("upscale", "inputImage", json!({})),
        (
            "upscale",
            "inputImage",
            json!({"inputImage": "", "inputImageUrl": ""}),
        ),
        ("filters", "inputImages", json!({"filter": "blur"})),
        (
            "filters",
            "inputImages",
            json!({"inputImages": [], "filter": "blur"}),
        ),
        ("contact-sheet", "inputImages", json!({})),
        (
            "contact-sheet",
            "inputImages",
            json!({"inputImagesUrl": ""}),
        ),
    ];
    for (slug, name, body) in cases {
        let answer = sandbox.post(&format!("/Run/sandbox/{slug}"), body).await;
        answer.refused(0, &format!("Request files [{name}] required"));
    }
}

/// A body that is no JSON object: refused with code 0, at 200 or 400 (section 3.2, C-01).
#[tokio::test]
async fn section_3_4_a_body_that_is_no_object() {
    let sandbox = Sandbox::start().await;
    for text in ["{", "[]", "\"text\"", "not json"] {
        let request = sandbox
            .http
            .post(format!("{}/Run/sandbox/pattern", sandbox.api))
            .header("x-api-key", &sandbox.key)
            .header("content-type", "application/json")
            .body(text);
        let answer = crate::support::Answer::read(request).await;
        assert!([200, 400].contains(&answer.status), "{answer:#?}");
        answer.message();
        assert_eq!(answer.body["errors"][0]["code"], 0, "{answer:#?}");
    }
}

/// Models of the category `training` ask for a name and for more money (section 3.4).
#[tokio::test]
async fn section_3_4_the_name_of_a_training_run() {
    let sandbox = Sandbox::serving(&[training()], &[]).await;
    let train = |name: &str| json!({"prompt": "a", "trainModelName": name});
    let path = "/Run/price-lab/train-lora";
    for bad in ["two words", "sla/sh", "ünicode"] {
        sandbox.post(path, train(bad)).await.refused(
            0,
            "Your model name should be contain (A-Z) (0-9) (-) (_) (.)",
        );
    }
    let run = sandbox
        .run("price-lab/train-lora", train("My-Model_1.0"))
        .await;
    sandbox.finished(&run).await;
    sandbox
        .post(path, train("My-Model_1.0"))
        .await
        .refused(0, "This model name is already in use");
}

#[tokio::test]
async fn section_3_4_training_needs_ten_dollars() {
    let poor = Sandbox::serving(&[training()], &["--balance", "9.99"]).await;
    let body = json!({"prompt": "a", "trainModelName": "first"});
    let answer = poor.post("/Run/price-lab/train-lora", body.clone()).await;
    answer.refused(97, "Insufficient balance");
    poor.run("sandbox/pattern", json!({"prompt": "sea"})).await;

    let enough = Sandbox::serving(&[training()], &["--balance", "10"]).await;
    enough.run("price-lab/train-lora", body).await;
}

fn training() -> Value {
    let mut model = model::taking(
        "train-lora",
        &json!([
            {"id": "prompt", "type": "textarea", "label": "Prompt", "required": true},
            {"id": "trainModelName", "type": "text", "label": "Name", "required": true},
        ]),
    );
    model["categories"] = json!(["tool", "training"]);
    model["tags"] = json!(["training"]);
    model
}
