//! What can go wrong with a call, told apart by what the caller can do about it.

mod classify;
mod connection;
mod item;
mod wording;

use std::fmt;
use std::time::Duration;

use rust_decimal::Decimal;

pub(crate) use classify::{Refusal, from_refusals, from_status};
pub(crate) use connection::{innermost, unreachable_because};
pub use item::ErrorItem;
pub(crate) use wording::tidy;

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErrorKind {
    /// Key, signature or address list (HTTP 401 and 403, code 99); or there is no key at all.
    Auth,
    /// The account may not do this: suspended, not in the team, wrong context.
    Permission,
    /// The model needs a signed-in account (code 98).
    SignIn,
    /// An input is missing or wrong.
    Validation {
        /// The input's key, when the service named it.
        field: Option<String>,
    },
    /// The task is not in a state that allows this (code 1 of `Task/Cancel`, `Task/Kill`, `Task/InputOutputDelete`).
    WrongState,
    /// No such model, task or path, or it is not accessible (code 1).
    NotFound,
    /// Too many tasks at the same time (code 96). Nothing was created.
    Concurrency {
        /// The wallet, when the message told it.
        balance: Option<Decimal>,
        /// How many tasks the wallet allows, when the message told it.
        limit: Option<u32>,
    },
    /// The wallet is too low (code 97).
    Balance,
    /// Too many requests (HTTP 429).
    RateLimited {
        /// How long the service asks to wait.
        retry_after: Option<Duration>,
    },
    /// Name lookup, connection or TLS failed, or the connection broke.
    Network,
    /// No answer in time.
    Timeout,
    /// The service answered with a redirect, which is never followed.
    Redirect,
    /// A fault of the service (HTTP 5xx), or a refusal it did not explain in known words.
    Service,
    /// The answer is not what `PROTOCOL.md` describes.
    Protocol,
    /// A fault on this machine: a file changed, is gone or unreadable.
    Local,
    /// It was stopped by us.
    Cancelled,
}

/// What of the credentials was refused (`PROTOCOL.md` section 3.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthFault {
    /// There is no key, so nothing was sent.
    NoKey,
    /// The service does not know the key.
    UnknownKey,
    /// The project signs its calls, and this one was not signed.
    SignatureMissing,
    /// The signature is wrong: the secret is, most likely.
    Signature,
    /// The project does not take calls from this address.
    Address,
    /// A bearer token is missing, wrong or expired (code 99).
    Bearer,
    /// The service did not say.
    Unnamed,
}

/// What may be sent again after a failure (`PROTOCOL.md` sections 3.5 and D-02). A call that can charge is never sent
/// again for any other reason than [`Retry::AfterATaskEnds`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// Nothing: it would be answered alike, or nobody knows what it would do.
    No,
    /// A read.
    Read {
        /// How long the service asks to wait; otherwise the pause is the caller's to choose.
        after: Option<Duration>,
    },
    /// Any call, once one of the account's tasks has ended: the service refused before it created anything (code 96).
    AfterATaskEnds,
}

/// A failed call. Holds no key, secret or token.
pub struct Error {
    inner: Box<Inner>,
}

struct Inner {
    kind: ErrorKind,
    http_status: Option<u16>,
    code: Option<String>,
    message: String,
    retry_after: Option<Duration>,
    refused: bool,
    cut_off: bool,
    file_changed: bool,
    proxy_fault: bool,
    clock_skew_seconds: Option<i64>,
    auth: Option<AuthFault>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl AsRef<str>) -> Self {
        Self {
            inner: Box::new(Inner {
                kind,
                http_status: None,
                code: None,
                message: tidy(message.as_ref()),
                retry_after: None,
                refused: false,
                cut_off: false,
                file_changed: false,
                proxy_fault: false,
                clock_skew_seconds: None,
                auth: None,
                source: None,
            }),
        }
    }

    /// What went wrong.
    pub fn kind(&self) -> &ErrorKind {
        &self.inner.kind
    }

    /// HTTP status of the answer, when there was one.
    pub fn http_status(&self) -> Option<u16> {
        self.inner.http_status
    }

    /// The service's error code as it wrote it: a number, or text such as `E1`.
    pub fn code(&self) -> Option<&str> {
        self.inner.code.as_deref()
    }

    /// The service's own wording, or ours when it said nothing usable. One line, never markup, at most 300 characters.
    pub fn message(&self) -> &str {
        &self.inner.message
    }

    /// How long the service asked to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.inner.retry_after
    }

    /// Whether the service answered `result: false`, which says that it did nothing.
    pub fn is_refusal(&self) -> bool {
        self.inner.refused
    }

    /// Whether a file is not what it was when it was chosen.
    pub fn is_file_changed(&self) -> bool {
        self.inner.file_changed
    }

    /// Whether it was the proxy that could not be reached, refused, or did not answer like one.
    pub fn is_proxy_fault(&self) -> bool {
        self.inner.proxy_fault
    }

    /// How far this machine's clock is ahead of the service's, in seconds, when the key was refused and the answer
    /// told the time. A wrong clock can spoil nonces.
    pub fn clock_skew_seconds(&self) -> Option<i64> {
        self.inner.clock_skew_seconds
    }

    /// What of the credentials was refused, when it was them.
    pub fn auth_fault(&self) -> Option<AuthFault> {
        let unsaid = match self.inner.http_status {
            Some(_) => AuthFault::Unnamed,
            None => AuthFault::NoKey,
        };
        (self.inner.kind == ErrorKind::Auth).then(|| self.inner.auth.unwrap_or(unsaid))
    }

    /// What may be sent again.
    pub fn retry(&self) -> Retry {
        let after = self.inner.retry_after;
        match self.inner.kind {
            ErrorKind::Network | ErrorKind::Timeout | ErrorKind::RateLimited { .. } => {
                Retry::Read { after }
            }
            ErrorKind::Service if self.inner.http_status.is_some_and(|status| status >= 500) => {
                Retry::Read { after }
            }
            ErrorKind::Concurrency { .. } if self.inner.refused => Retry::AfterATaskEnds,
            _ if self.inner.cut_off => Retry::Read { after },
            _ => Retry::No,
        }
    }

    /// Whether the same **read** may succeed when repeated.
    pub fn is_retryable_read(&self) -> bool {
        matches!(self.retry(), Retry::Read { .. })
    }

    pub(crate) fn with_status(mut self, status: u16) -> Self {
        self.inner.http_status = Some(status);
        self
    }

    pub(crate) fn with_source(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.inner.source = Some(source.into());
        self
    }

    pub(crate) fn with_retry_after(mut self, wait: Option<Duration>) -> Self {
        self.inner.retry_after = wait;
        if let ErrorKind::RateLimited { retry_after } = &mut self.inner.kind {
            *retry_after = wait;
        }
        self
    }

    pub(crate) fn with_clock_skew(mut self, seconds: Option<i64>) -> Self {
        if self.inner.kind == ErrorKind::Auth {
            self.inner.clock_skew_seconds = seconds;
        }
        self
    }

    pub(crate) fn refused(mut self) -> Self {
        self.inner.refused = true;
        self
    }

    pub(crate) fn cut_off(mut self) -> Self {
        self.inner.cut_off = true;
        self
    }

    pub(crate) fn file_changed(mut self) -> Self {
        self.inner.file_changed = true;
        self
    }

    pub(crate) fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.inner.kind = kind;
        self
    }

    /// A connection that failed; the address itself is left out of the source. `via` is the proxy it went through.
    pub(crate) fn network(error: reqwest::Error, via: Option<&str>) -> Self {
        let host = error
            .url()
            .and_then(|url| url.host_str())
            .unwrap_or("the service")
            .to_owned();
        let timed_out = error.is_timeout() && !error.is_connect();
        let error = error.without_url();
        if timed_out {
            return Self::new(ErrorKind::Timeout, format!("{host} did not answer in time"))
                .with_source(error);
        }
        if error.is_connect() {
            let (message, by_proxy) = unreachable_because(&error, &host, via);
            let mut failed = Self::new(ErrorKind::Network, message).with_source(error);
            failed.inner.proxy_fault = by_proxy;
            return failed;
        }
        let reason = innermost(&error);
        let message = format!("lost the connection to {host}: {reason}");
        Self::new(ErrorKind::Network, message).with_source(error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.message())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Error");
        shown
            .field("kind", &self.inner.kind)
            .field("message", &self.inner.message);
        if let Some(status) = self.inner.http_status {
            shown.field("http_status", &status);
        }
        if let Some(code) = &self.inner.code {
            shown.field("code", code);
        }
        if let Some(source) = &self.inner.source {
            shown.field("source", &source.to_string());
        }
        shown.finish_non_exhaustive()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.inner.source.as_deref().map(|source| source as _)
    }
}
