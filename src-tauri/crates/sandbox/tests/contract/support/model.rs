//! Model objects for `--catalogue`, in the shape of section 5.3.

use serde_json::{Value, json};

/// A model of the owner `Price Lab` that takes one of everything, priced by these entries.
pub(crate) fn model(slug: &str, prices: &Value) -> Value {
    with_dynamic_price(slug, &json!(prices.to_string()))
}

/// As [`model`], with `dynamicprice` as it is (section 13.1, C-34).
pub(crate) fn with_dynamic_price(slug: &str, dynamic_price: &Value) -> Value {
    json!({
        "id": "9001",
        "title": format!("Model {slug}"),
        "slugowner": "Price Lab",
        "slugproject": slug.to_uppercase(),
        "cleanslugowner": "price-lab",
        "cleanslugproject": slug,
        "description": "Takes one of everything.",
        "image": "",
        "computingtime": "1 second",
        "categories": ["tool", "text-to-image"],
        "tags": ["everything"],
        "marketplace": 1,
        "onlymembers": "1",
        "averagepoint": "5.00",
        "commentcount": "1",
        "ratedusercount": "1",
        "dynamicprice": dynamic_price,
        "taskstat": {"runcount": 0, "successcount": "0", "errorcount": "0", "lastruntime": "0"},
        "readme": "<p>Everything.</p>",
        "parameters": [{"title": "Input", "items": items()}],
        "inspire": [],
        "samples": [],
        "seotitle": "",
        "seodescription": "",
    })
}

/// One parameter of each type of section 5.4; only the prompt is required.
fn items() -> Value {
    json!([
        {"id": "prompt", "type": "textarea", "label": "Prompt", "required": true},
        {"id": "title", "type": "text", "label": "Title"},
        {"id": "resolution", "type": "select", "label": "Resolution", "default": "720p",
            "options": [{"label": "720p", "value": "720p"}, {"label": "1080p", "value": "1080p"}]},
        {"id": "duration", "type": "select", "label": "Duration", "default": "5",
            "options": [{"label": "5 s", "value": "5"}, {"label": "10 s", "value": "10"}]},
        {"id": "width", "type": "range", "label": "Width", "min": 1, "max": 8192, "step": 1},
        {"id": "height", "type": "range", "label": "Height", "min": 1, "max": 8192, "step": 1},
        {"id": "strength", "type": "range", "label": "Strength", "min": 0.5, "max": 2.5},
        {"id": "one", "type": "fileinput", "label": "One file"},
        {"id": "many", "type": "multifileinput", "label": "Many files"},
        {"id": "mixed", "type": "combinefileinput", "label": "Files and URLs"},
    ])
}

/// As [`model`], with another list of parameters.
pub(crate) fn taking(slug: &str, items: &Value) -> Value {
    let mut model = model(
        slug,
        &json!([{"inputs": {}, "price": 0.01, "priceMethod": "cpr"}]),
    );
    model["parameters"] = json!([{"title": "Input", "items": items}]);
    model
}
