//! The schema of a model's inputs (`PROTOCOL.md` section 5.4).

use serde_json::{Map, Value};

use crate::lenient;
use crate::wire::codec::{Bound, Codec, Entries, Flag, Free, Many, Text, many};
use crate::wire::{Expected, Found, Shape, is_blank, record};

record! {
    /// A titled group of parameters. A bare parameter counts as a group of one.
    pub struct ParameterGroup [alone] {
        /// Heading.
        pub title: Option<String> = Text["title"],
        /// The parameters.
        pub items: Vec<Parameter> = Many["items"],
    }
}

record! {
    /// One parameter of a model. A `null` is one that nothing is known of.
    pub struct Parameter bare nothing_known; {
        /// The key to send.
        pub id: Option<String> = Text["id"],
        /// The published type name; unknown ones are kept.
        pub type_name: Option<String> = Text["type"],
        /// What the person reads.
        pub label: Option<String> = Text["label"],
        /// Longer help.
        pub description: Option<String> = Text["description"],
        /// Longer help, the more usual key.
        pub note: Option<String> = Text["note"],
        /// Text for an empty control.
        pub placeholder: Option<String> = Text["placeholder"],
        /// Whether the service insists on it; absent means no.
        pub required: Option<bool> = Flag["required"],
        /// The value a form starts with; any JSON.
        pub default: Option<Value> = Free["default"],
        /// Options of a select.
        pub options: Vec<ParameterOption> = Options["options"],
        /// Smallest value.
        pub min: Option<f64> = Bound["min"],
        /// Greatest value.
        pub max: Option<f64> = Bound["max"],
        /// Distance between values.
        pub step: Option<f64> = Bound["step"],
    }
}

record! {
    /// One option of a select parameter. A bare scalar, `null` included, is its own label.
    pub struct ParameterOption bare option_of_scalar; {
        /// What the person reads.
        pub label: Option<String> = Text["label"],
        /// What is sent; any scalar.
        pub value: Value = Free["value"],
    }
}

fn nothing_known(value: &Value) -> Option<Parameter> {
    value.is_null().then(Parameter::default)
}

fn option_of_scalar(value: &Value) -> Option<ParameterOption> {
    let is_scalar = !value.is_array() && !value.is_object();
    is_scalar.then(|| ParameterOption {
        value: value.clone(),
        ..ParameterOption::default()
    })
}

impl Parameter {
    /// Whether the service refuses a run without it.
    pub fn is_required(&self) -> bool {
        self.required.unwrap_or(false)
    }
}

impl ParameterOption {
    /// What is sent, as text; an option whose value is no scalar has none.
    pub fn value_text(&self) -> Option<String> {
        lenient::scalar(Some(&self.value))
    }
}

/// The groups of a schema. `null` and anything that is no list mean that no schema is published.
pub(super) struct Groups;

impl Codec<Option<Vec<ParameterGroup>>> for Groups {
    fn read(found: &Found<'_>, shape: &mut Shape) -> Option<Vec<ParameterGroup>> {
        let (key, value) = found.first()?;
        let value = lenient::json(Some(value))?;
        let grouped = match value {
            Value::Array(items) => items.into_iter().map(in_a_group).collect(),
            // A lone group or parameter. Any other object must not pass for a schema without inputs.
            Value::Object(fields) if fields.contains_key("items") || fields.contains_key("id") => {
                in_a_group(Value::Object(fields))
            }
            other if is_blank(&other) => return None,
            other => {
                shape.at_key(key, |shape| {
                    shape.mismatch(Expected::List("ParameterGroup"), &other);
                });
                return None;
            }
        };
        shape.at_key(key, |shape| many(&grouped, shape))
    }

    fn write(value: &Option<Vec<ParameterGroup>>, keys: &[&'static str]) -> Entries {
        <Many as Codec<Option<Vec<ParameterGroup>>>>::write(value, keys)
    }
}

/// Puts a parameter that stands outside any group into one of its own.
fn in_a_group(value: Value) -> Value {
    let is_bare = value.get("id").is_some() && !value.get("items").is_some_and(Value::is_array);
    if !is_bare {
        return value;
    }
    let mut group = Map::new();
    group.insert("items".to_owned(), Value::Array(vec![value]));
    Value::Object(group)
}

/// Options: objects or bare scalars, or one object that gives the label of each value.
struct Options;

impl Codec<Vec<ParameterOption>> for Options {
    fn read(found: &Found<'_>, shape: &mut Shape) -> Vec<ParameterOption> {
        let Some((key, value)) = found.first() else {
            return Vec::new();
        };
        match lenient::json(Some(value)) {
            Some(Value::Object(labels)) => labels
                .iter()
                .map(|(value, label)| ParameterOption {
                    label: lenient::text(Some(label)),
                    value: Value::from(value.as_str()),
                    ..ParameterOption::default()
                })
                .collect(),
            Some(list @ Value::Array(_)) => shape
                .at_key(key, |shape| many(&list, shape))
                .unwrap_or_default(),
            _ => Vec::new(),
        }
    }

    fn write(value: &Vec<ParameterOption>, keys: &[&'static str]) -> Entries {
        <Many as Codec<Vec<ParameterOption>>>::write(value, keys)
    }
}
