//! How many files a parameter takes, read from its help text.
//!
//! The service has no field for it (`PROTOCOL.md` section 5.4), only prose such as "up to 8 images". A wrong number
//! would keep a person from a run, so a number counts only next to a word for files, or alone in brackets.

/// Words a count is about.
const NOUNS: &[&str] = &[
    "image",
    "images",
    "photo",
    "photos",
    "picture",
    "pictures",
    "file",
    "files",
    "video",
    "videos",
    "audio",
    "audios",
    "document",
    "documents",
    "reference",
    "references",
    "url",
    "urls",
];

/// Words after which a number is about something else: "max 20 MB per image".
const UNITS: &[&str] = &[
    "mb",
    "mib",
    "kb",
    "gb",
    "megapixels",
    "megapixel",
    "mp",
    "px",
    "pixels",
    "seconds",
    "second",
    "secs",
    "sec",
    "s",
    "minutes",
    "minute",
    "mins",
    "min",
    "hours",
    "hour",
    "frames",
    "fps",
    "hz",
    "khz",
    "kbps",
    "dpi",
    "megabytes",
    "megabyte",
    "mbs",
    "%",
    "per",
    "x",
];

/// Words after the noun that make a count a limit: "7 images allowed".
const ALLOWED: &[&str] = &["allowed", "max", "maximum", "supported"];

/// How many words may stand between the number and the noun: "1-3 clear, high-quality images".
const WORDS_BETWEEN: usize = 2;

/// The greatest number of files the text allows, if it says one.
pub(super) fn from_prose(text: &str) -> Option<u32> {
    let text = text
        .to_lowercase()
        .replace(['–', '—'], "-")
        .replace("max.", "max");
    bracketed(&text)
        .into_iter()
        .chain(text.split(['.', ';', '\n']).flat_map(counts))
        .max()
        .filter(|count| *count > 0)
}

/// Counts of one sentence.
fn counts(sentence: &str) -> Vec<u32> {
    let words: Vec<&str> = sentence
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | '(' | ')' | ':'))
        .filter(|word| !word.is_empty())
        .collect();
    let mut found = Vec::new();
    for at in 0..words.len() {
        let lead = |back: usize| at.checked_sub(back).map_or("", |at| words[at]);
        let Some((count, is_span)) = number(words[at]) else {
            continue;
        };
        let is_limit = is_span
            || (lead(2) == "up" && lead(1) == "to")
            || (lead(2) == "at" && lead(1) == "most")
            || (lead(2) == "more" && lead(1) == "than" && lead(3) == "no")
            || (lead(1) == "of" && matches!(lead(2), "maximum" | "max"))
            || (lead(1) == "to" && number(lead(2)).is_some())
            || matches!(lead(1), "maximum" | "max");
        let noun = words[at + 1..]
            .iter()
            .take(WORDS_BETWEEN + 1)
            .take_while(|word| !UNITS.contains(word))
            .position(|word| NOUNS.contains(word));
        let is_allowed = || {
            let after = noun.and_then(|noun| words.get(at + noun + 2));
            after.is_some_and(|word| ALLOWED.contains(word))
        };
        if noun.is_some() && (is_limit || is_allowed()) {
            found.push(count);
        }
    }
    found
}

/// `(max. 2)` or `(up to 2)`: a count alone in brackets.
fn bracketed(text: &str) -> Option<u32> {
    let mut inside = text
        .split('(')
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    inside.find_map(|inside| {
        let after = ["maximum", "max", "up to"]
            .iter()
            .find_map(|word| inside.trim().strip_prefix(word));
        after?.trim_start_matches('.').trim().parse().ok()
    })
}

/// A number word, digits, or a span such as `1-3`, which counts as its upper end.
fn number(word: &str) -> Option<(u32, bool)> {
    const WORDS: [&str; 11] = [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    ];
    if let Some(at) = WORDS.iter().position(|known| *known == word) {
        return u32::try_from(at).ok().map(|count| (count, false));
    }
    match word.split_once('-') {
        Some((low, high)) => {
            let (low, high): (u32, u32) = (low.parse().ok()?, high.parse().ok()?);
            (low <= high).then_some((high, true))
        }
        None => word.parse().ok().map(|count| (count, false)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn prose_of_real_models() {
        for (text, expected) in [
            ("It accepts up to 8 images", Some(8)),
            ("Accepts up to 2 images", Some(2)),
            ("Up to 16 images to edit.", Some(16)),
            (
                "Limits: 0-5 images. Order matters: first = character1",
                Some(5),
            ),
            (
                "Use 1-3 clear, high-quality images for character consistency.",
                Some(3),
            ),
            (
                "1 to 9 reference images; refer to them in the prompt as [Image 1]",
                Some(9),
            ),
            (
                "1 to 3 reference audios (wav or mp3); requires a reference image",
                Some(3),
            ),
            (
                "One of product images must be supplied. Maximum 10 images allowed",
                Some(10),
            ),
            ("Upload images of garments to try on (max. 13).", Some(13)),
            (
                "mix up to 14 reference images. These can include up to 6 images of objects",
                Some(14),
            ),
            (
                "Accepts 1 to 3 reference images. Duration will be 8 seconds by default.",
                Some(3),
            ),
            (
                "First frame; at most one, max 20 MiB (jpg, jpeg, png).",
                None,
            ),
            ("max. 4 files", Some(4)),
            (
                "If there is no video 7 images allowed, if there is reference video then 4 images allowed.",
                Some(7),
            ),
            ("A maximum of 6 reference images", Some(6)),
            ("No more than three files.", Some(3)),
            ("Garments (up to 5)", Some(5)),
            ("Pictures to blend (maximum 5)", Some(5)),
            ("4 images max", Some(4)),
            ("Use 2 images of the same person", None),
            ("a 2-10 seconds video", None),
            ("up to 5 minute video", None),
            ("up to 60 fps video", None),
            ("Each clip (max. 30 seconds)", None),
            ("Supports .mp4/.mov, max 100MB, 3-30 seconds duration", None),
            (
                "Width and height 340px-3850px, aspect ratio 1:2.5 to 2.5:1",
                None,
            ),
            ("max 20 MB per image", None),
            ("Output resolution must not exceed 17 megapixels.", None),
            ("The image to upscale", None),
            ("up to 30 seconds of audio", None),
            ("up to 0 images", None),
            ("", None),
        ] {
            assert_eq!(from_prose(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in "[a-z0-9 .,(-]{0,60}|\\PC{0,40}") {
            let _ = from_prose(&text);
        }
    }
}
