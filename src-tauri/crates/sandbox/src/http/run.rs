//! `Run/{owner}/{model}` (`PROTOCOL.md` section 6): the one call that charges.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::Refusal;
use crate::documented::Documented;
use crate::models::Computes;
use crate::state::App;
use crate::store::{NewTask, NotCreated, concurrency_limit, shown_balance};
use crate::submission::{self, Origin, training};

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
        .ok_or(Documented::NoModel)?;
    let received = received.map_err(|message| Refusal::new(0, message))?;
    let encoding = received.encoding;
    let origin = if model.computes == Computes::Echo {
        Origin::Any
    } else {
        Origin::Loopback
    };
    let submission = submission::validate(&model.schema, received.fields, origin)
        .map_err(|message| Refusal::new(0, message))?;
    let training = training::of(model, &submission.parameters)?;
    let new = NewTask {
        owner: model.owner.clone(),
        project: model.project.clone(),
        description: model.description(),
        encoding,
        parameters: submission.parameters,
        callback: submission.callback,
        training,
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
            NotCreated::Balance => Documented::Balance.into(),
            NotCreated::Concurrency { balance, limit } => concurrency(balance, limit),
            NotCreated::NameTaken => Documented::TrainingNameTaken.into(),
            NotCreated::Disk(error) => {
                tracing::error!(%error, "a task could not be created");
                Self::with_status(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error.")
            }
        }
    }
}

/// What is said to somebody who has as many tasks as this balance allows, or would have if it allowed any number.
pub(super) fn full(balance: Decimal) -> Refusal {
    let limit = concurrency_limit(balance).unwrap_or(usize::MAX);
    concurrency(balance, limit)
}

fn concurrency(balance: Decimal, limit: usize) -> Refusal {
    let (balance, limit) = (shown_balance(balance), limit.to_string());
    Documented::Concurrency.filled(&[("balance", &balance), ("limit", &limit)])
}
