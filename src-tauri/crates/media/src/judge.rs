//! What the service said against what the bytes say.

use crate::file_type::{
    ALL, AUDIO_WEBM, BIN, CSV, DOCX, EPUB, FBX, FileType, GLTF, GZIP, HEIC, ICO, JPEG, JSON, M4A,
    MARKDOWN, MP3, MP4, NDJSON, OBJ, ODP, ODS, ODT, OGG, PLAIN, PLY, PPTX, RAR, SRT, STL, TAR,
    THREE_GP, TSV, USDZ, VTT, WAV, WEBM, XLSX, XML, YAML, ZIP,
};
use crate::sniff;

/// A file's type, and whether it was declared as another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judged {
    /// What the file is treated as.
    pub file_type: FileType,
    /// Whether the declared type contradicts the bytes.
    pub differs: bool,
}

/// Other spellings of types in the table.
const ALIASES: &[(&str, FileType)] = &[
    ("image/jpg", JPEG),
    ("image/pjpeg", JPEG),
    ("image/heif", HEIC),
    ("image/vnd.microsoft.icon", ICO),
    ("video/x-m4v", MP4),
    ("application/mp4", MP4),
    ("video/3gpp2", THREE_GP),
    ("audio/mp3", MP3),
    ("audio/x-mp3", MP3),
    ("audio/x-mpeg", MP3),
    ("audio/mpeg3", MP3),
    ("audio/x-wav", WAV),
    ("audio/wave", WAV),
    ("audio/vnd.wave", WAV),
    ("audio/opus", OGG),
    ("application/ogg", OGG),
    ("audio/x-m4a", M4A),
    ("audio/m4a", M4A),
    ("model/x-obj", OBJ),
    ("application/x-tgif", OBJ),
    ("model/x.stl-ascii", STL),
    ("model/x.stl-binary", STL),
    ("application/sla", STL),
    ("application/vnd.ms-pki.stl", STL),
    ("application/x-ply", PLY),
    ("application/x-fbx", FBX),
    ("model/usdz", USDZ),
    ("text/xml", XML),
    ("text/json", JSON),
    ("application/jsonl", NDJSON),
    ("application/csv", CSV),
    ("text/x-markdown", MARKDOWN),
    ("text/srt", SRT),
    ("text/yaml", YAML),
    ("application/x-yaml", YAML),
    ("application/x-zip-compressed", ZIP),
    ("application/x-zip", ZIP),
    ("application/x-gzip", GZIP),
    ("application/x-rar-compressed", RAR),
    ("application/x-compressed-tar", GZIP),
    ("application/x-gtar", TAR),
];

/// Types that say "some bytes" and so contradict nothing.
const UNSPECIFIC: &[&str] = &[
    "",
    "application/octet-stream",
    "binary/octet-stream",
    "application/x-binary",
    "application/binary",
];

/// Compares the declared type with the first bytes. The bytes win; a declaration can only choose between names of the
/// same inert format (audio or video in one container, the dialect of plain text).
pub fn judge(declared: Option<&str>, head: &[u8]) -> Judged {
    let found = sniff(head);
    let essence = declared.map(essence).unwrap_or_default();
    if UNSPECIFIC.contains(&essence.as_str()) {
        return Judged {
            file_type: found,
            differs: false,
        };
    }
    match lookup(&essence) {
        Some(claimed) if claimed == found => Judged {
            file_type: found,
            differs: false,
        },
        Some(claimed) if covers(claimed, found) => Judged {
            file_type: found,
            differs: false,
        },
        Some(claimed) if refines(claimed, found) => Judged {
            file_type: claimed,
            differs: false,
        },
        // A text type we have no name for, and the bytes are text.
        None if essence.starts_with("text/") && found == PLAIN => Judged {
            file_type: PLAIN,
            differs: false,
        },
        // A type without a signature we know, and bytes without one: nothing contradicts.
        None if found == BIN => Judged {
            file_type: BIN,
            differs: false,
        },
        _ => Judged {
            file_type: found,
            differs: true,
        },
    }
}

/// The type without parameters, lower case.
fn essence(declared: &str) -> String {
    declared
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
}

fn lookup(essence: &str) -> Option<FileType> {
    ALL.iter()
        .copied()
        .find(|known| known.mime == essence)
        .or_else(|| {
            ALIASES
                .iter()
                .find_map(|(alias, known)| (*alias == essence).then_some(*known))
        })
}

/// Whether `claimed` is true of `found` and merely says less.
fn covers(claimed: FileType, found: FileType) -> bool {
    match claimed {
        ZIP => [DOCX, XLSX, PPTX, EPUB, ODT, ODS, ODP, USDZ].contains(&found),
        JSON => [GLTF, NDJSON].contains(&found),
        PLAIN => [JSON, NDJSON, CSV, TSV, MARKDOWN, VTT, SRT].contains(&found),
        _ => false,
    }
}

/// Whether `claimed` is a name for bytes that can only be recognised as `found`.
fn refines(claimed: FileType, found: FileType) -> bool {
    let pairs: &[(FileType, &[FileType])] = &[
        // The same containers, with or without pictures in them.
        (MP4, &[M4A]),
        (WEBM, &[AUDIO_WEBM]),
        // Inert dialects of text that look like prose when short.
        (PLAIN, &[MARKDOWN, CSV, TSV, YAML, SRT, VTT, NDJSON]),
        (MARKDOWN, &[YAML]),
        (CSV, &[MARKDOWN]),
        (TSV, &[CSV]),
        (JSON, &[NDJSON, YAML]),
        // Binary STL begins with 80 free bytes.
        (BIN, &[STL]),
        (PLAIN, &[STL, OBJ]),
    ];
    pairs
        .iter()
        .any(|(from, to)| *from == found && to.contains(&claimed))
}
