//! `File/FolderCreate` and `File/Upload` (`PROTOCOL.md` section 9). How they refuse is not documented: the words are this
//! server's, in the manner of those that are.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use serde_json::{Value, json};

use super::Refusal;
use super::body::Body;
use crate::documented::Documented;
use crate::error::Error;
use crate::schema::as_text;
use crate::shelf::{Arrival, Entry, archive, kinds};
use crate::state::App;
use crate::submission::{self, Entry as Part, Problem, TooLarge, Upload};

/// Longer names make no sense and some file systems cannot hold them.
const NAME_LIMIT: usize = 255;

pub(super) async fn create_folder(
    State(app): State<Arc<App>>,
    body: Body,
) -> Result<Json<Value>, Refusal> {
    let name = body.text("name");
    if name.is_empty() {
        return Err(Refusal::new(0, "Request parameter [name] required"));
    }
    let plain = |symbol: char| symbol.is_ascii_alphanumeric() || "-_".contains(symbol);
    if name.len() > NAME_LIMIT || !name.chars().all(plain) {
        let message = "Your folder name should be contain (A-Z) (0-9) (-) (_)";
        return Err(Refusal::new(0, message));
    }
    let parent = app
        .shelf
        .parent_folder(&body.text("parentid"))
        .ok_or_else(no_folder)?;
    let folder = app.shelf.create_folder(name, parent)?;
    Ok(listed(&app, &[folder]))
}

/// A file goes to disk as it comes. A client that goes away in the middle leaves nothing: what was received is removed with
/// this call's future.
pub(super) async fn upload(
    State(app): State<Arc<App>>,
    request: Request,
) -> Result<Json<Value>, Refusal> {
    let form = submission::read_form(request, &app.store)
        .await
        .map_err(|problem| unreadable(&problem))?;
    let (file, folder) = sorted(&form.fields)?;
    let parent = app.shelf.upload_folder(&folder).ok_or_else(no_folder)?;
    let content_type = kinds::content_type(&file.name, &file.content_type)
        .ok_or_else(|| Refusal::new(0, "This file type is not allowed"))?;
    let mut arrivals = vec![Arrival {
        path: file.path.clone(),
        name: file.name.clone(),
        content_type,
        bytes: file.bytes,
    }];
    if content_type == kinds::ZIP {
        arrivals.extend(unpacked(file).await?);
    }
    // From here on nothing waits, so nothing is left half done.
    let kept: Result<Vec<Entry>, Error> = arrivals
        .iter()
        .map(|arrival| app.shelf.keep(arrival, &parent))
        .collect();
    Ok(listed(&app, &kept?))
}

/// The one file and the folder's id, blank if none is named.
fn sorted(fields: &[(String, Part)]) -> Result<(&Upload, String), Refusal> {
    let mut file = None;
    let mut folder = String::new();
    for (id, part) in fields {
        match (id.as_str(), part) {
            ("file", Part::File(upload)) if file.is_none() => file = Some(upload),
            ("folderid", Part::Value(value)) => folder = as_text(value),
            // A second file would be dropped without a word.
            (_, Part::File(_)) => return Err(Documented::Invalid.into()),
            (_, Part::Value(_)) => {}
        }
    }
    let file = file.ok_or_else(|| Refusal::new(0, "Request files [file] required"))?;
    Ok((file, folder))
}

/// The contents lie beside the archive, in the folder that goes away with the form.
async fn unpacked(file: &Upload) -> Result<Vec<Arrival>, Refusal> {
    let path = file.path.clone();
    let unpacking = tokio::task::spawn_blocking(move || {
        let folder = path.with_extension("unpacked");
        archive::unpack(&path, &folder)
    });
    let problem = match unpacking.await {
        Ok(Ok(arrivals)) => return Ok(arrivals),
        Ok(Err(problem)) => problem,
        Err(error) => error.into(),
    };
    tracing::debug!(%problem, "an archive could not be unpacked");
    Err(Refusal::new(0, "This archive cannot be unpacked"))
}

fn unreadable(problem: &Problem) -> Refusal {
    if problem.is::<TooLarge>() {
        Refusal::new(0, "File size must be at most 100 MB")
    } else {
        Documented::Invalid.into()
    }
}

fn no_folder() -> Refusal {
    Refusal::new(1, "folder-not-exist")
}

fn listed(app: &App, entries: &[Entry]) -> Json<Value> {
    let list: Vec<Value> = entries
        .iter()
        .map(|entry| entry.wire(&app.origin))
        .collect();
    Json(json!({ "result": true, "errors": [], "list": list }))
}
