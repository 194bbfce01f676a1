//! What a fault plan makes of an answer on its way out.

use std::convert::Infallible;
use std::future;
use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};

use crate::fault::edit::expand;
use crate::fault::{FaultAction, Stall};
use crate::schema::as_text;

/// More than any answer a test wants changed.
const ANSWER_LIMIT: usize = 256 * 1_048_576;

/// Pieces of a slow body in a second.
const PIECES_PER_SECOND: u32 = 10;

/// The answer edited, under other headers, cut short or held up.
pub(super) async fn reshaped(action: &FaultAction, answer: Response) -> Response {
    let (mut parts, mut body) = answer.into_parts();
    if let Some(status) = action.relabel {
        parts.status = StatusCode::from_u16(status).unwrap_or_default();
    }
    if !action.edit.is_empty() {
        let Some(edited) = edited(action, body).await else {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        };
        parts.headers.remove(header::CONTENT_LENGTH);
        body = edited.into();
    }
    relabel(action, &mut parts.headers);
    let Some(pace) = Pace::of(action) else {
        if parts.headers.contains_key(header::CONTENT_LENGTH) {
            body = of_any_length(body);
        }
        return Response::from_parts(parts, body);
    };
    let Ok(whole) = axum::body::to_bytes(body, ANSWER_LIMIT).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let length = HeaderValue::from(whole.len());
    parts.headers.insert(header::CONTENT_LENGTH, length);
    Response::from_parts(parts, pace.body(&whole))
}

/// Binary bodies stay as they are.
async fn edited(action: &FaultAction, body: Body) -> Option<Bytes> {
    let whole = axum::body::to_bytes(body, ANSWER_LIMIT).await.ok()?;
    let Ok(text) = std::str::from_utf8(&whole) else {
        return Some(whole);
    };
    let edits = action.edit.iter();
    let text = edits.fold(text.to_owned(), |text, edit| edit.apply(text));
    Some(text.into())
}

fn relabel(action: &FaultAction, headers: &mut HeaderMap) {
    let planned = action
        .headers
        .iter()
        .map(|(name, value)| (name.clone(), as_text(value)));
    let retry_after = action.retry_after.clone();
    let retry_after = retry_after.map(|value| ("retry-after".to_owned(), value));
    for (name, value) in planned.chain(retry_after) {
        let (name, value) = (
            HeaderName::try_from(name),
            HeaderValue::try_from(expand(&value)),
        );
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.insert(name, value);
        }
    }
}

/// A body whose length the server can see must have that length: one it cannot see may be lied about.
fn of_any_length(body: Body) -> Body {
    let end = stream::once(async {
        // As below: a body that ends too early must not end before its head is out.
        tokio::task::yield_now().await;
        Ok(Bytes::new())
    });
    Body::from_stream(body.into_data_stream().chain(end))
}

/// How a body comes that does not come as it should.
enum Pace {
    Truncated(usize),
    Half,
    Slow(u32),
}

impl Pace {
    fn of(action: &FaultAction) -> Option<Self> {
        let slow = action.bytes_per_second.map(Self::Slow);
        let half = (action.stall == Some(Stall::Body)).then_some(Self::Half);
        action.truncate.map(Self::Truncated).or(half).or(slow)
    }

    fn body(self, whole: &Bytes) -> Body {
        match self {
            Self::Truncated(bytes) => {
                let start: Result<Bytes, io::Error> = Ok(whole.slice(..bytes.min(whole.len())));
                let broken = async {
                    // Lets the start reach the wire: an error that comes with it would swallow the head as well.
                    tokio::task::yield_now().await;
                    Err(io::ErrorKind::ConnectionAborted.into())
                };
                let start = stream::once(future::ready(start));
                Body::from_stream(start.chain(stream::once(broken)))
            }
            Self::Half => {
                let half = Ok::<_, Infallible>(whole.slice(..whole.len() / 2));
                let half = stream::once(future::ready(half));
                Body::from_stream(half.chain(stream::pending()))
            }
            Self::Slow(bytes_per_second) => {
                let piece = (bytes_per_second / PIECES_PER_SECOND).max(1);
                let wait = Duration::from_secs(1) * piece / bytes_per_second.max(1);
                Body::from_stream(stream::unfold(whole.clone(), move |mut left| async move {
                    if left.is_empty() {
                        return None;
                    }
                    tokio::time::sleep(wait).await;
                    let length = usize::try_from(piece).unwrap_or(usize::MAX).min(left.len());
                    Some((Ok::<_, Infallible>(left.split_to(length)), left))
                }))
            }
        }
    }
}
