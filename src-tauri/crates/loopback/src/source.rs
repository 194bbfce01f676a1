//! What the server asks its owner.

use std::path::PathBuf;
use std::pin::Pin;

/// The kinds of files the window asks for; the second segment of the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Variant {
    /// A file a run made.
    Output,
    /// A small picture of one.
    Thumbnail,
    /// A file a run was given.
    Input,
    /// A file picked for a run that has not started. Unlike the others it can change under its id.
    Staged,
    /// The sound of a voice session. It grows while the session lives.
    Recording,
}

impl Variant {
    /// Its path segment.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Output => "output",
            Self::Thumbnail => "thumbnail",
            Self::Input => "input",
            Self::Staged => "staged",
            Self::Recording => "recording",
        }
    }

    /// The variant of a path segment.
    pub(crate) fn parse(segment: &str) -> Option<Self> {
        [
            Self::Output,
            Self::Thumbnail,
            Self::Input,
            Self::Staged,
            Self::Recording,
        ]
        .into_iter()
        .find(|variant| variant.as_str() == segment)
    }
}

/// A file to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaFile {
    /// Where it lies.
    pub path: PathBuf,
    /// Its type by its bytes. Types that could run are sent as `application/octet-stream` whatever this says.
    pub content_type: String,
    /// The name a download gets, when the request asks for one.
    pub download_name: Option<String>,
}

/// Says which file an id means. Ids are 1 to 128 characters of `A-Z a-z 0-9 - _`; nothing else is ever asked for.
pub trait MediaSource: Send + Sync + 'static {
    /// The file, or `None` when there is none. Whether it still exists is checked by the server.
    fn resolve(
        &self,
        variant: Variant,
        id: String,
    ) -> Pin<Box<dyn Future<Output = Option<MediaFile>> + Send + '_>>;
}
