//! Starting a run (`PROTOCOL.md` section 6.1): the one call here that costs money.
//!
//! Invariant: one call of [`Client::run`] sends at most one request, and a failure says what is known about it. The
//! service has no idempotency key, so whoever sends again after [`RunFailure::Unknown`] may pay twice.

mod request;
mod upload;

use std::sync::Arc;

use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;

use crate::client::{Client, Head, body as read_body, payload};
use crate::error::{Error, ErrorKind};
use crate::forms::RunBody;
use crate::secret::Secret;
use crate::slug::ModelSlug;
use crate::wire::{Record, Shape};

pub use request::{RunAnswer, RunRequest};
pub(crate) use upload::measured;
use upload::{Body, Upload};

/// Told of every piece that leaves: bytes of the parts handed to the connection so far, and how many there are in all.
pub type UploadProgress = Arc<dyn Fn(u64, u64) + Send + Sync>;

/// The service took the run. At least one of the two is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunAccepted {
    /// The service's id of the task.
    pub task_id: Option<String>,
    /// Opens its events; a secret.
    pub token: Option<Secret<String>>,
}

/// What is known about a run that was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum RunFailure {
    /// It did not reach the service as a whole, so nothing was started.
    #[error("not sent: {0}")]
    NotSent(#[source] Error),
    /// The service said no, so nothing was started.
    #[error("refused: {0}")]
    Refused(#[source] Error),
    /// It left this machine and no usable answer came back: it may be running, and charging.
    #[error("unknown whether it started: {0}")]
    Unknown(#[source] Error),
}

impl RunFailure {
    /// What went wrong.
    pub const fn error(&self) -> &Error {
        match self {
            Self::NotSent(error) | Self::Refused(error) | Self::Unknown(error) => error,
        }
    }

    /// The same, for calls that start nothing.
    pub(crate) fn into_error(self) -> Error {
        match self {
            Self::NotSent(error) | Self::Refused(error) | Self::Unknown(error) => error,
        }
    }
}

/// What came back for a body that was sent once.
pub(crate) struct Sent {
    head: Head,
    /// What was said, or what was wrong with it.
    pub(crate) payload: Result<Map<String, Value>, Error>,
}

impl Client {
    /// Starts a model. Sends at most once, whatever happens.
    ///
    /// Whoever drops the future knows as little as after [`RunFailure::Unknown`], unless `progress` has not told the
    /// last byte yet.
    pub async fn run(
        &self,
        slug: &ModelSlug,
        body: &RunBody,
        progress: Option<UploadProgress>,
    ) -> Result<RunAccepted, RunFailure> {
        self.run_cancellable(slug, body, progress, &CancellationToken::new())
            .await
    }

    /// The same, stopped by `cancel`: [`RunFailure::NotSent`] when the last byte of the body had not left yet, and
    /// [`RunFailure::Unknown`] afterwards, both of [`ErrorKind::Cancelled`].
    pub async fn run_cancellable(
        &self,
        slug: &ModelSlug,
        body: &RunBody,
        progress: Option<UploadProgress>,
        cancel: &CancellationToken,
    ) -> Result<RunAccepted, RunFailure> {
        // On the heap: the state of an upload would make every future that awaits this one large.
        let path = ["Run", slug.owner(), slug.project()];
        let sent = Box::pin(self.send_once(&path, body, progress, cancel)).await?;
        judge(sent.head, sent.payload)
    }

    /// Sends a body at most once and reads what comes back.
    pub(crate) async fn send_once(
        &self,
        path: &[&str],
        body: &RunBody,
        progress: Option<UploadProgress>,
        cancel: &CancellationToken,
    ) -> Result<Sent, RunFailure> {
        let headers = self.require_credentials().map_err(RunFailure::NotSent)?;
        let (upload, body) = tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(RunFailure::NotSent(upload::stopped())),
            prepared = Upload::prepare(body, progress) => prepared.map_err(RunFailure::NotSent)?,
        };
        tokio::select! {
            biased;
            () = cancel.cancelled() => Err(upload.stop()),
            outcome = self.exchange(path, headers, body, &upload) => outcome,
            () = upload.stalled(self.timeouts().idle) => Err(upload.stall()),
        }
    }

    async fn exchange(
        &self,
        path: &[&str],
        mut headers: HeaderMap,
        body: Body,
        upload: &Upload,
    ) -> Result<Sent, RunFailure> {
        let secrets = self.secrets(&headers);
        let request = self.run_transport().post(self.endpoints().call(path));
        let request = match body {
            Body::Json { stream, bytes } => {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                headers.insert(CONTENT_LENGTH, HeaderValue::from(bytes));
                request.body(stream)
            }
            Body::Multipart(form) => request.multipart(form),
        };
        let response = request
            .headers(headers)
            .send()
            .await
            .map_err(|error| upload.failure(error, self.via().as_deref()))?;
        upload.alive();
        let head = Head::of(&response);
        match read_body(response, || upload.alive()).await {
            Ok(bytes) => Ok(Sent {
                head,
                payload: payload(head, &bytes, &secrets),
            }),
            Err(lost) => Err(by_status(head, head.without_body(lost))),
        }
    }
}

/// What an answer that was read means.
fn judge(
    head: Head,
    payload: Result<Map<String, Value>, Error>,
) -> Result<RunAccepted, RunFailure> {
    let fields = match payload {
        Ok(fields) => fields,
        Err(error) if error.is_refusal() && (head.status < 500 || is_definite(error.kind())) => {
            return Err(RunFailure::Refused(error));
        }
        Err(error) => return Err(by_status(head, error)),
    };
    let answer = RunAnswer::from_fields(&fields, &mut Shape::default());
    let accepted = RunAccepted {
        task_id: answer.task_id,
        token: answer.token,
    };
    if accepted.task_id.is_none() && accepted.token.is_none() {
        let message = "the service said yes and named no task";
        return Err(RunFailure::Unknown(
            Error::new(ErrorKind::Protocol, message).with_status(head.status),
        ));
    }
    Ok(accepted)
}

/// What a status alone means: a redirect or a refusal happens before anything is started, a fault may come after.
fn by_status(head: Head, error: Error) -> RunFailure {
    match head.status {
        408 => RunFailure::Unknown(error),
        300..=499 => RunFailure::Refused(error),
        _ => RunFailure::Unknown(error),
    }
}

/// Refusals that mean one thing, so that they are believed even with a status of 500.
const fn is_definite(kind: &ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Auth
            | ErrorKind::SignIn
            | ErrorKind::Balance
            | ErrorKind::Concurrency { .. }
            | ErrorKind::Validation { field: Some(_) }
    )
}
