//! Structured text: JSON, CSV, models as text, Markdown.

use serde::de::IgnoredAny;
use serde_json::error::Category;

use crate::file_type::{CSV, FileType, GLTF, JSON, MARKDOWN, NDJSON, OBJ, PLY, SRT, STL, TSV};

/// Lines that are looked at.
const LINES: usize = 64;

pub(super) fn sniff(text: &str) -> Option<FileType> {
    json(text)
        .or_else(|| model(text))
        .or_else(|| is_subrip(text).then_some(SRT))
        .or_else(|| is_markdown(text).then_some(MARKDOWN))
        .or_else(|| table(text))
}

/// A head is mostly a beginning, so JSON that ends too early is JSON.
fn json(text: &str) -> Option<FileType> {
    if !text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    let first_is_whole = match values.next()? {
        Ok(_) => true,
        Err(error) if error.classify() == Category::Eof => false,
        Err(_) => return None,
    };
    if first_is_whole {
        let more = values.next();
        return match more {
            None => Some(if is_gltf(text) { GLTF } else { JSON }),
            Some(Ok(_)) => Some(NDJSON),
            Some(Err(error)) => (error.classify() == Category::Eof).then_some(NDJSON),
        };
    }
    Some(if is_gltf(text) { GLTF } else { JSON })
}

/// glTF as JSON must have `asset.version`, and has at least one of its arrays.
fn is_gltf(text: &str) -> bool {
    let Some((_, asset)) = text.split_once("\"asset\"") else {
        return false;
    };
    let near = &asset[..asset.floor_char_boundary(512)];
    let parts = [
        "\"scenes\"",
        "\"scene\"",
        "\"nodes\"",
        "\"meshes\"",
        "\"buffers\"",
        "\"accessors\"",
        "\"bufferViews\"",
    ];
    text.trim_start().starts_with('{')
        && near.contains("\"version\"")
        && parts.iter().any(|part| text.contains(part))
}

fn model(text: &str) -> Option<FileType> {
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default();
    if first == "ply" && lines.next().is_some_and(|line| line.starts_with("format ")) {
        return Some(PLY);
    }
    if first.starts_with("solid") && text.contains("facet normal") {
        return Some(STL);
    }
    is_obj(text).then_some(OBJ)
}

/// Wavefront: every line begins with a keyword, and some are vertices.
fn is_obj(text: &str) -> bool {
    const KEYWORDS: &[&str] = &[
        "v", "vn", "vt", "vp", "f", "l", "o", "g", "s", "mtllib", "usemtl",
    ];
    let mut vertices = 0;
    for line in whole_lines(text)
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        let mut words = line.split_ascii_whitespace();
        let keyword = words.next().unwrap_or_default();
        if !KEYWORDS.contains(&keyword) {
            return false;
        }
        if keyword == "v" {
            if words.clone().count() < 3 || !words.all(|word| word.parse::<f64>().is_ok()) {
                return false;
            }
            vertices += 1;
        }
    }
    vertices >= 1
}

/// A number on the first line, times on the second.
fn is_subrip(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim);
    let numbered = lines
        .next()
        .is_some_and(|line| !line.is_empty() && line.bytes().all(|b| b.is_ascii_digit()));
    numbered
        && lines
            .next()
            .is_some_and(|line| line.contains(" --> ") && line.contains(':'))
}

/// One sign may be chance (a shell script begins with `# `), two are Markdown.
fn is_markdown(text: &str) -> bool {
    if text.starts_with("#!") {
        return false;
    }
    let heading = |line: &str| {
        let hashes = line.bytes().take_while(|b| *b == b'#').count();
        (1..=6).contains(&hashes) && line.as_bytes().get(hashes) == Some(&b' ')
    };
    let lines: Vec<&str> = text.lines().take(LINES).collect();
    let signs = [
        lines.iter().any(|line| heading(line)),
        lines
            .windows(2)
            .any(|pair| heading(pair[0]) && pair[1].trim().is_empty()),
        lines.iter().any(|line| line.starts_with("```")),
        text.contains("](http") || text.contains("](/") || text.contains("](#"),
        lines
            .iter()
            .filter(|line| line.starts_with("- ") || line.starts_with("* "))
            .count()
            >= 2,
        text.matches("**").count() >= 2,
        lines
            .iter()
            .any(|line| line.starts_with('|') && line.contains("---")),
    ];
    signs.iter().filter(|sign| **sign).count() >= 2
}

/// The same number of separators on every line; prose is told by the blank behind its commas.
fn table(text: &str) -> Option<FileType> {
    let lines: Vec<&str> = whole_lines(text)
        .filter(|line| !line.trim().is_empty())
        .collect();
    [(',', CSV), (';', CSV), ('\t', TSV)]
        .into_iter()
        .find_map(|(separator, found)| {
            let counts: Vec<usize> = lines
                .iter()
                .map(|line| separators(line, separator))
                .collect();
            let columns = *counts.first()?;
            let enough = columns >= 1 && (lines.len() >= 3 || (lines.len() == 2 && columns >= 2));
            let is_prose = || {
                lines
                    .iter()
                    .all(|line| line.contains(&format!("{separator} ")))
            };
            (enough && counts.iter().all(|count| *count == columns) && !is_prose()).then_some(found)
        })
}

/// Separators outside quotes.
fn separators(line: &str, separator: char) -> usize {
    let mut quoted = false;
    line.chars()
        .filter(|c| {
            quoted ^= *c == '"';
            !quoted && *c == separator
        })
        .count()
}

/// The first lines. The last one may be cut by the end of the head, so it counts only with its line end, or when the
/// text is shorter than any head would be.
fn whole_lines(text: &str) -> impl Iterator<Item = &str> {
    const SHORTEST_HEAD: usize = 512;
    let end = if text.len() < SHORTEST_HEAD {
        text.len()
    } else {
        text.rfind('\n').map_or(text.len(), |at| at + 1)
    };
    text[..end].lines().take(LINES)
}
