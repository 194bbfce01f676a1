//! The HTTP side: routes, credentials, and the envelope of `PROTOCOL.md` section 3.

mod body;
pub(crate) mod faults;
mod files;
pub(crate) mod intake;
mod run;
mod tasks;
mod tools;
mod uploads;

use std::sync::Arc;

use axum::extract::{ConnectInfo, DefaultBodyLimit, Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::documented::Documented;
use crate::error::Error;
use crate::listener::Peer;
use crate::socket;
use crate::state::App;

/// Everything the Sandbox answers.
pub(crate) fn router(app: Arc<App>) -> Router {
    let catalogue = Router::new()
        .route("/v1/Tool/List", post(tools::list))
        .route("/v1/Tool/Detail", post(tools::detail))
        .route("/v1/Tool/Explore", post(tools::explore))
        .route_layer(middleware::from_fn_with_state(
            Arc::clone(&app),
            optional_key,
        ));
    let private = Router::new()
        .route(
            "/v1/Run/{owner}/{project}",
            // Counts its bytes itself, by part.
            post(run::run).layer(DefaultBodyLimit::disable()),
        )
        .route("/v1/Task/Detail", post(tasks::detail))
        .route("/v1/Task/List", post(tasks::list))
        .route("/v1/Task/Cancel", post(tasks::cancel))
        .route("/v1/Task/Kill", post(tasks::kill))
        .route("/v1/Task/InputOutputDelete", post(tasks::delete_files))
        .route("/v1/File/FolderCreate", post(uploads::create_folder))
        .route(
            "/v1/File/Upload",
            // Counts its bytes itself, by part.
            post(uploads::upload).layer(DefaultBodyLimit::disable()),
        )
        .route_layer(middleware::from_fn_with_state(
            Arc::clone(&app),
            required_key,
        ));
    Router::new()
        .merge(catalogue)
        .merge(private)
        .route("/v1", get(socket::upgrade))
        .route("/v1/", get(socket::upgrade))
        .route("/files/{task}/{key}/{name}", get(files::serve))
        .route("/uploads/{id}/{key}/{name}", get(files::serve_upload))
        .route("/sandbox/stats", get(stats))
        .fallback(unknown)
        .method_not_allowed_fallback(unknown)
        .layer(middleware::from_fn_with_state(
            Arc::clone(&app),
            faults::count_and_misbehave,
        ))
        .with_state(app)
}

/// A refusal in the envelope.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) code: u32,
    pub(crate) message: String,
}

impl Refusal {
    /// An ordinary refusal comes with HTTP 200 (`PROTOCOL.md` section 3.2).
    pub(crate) fn new(code: u32, message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::OK,
            code,
            message: message.into(),
        }
    }

    pub(crate) fn with_status(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            code: 0,
            message: message.into(),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body =
            json!({ "result": false, "errors": [{ "code": self.code, "message": self.message }] });
        (self.status, Json(body)).into_response()
    }
}

/// Storage failed: a server fault.
impl From<std::io::Error> for Refusal {
    fn from(error: std::io::Error) -> Self {
        Error::from(error).into()
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        tracing::error!(%error, "a request could not be served");
        Self::with_status(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error.")
    }
}

/// The shape `Task/Detail` and `Task/List` share.
pub(crate) fn task_envelope(tasks: &[Value], total: usize) -> Value {
    json!({ "result": true, "errors": [], "total": total.to_string(), "tasklist": tasks })
}

async fn unknown() -> Refusal {
    Documented::UnknownPath.into()
}

async fn required_key(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    request: Request,
    next: Next,
) -> Response {
    match app.project.check(request.headers(), peer.address) {
        Ok(()) => next.run(request).await,
        Err(denied) => {
            intake::drain(&mut request.into_body().into_data_stream()).await;
            Refusal::from(denied).into_response()
        }
    }
}

/// The catalogue needs no key, but one that is sent must be right.
async fn optional_key(
    state: State<Arc<App>>,
    peer: ConnectInfo<Peer>,
    request: Request,
    next: Next,
) -> Response {
    if request.headers().contains_key("x-api-key") {
        required_key(state, peer, request, next).await
    } else {
        next.run(request).await
    }
}

/// For tests: how often each endpoint was asked, and what is left in the wallet.
async fn stats(State(app): State<Arc<App>>) -> Json<Value> {
    Json(json!({
        "project": app.project.fingerprint(),
        "requests": app.requests.counts(),
        "balance": app.store.balance().normalize().to_string(),
    }))
}
