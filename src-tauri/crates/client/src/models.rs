//! Models of the catalogue (`PROTOCOL.md` section 5).
//!
//! Decoding never fails: a field of an unexpected type stays as it was in `extra`, together with every unknown key.
//! Encoding gives back what was decoded, key for key.

mod query;

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

pub use query::{ModelPage, ModelQuery, detail_body};

use crate::lenient;
use crate::slug::ModelSlug;

/// The pseudo-category every model carries (`PROTOCOL.md` section 5.1).
const PSEUDO_CATEGORY: &str = "tool";

/// A model, from the list or from its detail. Everything may be missing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Model {
    /// The clean slug, when the answer held one that can be put into a path.
    pub slug: Option<ModelSlug>,
    /// The service's number for it.
    pub id: Option<String>,
    /// What the person reads.
    pub title: Option<String>,
    /// A sentence or two, as published.
    pub description: Option<String>,
    /// Address of a picture.
    pub image: Option<String>,
    /// Typical computing time in the service's words, such as `10 seconds`.
    pub computing_time: Option<String>,
    /// Category slugs, the pseudo-category `tool` included.
    pub categories: Vec<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// HTML, hostile until cleaned.
    pub readme: Option<String>,
    /// The inputs; `None` when the service publishes no schema.
    pub parameters: Option<Vec<ParameterGroup>>,
    /// Price rules as they came: an array, or a string of JSON (`PROTOCOL.md` section 13.1).
    pub dynamic_price: Option<Value>,
    /// USD per second of processing, for models without price rules.
    pub cps: Option<Decimal>,
    /// Average cost of a run in USD, for models without price rules.
    pub approximate_cost: Option<Decimal>,
    /// How its runs went.
    pub task_stat: Option<TaskStat>,
    /// Addresses of sample results.
    pub samples: Vec<String>,
    /// Every key not read above, and the source of every value that was not understood whole.
    pub extra: Map<String, Value>,
}

/// Counts of a model's runs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TaskStat {
    /// All runs.
    pub runs: Option<u64>,
    /// Runs that succeeded.
    pub successes: Option<u64>,
    /// Runs that failed.
    pub errors: Option<u64>,
    /// Unix milliseconds of the last run.
    pub last_run_ms: Option<i64>,
    /// The source of what was not understood.
    pub extra: Map<String, Value>,
}

/// A titled group of parameters (`PROTOCOL.md` section 5.4).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ParameterGroup {
    /// Heading.
    pub title: Option<String>,
    /// The parameters.
    pub items: Vec<Parameter>,
    /// Unknown keys.
    pub extra: Map<String, Value>,
}

/// One parameter of a model (`PROTOCOL.md` section 5.4).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Parameter {
    /// The key to send.
    pub id: Option<String>,
    /// The published type name.
    pub type_name: Option<String>,
    /// What the person reads.
    pub label: Option<String>,
    /// Longer help.
    pub description: Option<String>,
    /// Longer help, the more usual key.
    pub note: Option<String>,
    /// Text for an empty control.
    pub placeholder: Option<String>,
    /// Whether the service insists on it; absent means no.
    pub required: Option<bool>,
    /// The value a form starts with; any JSON.
    pub default: Option<Value>,
    /// Options of a select.
    pub options: Vec<ParameterOption>,
    /// Smallest value.
    pub min: Option<f64>,
    /// Greatest value.
    pub max: Option<f64>,
    /// Distance between values.
    pub step: Option<f64>,
    /// Unknown keys.
    pub extra: Map<String, Value>,
}

/// One option of a select parameter.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ParameterOption {
    /// What the person reads.
    pub label: Option<String>,
    /// What is sent; any scalar.
    pub value: Value,
    /// Unknown keys.
    pub extra: Map<String, Value>,
}

/// Starts an object's encoding from the typed fields that are there.
fn encoded(fields: impl IntoIterator<Item = (&'static str, Option<Value>)>) -> Map<String, Value> {
    fields
        .into_iter()
        .filter_map(|(key, value)| Some((key.to_owned(), value?)))
        .collect()
}

/// What of `source` the typed encoding does not give back.
fn leftover(source: &Map<String, Value>, typed: &Map<String, Value>) -> Map<String, Value> {
    let lost = |(key, value): &(&String, &Value)| typed.get(*key) != Some(*value);
    source
        .iter()
        .filter(lost)
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

fn joined(mut typed: Map<String, Value>, extra: &Map<String, Value>) -> Value {
    typed.extend(
        extra
            .iter()
            .map(|(key, value)| (key.clone(), value.clone())),
    );
    Value::Object(typed)
}

fn string(value: Option<&String>) -> Option<Value> {
    value.map(|text| Value::from(text.as_str()))
}

fn amount(value: Option<Decimal>) -> Option<Value> {
    value.map(|number| Value::from(number.to_string()))
}

/// A whole bound goes out as a JSON integer, as most services write it.
fn bound(value: Option<f64>) -> Option<Value> {
    value.map(|number| {
        lenient::i64(Some(&Value::from(number)))
            .filter(|_| number.fract() == 0.0)
            .map_or_else(|| Value::from(number), Value::from)
    })
}

impl Model {
    /// Reads a model; anything that is no object becomes a model that knows nothing.
    pub fn from_value(value: &Value) -> Self {
        let Value::Object(source) = value else {
            return Self::default();
        };
        let get = |key: &str| source.get(key);
        let half = |clean: &str, shown: &str| {
            lenient::text(get(clean)).or_else(|| lenient::text(get(shown)))
        };
        let slug = half("cleanslugowner", "slugowner")
            .zip(half("cleanslugproject", "slugproject"))
            .and_then(|(owner, project)| ModelSlug::new(&owner, &project).ok());
        let mut model = Self {
            slug,
            id: lenient::text(get("id")),
            title: lenient::text(get("title")),
            description: lenient::text(get("description")),
            image: lenient::text(get("image")),
            computing_time: lenient::text(get("computingtime")),
            categories: lenient::texts(get("categories")),
            tags: lenient::texts(get("tags")),
            readme: lenient::text(get("readme")),
            parameters: read_groups(get("parameters")),
            dynamic_price: get("dynamicprice")
                .filter(|price| !price.is_null())
                .cloned(),
            cps: lenient::decimal(get("cps")),
            approximate_cost: lenient::decimal(get("approximatelycost")),
            task_stat: TaskStat::from_value(get("taskstat")),
            samples: lenient::texts(get("samples")),
            extra: Map::new(),
        };
        model.extra = leftover(source, &model.typed());
        model
    }

    fn typed(&self) -> Map<String, Value> {
        let array = |texts: &[String]| (!texts.is_empty()).then(|| Value::from(texts));
        encoded([
            ("id", string(self.id.as_ref())),
            ("title", string(self.title.as_ref())),
            ("description", string(self.description.as_ref())),
            ("image", string(self.image.as_ref())),
            ("computingtime", string(self.computing_time.as_ref())),
            ("categories", array(&self.categories)),
            ("tags", array(&self.tags)),
            ("readme", string(self.readme.as_ref())),
            (
                "parameters",
                self.parameters
                    .as_ref()
                    .map(|groups| groups.iter().map(ParameterGroup::to_value).collect()),
            ),
            ("dynamicprice", self.dynamic_price.clone()),
            ("cps", amount(self.cps)),
            ("approximatelycost", amount(self.approximate_cost)),
            ("taskstat", self.task_stat.as_ref().map(TaskStat::to_value)),
            ("samples", array(&self.samples)),
        ])
    }

    /// Writes the model as it was read. A typed field changed since then is overridden by its source in `extra`, if
    /// that is there.
    pub fn to_value(&self) -> Value {
        let mut typed = self.typed();
        let has_slug = ["cleanslugowner", "slugowner"]
            .iter()
            .any(|key| self.extra.contains_key(*key));
        if let Some(slug) = self.slug.as_ref().filter(|_| !has_slug) {
            typed.insert("cleanslugowner".to_owned(), slug.owner().into());
            typed.insert("cleanslugproject".to_owned(), slug.project().into());
        }
        joined(typed, &self.extra)
    }

    /// What to call it: the title, else the slug, else its number.
    pub fn display_title(&self) -> String {
        let slug = || self.slug.as_ref().map(ToString::to_string);
        self.title
            .clone()
            .or_else(slug)
            .or_else(|| self.id.clone())
            .unwrap_or_default()
    }

    /// Categories without the pseudo-category.
    pub fn shown_categories(&self) -> impl Iterator<Item = &str> {
        self.categories
            .iter()
            .map(String::as_str)
            .filter(|category| *category != PSEUDO_CATEGORY)
    }
}

/// `null` and anything that is no array mean that no schema is published.
fn read_groups(value: Option<&Value>) -> Option<Vec<ParameterGroup>> {
    match lenient::json(value)? {
        Value::Array(groups) => Some(groups.iter().map(ParameterGroup::from_value).collect()),
        _ => None,
    }
}

impl ParameterGroup {
    /// Reads a group; a bare parameter counts as a group of one.
    pub fn from_value(value: &Value) -> Self {
        let Value::Object(source) = value else {
            return Self::default();
        };
        let mut group = match source.get("items") {
            Some(Value::Array(items)) => Self {
                title: lenient::text(source.get("title")),
                items: items.iter().map(Parameter::from_value).collect(),
                extra: Map::new(),
            },
            _ if source.contains_key("id") => {
                return Self {
                    items: vec![Parameter::from_value(value)],
                    ..Self::default()
                };
            }
            _ => Self {
                title: lenient::text(source.get("title")),
                ..Self::default()
            },
        };
        group.extra = leftover(source, &group.typed());
        group
    }

    fn typed(&self) -> Map<String, Value> {
        let items =
            (!self.items.is_empty()).then(|| self.items.iter().map(Parameter::to_value).collect());
        encoded([("title", string(self.title.as_ref())), ("items", items)])
    }

    /// Writes the group as it was read.
    pub fn to_value(&self) -> Value {
        joined(self.typed(), &self.extra)
    }
}

impl Parameter {
    /// Reads a parameter.
    pub fn from_value(value: &Value) -> Self {
        let Value::Object(source) = value else {
            return Self::default();
        };
        let get = |key: &str| source.get(key);
        let options = match lenient::json(get("options")) {
            Some(Value::Array(options)) => {
                options.iter().map(ParameterOption::from_value).collect()
            }
            _ => Vec::new(),
        };
        let mut parameter = Self {
            id: lenient::text(get("id")),
            type_name: lenient::text(get("type")),
            label: lenient::text(get("label")),
            description: lenient::text(get("description")),
            note: lenient::text(get("note")),
            placeholder: lenient::text(get("placeholder")),
            required: lenient::boolean(get("required")),
            default: get("default").filter(|default| !default.is_null()).cloned(),
            options,
            min: lenient::f64(get("min")),
            max: lenient::f64(get("max")),
            step: lenient::f64(get("step")),
            extra: Map::new(),
        };
        parameter.extra = leftover(source, &parameter.typed());
        parameter
    }

    fn typed(&self) -> Map<String, Value> {
        let options = (!self.options.is_empty())
            .then(|| self.options.iter().map(ParameterOption::to_value).collect());
        encoded([
            ("id", string(self.id.as_ref())),
            ("type", string(self.type_name.as_ref())),
            ("label", string(self.label.as_ref())),
            ("description", string(self.description.as_ref())),
            ("note", string(self.note.as_ref())),
            ("placeholder", string(self.placeholder.as_ref())),
            ("required", self.required.map(Value::from)),
            ("default", self.default.clone()),
            ("options", options),
            ("min", bound(self.min)),
            ("max", bound(self.max)),
            ("step", bound(self.step)),
        ])
    }

    /// Writes the parameter as it was read.
    pub fn to_value(&self) -> Value {
        joined(self.typed(), &self.extra)
    }

    /// Whether the service refuses a run without it.
    pub fn is_required(&self) -> bool {
        self.required.unwrap_or(false)
    }
}

impl ParameterOption {
    /// Reads an option; a bare scalar is its own label.
    pub fn from_value(value: &Value) -> Self {
        let Value::Object(source) = value else {
            return Self {
                value: value.clone(),
                ..Self::default()
            };
        };
        let mut option = Self {
            label: lenient::text(source.get("label")),
            value: source.get("value").cloned().unwrap_or(Value::Null),
            extra: Map::new(),
        };
        option.extra = leftover(source, &option.typed());
        option
    }

    fn typed(&self) -> Map<String, Value> {
        encoded([
            ("label", string(self.label.as_ref())),
            ("value", Some(self.value.clone())),
        ])
    }

    /// Writes the option as an object.
    pub fn to_value(&self) -> Value {
        joined(self.typed(), &self.extra)
    }

    /// What is sent, as text; an option whose value is no scalar has none.
    pub fn value_text(&self) -> Option<String> {
        lenient::scalar(Some(&self.value))
    }
}

impl TaskStat {
    /// Reads statistics, an object or a string that holds one (`PROTOCOL.md` section 31).
    pub fn from_value(value: Option<&Value>) -> Option<Self> {
        let Some(Value::Object(source)) = lenient::json(value) else {
            return None;
        };
        let mut stat = Self {
            runs: lenient::u64(source.get("runcount")),
            successes: lenient::u64(source.get("successcount")),
            errors: lenient::u64(source.get("errorcount")),
            last_run_ms: lenient::time_ms(source.get("lastruntime")),
            extra: Map::new(),
        };
        stat.extra = leftover(&source, &stat.typed());
        Some(stat)
    }

    fn typed(&self) -> Map<String, Value> {
        let count = |value: Option<u64>| value.map(|number| Value::from(number.to_string()));
        encoded([
            ("runcount", self.runs.map(Value::from)),
            ("successcount", count(self.successes)),
            ("errorcount", count(self.errors)),
            (
                "lastruntime",
                self.last_run_ms
                    .map(|ms| Value::from((ms / 1000).to_string())),
            ),
        ])
    }

    /// Writes the statistics as an object.
    pub fn to_value(&self) -> Value {
        joined(self.typed(), &self.extra)
    }

    /// Share of runs that succeeded, between 0 and 1, of those whose end is counted.
    pub fn success_rate(&self) -> Option<f64> {
        let successes = self.successes?;
        let ended = successes.checked_add(self.errors?)?;
        #[expect(
            clippy::cast_precision_loss,
            reason = "a share for display; counts stay far below 2^53"
        )]
        let share = |part: u64, whole: u64| part as f64 / whole as f64;
        (ended > 0).then(|| share(successes, ended))
    }
}

impl Serialize for Model {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_value().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Model {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(|value| Self::from_value(&value))
    }
}

#[cfg(test)]
mod tests;
