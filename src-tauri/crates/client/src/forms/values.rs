//! What each field comes down to: defaults, and the value that will be on the wire.

use serde_json::Value;
use url::Url;

use super::definition::{Control, Field, FileMode, FormDefinition, SelectOption};
use super::problem::{FieldProblem, ProblemKind};
use super::request::{Answer, Answers, FileSource};
use crate::lenient;

/// Parameters every model takes (`PROTOCOL.md` section 6.1).
pub(super) const COMMON_FIELDS: [&str; 2] = ["callbackUrl", "projectid"];

/// The value of one field, ready to be written in either encoding.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Sent {
    /// Left out of the request.
    Omitted,
    /// A scalar, or raw JSON.
    One(Value),
    /// Several values under one key.
    Many(Vec<String>),
    /// Files and addresses.
    Files(Vec<FileSource>),
}

impl FormDefinition {
    /// What the form starts with. Text-like fields without a default start as the empty text, which is sent as it is,
    /// as the service's own form does (D-26); numbers, selects and files without a default are absent.
    pub fn defaults(&self) -> Answers {
        self.fields()
            .filter_map(|field| Some((field.id.clone(), field.starting_answer()?)))
            .collect()
    }

    /// The value of a parameter as text, as the price rules compare it (`PROTOCOL.md` section 13.4): what is sent, else
    /// the default. `None` when it is not known.
    pub(crate) fn value_text(&self, answers: &Answers, key: &str) -> Option<String> {
        let answer = answers.get(key);
        let Some(field) = self.field(key) else {
            return match answer {
                Some(Answer::Text(text)) => Some(text.clone()),
                Some(Answer::List(values)) => Some(values.join(",")),
                Some(Answer::Files(files)) => only_address(files),
                None => None,
            };
        };
        match field.sent(answer).ok()? {
            Sent::Omitted => field.default.clone(),
            Sent::One(value) => lenient::scalar(Some(&value)).or_else(|| Some(value.to_string())),
            Sent::Many(values) => Some(values.join(",")),
            Sent::Files(files) => only_address(&files),
        }
    }

    /// How many files and addresses a parameter gets, under its own key or that of its twin.
    pub(crate) fn value_count(&self, answers: &Answers, key: &str) -> usize {
        let Some(field) = self.field(key).or_else(|| self.field_of_url_key(key)) else {
            return answers.get(key).map_or(0, count_of);
        };
        let twin = field.url_key().and_then(|twin| answers.get(twin));
        answers.get(&field.id).map_or(0, count_of) + twin.map_or(0, count_of)
    }

    /// The file field whose addresses travel under this key.
    pub(super) fn field_of_url_key(&self, key: &str) -> Option<&Field> {
        self.fields().find(|field| field.url_key() == Some(key))
    }
}

fn only_address(files: &[FileSource]) -> Option<String> {
    match files {
        [FileSource::Url(url)] => Some(url.clone()),
        _ => None,
    }
}

fn count_of(answer: &Answer) -> usize {
    match answer {
        Answer::Text(text) => text
            .split(',')
            .filter(|part| !part.trim().is_empty())
            .count(),
        Answer::List(values) => values.len(),
        Answer::Files(files) => files.len(),
    }
}

impl Field {
    pub(super) fn url_key(&self) -> Option<&str> {
        match &self.control {
            Control::Files { url_key, .. } => url_key.as_deref(),
            _ => None,
        }
    }

    fn starting_answer(&self) -> Option<Answer> {
        let default = self.default.as_deref();
        match &self.control {
            // A select whose options are not published takes no made-up value.
            Control::Raw { type_name } if type_name == "select" => default.map(Answer::text),
            Control::Text | Control::TextArea | Control::Raw { .. } => {
                Some(Answer::text(default.unwrap_or_default()))
            }
            Control::Number { .. } | Control::Range { .. } => default.map(Answer::text),
            Control::Select { multiple: true, .. } => default.map(|text| {
                Answer::List(text.split(',').map(|part| part.trim().to_owned()).collect())
            }),
            Control::Select { options, .. } => {
                let empty = options
                    .iter()
                    .any(|option| option.value.is_empty())
                    .then_some("");
                default.or(empty).map(Answer::text)
            }
            Control::Files { .. } => None,
        }
    }

    fn problem(&self, kind: ProblemKind, message: impl Into<String>) -> FieldProblem {
        FieldProblem::new(&self.id, kind, message)
    }

    pub(super) fn required_problem(&self) -> FieldProblem {
        let what = if matches!(self.control, Control::Files { .. }) {
            " needs a file or an address."
        } else {
            " is required."
        };
        self.problem(ProblemKind::Required, format!("{}{what}", self.label))
    }

    /// The value this answer comes down to.
    pub(super) fn sent(&self, answer: Option<&Answer>) -> Result<Sent, FieldProblem> {
        let Some(answer) = answer else {
            return Ok(Sent::Omitted);
        };
        match &self.control {
            Control::Text | Control::TextArea => Ok(Sent::One(Value::from(self.one_text(answer)?))),
            Control::Number { min, max, .. } => self.number(answer, *min, *max),
            Control::Range { min, max, .. } => self.number(answer, Some(*min), Some(*max)),
            Control::Select {
                options,
                multiple: true,
                ..
            } => self.several(answer, options),
            Control::Select {
                options, boolean, ..
            } => self.option(answer, options, *boolean),
            Control::Files {
                mode, max_files, ..
            } => self.files(answer, *mode, *max_files),
            Control::Raw { .. } => Ok(raw(answer)),
        }
    }

    fn one_text<'a>(&self, answer: &'a Answer) -> Result<&'a str, FieldProblem> {
        match answer {
            Answer::Text(text) => Ok(text),
            Answer::List(_) => Err(self.problem(
                ProblemKind::WrongKind,
                format!("{} takes one value.", self.label),
            )),
            Answer::Files(_) => Err(self.problem(
                ProblemKind::WrongKind,
                format!("{} takes text, not a file.", self.label),
            )),
        }
    }

    fn number(
        &self,
        answer: &Answer,
        min: Option<f64>,
        max: Option<f64>,
    ) -> Result<Sent, FieldProblem> {
        let text = self.one_text(answer)?.trim();
        if text.is_empty() {
            return Ok(Sent::Omitted);
        }
        let Some((value, size)) = json_number(text) else {
            return Err(self.problem(
                ProblemKind::NotANumber,
                format!("{} must be a number.", self.label),
            ));
        };
        if min.is_some_and(|min| size < min) || max.is_some_and(|max| size > max) {
            let bounds = match (min, max) {
                (Some(min), Some(max)) => format!("between {min} and {max}"),
                (Some(min), None) => format!("at least {min}"),
                (None, max) => format!("at most {}", max.unwrap_or_default()),
            };
            return Err(self.problem(
                ProblemKind::OutOfRange,
                format!("{} must be {bounds}.", self.label),
            ));
        }
        Ok(Sent::One(value))
    }

    fn option(
        &self,
        answer: &Answer,
        options: &[SelectOption],
        boolean: bool,
    ) -> Result<Sent, FieldProblem> {
        let text = match answer {
            Answer::List(values) if values.is_empty() => "",
            Answer::List(values) if values.len() == 1 => values[0].as_str(),
            answer => self.one_text(answer)?,
        };
        if options.iter().any(|option| option.value == text) {
            return Ok(Sent::One(if boolean {
                Value::Bool(text == "true")
            } else {
                Value::from(text)
            }));
        }
        if text.trim().is_empty() {
            Ok(Sent::Omitted)
        } else {
            Err(self.not_an_option(text, options))
        }
    }

    fn several(&self, answer: &Answer, options: &[SelectOption]) -> Result<Sent, FieldProblem> {
        let values = match answer {
            Answer::List(values) => values.clone(),
            answer => vec![self.one_text(answer)?.to_owned()],
        };
        let values: Vec<String> = values
            .into_iter()
            .filter(|value| !value.is_empty())
            .collect();
        match values
            .iter()
            .find(|value| options.iter().all(|option| option.value != **value))
        {
            Some(other) => Err(self.not_an_option(other, options)),
            None if values.is_empty() => Ok(Sent::Omitted),
            None => Ok(Sent::Many(values)),
        }
    }

    fn not_an_option(&self, value: &str, options: &[SelectOption]) -> FieldProblem {
        const SHOWN: usize = 12;
        let named: Vec<&str> = options
            .iter()
            .map(|option| option.value.as_str())
            .filter(|value| !value.is_empty())
            .collect();
        let more = if named.len() > SHOWN { ", ..." } else { "" };
        let list = named
            .iter()
            .take(SHOWN)
            .copied()
            .collect::<Vec<_>>()
            .join(", ");
        let value: String = value.chars().take(80).collect();
        self.problem(
            ProblemKind::NotAnOption,
            format!(
                "{} must be one of {list}{more}; \"{value}\" is not.",
                self.label
            ),
        )
    }

    fn files(
        &self,
        answer: &Answer,
        mode: FileMode,
        max_files: Option<u32>,
    ) -> Result<Sent, FieldProblem> {
        let files = match answer {
            Answer::Files(files) => files.clone(),
            Answer::List(addresses) => addresses.iter().cloned().map(FileSource::Url).collect(),
            Answer::Text(address) => vec![FileSource::Url(address.clone())],
        };
        let files: Vec<FileSource> = files.into_iter().filter_map(trimmed).collect();
        let limit = if mode == FileMode::Single {
            1
        } else {
            max_files.map_or(usize::MAX, |count| count as usize)
        };
        if files.len() > limit {
            let noun = if limit == 1 {
                "file or address"
            } else {
                "files or addresses"
            };
            let message = format!("{} takes {limit} {noun}, not {}.", self.label, files.len());
            return Err(self.problem(ProblemKind::TooManyFiles, message));
        }
        for file in &files {
            if let FileSource::Url(address) = file
                && !is_web_address(address)
            {
                let message = format!(
                    "{}: only http and https addresses can be fetched.",
                    self.label
                );
                return Err(self.problem(ProblemKind::BadAddress, message));
            }
        }
        Ok(if files.is_empty() {
            Sent::Omitted
        } else {
            Sent::Files(files)
        })
    }
}

/// A file without its blanks; nothing when nothing is left.
fn trimmed(file: FileSource) -> Option<FileSource> {
    match file {
        FileSource::Url(address) => {
            let address = address.trim();
            (!address.is_empty()).then(|| FileSource::Url(address.to_owned()))
        }
        FileSource::Path(path) => (!path.as_os_str().is_empty()).then_some(FileSource::Path(path)),
    }
}

fn is_web_address(address: &str) -> bool {
    Url::parse(address).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// An answer of a type this version does not know: JSON when it is an array or object, else as it is.
fn raw(answer: &Answer) -> Sent {
    match answer {
        Answer::Text(text) => Sent::One(match serde_json::from_str(text) {
            Ok(value @ (Value::Array(_) | Value::Object(_))) => value,
            _ => Value::from(text.as_str()),
        }),
        Answer::List(values) if values.is_empty() => Sent::Omitted,
        Answer::List(values) => Sent::Many(values.clone()),
        Answer::Files(files) => {
            let files: Vec<FileSource> = files.iter().cloned().filter_map(trimmed).collect();
            if files.is_empty() {
                Sent::Omitted
            } else {
                Sent::Files(files)
            }
        }
    }
}

/// A JSON number, whole where it can be, and its size for comparing.
fn json_number(text: &str) -> Option<(Value, f64)> {
    let size: f64 = lenient::f64(Some(&Value::from(text)))?;
    let whole = lenient::i64(Some(&Value::from(text))).map(Value::from);
    let whole = whole.or_else(|| lenient::u64(Some(&Value::from(text))).map(Value::from));
    Some((whole.unwrap_or_else(|| Value::from(size)), size))
}
