//! The text of a Word document: an archive whose `word/document.xml` holds the paragraphs.

use std::io::{Cursor, Read};

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, Event};
use zip::ZipArchive;

use super::MAX_BYTES;

const MAIN_PART: &str = "word/document.xml";

type Problem = Box<dyn std::error::Error>;

/// One line for each paragraph. The error says what is wrong with the document.
pub(super) fn text(bytes: &[u8]) -> Result<String, String> {
    let part = main_part(bytes).map_err(|error| format!("It is no Word document: {error}."))?;
    paragraphs(&part).map_err(|error| format!("The Word document is damaged: {error}."))
}

/// Sizes are counted while unpacking, not believed.
fn main_part(bytes: &[u8]) -> Result<String, Problem> {
    let mut archive = ZipArchive::new(Cursor::new(bytes))?;
    let mut part = Vec::new();
    let unpacked = archive
        .by_name(MAIN_PART)?
        .take(MAX_BYTES + 1)
        .read_to_end(&mut part)?;
    if u64::try_from(unpacked)? > MAX_BYTES {
        return Err("it unpacks to more than 16 MB".into());
    }
    Ok(String::from_utf8(part)?)
}

fn paragraphs(part: &str) -> Result<String, Problem> {
    let mut reader = Reader::from_str(part);
    let mut text = String::new();
    // Text elsewhere, such as deleted passages or numbers of fields, is not read.
    let mut in_text = false;
    loop {
        match reader.read_event()? {
            Event::Start(tag) if tag.local_name().as_ref() == "t" => in_text = true,
            Event::Empty(tag) | Event::Start(tag) => match tag.local_name().as_ref() {
                "tab" => text.push('\t'),
                "br" | "cr" => text.push('\n'),
                _ => {}
            },
            Event::End(tag) => match tag.local_name().as_ref() {
                "t" => in_text = false,
                "p" => text.push('\n'),
                _ => {}
            },
            Event::Text(piece) if in_text => text.push_str(&piece.xml10_content()),
            Event::CData(piece) if in_text => text.push_str(&piece.xml10_content()),
            Event::GeneralRef(reference) if in_text => push_reference(&reference, &mut text)?,
            Event::Eof => return Ok(text),
            _ => {}
        }
    }
}

/// References to characters and to the five names that XML knows; others would need a document type, which is not read.
fn push_reference(reference: &BytesRef<'_>, text: &mut String) -> Result<(), Problem> {
    match reference.resolve_char_ref()? {
        Some(symbol) => text.push(symbol),
        None => text.push_str(resolve_predefined_entity(reference).unwrap_or_default()),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn archive(name: &str, content: &[u8]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        writer
            .start_file(name, SimpleFileOptions::default())
            .unwrap();
        writer.write_all(content).unwrap();
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn paragraphs_become_lines() {
        let part = r#"<?xml version="1.0"?><w:document xmlns:w="w"><w:body>
            <w:p><w:r><w:t>One </w:t><w:tab/><w:t xml:space="preserve">&amp; tw&#111;.</w:t></w:r></w:p>
            <w:p><w:r><w:delText>gone</w:delText><w:t>Three</w:t><w:br/><w:t>four</w:t></w:r></w:p>
        </w:body></w:document>"#;
        let document = archive(MAIN_PART, part.as_bytes());
        assert_eq!(text(&document).unwrap(), "One \t& two.\nThree\nfour\n");
    }

    #[test]
    fn other_archives_bombs_and_damage_are_refused() {
        let zeros = vec![b' '; usize::try_from(MAX_BYTES).unwrap() + 1];
        let cases = [
            (archive("xl/workbook.xml", b""), "It is no Word document: "),
            (
                archive(MAIN_PART, &zeros),
                "It is no Word document: it unpacks to more than 16 MB.",
            ),
            (
                archive(MAIN_PART, b"<w:p><w:t>x</w:p>"),
                "The Word document is damaged: ",
            ),
        ];
        for (bytes, problem) in cases {
            assert!(bytes.len() < 1_048_576);
            let said = text(&bytes).unwrap_err();
            assert!(said.starts_with(problem), "{said}");
        }
    }
}
