//! Names that come from outside.
//!
//! Two different needs, so two functions: a label is read by a person and never touches a disk, a file name must be
//! creatable in a folder on Linux, macOS and Windows and must stay in that folder.

use crate::file_type::BIN;

/// What nothing is called.
const FALLBACK: &str = "output";
/// Longest label, in characters.
const LABEL_CHARS: usize = 120;
/// Longest file name, in bytes: 255 is the limit of the common file systems, and callers may add ` (2)` or `.partial`.
const NAME_BYTES: usize = 200;
/// Longest extension, in bytes.
const EXTENSION_BYTES: usize = 16;
/// Combining marks kept in a row. Living scripts stack two or three; floods stack hundreds.
const MARKS_IN_A_ROW: usize = 3;

/// Turns any text into a name that is safe to show: the last segment of a path of either style, on one line, without
/// invisible, reordering or flooding characters, at most 120 characters, never empty.
///
/// Only for display. Use [`safe_file_name`] for the disk.
///
/// ```
/// assert_eq!(wiro_media::safe_label("C:\\Users\\ada\\sun\u{202e}gnp.exe"), "sungnp.exe");
/// assert_eq!(wiro_media::safe_label("../.."), "output");
/// ```
pub fn safe_label(raw: &str) -> String {
    let cleaned = visible(last_segment(raw));
    let label: String = cleaned.chars().take(LABEL_CHARS).collect();
    let label = label.trim();
    if label.chars().all(|c| c == '.' || c.is_whitespace()) {
        FALLBACK.to_owned()
    } else {
        label.to_owned()
    }
}

/// Turns any text into a file name with the given extension that every operating system can create, that stays in the
/// folder it is joined to, and that is at most 200 bytes long.
///
/// The rules of Windows hold everywhere, because libraries move between machines. The extension the name claims is
/// dropped: the caller passes the one the bytes deserve.
///
/// ```
/// assert_eq!(wiro_media::safe_file_name("../../etc/cron.d/job.sh", "png"), "job.png");
/// assert_eq!(wiro_media::safe_file_name("aux.png", "png"), "_aux.png");
/// ```
pub fn safe_file_name(raw: &str, extension: &str) -> String {
    let extension = safe_extension(extension);
    let cleaned: String = visible(last_segment(raw))
        .chars()
        .map(|c| if is_forbidden(c) { '_' } else { c })
        .collect();
    let mut stem = trim_edges(without_extension(trim_edges(&cleaned), &extension));
    if stem.is_empty() {
        stem = FALLBACK;
    }
    let guard = if is_reserved(stem) || stem.starts_with(['-', '~']) {
        "_"
    } else {
        ""
    };
    let room = NAME_BYTES - extension.len() - 1 - guard.len();
    let stem = trim_edges(cut(stem, room));
    format!("{guard}{stem}.{extension}")
}

/// The last segment that is a name, whatever the separator. Dots alone name no file.
fn last_segment(raw: &str) -> &str {
    raw.split(['/', '\\'])
        .rev()
        .find(|segment| {
            segment
                .chars()
                .any(|c| c != '.' && !c.is_whitespace() && !is_invisible(c))
        })
        .unwrap_or_default()
}

/// Drops what a person cannot see and joins runs of blanks.
fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(4 * LABEL_CHARS));
    let mut marks = 0;
    for c in text.chars() {
        if c.is_whitespace() {
            marks = 0;
            if !out.ends_with(' ') {
                out.push(' ');
            }
        } else if is_mark(c) {
            marks += 1;
            // A mark without a base would sit on whatever the label is drawn next to.
            if marks <= MARKS_IN_A_ROW && !out.is_empty() && !out.ends_with(' ') {
                out.push(c);
            }
        } else if !is_invisible(c) {
            marks = 0;
            out.push(c);
        }
    }
    out
}

/// Characters without a shape of their own, or that reorder others. White space is handled before.
fn is_invisible(c: char) -> bool {
    let code = c as u32;
    c.is_control()
        || matches!(code,
            0x00AD | 0x034F | 0x061C | 0x115F | 0x1160 | 0x17B4 | 0x17B5 | 0x2800 | 0x3164 | 0xFEFF | 0xFFA0
            | 0x180B..=0x180F
            | 0x200B..=0x200F // zero width, direction marks
            | 0x202A..=0x202E // embeddings and overrides
            | 0x2060..=0x206F // word joiner, isolates, deprecated controls
            | 0xE000..=0xF8FF // private use; Windows maps some of it to `:` and `\`
            | 0xFDD0..=0xFDEF // not characters
            | 0xFE00..=0xFE0F // variation selectors
            | 0xFFF0..=0xFFFD // specials, the replacement character
            | 0x1_3430..=0x1_345F
            | 0x1_BCA0..=0x1_BCA3
            | 0x1_D173..=0x1_D17A
            | 0xE_0000..=0x10_FFFF // tags, selectors, private planes
        )
        || code & 0xFFFE == 0xFFFE
}

/// Combining marks that stack, the material of floods.
fn is_mark(c: char) -> bool {
    matches!(c as u32,
        0x0300..=0x034E | 0x0350..=0x036F | 0x0483..=0x0489 | 0x0591..=0x05BD | 0x0610..=0x061A | 0x064B..=0x065F
        | 0x06D6..=0x06DC | 0x06DF..=0x06E4 | 0x0E31 | 0x0E34..=0x0E3A | 0x0E47..=0x0E4E | 0x0EB1 | 0x0EB4..=0x0EBC
        | 0x0F71..=0x0F84 | 0x1AB0..=0x1AFF | 0x1DC0..=0x1DFF | 0x20D0..=0x20FF | 0x302A..=0x302F
        | 0x3099 | 0x309A | 0xA66F..=0xA672 | 0xFE20..=0xFE2F)
}

/// What Windows refuses in a name, and look-alikes of it that its conversions turn into the real thing.
fn is_forbidden(c: char) -> bool {
    matches!(
        c,
        '<' | '>' | ':' | '"' | '|' | '?' | '*' | '/' | '\\'
            | '\u{2044}' | '\u{2215}' | '\u{2216}' | '\u{29F5}' | '\u{29F8}' | '\u{FE55}' | '\u{FE68}'
            | '\u{FF0F}' | '\u{FF3C}' | '\u{FF1A}' | '\u{2236}' | '\u{A789}'
            // One-dot and two-dot leaders.
            | '\u{2024}' | '\u{2025}' | '\u{FF0E}'
    )
}

/// Windows drops dots and spaces at the end, Unix hides names that begin with a dot.
fn trim_edges(name: &str) -> &str {
    name.trim_matches(|c: char| c == '.' || c.is_whitespace())
}

/// Drops the claimed extension, and once more the given one so that `a.pdf.exe` becomes `a.pdf` and not `a.pdf.pdf`.
fn without_extension<'a>(name: &'a str, given: &str) -> &'a str {
    let claimed = strip_extension(name, |ext| {
        ext.len() <= 10
            && ext.bytes().all(|b| b.is_ascii_alphanumeric())
            && ext.bytes().any(|b| b.is_ascii_alphabetic())
    });
    strip_extension(claimed, |ext| ext.eq_ignore_ascii_case(given))
}

fn strip_extension(name: &str, is_one: impl Fn(&str) -> bool) -> &str {
    match name.rsplit_once('.') {
        Some((stem, ext)) if !trim_edges(stem).is_empty() && is_one(ext) => stem,
        _ => name,
    }
}

/// Only the caller chooses the extension, but a mistake there must not undo the rules.
fn safe_extension(extension: &str) -> String {
    let wanted = extension.trim_start_matches('.');
    let fits = !wanted.is_empty()
        && wanted.len() <= EXTENSION_BYTES
        && wanted.bytes().all(|b| b.is_ascii_alphanumeric());
    if fits {
        wanted.to_ascii_lowercase()
    } else {
        BIN.extension.to_owned()
    }
}

/// The device names of DOS, which win over files in every folder, with any extension: `aux`, `COM1.tar.gz`, `nul .x`.
fn is_reserved(stem: &str) -> bool {
    let base = stem
        .split('.')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_uppercase();
    if matches!(
        base.as_str(),
        "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$" | "CLOCK$"
    ) {
        return true;
    }
    let port = base
        .strip_prefix("COM")
        .or_else(|| base.strip_prefix("LPT"));
    port.is_some_and(|number| {
        let mut chars = number.chars();
        // The superscripts count as digits there.
        matches!(chars.next(), Some('0'..='9' | '¹' | '²' | '³')) && chars.next().is_none()
    })
}

/// The longest beginning of at most `bytes` bytes that ends between characters.
fn cut(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}
