//! The kinds of files that `File/Upload` takes (`PROTOCOL.md` section 9.2).

/// Extensions and what they stand for. The first of several extensions of a type is the usual one.
const KINDS: [(&str, &str); 21] = [
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("png", "image/png"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("heic", "image/heic"),
    ("mp4", "video/mp4"),
    ("webm", "video/webm"),
    ("mov", "video/quicktime"),
    ("mp3", "audio/mpeg"),
    ("wav", "audio/wav"),
    ("m4a", "audio/mp4"),
    ("pdf", "application/pdf"),
    ("csv", "text/csv"),
    (
        "docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    (
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    (
        "pptx",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ),
    ("txt", "text/plain"),
    ("md", "text/markdown"),
    ("epub", "application/epub+zip"),
    ("zip", ZIP),
];

pub(crate) const ZIP: &str = "application/zip";

/// The type of a file that may be uploaded. Its extension decides; only a name without one, such as the `upload` that the
/// official client makes up, is known by its declared type.
pub(crate) fn content_type(name: &str, declared: &str) -> Option<&'static str> {
    let kind = |wanted: &dyn Fn(&(&str, &str)) -> bool| {
        KINDS
            .iter()
            .find(|kind| wanted(kind))
            .map(|(_, content_type)| *content_type)
    };
    if let Some((_, extension)) = name.rsplit_once('.') {
        kind(&|(known, _)| known.eq_ignore_ascii_case(extension))
    } else {
        let essence = declared.split(';').next().unwrap_or_default().trim();
        kind(&|(_, known)| known.eq_ignore_ascii_case(essence))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_decide_and_declared_types_help_out() {
        let cases = [
            ("a.png", "", Some("image/png")),
            ("A.JPEG", "text/plain", Some("image/jpeg")),
            ("a.b.csv", "", Some("text/csv")),
            ("a.zip", "", Some("application/zip")),
            ("a.exe", "image/png", None),
            ("a.bmp", "image/bmp", None),
            ("a.svg", "image/svg+xml", None),
            ("a.", "image/png", None),
            ("upload", "image/webp", Some("image/webp")),
            ("upload", "Text/Plain; charset=utf-8", Some("text/plain")),
            ("upload", "application/octet-stream", None),
        ];
        for (name, declared, expected) in cases {
            assert_eq!(content_type(name, declared), expected, "{name} {declared}");
        }
    }
}
