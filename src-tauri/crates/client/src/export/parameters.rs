//! The JSON body of a run as an expression: a literal of the language that is turned into JSON, or a text block.
//!
//! A literal reads better where a language has one. It is used only when it makes the same JSON: no number may be
//! rounded on the way. In a text block whatever could end the block, or mean something in it, is written as a JSON
//! escape sequence, so that no value needs a closer look.

use std::fmt::Write as _;

use serde_json::{Map, Number, Value};

use super::Language;
use super::literal::{is_unseen, literal};

/// Largest whole number that a double tells from its neighbours: `Number.MAX_SAFE_INTEGER` of JavaScript.
const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

/// The expression, to stand at the beginning of a line's indentation. It is the JSON text, except in Python, where the
/// HTTP library takes the values themselves.
pub(super) fn expression(parameters: &Map<String, Value>, language: Language) -> String {
    match Dialect::of(language) {
        Some(dialect) if parameters.values().all(|value| dialect.holds(value)) => {
            let literal = dialect.object(parameters, 0);
            format!("{}{literal}{}", dialect.before, dialect.after)
        }
        _ => block(parameters, language),
    }
}

/// How a language writes maps and lists.
struct Dialect {
    language: Language,
    /// One step of indentation.
    step: &'static str,
    /// Null, true and false.
    words: [&'static str; 3],
    /// Around the items of a map.
    braces: [&'static str; 2],
    /// Between key and value.
    arrow: &'static str,
    /// What turns the literal into JSON.
    before: &'static str,
    after: &'static str,
    /// Whether a number is still the same once the language has read it.
    keeps: fn(&Number) -> bool,
}

impl Dialect {
    fn of(language: Language) -> Option<Self> {
        let like_json = Self {
            language,
            step: "  ",
            words: ["null", "true", "false"],
            braces: ["{", "}"],
            arrow: ": ",
            before: "",
            after: "",
            keeps: |_| true,
        };
        match language {
            Language::Python => Some(Self {
                step: "    ",
                words: ["None", "True", "False"],
                ..like_json
            }),
            Language::NodeJs => Some(Self {
                before: "JSON.stringify(",
                after: ")",
                keeps: |number| {
                    let whole = number.as_i64().map(i64::unsigned_abs).or(number.as_u64());
                    whole.is_none_or(|whole| whole <= MAX_SAFE_INTEGER)
                },
                ..like_json
            }),
            Language::Php => Some(Self {
                step: "    ",
                braces: ["[", "]"],
                arrow: " => ",
                before: "json_encode(",
                after: ", JSON_THROW_ON_ERROR | JSON_PRESERVE_ZERO_FRACTION)",
                // The smallest one would be read as minus a number that is one too large.
                keeps: |number| {
                    number.is_f64() || number.as_i64().is_some_and(|whole| whole > i64::MIN)
                },
                ..like_json
            }),
            Language::Dart => Some(Self {
                before: "jsonEncode(",
                after: ")",
                keeps: |number| number.is_f64() || number.is_i64(),
                ..like_json
            }),
            Language::Curl
            | Language::CSharp
            | Language::Go
            | Language::Swift
            | Language::Kotlin => None,
        }
    }

    /// Whether the literal makes the same JSON.
    fn holds(&self, value: &Value) -> bool {
        match value {
            Value::Number(number) => (self.keeps)(number),
            Value::Array(items) => items.iter().all(|item| self.holds(item)),
            Value::Object(fields) => fields.values().all(|field| self.holds(field)),
            Value::Null | Value::Bool(_) | Value::String(_) => true,
        }
    }

    fn value(&self, value: &Value, depth: usize) -> String {
        let [null, yes, no] = self.words;
        match value {
            Value::Null => null.to_owned(),
            Value::Bool(true) => yes.to_owned(),
            Value::Bool(false) => no.to_owned(),
            Value::Number(number) => number.to_string(),
            Value::String(text) => literal(text, self.language),
            Value::Array(items) => {
                let items = items.iter().map(|item| self.value(item, depth + 1));
                self.enclosed(["[", "]"], items, depth)
            }
            Value::Object(fields) => self.object(fields, depth),
        }
    }

    fn object(&self, fields: &Map<String, Value>, depth: usize) -> String {
        let entries = fields.iter().map(|(key, value)| {
            let value = self.value(value, depth + 1);
            format!("{}{}{value}", self.key(key), self.arrow)
        });
        let text = self.enclosed(self.braces, entries, depth);
        if self.language == Language::Php && counts_from_zero(fields) {
            return format!("(object) {text}");
        }
        text
    }

    /// In an object literal of JavaScript `__proto__` is no key, unless it is computed.
    fn key(&self, key: &str) -> String {
        let quoted = literal(key, self.language);
        if self.language == Language::NodeJs && key == "__proto__" {
            return format!("[{quoted}]");
        }
        quoted
    }

    /// One item a line.
    fn enclosed(
        &self,
        [open, close]: [&str; 2],
        items: impl Iterator<Item = String>,
        depth: usize,
    ) -> String {
        let line = |depth| format!("\n{}", self.step.repeat(depth));
        let mut text = open.to_owned();
        for item in items {
            text += &line(depth + 1);
            text += &item;
            text.push(',');
        }
        if text.len() > open.len() {
            text += &line(depth);
        }
        text + close
    }
}

/// PHP takes an array with such keys for a list, the empty one as well.
fn counts_from_zero(fields: &Map<String, Value>) -> bool {
    let mut keys = fields.keys().enumerate();
    keys.all(|(index, key)| *key == index.to_string())
}

/// JSON in the quotes of the language for texts of several lines.
fn block(parameters: &Map<String, Value>, language: Language) -> String {
    let json = |special: &[char]| json(parameters, special);
    match language {
        // The template puts it into a here-document.
        Language::Curl | Language::Python => json(&[]),
        Language::NodeJs => format!("String.raw`{}`", json(&['`', '$'])),
        // A line that begins with the closing word would end it. Lines of JSON never do.
        Language::Php => format!("<<<'JSON'\n{}\nJSON", json(&[])),
        // JSON never has three quotes in a row.
        Language::CSharp => format!("\"\"\"\n{}\n\"\"\"", json(&[])),
        Language::Go => format!("`{}`", json(&['`'])),
        // Two number signs in a row would begin an escape sequence behind a backslash and end the text behind quotes.
        Language::Swift => {
            let text = json(&[]).replace("##", "#\\u0023");
            format!("##\"\"\"\n{text}\n\"\"\"##")
        }
        Language::Kotlin => format!("\"\"\"\n{}\n\"\"\"", json(&['$'])),
        Language::Dart => format!("r'''{}'''", json(&['\''])),
    }
}

/// Indented JSON in which neither an unseen nor a special sign stands for itself. Both occur only inside of texts.
fn json(parameters: &Map<String, Value>, special: &[char]) -> String {
    let pretty = format!("{:#}", Value::from(parameters.clone()));
    let mut text = String::with_capacity(pretty.len());
    for symbol in pretty.chars() {
        if special.contains(&symbol) || (is_unseen(symbol) && symbol != '\n') {
            // Writing to a String cannot fail.
            let _ = write!(text, "\\u{:04x}", u32::from(symbol));
        } else {
            text.push(symbol);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn written(parameters: &Value, language: Language) -> String {
        expression(parameters.as_object().unwrap(), language)
    }

    #[test]
    fn literals_are_those_of_the_language() {
        let parameters = json!({
            "prompt": "a \"fox\"", "steps": 4, "ratio": 1.0, "hd": true, "mask": null,
            "sizes": [1, []], "more": {},
        });
        assert_eq!(
            written(&parameters, Language::Python),
            "{\n    \"prompt\": \"a \\\"fox\\\"\",\n    \"steps\": 4,\n    \"ratio\": 1.0,\n    \"hd\": True,\n    \
             \"mask\": None,\n    \"sizes\": [\n        1,\n        [],\n    ],\n    \"more\": {},\n}"
        );
        assert_eq!(
            written(&parameters, Language::Php),
            "json_encode([\n    'prompt' => 'a \"fox\"',\n    'steps' => 4,\n    'ratio' => 1.0,\n    'hd' => true,\n    \
             'mask' => null,\n    'sizes' => [\n        1,\n        [],\n    ],\n    'more' => (object) [],\n], \
             JSON_THROW_ON_ERROR | JSON_PRESERVE_ZERO_FRACTION)"
        );
    }

    /// What is a literal in one language and a text in another, by the number in it.
    #[test]
    fn no_number_is_rounded() {
        let cases = [
            (json!(-9_007_199_254_740_991_i64), [true, true, true]),
            (json!(9_007_199_254_740_992_u64), [false, true, true]),
            (json!(-9_007_199_254_740_992_i64), [false, true, true]),
            (json!(i64::MIN), [false, false, true]),
            (json!(i64::MAX), [false, true, true]),
            (json!(u64::MAX), [false, false, false]),
            (json!(1e300), [true, true, true]),
        ];
        for (number, expected) in cases {
            let parameters = json!({ "deep": [{ "seed": number }] });
            let is_literal = [Language::NodeJs, Language::Php, Language::Dart].map(|language| {
                let text = written(&parameters, language);
                ["JSON.stringify(", "json_encode(", "jsonEncode("]
                    .iter()
                    .any(|call| text.starts_with(call))
            });
            assert_eq!(is_literal, expected, "{number}");
        }
    }

    #[test]
    fn a_block_cannot_be_left_from_within() {
        let parameters = json!({ "a": "` ${x} ''' \"\"\" \\##(y) \\\\# #1 \u{202e}" });
        let cases = [
            (
                Language::Curl,
                r#"` ${x} ''' \"\"\" \\##(y) \\\\# #1 \u202e"#,
            ),
            (
                Language::CSharp,
                r#"` ${x} ''' \"\"\" \\##(y) \\\\# #1 \u202e"#,
            ),
            (
                Language::Go,
                r#"\u0060 ${x} ''' \"\"\" \\##(y) \\\\# #1 \u202e"#,
            ),
            (
                Language::Swift,
                r#"` ${x} ''' \"\"\" \\#\u0023(y) \\\\# #1 \u202e"#,
            ),
            (
                Language::Kotlin,
                r#"` \u0024{x} ''' \"\"\" \\##(y) \\\\# #1 \u202e"#,
            ),
        ];
        for (language, expected) in cases {
            let text = written(&parameters, language);
            assert!(text.contains(expected), "{language:?}: {text}");
        }
    }

    #[test]
    fn keys_with_a_meaning_of_their_own_stay_keys() {
        let parameters =
            json!({ "__proto__": 1, "list": { "0": "a", "1": "b" }, "map": { "1": "a" } });
        assert!(written(&parameters, Language::NodeJs).contains("[\"__proto__\"]: 1"));
        let php = written(&parameters, Language::Php);
        assert!(php.contains("'list' => (object) ["), "{php}");
        assert!(php.contains("'map' => ["), "{php}");
    }
}
