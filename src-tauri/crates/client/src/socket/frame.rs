//! Text frames of the service as they came (`PROTOCOL.md` sections 10.4 and 17).

use std::fmt;

use serde_json::{Map, Value};

use crate::lenient;
use crate::secret::Secret;

/// Frames with more values than this are not read: each costs many times its bytes in memory.
const MOST_VALUES: usize = 100_000;
/// Below this a frame cannot hold enough values to matter.
const SURELY_SMALL_BYTES: usize = 64 * 1024;

/// The part of the service a frame is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Area {
    /// The connection itself: the greeting.
    Connection,
    /// A task, or a subscription that was not understood.
    Task,
    /// A message to an agent.
    Agent,
    /// Something this version does not know.
    Unknown,
}

/// A text frame of the service, exactly as it came: nothing is lost between [`Frame::decode`] and [`Frame::to_value`].
/// Only `type` is mandatory (C-12).
#[derive(Clone, PartialEq)]
pub struct Frame {
    kind: String,
    fields: Map<String, Value>,
}

impl Frame {
    /// Reads a frame; `None` when it is no JSON object with a type, or one that would fill the memory.
    pub fn decode(text: &str) -> Option<Self> {
        if holds_too_much(text) {
            return None;
        }
        match serde_json::from_str(text) {
            Ok(Value::Object(fields)) => Self::from_fields(fields),
            _ => None,
        }
    }

    /// Reads a frame from its members.
    pub fn from_fields(fields: Map<String, Value>) -> Option<Self> {
        let kind = lenient::text(fields.get("type"))?;
        Some(Self { kind, fields })
    }

    /// What it says it is.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Every member as it came. Tokens among them are secrets.
    pub const fn fields(&self) -> &Map<String, Value> {
        &self.fields
    }

    /// The frame as it came.
    pub fn to_value(&self) -> Value {
        Value::Object(self.fields.clone())
    }

    /// What it is about.
    pub fn area(&self) -> Area {
        if self.kind == "connected" {
            Area::Connection
        } else if self.kind.starts_with("agent_") || self.fields.contains_key("agenttoken") {
            Area::Agent
        } else if self.kind.starts_with("task_")
            || self.kind == "error"
            || self.task_token().is_some()
            || self.task_id().is_some()
        {
            Area::Task
        } else {
            Area::Unknown
        }
    }

    /// The token of the task it is about.
    pub fn task_token(&self) -> Option<Secret<String>> {
        self.first(&["tasktoken", "socketaccesstoken"])
            .map(Secret::new)
    }

    /// The token of the agent message it is about.
    pub fn agent_token(&self) -> Option<Secret<String>> {
        self.first(&["agenttoken"]).map(Secret::new)
    }

    /// The service's id of the task it is about.
    pub fn task_id(&self) -> Option<String> {
        self.first(&["id", "taskid"])
    }

    pub(super) fn into_parts(self) -> (String, Map<String, Value>) {
        (self.kind, self.fields)
    }

    fn first(&self, names: &[&str]) -> Option<String> {
        names
            .iter()
            .find_map(|name| lenient::text(self.fields.get(*name)))
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Frame")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// Whether a JSON text holds more values than any honest frame: counts what separates them outside of strings.
pub(super) fn holds_too_much(text: &str) -> bool {
    if text.len() < SURELY_SMALL_BYTES {
        return false;
    }
    let (mut values, mut in_string, mut escaped) = (0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_string,
            b'"' => in_string = !in_string,
            b',' | b'[' | b'{' if !in_string => {
                values += 1;
                if values > MOST_VALUES {
                    return true;
                }
            }
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests;
