//! A task as it is kept on disk, and as `Task/Detail` shows it.

use std::time::{SystemTime, UNIX_EPOCH};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// The statuses a task passes (`PROTOCOL.md` section 7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Status {
    #[serde(rename = "task_queue")]
    Queue,
    #[serde(rename = "task_accept")]
    Accept,
    #[serde(rename = "task_preprocess_start")]
    PreprocessStart,
    #[serde(rename = "task_preprocess_end")]
    PreprocessEnd,
    #[serde(rename = "task_assign")]
    Assign,
    #[serde(rename = "task_start")]
    Start,
    #[serde(rename = "task_end")]
    End,
    #[serde(rename = "task_postprocess_start")]
    PostprocessStart,
    #[serde(rename = "task_postprocess_end")]
    PostprocessEnd,
    #[serde(rename = "task_cancel")]
    Cancel,
    /// Fatal before the model ran; seen only by polling.
    #[serde(rename = "task_error")]
    Error,
}

impl Status {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Queue => "task_queue",
            Self::Accept => "task_accept",
            Self::PreprocessStart => "task_preprocess_start",
            Self::PreprocessEnd => "task_preprocess_end",
            Self::Assign => "task_assign",
            Self::Start => "task_start",
            Self::End => "task_end",
            Self::PostprocessStart => "task_postprocess_start",
            Self::PostprocessEnd => "task_postprocess_end",
            Self::Cancel => "task_cancel",
            Self::Error => "task_error",
        }
    }

    pub(crate) fn is_terminal(self) -> bool {
        matches!(self, Self::PostprocessEnd | Self::Cancel | Self::Error)
    }

    /// Cancelling is for what waits.
    pub(crate) fn can_be_cancelled(self) -> bool {
        self == Self::Queue
    }

    /// Killing is for what a worker has. Documented is "after assignment"; from `task_accept` on is a reading that leaves
    /// no status in which neither call works.
    pub(crate) fn can_be_killed(self) -> bool {
        self != Self::Queue && !self.is_terminal()
    }
}

/// A file of a task under `files/<task>/<key>/<file>`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StoredFile {
    /// Unguessable segment of its URL.
    pub(crate) key: String,
    /// Its name on disk and in its URL.
    pub(crate) file: String,
    pub(crate) content_type: String,
    pub(crate) bytes: u64,
    /// What the answer says instead, where a fault plan asked for a lie.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub(crate) lies: Map<String, Value>,
}

impl StoredFile {
    pub(crate) fn url(&self, origin: &str, task: u64) -> String {
        let name =
            percent_encoding::utf8_percent_encode(&self.file, percent_encoding::NON_ALPHANUMERIC)
                .to_string()
                .replace("%2E", ".")
                .replace("%2D", "-")
                .replace("%5F", "_");
        format!("{origin}/files/{task}/{}/{name}", self.key)
    }

    /// An output entry in file form (`PROTOCOL.md` section 7.2).
    fn output(&self, origin: &str, task: u64) -> Value {
        let mut entry = json!({
            "name": self.file,
            "contenttype": self.content_type,
            "size": self.bytes.to_string(),
            "url": self.url(origin, task),
        });
        if let Some(entry) = entry.as_object_mut() {
            entry.extend(self.lies.clone());
        }
        entry
    }
}

/// What a language model said, phase by phase: `thinking[i]` led to `answer[i]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Text {
    pub(crate) prompt: String,
    pub(crate) thinking: Vec<String>,
    pub(crate) answer: Vec<String>,
}

impl Text {
    /// As the model wrote it, thoughts within `<think>` tags (`PROTOCOL.md` section 11, C-11).
    pub(crate) fn raw(&self) -> String {
        let phases = self.thinking.len().max(self.answer.len());
        let phase = |phase: usize| {
            let thinking = self.thinking.get(phase);
            let thinking = thinking.map(|thought| format!("<think>{thought}</think>"));
            let answer = self.answer.get(phase).cloned();
            [thinking, answer].map(Option::unwrap_or_default).concat()
        };
        (0..phases).map(phase).collect()
    }

    /// The message of `task_output_full`.
    pub(crate) fn full(&self) -> Value {
        json!({ "raw": self.raw(), "thinking": self.thinking, "answer": self.answer })
    }

    /// An output entry in the form for language models (`PROTOCOL.md` section 7.2).
    fn output(&self) -> Value {
        json!({
            "contenttype": "raw",
            "content": {
                "prompt": self.prompt,
                "raw": self.raw(),
                "thinking": self.thinking,
                "answer": self.answer,
            },
        })
    }
}

/// What a task has made.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Output {
    File(StoredFile),
    Text(Text),
}

impl Output {
    /// The entry as answers and frames show it.
    pub(crate) fn wire(&self, origin: &str, task: u64) -> Value {
        match self {
            Self::File(file) => file.output(origin, task),
            Self::Text(text) => text.output(),
        }
    }

    pub(crate) fn is_file(&self) -> bool {
        matches!(self, Self::File(_))
    }

    pub(crate) fn into_file(self) -> Option<StoredFile> {
        match self {
            Self::File(file) => Some(file),
            Self::Text(_) => None,
        }
    }
}

/// One value of a file parameter.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Input {
    Stored(StoredFile),
    Url(String),
}

/// A file parameter's values in the order they were given.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct InputList {
    pub(crate) field: String,
    /// True for parameters that take a list, whose submitted value is shown as one.
    pub(crate) many: bool,
    pub(crate) values: Vec<Input>,
}

/// A task as it is kept on disk.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Task {
    pub(crate) id: u64,
    pub(crate) token: String,
    pub(crate) owner: String,
    pub(crate) project: String,
    pub(crate) description: String,
    /// `json` or `multipart`, whichever way it came.
    pub(crate) encoding: String,
    /// Everything but uploads, as it was submitted.
    pub(crate) parameters: Map<String, Value>,
    pub(crate) inputs: Vec<InputList>,
    pub(crate) callback: Option<String>,
    /// What the model it trains shall be called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) trained_model: Option<String>,
    pub(crate) status: Status,
    pub(crate) pexit: String,
    pub(crate) debug_output: String,
    pub(crate) debug_error: String,
    pub(crate) created_ms: u64,
    pub(crate) start_ms: Option<u64>,
    pub(crate) end_ms: Option<u64>,
    pub(crate) elapsed: Decimal,
    pub(crate) cost: Decimal,
    pub(crate) outputs: Vec<Output>,
    /// Its files were deleted on request (`PROTOCOL.md` section 7.6); the record stays.
    #[serde(default)]
    pub(crate) files_deleted: bool,
}

impl Task {
    pub(crate) fn slug(&self) -> String {
        format!("{}/{}", self.owner, self.project)
    }

    /// Whether it trains a model of this name, or did.
    pub(crate) fn holds(&self, name: Option<&str>) -> bool {
        let failed = match self.status {
            Status::Cancel | Status::Error => true,
            Status::PostprocessEnd => self.pexit != "0",
            _ => false,
        };
        name.is_some() && self.trained_model.as_deref() == name && !failed
    }

    /// The task as `Task/Detail` and `Task/List` show it, types as in `PROTOCOL.md` section 4.2.
    pub(crate) fn wire(&self, origin: &str) -> Value {
        let outputs: Vec<Value> = self
            .outputs
            .iter()
            .map(|output| output.wire(origin, self.id))
            .collect();
        json!({
            "id": self.id.to_string(),
            "socketaccesstoken": self.token,
            "parameters": self.submitted(origin),
            "status": self.status.name(),
            "pexit": self.pexit,
            "debugoutput": self.debug_output,
            "debugerror": self.debug_error,
            "starttime": seconds(self.start_ms),
            "endtime": seconds(self.end_ms),
            "elapsedseconds": format!("{:.4}", self.elapsed_now().round_dp(4)),
            "totalcost": if self.cost.is_zero() { "0".to_owned() } else { format!("{:.12}", self.cost) },
            "modeldescription": self.description,
            "modelslugowner": self.owner,
            "modelslugproject": self.project,
            "outputfolderid": if self.files_deleted { "0".to_owned() } else { self.id.to_string() },
            "teamguid": null,
            "outputs": outputs,
        })
    }

    /// The request as it was understood: what the echoing models say back.
    pub(crate) fn request(&self, origin: &str) -> Value {
        let files = self
            .inputs
            .iter()
            .flat_map(|list| list.values.iter().map(move |input| (&list.field, input)));
        let files = files.map(|(field, input)| match input {
            Input::Stored(file) => json!({
                "field": field, "name": file.file, "contenttype": file.content_type, "size": file.bytes.to_string(),
            }),
            Input::Url(url) => json!({ "field": field, "url": url }),
        });
        json!({
            "model": self.slug(),
            "encoding": self.encoding,
            "parameters": self.submitted(origin),
            "files": files.collect::<Vec<_>>(),
        })
    }

    /// Parameters as sent, uploaded files as the URLs they can be fetched from.
    fn submitted(&self, origin: &str) -> Map<String, Value> {
        let mut parameters = self.parameters.clone();
        let uploaded = |list: &&InputList| {
            list.values
                .iter()
                .any(|input| matches!(input, Input::Stored(_)))
        };
        for list in self.inputs.iter().filter(uploaded) {
            let mut urls = list.values.iter().map(|input| match input {
                Input::Stored(file) => Value::from(file.url(origin, self.id)),
                Input::Url(url) => Value::from(url.as_str()),
            });
            let value = if list.many {
                Value::from(urls.collect::<Vec<_>>())
            } else {
                urls.next().unwrap_or_default()
            };
            parameters.insert(list.field.clone(), value);
        }
        parameters
    }

    fn elapsed_now(&self) -> Decimal {
        if self.status.is_terminal() {
            self.elapsed
        } else {
            self.elapsed_until(now_ms())
        }
    }

    /// Seconds from when a worker took it: what is shown and what is charged.
    pub(crate) fn elapsed_until(&self, ms: u64) -> Decimal {
        let started = self.start_ms.unwrap_or(ms);
        Decimal::from(ms.saturating_sub(started)) / Decimal::from(1000)
    }
}

/// Unix seconds as text, empty while unset.
fn seconds(ms: Option<u64>) -> String {
    ms.map(|ms| (ms / 1000).to_string()).unwrap_or_default()
}

pub(crate) fn now_ms() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_can_be_stopped_by_one_call_at_most() {
        use Status::{
            Accept, Assign, Cancel, End, Error, PostprocessEnd, PostprocessStart, PreprocessEnd,
            PreprocessStart, Queue, Start,
        };
        let waiting = [Queue];
        let running = [
            Accept,
            PreprocessStart,
            PreprocessEnd,
            Assign,
            Start,
            End,
            PostprocessStart,
        ];
        let ended = [PostprocessEnd, Cancel, Error];
        let stoppable = |status: Status| (status.can_be_cancelled(), status.can_be_killed());
        for (statuses, expected) in [
            (&waiting[..], (true, false)),
            (&running, (false, true)),
            (&ended, (false, false)),
        ] {
            for status in statuses {
                assert_eq!(stoppable(*status), expected, "{}", status.name());
            }
        }
    }

    #[test]
    fn text_shows_its_thoughts_in_tags_before_each_answer() {
        let text = |thinking: &[&str], answer: &[&str]| {
            let list = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
            let text = Text {
                prompt: String::new(),
                thinking: list(thinking),
                answer: list(answer),
            };
            text.raw()
        };
        assert_eq!(text(&[], &["a"]), "a");
        assert_eq!(text(&["t"], &["a"]), "<think>t</think>a");
        assert_eq!(
            text(&["t", "u"], &["a"]),
            "<think>t</think>a<think>u</think>"
        );
    }

    #[test]
    fn outputs_are_read_as_what_they_were_written() {
        let file = r#"{"key":"k","file":"0.png","content_type":"image/png","bytes":3}"#;
        let text = r#"{"prompt":"p","thinking":[],"answer":["a"]}"#;
        for (json, is_file) in [(file, true), (text, false)] {
            let output: Output = serde_json::from_str(json).unwrap();
            assert_eq!(output.is_file(), is_file);
            assert_eq!(serde_json::to_string(&output).unwrap(), json);
        }
    }
}
