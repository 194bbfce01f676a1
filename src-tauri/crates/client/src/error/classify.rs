//! From status, code and wording to a kind (`PROTOCOL.md` section 3 and C-01).

use rust_decimal::Decimal;
use serde_json::Value;

use super::{AuthFault, Error, ErrorItem, ErrorKind};
use crate::lenient;
use crate::secret::Secrets;
use crate::wire::Shape;
use crate::wire::codec::many;

/// One item of `errors` (`PROTOCOL.md` section 3.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    code: Option<String>,
    message: String,
}

impl Refusal {
    /// Reads `errors` in every shape it was seen in: a list of objects or strings, one object, one string. Secrets go
    /// before anything is cut short, logged or taken for the name of an input.
    pub(crate) fn list(errors: Option<&Value>, secrets: &Secrets) -> Vec<Self> {
        let listed = lenient::json(errors)
            .and_then(|errors| many::<ErrorItem>(&errors, &mut Shape::default()));
        let mut refusals: Vec<Self> = listed
            .unwrap_or_default()
            .into_iter()
            .filter_map(Self::of)
            .collect();
        for refusal in &mut refusals {
            secrets.scrub(&mut refusal.message);
            if let Some(code) = &mut refusal.code {
                secrets.scrub(code);
            }
        }
        refusals
    }

    fn of(item: ErrorItem) -> Option<Self> {
        let some = |text: &String| !text.trim().is_empty();
        let code = item.code.filter(some).map(|code| code.trim().to_owned());
        let message = match (item.message.filter(some), &code) {
            (Some(message), _) => message,
            (None, Some(code)) => format!("the service answered with error code {code}"),
            (None, None) => return None,
        };
        Some(Self { code, message })
    }
}

/// The error of an answer that lists what is wrong. The most telling item decides, all are quoted.
pub(crate) fn from_refusals(status: u16, refusals: &[Refusal]) -> Error {
    let kinds: Vec<_> = refusals
        .iter()
        .map(|refusal| kind(status, refusal))
        .collect();
    let telling = kinds.iter().position(|kind| !is_vague(kind)).unwrap_or(0);
    let message = refusals
        .iter()
        .map(|refusal| refusal.message.as_str())
        .collect::<Vec<_>>()
        .join("; ");
    let kind = kinds
        .into_iter()
        .nth(telling)
        .unwrap_or_else(|| status_kind(status));
    let mut error = Error::new(kind, message).with_status(status);
    if let Some(refusal) = refusals.get(telling) {
        error.inner.code.clone_from(&refusal.code);
        error.inner.auth = Some(auth_fault(refusal));
    }
    error
}

/// What of the credentials is meant, should it be them.
fn auth_fault(refusal: &Refusal) -> AuthFault {
    let text = refusal.message.to_lowercase();
    if refusal.code.as_deref() == Some("99") || text.contains("bearer") {
        return AuthFault::Bearer;
    }
    [
        ("requires signature", AuthFault::SignatureMissing),
        ("authorization is not founded", AuthFault::UnknownKey),
        ("authorization is not valid", AuthFault::Signature),
        ("requested ip", AuthFault::Address),
    ]
    .into_iter()
    .find_map(|(words, fault)| text.contains(words).then_some(fault))
    .unwrap_or(AuthFault::Unnamed)
}

/// The error of an answer that says nothing beyond its status.
pub(crate) fn from_status(status: u16) -> Error {
    let message = match status {
        300..=399 => {
            format!("the service answered with a redirect (HTTP {status}), which is not followed")
        }
        401 | 403 => format!("the service did not accept the key (HTTP {status})"),
        404 => "the service does not know this address (HTTP 404)".to_owned(),
        408 => "the service gave up waiting for the request (HTTP 408)".to_owned(),
        429 => "too many requests (HTTP 429)".to_owned(),
        500.. => format!("the service has a fault (HTTP {status})"),
        _ => format!("the service refused the request (HTTP {status})"),
    };
    Error::new(status_kind(status), message).with_status(status)
}

fn status_kind(status: u16) -> ErrorKind {
    match status {
        300..=399 => ErrorKind::Redirect,
        401 | 403 => ErrorKind::Auth,
        404 => ErrorKind::NotFound,
        408 => ErrorKind::Timeout,
        429 => ErrorKind::RateLimited { retry_after: None },
        400..=499 => ErrorKind::Validation { field: None },
        500.. => ErrorKind::Service,
        _ => ErrorKind::Protocol,
    }
}

const fn is_vague(kind: &ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Service | ErrorKind::Protocol | ErrorKind::Validation { field: None }
    )
}

/// Codes that mean one thing, then wording, then the status, then code 0 (`PROTOCOL.md` sections 3.3 and 3.4).
fn kind(status: u16, refusal: &Refusal) -> ErrorKind {
    let code = refusal
        .code
        .as_deref()
        .and_then(|code| code.parse::<i64>().ok());
    match code {
        Some(96) => return concurrency(&refusal.message),
        Some(97) => return ErrorKind::Balance,
        Some(98) => return ErrorKind::SignIn,
        Some(99) => return ErrorKind::Auth,
        _ => {}
    }
    if let Some(kind) = by_wording(&refusal.message) {
        return kind;
    }
    match (code, status) {
        (_, 300..) => status_kind(status),
        (Some(1), _) => ErrorKind::NotFound,
        (Some(0), _) => ErrorKind::Validation { field: None },
        _ => ErrorKind::Service,
    }
}

fn by_wording(message: &str) -> Option<ErrorKind> {
    if let Some(field) = named_field(message) {
        return Some(ErrorKind::Validation { field: Some(field) });
    }
    let text = message.to_lowercase();
    let has = |parts: &[&str]| parts.iter().any(|part| text.contains(part));
    if has(&[
        "project authorization",
        "requires signature",
        "authorization bearer",
    ]) || (text.contains("requested ip") && text.contains("not allowed"))
    {
        return Some(ErrorKind::Auth);
    }
    if has(&["concurrent task limit"]) {
        return Some(concurrency(message));
    }
    if has(&["insufficient balance"]) {
        return Some(ErrorKind::Balance);
    }
    if has(&["sign in to run"]) {
        return Some(ErrorKind::SignIn);
    }
    if has(&[
        "any permission",
        "not allowed in your team",
        "not a member of this team",
        "has been suspended",
        "belongs to a team",
        "agent is personal",
    ]) {
        return Some(ErrorKind::Permission);
    }
    if has(&[
        "there is no task",
        "task-not-exist",
        "task-not-founded",
        "tool-not-accessible",
        "slug-owner-project-not-exist",
        "error parsing url",
    ]) {
        return Some(ErrorKind::NotFound);
    }
    if has(&[
        "not in a cancellable state",
        "could not be killed",
        "must be completed or cancelled",
    ]) {
        return Some(ErrorKind::WrongState);
    }
    if has(&[
        "request parameters are invalid",
        "is required",
        "invalid-parameters",
    ]) {
        return Some(ErrorKind::Validation { field: None });
    }
    None
}

/// `Request parameter [seed] required` and `Request files [inputImage] required` name the input.
fn named_field(message: &str) -> Option<String> {
    let rest = ["Request parameter [", "Request files ["]
        .iter()
        .find_map(|start| message.find(start).map(|at| &message[at + start.len()..]))?;
    let (field, _) = rest.split_once(']')?;
    let field = field.trim();
    (!field.is_empty() && field.len() <= 200).then(|| field.to_owned())
}

/// Reads the wallet and the limit out of the message of code 96.
fn concurrency(message: &str) -> ErrorKind {
    let balance = number_after(message, "balance of").and_then(|text| text.parse::<Decimal>().ok());
    let limit = number_after(message, "up to").and_then(|text| text.parse::<u32>().ok());
    ErrorKind::Concurrency { balance, limit }
}

fn number_after(message: &str, words: &str) -> Option<String> {
    let rest = message[message.find(words)? + words.len()..].trim_start();
    let rest = rest.trim_start_matches('$').trim_start();
    let digits: String = rest
        .chars()
        .take_while(|c| c.is_ascii_digit() || matches!(c, '.' | ','))
        .collect();
    let digits = digits.trim_end_matches(['.', ',']).replace(',', "");
    (!digits.is_empty()).then_some(digits)
}

#[cfg(test)]
mod tests;
