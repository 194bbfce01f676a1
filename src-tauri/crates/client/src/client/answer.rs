//! Reads an answer: whatever the status, first as the envelope of `PROTOCOL.md` section 3.1.

use std::time::{Duration, SystemTime};

use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use serde_json::{Map, Value};

use crate::error::{Error, ErrorKind, Refusal, from_refusals, from_status};
use crate::lenient;
use crate::secret::Secrets;

/// Largest answer that is read; a page of the catalogue is well below 1 MiB.
const MAX_BYTES: usize = 32 * 1024 * 1024;

/// An answer before its body is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Head {
    pub(crate) status: u16,
    retry_after: Option<Duration>,
    clock_skew_seconds: Option<i64>,
}

impl Head {
    pub(crate) fn of(response: &reqwest::Response) -> Self {
        let now = SystemTime::now();
        Self {
            status: response.status().as_u16(),
            retry_after: retry_after(response.headers(), now),
            clock_skew_seconds: clock_skew_seconds(response.headers(), now),
        }
    }

    /// Adds what the headers said.
    pub(crate) fn annotate(self, error: Error) -> Error {
        error
            .with_retry_after(self.retry_after)
            .with_clock_skew(self.clock_skew_seconds)
    }

    /// The error of an answer whose body was lost.
    pub(crate) fn without_body(self, lost: Error) -> Error {
        if self.is_success() {
            lost.with_status(self.status)
        } else {
            self.annotate(from_status(self.status))
        }
    }

    pub(crate) const fn is_success(self) -> bool {
        matches!(self.status, 200..=299)
    }
}

/// Reads the body up to a limit; `alive` is told of every piece.
pub(crate) async fn body(
    mut response: reqwest::Response,
    alive: impl Fn(),
) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| Error::network(error, None))?
    {
        alive();
        if bytes.len() + chunk.len() > MAX_BYTES {
            return Err(Error::new(ErrorKind::Protocol, "the answer is too large"));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// The payload of a successful answer, or what it says went wrong: without the secrets, which it may quote.
pub(crate) fn payload(
    head: Head,
    bytes: &[u8],
    secrets: &Secrets,
) -> Result<Map<String, Value>, Error> {
    read(head, bytes, secrets).map_err(|error| head.annotate(error))
}

fn read(head: Head, bytes: &[u8], secrets: &Secrets) -> Result<Map<String, Value>, Error> {
    let status = head.status;
    if matches!(status, 300..=399) {
        return Err(from_status(status));
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let fields = match serde_json::from_slice::<Value>(bytes) {
        Ok(Value::Object(fields)) => fields,
        Ok(_) if head.is_success() => {
            return Err(protocol(status, "the answer is not a JSON object"));
        }
        Err(error) if head.is_success() => {
            // Cut off in the middle, by a proxy perhaps: a read may be repeated.
            let cut_off = error.is_eof() && !bytes.is_empty();
            let problem = protocol(status, "the answer is not JSON").with_source(error);
            return Err(if cut_off { problem.cut_off() } else { problem });
        }
        _ => return Err(from_status(status)),
    };
    let refusals = Refusal::list(fields.get("errors"), secrets);
    match (lenient::boolean(fields.get("result")), refusals.is_empty()) {
        (Some(true), _) if head.is_success() => Ok(fields),
        (Some(false), false) => Err(from_refusals(status, &refusals).refused()),
        (Some(false), true) if head.is_success() => {
            Err(protocol(status, "the service refused and gave no reason").refused())
        }
        (None, false) if head.is_success() => {
            Err(from_refusals(status, &refusals).with_kind(ErrorKind::Protocol))
        }
        (None, true) if head.is_success() => Err(protocol(
            status,
            "the answer does not say whether it succeeded (no `result`)",
        )),
        (_, false) => Err(from_refusals(status, &refusals)),
        (_, true) => Err(from_status(status)),
    }
}

/// Whether an answer has the list it is about: an array, perhaps as a string of JSON. The generic `data` wrapper of
/// some pages is tolerated (C-03).
pub(crate) fn require_list(fields: &Map<String, Value>, name: &str) -> Result<(), Error> {
    let wrapped = || fields.get("data").and_then(|data| data.get(name));
    match lenient::json(fields.get(name).or_else(wrapped)) {
        Some(Value::Array(_)) => Ok(()),
        _ => Err(protocol(200, &format!("the answer has no list `{name}`"))),
    }
}

fn protocol(status: u16, message: &str) -> Error {
    Error::new(ErrorKind::Protocol, message).with_status(status)
}

/// Seconds or a date; nonsense and negative numbers are as good as nothing.
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let at = httpdate::parse_http_date(text).ok()?;
    Some(at.duration_since(now).unwrap_or_default())
}

/// How far our clock is ahead.
fn clock_skew_seconds(headers: &HeaderMap, now: SystemTime) -> Option<i64> {
    let theirs = httpdate::parse_http_date(headers.get(DATE)?.to_str().ok()?).ok()?;
    match now.duration_since(theirs) {
        Ok(ahead) => i64::try_from(ahead.as_secs()).ok(),
        Err(behind) => i64::try_from(behind.duration().as_secs())
            .ok()
            .map(|seconds| -seconds),
    }
}

#[cfg(test)]
mod tests;
