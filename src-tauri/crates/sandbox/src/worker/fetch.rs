//! Brings a task's inputs to where its model can open them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use fs_err::tokio as fs;
use futures_util::StreamExt;
use reqwest::Url;
use tokio::io::AsyncWriteExt;

use crate::catalogue::Model;
use crate::models::{Computes, InputFile};
use crate::state::App;
use crate::submission::{is_loopback, plain_name};
use crate::task::{Input, Task};

/// More than any upload may have.
const FETCH_LIMIT: u64 = 100 * 1_048_576;

/// Uploaded files where they lie, URLs fetched into `scratch`. The error goes to the task's `debugerror`.
pub(super) async fn inputs(
    app: &Arc<App>,
    task: &Task,
    model: &Model,
    scratch: &Path,
) -> Result<Vec<InputFile>, String> {
    let mut files = Vec::new();
    // A model that echoes has no use for the bytes, and its URLs may lead anywhere.
    if model.computes == Computes::Echo {
        return Ok(files);
    }
    for list in &task.inputs {
        for input in &list.values {
            let (name, path) = match input {
                Input::Stored(file) => (file.file.clone(), app.store.file_path(task.id, file)),
                Input::Url(url) if let Some(path) = own_file(app, url) => (name_in(url), path),
                Input::Url(url) => {
                    let path = scratch.join(files.len().to_string());
                    fetch(&app.http, url, &path)
                        .await
                        .map_err(|problem| format!("Cannot fetch {url}: {problem}"))?;
                    (name_in(url), path)
                }
            };
            files.push(InputFile {
                field: list.field.clone(),
                name,
                path,
            });
        }
    }
    Ok(files)
}

/// The last part of an address's path.
fn name_in(url: &str) -> String {
    let url = Url::parse(url).ok();
    let segments = url.as_ref().and_then(Url::path_segments);
    let last = segments.and_then(|mut segments| segments.next_back());
    let last = percent_encoding::percent_decode_str(last.unwrap_or_default());
    plain_name(&last.decode_utf8_lossy())
}

/// An address of this Sandbox, also from before a restart, when it had another port. The unguessable key in it says more
/// than any port.
pub(super) fn own_file(app: &App, url: &str) -> Option<PathBuf> {
    let url = Url::parse(url).ok().filter(is_loopback)?;
    let mut segments = url.path_segments()?;
    let (kind, id, key) = (segments.next()?, segments.next()?, segments.next()?);
    let name = percent_encoding::percent_decode_str(segments.next()?)
        .decode_utf8()
        .ok()?;
    if segments.next().is_some() {
        return None;
    }
    match kind {
        "uploads" => app.shelf.file(id, key, &name).map(|(path, _)| path),
        "files" => app
            .store
            .file(id.parse().ok()?, key, &name)
            .map(|(path, _)| path),
        _ => None,
    }
}

async fn fetch(
    client: &reqwest::Client,
    url: &str,
    path: &Path,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let url = Url::parse(url)?;
    if !is_loopback(&url) {
        return Err("not an address on this computer".into());
    }
    let answer = client.get(url).send().await?.error_for_status()?;
    if answer.status().is_redirection() {
        return Err("redirects are not followed".into());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).await?;
    }
    let mut file = fs::File::create(path).await?;
    let mut chunks = answer.bytes_stream();
    let mut bytes = 0;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk?;
        bytes += u64::try_from(chunk.len())?;
        if bytes > FETCH_LIMIT {
            return Err("larger than 100 MB".into());
        }
        file.write_all(&chunk).await?;
    }
    file.flush().await?;
    Ok(())
}
