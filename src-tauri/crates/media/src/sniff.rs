//! The type of a file, by its first bytes.

mod binary;
mod media;
mod text;
mod zip;

use crate::file_type::{BIN, FileType};

/// Tells the type from the first bytes of a file: 4 KiB are plenty, fewer do. Never fails: what nothing fits is
/// `application/octet-stream`.
///
/// Markup is recognised as what it is, even behind white space, comments, a byte-order mark or UTF-16, so that it can
/// never pass as a picture or as plain text.
pub fn sniff(head: &[u8]) -> FileType {
    binary::sniff(head)
        .or_else(|| media::sniff(head))
        .or_else(|| text::sniff(head))
        .unwrap_or(BIN)
}
