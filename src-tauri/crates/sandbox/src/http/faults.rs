//! Counts requests and does wrong what the fault plan asks for, around every handler.

use std::convert::Infallible;
use std::future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use futures_util::{StreamExt, stream};

use super::{Refusal, intake};
use crate::fault::{Close, FaultAction, Stall, When};
use crate::listener::{Cut, Peer};
use crate::schema::as_text;
use crate::state::App;

/// More than any answer a test wants cut.
const ANSWER_LIMIT: usize = 256 * 1_048_576;

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
        swallow(request, action.after_bytes).await;
        return closed(&peer.cut);
    }
    // A plan that only reshapes the answer needs one.
    let answered = action.when == When::After
        || (action.status.is_none() && action.body.is_none() && silent(action).is_none());
    if !answered {
        // Read what was sent, so that the connection's fate does not depend on how much that is.
        intake::drain(&mut request.into_body().into_data_stream()).await;
        return instead(action, &peer.cut).await;
    }
    let answer = next.run(request).await;
    if action.status.is_some() || action.body.is_some() || silent(action).is_some() {
        return instead(action, &peer.cut).await;
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

/// Whether nothing at all will be answered.
fn silent(action: &FaultAction) -> Option<()> {
    (action.close == Some(Close::Answer) || action.stall == Some(Stall::Headers)).then_some(())
}

/// Reads up to `limit` bytes of the body.
async fn swallow(request: Request, limit: u64) {
    let mut body = request.into_body().into_data_stream();
    let mut seen = 0_u64;
    while seen < limit
        && let Some(Ok(chunk)) = body.next().await
    {
        seen = seen.saturating_add(chunk.len().try_into().unwrap_or(u64::MAX));
    }
}

/// Ends the connection; the answer is never written.
fn closed(cut: &Cut) -> Response {
    cut.0.cancel();
    StatusCode::NO_CONTENT.into_response()
}

/// The answer a plan gives in place of the real one.
pub(crate) async fn instead(action: &FaultAction, cut: &Cut) -> Response {
    if action.close == Some(Close::Answer) {
        return closed(cut);
    }
    if action.stall == Some(Stall::Headers) {
        return future::pending().await;
    }
    let status = action.status.map_or(StatusCode::OK, |status| {
        StatusCode::from_u16(status).unwrap_or_default()
    });
    let answer = match &action.body {
        Some(body) => (
            status,
            [(header::CONTENT_TYPE, "application/json")],
            body.clone(),
        )
            .into_response(),
        None if status.is_server_error() => {
            let page = format!(
                "<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>"
            );
            (status, Html(page)).into_response()
        }
        None => {
            let reason = status.canonical_reason().unwrap_or("Refused");
            Refusal::with_status(status, reason).into_response()
        }
    };
    reshaped(action, answer).await
}

/// Headers added, body cut short or held up.
async fn reshaped(action: &FaultAction, answer: Response) -> Response {
    let (mut parts, body) = answer.into_parts();
    let retry_after = action
        .retry_after
        .as_deref()
        .map(|value| ("retry-after".to_owned(), value.to_owned()));
    for (name, value) in action
        .headers
        .iter()
        .map(|(name, value)| (name.clone(), as_text(value)))
        .chain(retry_after)
    {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            parts.headers.insert(name, value);
        }
    }
    // A body whose length the server can see must have that length: one it cannot see may be lied about.
    let body = if parts.headers.contains_key(header::CONTENT_LENGTH) {
        let end = stream::once(async {
            // As below: a body that ends too early must not end before its head is out.
            tokio::task::yield_now().await;
            Ok(Bytes::new())
        });
        Body::from_stream(body.into_data_stream().chain(end))
    } else {
        body
    };
    let kept = match (action.truncate, action.stall) {
        (Some(bytes), _) => Some(bytes),
        (None, Some(Stall::Body)) => None,
        (None, _) => return Response::from_parts(parts, body),
    };
    let Ok(whole) = axum::body::to_bytes(body, ANSWER_LIMIT).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    parts
        .headers
        .insert(header::CONTENT_LENGTH, HeaderValue::from(whole.len()));
    let Some(kept) = kept else {
        let half = whole.slice(..whole.len() / 2);
        let stalled =
            stream::once(future::ready(Ok::<_, Infallible>(half))).chain(stream::pending());
        return Response::from_parts(parts, Body::from_stream(stalled));
    };
    let start: Result<Bytes, io::Error> = Ok(whole.slice(..kept.min(whole.len())));
    let broken = async {
        // Lets the start reach the wire: an error that comes with it would swallow the head as well.
        tokio::task::yield_now().await;
        Err(io::ErrorKind::ConnectionAborted.into())
    };
    let cut_short = stream::once(future::ready(start)).chain(stream::once(broken));
    Response::from_parts(parts, Body::from_stream(cut_short))
}
