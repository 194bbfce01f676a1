//! Request bodies within bounds: nothing a client sends makes this process grow or wait for ever.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes};
use futures_util::{Stream, StreamExt};

/// A JSON body outside `Run`; the largest that makes sense is a few kilobytes.
pub(crate) const JSON_LIMIT: usize = 1_048_576;
/// How much is still read of a body that will be refused: closing in the middle would lose the client the answer.
const DRAIN_LIMIT: usize = 128 * 1_048_576;
/// And for how long.
const DRAIN_TIME: Duration = Duration::from_secs(30);
/// Between two files of a form there are a few short headers.
const HEADERS_LIMIT: usize = 64 * 1024;

/// The whole body, or `None` when it is larger than `limit` or broke off. What is too much is read and thrown away,
/// within the bounds of [`drain`].
pub(crate) async fn whole(body: Body, limit: usize) -> Option<Bytes> {
    let mut body = body.into_data_stream();
    let mut kept = Vec::new();
    while let Some(chunk) = body.next().await {
        let chunk = chunk.ok()?;
        if kept.len() + chunk.len() > limit {
            drop(kept);
            drain(&mut body).await;
            return None;
        }
        kept.extend_from_slice(&chunk);
    }
    Some(kept.into())
}

/// Lets the client finish its upload, up to 128 MiB or half a minute.
pub(crate) async fn drain<E>(body: &mut (impl Stream<Item = Result<Bytes, E>> + Unpin)) {
    let reading = async {
        let mut seen = 0_usize;
        while seen < DRAIN_LIMIT
            && let Some(Ok(chunk)) = body.next().await
        {
            seen += chunk.len();
        }
    };
    if tokio::time::timeout(DRAIN_TIME, reading).await.is_err() {
        tracing::debug!("a refused body was not read to its end");
    }
}

/// A body that a parser reads while its owner keeps count, and what is left of it when the parser gave up.
#[derive(Clone)]
pub(crate) struct Metered(Arc<Mutex<Meter>>);

struct Meter {
    body: BodyDataStream,
    left: u64,
    /// Bytes since the last part began, while headers are looked for.
    headers: Option<usize>,
    /// A piece was handed out, and the parser has not looked at it yet.
    served: bool,
    /// Whoever reads on only wants it gone.
    unlimited: bool,
}

impl Metered {
    /// At most `limit` bytes of the body.
    pub(crate) fn new(body: Body, limit: u64) -> Self {
        Self(Arc::new(Mutex::new(Meter {
            body: body.into_data_stream(),
            left: limit,
            headers: None,
            served: false,
            unlimited: false,
        })))
    }

    /// Between two parts only headers are expected, and those are short.
    pub(crate) fn between_parts(&self, between: bool) {
        self.with(|meter| meter.headers = between.then_some(0));
    }

    /// Reads what the parser left.
    pub(crate) async fn drain(mut self) {
        self.with(|meter| meter.unlimited = true);
        drain(&mut self).await;
    }

    fn with<T>(&self, change: impl FnOnce(&mut Meter) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Stream for Metered {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.with(|meter| meter.poll(context))
    }
}

impl Meter {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, axum::Error>>> {
        let too_much = |what: &str| Poll::Ready(Some(Err(axum::Error::new(what.to_owned()))));
        if !self.unlimited {
            // The parser takes whatever is ready before it looks at any of it: one piece at a time keeps it small.
            if std::mem::take(&mut self.served) {
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            // Only now, when it has looked and still wants more: on a connection that was used before, a single piece may
            // be larger than this and hold the headers and much of the file.
            if self.headers.is_some_and(|seen| seen > HEADERS_LIMIT) {
                return too_much("the headers of a part are too long");
            }
        }
        let next = self.body.poll_next_unpin(context);
        if let (Poll::Ready(Some(Ok(chunk))), false) = (&next, self.unlimited) {
            self.served = true;
            if let Some(seen) = &mut self.headers {
                *seen += chunk.len();
            }
            let Some(left) = u64::try_from(chunk.len())
                .ok()
                .and_then(|bytes| self.left.checked_sub(bytes))
            else {
                return too_much("the request is too large");
            };
            self.left = left;
        }
        next
    }
}
