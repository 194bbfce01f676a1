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
//! `File/Upload`, `files/<task>/<key>/<name>`, `uploads/<id>/<key>/<name>`. Two names are not requests: `socket` counts
//! socket connections, `output` counts files that tasks produce. Every rule counts its own matches from 1; `nth` is one
//! of them (`1`), several (`[1, 3]`) or a span with both ends in it (`{"to": 3}`, `{"from": 2}`, `{"from": 2, "to": 4}`);
//! without it the rule acts on each. The first rule that acts wins.
//!
//! | what goes wrong | `on` | `do` |
//! |---|---|---|
//! | 401, 403, 429, 404 ... as an error envelope, the first three times | `"path": "Task/Detail", "nth": {"to": 3}` | `"status": 429` |
//! | with a wait: seconds, a date, nonsense | any request | `"status": 429, "retry_after": "7"` |
//! | 500, 502, 503, 504 as a page of HTML | any request | `"status": 502` |
//! | the same with a body or headers of one's own | any request | `"status": 500, "body": "{}", "headers": {"x": "y"}` |
//! | a redirect: 301, 302, 307, 308 | any request, a socket | `"status": 307, "headers": {"location": "http://..."}` |
//! | the answer is lost, but the request was handled | any request | `"close": "answer", "when": "after"`; a status as well |
//! | the connection ends in place of an answer | any request, a socket | `"close": "answer"` |
//! | the connection ends during an upload | a request with a body | `"close": "upload", "after_bytes": 65536` |
//! | an answer that is not what it should be: no JSON, no ids, other types | any request | `"body": "{\"result\":tru"`, with `"when": "after"` if it shall have been handled |
//! | the body ends early | any request | `"truncate": 100` |
//! | nothing comes, not even headers | any request | `"stall": "headers"` |
//! | half of the body comes, then nothing | any request | `"stall": "body"` |
//! | it takes long | any request, a socket | `"delay_ms": 2000` |
//! | a download says another length or type than it has | `"path": "files/*"` | `"headers": {"content-length": "9", "content-type": "text/html"}` |
//! | a download is gone or forbidden | `"path": "files/*"` | `"status": 404` |
//! | a task's output claims another name, type, size or address | `"path": "output"` | `"name": "../x", "contenttype": "text/html", "size": "1", "url": "http://..."` |
//! | a socket is refused | `"path": "socket"` | `"status": 503` |
//! | a socket opens and stays silent | `"path": "socket"` | `"stall": "headers"` |
//! | a socket drops right after a status | `"path": "socket"` | `"drop_after": "task_start"` |
//! | frames of no type, foreign, doubled, late or no JSON | `"path": "socket"` | `"inject": {"after": "task_end", "frames": [{"type": "task_start", "tasktoken": "{tasktoken}"}]}` |

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
    /// All from one to another.
    Span(Span),
}

/// Neighbouring matches, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// The first; 1 unless given.
    #[serde(default = "first_match")]
    pub from: u64,
    /// The last; absent is no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<u64>,
}

fn first_match() -> u64 {
    1
}

impl Nth {
    fn includes(&self, count: u64) -> bool {
        match self {
            Self::One(nth) => *nth == count,
            Self::Several(several) => several.contains(&count),
            Self::Span(span) => count >= span.from && span.to.is_none_or(|to| count <= to),
        }
    }
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
    /// Requests, refused sockets: additional or replaced headers. A `content-length` is sent as it stands, true or not.
    pub headers: Map<String, Value>,
    /// Requests: the `Retry-After` header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<String>,
    /// Requests, sockets: closes the connection instead of answering.
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
    /// What to send: text as it stands, anything else as JSON. `{tasktoken}` and `{id}` in it become the genuine
    /// frame's, so that frames can be doubled or come late.
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
            let due = rule.on.nth.as_ref().is_none_or(|nth| nth.includes(count));
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
    fn spans_have_both_ends_in_them() {
        let cases = [
            (json!(2), vec![2]),
            (json!([1, 4]), vec![1, 4]),
            (json!({"to": 3}), vec![1, 2, 3]),
            (json!({"from": 4}), vec![4, 5]),
            (json!({"from": 2, "to": 3}), vec![2, 3]),
            (json!({}), vec![1, 2, 3, 4, 5]),
        ];
        for (nth, expected) in cases {
            let span: Nth = serde_json::from_value(nth.clone()).unwrap();
            let due: Vec<u64> = (1..=5).filter(|count| span.includes(*count)).collect();
            assert_eq!(due, expected, "{nth}");
        }
    }

    #[test]
    fn mistyped_plans_are_refused() {
        let plans = [
            json!({"rules": [{"on": {"path": "*"}, "do": {"statuz": 500}}]}),
            json!({"rules": [{"on": {"path": "*", "nth": {"till": 3}}, "do": {"status": 500}}]}),
        ];
        for plan in plans {
            assert!(
                serde_json::from_value::<FaultPlan>(plan.clone()).is_err(),
                "{plan}"
            );
        }
    }
}
