//! Types by bytes, and what was declared.

use proptest::prelude::*;
use wiro_media::{Family, judge, sniff};

use crate::samples::{ftyp, others, twelve};

#[test]
fn every_sample_is_recognised() {
    for (mime, extension, head) in twelve().into_iter().chain(others()) {
        let found = sniff(&head);
        assert_eq!(
            (found.mime, found.extension),
            (mime, extension),
            "{:?}",
            String::from_utf8_lossy(&head)
        );
    }
}

/// Each of twelve types declared as each: the bytes win, and every lie is noticed.
#[test]
fn twelve_by_twelve_lies() {
    let samples = twelve();
    assert_eq!(samples.len(), 12);
    for (declared, _, _) in &samples {
        for (actual, extension, head) in &samples {
            let judged = judge(Some(declared), head);
            assert_eq!(
                judged.file_type.mime, *actual,
                "{actual} declared as {declared}"
            );
            assert_eq!(
                judged.file_type.extension, *extension,
                "{actual} declared as {declared}"
            );
            assert_eq!(
                judged.differs,
                declared != actual,
                "{actual} declared as {declared}"
            );
        }
    }
}

#[test]
fn a_head_of_any_length_never_turns_markup_into_a_picture() {
    for (mime, _, head) in twelve() {
        for length in 0..head.len() {
            let found = sniff(&head[..length]);
            if mime == "image/svg+xml" || mime == "text/html" {
                assert!(
                    !matches!(found.family, Family::Image) || found.mime == "image/svg+xml",
                    "{mime} at {length}"
                );
            }
        }
    }
}

#[test]
fn no_declaration_is_no_lie() {
    let (_, _, png) = twelve().remove(0);
    for declared in [
        None,
        Some(""),
        Some("  "),
        Some("application/octet-stream"),
        Some("binary/octet-stream; x=y"),
    ] {
        let judged = judge(declared, &png);
        assert_eq!(
            (judged.file_type.mime, judged.differs),
            ("image/png", false),
            "{declared:?}"
        );
    }
}

#[test]
fn spellings_and_honest_refinements() {
    let jpeg = b"\xFF\xD8\xFF\xE0\0\x10JFIF\0".as_slice();
    let zip = crate::samples::entry("a.txt", b"a");
    let epub = crate::samples::entry("mimetype", b"application/epub+zip");
    let isom = ftyp("isom", &["isom"]);
    let webm = b"\x1A\x45\xDF\xA3\x9F\x42\x82\x84webm".as_slice();
    let cases: Vec<(&str, &[u8], &str, bool)> = vec![
        ("IMAGE/JPEG", jpeg, "image/jpeg", false),
        ("image/jpg", jpeg, "image/jpeg", false),
        ("image/jpeg; charset=binary", jpeg, "image/jpeg", false),
        (
            "image/heif",
            b"\0\0\0\x14ftypheic\0\0\0\0mif1",
            "image/heic",
            false,
        ),
        ("audio/mp4", &isom, "audio/mp4", false),
        ("video/quicktime", &isom, "video/mp4", true),
        ("audio/webm", webm, "audio/webm", false),
        ("audio/x-wav", b"RIFF\x24\0\0\0WAVEfmt ", "audio/wav", false),
        ("text/markdown", b"plain words", "text/markdown", false),
        ("text/csv", b"one line", "text/csv", false),
        ("text/x-python", b"print(1)", "text/plain", false),
        ("text/plain", b"{\"a\":1}", "application/json", false),
        ("text/plain", b"<script>x</script>", "text/html", true),
        ("text/markdown", b"<script>x</script>", "text/html", true),
        ("text/html", b"no markup", "text/plain", true),
        ("image/svg+xml", b"no markup", "text/plain", true),
        ("application/json", b"not json", "text/plain", true),
        ("application/zip", &epub, "application/epub+zip", false),
        ("application/epub+zip", &zip, "application/zip", true),
        (
            "image/png",
            b"\0\x01\x02\x03",
            "application/octet-stream",
            true,
        ),
        ("model/stl", b"\0\x01\x02\x03", "model/stl", false),
        (
            "application/x-unheard-of",
            b"\0\x01\x02\x03",
            "application/octet-stream",
            false,
        ),
        ("application/x-unheard-of", jpeg, "image/jpeg", true),
        (
            "video/mp4",
            b"MZ\x90\0\x03\0\0\0",
            "application/octet-stream",
            true,
        ),
        ("../../etc/passwd", jpeg, "image/jpeg", true),
        ("image/png\r\nX-Header: 1", jpeg, "image/jpeg", true),
    ];
    for (declared, head, mime, differs) in cases {
        let judged = judge(Some(declared), head);
        assert_eq!(
            (judged.file_type.mime, judged.differs),
            (mime, differs),
            "{declared}"
        );
    }
}

#[test]
fn deep_and_endless_text_ends() {
    for head in [
        "[".repeat(100_000),
        "{\"a\":".repeat(50_000),
        "<!--".repeat(50_000),
        "<?".repeat(50_000),
        "PK\x03\x04".repeat(50_000),
    ] {
        sniff(head.as_bytes());
    }
}

proptest! {
    /// Any bytes, alone and behind every signature, give an answer from the table.
    #[test]
    fn any_bytes_have_a_type(tail in proptest::collection::vec(any::<u8>(), 0..600), declared in any::<String>()) {
        for (_, _, head) in twelve().into_iter().chain(others()) {
            let found = judge(Some(&declared), &[head.as_slice(), &tail].concat()).file_type;
            prop_assert!(found.mime.contains('/') && !found.extension.is_empty());
        }
        sniff(&tail);
    }

    /// Whatever stands before and behind, text with an element of script at its start is never a picture or plain.
    #[test]
    fn scripts_are_never_plain(blank in "[ \\t\\n]{0,20}", comment in "[a-z >]{0,20}", tail in "[ -~]{0,100}") {
        let comment = comment.replace("-->", "");
        for element in ["<script>", "<svg ", "<html>", "<iframe src=x>"] {
            let found = sniff(format!("{blank}<!--{comment}-->{blank}{element}{tail}").as_bytes());
            prop_assert!(matches!(found.mime, "text/html" | "image/svg+xml"), "{}", found.mime);
        }
    }
}
