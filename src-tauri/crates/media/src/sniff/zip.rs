//! ZIP containers, told apart by the names in their local headers. Nothing is unpacked.

use super::binary::{le16, le32};
use crate::file_type::{DOCX, EPUB, FileType, ODP, ODS, ODT, PPTX, USDZ, XLSX, ZIP};

const LOCAL_HEADER: &[u8] = b"PK\x03\x04";
const HEADER_BYTES: usize = 30;

/// The beginning of an entry.
struct Entry<'a> {
    name: &'a [u8],
    data: &'a [u8],
    /// Where the next entry begins, when the header says so.
    next: Option<usize>,
}

pub(super) fn sniff(head: &[u8]) -> Option<FileType> {
    if !head.starts_with(LOCAL_HEADER) {
        // No entries at all, or the first part of a set.
        let other = [b"PK\x05\x06".as_slice(), b"PK\x07\x08"];
        return other
            .iter()
            .any(|signature| head.starts_with(signature))
            .then_some(ZIP);
    }
    let Some(first) = entry(head) else {
        return Some(ZIP);
    };
    if first.name == b"mimetype" {
        return Some(by_mimetype(first.data));
    }
    if ends_with_any(first.name, &[b".usd", b".usda", b".usdc"]) && le16(head, 8) == Some(0) {
        return Some(USDZ);
    }
    Some(office(head).unwrap_or(ZIP))
}

/// EPUB and the Open Document formats put their type first, uncompressed.
fn by_mimetype(data: &[u8]) -> FileType {
    let known = [EPUB, ODT, ODS, ODP];
    // The longest match: none of these is a beginning of another, but templates extend them.
    known
        .into_iter()
        .find(|kind| {
            data.strip_prefix(kind.mime.as_bytes()).is_some_and(|rest| {
                rest.first()
                    .is_none_or(|next| !next.is_ascii_alphanumeric() && *next != b'-')
            })
        })
        .unwrap_or(ZIP)
}

/// Office files carry `[Content_Types].xml` and one folder that names the program.
fn office(head: &[u8]) -> Option<FileType> {
    let mut at = 0;
    let (mut is_office, mut kind) = (false, None);
    while let Some(found) = head.get(at..).and_then(entry) {
        is_office |= found.name == b"[Content_Types].xml";
        kind = kind.or_else(|| {
            let folders = [(b"word/".as_slice(), DOCX), (b"xl/", XLSX), (b"ppt/", PPTX)];
            folders
                .into_iter()
                .find_map(|(folder, kind)| found.name.starts_with(folder).then_some(kind))
        });
        // An entry of unknown length: look for the next signature instead.
        let behind = at + HEADER_BYTES;
        let next = found
            .next
            .map(|length| at.saturating_add(length))
            .or_else(|| find(head.get(behind..)?, LOCAL_HEADER).map(|distance| behind + distance));
        at = next.unwrap_or(head.len());
    }
    kind.filter(|_| is_office)
}

fn entry(bytes: &[u8]) -> Option<Entry<'_>> {
    if !bytes.starts_with(LOCAL_HEADER) {
        return None;
    }
    let name_end = HEADER_BYTES + usize::from(le16(bytes, 26)?);
    let data_start = name_end + usize::from(le16(bytes, 28)?);
    let has_length = le16(bytes, 6)? & 0b1000 == 0;
    let length = usize::try_from(le32(bytes, 18)?).ok()?;
    Some(Entry {
        name: bytes.get(HEADER_BYTES..name_end)?,
        data: bytes.get(data_start..).unwrap_or_default(),
        next: has_length.then(|| data_start.saturating_add(length)),
    })
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}

fn ends_with_any(name: &[u8], endings: &[&[u8]]) -> bool {
    let lower = name.to_ascii_lowercase();
    endings.iter().any(|ending| lower.ends_with(ending))
}
