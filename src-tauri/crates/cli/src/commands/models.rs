//! `wiro models`.

use serde_json::{Value, json};
use wiro_engine::dto::{
    AppError, Control, Field, ModelDetail, ModelListQuery, ModelSummary, Price,
};

use crate::args::ModelsCommand;
use crate::context::Context;
use crate::exit::Exit;
use crate::session::Need;

/// The most the service lists at once.
const PAGE: u32 = 100;

pub(crate) async fn run(context: &Context, command: ModelsCommand) -> Result<Exit, AppError> {
    match command {
        ModelsCommand::Search {
            text,
            category,
            limit,
        } => search(context, text, category, limit).await,
        ModelsCommand::Show { model } => {
            let session = context.open(Need::Model(&model)).await?;
            let detail = session.engine.model_show(&model).await?;
            context.printer.result(&shown(&detail), || page(&detail));
            Ok(Exit::Success)
        }
    }
}

async fn search(
    context: &Context,
    text: String,
    category: Option<String>,
    limit: u32,
) -> Result<Exit, AppError> {
    let session = context.open(Need::Catalogue).await?;
    let mut query = ModelListQuery {
        search: text,
        category,
        start: 0,
        limit: PAGE.min(limit),
    };
    while query.start < limit {
        query.limit = PAGE.min(limit - query.start);
        let page = session.engine.model_list(&query).await?;
        for model in &page.models {
            context.printer.result(&listed(model), || line(model));
        }
        query.start = query.start.saturating_add(query.limit);
        if query.start >= page.total {
            break;
        }
    }
    Ok(Exit::Success)
}

fn listed(model: &ModelSummary) -> Value {
    json!({
        "model": model.model,
        "title": model.title,
        "categories": model.categories,
        "price": model.price,
    })
}

fn line(model: &ModelSummary) -> String {
    format!(
        "{:<40} {:<18} {}",
        model.model,
        price_in_words(&model.price),
        model.title
    )
}

fn shown(detail: &ModelDetail) -> Value {
    let parameters: Vec<Value> = detail.form.fields().map(parameter).collect();
    let mut object = listed(&detail.summary);
    object["description"] = json!(detail.summary.description);
    object["parameters"] = json!(parameters);
    object
}

/// A field with what its control says beside it: `kind`, and `min`, `max`, `options` or what else the kind has.
fn parameter(field: &Field) -> Value {
    let mut object = json!({
        "id": field.id,
        "kind": null,
        "label": field.label,
        "required": field.required,
        "default": field.default,
        "help": field.help,
        "placeholder": field.placeholder,
    });
    if let (Some(object), Value::Object(control)) = (object.as_object_mut(), json!(field.control)) {
        object.extend(control);
    }
    object
}

fn page(detail: &ModelDetail) -> String {
    let summary = &detail.summary;
    let mut lines = vec![
        format!("{} ({})", summary.title, summary.model),
        summary.description.clone(),
        format!("Price: {}", price_in_words(&summary.price)),
        String::new(),
    ];
    lines.extend(detail.form.fields().map(field_in_words));
    lines.join("\n")
}

fn field_in_words(field: &Field) -> String {
    let required = if field.required { ", required" } else { "" };
    let default = field
        .default
        .as_ref()
        .map(|value| format!(", default {value}"))
        .unwrap_or_default();
    format!(
        "  {}: {}{}{required}{default}",
        field.id,
        field.label,
        control_in_words(&field.control)
    )
}

fn control_in_words(control: &Control) -> String {
    let number = |value: &Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    match control {
        Control::Range { min, max, .. } => format!(", {min} to {max}"),
        Control::Number { min, max, .. } if min.is_some() || max.is_some() => {
            format!(", {} to {}", number(min), number(max))
        }
        Control::Select { options, .. } => {
            let values: Vec<&str> = options.iter().map(|option| option.value.as_str()).collect();
            format!(", one of {}", values.join(", "))
        }
        Control::Files { max_files, .. } => match max_files {
            Some(1) => ", a file (-f)".to_owned(),
            _ => ", files (-f)".to_owned(),
        },
        Control::Text | Control::TextArea | Control::Number { .. } | Control::Raw { .. } => {
            String::new()
        }
    }
}

fn price_in_words(price: &Price) -> String {
    match price {
        Price::Exact { usd } => format!("${usd}"),
        Price::Range { min_usd, max_usd } => format!("${min_usd} to ${max_usd}"),
        Price::Rate { usd, unit } => format!("${usd} per {unit}"),
        Price::Unknown { .. } => "unknown".to_owned(),
    }
}
