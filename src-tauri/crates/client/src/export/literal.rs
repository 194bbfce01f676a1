//! A text between the quotes of a language.

use std::fmt::Write as _;

use super::Language;

/// The literal that stands for `text` in a program.
///
/// What cannot be seen is written as an escape sequence: a control character, or a sign that turns the direction of
/// what follows, would make a program look different from what it is.
pub(super) fn literal(text: &str, language: Language) -> String {
    match language {
        Language::Curl => shell(text),
        Language::Php => php(text),
        Language::Swift => quoted(text, '"', &[], braced),
        Language::Kotlin => quoted(text, '"', &['$'], four_digits),
        Language::Dart => quoted(text, '\'', &['$'], four_digits),
        Language::Python | Language::NodeJs | Language::CSharp | Language::Go => {
            quoted(text, '"', &[], four_digits)
        }
    }
}

/// Whether a reader would not see that it is there, or would see something else somewhere else because of it.
pub(super) fn is_unseen(symbol: char) -> bool {
    symbol.is_control()
        || matches!(
            symbol,
            '\u{61c}'
                | '\u{200b}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}'
                | '\u{feff}'
        )
}

/// Between `quote`s, with backslashes before the quote, the backslash and `also`.
fn quoted(text: &str, quote: char, also: &[char], code: fn(char) -> String) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push(quote);
    for symbol in text.chars() {
        match symbol {
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            unseen if is_unseen(unseen) => literal.push_str(&code(unseen)),
            special if special == quote || special == '\\' || also.contains(&special) => {
                literal.push('\\');
                literal.push(special);
            }
            plain => literal.push(plain),
        }
    }
    literal.push(quote);
    literal
}

/// Every unseen sign lies in the basic plane, so four digits are enough.
fn four_digits(symbol: char) -> String {
    format!("\\u{:04x}", u32::from(symbol))
}

fn braced(symbol: char) -> String {
    format!("\\u{{{:x}}}", u32::from(symbol))
}

/// Single quotes where nothing needs an escape sequence: between them `$` is no variable.
fn php(text: &str) -> String {
    if text.chars().any(is_unseen) {
        return quoted(text, '"', &['$'], braced);
    }
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// Single quotes where nothing needs an escape sequence, else bash's `$'...'`. Its `\u` depends on the locale, so
/// escapes name bytes.
fn shell(text: &str) -> String {
    if !text.chars().any(is_unseen) {
        return format!("'{}'", text.replace('\'', "'\\''"));
    }
    format!("${}", quoted(text, '\'', &[], bytes))
}

fn bytes(symbol: char) -> String {
    let mut escapes = String::new();
    for byte in symbol.encode_utf8(&mut [0; 4]).bytes() {
        // Writing to a String cannot fail.
        let _ = write!(escapes, "\\x{byte:02x}");
    }
    escapes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_its_own_escapes() {
        let text = "a\"b'c\\d$e\n\u{7}\u{202e}";
        let cases = [
            (Language::Curl, r#"$'a"b\'c\\d$e\n\x07\xe2\x80\xae'"#),
            (Language::Python, r#""a\"b'c\\d$e\n\u0007\u202e""#),
            (Language::NodeJs, r#""a\"b'c\\d$e\n\u0007\u202e""#),
            (Language::Php, r#""a\"b'c\\d\$e\n\u{7}\u{202e}""#),
            (Language::CSharp, r#""a\"b'c\\d$e\n\u0007\u202e""#),
            (Language::Go, r#""a\"b'c\\d$e\n\u0007\u202e""#),
            (Language::Swift, r#""a\"b'c\\d$e\n\u{7}\u{202e}""#),
            (Language::Kotlin, r#""a\"b'c\\d\$e\n\u0007\u202e""#),
            (Language::Dart, r#"'a"b\'c\\d\$e\n\u0007\u202e'"#),
        ];
        for (language, expected) in cases {
            assert_eq!(literal(text, language), expected, "{language:?}");
        }
    }

    #[test]
    fn what_can_be_seen_stays_readable() {
        for text in ["שלום 👩‍🚀 naïve", "</script>", "%d {0} #{x}"] {
            for language in Language::ALL {
                assert!(literal(text, language).contains(text), "{language:?}");
            }
        }
        assert_eq!(literal("it's $5\\", Language::Curl), r"'it'\''s $5\'");
        assert_eq!(literal("it's $5\\", Language::Php), r"'it\'s $5\\'");
    }
}
