//! `GET /files/{task}/{key}/{name}` and `GET /uploads/{id}/{key}/{name}`: whoever knows the URL may have the file, whole
//! or a range of it.

use std::io::SeekFrom;
use std::ops::RangeInclusive;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fs_err::tokio as fs;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;

use super::Refusal;
use crate::state::App;

pub(super) async fn serve(
    State(app): State<Arc<App>>,
    Path((task, key, name)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let found = task
        .parse()
        .ok()
        .and_then(|task| app.store.file(task, &key, &name));
    match found {
        Some((path, stored)) => send(&path, stored.content_type, &key, &headers).await,
        None => Ok(StatusCode::NOT_FOUND.into_response()),
    }
}

pub(super) async fn serve_upload(
    State(app): State<Arc<App>>,
    Path((id, key, name)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    match app.shelf.file(&id, &key, &name) {
        Some((path, content_type)) => send(&path, content_type, &key, &headers).await,
        None => Ok(StatusCode::NOT_FOUND.into_response()),
    }
}

/// The file or the part of it that was asked for.
async fn send(
    path: &std::path::Path,
    content_type: String,
    key: &str,
    headers: &HeaderMap,
) -> Result<Response, Refusal> {
    let mut file = match fs::File::open(path).await {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(StatusCode::NOT_FOUND.into_response());
        }
        Err(error) => return Err(error.into()),
    };
    let length = file.metadata().await?.len();
    // A file never changes, so its place and length tell it apart.
    let etag = format!("\"{key}-{length:x}\"");
    let same = headers
        .get(header::IF_RANGE)
        .is_none_or(|wanted| wanted.as_bytes() == etag.as_bytes());
    let asked = headers
        .get(header::RANGE)
        .filter(|_| same)
        .and_then(|range| range.to_str().ok());
    let common: [(HeaderName, String); 3] = [
        (header::CONTENT_TYPE, content_type),
        (header::ETAG, etag),
        (header::ACCEPT_RANGES, "bytes".to_owned()),
    ];
    let (status, range) = match asked.map_or(Asked::Whole, |range| parse(range, length)) {
        Asked::Whole => (StatusCode::OK, None),
        Asked::Part(range) => (StatusCode::PARTIAL_CONTENT, Some(range)),
        Asked::Outside => {
            let beyond = [(header::CONTENT_RANGE, format!("bytes */{length}"))];
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, common, beyond).into_response());
        }
    };
    let Some(range) = range else {
        let size = [(header::CONTENT_LENGTH, length.to_string())];
        return Ok((
            status,
            common,
            size,
            Body::from_stream(ReaderStream::new(file)),
        )
            .into_response());
    };
    let (first, last) = range.into_inner();
    file.seek(SeekFrom::Start(first)).await?;
    let size = [
        (header::CONTENT_LENGTH, (last - first + 1).to_string()),
        (
            header::CONTENT_RANGE,
            format!("bytes {first}-{last}/{length}"),
        ),
    ];
    let part = ReaderStream::new(file.take(last - first + 1));
    Ok((status, common, size, Body::from_stream(part)).into_response())
}

#[derive(Debug, PartialEq, Eq)]
enum Asked {
    Whole,
    Part(RangeInclusive<u64>),
    Outside,
}

/// One range of bytes; several, and anything malformed, are answered with the whole file as RFC 9110 allows.
fn parse(range: &str, length: u64) -> Asked {
    let Some((first, last)) = range
        .strip_prefix("bytes=")
        .and_then(|range| range.split_once('-'))
    else {
        return Asked::Whole;
    };
    let number = |text: &str| text.trim().parse::<u64>().ok();
    let end = length.saturating_sub(1);
    match (first.trim(), last.trim()) {
        ("", suffix) => match number(suffix) {
            Some(0) => Asked::Outside,
            Some(count) if length > 0 => Asked::Part(length.saturating_sub(count)..=end),
            Some(_) => Asked::Outside,
            None => Asked::Whole,
        },
        (first, last) => match (number(first), number(last), last) {
            (Some(first), ..) if first >= length => Asked::Outside,
            (Some(first), None, "") => Asked::Part(first..=end),
            (Some(first), Some(last), _) if last >= first => Asked::Part(first..=last.min(end)),
            _ => Asked::Whole,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_follow_the_rfc() {
        let cases = [
            ("bytes=0-4", Asked::Part(0..=4)),
            ("bytes=5-", Asked::Part(5..=9)),
            ("bytes=-3", Asked::Part(7..=9)),
            ("bytes=-30", Asked::Part(0..=9)),
            ("bytes=8-99", Asked::Part(8..=9)),
            ("bytes=10-", Asked::Outside),
            ("bytes=-0", Asked::Outside),
            ("bytes=4-2", Asked::Whole),
            ("bytes=0-1,3-4", Asked::Whole),
            ("lines=0-1", Asked::Whole),
            ("bytes=a-", Asked::Whole),
        ];
        for (range, asked) in cases {
            assert_eq!(parse(range, 10), asked, "{range}");
        }
        assert_eq!(parse("bytes=0-", 0), Asked::Outside);
    }
}
