//! Fault plans: what to do wrong, and when, as data.
//!
//! ```json
//! {"rules": [
//!   {"on": {"path": "Run/*", "nth": 1}, "do": {"status": 502, "when": "after"}},
//!   {"on": {"path": "Task/Detail", "nth": [2, 3]}, "do": {"status": 429, "retry_after": "1"}},
//!   {"on": {"path": "Run/*"}, "do": {"close": "upload", "after_bytes": 65536}},
//!   {"on": {"path": "output", "nth": 1}, "do": {"name": "../../evil.png", "contenttype": "text/html"}},
//!   {"on": {"path": "files/*"}, "do": {"truncate": 100}},
//!   {"on": {"path": "socket", "nth": 1}, "do": {"drop_after": "task_start"}}
//! ]}
//! ```
//!
//! `path` is the request's path without `/v1/`, where `*` stands for anything: `Tool/List`, `Run/owner/model`,
//! `files/<task>/<key>/<name>`. Two names are not requests: `socket` counts socket connections, `output` counts
//! files that tasks produce. Every rule counts its own matches from 1; without `nth` it acts on each. The first
//! rule that acts wins.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use fs_err as fs;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::Error;

/// What a Sandbox shall do wrong.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultPlan {
    /// Looked at in order.
    pub rules: Vec<FaultRule>,
}

/// One thing to do wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultRule {
    /// When.
    pub on: Trigger,
    /// What.
    #[serde(rename = "do")]
    pub action: FaultAction,
}

/// When a rule acts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trigger {
    /// A path, or `socket` or `output`; `*` stands for anything.
    pub path: String,
    /// Which of the rule's matches, from 1; absent is every one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nth: Option<Nth>,
}

/// One match or several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Nth {
    /// This one only.
    One(u64),
    /// Each of these.
    Several(Vec<u64>),
}

/// What goes wrong. Members that make no sense for a trigger are ignored.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FaultAction {
    /// Requests, sockets: waits so long first.
    pub delay_ms: u64,
    /// Requests: whether the request is handled before things go wrong.
    pub when: When,
    /// Requests, sockets: answers with this status. Without `body` that is an error envelope, from 500 on HTML.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Requests: the body instead, verbatim; with status 200 if none is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Requests: additional or replaced headers.
    pub headers: Map<String, Value>,
    /// Requests: the `Retry-After` header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<String>,
    /// Requests: closes the connection instead of answering.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub close: Option<Close>,
    /// Requests with `close: "upload"`: after this many bytes of the body.
    pub after_bytes: u64,
    /// Requests: promises the whole body, sends this many bytes of it and closes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truncate: Option<usize>,
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
    /// Sockets: sends frames that do not belong there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inject: Option<Injection>,
}

/// Frames to slip in after a genuine one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Injection {
    /// The type of the genuine frame.
    pub after: String,
    /// What to send: text as it stands, anything else as JSON.
    pub frames: Vec<Value>,
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
    /// Before the answer. A socket is accepted, then nothing is sent, pings included.
    Headers,
    /// In the middle of the body.
    Body,
}

impl FaultPlan {
    /// Reads a plan from a JSON file.
    pub fn read(path: &Path) -> Result<Self, Error> {
        serde_json::from_slice(&fs::read(path)?).map_err(|source| Error::parse(path, source))
    }

    /// A plan of one rule, which acts on the `nth` match.
    pub fn once(path: &str, nth: u64, action: FaultAction) -> Self {
        let on = Trigger {
            path: path.to_owned(),
            nth: Some(Nth::One(nth)),
        };
        Self {
            rules: vec![FaultRule { on, action }],
        }
    }
}

/// A plan and how often each of its rules matched.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    rules: Vec<(FaultRule, AtomicU64)>,
}

impl Faults {
    pub(crate) fn new(plan: FaultPlan) -> Self {
        Self {
            rules: plan
                .rules
                .into_iter()
                .map(|rule| (rule, AtomicU64::new(0)))
                .collect(),
        }
    }

    /// Counts this event and says what to do wrong about it.
    pub(crate) fn next(&self, path: &str) -> Option<&FaultAction> {
        let mut acting = None;
        for (rule, seen) in &self.rules {
            if !glob(&rule.on.path, path) {
                continue;
            }
            let count = seen.fetch_add(1, Ordering::Relaxed) + 1;
            let due = match &rule.on.nth {
                None => true,
                Some(Nth::One(nth)) => *nth == count,
                Some(Nth::Several(several)) => several.contains(&count),
            };
            if due && acting.is_none() {
                acting = Some(&rule.action);
            }
        }
        acting
    }
}

/// `*` stands for any text, slashes included.
fn glob(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, rest)) => text.strip_prefix(head).is_some_and(|tail| {
            let mut starts = tail
                .char_indices()
                .map(|(index, _)| index)
                .chain([tail.len()]);
            starts.any(|start| glob(rest, &tail[start..]))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn globs_match_anything_in_between() {
        assert!(
            glob("Run/*", "Run/sandbox/pattern")
                && glob("*", "")
                && glob("files/*/0.png", "files/1/k/0.png")
        );
        assert!(
            !glob("Run/*", "Tool/List")
                && !glob("files/*/0.png", "files/1/k/1.png")
                && !glob("Run", "Run/x")
        );
    }

    #[test]
    fn rules_count_their_own_matches() {
        let plan = json!({"rules": [
            {"on": {"path": "Task/Detail", "nth": [2, 3]}, "do": {"status": 429}},
            {"on": {"path": "Task/*", "nth": 2}, "do": {"status": 500}},
        ]});
        let faults = Faults::new(serde_json::from_value(plan).unwrap());
        let status = |path: &str| faults.next(path).and_then(|action| action.status);
        assert_eq!(status("Task/List"), None);
        assert_eq!(status("Task/Detail"), Some(500));
        assert_eq!(status("Task/Detail"), Some(429));
        assert_eq!(status("Task/Detail"), Some(429));
        assert_eq!(status("Task/Detail"), None);
    }

    #[test]
    fn mistyped_plans_are_refused() {
        let plan = json!({"rules": [{"on": {"path": "*"}, "do": {"statuz": 500}}]});
        assert!(serde_json::from_value::<FaultPlan>(plan).is_err());
    }
}
