//! Turns what the service wrote into one safe line.

/// Longest message kept.
const MAX_CHARS: usize = 300;
/// Shown instead of markup.
const NO_TEXT: &str = "the service answered with a page instead of data";
/// Shown instead of nothing.
const SILENT: &str = "the service gave no reason";

/// One line without control characters or markup, at most 300 characters, never empty.
pub(crate) fn tidy(text: &str) -> String {
    if is_markup(text) {
        return NO_TEXT.to_owned();
    }
    let visible = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty());
    let mut line = String::new();
    for word in visible {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if line.len() > MAX_CHARS * 4 {
            break;
        }
    }
    if line.is_empty() {
        return SILENT.to_owned();
    }
    if line.chars().count() > MAX_CHARS {
        line = line.chars().take(MAX_CHARS - 1).collect();
        line.push('…');
    }
    line
}

/// Whether the text looks like HTML. `a < b` does not.
fn is_markup(text: &str) -> bool {
    text.char_indices()
        .filter(|(_, c)| *c == '<')
        .any(|(at, _)| {
            text[at + 1..]
                .chars()
                .next()
                .is_some_and(|next| next.is_ascii_alphabetic() || next == '/' || next == '!')
                && text[at..].contains('>')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_tidied() {
        let long = "x".repeat(400);
        let cases = [
            ("Insufficient balance", "Insufficient balance".to_owned()),
            ("  two\n\tlines\u{0}here ", "two lines here".to_owned()),
            ("must be < 5", "must be < 5".to_owned()),
            ("<html><body>502</body></html>", NO_TEXT.to_owned()),
            ("Error: <script>alert(1)</script>", NO_TEXT.to_owned()),
            ("<!DOCTYPE html>", NO_TEXT.to_owned()),
            ("", SILENT.to_owned()),
            (" \n ", SILENT.to_owned()),
            (&long, format!("{}…", "x".repeat(299))),
        ];
        for (text, expected) in cases {
            assert_eq!(tidy(text), expected);
        }
    }
}
