use reqwest::multipart::Form;
use serde_json::{Value, json};

use crate::support::{Lab, file, output_url, serving};

fn models() -> Value {
    json!([
        {
            "slugowner": "Acme", "slugproject": "Face Swap", "cleanslugowner": "acme", "cleanslugproject": "face-swap",
            "title": "Face Swap", "description": "Swaps faces.", "categories": ["tool", "image-editing"],
            "categoriesDerived": true, "_src": { "from": ["x"] },
            "dynamicprice": "[{\"inputs\":{\"mode\":\"fine\"},\"price\":0.2,\"priceMethod\":\"cpr\"},{\"inputs\":{},\"price\":0.1}]",
            "parameters": [{ "title": "Input", "items": [
                { "id": "inputImages", "type": "combinefileinput", "label": "Images", "required": true, "default": "" },
                { "id": "docMultiple", "type": "multifileinput", "label": "Documents", "required": false, "default": "" },
                { "id": "mode", "type": "select", "label": "Mode", "required": false, "default": "fine",
                  "options": [{ "label": "Fine", "value": "fine" }, { "label": "Coarse", "value": "coarse" }] },
            ]}],
        },
        { "cleanslugowner": "acme", "cleanslugproject": "unknown-inputs", "title": "Open", "parameters": null },
    ])
}

fn catalogue_lab() -> Lab {
    serving(&models(), |config| config)
}

async fn echo(lab: &Lab, detail: &Value) -> Value {
    lab.http
        .get(output_url(detail))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap()
}

#[tokio::test]
async fn a_model_of_the_file_echoes_what_it_was_sent() {
    let lab = catalogue_lab();
    let form = Form::new()
        .part("inputImages", file(b"one".to_vec(), "a.png", "image/png"))
        .text("inputImages", "https://example.com/b.png")
        .text(
            "docMultipleUrl",
            "https://example.com/c,https://example.com/d",
        )
        .text("note", "kept");
    let detail = lab.ended(&lab.run_form("acme/face-swap", form).await).await;
    let echo = echo(&lab, &detail).await;
    assert_eq!(
        (&echo["model"], &echo["encoding"]),
        (&json!("acme/face-swap"), &json!("multipart"))
    );
    assert_eq!(
        (
            &echo["parameters"]["note"],
            &detail["outputs"][0]["contenttype"]
        ),
        (&json!("kept"), &json!("application/json"))
    );
    let files = json!([
        { "field": "inputImages", "name": "a.png", "contenttype": "image/png", "size": "3" },
        { "field": "inputImages", "url": "https://example.com/b.png" },
        { "field": "docMultiple", "url": "https://example.com/c" },
        { "field": "docMultiple", "url": "https://example.com/d" },
    ]);
    assert_eq!(echo["files"], files);
    let printed: Value = serde_json::from_str(detail["debugoutput"].as_str().unwrap()).unwrap();
    assert_eq!(printed, echo);
    // Charged by its own rules, with the default where nothing was sent.
    assert_eq!(detail["totalcost"], "0.200000000000");
}

#[tokio::test]
async fn its_schema_is_enforced() {
    let lab = catalogue_lab();
    let image = json!(["https://example.com/b.png"]);
    let cases = [
        (json!({}), "Request files [inputImages] required"),
        (
            json!({ "inputImages": image, "mode": "rough" }),
            "Request parameters are invalid.",
        ),
        (
            json!({ "inputImages": "ftp://example.com/a" }),
            "Request parameter [inputImages] must be an http address",
        ),
    ];
    for (body, message) in cases {
        assert_eq!(
            lab.refusal("Run/acme/face-swap", body).await,
            (0, message.to_owned())
        );
    }
    let coarse = lab
        .run(
            "acme/face-swap",
            json!({ "inputImages": image, "mode": "coarse" }),
        )
        .await;
    assert_eq!(lab.ended(&coarse).await["totalcost"], "0.100000000000");
}

#[tokio::test]
async fn a_model_without_parameters_takes_everything() {
    let lab = catalogue_lab();
    let body = json!({ "anything": { "deep": [1, null] }, "flag": true });
    let detail = lab
        .ended(&lab.run("acme/unknown-inputs", body.clone()).await)
        .await;
    assert_eq!(echo(&lab, &detail).await["parameters"], body);
    assert_eq!(detail["parameters"], body);
    let form = Form::new().part(
        "blob",
        file(b"12345".to_vec(), "x.bin", "application/x-thing"),
    );
    let detail = lab
        .ended(&lab.run_form("acme/unknown-inputs", form).await)
        .await;
    assert_eq!(echo(&lab, &detail).await["files"][0]["size"], "5");
}

#[tokio::test]
async fn lists_are_paged_and_details_complete() {
    let lab = catalogue_lab();
    let page = lab
        .call(
            "Tool/List",
            json!({ "start": "1", "limit": "2", "sort": "id" }),
        )
        .await;
    let all = lab.call("Tool/List", json!({ "limit": 100 })).await;
    assert_eq!(
        (&page["total"], page["tool"].as_array().unwrap().len()),
        (&json!(all["tool"].as_array().unwrap().len()), 2)
    );
    assert_eq!(page["tool"][0]["cleanslugproject"], "unknown-inputs");
    let found = lab
        .call(
            "Tool/List",
            json!({ "search": "swap face", "categories": ["image-editing"], "limit": 5 }),
        )
        .await;
    assert_eq!(
        (&found["total"], &found["tool"][0]["slugproject"]),
        (&json!(1), &json!("Face Swap"))
    );
    assert!(
        found["tool"][0]["dynamicprice"].is_string()
            && found["tool"][0].get("parameters").is_none()
    );
    let detail = lab
        .call(
            "Tool/Detail",
            json!({ "slugowner": "acme", "slugproject": "face-swap" }),
        )
        .await;
    let tool = &detail["tool"][0];
    assert_eq!(tool["parameters"], models()[0]["parameters"]);
    assert!(
        tool.get("_src").is_none()
            && tool["id"].is_string()
            && tool["taskstat"]["runcount"].is_number()
    );
    let missing = lab
        .refusal(
            "Tool/Detail",
            json!({ "slugowner": "acme", "slugproject": "Face Swap" }),
        )
        .await;
    assert_eq!(missing.0, 1);
}

#[tokio::test]
async fn raw_names_run_the_model_and_find_its_tasks() {
    let lab = catalogue_lab();
    let body = json!({ "anything": 1 });
    for raw in [
        "Acme/Unknown%20Inputs",
        "ACME/unknown_inputs",
        "acme/unknown-inputs",
    ] {
        let detail = lab.ended(&lab.run(raw, body.clone()).await).await;
        assert_eq!(
            (&detail["modelslugowner"], &detail["modelslugproject"]),
            (&json!("acme"), &json!("unknown-inputs")),
            "{raw}"
        );
    }
    for name in [
        "Acme/Unknown Inputs",
        "unknown_inputs",
        "acme/unknown-inputs",
    ] {
        let listed = lab.call("Task/List", json!({ "modelName": name })).await;
        assert_eq!(listed["total"], "3", "{name}");
    }
    let none = lab
        .call("Task/List", json!({ "modelName": "un known" }))
        .await;
    assert_eq!(none["total"], "0");
    assert_eq!(lab.refusal("Run/acme/unknown", body).await.0, 1);
}
