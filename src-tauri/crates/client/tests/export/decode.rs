//! What a string literal means in the languages that only parse here, read from their own rules.

use std::iter::Peekable;
use std::str::Chars;

use wiro_client::export::Language;

/// The text that a literal stands for. `None` when something in it is evaluated, or is no escape of the language.
pub(crate) fn decode(source: &str, language: Language) -> Option<String> {
    let block = match language {
        Language::CSharp => within(source, "\"\"\"\n", "\n\"\"\""),
        Language::Swift => within(source, "##\"\"\"\n", "\n\"\"\"##"),
        Language::Kotlin => within(source, "\"\"\"", "\"\"\""),
        Language::Dart => within(source, "r'''", "'''"),
        _ => None,
    };
    if let Some(text) = block {
        let evaluates = match language {
            Language::Swift => text.contains("\\##"),
            Language::Kotlin => text.contains('$'),
            _ => false,
        };
        return (!evaluates).then(|| text.to_owned());
    }
    let quote = if language == Language::Dart {
        "'"
    } else {
        "\""
    };
    let mut rest = within(source, quote, quote)?.chars().peekable();
    let mut text = String::new();
    while let Some(symbol) = rest.next() {
        match symbol {
            '\\' => text.push(escape(&mut rest, language)?),
            '$' if matches!(language, Language::Kotlin | Language::Dart) => return None,
            '\n' | '\r' => return None,
            plain if quote.starts_with(plain) => return None,
            plain => text.push(plain),
        }
    }
    Some(text)
}

fn within<'a>(source: &'a str, open: &str, close: &str) -> Option<&'a str> {
    source.strip_prefix(open)?.strip_suffix(close)
}

/// What follows a backslash.
fn escape(rest: &mut Peekable<Chars<'_>>, language: Language) -> Option<char> {
    match rest.next()? {
        'n' => Some('\n'),
        'r' => Some('\r'),
        't' => Some('\t'),
        plain @ ('\\' | '"' | '\'') => Some(plain),
        '$' if matches!(language, Language::Kotlin | Language::Dart) => Some('$'),
        'u' if language == Language::Swift => {
            rest.next_if_eq(&'{')?;
            let digits: String =
                std::iter::from_fn(|| rest.next_if(char::is_ascii_hexdigit)).collect();
            rest.next_if_eq(&'}')?;
            code_point(&digits)
        }
        'u' => {
            let digits: String = rest.by_ref().take(4).collect();
            (digits.len() == 4).then(|| code_point(&digits)).flatten()
        }
        _ => None,
    }
}

fn code_point(digits: &str) -> Option<char> {
    char::from_u32(u32::from_str_radix(digits, 16).ok()?)
}

#[test]
fn what_is_evaluated_is_no_text() {
    for (language, source) in [
        (Language::Swift, r#""a\(b)""#),
        (Language::Swift, "##\"\"\"\n\\##(b)\n\"\"\"##"),
        (Language::Kotlin, r#""$a""#),
        (Language::Kotlin, r#""""$a""""#),
        (Language::Dart, "'$a'"),
        (Language::CSharp, r#""a"b""#),
    ] {
        assert_eq!(decode(source, language), None, "{source}");
    }
    assert_eq!(
        decode(r#""\u{7}\"""#, Language::Swift).as_deref(),
        Some("\u{7}\"")
    );
    assert_eq!(
        decode(r"'\u0007\$'", Language::Dart).as_deref(),
        Some("\u{7}$")
    );
}
