//! One line of a price list, and when it applies (`PROTOCOL.md` sections 13.2 and 13.4).

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::Inputs;
use super::method::{Method, Rates};
use crate::lenient;

/// A price entry.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rule {
    /// What must hold, by wire key; `None` when that could not be read, and the rule might win over any other.
    wanted: Option<Vec<(String, Wanted)>>,
    pub(super) method: Method,
    pub(super) rates: Rates,
}

/// What a parameter must be.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Wanted {
    /// This value, compared as text.
    Text(String),
    /// This many files (`QUANTITY:n`).
    Quantity(usize),
    /// Something this version cannot compare.
    Odd,
}

/// Whether a rule applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    Yes,
    No,
    /// A parameter was not sent and its default is not known.
    Unknown,
}

impl Rule {
    /// Reads an entry. One that cannot be read stays in the list as a rule of unknown price: to drop it could make
    /// another rule look certain.
    pub(super) fn from_value(entry: &Value) -> Self {
        let empty = Map::new();
        let entry = entry.as_object().unwrap_or(&empty);
        let rates = Rates {
            price: lenient::decimal(entry.get("price")),
            extra: lenient::decimal(entry.get("priceExtra")),
            input: lenient::decimal(entry.get("priceInput")),
        };
        let wanted = match lenient::json(entry.get("inputs")) {
            Some(Value::Object(inputs)) => Some(conditions(&inputs)),
            None if !entry.is_empty() => Some(Vec::new()),
            // Some languages write an empty object as an empty array.
            Some(Value::Array(list)) if list.is_empty() => Some(Vec::new()),
            _ => None,
        };
        let is_absent = |amount: &&Value| match amount {
            Value::Null => true,
            Value::String(text) => text.trim().is_empty(),
            _ => false,
        };
        let amounts_are_sound = ["price", "priceExtra", "priceInput"]
            .iter()
            .filter_map(|key| entry.get(*key))
            .filter(|amount| !is_absent(amount))
            .all(|amount| {
                lenient::decimal(Some(amount)).is_some_and(|amount| amount >= Decimal::ZERO)
            });
        let method = if wanted.is_some() && amounts_are_sound {
            Method::from_value(entry.get("priceMethod"))
        } else {
            Method::Unreadable
        };
        Self {
            wanted,
            method,
            rates,
        }
    }

    /// How specific it is.
    pub(super) fn keys(&self) -> usize {
        self.wanted.as_ref().map_or(usize::MAX, Vec::len)
    }

    pub(super) fn fit(&self, inputs: Inputs<'_>) -> Fit {
        let Some(wanted) = &self.wanted else {
            return Fit::Unknown;
        };
        let mut fit = Fit::Yes;
        for (key, wanted) in wanted {
            match wanted.fit(key, inputs) {
                Fit::No => return Fit::No,
                Fit::Unknown => fit = Fit::Unknown,
                Fit::Yes => {}
            }
        }
        fit
    }
}

/// Sorted by key, so that the same line is known again in another order.
fn conditions(inputs: &Map<String, Value>) -> Vec<(String, Wanted)> {
    let mut conditions: Vec<(String, Wanted)> = inputs
        .iter()
        .map(|(key, value)| (key.clone(), Wanted::from_value(value)))
        .collect();
    conditions.sort_by(|(one, _), (other, _)| one.cmp(other));
    conditions
}

impl Wanted {
    fn from_value(value: &Value) -> Self {
        let text = match value {
            // Empty, `null` and absent are alike (`PROTOCOL.md` section 4.2).
            Value::Null => String::new(),
            value => match lenient::scalar(Some(value)) {
                Some(text) => text,
                None => return Self::Odd,
            },
        };
        match text.split_once(':') {
            Some((mark, count)) if mark.trim().eq_ignore_ascii_case("QUANTITY") => {
                count.trim().parse().map_or(Self::Odd, Self::Quantity)
            }
            _ => Self::Text(text),
        }
    }

    fn fit(&self, key: &str, inputs: Inputs<'_>) -> Fit {
        let Inputs { form, answers, .. } = inputs;
        if !form.has_schema && !answers.contains_key(key) {
            return Fit::Unknown;
        }
        let holds = match self {
            Self::Odd => return Fit::Unknown,
            Self::Quantity(count) => form.value_count(answers, key) == *count,
            Self::Text(text) => same(text, &form.value_text(answers, key).unwrap_or_default()),
        };
        if holds { Fit::Yes } else { Fit::No }
    }
}

/// Compared as text; `5` and `5.0` are the same number.
fn same(wanted: &str, value: &str) -> bool {
    let numbers = || lenient::parse_decimal(wanted).zip(lenient::parse_decimal(value));
    wanted == value || numbers().is_some_and(|(wanted, value)| wanted == value)
}
