//! `Tool/List` and `Tool/Detail` (`PROTOCOL.md` section 5).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::Refusal;
use super::body::Body;
use crate::catalogue::Query;
use crate::state::App;

pub(super) async fn list(State(app): State<Arc<App>>, body: Body) -> Json<Value> {
    let query = Query {
        search: body.text("search"),
        categories: body.texts("categories"),
        tags: body.texts("tags"),
        slugowner: body.text("slugowner"),
        sort: body.text("sort"),
        descending: body.descending(),
    };
    let found = app.catalogue.search(&query);
    let total = found.len();
    let page = body.page(found).into_iter();
    let tools: Vec<Value> = page
        .map(|model| model.summary(app.store.tally(&model.owner, &model.project)))
        .collect();
    Json(json!({ "result": true, "errors": [], "total": total, "tool": tools }))
}

pub(super) async fn detail(
    State(app): State<Arc<App>>,
    body: Body,
) -> Result<Json<Value>, Refusal> {
    let model = app
        .catalogue
        .find(&body.text("slugowner"), &body.text("slugproject"))
        .ok_or_else(|| Refusal::new(1, "slug-owner-project-not-exist"))?;
    let tool = model.detail(app.store.tally(&model.owner, &model.project));
    Ok(Json(
        json!({ "result": true, "errors": [], "tool": [tool] }),
    ))
}
