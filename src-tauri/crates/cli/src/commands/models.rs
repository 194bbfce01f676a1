//! `wiro models`.

use serde_json::{Value, json};
use wiro_engine::dto::{AppError, ModelDetail, ModelListQuery, ModelSummary, Price};

use crate::args::{Global, ModelsCommand};
use crate::exit::Exit;
use crate::printer::Printer;
use crate::session::{Need, Session};

pub(crate) async fn run(
    global: &Global,
    command: ModelsCommand,
    printer: &Printer,
) -> Result<Exit, AppError> {
    match command {
        ModelsCommand::Search {
            text,
            category,
            limit,
        } => {
            let session = Session::open(global, Need::Catalogue, *printer).await?;
            let query = ModelListQuery {
                search: text,
                category,
                start: 0,
                limit,
            };
            let page = session.engine.model_list(&query).await?;
            for model in &page.models {
                printer.result(&listed(model), || line(model));
            }
        }
        ModelsCommand::Show { model } => {
            let session = Session::open(global, Need::Model(&model), *printer).await?;
            let detail = session.engine.model_show(&model).await?;
            printer.result(&shown(&detail), || page(&detail));
        }
    }
    Ok(Exit::Success)
}

fn listed(model: &ModelSummary) -> Value {
    json!({
        "model": model.model,
        "title": model.title,
        "categories": model.categories,
        "price": price_in_words(&model.price),
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
    let mut object = listed(&detail.summary);
    let parameters: Vec<Value> = detail.form.fields().map(|field| json!(field)).collect();
    object["description"] = json!(detail.summary.description);
    object["parameters"] = json!(parameters);
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
    for field in detail.form.fields() {
        let required = if field.required { " (required)" } else { "" };
        let default = field
            .default
            .as_ref()
            .map(|value| format!(", default {value}"))
            .unwrap_or_default();
        lines.push(format!(
            "  {}{required}: {}{default}",
            field.id, field.label
        ));
    }
    lines.join("\n")
}

fn price_in_words(price: &Price) -> String {
    match price {
        Price::Exact { usd } => format!("${usd}"),
        Price::Range { min_usd, max_usd } => format!("${min_usd} to ${max_usd}"),
        Price::Rate { usd, unit } => format!("${usd} per {unit}"),
        Price::Unknown { .. } => "unknown".to_owned(),
    }
}
