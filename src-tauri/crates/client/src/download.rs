//! Fetches outputs. Their addresses came from the network, so nothing about them is trusted.
//!
//! Invariants: no credential is ever sent; every hop is checked (https, no address of a private network); the file
//! comes into being only here and is gone after a failure; a length that was promised is the length that is written.

mod guard;

use std::fmt;
use std::io;
use std::path::Path;
use std::time::Duration;

use fs_err::tokio::File;
use reqwest::header::{CONTENT_TYPE, LOCATION};
use reqwest::{Response, StatusCode};
use tokio::io::AsyncWriteExt;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::error::{innermost, tidy, unreachable_because};
use crate::proxy::{Proxy, Route};
use guard::{Blocked, Guard};

/// How many redirects are followed.
const MAX_REDIRECTS: usize = 5;
/// How much of the beginning is kept for telling the type.
const HEAD_BYTES: usize = 4096;
/// Largest file written; one without an end must not fill the disk.
const MAX_BYTES: u64 = 32 * 1024 * 1024 * 1024;

/// Fetches files from public addresses.
#[derive(Clone)]
pub struct Downloader {
    http: reqwest::Client,
    route: Route,
    guard: Guard,
}

/// A file that was written whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Downloaded {
    /// Its size.
    pub bytes: u64,
    /// The type the server claims.
    pub content_type: Option<String>,
    /// The first 4 KiB.
    pub head: Vec<u8>,
}

/// Why a file was not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DownloadErrorKind {
    /// It is no longer there (HTTP 403, 404, 410): ask the service for a new address, once.
    Expired,
    /// It is not as long as was promised.
    Length {
        /// What was promised.
        expected: u64,
        /// What there was, as far as is known.
        got: u64,
    },
    /// The address, or one it led to, is not one we call.
    Blocked,
    /// The connection failed or broke.
    Network,
    /// It could not be written.
    Disk,
    /// The server answered with something else than the file.
    Service,
    /// It was stopped by us.
    Cancelled,
}

/// A download that failed; the file does not exist.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct DownloadError {
    kind: DownloadErrorKind,
    message: String,
    #[source]
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl DownloadError {
    fn new(kind: DownloadErrorKind, message: impl AsRef<str>) -> Self {
        Self {
            kind,
            message: tidy(message.as_ref()),
            source: None,
        }
    }

    /// An output whose address is none.
    pub fn no_address() -> Self {
        Self::new(
            DownloadErrorKind::Blocked,
            "the service gave no usable address",
        )
    }

    fn length(expected: u64, got: u64) -> Self {
        let kind = DownloadErrorKind::Length { expected, got };
        Self::new(kind, format!("{expected} bytes were promised, {got} came"))
    }

    fn disk(error: io::Error) -> Self {
        let message = format!("the file cannot be written: {}", error.kind());
        Self {
            source: Some(Box::new(error)),
            ..Self::new(DownloadErrorKind::Disk, message)
        }
    }

    /// A connection that failed; its address may let anybody read the file and is left out.
    fn network(error: reqwest::Error) -> Self {
        Self::unreachable(error, "the server", None)
    }

    /// The same, with the host and the proxy that was asked for it.
    fn unreachable(error: reqwest::Error, host: &str, via: Option<&str>) -> Self {
        let error = error.without_url();
        if let Some(blocked) = Blocked::cause_of(&error) {
            return blocked.clone().into();
        }
        let message = if error.is_connect() {
            unreachable_because(&error, host, via).0
        } else {
            format!("the download failed: {}", innermost(&error))
        };
        Self {
            source: Some(Box::new(error)),
            ..Self::new(DownloadErrorKind::Network, message)
        }
    }

    /// What went wrong.
    pub const fn kind(&self) -> DownloadErrorKind {
        self.kind
    }

    /// What went wrong, in one line without the address.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What the disk said, so that a full one can be told.
    pub fn io_kind(&self) -> Option<io::ErrorKind> {
        self.source
            .as_deref()
            .and_then(|source| source.downcast_ref::<io::Error>())
            .map(io::Error::kind)
    }
}

impl From<Blocked> for DownloadError {
    fn from(blocked: Blocked) -> Self {
        Self::new(DownloadErrorKind::Blocked, blocked.to_string())
    }
}

impl Downloader {
    /// A downloader that takes the system's proxy. `allow_loopback` is for the Sandbox and tests: plain HTTP and loopback addresses, only when the
    /// host is this machine by name.
    pub fn new(allow_loopback: bool) -> Result<Self, DownloadError> {
        Self::with_proxy(allow_loopback, &Proxy::System)
    }

    /// The same with the proxy of one's choice. What this machine serves to itself is fetched directly in any case.
    pub fn with_proxy(allow_loopback: bool, proxy: &Proxy) -> Result<Self, DownloadError> {
        let guard = Guard::new(allow_loopback);
        let route = Route::new(proxy);
        let http = route
            .apply(reqwest::Client::builder(), allow_loopback)
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .dns_resolver(guard.clone())
            .connect_timeout(Duration::from_secs(10))
            .read_timeout(Duration::from_mins(1))
            .user_agent(concat!("wiro-studio/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(DownloadError::network)?;
        Ok(Self { http, route, guard })
    }

    /// Writes what lies at `url` to the new file `to`. Cancelling stops it within one piece.
    pub async fn download(
        &self,
        url: &Url,
        to: &Path,
        expected_bytes: Option<u64>,
        cancel: &CancellationToken,
    ) -> Result<Downloaded, DownloadError> {
        let work = Box::pin(async {
            let response = self.open(url).await?;
            self.store(response, to, expected_bytes).await
        });
        tokio::select! {
            done = work => done,
            () = cancel.cancelled() => {
                Err(DownloadError::new(DownloadErrorKind::Cancelled, "the download was stopped"))
            }
        }
    }

    /// Follows redirects by hand, so that each hop is looked at before it is called.
    async fn open(&self, url: &Url) -> Result<Response, DownloadError> {
        let mut url = url.clone();
        for _ in 0..=MAX_REDIRECTS {
            self.guard.admit(&url).await?;
            let response = self.http.get(url.clone()).send().await.map_err(|error| {
                let host = url.host_str().unwrap_or("the server");
                DownloadError::unreachable(error, host, self.route.shown(&url).as_deref())
            })?;
            match response.status() {
                StatusCode::OK => return Ok(response),
                StatusCode::FORBIDDEN | StatusCode::NOT_FOUND | StatusCode::GONE => {
                    let message = format!(
                        "the file is no longer there (HTTP {})",
                        response.status().as_u16()
                    );
                    return Err(DownloadError::new(DownloadErrorKind::Expired, message));
                }
                status if status.is_redirection() => url = next_hop(&url, &response)?,
                status => {
                    let message = format!(
                        "the server did not hand the file out (HTTP {})",
                        status.as_u16()
                    );
                    return Err(DownloadError::new(DownloadErrorKind::Service, message));
                }
            }
        }
        Err(DownloadError::new(
            DownloadErrorKind::Service,
            "the address leads to too many others",
        ))
    }

    async fn store(
        &self,
        response: Response,
        to: &Path,
        expected: Option<u64>,
    ) -> Result<Downloaded, DownloadError> {
        let announced = response.content_length();
        if let (Some(expected), Some(announced)) = (expected, announced)
            && expected != announced
        {
            return Err(DownloadError::length(expected, announced));
        }
        let promised = expected.or(announced);
        let content_type = response
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        // Not awaited: a download dropped while another thread creates the file would leave it behind.
        let file = fs_err::File::create_new(to).map_err(DownloadError::disk)?;
        let partial = Partial { path: Some(to) };
        let file = File::from_std(file);
        let (bytes, head) = copy(response, file, promised).await?;
        partial.keep();
        Ok(Downloaded {
            bytes,
            content_type,
            head,
        })
    }
}

/// Where a redirect leads.
fn next_hop(url: &Url, response: &Response) -> Result<Url, DownloadError> {
    let location = response
        .headers()
        .get(LOCATION)
        .and_then(|value| value.to_str().ok());
    location
        .and_then(|location| url.join(location).ok())
        .ok_or_else(|| {
            DownloadError::new(
                DownloadErrorKind::Service,
                "the address leads to another that cannot be read",
            )
        })
}

/// Whether the server closed in good order before it had sent what it announced.
fn ended_early(error: &reqwest::Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(current) = source {
        if current
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::UnexpectedEof)
        {
            return true;
        }
        source = current.source();
    }
    false
}

/// Writes the body and makes sure that it is on the disk.
async fn copy(
    mut response: Response,
    mut file: File,
    promised: Option<u64>,
) -> Result<(u64, Vec<u8>), DownloadError> {
    let limit = promised.unwrap_or(MAX_BYTES);
    let (mut bytes, mut head) = (0_u64, Vec::new());
    loop {
        let chunk = match response.chunk().await {
            Ok(Some(chunk)) => chunk,
            Ok(None) => break,
            Err(error) => {
                return Err(match promised {
                    Some(promised) if ended_early(&error) => DownloadError::length(promised, bytes),
                    _ => DownloadError::network(error),
                });
            }
        };
        bytes += chunk.len() as u64;
        if bytes > limit {
            return Err(DownloadError::length(limit, bytes));
        }
        let wanted = HEAD_BYTES.saturating_sub(head.len()).min(chunk.len());
        head.extend_from_slice(&chunk[..wanted]);
        file.write_all(&chunk).await.map_err(DownloadError::disk)?;
    }
    if let Some(promised) = promised
        && promised != bytes
    {
        return Err(DownloadError::length(promised, bytes));
    }
    file.flush().await.map_err(DownloadError::disk)?;
    file.sync_all().await.map_err(DownloadError::disk)?;
    Ok((bytes, head))
}

/// A file that is removed again unless it is kept, also when the download is dropped half-way.
struct Partial<'a> {
    path: Option<&'a Path>,
}

impl Partial<'_> {
    fn keep(mut self) {
        self.path = None;
    }
}

impl Drop for Partial<'_> {
    fn drop(&mut self) {
        if let Some(path) = self.path
            && let Err(error) = fs_err::remove_file(path)
        {
            tracing::warn!(%error, "an unfinished download could not be removed");
        }
    }
}

impl fmt::Debug for Downloader {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Downloader")
            .field("guard", &self.guard)
            .finish_non_exhaustive()
    }
}
