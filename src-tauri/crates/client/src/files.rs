//! Files put on the service by themselves, to be used by address in several runs (`PROTOCOL.md` section 9).

mod entry;

use std::path::Path;

use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::client::{Client, require_list};
use crate::endpoints::is_loopback;
use crate::error::{Error, ErrorKind};
use crate::forms::{Part, RunBody};
use crate::runs::{UploadProgress, measured};
use crate::secret::Secret;
use crate::wire::{Record, Shape};

pub use entry::{FileAnswer, FileEntry, FolderRequest, UploadRequest};

/// A folder on the service (`PROTOCOL.md` section 9.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// The service's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The folder it is in, when the service says one.
    pub parent_id: Option<String>,
    /// When it was made, in Unix milliseconds.
    pub added_time_ms: Option<i64>,
}

/// A file on the service (`PROTOCOL.md` section 9.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadedFile {
    /// The service's id.
    pub id: Option<String>,
    /// Its name there.
    pub name: Option<String>,
    /// The type the service claims.
    pub content_type: Option<String>,
    /// Its size as the service counts it.
    pub bytes: Option<u64>,
    /// The folder it is in.
    pub folder_id: Option<String>,
    /// What a run is given instead of the file. Whoever has it can read the file.
    pub url: Url,
    /// When it was added, in Unix milliseconds.
    pub added_time_ms: Option<i64>,
    /// A secret of the service's, of no documented use.
    pub access_key: Option<Secret<String>>,
}

impl Client {
    /// Makes a folder, in the root or in another one (`PROTOCOL.md` section 9.1). A name with anything but letters,
    /// digits, `-` and `_` is [`ErrorKind::Validation`] and is not sent. Sent once.
    pub async fn create_folder(
        &self,
        name: &str,
        parent_id: Option<&str>,
    ) -> Result<Folder, Error> {
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if name.is_empty() || !name.chars().all(is_allowed) {
            return Err(Error::new(
                ErrorKind::Validation {
                    field: Some("name".to_owned()),
                },
                "a folder's name is made of letters, digits, - and _",
            ));
        }
        self.require_credentials()?;
        let request = FolderRequest {
            name: Some(name.to_owned()),
            parent_id: parent_id.map(str::to_owned),
            ..FolderRequest::default()
        };
        let fields = self
            .call_once(&["File", "FolderCreate"], &request.to_value(), None)
            .await?;
        let folder = first(&fields)?;
        let id = folder
            .id
            .ok_or_else(|| unusable("the service made a folder and gave it no id"))?;
        Ok(Folder {
            id,
            name: folder.name.unwrap_or_else(|| name.to_owned()),
            parent_id: folder.parent_id,
            added_time_ms: folder.added_time_ms,
        })
    }

    /// Sends a file (`PROTOCOL.md` section 9.2), read piece by piece. Sent once; `cancel` stops it at once, with
    /// [`ErrorKind::Cancelled`], whatever the service does.
    ///
    /// A file that is missing, empty, no file, unreadable or over 100 MB is [`ErrorKind::Local`] and nothing is sent; one
    /// that changes while it is sent breaks the upload off. An answer without a usable address is an error.
    pub async fn upload(
        &self,
        path: &Path,
        folder_id: Option<&str>,
        progress: Option<UploadProgress>,
        cancel: &CancellationToken,
    ) -> Result<UploadedFile, Error> {
        let mut parts = Vec::new();
        if let Some(folder) = folder_id {
            parts.push(Part::Text {
                name: "folderid".to_owned(),
                value: folder.to_owned(),
            });
        }
        parts.push(measured("file", path).await?);
        let body = RunBody::Multipart(parts);
        let sending = self.send_once(&["File", "Upload"], &body, progress, cancel);
        let sent = Box::pin(sending)
            .await
            .map_err(crate::runs::RunFailure::into_error)?;
        uploaded(first(&sent.payload?)?)
    }
}

fn uploaded(file: FileEntry) -> Result<UploadedFile, Error> {
    let url = file
        .url
        .and_then(|text| Url::parse(&text).ok())
        .filter(|url| url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url)))
        .ok_or_else(|| unusable("the service took the file and gave no usable address for it"))?;
    Ok(UploadedFile {
        id: file.id,
        name: file.name,
        content_type: file.content_type.filter(|name| !name.is_empty()),
        bytes: file.bytes,
        folder_id: file.parent_id,
        url,
        added_time_ms: file.added_time_ms,
        access_key: file.access_key,
    })
}

/// What an answer is about.
fn first(fields: &Map<String, Value>) -> Result<FileEntry, Error> {
    require_list(fields, "list")?;
    let answer = FileAnswer::from_fields(fields, &mut Shape::default());
    answer
        .list
        .into_iter()
        .next()
        .ok_or_else(|| unusable("the answer's `list` is empty"))
}

fn unusable(message: &str) -> Error {
    Error::new(ErrorKind::Protocol, message).with_status(200)
}
