//! The options of a select and which of them the form starts with.
//!
//! Options arrive as objects of several spellings, as bare values, as an object of values and labels, or as any of these
//! in a string; their values may be of any type and are compared and sent as text (`PROTOCOL.md` sections 5.4 and 31).

use serde_json::Value;

use super::definition::SelectOption;
use crate::lenient;
use crate::models::Parameter;

const VALUE_KEYS: [&str; 3] = ["value", "id", "key"];
const LABEL_KEYS: [&str; 4] = ["label", "name", "title", "text"];
const MULTIPLE_KEYS: [&str; 5] = ["multiple", "isMultiple", "multi", "isMulti", "multiselect"];
/// Words of help that only a list of several choices is given.
const MULTIPLE_WORDS: [&str; 4] = [
    "select one or more",
    "choose one or more",
    "select multiple",
    "choose multiple",
];

/// What a schema says about the choices of a select.
#[derive(Debug, Default)]
pub(super) struct Choices {
    /// Usable options in published order, each value once.
    pub(super) options: Vec<SelectOption>,
    /// Whether they are true and false, published as JSON booleans.
    pub(super) boolean: bool,
    /// Whether several may be chosen.
    pub(super) multiple: bool,
    /// How many options had no value that could be sent.
    pub(super) unusable: usize,
}

impl Choices {
    pub(super) fn read(parameter: &Parameter, help: Option<&str>) -> Self {
        let mut choices = Self::default();
        let mut booleans = 0;
        let published = published(parameter);
        for entry in &published {
            let Some(option) = read_option(entry) else {
                choices.unusable += 1;
                continue;
            };
            booleans += usize::from(value_of(entry).is_boolean());
            if choices.find_value(&option.value).is_none() {
                choices.options.push(option);
            }
        }
        choices.multiple = choices.is_multiple(parameter, help);
        // By what is published, not by what it reads like: "true" and "false" as text go out as text, which is what the
        // service's own form sends (`PROTOCOL.md` section 31).
        choices.boolean = !choices.multiple
            && booleans == published.len()
            && ["true", "false"].map(|value| choices.find_value(value).is_some()) == [true; 2];
        choices
    }

    /// Whether there is nothing to choose from: no options, or only a blank one. Lists that the service loads when its
    /// own form is opened are published so.
    pub(super) fn is_blank(&self) -> bool {
        self.options.iter().all(|option| option.value.is_empty())
    }

    /// The default as the text a [`super::Field`] keeps: one option, or several joined by commas.
    pub(super) fn starting_with(&self, published: &Value) -> Option<String> {
        if self.multiple {
            let chosen: Vec<&str> = texts_of(self, published)
                .iter()
                .filter_map(|text| self.meant_by(text))
                .filter(|value| !value.is_empty())
                .collect();
            return joined(&chosen);
        }
        let one = match published {
            Value::Array(items) if items.len() == 1 => &items[0],
            other => other,
        };
        let text = lenient::scalar(Some(value_of(one)))?;
        self.meant_by(&text).map(str::to_owned)
    }

    /// No field for it is documented; these are taken when they are there. A default that is a list asks for a list.
    fn is_multiple(&self, parameter: &Parameter, help: Option<&str>) -> bool {
        let said = MULTIPLE_KEYS
            .iter()
            .find_map(|key| lenient::boolean(parameter.extra.get(*key)));
        let by_default = || {
            let is_option = || {
                lenient::text(parameter.default.as_ref()).and_then(|text| self.find_value(&text))
            };
            matches!(
                lenient::json(parameter.default.as_ref()),
                Some(Value::Array(_))
            ) && is_option().is_none()
        };
        let by_help = || {
            let help = help.unwrap_or_default().to_lowercase();
            MULTIPLE_WORDS.iter().any(|words| help.contains(words))
        };
        said.unwrap_or_else(|| by_default() || by_help())
    }

    fn find_value(&self, value: &str) -> Option<&SelectOption> {
        self.options.iter().find(|option| option.value == value)
    }

    /// The value of the option a default names: by its value, as the same number, or by its label.
    fn meant_by(&self, text: &str) -> Option<&str> {
        let same_number = || {
            let wanted = lenient::parse_decimal(text)?;
            let is_it = |option: &&SelectOption| {
                lenient::parse_decimal(&option.value).is_some_and(|value| value == wanted)
            };
            self.options.iter().find(is_it)
        };
        let labelled = || self.options.iter().find(|option| option.label == text);
        self.find_value(text)
            .or_else(same_number)
            .or_else(labelled)
            .map(|option| option.value.as_str())
    }
}

/// The options named in one text: an option itself, a JSON array, or several joined by commas.
pub(super) fn chosen_in(text: &str, options: &[SelectOption]) -> Vec<String> {
    if options.iter().any(|option| option.value == text) {
        return vec![text.to_owned()];
    }
    match serde_json::from_str(text) {
        Ok(Value::Array(values)) => lenient::texts(Some(&Value::Array(values))),
        _ => text
            .split(',')
            .map(|value| value.trim().to_owned())
            .collect(),
    }
}

fn joined(values: &[&str]) -> Option<String> {
    let survives_joining = |value: &&str| !value.contains(',') && value.trim() == *value;
    match values {
        [] => None,
        [only] => Some((*only).to_owned()),
        several if several.iter().all(survives_joining) => Some(several.join(",")),
        several => Some(Value::from(several).to_string()),
    }
}

/// The texts of a default that may name several options.
fn texts_of(choices: &Choices, published: &Value) -> Vec<String> {
    if let Some(Value::Array(items)) = lenient::json(Some(published)) {
        return items
            .iter()
            .filter_map(|item| lenient::scalar(Some(value_of(item))))
            .collect();
    }
    let text = lenient::scalar(Some(value_of(published))).unwrap_or_default();
    if choices.meant_by(&text).is_some() {
        vec![text]
    } else {
        chosen_in(&text, &[])
    }
}

/// The options as they were published, which a parameter keeps when they were not in the usual form.
fn published(parameter: &Parameter) -> Vec<Value> {
    let source = lenient::json(parameter.extra.get("options"));
    match source {
        Some(Value::Array(entries)) => entries,
        Some(Value::Object(entries)) => {
            let pairs: Vec<(&str, &Value)> = entries
                .iter()
                .map(|(key, value)| (key.as_str(), value))
                .collect();
            from_pairs(parameter, &pairs)
        }
        _ => parameter
            .options
            .iter()
            .map(crate::models::ParameterOption::to_value)
            .collect(),
    }
}

/// Options published as one object. Its keys are the values and what they hold the labels, as in the forms of most web
/// frameworks, unless the default is found only the other way round.
fn from_pairs(parameter: &Parameter, pairs: &[(&str, &Value)]) -> Vec<Value> {
    let default = lenient::text(parameter.default.as_ref());
    let is_default = |text: &str| default.as_deref() == Some(text);
    let held = |value: &Value| lenient::text(Some(value)).unwrap_or_default();
    let keys_are_labels = !pairs.iter().any(|(key, _)| is_default(key))
        && pairs.iter().any(|(_, value)| is_default(&held(value)));
    pairs
        .iter()
        .map(|(key, value)| match value {
            Value::Object(_) if read_option(value).is_some() => (*value).clone(),
            value if keys_are_labels => serde_json::json!({"label": key, "value": value}),
            value => serde_json::json!({"label": held(value), "value": key}),
        })
        .collect()
}

/// One option; `None` when it has neither a value nor a label.
fn read_option(entry: &Value) -> Option<SelectOption> {
    let named = LABEL_KEYS
        .iter()
        .find_map(|key| lenient::text(entry.get(*key)));
    let value = match value_of(entry) {
        // Empty, `null` and absent are alike (`PROTOCOL.md` section 4.2): a choice that sends nothing in particular.
        Value::Null if entry.is_null() || has_value_key(entry) => String::new(),
        Value::Null => named.clone()?,
        value => sent_text(value)?,
    };
    let label = named.unwrap_or_else(|| value.clone());
    Some(SelectOption { label, value })
}

fn has_value_key(entry: &Value) -> bool {
    VALUE_KEYS.iter().any(|key| entry.get(*key).is_some())
}

/// The value of an option or of a default, which may be an option itself.
fn value_of(entry: &Value) -> &Value {
    match entry {
        Value::Object(object) => VALUE_KEYS
            .iter()
            .find_map(|key| object.get(*key))
            .unwrap_or(&Value::Null),
        bare => bare,
    }
}

/// What is sent for a value; a structure is its JSON.
fn sent_text(value: &Value) -> Option<String> {
    match value {
        Value::Array(items) => (!items.is_empty()).then(|| value.to_string()),
        Value::Object(entries) => (!entries.is_empty()).then(|| value.to_string()),
        scalar => lenient::scalar(Some(scalar)),
    }
}
