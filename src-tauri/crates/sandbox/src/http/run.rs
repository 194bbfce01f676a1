//! `Run/{owner}/{model}` (`PROTOCOL.md` section 6): the one call that charges.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::Refusal;
use crate::models::Computes;
use crate::state::App;
use crate::store::{NewTask, NotCreated, shown_balance};
use crate::submission::{self, Origin};

pub(super) async fn run(
    State(app): State<Arc<App>>,
    Path((owner, project)): Path<(String, String)>,
    request: Request,
) -> Result<Json<Value>, Refusal> {
    // Read whole before anything is refused, so that the client can finish sending and see why.
    let received = submission::read(request, &app.store).await;
    let model = app
        .catalogue
        .find_loosely(&owner, &project)
        .ok_or_else(|| Refusal::new(1, "slug-owner-project-not-exist"))?;
    let received = received.map_err(|message| Refusal::new(0, message))?;
    let encoding = received.encoding;
    let origin = if model.computes == Computes::Echo {
        Origin::Any
    } else {
        Origin::Loopback
    };
    let submission = submission::validate(&model.schema, received.fields, origin)
        .map_err(|message| Refusal::new(0, message))?;
    let new = NewTask {
        owner: model.owner.clone(),
        project: model.project.clone(),
        description: model.description(),
        encoding,
        parameters: submission.parameters,
        callback: submission.callback,
    };
    let task = app.store.create(new, |id| {
        submission::place(&submission.inputs, &app.store, id)
    })?;
    Ok(Json(json!({
        "result": true,
        "errors": [],
        "taskid": task.id.to_string(),
        "socketaccesstoken": task.token,
    })))
}

impl From<NotCreated> for Refusal {
    fn from(reason: NotCreated) -> Self {
        match reason {
            NotCreated::Balance => Self::new(97, "Insufficient balance"),
            NotCreated::Concurrency { balance, limit } => Self::new(
                96,
                format!(
                    "You have reached your concurrent task limit. With your current balance of ${}, you can run up to \
                     {limit} tasks at the same time. Add funds to increase your limit.",
                    shown_balance(balance)
                ),
            ),
            NotCreated::Disk(error) => {
                tracing::error!(%error, "a task could not be created");
                Self::with_status(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error.")
            }
        }
    }
}
