use proptest::prelude::*;
use serde_json::json;

use super::*;

fn try_on() -> Value {
    json!({
        "id": "1611", "title": "Virtual Try-on", "slugowner": "wiro", "slugproject": "Virtual Try-On",
        "cleanslugowner": "wiro", "cleanslugproject": "virtual-try-on", "description": "Dress up.",
        "image": "https://cdn.example/1.png", "computingtime": "10 seconds", "categories": ["tool", "image-to-image"],
        "tags": [], "marketplace": 1, "onlymembers": "1", "averagepoint": "5.00", "uuid": "x",
        "dynamicprice": "[{\"inputs\":{},\"price\":0.09,\"priceMethod\":\"cpr\"}]", "cps": "0.000585",
        "taskstat": {"runcount": 672, "successcount": "254", "errorcount": "198", "lastruntime": "1774007585"},
        "parameters": [{"title": "Input", "items": [
            {"id": "scale", "type": "range", "label": "Scale", "required": "true", "min": "1", "max": 8, "default": 2},
        ]}],
    })
}

#[test]
fn a_model_is_read() {
    let model = Model::from_value(&try_on());
    assert_eq!(
        model.slug.as_ref().unwrap().to_string(),
        "wiro/virtual-try-on"
    );
    assert_eq!(
        model.shown_categories().collect::<Vec<_>>(),
        ["image-to-image"]
    );
    assert_eq!(model.cps.unwrap().to_string(), "0.000585");
    let stat = model.task_stat.as_ref().unwrap();
    assert_eq!(
        (stat.runs, stat.last_run_ms),
        (Some(672), Some(1_774_007_585_000))
    );
    assert!((stat.success_rate().unwrap() - 254.0 / 452.0).abs() < 1e-12);
    let scale = &model.parameters.as_ref().unwrap()[0].items[0];
    assert!(scale.is_required());
    assert_eq!((scale.min, scale.max), (Some(1.0), Some(8.0)));
    assert_eq!(model.average_point.unwrap().to_string(), "5.00");
    assert_eq!(model.to_value(), try_on());
}

#[test]
fn odd_values_are_kept_and_never_fatal() {
    for odd in [
        json!({"title": 5, "categories": "tool", "tags": [1, null], "parameters": "[]", "taskstat": "{\"runcount\":\"3\"}"}),
        json!({"parameters": [null, {"id": "p"}, {"items": {}}, {"items": [null, {"id": 1, "options": ["a", 2, {"value": null}]}]}]}),
        json!({"cps": "cheap", "id": null, "dynamicprice": null, "samples": {}, "taskstat": [], "title": ""}),
        json!({"cleanslugowner": "..", "cleanslugproject": "a/b"}),
    ] {
        assert_eq!(Model::from_value(&odd).to_value(), odd);
    }
    assert_eq!(Model::from_value(&json!([1])), Model::default());
    assert_eq!(
        Model::from_value(&json!({"cleanslugowner": "..", "cleanslugproject": "b"})).slug,
        None
    );
}

#[test]
fn the_shown_slug_serves_when_it_is_clean() {
    let model = Model::from_value(&json!({"slugowner": "wiro", "slugproject": "upscale"}));
    assert_eq!(model.slug.as_ref().unwrap().to_string(), "wiro/upscale");
    let made = Model {
        slug: model.slug.clone(),
        ..Model::default()
    };
    assert_eq!(Model::from_value(&made.to_value()).slug, model.slug);
}

#[test]
fn the_list_is_asked_as_the_service_expects() {
    let query = ModelQuery {
        search: "cat".into(),
        categories: vec!["llm".into()],
        start: 40,
        limit: 500,
        ..ModelQuery::default()
    };
    assert_eq!(
        query.body(),
        json!({"start": "40", "limit": "100", "search": "cat", "sort": "relevance", "categories": ["llm"], "hideworkflows": true, "summary": true})
    );
    let page = ModelPage::from_value(&json!({"result": true, "total": "7", "tool": [try_on()]}));
    assert_eq!((page.models.len(), page.total), (1, 7));
    assert_eq!(
        ModelPage::from_value(&json!({"result": false})),
        ModelPage::default()
    );
    assert_eq!(
        detail_body(&"a/b".parse().unwrap()),
        json!({"slugowner": "a", "slugproject": "b"})
    );
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-1000_i64..1000).prop_map(Value::from),
        (-1e6..1e6).prop_map(Value::from),
        prop_oneof![
            Just(""),
            Just("5"),
            Just("true"),
            Just("[]"),
            Just("0.50"),
            Just("x")
        ]
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        let key = prop_oneof![
            Just("id"),
            Just("type"),
            Just("items"),
            Just("options"),
            Just("value"),
            Just("label"),
            Just("min"),
            Just("default"),
            Just("required"),
            Just("parameters"),
            Just("taskstat"),
            Just("runcount"),
            Just("cps"),
            Just("categories"),
            Just("slugowner"),
            Just("slugproject"),
            Just("title"),
            Just("other"),
            Just("lastruntime"),
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key, inner), 0..6).prop_map(|pairs| {
                Value::Object(
                    pairs
                        .into_iter()
                        .map(|(key, value)| (key.to_owned(), value))
                        .collect(),
                )
            }),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_read_is_written_again(value in any_json()) {
        let model = Model::from_value(&value);
        if value.is_object() {
            prop_assert_eq!(model.to_value(), value);
        }
    }
}
