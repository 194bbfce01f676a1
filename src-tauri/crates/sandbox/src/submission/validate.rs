//! Holds a request against its model's parameters and answers with the documented messages.

use reqwest::Url;
use serde_json::{Map, Value};

use super::{Entry, Given, GivenList, INVALID, Submission};
use crate::schema::{Item, Kind, Schema, is_blank};

/// Which URLs a model may be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Only what this computer serves: the model will fetch it.
    Loopback,
    /// Any http or https address: the model only repeats it.
    Any,
}

/// Sorts what was received into parameters and inputs. The error is what the service would say.
pub(crate) fn validate(
    schema: &Schema,
    fields: Vec<(String, Entry)>,
    origin: Origin,
) -> Result<Submission, String> {
    let mut sorted = Sorted {
        schema,
        parameters: Map::new(),
        inputs: Vec::new(),
    };
    for (id, entry) in fields {
        sorted.add(id, entry)?;
    }
    let Sorted {
        parameters, inputs, ..
    } = sorted;
    for item in &schema.items {
        check(item, &parameters, &inputs, origin)?;
    }
    let callback = parameters
        .get("callbackUrl")
        .and_then(Value::as_str)
        .filter(|url| !url.is_empty());
    Ok(Submission {
        callback: callback.map(str::to_owned),
        parameters,
        inputs,
    })
}

struct Sorted<'a> {
    schema: &'a Schema,
    parameters: Map<String, Value>,
    inputs: Vec<GivenList>,
}

impl Sorted<'_> {
    fn add(&mut self, id: String, entry: Entry) -> Result<(), String> {
        let item = self.schema.item(&id);
        match entry {
            Entry::File(upload) => {
                let many = match item {
                    Some(item) if item.kind.is_file() => item.kind != Kind::File,
                    None if self.schema.is_open() => true,
                    _ => return Err(INVALID.to_owned()),
                };
                self.give(&id, many, [Given::File(upload)]);
            }
            Entry::Value(value) => {
                let carries_files = item.is_some_and(|item| item.kind.is_file());
                // A schema's own parameter for URLs is both: a parameter, and where another one's files come from.
                let target = if carries_files {
                    item
                } else {
                    self.schema.twin_of(&id)
                };
                if let Some(target) = target {
                    let urls = urls_of(&value, target.kind != Kind::File)?;
                    self.give(
                        &target.id,
                        target.kind != Kind::File,
                        urls.into_iter().map(Given::Url),
                    );
                }
                self.keep(id, value);
            }
        }
        Ok(())
    }

    fn give(&mut self, field: &str, many: bool, values: impl IntoIterator<Item = Given>) {
        let mut values = values.into_iter().peekable();
        if let Some(list) = self.inputs.iter_mut().find(|list| list.field == field) {
            list.values.extend(values);
        } else if values.peek().is_some() {
            let (field, values) = (field.to_owned(), values.collect());
            self.inputs.push(GivenList {
                field,
                many,
                values,
            });
        }
    }

    /// Repeated parts become a list.
    fn keep(&mut self, id: String, value: Value) {
        match self.parameters.get_mut(&id) {
            None => {
                self.parameters.insert(id, value);
            }
            Some(Value::Array(values)) => values.push(value),
            Some(known) => *known = Value::Array(vec![known.take(), value]),
        }
    }
}

/// The URLs in a value: text, joined text where several are taken, or a list.
fn urls_of(value: &Value, several: bool) -> Result<Vec<String>, String> {
    let filled = |url: &str| (!url.is_empty()).then(|| url.to_owned());
    match value {
        Value::Null => Ok(Vec::new()),
        Value::String(text) if several => Ok(joined(text).into_iter().filter_map(filled).collect()),
        Value::String(text) => Ok(filled(text.trim()).into_iter().collect()),
        Value::Array(values) => {
            let lists = values.iter().map(|value| match value {
                Value::String(_) => urls_of(value, false),
                _ => Err(INVALID.to_owned()),
            });
            Ok(lists.collect::<Result<Vec<_>, _>>()?.concat())
        }
        _ => Err(INVALID.to_owned()),
    }
}

/// URLs joined by commas or semicolons, both of which an address may also hold: only one before another address counts.
fn joined(text: &str) -> Vec<&str> {
    let is_address = |text: &str| {
        let text = text.trim_start();
        ["http://", "https://"].into_iter().any(|scheme| {
            text.get(..scheme.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
        })
    };
    let mut urls = Vec::new();
    let mut start = 0;
    for (at, _) in text.match_indices([',', ';']) {
        if is_address(&text[at + 1..]) {
            urls.push(&text[start..at]);
            start = at + 1;
        }
    }
    urls.push(&text[start..]);
    let separator = |symbol: char| symbol.is_whitespace() || matches!(symbol, ',' | ';');
    urls.into_iter()
        .map(|url| url.trim_matches(separator))
        .collect()
}

fn check(
    item: &Item,
    parameters: &Map<String, Value>,
    inputs: &[GivenList],
    origin: Origin,
) -> Result<(), String> {
    if !item.kind.is_file() {
        return item.problem(parameters.get(&item.id)).map_or(Ok(()), Err);
    }
    let given = inputs
        .iter()
        .find(|list| list.field == item.id)
        .map_or(&[] as &[Given], |list| &list.values);
    if given.is_empty() && item.required {
        return Err(format!("Request files [{}] required", item.id));
    }
    if item.kind == Kind::File && given.len() > 1 {
        return Err(INVALID.to_owned());
    }
    for value in given {
        if let Given::Url(url) = value
            && !allowed(url, origin)
        {
            let kind = if origin == Origin::Loopback {
                "an http address on this computer"
            } else {
                "an http address"
            };
            return Err(format!("Request parameter [{}] must be {kind}", item.id));
        }
    }
    Ok(())
}

fn allowed(url: &str, origin: Origin) -> bool {
    let Ok(url) = Url::parse(url) else {
        return false;
    };
    matches!(url.scheme(), "http" | "https") && (origin == Origin::Any || is_loopback(&url))
}

/// Whether the URL's host can only be this computer.
pub(crate) fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else {
        return false;
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// The parameters as the model sees them: blanks replaced by the schema's defaults.
pub(crate) fn with_defaults(
    schema: &Schema,
    parameters: &Map<String, Value>,
) -> Map<String, Value> {
    let mut complete = parameters.clone();
    for item in schema.items.iter().filter(|item| !item.kind.is_file()) {
        let blank = complete.get(&item.id).is_none_or(is_blank);
        if let Some(default) = item.default.as_ref().filter(|_| blank) {
            complete.insert(item.id.clone(), default.clone());
        }
    }
    complete
}

#[cfg(test)]
#[path = "validate_tests.rs"]
mod tests;
