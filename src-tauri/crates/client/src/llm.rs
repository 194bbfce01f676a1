//! What a language model writes while it writes (`PROTOCOL.md` section 11).
//!
//! Every frame holds everything so far (C-09). [`AccumulatedText`] keeps the newest, and gives each reader only what it
//! has not been told: the sum of all changes is as long as the text, however often it was sent.

use serde_json::{Map, Value};

use crate::lenient;
use crate::tasks::OutputText;

/// The message of an LLM frame, exactly as it came; agents send the same one (`PROTOCOL.md` sections 11 and 16.7).
/// Every member is optional.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LlmMessage(Map<String, Value>);

impl LlmMessage {
    /// Takes the members of a message.
    pub const fn new(fields: Map<String, Value>) -> Self {
        Self(fields)
    }

    /// Reads a message; anything but an object is `None`.
    pub fn from_value(value: &Value) -> Option<Self> {
        value.as_object().cloned().map(Self)
    }

    /// The message as it came, unknown members included.
    pub fn to_value(&self) -> Value {
        Value::Object(self.0.clone())
    }

    /// The inner `type`: free text, and no way to tell what the message is (C-10).
    pub fn kind(&self) -> Option<String> {
        self.word("type")
    }

    /// Whether a thought is open. For an indicator only: it has been seen `true` beside a finished thought.
    pub fn is_thinking(&self) -> Option<bool> {
        lenient::boolean(self.0.get("isThinking"))
    }

    /// How fast, in the unit of [`Self::speed_type`]; text or number on the wire (C-41).
    pub fn speed(&self) -> Option<String> {
        self.word("speed")
    }

    /// `t/s`, `words/s` or another unit, free text (C-10).
    pub fn speed_type(&self) -> Option<String> {
        self.word("speedType")
    }

    /// In its words, such as `1m 5s`.
    pub fn elapsed(&self) -> Option<String> {
        self.word("elapsedTime")
    }

    /// The text so far: the arrays, or `raw` when they hold nothing (C-11).
    pub fn text(&self) -> LlmText {
        let text = LlmText {
            thinking: phases(self.0.get("thinking")),
            answer: phases(self.0.get("answer")),
        };
        if text.is_empty() {
            return LlmText::from_raw(&self.word("raw").unwrap_or_default());
        }
        text
    }

    fn word(&self, name: &str) -> Option<String> {
        lenient::text(self.0.get(name))
    }
}

/// Phases of an array, empty ones included: `thinking[i]` belongs to `answer[i]`.
fn phases(value: Option<&Value>) -> Vec<String> {
    let phase = |item: &Value| lenient::text(Some(item)).unwrap_or_default();
    match value {
        Some(Value::Array(items)) => items.iter().map(phase).collect(),
        other => lenient::text(other).into_iter().collect(),
    }
}

/// A text in phases. A model may think and answer several times; `thinking[i]` comes before `answer[i]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LlmText {
    /// What it thought.
    pub thinking: Vec<String>,
    /// What it said.
    pub answer: Vec<String>,
}

impl LlmText {
    /// Takes `<think>` blocks out of a raw text; the last one may still be open.
    pub fn from_raw(raw: &str) -> Self {
        let mut text = Self::default();
        let mut rest = raw;
        while let Some((before, after)) = rest.split_once("<think>") {
            if !before.trim().is_empty() {
                text.push_answer(before);
            }
            let (thought, remaining) = after.split_once("</think>").unwrap_or((after, ""));
            text.thinking.push(thought.trim().to_owned());
            rest = remaining;
        }
        if !rest.trim().is_empty() {
            text.push_answer(rest);
        }
        text
    }

    /// Puts an answer beside the last thought.
    fn push_answer(&mut self, answer: &str) {
        while self.answer.len() + 1 < self.thinking.len() {
            self.answer.push(String::new());
        }
        self.answer.push(answer.trim().to_owned());
    }

    /// The text of a finished output.
    pub fn from_output(output: &OutputText) -> Self {
        let text = Self {
            thinking: output.thinking.clone(),
            answer: output.answer.clone(),
        };
        match &output.raw {
            Some(raw) if text.is_empty() => Self::from_raw(raw),
            _ => text,
        }
    }

    /// Whether there is not one character.
    pub fn is_empty(&self) -> bool {
        self.thinking
            .iter()
            .chain(&self.answer)
            .all(String::is_empty)
    }

    /// The answers for display, a line break between phases.
    pub fn answer_text(&self) -> String {
        joined(&self.answer)
    }

    /// The thoughts for display, a line break between phases.
    pub fn thinking_text(&self) -> String {
        joined(&self.thinking)
    }

    /// Does what a reader is told to do: afterwards this is the newest text.
    pub fn apply(&mut self, change: TextChange) {
        match change {
            TextChange::Replaced(text) => *self = text,
            TextChange::Grown(grown) => {
                for Growth { phase, index, text } in grown {
                    let phases = match phase {
                        Phase::Thinking => &mut self.thinking,
                        Phase::Answer => &mut self.answer,
                    };
                    phases.resize(phases.len().max(index + 1), String::new());
                    phases[index].push_str(&text);
                }
            }
        }
    }

    /// Whether this goes on where the other stopped.
    fn extends(&self, earlier: &Self) -> bool {
        grows(&earlier.thinking, &self.thinking) && grows(&earlier.answer, &self.answer)
    }
}

fn joined(phases: &[String]) -> String {
    let told: Vec<&str> = phases
        .iter()
        .map(String::as_str)
        .filter(|phase| !phase.is_empty())
        .collect();
    told.join("\n")
}

fn grows(earlier: &[String], later: &[String]) -> bool {
    let mut pairs = earlier.iter().zip(later);
    earlier.len() <= later.len() && pairs.all(|(before, after)| after.starts_with(before.as_str()))
}

/// Which kind of phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// A thought.
    Thinking,
    /// An answer.
    Answer,
}

/// What was added to one phase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Growth {
    /// The kind of phase.
    pub phase: Phase,
    /// Which one of its kind, from zero.
    pub index: usize,
    /// What to append.
    pub text: String,
}

/// What a reader has to do to show the newest text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextChange {
    /// Append each to its phase, in this order.
    Grown(Vec<Growth>),
    /// What was told before does not hold: show this instead.
    Replaced(LlmText),
}

/// The newest text of one model, for any number of readers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AccumulatedText {
    text: LlmText,
    /// How often what was told before stopped to hold.
    version: u64,
}

/// How far one reader has been told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextCursor {
    version: u64,
    thinking: Vec<usize>,
    answer: Vec<usize>,
}

impl AccumulatedText {
    /// The newest text.
    pub const fn text(&self) -> &LlmText {
        &self.text
    }

    /// Takes a text that was heard; whether it changed anything. One that the known text goes on from came late and says
    /// nothing new.
    pub fn hear(&mut self, text: LlmText) -> bool {
        !self.text.extends(&text) && self.settle(text)
    }

    /// Takes a text that is the last word, also when it is shorter; whether it changed anything.
    pub fn settle(&mut self, text: LlmText) -> bool {
        if text == self.text {
            return false;
        }
        if !text.extends(&self.text) {
            self.version += 1;
        }
        self.text = text;
        true
    }

    /// What the reader was not told, in the order of the phases; `None` when there is nothing.
    pub fn untold(&self, cursor: &mut TextCursor) -> Option<TextChange> {
        if cursor.version != self.version {
            *cursor = TextCursor {
                version: self.version,
                thinking: self.text.thinking.iter().map(String::len).collect(),
                answer: self.text.answer.iter().map(String::len).collect(),
            };
            return Some(TextChange::Replaced(self.text.clone()));
        }
        let mut grown = Vec::new();
        for index in 0..self.text.thinking.len().max(self.text.answer.len()) {
            for (phase, texts, told) in [
                (Phase::Thinking, &self.text.thinking, &mut cursor.thinking),
                (Phase::Answer, &self.text.answer, &mut cursor.answer),
            ] {
                let Some(text) = texts.get(index) else {
                    continue;
                };
                told.resize(told.len().max(index + 1), 0);
                let from = std::mem::replace(&mut told[index], text.len());
                // The version says that the text only grew.
                if let Some(text) = text.get(from..).filter(|text| !text.is_empty()) {
                    grown.push(Growth {
                        phase,
                        index,
                        text: text.to_owned(),
                    });
                }
            }
        }
        (!grown.is_empty()).then_some(TextChange::Grown(grown))
    }
}

#[cfg(test)]
mod tests;
