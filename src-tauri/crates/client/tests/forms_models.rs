//! Every model of a real catalogue becomes a form and a request.

use std::collections::BTreeMap;

use serde_json::Value;
use wiro_client::forms::{
    Answer, Control, FileMode, FormDefinition, OPEN_SELECT, OPEN_SELECT_MULTIPLE, Part, RunBody,
};
use wiro_client::models::Model;

#[path = "forms_support/filling.rs"]
mod filling;

fn catalogue() -> Vec<(Value, Model)> {
    let text = include_str!("../../../../tests/fixtures/models/models.json");
    let values: Vec<Value> = serde_json::from_str(text).unwrap_or_default();
    values
        .into_iter()
        .map(|value| (value.clone(), Model::from_value(&value)))
        .collect()
}

#[test]
fn models_are_read_and_written_whole() {
    let catalogue = catalogue();
    assert_eq!(catalogue.len(), 243);
    for (source, model) in catalogue {
        assert_eq!(model.to_value(), source);
        assert!(model.slug.is_some(), "{source}");
    }
}

#[test]
fn every_type_arrives_as_its_control() {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, model) in catalogue() {
        let form = FormDefinition::from_model(&model);
        assert!(form.has_schema);
        for field in form.fields() {
            let kind = match &field.control {
                Control::Text => "text",
                Control::TextArea => "textarea",
                Control::Number { .. } => "number",
                Control::Range { .. } => "range",
                Control::Select { boolean: true, .. } => "boolean",
                Control::Select { .. } => "select",
                Control::Files {
                    mode: FileMode::Single,
                    ..
                } => "single",
                Control::Files {
                    mode: FileMode::Separate,
                    ..
                } => "separate",
                Control::Files {
                    mode: FileMode::Combined,
                    ..
                } => "combined",
                Control::Raw { type_name } if type_name == OPEN_SELECT => "select without options",
                Control::Raw { type_name } if type_name == OPEN_SELECT_MULTIPLE => {
                    "several without options"
                }
                Control::Raw { .. } => "unknown",
            };
            *counts.entry(kind).or_default() += 1;
        }
    }
    // 2057 parameters, of which 9 text parameters are the twins of the 9 multi-file ones.
    assert_eq!(counts.values().sum::<usize>(), 2057 - 9);
    let expected = [
        ("combined", 37),
        ("range", 34),
        // 128 of them offer the texts "true" and "false".
        ("select", 632 - 142),
        ("select without options", 142 - 30),
        ("separate", 9),
        // Their help says "Select one or more values".
        ("several without options", 30),
        ("single", 208),
        ("text", 844 - 9),
        ("textarea", 293),
    ];
    assert_eq!(counts, BTreeMap::from(expected));
}

#[test]
fn required_fields_alone_make_a_request() {
    for (_, model) in catalogue() {
        let form = FormDefinition::from_model(&model);
        let body = form
            .request(&filling::filled(&form, false))
            .unwrap_or_else(|problems| panic!("{:?}: {problems:?}", model.slug));
        let RunBody::Json(map) = body else {
            panic!("{:?}: no local file, so JSON", model.slug)
        };
        for field in form.fields().filter(|field| field.required) {
            let key = match &field.control {
                Control::Files {
                    url_key: Some(key), ..
                } => key,
                _ => &field.id,
            };
            assert!(map.contains_key(key), "{:?}: {key} of {map:?}", model.slug);
        }
    }
}

#[test]
fn everything_filled_in_makes_a_request_in_both_encodings() {
    let folder = tempfile::tempdir().unwrap();
    let photo = folder.path().join("photo.png");
    fs_err::write(&photo, b"not empty").unwrap();
    let mut uploads = 0;
    for (_, model) in catalogue() {
        let form = FormDefinition::from_model(&model);
        let mut answers = filling::filled(&form, true);
        let RunBody::Json(json) = form.request(&answers).unwrap() else {
            panic!("JSON")
        };
        assert_eq!(json.len(), form.fields().count(), "{:?}", model.slug);
        let Some(file) = form
            .fields()
            .find(|field| matches!(field.control, Control::Files { .. }))
        else {
            continue;
        };
        answers.insert(file.id.clone(), Answer::path(&photo));
        let body = form.request(&answers).unwrap();
        assert_eq!(
            body.files().collect::<Vec<_>>(),
            [(file.id.as_str(), photo.as_path())]
        );
        assert_eq!(body.file_bytes(), 9);
        let RunBody::Multipart(parts) = body else {
            panic!("multipart")
        };
        for field in form.fields() {
            assert!(
                parts.iter().any(|part| part.name() == field.id),
                "{:?}: {}",
                model.slug,
                field.id
            );
        }
        assert!(
            parts
                .iter()
                .all(|part| !matches!(part, Part::Text { name, .. } if name == "callbackUrl"))
        );
        uploads += 1;
    }
    assert!(uploads > 100, "{uploads}");
}

#[test]
fn a_required_field_left_out_is_named() {
    let mut missing = 0;
    for (_, model) in catalogue() {
        let form = FormDefinition::from_model(&model);
        let full = filling::filled(&form, false);
        for field in form.fields().filter(|field| field.required) {
            let mut answers = full.clone();
            answers.shift_remove(&field.id);
            let problems = form.request(&answers).unwrap_err();
            assert_eq!(problems.len(), 1, "{:?}: {problems:?}", model.slug);
            assert_eq!(problems[0].field, field.id);
            missing += 1;
        }
    }
    assert!(missing > 400, "{missing}");
}
