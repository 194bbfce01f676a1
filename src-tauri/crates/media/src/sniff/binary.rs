//! Types with a fixed signature: pictures, models, documents, archives.

use crate::file_type::{
    BMP, BZIP2, EXR, FBX, FileType, GIF, GLB, GZIP, ICO, JPEG, JXL, PDF, PNG, PSD, RAR, SEVEN_ZIP,
    TAR, TIFF, XZ, ZSTD,
};

/// Signatures at the very beginning that are long enough to stand alone.
const SIGNATURES: &[(&[u8], FileType)] = &[
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xFF\xD8\xFF", JPEG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"II*\0", TIFF),
    (b"MM\0*", TIFF),
    (b"II+\0", TIFF),
    (b"MM\0+", TIFF),
    (b"\0\0\0\x0CJXL \r\n\x87\n", JXL),
    (b"\xFF\x0A", JXL),
    (b"8BPS\0\x01", PSD),
    (b"8BPS\0\x02", PSD),
    (b"\x76\x2F\x31\x01", EXR),
    (b"Kaydara FBX Binary  \0", FBX),
    (b"\x1F\x8B\x08", GZIP),
    (b"7z\xBC\xAF\x27\x1C", SEVEN_ZIP),
    (b"Rar!\x1A\x07", RAR),
    (b"\x28\xB5\x2F\xFD", ZSTD),
    (b"\xFD7zXZ\0", XZ),
];

/// A type and the look at the bytes that finds it.
type Check = (fn(&[u8]) -> bool, FileType);

pub(super) fn sniff(head: &[u8]) -> Option<FileType> {
    if let Some((_, found)) = SIGNATURES
        .iter()
        .find(|(signature, _)| head.starts_with(signature))
    {
        return Some(*found);
    }
    let checks: [Check; 6] = [
        (is_bmp, BMP),
        (is_ico, ICO),
        (is_glb, GLB),
        (is_pdf, PDF),
        (is_tar, TAR),
        (is_bzip2, BZIP2),
    ];
    checks
        .into_iter()
        .find_map(|(matches, found)| matches(head).then_some(found))
        .or_else(|| super::zip::sniff(head))
}

/// `BM` alone is also English: the size of the second header decides.
fn is_bmp(head: &[u8]) -> bool {
    head.starts_with(b"BM")
        && matches!(
            le32(head, 14),
            Some(12 | 16 | 40 | 52 | 56 | 64 | 108 | 124)
        )
}

fn is_ico(head: &[u8]) -> bool {
    // Reserved 0, kind 1, a sane count, and the reserved byte of the first entry.
    head.starts_with(&[0, 0, 1, 0])
        && matches!(head.get(4..6), Some([1..=64, 0]))
        && head.get(9) == Some(&0)
}

fn is_glb(head: &[u8]) -> bool {
    head.starts_with(b"glTF") && matches!(le32(head, 4), Some(1 | 2))
}

fn is_pdf(head: &[u8]) -> bool {
    let start = head
        .strip_prefix(b"\xEF\xBB\xBF")
        .unwrap_or(head)
        .trim_ascii_start();
    start.starts_with(b"%PDF-")
}

fn is_tar(head: &[u8]) -> bool {
    head.get(257..262) == Some(b"ustar")
}

fn is_bzip2(head: &[u8]) -> bool {
    head.starts_with(b"BZh")
        && head
            .get(3)
            .is_some_and(|level| matches!(level, b'1'..=b'9'))
        && matches!(
            head.get(4..10),
            Some(b"\x31\x41\x59\x26\x53\x59" | b"\x17\x72\x45\x38\x50\x90")
        )
}

pub(super) fn le32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes
        .get(at..at + 4)
        .and_then(|b| b.try_into().ok())
        .map(u32::from_le_bytes)
}

pub(super) fn le16(bytes: &[u8], at: usize) -> Option<u16> {
    bytes
        .get(at..at + 2)
        .and_then(|b| b.try_into().ok())
        .map(u16::from_le_bytes)
}

pub(super) fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle)
}
