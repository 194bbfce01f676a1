//! Prints what every model of a file becomes: its fields, what was odd about its schema, and the request that a form
//! with every field filled in makes. `cargo run -p wiro-client --example model_forms -- [FILE]`
//!
//! The file holds an answer of the service with `tool`, several of them, or models without one. Ends with an error when a
//! model made no request, with its required fields alone or with all of them.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::Value;
use wiro_client::forms::{
    Control, FieldProblem, FormDefinition, OPEN_SELECT, OPEN_SELECT_MULTIPLE, RunBody,
};
use wiro_client::models::Model;

#[path = "../tests/forms_support/filling.rs"]
mod filling;

#[derive(Default)]
struct Counts {
    models: usize,
    forms: usize,
    requests: usize,
    unknown_types: usize,
    failed: usize,
}

fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let standard = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../tests/fixtures/models/models.json"
    );
    let file = std::env::args_os()
        .nth(1)
        .map_or_else(|| PathBuf::from(standard), PathBuf::from);
    let text = fs_err::read_to_string(file)?;
    let content: Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))?;
    let mut out = std::io::stdout().lock();
    let mut counts = Counts::default();
    for model in models_in(&content) {
        print_model(&mut out, model, &mut counts)?;
    }
    let Counts {
        models,
        forms,
        requests,
        unknown_types,
        failed,
    } = counts;
    writeln!(
        out,
        "models {models}, forms {forms}, requests {requests}, unknown types {unknown_types}, failed {failed}"
    )?;
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The models of answers with `tool`, of arrays, of objects of models, or the only one.
fn models_in(content: &Value) -> Vec<&Value> {
    const MODEL_KEYS: [&str; 5] = [
        "cleanslugproject",
        "slugproject",
        "parameters",
        "id",
        "title",
    ];
    let Value::Object(object) = content else {
        return match content {
            Value::Array(items) => items.iter().flat_map(models_in).collect(),
            other => vec![other],
        };
    };
    if let Some(models) = object.get("tool") {
        return models_in(models);
    }
    let is_model = MODEL_KEYS.iter().any(|key| object.contains_key(*key));
    if is_model || object.is_empty() || !object.values().all(Value::is_object) {
        vec![content]
    } else {
        object.values().collect()
    }
}

fn print_model(out: &mut impl Write, source: &Value, counts: &mut Counts) -> std::io::Result<()> {
    counts.models += 1;
    // A refusal of the service is no model either.
    if !source.is_object() || source.get("result").is_some() {
        counts.failed += 1;
        return writeln!(out, "failed: this is no model: {source}");
    }
    let model = Model::from_value(source);
    let name = model
        .slug
        .as_ref()
        .map_or_else(|| model.display_title(), ToString::to_string);
    let (form, warnings) = FormDefinition::read(model.parameters.as_deref());
    counts.forms += usize::from(form.has_schema);
    writeln!(out, "{name}")?;
    for field in form.fields() {
        let required = if field.required { " required" } else { "" };
        counts.unknown_types += usize::from(is_unknown(&field.control));
        writeln!(
            out,
            "  {}{required}: {}",
            field.id,
            describe(&field.control)
        )?;
    }
    for warning in &warnings {
        writeln!(out, "  warning {}: {}", warning.field, warning.message)?;
    }
    match requests(&form) {
        Ok(body) => {
            counts.requests += 1;
            writeln!(out, "  request {}", shown(&body))
        }
        Err(problems) => {
            counts.failed += 1;
            problems.iter().try_for_each(|problem| {
                writeln!(out, "  failed {}: {}", problem.field, problem.message)
            })
        }
    }
}

/// The request of a form with every field filled in; what is required must be enough for one as well.
fn requests(form: &FormDefinition) -> Result<RunBody, Vec<FieldProblem>> {
    form.request(&filling::filled(form, false))?;
    form.request(&filling::filled(form, true))
}

fn is_unknown(control: &Control) -> bool {
    matches!(control, Control::Raw { type_name } if ![OPEN_SELECT, OPEN_SELECT_MULTIPLE].contains(&type_name.as_str()))
}

fn describe(control: &Control) -> String {
    match control {
        Control::Select {
            options,
            multiple,
            boolean,
        } => {
            let kind = if *boolean {
                "boolean"
            } else if *multiple {
                "select several of"
            } else {
                "select one of"
            };
            format!("{kind} {}", options.len())
        }
        other => format!("{other:?}"),
    }
}

fn shown(body: &RunBody) -> String {
    match body {
        RunBody::Json(map) => Value::Object(map.clone()).to_string(),
        RunBody::Multipart(parts) => format!("multipart {parts:?}"),
    }
}
