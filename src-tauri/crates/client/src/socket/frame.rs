//! Frames the service sends about tasks (`PROTOCOL.md` section 10.4).

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use crate::lenient;
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

/// What a text frame holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Incoming {
    /// About a task.
    Task(TaskFrame),
    /// The greeting of the server.
    Greeting,
    /// About an agent, or not readable.
    Ignored,
}

/// Reads a text frame.
pub(crate) fn decode(text: &str) -> Incoming {
    let Ok(Value::Object(fields)) = serde_json::from_str::<Value>(text) else {
        return Incoming::Ignored;
    };
    let Some(kind) = lenient::text(fields.get("type")) else {
        return Incoming::Ignored;
    };
    if kind == "connected" {
        return Incoming::Greeting;
    }
    if kind.starts_with("agent_") || fields.contains_key("agenttoken") {
        return Incoming::Ignored;
    }
    let token = ["tasktoken", "socketaccesstoken"]
        .iter()
        .find_map(|name| lenient::text(fields.get(*name)));
    let task_id = ["id", "taskid"]
        .iter()
        .find_map(|name| lenient::text(fields.get(*name)));
    Incoming::Task(TaskFrame {
        token: token.map(Secret::new),
        task_id,
        event: event(kind, &fields),
    })
}

fn event(kind: String, fields: &Map<String, Value>) -> TaskEvent {
    // A message may be JSON in a string (`PROTOCOL.md` section 31).
    let message = lenient::json(fields.get("message"));
    match kind.as_str() {
        "task_queue"
        | "task_accept"
        | "task_preprocess_start"
        | "task_preprocess_end"
        | "task_assign"
        | "task_start"
        | "task_end"
        | "task_postprocess_start" => TaskEvent::Status(TaskStatus::new(kind)),
        "task_output" => output(message),
        "task_error" => TaskEvent::Log {
            stream: LogStream::Stderr,
            text: plain(message),
        },
        "task_output_full" => {
            let part =
                |name| lenient::texts(message.as_ref().and_then(|message| message.get(name)));
            let (answer, thinking) = (part("answer"), part("thinking"));
            TaskEvent::OutputFull {
                raw: raw(message),
                answer,
                thinking,
            }
        }
        "task_error_full" => TaskEvent::ErrorFull { raw: raw(message) },
        "task_postprocess_end" => finished(message.as_ref(), fields),
        "task_cancel" => TaskEvent::Cancelled,
        "task_stream_ready" => TaskEvent::StreamReady,
        "task_stream_end" => TaskEvent::StreamEnd,
        "task_cost" => TaskEvent::Cost {
            turn: lenient::decimal(fields.get("turnCost")),
            cumulative: lenient::decimal(fields.get("cumulativeCost")),
            usage: fields.get("usage").cloned().unwrap_or_default(),
        },
        "error" => TaskEvent::SubscribeError {
            code: plain(message),
        },
        _ => TaskEvent::Unknown { kind },
    }
}

/// The members tell what it is, not the inner `type` (C-10).
fn output(message: Option<Value>) -> TaskEvent {
    let Some(Value::Object(object)) = &message else {
        return TaskEvent::Log {
            stream: LogStream::Stdout,
            text: plain(message),
        };
    };
    let has = |name: &str| object.contains_key(name);
    if has("percentage") || has("stepCurrent") {
        return TaskEvent::Progress(progress(object));
    }
    if has("answer") || has("thinking") || has("raw") {
        return text(object);
    }
    TaskEvent::Log {
        stream: LogStream::Stdout,
        text: plain(message),
    }
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

/// The arrays, or `raw` when both are empty (C-11).
fn text(object: &Map<String, Value>) -> TaskEvent {
    let answer = lenient::texts(object.get("answer"));
    let thinking = lenient::texts(object.get("thinking"));
    if answer.is_empty() && thinking.is_empty() {
        let raw = lenient::text(object.get("raw")).unwrap_or_default();
        let (thinking, answer) = split_thoughts(&raw);
        return TaskEvent::Text { answer, thinking };
    }
    TaskEvent::Text {
        answer: answer.join("\n"),
        thinking: thinking.join("\n"),
    }
}

/// Takes `<think>` blocks out of a raw text; the last one may still be open.
fn split_thoughts(raw: &str) -> (String, String) {
    let (mut thoughts, mut answer, mut rest) = (Vec::new(), String::new(), raw);
    while let Some((before, after)) = rest.split_once("<think>") {
        answer.push_str(before);
        let (thought, remaining) = after.split_once("</think>").unwrap_or((after, ""));
        thoughts.push(thought.trim());
        rest = remaining;
    }
    answer.push_str(rest);
    (thoughts.join("\n"), answer.trim().to_owned())
}

fn finished(message: Option<&Value>, fields: &Map<String, Value>) -> TaskEvent {
    let inner = |name: &str| message.and_then(|message| message.get(name));
    let pexit = lenient::text(fields.get("pexit")).or_else(|| lenient::text(inner("pexit")));
    let listed = inner("outputs").or_else(|| fields.get("outputs"));
    let outputs = Output::list(listed.or(message.filter(|message| message.is_array())));
    TaskEvent::Finished { outputs, pexit }
}

/// `{raw}`, or the bare text.
fn raw(message: Option<Value>) -> String {
    match message.as_ref().and_then(|message| message.get("raw")) {
        Some(raw) => lenient::text(Some(raw)).unwrap_or_default(),
        None => plain(message),
    }
}

/// A message as text; structures as their JSON, so that nothing is lost.
fn plain(message: Option<Value>) -> String {
    match message {
        None => String::new(),
        Some(Value::String(text)) => text,
        Some(other) => other.to_string(),
    }
}

#[cfg(test)]
mod tests;
