//! Files as answers: conditions, ranges, streaming.

use std::fmt::Write as _;
use std::fs::Metadata;
use std::io::{self, SeekFrom};
use std::time::UNIX_EPOCH;

use axum::body::Body;
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE,
    ETAG, IF_NONE_MATCH, IF_RANGE, RANGE,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::Response;
use fs_err::tokio::File;
use futures_util::StreamExt as _;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};
use tokio_util::io::ReaderStream;

use super::{Answering, refusal};
use crate::content_type::sendable;
use crate::range::{Wanted, wanted};
use crate::{MediaFile, Variant};

/// Bytes held in memory per answer.
const CHUNK: usize = 64 * 1024;

/// Sends a file, or a part of it. A file that is gone or not a regular one is not found.
pub(super) async fn send(
    answering: &Answering,
    variant: Variant,
    found: MediaFile,
    request: &Parts,
) -> Response {
    match open(&found).await {
        Ok(Some((file, metadata))) => {
            let tag = etag(&metadata);
            let headers = &request.headers;
            if matches_tag(headers, &tag) {
                return unchanged(variant, &tag);
            }
            let size = metadata.len();
            let part = if request.method == Method::GET {
                requested(headers, &tag, size)
            } else {
                Wanted::Whole
            };
            let mut response = match part {
                Wanted::Outside => return outside(size),
                Wanted::Whole => stream(answering, request, file, 0, size).await,
                Wanted::Part { first, length } => {
                    stream(answering, request, file, first, length).await
                }
            };
            if let Wanted::Part { first, length } = part
                && response.status() == StatusCode::OK
            {
                *response.status_mut() = StatusCode::PARTIAL_CONTENT;
                let value = format!("bytes {first}-{}/{size}", first + length - 1);
                insert(response.headers_mut(), CONTENT_RANGE, &value);
            }
            describe(response.headers_mut(), variant, &found, request);
            insert(response.headers_mut(), ETAG, &tag);
            response
        }
        Ok(None) => refusal(StatusCode::NOT_FOUND),
        Err(error) => failure(&error),
    }
}

/// Looks before it opens: opening a pipe would wait for its other end.
async fn open(found: &MediaFile) -> io::Result<Option<(File, Metadata)>> {
    if !fs_err::tokio::metadata(&found.path).await?.is_file() {
        return Ok(None);
    }
    let file = File::open(&found.path).await?;
    let metadata = file.metadata().await?;
    Ok(metadata.is_file().then_some((file, metadata)))
}

fn failure(error: &io::Error) -> Response {
    if error.kind() != io::ErrorKind::NotFound {
        tracing::warn!(%error, "a media file could not be read");
    }
    refusal(StatusCode::NOT_FOUND)
}

async fn stream(
    answering: &Answering,
    request: &Parts,
    mut file: File,
    first: u64,
    length: u64,
) -> Response {
    let body = if request.method == Method::HEAD {
        Body::empty()
    } else {
        if first > 0
            && let Err(error) = file.seek(SeekFrom::Start(first)).await
        {
            return failure(&error);
        }
        let chunks = ReaderStream::with_capacity(file.take(length), CHUNK);
        // A stopped server cuts its answers; their length tells the reader that they are not whole.
        Body::from_stream(chunks.take_until(answering.stop.clone().cancelled_owned()))
    };
    let mut response = Response::new(body);
    response
        .headers_mut()
        .insert(CONTENT_LENGTH, HeaderValue::from(length));
    response
}

fn describe(headers: &mut HeaderMap, variant: Variant, found: &MediaFile, request: &Parts) {
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static(sendable(&found.content_type)),
    );
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(CACHE_CONTROL, caching(variant));
    if wants_download(request) {
        insert(
            headers,
            CONTENT_DISPOSITION,
            &attachment(found.download_name.as_deref()),
        );
    }
}

/// Published files never change under their id; staged ones and recordings may.
fn caching(variant: Variant) -> HeaderValue {
    HeaderValue::from_static(match variant {
        Variant::Output | Variant::Thumbnail | Variant::Input => {
            "private, max-age=31536000, immutable"
        }
        Variant::Staged | Variant::Recording => "private, no-cache",
    })
}

fn unchanged(variant: Variant, tag: &str) -> Response {
    let mut response = refusal(StatusCode::NOT_MODIFIED);
    response
        .headers_mut()
        .insert(CACHE_CONTROL, caching(variant));
    insert(response.headers_mut(), ETAG, tag);
    response
}

fn outside(size: u64) -> Response {
    let mut response = refusal(StatusCode::RANGE_NOT_SATISFIABLE);
    insert(
        response.headers_mut(),
        CONTENT_RANGE,
        &format!("bytes */{size}"),
    );
    response
}

/// From the size and the time of the last change: no need to read the file.
fn etag(metadata: &Metadata) -> String {
    let changed = metadata
        .modified()
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
        .unwrap_or_default();
    format!("\"{:x}-{:x}\"", metadata.len(), changed.as_nanos())
}

fn matches_tag(headers: &HeaderMap, tag: &str) -> bool {
    headers
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|candidate| {
            let candidate = candidate.trim();
            candidate == "*" || candidate.strip_prefix("W/").unwrap_or(candidate) == tag
        })
}

/// The range, unless `If-Range` says that it belongs to an older file.
fn requested(headers: &HeaderMap, tag: &str, size: u64) -> Wanted {
    let fresh = headers
        .get(IF_RANGE)
        .is_none_or(|value| value.as_bytes() == tag.as_bytes());
    match headers.get(RANGE).and_then(|value| value.to_str().ok()) {
        Some(header) if fresh => wanted(header, size),
        _ => Wanted::Whole,
    }
}

fn wants_download(request: &Parts) -> bool {
    request
        .uri
        .query()
        .is_some_and(|query| query.split('&').any(|pair| pair == "download=1"))
}

/// RFC 6266: a name in ASCII for old readers, the real one percent-encoded after RFC 5987.
fn attachment(name: Option<&str>) -> String {
    let Some(name) = name else {
        return "attachment".to_owned();
    };
    let plain: String = name
        .chars()
        .map(|c| {
            if matches!(c, ' '..='~') && !matches!(c, '"' | '\\' | '%' | '/') {
                c
            } else {
                '_'
            }
        })
        .collect();
    let mut encoded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

/// The values made here are ASCII without control characters.
fn insert(headers: &mut HeaderMap, name: axum::http::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::attachment;

    #[test]
    fn download_names_cannot_leave_their_quotes() {
        assert_eq!(attachment(None), "attachment");
        assert_eq!(
            attachment(Some("cat.png")),
            "attachment; filename=\"cat.png\"; filename*=UTF-8''cat.png"
        );
        assert_eq!(
            attachment(Some("sun \"1\"; x=\r\n/é%.png")),
            "attachment; filename=\"sun _1_; x=_____.png\"; filename*=UTF-8''sun%20%221%22%3B%20x%3D%0D%0A%2F%C3%A9%25.png"
        );
    }
}
