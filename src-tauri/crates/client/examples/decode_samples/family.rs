//! Which type a file is of, by its name.

use serde_json::Value;
use wiro_client::client::Envelope;
use wiro_client::files::{FileAnswer, FolderRequest, UploadRequest};
use wiro_client::models::{
    ExploreAnswer, Model, ModelAnswer, ModelListRequest, ModelRequest, PriceList,
};
use wiro_client::runs::{RunAnswer, RunRequest};
use wiro_client::tasks::{OutputText, RunDelivery, Task, TaskAnswer, TaskListRequest, TaskRequest};
use wiro_client::wire::Wire;

use crate::frame::Frame;

/// What became of a payload.
pub(crate) enum Outcome {
    /// It was understood; this is what was written from it.
    Decoded(Value),
    /// Its shape is free, or it belongs to an area that has no types yet.
    Raw,
    /// It is not what its family is.
    Failed(String),
}

/// Areas without types: agents, their connections, organizations and the tools for assistants; and the calls that are
/// named without any contract (`PROTOCOL.md` D-25).
const RAW_AREAS: &[&str] = &[
    "agent",
    "useragent",
    "useragentoauth",
    "oauth",
    "organization",
    "team",
    "mcp",
    "project",
    "wallet",
    "coupon",
];

/// Decodes a payload with the type of its family and encodes it again.
pub(crate) fn pass_through(name: &str, source: &Value) -> Outcome {
    let mut parts = name.split('.');
    let area = parts.next().unwrap_or_default().to_lowercase();
    let rest: Vec<String> = parts.map(str::to_lowercase).collect();
    let is_number = |part: &&String| part.bytes().all(|byte| byte.is_ascii_digit());
    let mut rest: Vec<&str> = rest
        .iter()
        .filter(|part| !is_number(part))
        .map(String::as_str)
        .collect();
    let Some(kind) = rest.pop() else {
        return Outcome::Failed(
            "the name is not <area>.<endpoint-or-event>.<kind>.<nn>".to_owned(),
        );
    };
    let subject = rest.join(".");
    if RAW_AREAS.contains(&area.as_str()) || (area == "task" && subject == "stat") {
        return Outcome::Raw;
    }
    let family = Family {
        area: &area,
        subject: &subject,
        kind,
    };
    family.pass(source)
}

struct Family<'a> {
    area: &'a str,
    subject: &'a str,
    kind: &'a str,
}

impl Family<'_> {
    fn pass(&self, source: &Value) -> Outcome {
        match (self.area, self.kind) {
            (_, "webhook") => through::<RunDelivery>(source),
            ("ws" | "socket", _) | (_, "event") => self.frame(source),
            ("pricing", _) => self.price(source),
            ("tool", "request") => self.tool_request(source),
            ("tool", _) => self.tool_answer(source),
            ("task", "request") => self.task_request(source),
            ("task", _) => self.task_answer(source),
            ("run", "request") => through::<RunRequest>(source),
            ("run", _) => through::<RunAnswer>(source),
            ("file", "request") => self.file_request(source),
            ("file", _) => through::<FileAnswer>(source),
            // `common`, `error` and whatever else answers are envelopes; other requests are bodies of parameters.
            (_, "request") => through::<RunRequest>(source),
            _ => through::<Envelope>(source),
        }
    }

    fn is_about(&self, word: &str) -> bool {
        self.subject.contains(word)
    }

    /// Frames, and excerpts of their messages.
    fn frame(&self, source: &Value) -> Outcome {
        if self.is_about("_partial") && source.is_object() && source.get("type").is_none() {
            return through::<OutputText>(source);
        }
        match Frame::decode(source) {
            Ok(frame) => Outcome::Decoded(frame.to_value()),
            Err(problem) => Outcome::Failed(problem),
        }
    }

    /// The decoded list, or an answer that holds one.
    fn price(&self, source: &Value) -> Outcome {
        if self.kind == "request" {
            return through::<ModelRequest>(source);
        }
        let is_answer = source.get("tool").is_some() || source.get("result").is_some();
        match (is_answer, source.get("dynamicprice").is_some()) {
            (true, _) => through::<ModelAnswer>(source),
            (false, true) => through::<Model>(source),
            (false, false) => through::<PriceList>(source),
        }
    }

    fn tool_request(&self, source: &Value) -> Outcome {
        if self.is_about("list") {
            through::<ModelListRequest>(source)
        } else {
            through::<ModelRequest>(source)
        }
    }

    fn tool_answer(&self, source: &Value) -> Outcome {
        if self.is_about("explore") {
            return through::<ExploreAnswer>(source);
        }
        if is_excerpt(self.subject, source, "tool") {
            return through::<Model>(source);
        }
        through::<ModelAnswer>(source)
    }

    fn task_request(&self, source: &Value) -> Outcome {
        if self.is_about("list") {
            through::<TaskListRequest>(source)
        } else {
            through::<TaskRequest>(source)
        }
    }

    fn task_answer(&self, source: &Value) -> Outcome {
        if is_excerpt(self.subject, source, "tasklist") {
            return through::<Task>(source);
        }
        through::<TaskAnswer>(source)
    }

    fn file_request(&self, source: &Value) -> Outcome {
        if self.is_about("upload") {
            through::<UploadRequest>(source)
        } else {
            through::<FolderRequest>(source)
        }
    }
}

/// Whether a payload is part of a record instead of an answer that lists records.
fn is_excerpt(subject: &str, source: &Value, list: &str) -> bool {
    let holds = |place: &Value| {
        ["result", "errors", list]
            .iter()
            .any(|key| place.get(*key).is_some())
    };
    let wrapped = source.get("data").is_some_and(holds);
    subject.contains("_partial") && !holds(source) && !wrapped
}

fn through<T: Wire>(source: &Value) -> Outcome {
    match T::decode(source) {
        Ok(read) => Outcome::Decoded(read.to_value()),
        Err(error) => Outcome::Failed(error.to_string()),
    }
}
