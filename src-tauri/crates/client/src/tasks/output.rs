//! Outputs: files by address, or an LLM's text (`PROTOCOL.md` section 7.2).

use serde_json::Value;

use crate::lenient;
use crate::wire::codec::{CountText, One, Text, Texts, many};
use crate::wire::{Record, Shape, record};

record! {
    /// One output of a task. Nothing in it is trustworthy: names, types and sizes are the service's claims.
    #[derive(Eq)]
    pub struct Output [alone] bare output_at; {
        /// Claimed file name.
        pub name: Option<String> = Text["name"],
        /// Claimed MIME type, or `raw` for text.
        pub content_type: Option<String> = Text["contenttype"],
        /// Claimed size.
        pub bytes: Option<u64> = CountText["size"],
        /// Where the file is.
        pub url: Option<String> = Text["url"],
        /// The text of an LLM.
        pub content: Option<OutputText> = One["content"],
    }
}

record! {
    /// Text of an LLM; every part is optional.
    #[derive(Eq)]
    pub struct OutputText bare plain_text; {
        /// What was asked.
        pub prompt: Option<String> = Text["prompt"],
        /// The whole text, perhaps with `<think>` blocks. Some models name it `message` (`PROTOCOL.md` section 31).
        pub raw: Option<String> = Text["raw", "message"],
        /// Thoughts, phase by phase.
        pub thinking: Vec<String> = Texts["thinking"],
        /// Answers, phase by phase.
        pub answer: Vec<String> = Texts["answer"],
    }
}

/// A bare address.
fn output_at(value: &Value) -> Option<Output> {
    let url = lenient::text(Some(value).filter(|value| value.is_string()))?;
    Some(Output {
        url: Some(url.trim().to_owned()).filter(|url| !url.is_empty()),
        ..Output::default()
    })
}

fn plain_text(value: &Value) -> Option<OutputText> {
    value.as_str().map(|raw| OutputText {
        raw: Some(raw.to_owned()),
        ..OutputText::default()
    })
}

impl Output {
    /// Reads one output: an object, or a bare address. Anything else is `None`.
    pub fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Object(fields) => Some(Self::from_fields(fields, &mut Shape::default())),
            bare => Self::from_bare(bare),
        }
    }

    /// Reads a list of outputs, which may come as JSON in a string or as a lone object.
    pub(crate) fn list(value: Option<&Value>) -> Vec<Self> {
        lenient::json(value)
            .and_then(|list| many(&list, &mut Shape::default()))
            .unwrap_or_default()
    }

    /// Text for display, when the output is text.
    pub fn text(&self) -> Option<String> {
        self.content.as_ref().and_then(OutputText::text)
    }
}

impl OutputText {
    /// The answers joined with newlines, else the raw text (C-11).
    pub fn text(&self) -> Option<String> {
        if self.answer.is_empty() {
            self.raw.clone()
        } else {
            Some(self.answer.join("\n"))
        }
    }
}
