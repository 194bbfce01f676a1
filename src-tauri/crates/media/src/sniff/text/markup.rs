//! HTML, SVG and XML.

use crate::file_type::{FileType, HTML, SVG, XML};

/// Elements that begin an HTML fragment, as the WHATWG MIME sniffing standard lists them, and the ones that make a
/// fragment active.
const HTML_STARTS: &[&str] = &[
    "html", "head", "body", "script", "iframe", "h1", "div", "font", "table", "a", "style",
    "title", "b", "br", "p", "img", "video", "audio", "object", "embed", "form", "input", "button",
    "link", "meta", "base", "math", "template", "span", "ul", "ol", "center", "details", "marquee",
    "frameset",
];

/// Looks at the first element behind comments, declarations and processing instructions.
pub(super) fn sniff(trimmed: &str) -> Option<FileType> {
    if !trimmed.starts_with('<') {
        return None;
    }
    let is_xml = trimmed
        .get(..5)
        .is_some_and(|start| start.eq_ignore_ascii_case("<?xml"));
    let undecided = || Some(if is_xml { XML } else { HTML });
    let mut rest = trimmed;
    loop {
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix("<!--") {
            // A comment as long as the whole head could hide anything: the dangerous reading wins.
            match after.split_once("-->") {
                Some((_, after)) => rest = after,
                None => return undecided(),
            }
        } else if let Some(after) = rest.strip_prefix("<?") {
            match after.split_once('>') {
                Some((_, after)) => rest = after,
                None => return is_xml.then_some(XML),
            }
        } else if let Some(after) = rest.strip_prefix("<!") {
            if let Some(found) = doctype(after) {
                return Some(found);
            }
            match skip_declaration(after) {
                Some(after) => rest = after,
                None => return undecided(),
            }
        } else {
            return element(rest).or_else(|| is_xml.then_some(XML));
        }
    }
}

fn doctype(after: &str) -> Option<FileType> {
    let name = after
        .get(..7)
        .filter(|word| word.eq_ignore_ascii_case("doctype"))
        .map(|_| after[7..].trim_start())?;
    let root = name.split(|c: char| !is_name(c)).next().unwrap_or_default();
    by_root(root).or_else(|| root.is_empty().then_some(HTML))
}

/// Behind the `>` that ends a declaration, past an internal subset in brackets.
fn skip_declaration(after: &str) -> Option<&str> {
    let end = after.find(['>', '['])?;
    if after[end..].starts_with('>') {
        return Some(&after[end + 1..]);
    }
    let (_, rest) = after[end..].split_once(']')?;
    rest.split_once('>').map(|(_, rest)| rest)
}

fn element(rest: &str) -> Option<FileType> {
    let inner = rest.strip_prefix('<')?;
    let name = inner
        .split(|c: char| !is_name(c))
        .next()
        .unwrap_or_default();
    if let Some(found) = by_root(name) {
        return Some(found);
    }
    let ends = inner[name.len()..]
        .chars()
        .next()
        .is_none_or(|c| c == '>' || c == '/' || c.is_whitespace());
    if ends
        && HTML_STARTS
            .iter()
            .any(|start| name.eq_ignore_ascii_case(start))
    {
        return Some(HTML);
    }
    // Custom elements and unknown roots: XML when a namespace is declared, prose such as `<3` or `<https://…>` else.
    (ends && !name.is_empty() && inner.contains("xmlns")).then_some(XML)
}

/// The two roots that matter, with or without a namespace prefix.
fn by_root(name: &str) -> Option<FileType> {
    let local = name.rsplit(':').next().unwrap_or_default();
    if local.eq_ignore_ascii_case("svg") {
        Some(SVG)
    } else if local.eq_ignore_ascii_case("html") {
        Some(HTML)
    } else {
        None
    }
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, ':' | '-' | '_' | '.')
}
