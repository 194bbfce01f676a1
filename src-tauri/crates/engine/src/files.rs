//! Files a person chose: looked at once, then named by id. The window never handles a path.

use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::UNIX_EPOCH;

use rust_decimal::Decimal;
use sha2::{Digest, Sha256};
use uuid::Uuid;
use wiro_library::{InputRow, Library, NewInput};

use crate::dto::{FileProblem, StagedFile};
use crate::engine::{Engine, locked};
use crate::error::Error;

/// The most the service takes (`PROTOCOL.md` section 9.2, D-19).
const MAX_FILE_BYTES: u64 = 100 * 1_048_576;
/// Inputs up to this size are copied into the library, so that a run can be understood and repeated later.
const MAX_COPIED_BYTES: u64 = 16 * 1_048_576;
const HEAD_BYTES: u64 = 4096;

/// A file as it was when it was staged.
#[derive(Debug, Clone)]
pub(crate) struct Staged {
    pub(crate) path: PathBuf,
    pub(crate) summary: StagedFile,
    /// How long it plays, for sound.
    pub(crate) audio_seconds: Option<Decimal>,
}

/// The files staged by this process.
#[derive(Debug, Default)]
pub(crate) struct StagedFiles {
    by_id: Mutex<HashMap<String, Staged>>,
}

impl StagedFiles {
    pub(crate) fn get(&self, id: &str) -> Option<Staged> {
        locked(&self.by_id).get(id).cloned()
    }

    fn keep(&self, staged: Staged) -> StagedFile {
        let summary = staged.summary.clone();
        locked(&self.by_id).insert(summary.id.clone(), staged);
        summary
    }
}

impl Engine {
    /// Looks at dropped or picked files and gives each an id. A file that cannot be used carries the reason.
    pub async fn file_stage(&self, paths: Vec<PathBuf>) -> Result<Vec<StagedFile>, Error> {
        let engine = self.clone();
        let staged = tokio::task::spawn_blocking(move || {
            paths
                .into_iter()
                .map(|path| engine.inner.staged.keep(look_at(path)))
                .collect()
        })
        .await?;
        Ok(staged)
    }
}

impl Engine {
    /// Stages an input of an earlier run: its copy in the library, or the original when it is still the same.
    pub(crate) async fn stage_again(&self, input: &InputRow) -> Result<String, Error> {
        let path = match &input.stored_name {
            Some(name) => self.inner.library.input_path(name)?,
            None => input.source_path.clone(),
        };
        let input = input.clone();
        let staged = tokio::task::spawn_blocking(move || {
            let staged = look_at_named(path, &input.label);
            is_what_it_was(&staged, &input).map(|()| staged)
        })
        .await??;
        Ok(self.inner.staged.keep(staged).id)
    }
}

/// Whether a file still has the bytes that were sent.
fn is_what_it_was(staged: &Staged, input: &InputRow) -> Result<(), Error> {
    if let Some(problem) = staged.summary.problem {
        let name = input.label.clone();
        return Err(Error::File { name, problem });
    }
    match &input.sha256 {
        Some(sha256) if hash(&staged.path)?.0 != *sha256 => Err(Error::FileChanged {
            name: input.label.clone(),
        }),
        _ => Ok(()),
    }
}

fn look_at(path: PathBuf) -> Staged {
    let name = path
        .file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned();
    look_at_named(path, &name)
}

fn look_at_named(path: PathBuf, name: &str) -> Staged {
    let summary = StagedFile {
        id: Uuid::now_v7().to_string(),
        name: wiro_media::safe_label(name),
        bytes: 0.0,
        content_type: "application/octet-stream".to_owned(),
        width: None,
        height: None,
        has_preview: false,
        problem: None,
    };
    let mut staged = Staged {
        path,
        summary,
        audio_seconds: None,
    };
    match usable_bytes(&staged.path) {
        Ok(bytes) => staged.describe(bytes),
        Err(problem) => staged.summary.problem = Some(problem),
    }
    staged
}

impl Staged {
    fn describe(&mut self, bytes: u64) {
        let summary = &mut self.summary;
        summary.bytes = as_number(bytes);
        let Ok(head) = read_head(&self.path) else {
            summary.problem = Some(FileProblem::Unreadable);
            return;
        };
        let file_type = wiro_media::sniff(&head);
        file_type.mime.clone_into(&mut summary.content_type);
        match file_type.family {
            wiro_media::Family::Image => {
                if let Some((width, height)) = wiro_media::image_size(&self.path) {
                    summary.width = Some(width);
                    summary.height = Some(height);
                    summary.has_preview = true;
                }
            }
            wiro_media::Family::Audio => {
                let millis = wiro_media::audio_length(&self.path)
                    .and_then(|length| i128::try_from(length.as_millis()).ok());
                self.audio_seconds =
                    millis.and_then(|millis| Decimal::try_from_i128_with_scale(millis, 3).ok());
            }
            _ => {}
        }
    }
}

/// The size of a file that can be sent, or why it cannot.
pub(crate) fn usable_bytes(path: &Path) -> Result<u64, FileProblem> {
    let metadata = match fs_err::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(FileProblem::Missing);
        }
        Err(_) => return Err(FileProblem::Unreadable),
    };
    if metadata.is_dir() {
        return Err(FileProblem::Directory);
    }
    if !metadata.is_file() {
        return Err(FileProblem::NotAFile);
    }
    match metadata.len() {
        0 => Err(FileProblem::Empty),
        bytes if bytes > MAX_FILE_BYTES => Err(FileProblem::TooLarge),
        bytes => fs_err::File::open(path)
            .map(|_| bytes)
            .map_err(|_| FileProblem::Unreadable),
    }
}

pub(crate) fn read_head(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::new();
    fs_err::File::open(path)?
        .take(HEAD_BYTES)
        .read_to_end(&mut head)?;
    Ok(head)
}

/// An input written down before a run is sent, and the path its bytes are sent from.
#[derive(Debug)]
pub(crate) struct RecordedInput {
    pub(crate) row: NewInput,
    pub(crate) send_from: PathBuf,
}

/// Copies a staged file into the library when it is small, and hashes what will be sent.
pub(crate) async fn record_input(
    library: &Library,
    staged: &Staged,
    field: &str,
    position: u32,
) -> Result<RecordedInput, Error> {
    let problem = |problem| Error::File {
        name: staged.summary.name.clone(),
        problem,
    };
    let source = staged.path.clone();
    let looked = tokio::task::spawn_blocking(move || look_again(&source)).await?;
    let (bytes, extension, modified_ms) = looked?.map_err(problem)?;
    let id = Uuid::now_v7().to_string();
    let stored_name = (bytes <= MAX_COPIED_BYTES).then(|| format!("{id}.{extension}"));
    let send_from = match &stored_name {
        Some(name) => {
            library.store_input(&staged.path, name).await?;
            library.input_path(name)?
        }
        None => staged.path.clone(),
    };
    let hashed = send_from.clone();
    let (sha256, bytes) = tokio::task::spawn_blocking(move || hash(&hashed)).await??;
    Ok(RecordedInput {
        send_from,
        row: NewInput {
            id,
            field: field.to_owned(),
            position,
            source_path: staged.path.clone(),
            label: staged.summary.name.clone(),
            bytes,
            modified_ms,
            sha256: Some(sha256),
            stored_name,
            content_type: staged.summary.content_type.clone(),
        },
    })
}

type Looked = Result<(u64, &'static str, Option<i64>), FileProblem>;

/// Size, extension by the first bytes, and time of change, or why the file cannot be sent any more.
fn look_again(path: &Path) -> Result<Looked, Error> {
    let bytes = match usable_bytes(path) {
        Ok(bytes) => bytes,
        Err(problem) => return Ok(Err(problem)),
    };
    let modified = fs_err::metadata(path)?.modified().ok();
    let since_epoch = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let modified_ms = since_epoch.and_then(|since| i64::try_from(since.as_millis()).ok());
    Ok(Ok((
        bytes,
        wiro_media::sniff(&read_head(path)?).extension,
        modified_ms,
    )))
}

fn hash(path: &Path) -> std::io::Result<(String, u64)> {
    let mut digest = Sha256::new();
    let bytes = std::io::copy(&mut fs_err::File::open(path)?, &mut digest)?;
    Ok((hex::encode(digest.finalize()), bytes))
}

/// JavaScript has no 64-bit integers; sizes and times fit a double exactly up to 2^53.
#[expect(
    clippy::cast_precision_loss,
    reason = "sizes and times stay far below 2^53"
)]
pub(crate) fn as_number(value: u64) -> f64 {
    value as f64
}
