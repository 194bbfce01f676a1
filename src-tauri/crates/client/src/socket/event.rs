//! What frames say about tasks (`PROTOCOL.md` section 10.4).

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::frame::{Frame, holds_too_much};
use crate::lenient;
use crate::llm::LlmMessage;
use crate::secret::Secret;
use crate::tasks::{Output, TaskStatus};

/// Something about a task.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskFrame {
    /// The task it is about. `None` when the frame names none: ask, do not guess (C-12).
    pub token: Option<Secret<String>>,
    /// The service's id of the task.
    pub task_id: Option<String>,
    /// What happened.
    pub event: TaskEvent,
    /// Every member that has no place above, as it came; of an event we do not know all of them.
    pub extra: Map<String, Value>,
}

/// What happened to a task.
#[derive(Debug, Clone, PartialEq)]
pub enum TaskEvent {
    /// It came a step further; none of these is its end.
    Status(TaskStatus),
    /// Steps of a running model.
    Progress(TaskProgress),
    /// A line the model printed. An error line ends nothing (C-07).
    Log {
        /// Which stream.
        stream: LogStream,
        /// The text.
        text: String,
    },
    /// An LLM's text so far: everything, not what was added (C-09).
    Text {
        /// The answer.
        answer: String,
        /// The thoughts before it.
        thinking: String,
        /// The message with its phases, speed and whatever else it says.
        message: LlmMessage,
    },
    /// The whole standard output, once.
    OutputFull {
        /// As printed.
        raw: String,
        /// An LLM's answers.
        answer: Vec<String>,
        /// An LLM's thoughts.
        thinking: Vec<String>,
    },
    /// The whole standard error, once.
    ErrorFull {
        /// As printed.
        raw: String,
    },
    /// It ended. Without an exit code only `Task/Detail` knows whether it succeeded (C-06).
    Finished {
        /// What it made.
        outputs: Vec<Output>,
        /// Exit code, when the frame has one.
        pexit: Option<String>,
    },
    /// Cancelled or killed.
    Cancelled,
    /// A realtime session may begin.
    StreamReady,
    /// A realtime turn ended; the session goes on (C-14).
    StreamEnd,
    /// A realtime turn was charged.
    Cost {
        /// This turn, in USD.
        turn: Option<Decimal>,
        /// The session so far, in USD.
        cumulative: Option<Decimal>,
        /// The provider's own breakdown.
        usage: Value,
    },
    /// The service did not understand a subscription.
    SubscribeError {
        /// Its word for why.
        code: String,
    },
    /// An event we do not know.
    Unknown {
        /// Its name.
        kind: String,
    },
}

/// Which stream a line came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LogStream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// Steps of a running model.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TaskProgress {
    /// What it is doing, in its words.
    pub task: Option<String>,
    /// 0 to 100.
    pub percentage: Option<f64>,
    /// The step it is at.
    pub step: Option<u32>,
    /// How many steps there are.
    pub steps: Option<u32>,
    /// How fast, in its unit.
    pub speed: Option<String>,
    /// The unit, free text (C-10).
    pub speed_type: Option<String>,
    /// In its words.
    pub elapsed: Option<String>,
    /// In its words.
    pub remaining: Option<String>,
}

impl TaskFrame {
    /// Reads what a frame says about a task.
    pub fn from_frame(frame: Frame) -> Self {
        let (token, task_id) = (frame.task_token(), frame.task_id());
        let (kind, mut extra) = frame.into_parts();
        for name in ["type", "tasktoken", "socketaccesstoken", "id", "taskid"] {
            extra.shift_remove(name);
        }
        Self {
            token,
            task_id,
            event: event(kind, &mut extra),
            extra,
        }
    }
}

/// Takes what the event tells out of the members.
fn event(kind: String, fields: &mut Map<String, Value>) -> TaskEvent {
    match kind.as_str() {
        "task_queue"
        | "task_accept"
        | "task_preprocess_start"
        | "task_preprocess_end"
        | "task_assign"
        | "task_start"
        | "task_end"
        | "task_postprocess_start" => TaskEvent::Status(TaskStatus::new(kind)),
        "task_output" => output(fields.shift_remove("message")),
        "task_error" => TaskEvent::Log {
            stream: LogStream::Stderr,
            text: plain(fields.shift_remove("message")),
        },
        "task_output_full" => output_full(fields.shift_remove("message")),
        "task_error_full" => TaskEvent::ErrorFull {
            raw: raw(unwrapped(fields.shift_remove("message"))),
        },
        "task_postprocess_end" => finished(fields),
        "task_cancel" => TaskEvent::Cancelled,
        "task_stream_ready" => TaskEvent::StreamReady,
        "task_stream_end" => TaskEvent::StreamEnd,
        "task_cost" => TaskEvent::Cost {
            turn: lenient::decimal(fields.shift_remove("turnCost").as_ref()),
            cumulative: lenient::decimal(fields.shift_remove("cumulativeCost").as_ref()),
            usage: fields.shift_remove("usage").unwrap_or_default(),
        },
        "error" => TaskEvent::SubscribeError {
            code: plain(fields.shift_remove("message")),
        },
        _ => TaskEvent::Unknown { kind },
    }
}

/// The members tell what it is, not the inner `type` (C-10). What is neither steps nor a text is a line, as it came.
fn output(message: Option<Value>) -> TaskEvent {
    match message {
        Some(Value::Object(object)) => read_object(object, |object| {
            ["answer", "thinking", "raw"]
                .iter()
                .any(|name| object.contains_key(*name))
        })
        .unwrap_or_else(|object| line(Value::Object(object).to_string())),
        // A model may print JSON of its own that has such a member: in a string only the documented types count.
        Some(Value::String(text)) => match within(&text) {
            Some(object) => read_object(object, |object| {
                let is_list = |name| object.get(name).is_some_and(Value::is_array);
                is_list("answer")
                    || is_list("thinking")
                    || object.get("raw").is_some_and(Value::is_string)
            })
            .unwrap_or_else(|_| line(text)),
            None => line(text),
        },
        other => line(plain(other)),
    }
}

const fn line(text: String) -> TaskEvent {
    TaskEvent::Log {
        stream: LogStream::Stdout,
        text,
    }
}

fn read_object(
    object: Map<String, Value>,
    is_text: impl FnOnce(&Map<String, Value>) -> bool,
) -> Result<TaskEvent, Map<String, Value>> {
    if object.contains_key("percentage") || object.contains_key("stepCurrent") {
        return Ok(TaskEvent::Progress(progress(&object)));
    }
    if !is_text(&object) {
        return Err(object);
    }
    let message = LlmMessage::new(object);
    let text = message.text();
    Ok(TaskEvent::Text {
        answer: text.answer_text(),
        thinking: text.thinking_text(),
        message,
    })
}

/// The object of JSON in a string (`PROTOCOL.md` section 31).
fn within(text: &str) -> Option<Map<String, Value>> {
    match structured(text)? {
        Value::Object(object) => Some(object),
        _ => None,
    }
}

/// JSON in a string, once or twice encoded, unless it would fill the memory.
fn structured(text: &str) -> Option<Value> {
    if !text.trim_start().starts_with(['{', '[', '"']) || holds_too_much(text) {
        return None;
    }
    lenient::json(Some(&Value::String(text.to_owned()))).filter(|value| !value.is_string())
}

fn progress(object: &Map<String, Value>) -> TaskProgress {
    let text = |name: &str| lenient::text(object.get(name));
    let count =
        |name: &str| lenient::u64(object.get(name)).and_then(|count| u32::try_from(count).ok());
    TaskProgress {
        task: text("task"),
        percentage: lenient::f64(object.get("percentage"))
            .map(|percentage| percentage.clamp(0.0, 100.0)),
        step: count("stepCurrent"),
        steps: count("stepTotal"),
        speed: text("speed"),
        speed_type: text("speedType"),
        elapsed: text("elapsedTime"),
        remaining: text("remainingTime"),
    }
}

fn output_full(message: Option<Value>) -> TaskEvent {
    let message = unwrapped(message);
    let part = |name| phases(message.as_ref().and_then(|message| message.get(name)));
    let (answer, thinking) = (part("answer"), part("thinking"));
    TaskEvent::OutputFull {
        raw: raw(message),
        answer,
        thinking,
    }
}

/// The texts of one kind, phase by phase. One that is blank keeps its place: thinking and answers belong together by it.
fn phases(listed: Option<&Value>) -> Vec<String> {
    match listed {
        Some(Value::Array(items)) => items
            .iter()
            .map(|item| lenient::text(Some(item)).unwrap_or_default())
            .collect(),
        other => lenient::texts(other),
    }
}

fn finished(fields: &mut Map<String, Value>) -> TaskEvent {
    let message = match fields.shift_remove("message") {
        Some(Value::String(text)) => structured(&text),
        other => other,
    };
    let inner = |name: &str| message.as_ref().and_then(|message| message.get(name));
    let outer = fields.shift_remove("pexit");
    let pexit = lenient::text(outer.as_ref()).or_else(|| lenient::text(inner("pexit")));
    let beside = fields.shift_remove("outputs");
    let listed = inner("outputs").or(beside.as_ref());
    let listed = listed.filter(|listed| !listed.as_str().is_some_and(holds_too_much));
    let outputs = Output::list(listed.or(message.as_ref().filter(|message| message.is_array())));
    TaskEvent::Finished { outputs, pexit }
}

/// `{raw}` that came as JSON in a string; anything else as it is.
fn unwrapped(message: Option<Value>) -> Option<Value> {
    match message {
        Some(Value::String(text)) => match within(&text) {
            Some(object) if object.contains_key("raw") => Some(Value::Object(object)),
            _ => Some(Value::String(text)),
        },
        other => other,
    }
}

/// `{raw}`, or the bare text.
fn raw(message: Option<Value>) -> String {
    match message {
        Some(Value::Object(mut object)) if object.contains_key("raw") => {
            lenient::text(object.shift_remove("raw").as_ref()).unwrap_or_default()
        }
        other => plain(other),
    }
}

/// A message as text; structures as their JSON, so that nothing is lost.
fn plain(message: Option<Value>) -> String {
    match message {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text,
        Some(other) => other.to_string(),
    }
}

#[cfg(test)]
mod tests;
