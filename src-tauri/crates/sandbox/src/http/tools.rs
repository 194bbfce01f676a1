//! `Tool/List`, `Tool/Detail` and `Tool/Explore` (`PROTOCOL.md` section 5).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::Refusal;
use super::body::Body;
use crate::catalogue::{Query, Sort};
use crate::documented::Documented;
use crate::state::App;

pub(super) async fn list(State(app): State<Arc<App>>, body: Body) -> Json<Value> {
    let query = Query {
        search: body.text("search"),
        categories: body.texts("categories"),
        tags: body.texts("tags"),
        slugowner: body.text("slugowner"),
        hide_workflows: body.flag("hideworkflows"),
        sort: Sort::of(&body.text("sort")),
        direction: body.direction(),
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
    let (owner, project) = (body.needed("slugowner")?, body.needed("slugproject")?);
    let model = app
        .catalogue
        .find(&owner, &project)
        .ok_or(Documented::NoModel)?;
    let tally = app.store.tally(&model.owner, &model.project);
    let tool = if body.flag("summary") {
        model.brief(tally)
    } else {
        model.detail(tally)
    };
    Ok(Json(
        json!({ "result": true, "errors": [], "tool": [tool] }),
    ))
}

pub(super) async fn explore(State(app): State<Arc<App>>, _: Body) -> Json<Value> {
    Json(json!({ "result": true, "errors": [], "explore": app.catalogue.explore() }))
}
