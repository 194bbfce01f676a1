//! From an admitted request to an answer.

mod file;

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ALLOW, CACHE_CONTROL,
    CONTENT_SECURITY_POLICY, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::Response;
use tokio_util::sync::CancellationToken;

use crate::guard::{Admitted, Guard};
use crate::{MediaSource, Variant};

const MAX_ID: usize = 128;
const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, OPTIONS");
const ASKS_PRIVATE_NETWORK: HeaderName =
    HeaderName::from_static("access-control-request-private-network");
const ALLOW_PRIVATE_NETWORK: HeaderName =
    HeaderName::from_static("access-control-allow-private-network");

/// Everything an answer needs.
pub(crate) struct Answering {
    pub(crate) guard: Guard,
    pub(crate) source: Arc<dyn MediaSource>,
    /// Cuts running answers.
    pub(crate) stop: CancellationToken,
}

/// The answer to a request, whatever it is.
pub(crate) async fn answer(answering: &Answering, request: Request) -> Response {
    // Bodies are not read: nothing here takes one.
    let (request, _) = request.into_parts();
    let admitted = answering
        .guard
        .admit(&request.method, &request.uri, &request.headers);
    let origin = admitted
        .as_ref()
        .ok()
        .and_then(|admitted| admitted.origin.clone());
    let mut response = match admitted {
        Ok(_) if request.method == Method::OPTIONS => preflight(&request.headers),
        Ok(admitted) => media(answering, &admitted, &request).await,
        Err(status) => refusal(status),
    };
    seal(response.headers_mut(), origin);
    response
}

async fn media(answering: &Answering, admitted: &Admitted<'_>, request: &Parts) -> Response {
    let Some((variant, id)) = parse(admitted.path) else {
        return refusal(StatusCode::NOT_FOUND);
    };
    let Some(found) = answering.source.resolve(variant, id.to_owned()).await else {
        return refusal(StatusCode::NOT_FOUND);
    };
    file::send(answering, variant, found, request).await
}

/// `variant/id`, where an id cannot be a path in any notation.
fn parse(path: &str) -> Option<(Variant, &str)> {
    let (variant, id) = path.split_once('/')?;
    let is_id = (1..=MAX_ID).contains(&id.len())
        && id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    is_id.then_some(())?;
    Some((Variant::parse(variant)?, id))
}

fn preflight(headers: &HeaderMap) -> Response {
    let mut response = refusal(StatusCode::NO_CONTENT);
    let answer = response.headers_mut();
    answer.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    answer.insert(
        ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static("range, if-range, if-none-match"),
    );
    answer.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    if headers.contains_key(ASKS_PRIVATE_NETWORK) {
        answer.insert(ALLOW_PRIVATE_NETWORK, HeaderValue::from_static("true"));
    }
    response
}

/// An answer without a body that nobody keeps.
fn refusal(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if status == StatusCode::METHOD_NOT_ALLOWED {
        response.headers_mut().insert(ALLOW, METHODS);
    }
    response
}

/// What every answer carries.
fn seal(headers: &mut HeaderMap, origin: Option<HeaderValue>) {
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; sandbox"),
    );
    // The address holds the secret.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = origin {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(
            ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static("accept-ranges, content-length, content-range, etag"),
        );
    }
}
