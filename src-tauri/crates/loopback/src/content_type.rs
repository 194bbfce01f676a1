//! The types that are sent as what they are.

/// Types a web view shows or plays without running anything, as they are sent. SVG and HTML are missing on purpose.
const INERT: &[(&str, &str)] = &[
    ("image/png", "image/png"),
    ("image/jpeg", "image/jpeg"),
    ("image/gif", "image/gif"),
    ("image/webp", "image/webp"),
    ("image/bmp", "image/bmp"),
    ("image/tiff", "image/tiff"),
    ("image/heic", "image/heic"),
    ("image/heif", "image/heif"),
    ("image/avif", "image/avif"),
    ("image/jxl", "image/jxl"),
    ("image/x-icon", "image/x-icon"),
    ("audio/mpeg", "audio/mpeg"),
    ("audio/wav", "audio/wav"),
    ("audio/flac", "audio/flac"),
    ("audio/ogg", "audio/ogg"),
    ("audio/mp4", "audio/mp4"),
    ("audio/aac", "audio/aac"),
    ("audio/aiff", "audio/aiff"),
    ("audio/webm", "audio/webm"),
    ("video/mp4", "video/mp4"),
    ("video/quicktime", "video/quicktime"),
    ("video/webm", "video/webm"),
    ("video/x-matroska", "video/x-matroska"),
    ("video/x-msvideo", "video/x-msvideo"),
    ("video/ogg", "video/ogg"),
    ("video/3gpp", "video/3gpp"),
    ("model/gltf-binary", "model/gltf-binary"),
    ("application/pdf", "application/pdf"),
    ("application/json", "application/json"),
    ("text/plain", "text/plain; charset=utf-8"),
];

/// The type to send for a file of the given type.
pub(crate) fn sendable(content_type: &str) -> &'static str {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    INERT
        .iter()
        .find_map(|(known, sent)| known.eq_ignore_ascii_case(essence).then_some(*sent))
        .unwrap_or("application/octet-stream")
}

#[cfg(test)]
mod tests {
    use super::sendable;

    #[test]
    fn only_inert_types_keep_their_name() {
        let cases = [
            ("image/png", "image/png"),
            ("IMAGE/PNG; q=1", "image/png"),
            ("text/plain; charset=utf-16", "text/plain; charset=utf-8"),
            ("image/svg+xml", "application/octet-stream"),
            ("text/html", "application/octet-stream"),
            ("application/xhtml+xml", "application/octet-stream"),
            ("application/xml", "application/octet-stream"),
            ("text/javascript", "application/octet-stream"),
            ("multipart/x-mixed-replace", "application/octet-stream"),
            ("image/png\r\nx: y", "application/octet-stream"),
            ("", "application/octet-stream"),
        ];
        for (given, sent) in cases {
            assert_eq!(sendable(given), sent, "{given:?}");
        }
    }
}
