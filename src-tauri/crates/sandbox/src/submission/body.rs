//! Reads a `Run` body: JSON, or multipart whose files go straight to disk.

use axum::body::{Body, Bytes};
use axum::extract::multipart::Field;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::header::CONTENT_TYPE;
use fs_err::tokio as fs;
use serde_json::{Map, Value};
use tokio::io::AsyncWriteExt;

use super::{Entry, Folder, INVALID, Received, Upload};
use crate::http::intake::{self, Metered};
use crate::identity;
use crate::store::Store;

/// A file may have 100 MiB.
const FILE_LIMIT: u64 = 100 * 1_048_576;
/// Everything else of a request.
const TEXT_LIMIT: usize = 8 * 1_048_576;
/// All files of a request together.
const TOTAL_LIMIT: u64 = 1024 * 1_048_576;
/// More parts than any form has.
const PARTS_LIMIT: usize = 1000;

/// Why a form could not be received.
pub(crate) type Problem = Box<dyn std::error::Error + Send + Sync>;

/// A file of a form has more bytes than any may have.
#[derive(Debug, thiserror::Error)]
#[error("the file is larger than 100 MB")]
pub(crate) struct TooLarge;

/// Reads the whole body. The error is what the service would say.
pub(crate) async fn read(request: Request, store: &Store) -> Result<Received, String> {
    let content_type = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if content_type
        .to_ascii_lowercase()
        .starts_with("multipart/form-data")
    {
        return read_form(request, store)
            .await
            .map_err(|_| INVALID.to_owned());
    }
    let body = intake::whole(request.into_body(), TEXT_LIMIT)
        .await
        .ok_or_else(|| INVALID.to_owned())?;
    let object = object(&body).ok_or_else(|| INVALID.to_owned())?;
    let fields = object
        .into_iter()
        .map(|(id, value)| (id, Entry::Value(value)))
        .collect();
    Ok(Received {
        encoding: "json",
        fields,
        _folder: None,
    })
}

/// A JSON object; no body at all counts as an empty one.
pub(crate) fn object(body: &Bytes) -> Option<Map<String, Value>> {
    if body.is_empty() {
        return Some(Map::new());
    }
    serde_json::from_slice(body).ok()
}

/// A form, read to its end or, if it is refused on the way, as far as a refusal is worth. Its files lie on disk and go
/// away with what is returned; so does what there is of them when the client goes away first.
pub(crate) async fn read_form(request: Request, store: &Store) -> Result<Received, Problem> {
    let (parts, body) = request.into_parts();
    let body = Metered::new(body, TOTAL_LIMIT);
    let request = Request::from_parts(parts, Body::from_stream(body.clone()));
    match read_parts(request, &body, store).await {
        Ok(received) => Ok(received),
        Err(error) => {
            tracing::debug!(%error, "a form could not be received");
            body.drain().await;
            Err(error)
        }
    }
}

async fn read_parts(request: Request, body: &Metered, store: &Store) -> Result<Received, Problem> {
    let mut multipart = Multipart::from_request(request, &()).await?;
    let folder = Folder(store.incoming().join(identity::file_key()?));
    fs::create_dir_all(&folder.0).await?;

    let mut fields = Vec::new();
    let mut text_bytes = 0;
    loop {
        body.between_parts(true);
        let Some(field) = multipart.next_field().await? else {
            break;
        };
        body.between_parts(false);
        if fields.len() == PARTS_LIMIT {
            return Err("there are too many parts".into());
        }
        let id = field.name().unwrap_or_default().to_owned();
        let entry = if field.file_name().is_some() {
            let path = folder.0.join(fields.len().to_string());
            receive_file(field, path).await?
        } else {
            let rest = TEXT_LIMIT - text_bytes;
            let text = receive_text(field, rest).await?;
            text_bytes += text.len();
            Entry::Value(Value::from(text))
        };
        fields.push((id, entry));
    }
    Ok(Received {
        encoding: "multipart",
        fields,
        _folder: Some(folder),
    })
}

async fn receive_text(mut field: Field<'_>, limit: usize) -> Result<String, Problem> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await? {
        if bytes.len() + chunk.len() > limit {
            return Err("the text is too long".into());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(String::from_utf8(bytes)?)
}

async fn receive_file(mut field: Field<'_>, path: std::path::PathBuf) -> Result<Entry, Problem> {
    let name = field.file_name().unwrap_or_default().to_owned();
    let content_type = field
        .content_type()
        .unwrap_or("application/octet-stream")
        .to_owned();
    let mut file = fs::File::create(&path).await?;
    let mut bytes = 0;
    while let Some(chunk) = field.chunk().await? {
        bytes += u64::try_from(chunk.len())?;
        if bytes > FILE_LIMIT {
            return Err(TooLarge.into());
        }
        file.write_all(&chunk).await?;
    }
    file.flush().await?;
    // A form sends an untouched file input as an empty part without a name.
    if name.is_empty() && bytes == 0 {
        return Ok(Entry::Value(Value::from("")));
    }
    Ok(Entry::File(Upload {
        path,
        name,
        content_type,
        bytes,
    }))
}
