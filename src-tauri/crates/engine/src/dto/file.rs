//! Files a person chose: staged by Rust, named by id; the window never handles paths.

use serde::{Deserialize, Serialize};

/// Why a file cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum FileProblem {
    /// It is not there.
    Missing,
    /// It has no bytes.
    Empty,
    /// It is a folder.
    Directory,
    /// It cannot be read.
    Unreadable,
    /// It is over 100 MB (100 x 1,048,576 bytes).
    TooLarge,
    /// It is a pipe, a socket or a device.
    NotAFile,
}

/// A file that was dropped or picked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct StagedFile {
    /// Names the file in answers; valid until the app ends.
    pub id: String,
    /// Its name, safe to show.
    pub name: String,
    /// Size in bytes.
    #[cfg_attr(feature = "bindings", specta(type = specta_typescript::Number))]
    pub bytes: f64,
    /// Type by its first bytes, such as `image/jpeg`.
    pub content_type: String,
    /// Width in pixels, for pictures.
    pub width: Option<u32>,
    /// Height in pixels, for pictures.
    pub height: Option<u32>,
    /// Whether `{media_base_url}/staged/{id}` shows a preview.
    pub has_preview: bool,
    /// Why it cannot be used; none when it can.
    pub problem: Option<FileProblem>,
}
