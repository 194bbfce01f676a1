//! How one field is read and written (`PROTOCOL.md` section 4.2). Reading follows [`crate::lenient`]; writing gives the
//! form the documentation shows, so that most values need no kept source.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::{Map, Value};

use super::{Expected, Found, Record, Shape, Wire, is_blank};
use crate::lenient;
use crate::secret::Secret;

/// Keys and values of a field in its own form.
pub(crate) type Entries = Vec<(&'static str, Value)>;

/// Reads and writes one field.
///
/// Two laws: reading nothing gives the empty value, and reading what was written gives what was written from.
pub(crate) trait Codec<T> {
    fn read(found: &Found<'_>, shape: &mut Shape) -> T;
    fn write(value: &T, keys: &[&'static str]) -> Entries;
}

/// A field at one key.
fn entry(keys: &[&'static str], value: Option<Value>) -> Entries {
    keys.first().copied().zip(value).into_iter().collect()
}

/// A scalar read by one of the lenient readers.
fn scalar<T>(
    found: &Found<'_>,
    shape: &mut Shape,
    read: impl FnOnce(Option<&Value>) -> Option<T>,
) -> Option<T> {
    let (key, value) = found.first()?;
    if matches!(value, Value::Array(_) | Value::Object(_)) && !is_blank(value) {
        shape.at_key(key, |shape| shape.mismatch(Expected::Scalar, value));
    }
    read(Some(value))
}

macro_rules! scalar_codec {
    ($(#[$meta:meta])* $name:ident, $type:ty, $read:path, $write:expr) => {
        $(#[$meta])*
        pub(crate) struct $name;

        impl Codec<Option<$type>> for $name {
            fn read(found: &Found<'_>, shape: &mut Shape) -> Option<$type> {
                scalar(found, shape, $read)
            }

            fn write(value: &Option<$type>, keys: &[&'static str]) -> Entries {
                entry(keys, value.as_ref().map($write))
            }
        }
    };
}

scalar_codec!(
    /// Text; an empty one is none.
    Text, String, lenient::text, |text| Value::from(text.as_str())
);
scalar_codec!(
    /// Text where the empty one has a meaning of its own.
    Plain, String, lenient::scalar, |text| Value::from(text.as_str())
);
scalar_codec!(
    /// A secret.
    Token, Secret<String>, token, |token| Value::from(token.expose().as_str())
);
scalar_codec!(
    /// A count, written as a number.
    Count, u64, lenient::u64, |count| Value::from(*count)
);
scalar_codec!(
    /// A count, written as text.
    CountText, u64, lenient::u64, |count| Value::from(count.to_string())
);
scalar_codec!(
    /// Money and other decimals, written as text.
    Amount, Decimal, lenient::decimal, |amount| Value::from(amount.to_string())
);
scalar_codec!(
    /// Money and other decimals, written as a number where that says the same.
    AmountNumber, Decimal, lenient::decimal, amount_number
);
scalar_codec!(
    /// Unix milliseconds, written as Unix seconds in text.
    TimeMs, i64, lenient::time_ms, |time| Value::from((time / 1000).to_string())
);
scalar_codec!(
    /// A flag, written as one.
    Flag, bool, lenient::boolean, |flag| Value::from(*flag)
);
scalar_codec!(
    /// A flag, written as `"1"` or `"0"`.
    FlagText, bool, lenient::boolean, |flag| Value::from(if *flag { "1" } else { "0" })
);
scalar_codec!(
    /// A bound of a range, written as a whole number where it is one.
    Bound, f64, lenient::f64, |limit| bound(*limit)
);

fn token(value: Option<&Value>) -> Option<Secret<String>> {
    lenient::text(value).map(Secret::new)
}

fn amount_number(amount: &Decimal) -> Value {
    let number = amount.to_f64().map(Value::from);
    number
        .filter(|number| lenient::decimal(Some(number)) == Some(*amount))
        .unwrap_or_else(|| Value::from(amount.to_string()))
}

fn bound(bound: f64) -> Value {
    lenient::i64(Some(&Value::from(bound)))
        .filter(|_| bound.fract() == 0.0)
        .map_or_else(|| Value::from(bound), Value::from)
}

/// Texts, as an array.
pub(crate) struct Texts;

impl Codec<Vec<String>> for Texts {
    fn read(found: &Found<'_>, shape: &mut Shape) -> Vec<String> {
        <Self as Codec<Option<Vec<String>>>>::read(found, shape).unwrap_or_default()
    }

    fn write(value: &Vec<String>, keys: &[&'static str]) -> Entries {
        entry(
            keys,
            (!value.is_empty()).then(|| Value::from(value.as_slice())),
        )
    }
}

impl Codec<Option<Vec<String>>> for Texts {
    fn read(found: &Found<'_>, shape: &mut Shape) -> Option<Vec<String>> {
        let (key, value) = found.first().filter(|(_, value)| !value.is_null())?;
        let list = lenient::json(Some(value)).filter(Value::is_array);
        let value = list.as_ref().unwrap_or(value);
        if value.is_object() && !is_blank(value) {
            shape.at_key(key, |shape| {
                shape.mismatch(Expected::List("texts"), value);
            });
        }
        Some(lenient::texts(Some(value)))
    }

    fn write(value: &Option<Vec<String>>, keys: &[&'static str]) -> Entries {
        entry(
            keys,
            value.as_ref().map(|texts| Value::from(texts.as_slice())),
        )
    }
}

/// Any JSON as it is; `null` is none.
pub(crate) struct Free;

impl Codec<Option<Value>> for Free {
    fn read(found: &Found<'_>, _shape: &mut Shape) -> Option<Value> {
        let (_, value) = found.first()?;
        (!value.is_null()).then(|| value.clone())
    }

    fn write(value: &Option<Value>, keys: &[&'static str]) -> Entries {
        entry(keys, value.clone())
    }
}

impl Codec<Value> for Free {
    fn read(found: &Found<'_>, shape: &mut Shape) -> Value {
        <Self as Codec<Option<Value>>>::read(found, shape).unwrap_or_default()
    }

    fn write(value: &Value, keys: &[&'static str]) -> Entries {
        entry(keys, (!value.is_null()).then(|| value.clone()))
    }
}

/// JSON that may itself have come as a string of JSON.
pub(crate) struct Json;

impl Codec<Value> for Json {
    fn read(found: &Found<'_>, _shape: &mut Shape) -> Value {
        lenient::json(found.first().map(|(_, value)| value)).unwrap_or_default()
    }

    fn write(value: &Value, keys: &[&'static str]) -> Entries {
        <Free as Codec<Value>>::write(value, keys)
    }
}

/// A lone object, perhaps as a string of JSON.
pub(crate) struct One;

impl<R: Record> Codec<Option<R>> for One {
    fn read(found: &Found<'_>, shape: &mut Shape) -> Option<R> {
        let (key, value) = found.first()?;
        let value = lenient::json(Some(value))?;
        if value.is_array() && is_blank(&value) {
            return R::read(&Value::Object(Map::new()), shape);
        }
        shape.at_key(key, |shape| R::read(&value, shape))
    }

    fn write(value: &Option<R>, keys: &[&'static str]) -> Entries {
        entry(keys, value.as_ref().map(Wire::to_value))
    }
}

/// A list of objects, perhaps as a string of JSON. Elements that are none are left out and told.
pub(crate) struct Many;

impl<R: Record> Codec<Option<Vec<R>>> for Many {
    fn read(found: &Found<'_>, shape: &mut Shape) -> Option<Vec<R>> {
        let (key, value) = found.first()?;
        let value = lenient::json(Some(value))?;
        shape.at_key(key, |shape| many(&value, shape))
    }

    fn write(value: &Option<Vec<R>>, keys: &[&'static str]) -> Entries {
        let list = |records: &Vec<R>| records.iter().map(Wire::to_value).collect();
        entry(keys, value.as_ref().map(list))
    }
}

impl<R: Record> Codec<Vec<R>> for Many {
    fn read(found: &Found<'_>, shape: &mut Shape) -> Vec<R> {
        <Self as Codec<Option<Vec<R>>>>::read(found, shape).unwrap_or_default()
    }

    fn write(value: &Vec<R>, keys: &[&'static str]) -> Entries {
        let list = || value.iter().map(Wire::to_value).collect();
        entry(keys, (!value.is_empty()).then(list))
    }
}

/// Reads the elements of a list. A `null` is one only where it means something.
pub(crate) fn many<R: Record>(value: &Value, shape: &mut Shape) -> Option<Vec<R>> {
    match value {
        Value::Array(items) => {
            let read = |(index, item): (usize, &Value)| {
                if item.is_null() {
                    return R::from_bare(item);
                }
                shape.at_index(index, |shape| element(item, shape))
            };
            Some(items.iter().enumerate().filter_map(read).collect())
        }
        blank if is_blank(blank) => Some(Vec::new()),
        alone if R::MAY_BE_ALONE => R::read(alone, shape).map(|record| vec![record]),
        other => {
            shape.mismatch(Expected::List(R::NAME), other);
            None
        }
    }
}

/// An element, which may be an object in a string as any other value.
fn element<R: Record>(item: &Value, shape: &mut Shape) -> Option<R> {
    match lenient::json(Some(item)) {
        Some(inner @ Value::Object(_)) if item.is_string() => R::read(&inner, shape),
        _ => R::read(item, shape),
    }
}
