//! Counts requests and does wrong what the fault plan asks for, around every handler.

mod reshape;

use std::future;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::BodyDataStream;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use futures_util::StreamExt;
use serde_json::json;

use super::{Refusal, intake, run};
use crate::documented::Documented;
use crate::fault::edit::expand;
use crate::fault::{Close, FaultAction, Stall, When};
use crate::listener::{Cut, Peer};
use crate::state::App;
use reshape::reshaped;

pub(super) async fn count_and_misbehave(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path();
    let event = match path.trim_start_matches("/v1").trim_start_matches('/') {
        "" => "socket",
        event => event,
    }
    .to_owned();
    app.requests.count(endpoint(&event));
    // Sockets misbehave by themselves, counted by connection.
    let action = if event == "socket" {
        None
    } else {
        app.faults.next(&event)
    };
    let Some(action) = action else {
        return next.run(request).await;
    };
    tokio::time::sleep(Duration::from_millis(action.delay_ms)).await;

    if action.close == Some(Close::Upload) {
        drop(swallow(request, action.after_bytes).await);
        return closed(&peer.cut);
    }
    if action.stall == Some(Stall::Upload) {
        // Held, because dropping it would end the connection.
        let _request = swallow(request, action.after_bytes).await;
        return future::pending().await;
    }
    // A plan that only reshapes the answer needs one.
    if action.replaces() && action.when == When::Before {
        // Read what was sent, so that the connection's fate does not depend on how much that is.
        intake::drain(&mut request.into_body().into_data_stream()).await;
        return instead(&app, action, &peer).await;
    }
    let answer = next.run(request).await;
    if action.replaces() {
        return instead(&app, action, &peer).await;
    }
    reshaped(action, answer).await
}

/// What the statistics call an event. The names are these and no others: whatever is asked for, the list stays short.
fn endpoint(event: &str) -> &'static str {
    const WHOLE: [&str; 12] = [
        "socket",
        "Tool/List",
        "Tool/Detail",
        "Tool/Explore",
        "Task/Detail",
        "Task/List",
        "Task/Cancel",
        "Task/Kill",
        "Task/InputOutputDelete",
        "File/FolderCreate",
        "File/Upload",
        "sandbox/stats",
    ];
    // Paths that carry names are counted together.
    match event.split_once('/') {
        Some(("Run", _)) => "Run",
        Some(("files", _)) => "files",
        Some(("uploads", _)) => "uploads",
        _ => WHOLE
            .into_iter()
            .find(|name| *name == event)
            .unwrap_or("other"),
    }
}

/// Reads up to `limit` bytes of the body, and hands back what is left of it.
async fn swallow(request: Request, limit: u64) -> BodyDataStream {
    let mut body = request.into_body().into_data_stream();
    let mut seen = 0_u64;
    while seen < limit
        && let Some(Ok(chunk)) = body.next().await
    {
        seen = seen.saturating_add(chunk.len().try_into().unwrap_or(u64::MAX));
    }
    body
}

/// Ends the connection; the answer is never written.
fn closed(cut: &Cut) -> Response {
    cut.0.cancel();
    StatusCode::NO_CONTENT.into_response()
}

/// The answer a plan gives in place of the real one.
pub(crate) async fn instead(app: &App, action: &FaultAction, peer: &Peer) -> Response {
    if action.close == Some(Close::Answer) {
        return closed(&peer.cut);
    }
    if action.stall == Some(Stall::Headers) {
        return future::pending().await;
    }
    let refusal = action.refuse.map(|reason| refusal(app, reason, peer));
    let status = match (action.status, &refusal) {
        (Some(status), _) => StatusCode::from_u16(status).unwrap_or_default(),
        (None, Some(refusal)) => refusal.status,
        (None, None) => StatusCode::OK,
    };
    let answer = if let Some(body) = &action.body {
        let json = [(header::CONTENT_TYPE, "application/json")];
        (status, json, expand(body)).into_response()
    } else if let Some(refusal) = refusal {
        Refusal { status, ..refusal }.into_response()
    } else if let Some(error) = &action.error {
        let body = json!({ "result": false, "errors": [error] });
        (status, Json(body)).into_response()
    } else if status.is_server_error() {
        let page = format!(
            "<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>"
        );
        (status, Html(page)).into_response()
    } else {
        let reason = status.canonical_reason().unwrap_or("Refused");
        Refusal::with_status(status, reason).into_response()
    };
    reshaped(action, answer).await
}

/// A documented refusal with what belongs into its words.
fn refusal(app: &App, reason: Documented, peer: &Peer) -> Refusal {
    match reason {
        Documented::Address => reason.filled(&[("ip", &peer.address.to_string())]),
        Documented::Concurrency => run::full(app.store.balance()),
        Documented::NotKillable => reason.filled(&[("reason", "the worker does not answer")]),
        _ => reason.into(),
    }
}
