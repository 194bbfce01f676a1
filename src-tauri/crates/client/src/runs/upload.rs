//! The body of a run on its way out: files are streamed from disk, every byte is counted.

mod file;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use reqwest::multipart::{Form, Part as FormPart};
use tokio::time::Instant;

use super::{RunFailure, UploadProgress};
use crate::error::{Error, ErrorKind};
use crate::forms::{Part, RunBody};
pub(crate) use file::measured;
use file::{LocalFile, Pieces};

/// A body ready to be sent.
pub(super) enum Body {
    /// JSON, its length known.
    Json { stream: reqwest::Body, bytes: usize },
    /// Parts, their lengths known.
    Multipart(Form),
}

/// How far a request got.
#[derive(Clone)]
pub(super) struct Upload {
    shared: Arc<Shared>,
}

struct Shared {
    /// Bytes of the parts handed to the connection. Handing over is not arriving, so this errs towards "sent".
    sent: AtomicU64,
    total: u64,
    begun: Instant,
    /// Milliseconds from `begun` to the last sign of life.
    alive_ms: AtomicU64,
    progress: Option<UploadProgress>,
    /// What went wrong on this machine while the body was read.
    local: Mutex<Option<Error>>,
}

impl Upload {
    /// Looks at every file once more and prepares the body. Nothing is sent yet.
    pub(super) async fn prepare(
        body: &RunBody,
        progress: Option<UploadProgress>,
    ) -> Result<(Self, Body), Error> {
        match body {
            RunBody::Json(fields) => {
                let text = serde_json::to_vec(fields).map_err(|error| {
                    Error::new(ErrorKind::Local, "the request cannot be written").with_source(error)
                })?;
                let bytes = text.len();
                let upload = Self::new(bytes as u64, progress);
                let stream = upload.whole(text.into());
                Ok((upload, Body::Json { stream, bytes }))
            }
            RunBody::Multipart(parts) => {
                let mut files = Vec::new();
                for part in parts {
                    if let Part::File {
                        path,
                        file_name,
                        bytes,
                        ..
                    } = part
                    {
                        files.push(LocalFile::open(path, file_name, *bytes).await?);
                    }
                }
                let upload = Self::new(parts.iter().map(length).sum(), progress);
                let mut files = files.into_iter();
                let mut form = Form::new();
                for part in parts {
                    form = form.part(part.name().to_owned(), upload.form_part(part, &mut files)?);
                }
                Ok((upload, Body::Multipart(form)))
            }
        }
    }

    fn new(total: u64, progress: Option<UploadProgress>) -> Self {
        let shared = Shared {
            sent: AtomicU64::new(0),
            total,
            begun: Instant::now(),
            alive_ms: AtomicU64::new(0),
            progress,
            local: Mutex::new(None),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// A part with a known length: without one the whole body would be sent chunked, which not every server takes.
    fn form_part(
        &self,
        part: &Part,
        files: &mut impl Iterator<Item = LocalFile>,
    ) -> Result<FormPart, Error> {
        match part {
            Part::Text { value, .. } if value.is_empty() => Ok(FormPart::text(String::new())),
            Part::Text { value, .. } => {
                let text = Bytes::from(value.clone());
                Ok(FormPart::stream_with_length(self.whole(text), length(part)))
            }
            Part::File {
                file_name, bytes, ..
            } => {
                let content_type = mime_guess::from_path(file_name).first_or_octet_stream();
                FormPart::stream_with_length(self.pieces(files.next()), *bytes)
                    .file_name(file_name.clone())
                    .mime_str(content_type.essence_str())
                    .map_err(|error| {
                        Error::new(ErrorKind::Local, "a file has no usable type").with_source(error)
                    })
            }
        }
    }

    /// A body of one piece.
    fn whole(&self, bytes: Bytes) -> reqwest::Body {
        let upload = self.clone();
        reqwest::Body::wrap_stream(stream::once(async move {
            upload.count(bytes.len());
            Ok::<_, std::io::Error>(bytes)
        }))
    }

    /// A body that is read from a file, piece by piece.
    fn pieces(&self, file: Option<LocalFile>) -> reqwest::Body {
        let upload = self.clone();
        // Nothing is read before the body is asked for: files of a run are many, and each waits for its turn.
        let pieces = stream::iter(file).flat_map(|file| pieces_of(file.into_pieces()));
        reqwest::Body::wrap_stream(pieces.map(move |piece| match piece {
            Ok(piece) => {
                upload.count(piece.len());
                Ok(piece)
            }
            Err(error) => {
                let broken = std::io::Error::other(error.message().to_owned());
                *upload
                    .shared
                    .local
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner) = Some(error);
                Err(broken)
            }
        }))
    }

    fn count(&self, bytes: usize) {
        let bytes = bytes as u64;
        let sent = self.shared.sent.fetch_add(bytes, Ordering::Relaxed) + bytes;
        self.alive();
        if let Some(progress) = &self.shared.progress {
            progress(sent, self.shared.total);
        }
    }

    /// Whether the last byte may have left.
    fn is_complete(&self) -> bool {
        self.shared.sent.load(Ordering::Relaxed) >= self.shared.total
    }

    /// Notes a sign of life.
    pub(super) fn alive(&self) {
        self.shared
            .alive_ms
            .store(self.elapsed_ms(), Ordering::Relaxed);
    }

    fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.shared.begun.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Comes back when there was no sign of life for so long.
    pub(super) async fn stalled(&self, idle: Duration) {
        loop {
            let alive = self.shared.alive_ms.load(Ordering::Relaxed);
            let deadline = self.shared.begun + Duration::from_millis(alive) + idle;
            if deadline <= Instant::now() {
                return;
            }
            tokio::time::sleep_until(deadline).await;
        }
    }

    /// What a stall means.
    pub(super) fn stall(&self) -> RunFailure {
        self.interrupted(Error::new(
            ErrorKind::Timeout,
            "the service did not answer in time",
        ))
    }

    /// What it means that we stop it.
    pub(super) fn stop(&self) -> RunFailure {
        self.interrupted(stopped())
    }

    /// What a failed exchange means: a fault of ours and a connection that never stood are certain, then the count
    /// decides.
    pub(super) fn failure(&self, error: reqwest::Error, via: Option<&str>) -> RunFailure {
        if let Some(local) = self
            .shared
            .local
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
        {
            return RunFailure::NotSent(local);
        }
        let never_left = error.is_connect() || error.is_builder();
        let error = Error::network(error, via);
        if never_left {
            RunFailure::NotSent(error)
        } else {
            self.interrupted(error)
        }
    }

    fn interrupted(&self, error: Error) -> RunFailure {
        if self.is_complete() {
            RunFailure::Unknown(error)
        } else {
            RunFailure::NotSent(error)
        }
    }
}

/// It was stopped by us.
pub(super) fn stopped() -> Error {
    Error::new(ErrorKind::Cancelled, "it was stopped")
}

fn pieces_of(pieces: Pieces) -> impl Stream<Item = Result<Bytes, Error>> {
    stream::unfold(pieces, |mut pieces| async move {
        let piece = pieces.recv().await?;
        Some((piece, pieces))
    })
}

fn length(part: &Part) -> u64 {
    match part {
        Part::Text { value, .. } => value.len() as u64,
        Part::File { bytes, .. } => *bytes,
    }
}
