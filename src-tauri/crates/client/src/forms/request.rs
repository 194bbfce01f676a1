//! What a person filled in, and what goes to the service.

use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What was filled in, by wire key, in the order it was filled in.
///
/// A key that is absent is omitted from the request; that is not the same as an empty text (D-26).
pub type Answers = IndexMap<String, Answer>;

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value", rename_all = "snake_case")]
pub enum Answer {
    /// Text, or a number or boolean as text; the form knows what it is on the wire.
    Text(String),
    /// Several chosen options.
    List(Vec<String>),
    /// Files and addresses, in order.
    Files(Vec<FileSource>),
}

/// Where the bytes of a file come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value", rename_all = "snake_case")]
pub enum FileSource {
    /// A file of this machine.
    Path(PathBuf),
    /// An address the service fetches itself.
    Url(String),
}

impl Answer {
    /// Text.
    pub fn text(value: impl Into<String>) -> Self {
        Self::Text(value.into())
    }

    /// One address.
    pub fn url(value: impl Into<String>) -> Self {
        Self::Files(vec![FileSource::Url(value.into())])
    }

    /// One file of this machine.
    pub fn path(value: impl Into<PathBuf>) -> Self {
        Self::Files(vec![FileSource::Path(value.into())])
    }
}

/// The body of a run (`PROTOCOL.md` sections 6.2 and 6.3): JSON unless a local file is attached (C-15).
#[derive(Debug, Clone, PartialEq)]
pub enum RunBody {
    /// `application/json`.
    Json(Map<String, Value>),
    /// `multipart/form-data`, parts in order; names may repeat.
    Multipart(Vec<Part>),
}

/// One part of a multipart body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// A plain text part.
    Text {
        /// Wire key.
        name: String,
        /// The text; may be empty.
        value: String,
    },
    /// A file, streamed when the request is sent.
    File {
        /// Wire key.
        name: String,
        /// Where it lies.
        path: PathBuf,
        /// The name the service is told: the last segment of the path.
        file_name: String,
        /// Its size when the request was made; a file of another size has changed since.
        bytes: u64,
    },
}

impl Part {
    /// The wire key.
    pub fn name(&self) -> &str {
        match self {
            Self::Text { name, .. } | Self::File { name, .. } => name,
        }
    }
}

impl RunBody {
    /// The parameters without the files, for matching a task with the run that started it. In a multipart body all
    /// values are texts, and a repeated name is an array.
    pub fn parameters(&self) -> Map<String, Value> {
        let parts = match self {
            Self::Json(map) => return map.clone(),
            Self::Multipart(parts) => parts,
        };
        let mut parameters = Map::new();
        for part in parts {
            let Part::Text { name, value } = part else {
                continue;
            };
            match parameters.get_mut(name) {
                None => {
                    parameters.insert(name.clone(), Value::from(value.as_str()));
                }
                Some(Value::Array(values)) => values.push(Value::from(value.as_str())),
                Some(first) => {
                    *first = Value::Array(vec![first.take(), Value::from(value.as_str())]);
                }
            }
        }
        parameters
    }

    /// The local files, with the key each travels under.
    pub fn files(&self) -> impl Iterator<Item = (&str, &Path)> {
        let parts = match self {
            Self::Json(_) => [].as_slice(),
            Self::Multipart(parts) => parts.as_slice(),
        };
        parts.iter().filter_map(|part| match part {
            Part::File { name, path, .. } => Some((name.as_str(), path.as_path())),
            Part::Text { .. } => None,
        })
    }

    /// Bytes of all local files together.
    pub fn file_bytes(&self) -> u64 {
        match self {
            Self::Json(_) => 0,
            Self::Multipart(parts) => parts.iter().fold(0, |sum, part| match part {
                Part::File { bytes, .. } => sum.saturating_add(*bytes),
                Part::Text { .. } => sum,
            }),
        }
    }
}
