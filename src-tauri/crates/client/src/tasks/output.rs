//! Outputs: files by address, or an LLM's text (`PROTOCOL.md` section 7.2).

use serde_json::{Map, Value};

use crate::lenient;

/// One output of a task. Nothing in it is trustworthy: names, types and sizes are the service's claims.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Output {
    /// Claimed file name.
    pub name: Option<String>,
    /// Claimed MIME type, or `raw` for text.
    pub content_type: Option<String>,
    /// Claimed size.
    pub bytes: Option<u64>,
    /// Where the file is.
    pub url: Option<String>,
    /// The text of an LLM.
    pub content: Option<OutputText>,
    /// Every field that has no place above, as it came.
    pub extra: Map<String, Value>,
}

/// Text of an LLM; every part is optional.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OutputText {
    /// What was asked.
    pub prompt: Option<String>,
    /// The whole text, perhaps with `<think>` blocks.
    pub raw: Option<String>,
    /// Thoughts, phase by phase.
    pub thinking: Vec<String>,
    /// Answers, phase by phase.
    pub answer: Vec<String>,
}

impl Output {
    /// Reads one output: an object, or a bare address. Anything else is `None`.
    pub fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::String(url) if !url.trim().is_empty() => Some(Self {
                url: Some(url.trim().to_owned()),
                ..Self::default()
            }),
            Value::Object(fields) => {
                let mut fields = fields.clone();
                let mut take = |name: &str| fields.shift_remove(name);
                Some(Self {
                    name: lenient::text(take("name").as_ref()),
                    content_type: lenient::text(take("contenttype").as_ref()),
                    bytes: lenient::u64(take("size").as_ref()),
                    url: lenient::text(take("url").as_ref()),
                    content: OutputText::from_value(take("content").as_ref()),
                    extra: fields,
                })
            }
            _ => None,
        }
    }

    /// Reads a list of outputs, which may come as JSON in a string or as a lone object.
    pub(crate) fn list(value: Option<&Value>) -> Vec<Self> {
        match lenient::json(value) {
            Some(Value::Array(items)) => items.iter().filter_map(Self::from_value).collect(),
            Some(object @ Value::Object(_)) => Self::from_value(&object).into_iter().collect(),
            _ => Vec::new(),
        }
    }

    /// Text for display, when the output is text.
    pub fn text(&self) -> Option<String> {
        self.content.as_ref().and_then(OutputText::text)
    }
}

impl OutputText {
    fn from_value(value: Option<&Value>) -> Option<Self> {
        match lenient::json(value)? {
            Value::String(raw) => Some(Self {
                raw: Some(raw),
                ..Self::default()
            }),
            Value::Object(fields) => Some(Self {
                prompt: lenient::text(fields.get("prompt")),
                // Some models name it `message` (`PROTOCOL.md` section 31).
                raw: lenient::text(fields.get("raw"))
                    .or_else(|| lenient::text(fields.get("message"))),
                thinking: lenient::texts(fields.get("thinking")),
                answer: lenient::texts(fields.get("answer")),
            }),
            _ => None,
        }
    }

    /// The answers joined with newlines, else the raw text (C-11).
    pub fn text(&self) -> Option<String> {
        if self.answer.is_empty() {
            self.raw.clone()
        } else {
            Some(self.answer.join("\n"))
        }
    }
}
