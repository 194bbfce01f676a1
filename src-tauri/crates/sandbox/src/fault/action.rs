//! What a rule of a plan does.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Edit;
use crate::documented::Documented;

/// What goes wrong. Members that make no sense for a trigger are ignored.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FaultAction {
    /// Requests, sockets: waits so long first.
    pub delay_ms: u64,
    /// Requests: whether the request is handled before things go wrong.
    pub when: When,
    /// Requests, sockets: answers with this status. Without `body`, `refuse` or `error` that is an error envelope, from 500
    /// on HTML.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Requests: the genuine answer under this status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relabel: Option<u16>,
    /// Requests: the body instead, verbatim; with status 200 if none is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Requests: one of the documented refusals, with the status that belongs to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refuse: Option<Documented>,
    /// Requests: an envelope with this error; with status 200 if none is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<PlannedError>,
    /// Requests: changes to the answer. Sockets: changes to every frame.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub edit: Vec<Edit>,
    /// Requests, refused sockets: additional or replaced headers. A `content-length` is sent as it stands, true or not.
    pub headers: Map<String, Value>,
    /// Requests: the `Retry-After` header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<String>,
    /// Requests, sockets: closes the connection instead of answering.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub close: Option<Close>,
    /// Requests with `"upload"` for `close` or `stall`: after this many bytes of the body.
    pub after_bytes: u64,
    /// Requests: promises the whole body, sends this many bytes of it and closes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truncate: Option<usize>,
    /// Requests: sends the body no faster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes_per_second: Option<u32>,
    /// Requests, sockets: goes silent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stall: Option<Stall>,
    /// Outputs: the declared name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Outputs: the declared type. The download still says what it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contenttype: Option<String>,
    /// Outputs: the declared size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<Value>,
    /// Outputs: the declared address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Sockets: closes right after a frame of this type was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drop_after: Option<String>,
    /// Sockets: closes after so long.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drop_after_ms: Option<u64>,
    /// Sockets that drop: says goodbye with this code, rather than not at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub close_code: Option<u16>,
    /// Sockets with `stall`: only after a frame of this type was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stall_after: Option<String>,
    /// Sockets: pings this often, not every 30 s.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ping_ms: Option<u64>,
    /// Sockets: sends frames that do not belong there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inject: Option<Injection>,
    /// Sockets: keeps frames back.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub withhold: Vec<Withholding>,
}

impl FaultAction {
    /// Whether an answer is given in place of the genuine one.
    pub(crate) fn replaces(&self) -> bool {
        self.status.is_some()
            || self.body.is_some()
            || self.refuse.is_some()
            || self.error.is_some()
            || self.is_silent()
    }

    /// Whether nothing at all is answered.
    pub(crate) fn is_silent(&self) -> bool {
        self.close == Some(Close::Answer) || self.stall == Some(Stall::Headers)
    }
}

/// An error of the envelope.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedError {
    /// A number as documented, or whatever else; absent leaves it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Value>,
    /// The words.
    pub message: String,
}

/// Frames to slip in after a genuine one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Injection {
    /// The type of the genuine frame.
    pub after: String,
    /// What to send: text as it stands, anything else as JSON. `{tasktoken}` and `{id}` in it become the genuine frame's, and
    /// `{frame}` all of it, so that frames can be doubled or come late.
    pub frames: Vec<Value>,
}

/// Genuine frames that are kept back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Withholding {
    /// Their type; `*` stands for anything.
    pub frames: String,
    /// Sent right after a frame of this type; absent is never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

/// Whether the request was handled when things go wrong.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum When {
    /// It never reaches the server: no task is created.
    #[default]
    Before,
    /// It was handled, but the answer is lost: a task exists.
    After,
}

/// How a connection is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Close {
    /// Instead of answering.
    Answer,
    /// While the body is still being sent, after `after_bytes` of it.
    Upload,
}

/// Where silence begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stall {
    /// While the request's body is still being sent, after `after_bytes` of it.
    Upload,
    /// Before the answer. A socket is accepted, then nothing is sent or read, pings included.
    Headers,
    /// In the middle of the body.
    Body,
    /// Sockets: pings come and are answered, but no frame.
    Frames,
}
