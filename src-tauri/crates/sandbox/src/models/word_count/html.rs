//! The text of a page: what stands between tags, entities resolved, scripts and styles left out.

use std::cell::RefCell;

use encoding_rs::Encoding;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

/// How far into a page its encoding may be declared.
const PRESCAN_BYTES: usize = 1024;

/// Elements within a line; all others begin a line of their own.
const INLINE: [&str; 28] = [
    "a", "abbr", "b", "bdi", "bdo", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins",
    "kbd", "mark", "q", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "u", "var",
    "wbr",
];

/// What a reader of the page reads, a line for each block.
pub(super) fn text(page: &str) -> String {
    let tokenizer = Tokenizer::new(Sink::default(), TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(page));
    // It stops only for scripts, which this sink never reports.
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    let text = tokenizer.sink.0.into_inner().text;
    let lines = text.lines().map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        words.join(" ")
    });
    let lines: Vec<String> = lines.filter(|line| !line.is_empty()).collect();
    lines.join("\n")
}

/// What `charset=` near the beginning says.
pub(super) fn declared_encoding(bytes: &[u8]) -> Option<&'static Encoding> {
    let start = &bytes[..bytes.len().min(PRESCAN_BYTES)];
    let start = String::from_utf8_lossy(start).to_ascii_lowercase();
    let (_, label) = start.split_once("charset=")?;
    let label = label.trim_start_matches(['"', '\'']);
    let end = label.find(['"', '\'', '>', ';', ' ', '/'])?;
    Encoding::for_label(&label.as_bytes()[..end])
}

#[derive(Default)]
struct Sink(RefCell<Reading>);

#[derive(Default)]
struct Reading {
    text: String,
    /// The element whose content nobody reads.
    within: Option<String>,
}

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut reading = self.0.borrow_mut();
        match token {
            Token::CharacterTokens(characters) if reading.within.is_none() => {
                // Breaks of the source are no breaks of the page.
                reading.text.extend(
                    characters
                        .chars()
                        .map(|symbol| if symbol.is_whitespace() { ' ' } else { symbol }),
                );
            }
            Token::TagToken(tag) => {
                let name = tag.name.to_string();
                if !INLINE.contains(&name.as_str()) {
                    reading.text.push('\n');
                }
                if tag.kind == TagKind::StartTag {
                    return reading.opened(name);
                }
                if reading.within.as_ref() == Some(&name) {
                    reading.within = None;
                }
            }
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

impl Reading {
    /// Tells the tokenizer where tags are not tags.
    fn opened(&mut self, name: String) -> TokenSinkResult<()> {
        let kind = match name.as_str() {
            "script" => RawKind::ScriptData,
            "style" => RawKind::Rawtext,
            "title" => RawKind::Rcdata,
            "textarea" => return TokenSinkResult::RawData(RawKind::Rcdata),
            _ => return TokenSinkResult::Continue,
        };
        self.within = Some(name);
        TokenSinkResult::RawData(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_scripts_and_entities_are_resolved() {
        let cases = [
            ("one <b>t</b>wo", "one two"),
            ("<p>one</p><p>two<br>three", "one\ntwo\nthree"),
            ("a&amp;b &eacute;&#8212;&lt;p&gt;", "a&b é—<p>"),
            ("x<script>if (a < b) '<p>no</p>'</script>y", "x\ny"),
            ("<style>p > a {}</style><!-- no -->z", "z"),
            ("<title>not in the page</title><h1>in\n  it</h1>", "in it"),
            ("<textarea><b>typed</textarea>", "<b>typed"),
            ("broken <p", "broken"),
            ("", ""),
        ];
        for (page, expected) in cases {
            assert_eq!(text(page), expected, "{page}");
        }
    }

    #[test]
    fn an_encoding_is_declared_near_the_beginning() {
        let name = |page: &str| declared_encoding(page.as_bytes()).map(Encoding::name);
        assert_eq!(
            name("<META content='text/html; charset=ISO-8859-1'>"),
            Some("windows-1252")
        );
        assert_eq!(name("<meta charset=koi8-r>"), Some("KOI8-R"));
        assert_eq!(name("<meta charset=unheard-of>"), None);
        assert_eq!(name(&format!("{}charset=koi8-r>", " ".repeat(2000))), None);
    }
}
