//! How large a file a parameter takes, read from its help text.
//!
//! The service has no field for it, only prose such as "max 10MB" or "Size: maximum 4.7 MB". A wrong number would keep a
//! person from a run, so one counts only directly after words that set a limit, megabytes are the larger, binary ones,
//! and the most generous of several wins.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// The greatest size in bytes the text allows, if it says one.
pub(super) fn from_prose(text: &str) -> Option<u64> {
    let text = text.to_lowercase();
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | '(' | ')' | ':' | ';' | '<' | '≤'))
        .map(|word| word.trim_end_matches('.'))
        .filter(|word| !word.is_empty())
        .collect();
    (0..words.len())
        .filter(|at| sets_limit(&words[..*at]))
        .filter_map(|at| bytes(words[at], words.get(at + 1).copied()))
        .max()
        .filter(|bytes| *bytes > 0)
}

/// Whether these words, read up to a number, make it an upper limit.
fn sets_limit(before: &[&str]) -> bool {
    let is_denied = |words: &[&str]| {
        let near = &words[words.len().saturating_sub(2)..];
        near.iter()
            .any(|word| matches!(*word, "no" | "not" | "cannot" | "never"))
    };
    match before {
        [rest @ .., "more" | "larger" | "bigger" | "greater", "than"] | [rest @ .., "exceed"] => {
            is_denied(rest)
        }
        [.., "less" | "smaller" | "lower", "than"]
        | [.., "up" | "limited", "to"]
        | [.., "at", "most"]
        | [.., "maximum" | "max" | "limit", "of" | "is" | "size"]
        | [.., "max" | "maximum" | "under" | "below" | "limit"] => true,
        _ => false,
    }
}

/// `10mb`, or `10` and `mb`.
fn bytes(word: &str, next: Option<&str>) -> Option<u64> {
    let digits = word.trim_end_matches(|c: char| c.is_alphabetic());
    let unit = if digits.len() == word.len() {
        next?
    } else {
        &word[digits.len()..]
    };
    let unit: u64 = match unit {
        "kb" | "kib" => 1024,
        "mb" | "mib" | "megabytes" => 1_048_576,
        "gb" | "gib" => 1_073_741_824,
        _ => return None,
    };
    digits
        .parse::<Decimal>()
        .ok()?
        .checked_mul(unit.into())?
        .to_u64()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MB: u64 = 1_048_576;

    #[test]
    fn prose_of_real_models() {
        for (text, expected) in [
            (
                "Format: jpeg, jpg or png. Size: maximum 4.7 MB. Resolution: between 480 and 1920",
                Some(4_928_307),
            ),
            (
                "Width and height (px) > 14. Size: no more than 10MB",
                Some(10 * MB),
            ),
            (
                "Supports .mp4/.mov, max 100MB, 3-30 seconds duration depending on it",
                Some(100 * MB),
            ),
            (
                "First frame; at most one, max 20 MiB (jpg, jpeg, png).",
                Some(20 * MB),
            ),
            ("File size must not exceed 5 MB.", Some(5 * MB)),
            ("Up to 512KB per file, up to 2 MB in all", Some(2 * MB)),
            ("It can not be larger than 3 MB", Some(3 * MB)),
            ("Maximum size 8 MB", Some(8 * MB)),
            ("smaller than 1GB", Some(1024 * MB)),
            ("must be larger than 1 MB", None),
            ("files that exceed 5 MB are slow", None),
            ("A 10 MB sample is attached", None),
            ("At least 2 MB", None),
            ("max 10 images", None),
            ("Maximum 30 seconds", None),
            ("max 0 MB", None),
            ("", None),
        ] {
            assert_eq!(from_prose(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in "(max|up to|[0-9.]{1,30}|mb|gb| ){0,12}|\\PC{0,40}") {
            let _ = from_prose(&text);
        }
    }
}
