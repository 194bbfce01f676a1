//! What is counted of a text, by the rules of Unicode's annex 29.

use std::collections::HashMap;

use unicode_segmentation::UnicodeSegmentation;

use super::text::Document;

/// How many of the most frequent words are told.
const FREQUENT: usize = 10;
/// After so many pieces somebody may want it stopped.
const PIECES: usize = 4096;

/// How long a document is.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Figures {
    /// Of the file; everything else is of its text.
    pub(super) bytes: usize,
    /// As a reader counts them: a letter and its accent are one.
    pub(super) characters: usize,
    pub(super) words: usize,
    pub(super) lines: usize,
    pub(super) sentences: usize,
}

impl Figures {
    /// Counts a document and collects its words. `None` when it shall stop.
    pub(super) fn of(
        document: &Document,
        bytes: usize,
        words: &mut Words,
        stopped: &impl Fn() -> bool,
    ) -> Option<Self> {
        let text = &document.text;
        let mut figures = Self {
            bytes,
            lines: text.lines().count(),
            characters: counted(text.graphemes(true), stopped, |_| {})?,
            ..Self::default()
        };
        for paragraph in paragraphs(text, document.kind.flows()) {
            figures.words += counted(paragraph.unicode_words(), stopped, |word| words.add(word))?;
            figures.sentences += counted(paragraph.unicode_sentences(), stopped, |_| {})?;
        }
        Some(figures)
    }

    /// Both together.
    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            bytes: self.bytes + other.bytes,
            characters: self.characters + other.characters,
            words: self.words + other.words,
            lines: self.lines + other.lines,
            sentences: self.sentences + other.sentences,
        }
    }
}

/// How many pieces there are. `None` when it shall stop.
fn counted<'a>(
    pieces: impl Iterator<Item = &'a str>,
    stopped: &impl Fn() -> bool,
    mut each: impl FnMut(&'a str),
) -> Option<usize> {
    let mut count = 0;
    for piece in pieces {
        each(piece);
        count += 1;
        if count % PIECES == 0 && stopped() {
            return None;
        }
    }
    (!stopped()).then_some(count)
}

/// Pieces that no sentence crosses: lines, or lines up to an empty one joined. The annex ends a sentence with every line,
/// but text that is wrapped goes on in the next.
fn paragraphs(text: &str, flows: bool) -> Vec<String> {
    let mut paragraphs = vec![String::new()];
    for line in text.lines() {
        let ends = !flows || line.trim().is_empty();
        if let Some(last) = paragraphs.last_mut() {
            last.push_str(line);
            last.push(' ');
        }
        if ends {
            paragraphs.push(String::new());
        }
    }
    paragraphs
}

/// How often each word occurs, whatever its case.
#[derive(Debug, Default)]
pub(super) struct Words {
    counts: HashMap<String, usize>,
}

impl Words {
    fn add(&mut self, word: &str) {
        *self.counts.entry(word.to_lowercase()).or_default() += 1;
    }

    pub(super) fn merge(&mut self, other: Self) {
        for (word, count) in other.counts {
            *self.counts.entry(word).or_default() += count;
        }
    }

    /// The most frequent first; equals by the alphabet.
    pub(super) fn most_frequent(&self) -> Vec<(String, usize)> {
        let mut words: Vec<(&String, &usize)> = self.counts.iter().collect();
        words.sort_by(|(a, of_a), (b, of_b)| of_b.cmp(of_a).then(a.cmp(b)));
        let first = words.into_iter().take(FREQUENT);
        first.map(|(word, count)| (word.clone(), *count)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::text::Kind;
    use super::*;

    fn figures(kind: Kind, text: &str) -> (Figures, Words) {
        let document = Document {
            kind,
            text: text.to_owned(),
            encoding: "UTF-8",
            guessed: false,
        };
        let mut words = Words::default();
        let figures = Figures::of(&document, text.len(), &mut words, &|| false);
        (figures.unwrap(), words)
    }

    #[test]
    fn figures_are_those_of_a_reader() {
        // Text, characters, words, lines, sentences.
        let cases = [
            (Kind::Plain, "", (0, 0, 0, 0)),
            (Kind::Plain, "One two.", (8, 2, 1, 1)),
            (Kind::Plain, "One\ntwo. Three!\n\nFour\n", (22, 4, 4, 3)),
            (Kind::Csv, "One\ntwo.\n", (9, 2, 2, 2)),
            (
                Kind::Plain,
                "Don't pay 3.14 for e\u{301}te\u{301}",
                (22, 5, 1, 1),
            ),
            (Kind::Plain, "… ---", (5, 0, 1, 0)),
            (Kind::Plain, "a\r\nb", (3, 2, 2, 1)),
        ];
        for (kind, text, (characters, words, lines, sentences)) in cases {
            let expected = Figures {
                bytes: text.len(),
                characters,
                words,
                lines,
                sentences,
            };
            assert_eq!(figures(kind, text).0, expected, "{text:?}");
        }
    }

    #[test]
    fn the_ten_most_frequent_words_come_first_and_equals_by_the_alphabet() {
        let (_, mut words) = figures(
            Kind::Plain,
            "The cat, the dog; THE bird. Dog a b c d e f g h",
        );
        let frequent = words.most_frequent();
        assert_eq!(frequent.len(), 10);
        assert_eq!(
            frequent[..2],
            [("the".to_owned(), 3), ("dog".to_owned(), 2)]
        );
        assert_eq!(frequent[2..4], [("a".to_owned(), 1), ("b".to_owned(), 1)]);
        words.merge(figures(Kind::Plain, "h h h h").1);
        assert_eq!(words.most_frequent()[0], ("h".to_owned(), 5));
    }

    #[test]
    fn it_stops_when_it_shall() {
        let document = Document {
            kind: Kind::Plain,
            text: "word ".repeat(PIECES * 2),
            encoding: "UTF-8",
            guessed: false,
        };
        let asked = std::cell::Cell::new(0);
        let stopped = || {
            asked.set(asked.get() + 1);
            true
        };
        assert!(Figures::of(&document, 0, &mut Words::default(), &stopped).is_none());
        assert_eq!(asked.get(), 1, "not only at the end");
    }
}
