//! Text: markup first, because it is the dangerous kind, then data, then prose.

mod data;
mod markup;

use std::borrow::Cow;

use crate::file_type::{FileType, PLAIN, RTF, VTT};

pub(super) fn sniff(head: &[u8]) -> Option<FileType> {
    let text = decode(head)?;
    let trimmed = text.trim_start();
    if trimmed.is_empty() {
        return (!text.is_empty()).then_some(PLAIN);
    }
    if trimmed.starts_with("{\\rtf1") {
        return Some(RTF);
    }
    if let Some(rest) = text.strip_prefix("WEBVTT")
        && rest.starts_with([' ', '\t', '\n', '\r'])
    {
        return Some(VTT);
    }
    markup::sniff(trimmed)
        .or_else(|| data::sniff(&text))
        .or(Some(PLAIN))
}

/// The head as text, or `None` when it is not text: UTF-8 with or without a byte-order mark, or UTF-16 with one.
fn decode(head: &[u8]) -> Option<Cow<'_, str>> {
    let text = match head {
        [0xFF, 0xFE, rest @ ..] => Cow::Owned(utf16(rest, u16::from_le_bytes)?),
        [0xFE, 0xFF, rest @ ..] => Cow::Owned(utf16(rest, u16::from_be_bytes)?),
        [0xEF, 0xBB, 0xBF, rest @ ..] => Cow::Borrowed(utf8(rest)?),
        _ => Cow::Borrowed(utf8(head)?),
    };
    let is_binary =
        |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\x0C' | '\u{85}');
    (!text.chars().any(is_binary)).then_some(text)
}

/// The end of a head may cut a character in two; a wrong byte elsewhere means this is not UTF-8.
fn utf8(bytes: &[u8]) -> Option<&str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(text),
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&bytes[..error.valid_up_to()]).ok()
        }
        Err(_) => None,
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let mut units: Vec<u16> = bytes
        .as_chunks::<2>()
        .0
        .iter()
        .map(|pair| unit(*pair))
        .collect();
    if units
        .last()
        .is_some_and(|last| (0xD800..0xDC00).contains(last))
    {
        units.pop();
    }
    String::from_utf16(&units).ok()
}
