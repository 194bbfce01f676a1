//! From a schema to a form.

use proptest::prelude::*;
use serde_json::{Value, json};
use wiro_client::forms::{Control, Field, FileMode, FormDefinition, FormWarning};
use wiro_client::models::Model;

#[path = "forms_schema/options.rs"]
mod options;

fn read(items: &Value) -> (FormDefinition, Vec<FormWarning>) {
    let model = Model::from_value(&json!({"parameters": [{"title": "Input", "items": items}]}));
    FormDefinition::read(model.parameters.as_deref())
}

/// The only field of a schema with this one item, and how many warnings it took.
fn one(item: &Value) -> (Field, usize) {
    let (mut form, warnings) = read(&json!([item]));
    (form.groups.remove(0).fields.remove(0), warnings.len())
}

fn number(min: Option<f64>, max: Option<f64>, step: Option<f64>) -> Control {
    Control::Number { min, max, step }
}

fn files(mode: FileMode, max_files: Option<u32>, url_key: Option<&str>) -> Control {
    Control::Files {
        mode,
        max_files,
        url_key: url_key.map(str::to_owned),
    }
}

#[test]
fn every_type_has_its_control() {
    let cases = [
        (json!({"id": "p", "type": "text"}), Control::Text, 0),
        (json!({"id": "p"}), Control::Text, 0),
        (json!({"id": "p", "type": "TextArea"}), Control::TextArea, 0),
        (
            json!({"id": "p", "type": "fileinput"}),
            files(FileMode::Single, Some(1), Some("pUrl")),
            0,
        ),
        (
            json!({"id": "p", "type": "multifileinput"}),
            files(FileMode::Separate, None, Some("pUrl")),
            0,
        ),
        (
            json!({"id": "p", "type": "combinefileinput", "note": "up to 8 images"}),
            files(FileMode::Combined, Some(8), None),
            0,
        ),
        (
            json!({"id": "p", "type": "multifileinput", "max": 4}),
            files(FileMode::Separate, Some(4), Some("pUrl")),
            0,
        ),
        (
            json!({"id": "p", "type": "canvas"}),
            Control::Raw {
                type_name: "canvas".to_owned(),
            },
            1,
        ),
        (
            json!({"id": "p", "type": "select", "options": [{"label": "", "value": ""}]}),
            Control::Raw {
                type_name: "select".to_owned(),
            },
            1,
        ),
    ];
    for (item, control, warnings) in cases {
        let (field, warned) = one(&item);
        assert_eq!((field.control, warned), (control, warnings), "{item}");
    }
}

#[test]
fn numbers_keep_the_bounds_that_make_sense() {
    let cases = [
        (
            json!({"id": "p", "type": "range", "min": 1, "max": "8", "step": 0.5}),
            Control::Range {
                min: 1.0,
                max: 8.0,
                step: Some(0.5),
            },
            0,
        ),
        (
            json!({"id": "p", "type": "range", "min": 1}),
            number(Some(1.0), None, None),
            1,
        ),
        (
            json!({"id": "p", "type": "range", "min": 3, "max": 3}),
            number(Some(3.0), Some(3.0), None),
            1,
        ),
        (
            json!({"id": "p", "type": "range", "min": 9, "max": 3}),
            number(None, None, None),
            2,
        ),
        (
            json!({"id": "p", "type": "range", "min": "x", "max": {}}),
            number(None, None, None),
            1,
        ),
        (
            json!({"id": "p", "type": "number", "min": "0", "step": 0}),
            number(Some(0.0), None, None),
            0,
        ),
        (
            json!({"id": "p", "type": "numeric"}),
            number(None, None, None),
            0,
        ),
        (
            json!({"id": "p", "type": "float", "max": 2.5}),
            number(None, Some(2.5), None),
            0,
        ),
        (
            json!({"id": "p", "type": "integer"}),
            number(None, None, Some(1.0)),
            0,
        ),
    ];
    for (item, control, warnings) in cases {
        let (field, warned) = one(&item);
        assert_eq!((field.control, warned), (control, warnings), "{item}");
    }
}

#[test]
fn selects_keep_their_order_and_know_booleans() {
    let (field, warned) = one(
        &json!({"id": "s", "type": "select", "default": 5, "options": [
            {"label": "Ten", "value": 10}, "5", {"value": true}, {"label": "Ten again", "value": "10"}, {"label": "none", "value": ""}, {"label": "odd", "value": []},
        ]}),
    );
    let Control::Select {
        options,
        multiple: false,
        boolean: false,
    } = field.control
    else {
        panic!("{field:?}")
    };
    let pairs: Vec<(&str, &str)> = options
        .iter()
        .map(|option| (option.label.as_str(), option.value.as_str()))
        .collect();
    assert_eq!(
        pairs,
        [("Ten", "10"), ("5", "5"), ("true", "true"), ("none", "")]
    );
    assert_eq!((field.default.as_deref(), warned), (Some("5"), 1));

    for (options, boolean) in [
        (json!([false, true]), true),
        (
            json!([{"label": "On", "value": true}, {"label": "Off", "value": false}]),
            true,
        ),
        (json!(["true", "false"]), false),
        (json!([true, "false"]), false),
        (json!(["true", "false", ""]), false),
        (json!(["true"]), false),
        (json!(["yes", "no"]), false),
    ] {
        let (field, _) = one(&json!({"id": "s", "type": "select", "options": options}));
        assert!(
            matches!(field.control, Control::Select { boolean: found, .. } if found == boolean),
            "{options}"
        );
    }
    let (field, _) = one(
        &json!({"id": "s", "type": "select", "multiple": true, "options": ["a", "b"], "default": ["a", "b"]}),
    );
    assert!(matches!(
        field.control,
        Control::Select { multiple: true, .. }
    ));
    assert_eq!(field.default.as_deref(), Some("a,b"));
}

#[test]
fn defaults_that_cannot_be_sent_are_dropped() {
    for (item, expected, warnings) in [
        (
            json!({"id": "p", "type": "number", "default": "x"}),
            None,
            1,
        ),
        (
            json!({"id": "p", "type": "number", "default": 2.5}),
            Some("2.5"),
            0,
        ),
        (
            json!({"id": "p", "type": "range", "min": 0, "max": 1, "default": 2}),
            None,
            1,
        ),
        (
            json!({"id": "p", "type": "range", "min": 0, "max": 1, "default": ""}),
            None,
            0,
        ),
        (
            json!({"id": "p", "type": "select", "options": ["a"], "default": "A"}),
            None,
            1,
        ),
        (
            json!({"id": "p", "type": "select", "options": ["a", ""], "default": ""}),
            Some(""),
            0,
        ),
        (json!({"id": "p", "type": "text", "default": ""}), None, 0),
        (
            json!({"id": "p", "type": "text", "default": true}),
            Some("true"),
            0,
        ),
        (
            json!({"id": "p", "type": "widget", "default": {"a": 1}}),
            Some("{\"a\":1}"),
            1,
        ),
        (
            json!({"id": "p", "type": "widget", "default": ["a", 2]}),
            Some("[\"a\",2]"),
            1,
        ),
        (
            json!({"id": "p", "type": "text", "default": ["a", 2]}),
            Some("a,2"),
            0,
        ),
    ] {
        let (field, warned) = one(&item);
        assert_eq!(
            (field.default.as_deref(), warned),
            (expected, warnings),
            "{item}"
        );
    }
}

#[test]
fn a_published_twin_wins_and_is_not_shown() {
    for (file, twin, mode) in [
        ("inputImage", "inputImageUrl", "fileinput"),
        (
            "inputDocumentMultiple",
            "inputDocumentUrlMultiple",
            "multifileinput",
        ),
        ("input_image", "input_image_url", "fileinput"),
        ("clip", "clipURL", "fileinput"),
    ] {
        // The twin may stand before its file, and may be the one that is required.
        let (form, warnings) = read(&json!([
            {"id": twin, "type": "text", "required": true}, {"id": file, "type": mode}, {"id": "prompt", "type": "text"},
        ]));
        let ids: Vec<&str> = form.fields().map(|field| field.id.as_str()).collect();
        assert_eq!(ids, [file, "prompt"]);
        let field = form.field(file).unwrap();
        assert!(field.required && warnings.is_empty());
        assert!(
            matches!(&field.control, Control::Files { url_key: Some(key), .. } if key == twin),
            "{field:?}"
        );
    }
}

#[test]
fn what_only_looks_like_a_twin_stays() {
    let (form, _) = read(&json!([
        {"id": "inputImage", "type": "combinefileinput"}, {"id": "inputImageUrl", "type": "text"},
        {"id": "websiteUrl", "type": "text"}, {"id": "inputVideo", "type": "fileinput"},
        {"id": "inputVideoUrl", "type": "select", "options": ["a"]}, {"id": "inputvideoUrl", "type": "text"},
    ]));
    assert_eq!(form.fields().count(), 6);
    // The name is taken by something else: addresses go under the field's own key.
    let url_key = |id: &str| match &form.field(id).unwrap().control {
        Control::Files { url_key, .. } => url_key.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!((url_key("inputVideo"), url_key("inputImage")), (None, None));
}

#[test]
fn words_for_people() {
    let (field, _) = one(
        &json!({"id": "p", "label": " ", "note": "Prompt-help", "placeholder": "Describe", "required": "true"}),
    );
    assert_eq!(
        (field.label.as_str(), field.help, field.required),
        ("p", None, true)
    );
    assert_eq!(field.placeholder.as_deref(), Some("Describe"));
    let (field, _) =
        one(&json!({"id": "p", "label": "Prompt", "note": "Short.", "description": "Long."}));
    assert_eq!(
        (field.label.as_str(), field.help.as_deref()),
        ("Prompt", Some("Short.\nLong."))
    );
}

#[test]
fn odd_schemas_are_not_fatal() {
    let (form, warnings) = read(
        &json!([null, {"type": "text"}, {"id": "a"}, {"id": "a", "type": "range"}, {"id": "A"}]),
    );
    assert_eq!(
        form.fields()
            .map(|field| field.id.as_str())
            .collect::<Vec<_>>(),
        ["a", "A"]
    );
    assert_eq!(warnings.len(), 3);
    assert!(!FormDefinition::from_parameters(&None).has_schema);
    let none = Model::from_value(&json!({"parameters": null}));
    assert!(!FormDefinition::from_model(&none).has_schema);
    let empty = FormDefinition::from_model(&Model::from_value(&json!({"parameters": []})));
    assert!(empty.has_schema && empty.groups.is_empty());
}

fn odd_item() -> impl Strategy<Value = Value> {
    let word = || {
        prop_oneof![
            Just("p"),
            Just("pUrl"),
            Just("q"),
            Just(""),
            Just("7"),
            Just("-1"),
            Just("true"),
            Just("up to 3 images")
        ]
    };
    let scalar = || {
        prop_oneof![
            word().prop_map(Value::from),
            (-5_i64..5).prop_map(Value::from),
            Just(Value::Null),
            Just(json!([])),
            Just(json!({}))
        ]
    };
    let kind = prop_oneof![
        Just("text"),
        Just("textarea"),
        Just("select"),
        Just("range"),
        Just("number"),
        Just("integer"),
        Just("fileinput"),
        Just("multifileinput"),
        Just("combinefileinput"),
        Just("canvas"),
    ];
    let options = prop::collection::vec(
        prop_oneof![
            scalar(),
            scalar().prop_map(|value| json!({"label": "L", "value": value}))
        ],
        0..4,
    );
    (word(), kind, scalar(), scalar(), scalar(), options, scalar()).prop_map(|(id, kind, default, min, max, options, note)| {
        json!({"id": id, "type": kind, "default": default, "min": min, "max": max, "options": options, "note": note, "required": true})
    })
}

proptest! {
    #[test]
    fn any_schema_becomes_a_form_that_takes_its_own_defaults(items in prop::collection::vec(odd_item(), 0..8)) {
        let (form, _) = read(&Value::Array(items));
        let mut ids: Vec<&str> = form.fields().map(|field| field.id.as_str()).collect();
        let shown = ids.len();
        ids.sort_unstable();
        ids.dedup();
        prop_assert_eq!(ids.len(), shown);
        let text = serde_json::to_string(&form).unwrap();
        prop_assert_eq!(&serde_json::from_str::<FormDefinition>(&text).unwrap(), &form);
        // A default may be missing where one is required, but it is never refused for what it is.
        if let Err(problems) = form.request(&form.defaults()) {
            for problem in problems {
                prop_assert_eq!(problem.problem, wiro_client::forms::ProblemKind::Required);
            }
        }
    }
}
