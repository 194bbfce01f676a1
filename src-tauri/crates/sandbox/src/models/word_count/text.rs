//! From a document's bytes to its text.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use serde_json::Value;

use super::{docx, html};

/// What a document is, by its extension, else by how it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Plain,
    Markdown,
    Csv,
    Html,
    Json,
    Docx,
}

/// A document that can be counted.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) kind: Kind,
    /// What a reader reads: without tags, quotes around fields, or braces.
    pub(super) text: String,
    /// The encoding's name in the WHATWG standard.
    pub(super) encoding: &'static str,
    /// Nothing said which encoding it is.
    pub(super) guessed: bool,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Plain => "text",
            Self::Markdown => "markdown",
            Self::Csv => "csv",
            Self::Html => "html",
            Self::Json => "json",
            Self::Docx => "docx",
        }
    }

    /// Whether a sentence may go on in the next line: not from one record, block or value to the next.
    pub(super) fn flows(self) -> bool {
        matches!(self, Self::Plain | Self::Markdown)
    }

    fn by_extension(name: &str) -> Option<Self> {
        let (_, extension) = name.rsplit_once('.')?;
        Some(match extension.to_ascii_lowercase().as_str() {
            "txt" | "text" | "log" => Self::Plain,
            "md" | "markdown" => Self::Markdown,
            "csv" | "tsv" => Self::Csv,
            "html" | "htm" | "xhtml" => Self::Html,
            "json" | "jsonl" | "ndjson" => Self::Json,
            _ => return None,
        })
    }

    fn by_beginning(text: &str) -> Self {
        let start: String = text.trim_start().chars().take(14).collect();
        let start = start.to_ascii_lowercase();
        if start.starts_with("<!doctype html") || start.starts_with("<html") {
            Self::Html
        } else {
            Self::Plain
        }
    }
}

/// Reads a document. The error says why it cannot be counted.
pub(super) fn read(name: &str, bytes: &[u8]) -> Result<Document, String> {
    // What these are shows in how they begin, whatever they are called.
    if bytes.starts_with(b"%PDF-") {
        return Err("PDF documents cannot be read by this model.".to_owned());
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return Ok(Document {
            kind: Kind::Docx,
            text: docx::text(bytes)?,
            encoding: UTF_8.name(),
            guessed: false,
        });
    }
    let (encoding, guessed) = encoding(bytes);
    let (decoded, _) = encoding.decode_with_bom_removal(bytes);
    if is_binary(&decoded) {
        return Err("It is not text.".to_owned());
    }
    let kind = Kind::by_extension(name).unwrap_or_else(|| Kind::by_beginning(&decoded));
    let text = match kind {
        Kind::Html => html::text(&decoded),
        Kind::Csv => fields(&decoded),
        Kind::Json => values(&decoded)?,
        Kind::Plain | Kind::Markdown | Kind::Docx => decoded.into_owned(),
    };
    Ok(Document {
        kind,
        text,
        encoding: encoding.name(),
        guessed,
    })
}

/// The encoding, and whether it is only a guess: a mark at the beginning or a page's own word is none, and bytes that
/// happen to be UTF-8 by chance are too rare to count.
fn encoding(bytes: &[u8]) -> (&'static Encoding, bool) {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return (encoding, false);
    }
    if let Some(encoding) = wide(bytes) {
        return (encoding, true);
    }
    if std::str::from_utf8(bytes).is_ok() {
        return (UTF_8, false);
    }
    html::declared_encoding(bytes).map_or((WINDOWS_1252, true), |encoding| (encoding, false))
}

/// UTF-16 without a mark: of text in Latin letters every other byte is zero.
fn wide(bytes: &[u8]) -> Option<&'static Encoding> {
    let (units, rest) = bytes.as_chunks::<2>();
    let zeros = |place: usize| units.iter().filter(|unit| unit[place] == 0).count();
    let (first, second) = (zeros(0), zeros(1));
    let most = |zeros: usize| zeros * 2 > units.len();
    match rest {
        [] if most(second) && first * 10 < second => Some(UTF_16LE),
        [] if most(first) && second * 10 < first => Some(UTF_16BE),
        _ => None,
    }
}

/// Text has no zeros and next to no control characters.
fn is_binary(text: &str) -> bool {
    let odd = |symbol: &char| {
        *symbol == char::REPLACEMENT_CHARACTER
            || (symbol.is_control() && !symbol.is_whitespace() && *symbol != '\u{1b}')
    };
    text.contains('\0') || text.chars().filter(odd).count() * 20 > text.len()
}

/// A table with tabs between its fields and without their quotes: a comma between digits would make one word of them.
fn fields(table: &str) -> String {
    let first = table.lines().next().unwrap_or_default();
    let separator = [',', ';', '\t']
        .into_iter()
        .max_by_key(|separator| first.matches(*separator).count())
        .unwrap_or(',');
    let mut quoted = false;
    let plain = table.chars().filter_map(|symbol| match symbol {
        '"' => {
            quoted = !quoted;
            None
        }
        symbol if symbol == separator && !quoted => Some('\t'),
        symbol => Some(symbol),
    });
    plain.collect()
}

/// Keys and values, one a line, of one JSON document or of several after each other.
fn values(json: &str) -> Result<String, String> {
    let mut text = String::new();
    for value in serde_json::Deserializer::from_str(json).into_iter() {
        add_value(
            &value.map_err(|error| format!("It is no JSON: {error}."))?,
            &mut text,
        );
    }
    Ok(text)
}

fn add_value(value: &Value, text: &mut String) {
    match value {
        Value::Null => {}
        Value::Bool(truth) => add_line(&truth.to_string(), text),
        Value::Number(number) => add_line(&number.to_string(), text),
        Value::String(string) => add_line(string, text),
        Value::Array(items) => items.iter().for_each(|item| add_value(item, text)),
        Value::Object(members) => {
            for (key, member) in members {
                add_line(key, text);
                add_value(member, text);
            }
        }
    }
}

fn add_line(line: &str, text: &mut String) {
    text.push_str(line);
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, big: bool) -> Vec<u8> {
        let units = text.encode_utf16();
        units
            .flat_map(|unit| {
                if big {
                    unit.to_be_bytes()
                } else {
                    unit.to_le_bytes()
                }
            })
            .collect()
    }

    #[test]
    fn encodings_are_told_or_guessed() {
        let word = "naïve wording";
        let marked = |mark: &[u8], text: Vec<u8>| [mark, &text].concat();
        let latin = b"na\xefve wording".to_vec();
        let page = "<meta charset=\"windows-1251\">\u{a0}".to_owned();
        let cases = [
            (word.as_bytes().to_vec(), "UTF-8", false),
            (
                marked(b"\xef\xbb\xbf", word.as_bytes().to_vec()),
                "UTF-8",
                false,
            ),
            (marked(b"\xff\xfe", utf16(word, false)), "UTF-16LE", false),
            (marked(b"\xfe\xff", utf16(word, true)), "UTF-16BE", false),
            (utf16(word, false), "UTF-16LE", true),
            (utf16(word, true), "UTF-16BE", true),
            (latin, "windows-1252", true),
        ];
        for (bytes, encoding, guessed) in cases {
            let document = read("a.txt", &bytes).unwrap();
            assert_eq!(
                (&*document.text, document.encoding, document.guessed),
                (word, encoding, guessed)
            );
        }
        let bytes = [page.as_bytes(), b"\xcf\xf0\xe8"].concat();
        let bytes: Vec<u8> = bytes.into_iter().filter(|byte| *byte != 0xc2).collect();
        let document = read("a.html", &bytes).unwrap();
        assert_eq!(
            (document.encoding, document.guessed),
            ("windows-1251", false)
        );
        assert_eq!(document.text.trim(), "При");
    }

    #[test]
    fn text_is_what_a_reader_reads() {
        let cases: [(&str, &str, Kind, &str); 9] = [
            ("a.txt", "1,2 <b>", Kind::Plain, "1,2 <b>"),
            ("notes", "plain", Kind::Plain, "plain"),
            ("page", " <!DOCTYPE html><p>x", Kind::Html, "x"),
            ("a.MD", "# T\n", Kind::Markdown, "# T\n"),
            ("a.csv", "a,b\n1,\"2,5\"\n", Kind::Csv, "a\tb\n1\t2,5\n"),
            ("a.csv", "a;b\n1,5;2", Kind::Csv, "a\tb\n1,5\t2"),
            (
                "a.json",
                r#"{"k": ["v\nw", 1, true, null]}"#,
                Kind::Json,
                "k\nv\nw\n1\ntrue\n",
            ),
            (
                "a.jsonl",
                "{\"a\":1}\n{\"a\":2}\n",
                Kind::Json,
                "a\n1\na\n2\n",
            ),
            ("a.txt", "", Kind::Plain, ""),
        ];
        for (name, bytes, kind, text) in cases {
            let document = read(name, bytes.as_bytes()).unwrap();
            assert_eq!((document.kind, &*document.text), (kind, text), "{name}");
        }
    }

    #[test]
    fn what_is_no_text_says_why() {
        let deep = "[".repeat(100_000);
        let cases: [(&str, &[u8], &str); 6] = [
            (
                "a.txt",
                b"%PDF-1.7",
                "PDF documents cannot be read by this model.",
            ),
            ("a.txt", b"a\0b", "It is not text."),
            ("a.bin", &[1, 2, 3, 200, 5, 6, 7, 8], "It is not text."),
            ("a.json", b"{", "It is no JSON: "),
            ("a.json", deep.as_bytes(), "It is no JSON: "),
            ("a.docx", b"PK\x03\x04 broken", "It is no Word document: "),
        ];
        for (name, bytes, problem) in cases {
            let said = read(name, bytes).unwrap_err();
            assert!(said.starts_with(problem), "{name}: {said}");
        }
    }
}
