//! Changes to what is sent: to the members of JSON, or to its text.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::glob;

/// The longest filling. More than any client should take.
const FILL_LIMIT: usize = 256 * 1_048_576;

/// Changes to an answer or a frame, in the order of these members. What is no JSON object is only changed as text.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Edit {
    /// Sockets: frames of this type only; `*` stands for anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frames: Option<String>,
    /// Members to put in or to replace, by JSON pointer: `/tasklist/0/status`.
    pub set: Map<String, Value>,
    /// Members to take out, by JSON pointer.
    pub remove: Vec<String>,
    /// Puts everything but `result` and `errors` into a member of this name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wrap: Option<String>,
    /// Texts to replace in what is sent, each wherever it occurs.
    pub replace: Vec<Replacement>,
    /// Text to put before all: a byte order mark.
    pub prefix: String,
}

/// A text and what comes in its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replacement {
    /// What is looked for.
    pub from: String,
    /// What comes instead.
    pub to: String,
}

impl Edit {
    /// Whether it is meant for frames of this type.
    pub(crate) fn concerns(&self, kind: &str) -> bool {
        self.frames
            .as_deref()
            .is_none_or(|frames| glob(frames, kind))
    }

    pub(crate) fn apply(&self, text: String) -> String {
        let mut text = self.reshape(&text).unwrap_or(text);
        for Replacement { from, to } in self.replace.iter().filter(|pair| !pair.from.is_empty()) {
            text = text.replace(from, &expand(to));
        }
        format!("{}{text}", self.prefix)
    }

    /// The members changed; `None` when there is nothing to change or no object.
    fn reshape(&self, text: &str) -> Option<String> {
        if self.set.is_empty() && self.remove.is_empty() && self.wrap.is_none() {
            return None;
        }
        let mut body: Value = serde_json::from_str(text).ok().filter(Value::is_object)?;
        for (pointer, value) in &self.set {
            set(&mut body, pointer, value);
        }
        for pointer in &self.remove {
            remove(&mut body, pointer);
        }
        if let (Some(name), Value::Object(members)) = (&self.wrap, &mut body) {
            let (kept, wrapped): (Map<_, _>, Map<_, _>) = std::mem::take(members)
                .into_iter()
                .partition(|(key, _)| ["result", "errors"].contains(&key.as_str()));
            *members = kept;
            members.insert(name.clone(), wrapped.into());
        }
        Some(body.to_string())
    }
}

/// A pointer's parent and last segment.
fn parent<'a>(body: &'a mut Value, pointer: &str) -> Option<(&'a mut Value, String)> {
    let (parent, last) = pointer.rsplit_once('/')?;
    let last = last.replace("~1", "/").replace("~0", "~");
    Some((body.pointer_mut(parent)?, last))
}

/// A place that is not there stays so, unless only its last member is missing.
fn set(body: &mut Value, pointer: &str, value: &Value) {
    match parent(body, pointer) {
        Some((Value::Object(members), key)) => {
            members.insert(key, value.clone());
        }
        Some((Value::Array(items), index)) => {
            let index = index.parse().ok();
            if let Some(item) = index.and_then(|index: usize| items.get_mut(index)) {
                *item = value.clone();
            }
        }
        _ => {}
    }
}

fn remove(body: &mut Value, pointer: &str) {
    match parent(body, pointer) {
        Some((Value::Object(members), key)) => {
            members.shift_remove(&key);
        }
        Some((Value::Array(items), index)) => {
            let index = index.parse().ok();
            if let Some(index) = index.filter(|index: &usize| *index < items.len()) {
                items.remove(index);
            }
        }
        _ => {}
    }
}

/// A planned text with `{date}`, `{date+20}` or `{date-20}` as an HTTP date so many seconds from now, and `{fill:1000}` as so
/// many letters.
pub(crate) fn expand(text: &str) -> String {
    let mut expanded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, tail)) = rest.split_once('{') {
        expanded.push_str(before);
        let filled = tail
            .split_once('}')
            .and_then(|(name, after)| Some((placeholder(name)?, after)));
        if let Some((value, after)) = filled {
            expanded.push_str(&value);
            rest = after;
        } else {
            expanded.push('{');
            rest = tail;
        }
    }
    expanded.push_str(rest);
    expanded
}

fn placeholder(name: &str) -> Option<String> {
    if let Some(count) = name.strip_prefix("fill:") {
        let count: usize = count.parse().ok()?;
        return Some("x".repeat(count.min(FILL_LIMIT)));
    }
    let shift = name.strip_prefix("date")?;
    let seconds: i64 = if shift.is_empty() {
        0
    } else {
        shift.parse().ok()?
    };
    let distance = Duration::from_secs(seconds.unsigned_abs());
    let now = SystemTime::now();
    let moment = if seconds < 0 {
        now.checked_sub(distance)
    } else {
        now.checked_add(distance)
    };
    // Later years than 9999 have no HTTP date.
    let last = Duration::from_secs(253_402_300_799);
    moment
        .filter(|moment| {
            moment
                .duration_since(SystemTime::UNIX_EPOCH)
                .is_ok_and(|since| since <= last)
        })
        .map(httpdate::fmt_http_date)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn edited(edit: Value, text: &str) -> String {
        serde_json::from_value::<Edit>(edit)
            .unwrap()
            .apply(text.to_owned())
    }

    #[test]
    fn members_and_text_are_changed() {
        let body = r#"{"result":true,"errors":[],"total":"1","tasklist":[{"id":"7","pexit":"0"}]}"#;
        let cases = [
            (json!({}), body.to_owned()),
            (json!({ "set": { "/tasklist/0/status": "task_dream", "/tasklist/0/pexit": 0 } }),
             body.replace(r#""pexit":"0""#, r#""pexit":0,"status":"task_dream""#)),
            (json!({ "set": { "/tasklist/4/id": 1, "/none/deep": 1, "no pointer": 1 } }), body.to_owned()),
            (json!({ "set": { "/tasklist/0": null } }), body.replace(r#"{"id":"7","pexit":"0"}"#, "null")),
            (json!({ "remove": ["/tasklist/0/pexit", "/errors", "/none"] }),
             r#"{"result":true,"total":"1","tasklist":[{"id":"7"}]}"#.to_owned()),
            (json!({ "remove": ["/tasklist/0"] }), body.replace(r#"{"id":"7","pexit":"0"}"#, "")),
            (json!({ "wrap": "data" }),
             r#"{"result":true,"errors":[],"data":{"total":"1","tasklist":[{"id":"7","pexit":"0"}]}}"#.to_owned()),
            (json!({ "replace": [{ "from": "\"1\"", "to": "1e400" }, { "from": "\"id\"", "to": "\"id\":\"8\",\"id\"" }] }),
             body.replace("\"1\"", "1e400").replace("\"id\"", "\"id\":\"8\",\"id\"")),
            (json!({ "prefix": "\u{feff}" }), format!("\u{feff}{body}")),
        ];
        for (edit, expected) in cases {
            assert_eq!(edited(edit.clone(), body), expected, "{edit}");
        }
        let set = json!({ "set": { "/a": 1 }, "wrap": "data", "prefix": "!" });
        assert_eq!(edited(set, "<html>"), "!<html>");
    }

    #[test]
    fn placeholders_become_dates_and_fillings_and_nothing_else_does() {
        let now = httpdate::fmt_http_date(SystemTime::now());
        let later = httpdate::parse_http_date(&expand("{date+3600}")).unwrap();
        let ahead = later
            .duration_since(httpdate::parse_http_date(&now).unwrap())
            .unwrap();
        assert!((3600..3605).contains(&ahead.as_secs()), "{ahead:?}");
        assert!(httpdate::parse_http_date(&expand("{date-86400}")).unwrap() < SystemTime::now());
        let cases = [
            ("a{fill:3}b{fill:0}c", "axxxbc"),
            (r#"{"result":true,"n":{}}"#, r#"{"result":true,"n":{}}"#),
            ("{date+many}{fill:-1}{", "{date+many}{fill:-1}{"),
            ("{date+999999999999}", "{date+999999999999}"),
        ];
        for (text, expected) in cases {
            assert_eq!(expand(text), expected);
        }
    }
}
