//! Files and folders on the wire (`PROTOCOL.md` section 9).

use crate::error::ErrorItem;
use crate::secret::Secret;
use crate::wire::codec::{CountText, Flag, Free, Many, Plain, Text, TimeMs, Token};
use crate::wire::record;

record! {
    /// A file or folder of an answer.
    pub struct FileEntry {
        /// The service's id.
        pub id: Option<String> = Text["id"],
        /// Its name.
        pub name: Option<String> = Text["name"],
        /// The type the service claims; empty for a folder.
        pub content_type: Option<String> = Plain["contenttype"],
        /// Its size as the service counts it.
        pub bytes: Option<u64> = CountText["size"],
        /// The folder it is in.
        pub parent_id: Option<String> = Text["parentid"],
        /// What a run is given instead of the file; may be missing.
        pub url: Option<String> = Text["url"],
        /// When it was added, in Unix milliseconds.
        pub added_time_ms: Option<i64> = TimeMs["addedtime"],
        /// A secret of the service's, of no documented use.
        pub access_key: Option<Secret<String>> = Token["accesskey"],
    }
}

record! {
    /// The answer of `File/FolderCreate` and `File/Upload`. What a ZIP becomes is not documented: every entry is kept.
    pub struct FileAnswer [wrapped] {
        /// Whether it succeeded.
        pub result: Option<bool> = Flag["result"],
        /// What went wrong.
        pub errors: Vec<ErrorItem> = Many["errors"],
        /// What was made.
        pub list: Vec<FileEntry> = Many["list"],
    }
}

record! {
    /// The body of `File/FolderCreate`.
    pub struct FolderRequest {
        /// Letters, digits, `-` and `_`.
        pub name: Option<String> = Text["name"],
        /// The folder to make it in; absent for the root.
        pub parent_id: Option<String> = Text["parentid"],
    }
}

record! {
    /// The parts of `File/Upload`, which are multipart on the wire.
    pub struct UploadRequest {
        /// The file; its name or content where a description of a request holds one.
        pub file: Option<serde_json::Value> = Free["file"],
        /// The folder to put it into; absent for the default one.
        pub folder_id: Option<String> = Text["folderid"],
    }
}
