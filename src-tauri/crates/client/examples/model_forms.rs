//! Prints what every model of a file becomes: its fields, what was odd about its schema, and the request that its
//! required fields make. `cargo run -p wiro-client --example model_forms [FILE]`
//!
//! The file holds an array of model objects or an answer of the service with a `tool` array.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::Value;
use wiro_client::forms::{Control, FormDefinition, RunBody};
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
    let content: Value = serde_json::from_str(&fs_err::read_to_string(file)?)?;
    let models = content
        .get("tool")
        .unwrap_or(&content)
        .as_array()
        .ok_or("no array of models in this file")?;
    let mut out = std::io::stdout().lock();
    let mut counts = Counts::default();
    for model in models {
        print_model(&mut out, &Model::from_value(model), &mut counts)?;
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

fn print_model(out: &mut impl Write, model: &Model, counts: &mut Counts) -> std::io::Result<()> {
    counts.models += 1;
    let name = model
        .slug
        .as_ref()
        .map_or_else(|| model.display_title(), ToString::to_string);
    let (form, warnings) = FormDefinition::read(model.parameters.as_deref());
    counts.forms += usize::from(form.has_schema);
    writeln!(out, "{name}")?;
    for field in form.fields() {
        let required = if field.required { " required" } else { "" };
        counts.unknown_types += usize::from(
            matches!(&field.control, Control::Raw { type_name } if type_name != "select"),
        );
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
    match form.request(&filling::filled(&form, false)) {
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
