//! The counts as JSON and as Markdown tables.

use std::fmt::Write;

use serde_json::{Value, json};

use super::figures::Figures;

/// One document's counts.
#[derive(Debug)]
pub(super) struct Counted {
    pub(super) name: String,
    pub(super) kind: &'static str,
    pub(super) encoding: &'static str,
    /// Nothing said which encoding it is.
    pub(super) guessed: bool,
    pub(super) figures: Figures,
    pub(super) frequent: Vec<(String, usize)>,
}

/// All documents in their order, and what they come to together.
#[derive(Debug, Default)]
pub(super) struct Report {
    documents: Vec<Counted>,
    totals: Figures,
    /// Of all documents together.
    pub(super) frequent: Vec<(String, usize)>,
}

impl Report {
    pub(super) fn add(&mut self, document: Counted) {
        self.totals = self.totals.plus(document.figures);
        self.documents.push(document);
    }

    /// `{documents: [{name, kind, encoding, encodingGuessed, bytes, ...}], totals: {documents, bytes, ...}}`.
    pub(super) fn json(&self) -> String {
        let documents = self.documents.iter().map(|document| {
            let head = json!({
                "name": document.name,
                "kind": document.kind,
                "encoding": document.encoding,
                "encodingGuessed": document.guessed,
            });
            with_figures(head, document.figures, &document.frequent)
        });
        let documents: Vec<Value> = documents.collect();
        let totals = json!({ "documents": documents.len() });
        let totals = with_figures(totals, self.totals, &self.frequent);
        format!(
            "{:#}\n",
            json!({ "documents": documents, "totals": totals })
        )
    }

    /// A table of figures, then a table of the most frequent words for each document and for all.
    pub(super) fn markdown(&self) -> String {
        let mut text = "# Word count\n\n\
            | Document | Kind | Encoding | Bytes | Characters | Words | Lines | Sentences |\n\
            | --- | --- | --- | ---: | ---: | ---: | ---: | ---: |\n"
            .to_owned();
        for document in &self.documents {
            let guess = if document.guessed { " (guessed)" } else { "" };
            let head = format!(
                "{} | {} | {}{guess}",
                document.name, document.kind, document.encoding
            );
            push_row(&mut text, &head, document.figures);
        }
        push_row(&mut text, "**Total** | | ", self.totals);
        for document in &self.documents {
            push_words(&mut text, &document.name, &document.frequent);
        }
        push_words(&mut text, "All documents", &self.frequent);
        text
    }
}

fn with_figures(mut object: Value, figures: Figures, frequent: &[(String, usize)]) -> Value {
    let frequent = frequent
        .iter()
        .map(|(word, count)| json!({ "word": word, "count": count }));
    object["bytes"] = figures.bytes.into();
    object["characters"] = figures.characters.into();
    object["words"] = figures.words.into();
    object["lines"] = figures.lines.into();
    object["sentences"] = figures.sentences.into();
    object["frequent"] = frequent.collect();
    object
}

fn push_row(text: &mut String, head: &str, figures: Figures) {
    let Figures {
        bytes,
        characters,
        words,
        lines,
        sentences,
    } = figures;
    // Writing into text cannot fail.
    let _ = writeln!(
        text,
        "| {head} | {bytes} | {characters} | {words} | {lines} | {sentences} |"
    );
}

/// Names are plain and words are letters and digits, so nothing in them means anything to Markdown but an underscore, which
/// a code span takes as it is.
fn push_words(text: &mut String, title: &str, frequent: &[(String, usize)]) {
    if frequent.is_empty() {
        return;
    }
    let _ = write!(text, "\n## {title}\n\n| Word | Count |\n| --- | ---: |\n");
    for (word, count) in frequent {
        let _ = writeln!(text, "| `{word}` | {count} |");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let mut report = Report::default();
        for (name, words) in [("a.txt", 3), ("b.csv", 4)] {
            report.add(Counted {
                name: name.to_owned(),
                kind: "text",
                encoding: "UTF-8",
                guessed: name == "b.csv",
                figures: Figures {
                    bytes: 20,
                    characters: 18,
                    words,
                    lines: 2,
                    sentences: 1,
                },
                frequent: vec![("the".to_owned(), words)],
            });
        }
        report.frequent = vec![("the".to_owned(), 7)];
        report
    }

    #[test]
    fn json_has_every_document_and_the_totals() {
        let json: Value = serde_json::from_str(&report().json()).unwrap();
        let expected = json!({
            "documents": [
                {
                    "name": "a.txt", "kind": "text", "encoding": "UTF-8", "encodingGuessed": false, "bytes": 20,
                    "characters": 18, "words": 3, "lines": 2, "sentences": 1,
                    "frequent": [{ "word": "the", "count": 3 }],
                },
                {
                    "name": "b.csv", "kind": "text", "encoding": "UTF-8", "encodingGuessed": true, "bytes": 20,
                    "characters": 18, "words": 4, "lines": 2, "sentences": 1,
                    "frequent": [{ "word": "the", "count": 4 }],
                },
            ],
            "totals": {
                "documents": 2, "bytes": 40, "characters": 36, "words": 7, "lines": 4, "sentences": 2,
                "frequent": [{ "word": "the", "count": 7 }],
            },
        });
        assert_eq!(json, expected);
    }

    #[test]
    fn markdown_is_tables() {
        let expected = "# Word count\n\n\
            | Document | Kind | Encoding | Bytes | Characters | Words | Lines | Sentences |\n\
            | --- | --- | --- | ---: | ---: | ---: | ---: | ---: |\n\
            | a.txt | text | UTF-8 | 20 | 18 | 3 | 2 | 1 |\n\
            | b.csv | text | UTF-8 (guessed) | 20 | 18 | 4 | 2 | 1 |\n\
            | **Total** | |  | 40 | 36 | 7 | 4 | 2 |\n\n\
            ## a.txt\n\n| Word | Count |\n| --- | ---: |\n| `the` | 3 |\n\n\
            ## b.csv\n\n| Word | Count |\n| --- | ---: |\n| `the` | 4 |\n\n\
            ## All documents\n\n| Word | Count |\n| --- | ---: |\n| `the` | 7 |\n";
        assert_eq!(report().markdown(), expected);
    }
}
