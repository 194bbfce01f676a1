//! What each field comes down to: defaults, and the value that will be on the wire.

use serde_json::Value;

use super::definition::{
    Control, Field, FormDefinition, OPEN_SELECT, OPEN_SELECT_MULTIPLE, SelectOption,
};
use super::files;
use super::options::chosen_in;
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
        let field = self.field(key).or_else(|| self.field_of_url_key(key));
        let Some(field) = field else {
            return match answers.get(key)? {
                Answer::Text(text) => Some(text.clone()),
                Answer::List(values) => Some(values.join(",")),
                Answer::Files(given) => Some(files::text_of(given)),
            };
        };
        if matches!(field.control, Control::Files { .. }) {
            return Some(files::text_of(&field.given_files(answers)));
        }
        match field.sent(answers.get(key)).ok()? {
            Sent::Omitted => field.default.clone(),
            Sent::One(value) => lenient::scalar(Some(&value)).or_else(|| Some(value.to_string())),
            Sent::Many(values) => Some(values.join(",")),
            Sent::Files(given) => Some(files::text_of(&given)),
        }
    }

    /// How many files and addresses a parameter gets, under its own key or that of its twin.
    pub(crate) fn value_count(&self, answers: &Answers, key: &str) -> usize {
        let field = self.field(key).or_else(|| self.field_of_url_key(key));
        match field {
            Some(field) if matches!(field.control, Control::Files { .. }) => {
                field.given_files(answers).len()
            }
            _ => answers.get(key).map_or(0, files::count_of),
        }
    }

    /// The file field whose addresses travel under this key.
    pub(super) fn field_of_url_key(&self, key: &str) -> Option<&Field> {
        self.fields().find(|field| field.url_key() == Some(key))
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
            Control::Raw { type_name }
                if [OPEN_SELECT, OPEN_SELECT_MULTIPLE].contains(&type_name.as_str()) =>
            {
                default.map(Answer::text)
            }
            Control::Text | Control::TextArea | Control::Raw { .. } => {
                Some(Answer::text(default.unwrap_or_default()))
            }
            Control::Number { .. } | Control::Range { .. } => default.map(Answer::text),
            Control::Select {
                options,
                multiple: true,
                ..
            } => default.map(|text| Answer::List(chosen_in(text, options))),
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

    pub(super) fn problem(&self, kind: ProblemKind, message: impl Into<String>) -> FieldProblem {
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
            } => self.files(files::given(answer, *mode), *mode, *max_files),
            Control::Raw { type_name } => Ok(self.raw(answer, type_name)),
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
            answer => chosen_in(self.one_text(answer)?, options),
        };
        let is_unknown = |value: &&String| {
            !value.is_empty() && options.iter().all(|option| option.value != **value)
        };
        match values.iter().find(is_unknown) {
            Some(other) => Err(self.not_an_option(other, options)),
            None => Ok(many(values.iter().map(String::as_str))),
        }
    }

    /// An answer of a type this version does not know: JSON when it is an array or object, a boolean when the default reads
    /// as one (D-26), else the text as it is. What may be several is always an array.
    fn raw(&self, answer: &Answer, type_name: &str) -> Sent {
        match answer {
            Answer::Text(text) if type_name == OPEN_SELECT_MULTIPLE => {
                many(chosen_in(text, &[]).iter().map(String::as_str))
            }
            Answer::Text(text) => match serde_json::from_str(text) {
                Ok(value @ (Value::Array(_) | Value::Object(_))) => Sent::One(value),
                Ok(value @ Value::Bool(_)) if self.has_boolean_default() => Sent::One(value),
                _ => Sent::One(Value::from(text.as_str())),
            },
            Answer::List(values) => many(values.iter().map(String::as_str)),
            Answer::Files(given) => match files::without_blanks(given) {
                given if given.is_empty() => Sent::Omitted,
                given => Sent::Files(given),
            },
        }
    }

    fn has_boolean_default(&self) -> bool {
        matches!(self.default.as_deref(), Some("true" | "false"))
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
}

/// Several values without the blank ones; omitted when none is left.
fn many<'a>(values: impl Iterator<Item = &'a str>) -> Sent {
    let values: Vec<String> = values
        .filter(|value| !value.is_empty())
        .map(str::to_owned)
        .collect();
    if values.is_empty() {
        Sent::Omitted
    } else {
        Sent::Many(values)
    }
}

/// A JSON number, whole where it can be, and its size for comparing.
fn json_number(text: &str) -> Option<(Value, f64)> {
    let size: f64 = lenient::f64(Some(&Value::from(text)))?;
    let whole = lenient::i64(Some(&Value::from(text))).map(Value::from);
    let whole = whole.or_else(|| lenient::u64(Some(&Value::from(text))).map(Value::from));
    Some((whole.unwrap_or_else(|| Value::from(size)), size))
}
