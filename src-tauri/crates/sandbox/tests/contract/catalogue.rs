//! Sections 5.1 to 5.5: the shapes of the catalogue.

use crate::support::shape::{assert_keys, assert_kinds, is_decimal, kind, payload};
use crate::support::{Sandbox, model};
use serde_json::{Value, json};

/// What section 5.3 documents beside the sample's keys.
const ALSO_IN_A_MODEL: [&str; 10] = [
    "ratedusercount",
    "cps",
    "approximatelycost",
    "readme",
    "parameters",
    "inspire",
    "samples",
    "seotitle",
    "seodescription",
    "uuid",
];

const PARAMETER_TYPES: [&str; 7] = [
    "text",
    "textarea",
    "select",
    "range",
    "fileinput",
    "multifileinput",
    "combinefileinput",
];

async fn list(sandbox: &Sandbox, body: Value) -> Vec<Value> {
    let answer = sandbox.post("/Tool/List", body).await;
    answer.success()["tool"].as_array().unwrap().clone()
}

async fn detail(sandbox: &Sandbox, owner: &str, project: &str) -> Value {
    let body = json!({"slugowner": owner, "slugproject": project});
    let answer = sandbox.post("/Tool/Detail", body).await;
    let body = answer.success();
    assert_eq!(body["tool"].as_array().unwrap().len(), 1, "{body:#}");
    body["tool"][0].clone()
}

#[tokio::test]
async fn section_5_1_the_envelope_of_a_list() {
    let sandbox = Sandbox::start().await;
    let answer = sandbox
        .post("/Tool/List", payload!("tool.list.request.02.json"))
        .await;
    assert_keys(
        answer.success(),
        &payload!("tool.list.response.01.json"),
        &[],
    );
    let answer = sandbox.post("/Tool/List", json!({})).await;
    let total = answer.success()["total"].as_u64().unwrap();
    assert!(total >= 6, "{answer:#?}");
}

#[tokio::test]
async fn section_5_3_a_model_in_a_list_has_the_documented_keys_and_kinds() {
    let sandbox = Sandbox::start().await;
    let sample = &payload!("tool.list.response.01.json")["tool"][0];
    for model in list(&sandbox, json!({"limit": "100"})).await {
        assert_keys(&model, sample, &ALSO_IN_A_MODEL);
        assert_keys(&model["taskstat"], &sample["taskstat"], &[]);
        assert_figures(&model);
    }
}

/// `summary` trims records; the slugs and what a card shows stay (sections 5.1 and 24).
#[tokio::test]
async fn section_5_1_a_summary_is_trimmed() {
    let sandbox = Sandbox::start().await;
    let summary = json!({"summary": true, "hideworkflows": true, "limit": "100"});
    let (full, trimmed) = (
        list(&sandbox, json!({"limit": "100"})).await,
        list(&sandbox, summary).await,
    );
    assert_eq!(full.len(), trimmed.len());
    let members = [
        "id",
        "title",
        "slugowner",
        "slugproject",
        "cleanslugowner",
        "cleanslugproject",
        "description",
        "image",
    ];
    for model in trimmed {
        assert_kinds(&model, "string", &members);
        assert_kinds(&model, "array", &["categories"]);
    }
}

#[tokio::test]
async fn section_5_3_a_model_in_detail_has_the_documented_keys_and_kinds() {
    let sandbox = Sandbox::start().await;
    let sample = &payload!("tool.list.response.01.json")["tool"][0];
    for listed in list(&sandbox, json!({"limit": "100"})).await {
        let text = |name: &str| listed[name].as_str().unwrap().to_owned();
        let model = detail(&sandbox, &text("cleanslugowner"), &text("cleanslugproject")).await;
        assert_keys(&model, sample, &ALSO_IN_A_MODEL);
        assert_kinds(&model, "string", &["readme", "ratedusercount"]);
        assert_kinds(&model, "array", &["parameters", "inspire", "samples"]);
        assert_figures(&model);
        for group in model["parameters"].as_array().unwrap() {
            assert_kinds(group, "string", &["title"]);
            group["items"]
                .as_array()
                .unwrap()
                .iter()
                .for_each(assert_item);
        }
        for sample in model["samples"].as_array().unwrap() {
            assert!(sample.is_string(), "{model:#}");
        }
    }
}

/// Figures in text (section 4.2) and the price list in a string (section 13.1).
fn assert_figures(model: &Value) {
    for figure in ["averagepoint", "commentcount"] {
        assert!(is_decimal(&model[figure]), "{model:#}");
    }
    for figure in ["successcount", "errorcount", "lastruntime"] {
        assert!(is_decimal(&model["taskstat"][figure]), "{model:#}");
    }
    let prices: Value = serde_json::from_str(model["dynamicprice"].as_str().unwrap()).unwrap();
    for price in prices.as_array().unwrap() {
        assert_kinds(price, "object", &["inputs"]);
        assert_kinds(price, "number", &["price"]);
        for key in price.as_object().unwrap().keys() {
            let known = ["inputs", "price", "priceMethod", "priceExtra", "priceInput"];
            assert!(known.contains(&key.as_str()), "{price}");
        }
    }
}

/// One parameter (section 5.4).
fn assert_item(item: &Value) {
    assert_kinds(item, "string", &["id", "type", "label"]);
    let name = item["type"].as_str().unwrap();
    assert!(PARAMETER_TYPES.contains(&name), "{item:#}");
    let required = &item["required"];
    assert!(["bool", "null"].contains(&kind(required)), "{item:#}");
    match name {
        "select" => item["options"]
            .as_array()
            .unwrap()
            .iter()
            .for_each(|option| {
                assert_keys(option, &json!({"label": "", "value": ""}), &[]);
            }),
        "range" => ["min", "max"].iter().for_each(|bound| {
            let bound = &item[bound];
            assert!(bound.is_number() || is_decimal(bound), "{item:#}");
        }),
        _ => {}
    }
}

#[tokio::test]
async fn section_5_2_detail_answers_to_clean_slugs() {
    let sandbox = Sandbox::serving(&[model::model("virtual-try-on", &json!([]))], &[]).await;
    let model = detail(&sandbox, "price-lab", "virtual-try-on").await;
    assert_eq!(model["slugowner"], "Price Lab");
    assert_eq!(model["slugproject"], "VIRTUAL-TRY-ON");
    assert_eq!(model["cleanslugowner"], "price-lab");
}

/// Missing: `result: false`, or an empty or absent `tool`.
#[tokio::test]
async fn section_5_2_a_missing_model() {
    let sandbox = Sandbox::start().await;
    let cases = [
        json!({"slugowner": "sandbox", "slugproject": "none-such"}),
        json!({"slugowner": "nobody", "slugproject": "pattern"}),
        json!({"slugowner": "sandbox"}),
        json!({}),
    ];
    for body in cases {
        let answer = sandbox.post("/Tool/Detail", body).await;
        assert_eq!(answer.status, 200, "{answer:#?}");
        let none = answer.body["tool"].as_array().is_none_or(Vec::is_empty);
        assert!(answer.body["result"] == false || none, "{answer:#?}");
    }
}

#[tokio::test]
async fn section_5_5_explore() {
    let sandbox = Sandbox::start().await;
    let answer = sandbox.post("/Tool/Explore", json!({})).await;
    let sections = answer.success()["explore"].as_array().unwrap();
    let documented = json!({
        "id": "", "cleanslugowner": "", "cleanslugproject": "", "image": "", "description": "",
        "categories": [], "commentcount": "", "ratedusercount": "", "averagepoint": ""
    });
    let mut tools = 0;
    for section in sections {
        let shape = json!({"id": "", "title": "", "tools": []});
        assert_keys(section, &shape, &["url", "total"]);
        for tool in section["tools"].as_array().unwrap() {
            assert_keys(tool, &documented, &["discount"]);
            tools += 1;
        }
    }
    assert!(tools > 0, "{answer:#?}");
}
