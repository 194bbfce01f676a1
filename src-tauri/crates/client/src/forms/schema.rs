//! From the loose schema of a model to a form (`PROTOCOL.md` section 5.4).
//!
//! Never fails: what cannot be used is left out or shown as raw text, and a [`FormWarning`] says so.

use std::collections::HashSet;

use serde_json::Value;

use super::definition::{
    Control, Field, FieldGroup, FileMode, FormDefinition, OPEN_SELECT, OPEN_SELECT_MULTIPLE,
};
use super::file_count;
use super::options::Choices;
use crate::lenient;
use crate::models::{Model, Parameter, ParameterGroup};

/// Something of a schema that could not be used as it was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormWarning {
    /// The parameter, or the group's heading when the parameter has no id.
    pub field: String,
    /// What was done instead, in a plain sentence.
    pub message: String,
}

impl FormDefinition {
    /// The form of a schema; `None` makes a form without schema, which sends every answer as it is.
    pub fn from_parameters(parameters: &Option<Vec<ParameterGroup>>) -> Self {
        Self::read(parameters.as_deref()).0
    }

    /// The form of a model.
    pub fn from_model(model: &Model) -> Self {
        Self::from_parameters(&model.parameters)
    }

    /// The form of a schema, with what was odd about it.
    pub fn read(parameters: Option<&[ParameterGroup]>) -> (Self, Vec<FormWarning>) {
        let Some(published) = parameters else {
            return (
                Self {
                    groups: Vec::new(),
                    has_schema: false,
                },
                Vec::new(),
            );
        };
        let mut seen = HashSet::new();
        let parameters = published.iter().flat_map(|group| &group.items);
        let mut reader = Reader {
            known: parameters
                .filter_map(|parameter| Some((parameter.id.as_deref()?, parameter)))
                .filter(|(id, _)| seen.insert(*id))
                .collect(),
            seen: HashSet::new(),
            warnings: Vec::new(),
        };
        let groups = published
            .iter()
            .map(|group| reader.group(group))
            .filter(|group| !group.fields.is_empty())
            .collect();
        (
            Self {
                groups,
                has_schema: true,
            },
            reader.warnings,
        )
    }
}

struct Reader<'a> {
    /// All parameters, the first of each id.
    known: Vec<(&'a str, &'a Parameter)>,
    /// Ids met so far.
    seen: HashSet<&'a str>,
    warnings: Vec<FormWarning>,
}

impl<'a> Reader<'a> {
    fn warn(&mut self, field: &str, message: impl Into<String>) {
        self.warnings.push(FormWarning {
            field: field.to_owned(),
            message: message.into(),
        });
    }

    fn group(&mut self, group: &'a ParameterGroup) -> FieldGroup {
        let title = group.title.clone().unwrap_or_default();
        let mut fields = Vec::new();
        for parameter in &group.items {
            let Some(id) = parameter.id.as_deref() else {
                self.warn(&title, "A parameter without an id is left out.");
                continue;
            };
            if !self.seen.insert(id) {
                self.warn(id, "A second parameter of the same id is left out.");
                continue;
            }
            if !self.is_twin(id) {
                fields.push(self.field(parameter, id));
            }
        }
        FieldGroup { title, fields }
    }

    /// Whether this text parameter only takes the addresses of a file parameter, which then shows it.
    fn is_twin(&self, id: &str) -> bool {
        self.known
            .iter()
            .filter(|(_, owner)| has_url_key(owner))
            .any(|(owner, _)| self.twin_of(owner).is_some_and(|(twin, _)| twin == id))
    }

    /// The schema's own parameter for the addresses of a file parameter.
    fn twin_of(&self, id: &str) -> Option<(&'a str, &'a Parameter)> {
        let twins = || {
            self.known
                .iter()
                .filter(|(twin, parameter)| is_text_like(parameter) && is_url_twin(id, twin))
        };
        let by_contract = contract_url_key(id);
        let exact = twins().find(|(twin, _)| *twin == by_contract);
        exact.or_else(|| twins().next()).copied()
    }

    /// The key for addresses; none when the schema uses that name for something else.
    fn url_key(&self, id: &str) -> Option<String> {
        if let Some((twin, _)) = self.twin_of(id) {
            return Some(twin.to_owned());
        }
        let by_contract = contract_url_key(id);
        let taken = self.known.iter().any(|(other, _)| *other == by_contract);
        (!taken).then_some(by_contract)
    }

    fn field(&mut self, parameter: &Parameter, id: &str) -> Field {
        let label = parameter
            .label
            .clone()
            .filter(|label| !label.trim().is_empty())
            .unwrap_or_else(|| id.to_owned());
        let help = help(parameter);
        let (control, default) = self.control(parameter, id, help.as_deref());
        let twin_required = match &control {
            Control::Files {
                url_key: Some(_), ..
            } => self.twin_of(id).is_some_and(|(_, twin)| twin.is_required()),
            _ => false,
        };
        Field {
            id: id.to_owned(),
            label,
            help,
            placeholder: parameter.placeholder.clone(),
            required: parameter.is_required() || twin_required,
            default,
            control,
        }
    }

    fn control(
        &mut self,
        parameter: &Parameter,
        id: &str,
        help: Option<&str>,
    ) -> (Control, Option<String>) {
        let default = default_text(parameter);
        let type_name = parameter.type_name.as_deref().unwrap_or("text").trim();
        match type_name.to_ascii_lowercase().as_str() {
            "text" | "" => (Control::Text, default),
            "textarea" => (Control::TextArea, default),
            "number" | "numeric" | "integer" | "float" | "range" => {
                self.number(parameter, id, default)
            }
            "select" => self.select(parameter, id, help),
            "fileinput" => (self.files(parameter, id, FileMode::Single, help), None),
            "multifileinput" => (self.files(parameter, id, FileMode::Separate, help), None),
            "combinefileinput" => (self.files(parameter, id, FileMode::Combined, help), None),
            _ => {
                self.warn(
                    id,
                    format!("The type {type_name} is unknown; it is filled in as raw text."),
                );
                (
                    Control::Raw {
                        type_name: type_name.to_owned(),
                    },
                    raw_default(parameter),
                )
            }
        }
    }

    fn number(
        &mut self,
        parameter: &Parameter,
        id: &str,
        default: Option<String>,
    ) -> (Control, Option<String>) {
        let is_type = |name: &str| {
            parameter
                .type_name
                .as_deref()
                .is_some_and(|own| own.trim().eq_ignore_ascii_case(name))
        };
        let (mut min, mut max) = (parameter.min, parameter.max);
        if min.zip(max).is_some_and(|(min, max)| min > max) {
            self.warn(
                id,
                "The smallest value is greater than the greatest; neither is used.",
            );
            (min, max) = (None, None);
        }
        let step = parameter
            .step
            .filter(|step| *step > 0.0)
            .or_else(|| is_type("integer").then_some(1.0));
        let control = match (min, max) {
            (Some(min), Some(max)) if is_type("range") && min < max => {
                Control::Range { min, max, step }
            }
            _ => Control::Number { min, max, step },
        };
        if is_type("range") && !matches!(control, Control::Range { .. }) {
            self.warn(
                id,
                "The range has no usable bounds; it is filled in as a number.",
            );
        }
        let usable = default.filter(|text| {
            let number = lenient::f64(Some(&Value::from(text.as_str())));
            number.is_some_and(|number| {
                min.is_none_or(|min| number >= min) && max.is_none_or(|max| number <= max)
            })
        });
        if usable.is_none() && default_text(parameter).is_some() {
            self.warn(
                id,
                "The default is no number within the bounds; it is not used.",
            );
        }
        (control, usable)
    }

    fn select(
        &mut self,
        parameter: &Parameter,
        id: &str,
        help: Option<&str>,
    ) -> (Control, Option<String>) {
        let choices = Choices::read(parameter, help);
        for _ in 0..choices.unusable {
            self.warn(id, "An option without a value is left out.");
        }
        if choices.is_blank() {
            self.warn(id, "No options are published; it is filled in as raw text.");
            let type_name = if choices.multiple {
                OPEN_SELECT_MULTIPLE
            } else {
                OPEN_SELECT
            };
            return (
                Control::Raw {
                    type_name: type_name.to_owned(),
                },
                default_text(parameter),
            );
        }
        let default = parameter
            .default
            .as_ref()
            .and_then(|published| choices.starting_with(published));
        if default.is_none() && default_text(parameter).is_some() {
            self.warn(id, "The default is not among the options; it is not used.");
        }
        let control = Control::Select {
            options: choices.options,
            multiple: choices.multiple,
            boolean: choices.boolean,
        };
        (control, default)
    }

    fn files(
        &self,
        parameter: &Parameter,
        id: &str,
        mode: FileMode,
        help: Option<&str>,
    ) -> Control {
        let url_key = match mode {
            FileMode::Combined => None,
            FileMode::Single | FileMode::Separate => self.url_key(id),
        };
        let max_files = match mode {
            FileMode::Single => Some(1),
            FileMode::Separate | FileMode::Combined => {
                published_count(parameter).or_else(|| help.and_then(file_count::from_prose))
            }
        };
        Control::Files {
            mode,
            max_files,
            url_key,
        }
    }
}

/// `PROTOCOL.md` section 6.3.
fn contract_url_key(id: &str) -> String {
    format!("{id}Url")
}

fn type_is(parameter: &Parameter, names: &[&str]) -> bool {
    let own = parameter.type_name.as_deref().unwrap_or("text").trim();
    names.iter().any(|name| own.eq_ignore_ascii_case(name))
}

fn is_text_like(parameter: &Parameter) -> bool {
    type_is(parameter, &["text", "textarea", ""])
}

/// Types whose addresses may travel under a key of their own.
fn has_url_key(parameter: &Parameter) -> bool {
    type_is(parameter, &["fileinput", "multifileinput"])
}

/// Whether `twin` is the key of a file parameter with one `Url` put in: `inputImageUrl` for `inputImage`, but also
/// `inputDocumentUrlMultiple` for `inputDocumentMultiple`.
fn is_url_twin(id: &str, twin: &str) -> bool {
    ["Url", "URL", "_url", "Urls", "URLs", "_urls"]
        .iter()
        .any(|mark| {
            twin.match_indices(mark).any(|(at, _)| {
                let (before, after) = (&twin[..at], &twin[at + mark.len()..]);
                id.len() == before.len() + after.len()
                    && id.starts_with(before)
                    && id.ends_with(after)
            })
        })
}

/// Help as published; a lone translation key such as `Prompt-help` says nothing and is left out.
fn help(parameter: &Parameter) -> Option<String> {
    let is_key = |text: &str| text.ends_with("-help") && !text.contains(char::is_whitespace);
    let usable = |text: &Option<String>| {
        text.clone()
            .filter(|text| !text.trim().is_empty() && !is_key(text.trim()))
    };
    match (usable(&parameter.note), usable(&parameter.description)) {
        (Some(note), Some(description)) if note != description => {
            Some(format!("{note}\n{description}"))
        }
        (note, description) => note.or(description),
    }
}

/// The default as text; a list becomes its comma-joined values, other structures their JSON.
fn default_text(parameter: &Parameter) -> Option<String> {
    let default = parameter.default.as_ref()?;
    match default {
        Value::Array(items)
            if items
                .iter()
                .all(|item| lenient::scalar(Some(item)).is_some()) =>
        {
            Some(lenient::texts(Some(default)).join(",")).filter(|text| !text.is_empty())
        }
        Value::Array(_) | Value::Object(_) => Some(default.to_string()),
        _ => lenient::text(Some(default)),
    }
}

/// The default of a type this version does not know; a structure stays the JSON it is, and is sent as such.
fn raw_default(parameter: &Parameter) -> Option<String> {
    match parameter.default.as_ref()? {
        structure @ (Value::Array(_) | Value::Object(_)) => Some(structure.to_string()),
        _ => default_text(parameter),
    }
}

/// How many files fit, from a key of the parameter. None is documented; these are taken when they are there.
fn published_count(parameter: &Parameter) -> Option<u32> {
    const KEYS: [&str; 6] = [
        "maxfiles",
        "maxfilecount",
        "maxcount",
        "maxitems",
        "filelimit",
        "filecount",
    ];
    let named = parameter
        .extra
        .iter()
        .filter(|(key, _)| KEYS.contains(&key.replace('_', "").to_lowercase().as_str()))
        .find_map(|(_, value)| lenient::u64(Some(value)));
    let bound = || lenient::u64(parameter.max.map(Value::from).as_ref());
    named
        .or_else(bound)
        .and_then(|count| u32::try_from(count).ok())
        .filter(|count| *count > 0)
}
