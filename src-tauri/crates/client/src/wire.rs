//! Objects of the wire: read leniently, and written again exactly as they came.
//!
//! A `record!` names its fields once, each with the key it stands at and the way it is read (a `Codec`). What a field
//! would not write back as it was read (a number that came as text, a `null`, another spelling of the key) stays in
//! [`Extra`] beside every key that is not known. Writing asks the kept source first: as long as it still says what the
//! field says, it goes out as it came; a field that was changed goes out in its own form instead. So nothing is echoed
//! that was not understood as the field's value, and nothing is lost.
//!
//! Reading never fails for an object (`PROTOCOL.md` section 4.2). What cannot be what the contract says, such as a list
//! where a text belongs, is told to a [`Shape`]: [`Wire::decode`] makes an error of it, the client's calls do not.

pub(crate) mod codec;
mod shape;

use std::fmt;
use std::ops::{Deref, DerefMut};

use serde_json::{Map, Value};

pub(crate) use shape::Expected;
pub use shape::{Shape, ShapeError, ShapeProblem};

/// A type of the wire.
pub trait Wire: Sized {
    /// Reads what can be read; `None` when the value as a whole is something else. Everything that has the wrong shape
    /// is told to `shape`.
    fn read(value: &Value, shape: &mut Shape) -> Option<Self>;

    /// Writes it as it was read. Tokens are written in the clear: never log this.
    fn to_value(&self) -> Value;

    /// Reads strictly: a value of the wrong shape, however deep, is an error. Odd spellings, unknown keys, missing keys
    /// and empty values are not.
    fn decode(value: &Value) -> Result<Self, ShapeError> {
        let mut shape = Shape::default();
        let read = Self::read(value, &mut shape);
        shape.into_result(read)
    }
}

/// Keys that are not known, and the source of values whose spelling the typed fields do not give back.
///
/// It may hold tokens, so it prints its keys only.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Extra(Map<String, Value>);

impl From<Map<String, Value>> for Extra {
    fn from(fields: Map<String, Value>) -> Self {
        Self(fields)
    }
}

impl Deref for Extra {
    type Target = Map<String, Value>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Extra {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl fmt::Debug for Extra {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}

/// An object with named fields; implemented by [`record!`].
pub(crate) trait Record: Sized {
    /// Whether the fields may stand inside a `data` object instead (C-03).
    const MAY_BE_WRAPPED: bool;

    /// Whether a list of these may come as one of them alone.
    const MAY_BE_ALONE: bool = false;

    /// What it is, for an error.
    const NAME: &'static str;

    /// Reads the fields of an object.
    fn from_fields(source: &Map<String, Value>, shape: &mut Shape) -> Self;

    /// Reads a value that is no object, where the protocol allows one.
    fn from_bare(_value: &Value) -> Option<Self> {
        None
    }

    /// Writes the fields.
    fn to_fields(&self) -> Map<String, Value>;
}

impl<R: Record> Wire for R {
    fn read(value: &Value, shape: &mut Shape) -> Option<Self> {
        if let Value::Object(source) = value {
            return Some(R::from_fields(source, shape));
        }
        let bare = R::from_bare(value);
        if bare.is_none() {
            shape.mismatch(Expected::Record(R::NAME), value);
        }
        bare
    }

    fn to_value(&self) -> Value {
        Value::Object(self.to_fields())
    }
}

/// What stands at the keys of one field.
pub(crate) struct Found<'a> {
    source: &'a Map<String, Value>,
    keys: &'static [&'static str],
}

impl<'a> Found<'a> {
    pub(crate) fn new(
        source: &'a Map<String, Value>,
        keys: &'static [&'static str],
        may_be_wrapped: bool,
    ) -> Self {
        let says = |value: Option<&Value>| value.is_some_and(|value| !is_blank(value));
        let holds = |source: &Map<String, Value>| keys.iter().any(|key| says(source.get(*key)));
        let inner = source
            .get("data")
            .and_then(Value::as_object)
            .filter(|inner| may_be_wrapped && !holds(source) && holds(inner));
        Self {
            source: inner.unwrap_or(source),
            keys,
        }
    }

    /// The value at one of the keys, by position.
    pub(crate) fn at(&self, position: usize) -> Option<&'a Value> {
        self.source.get(*self.keys.get(position)?)
    }

    /// The first of the keys that holds something, else the first that is there.
    pub(crate) fn first(&self) -> Option<(&'static str, &'a Value)> {
        let mut present = self
            .keys
            .iter()
            .filter_map(|key| Some((*key, self.source.get(*key)?)));
        let first = present.clone().next();
        present.find(|(_, value)| !is_blank(value)).or(first)
    }
}

/// `null`, `""`, `[]` and `{}` say nothing; some languages write an empty object as an empty array.
pub(crate) fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Forgets the source of a field that the field gives back by itself. Beside a `data` object it is kept: without it
/// the same key in there would be read instead.
pub(crate) fn settle(
    extra: &mut Map<String, Value>,
    keys: &[&str],
    canonical: &[(&'static str, Value)],
    may_be_wrapped: bool,
) {
    if may_be_wrapped && extra.get("data").is_some_and(Value::is_object) {
        return;
    }
    let present = keys.iter().filter(|key| extra.contains_key(**key)).count();
    let same = canonical
        .iter()
        .all(|(key, value)| extra.get(*key) == Some(value));
    if same && present == canonical.len() {
        for key in keys {
            extra.shift_remove(*key);
        }
    }
}

/// Puts a field into the output in its own form.
pub(crate) fn replace(
    out: &mut Map<String, Value>,
    keys: &[&str],
    canonical: Vec<(&'static str, Value)>,
) {
    for key in keys {
        out.shift_remove(*key);
    }
    out.extend(
        canonical
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value)),
    );
}

/// Declares an object of the wire: `field: Type = Codec["key", "other spelling"]`. An object marked `wrapped` may have
/// its fields inside `data`; a list of objects marked `alone` may come as one of them; `bare` reads a value that is no
/// object.
macro_rules! record {
    (
        $(#[$meta:meta])*
        pub struct $name:ident $([$($mark:ident),+])? $(bare $bare:expr;)? {
            $( $(#[$field_meta:meta])* pub $field:ident : $type:ty = $codec:ty [ $($key:literal),+ ], )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Default, PartialEq)]
        pub struct $name {
            $( $(#[$field_meta])* pub $field: $type, )*
            /// Every other key, and the source of values that the fields above do not give back.
            pub extra: $crate::wire::Extra,
        }

        impl $name {
            /// Writes it as it was read, a field that was changed since then in its usual form. Tokens are written in
            /// the clear: never log this.
            pub fn to_value(&self) -> serde_json::Value {
                serde_json::Value::Object($crate::wire::Record::to_fields(self))
            }

            /// The keys that no field stands for, as they came.
            pub fn unknown(&self) -> impl Iterator<Item = (&str, &serde_json::Value)> {
                const KEYS: &[&str] = &[$( $($key),+ ),*];
                self.extra
                    .iter()
                    .map(|(key, value)| (key.as_str(), value))
                    .filter(|(key, _)| !KEYS.contains(key))
            }
        }

        impl $crate::wire::Record for $name {
            const MAY_BE_WRAPPED: bool = false $( $( || $crate::wire::marks::$mark.0 )+ )?;
            const MAY_BE_ALONE: bool = false $( $( || $crate::wire::marks::$mark.1 )+ )?;
            const NAME: &'static str = stringify!($name);

            fn from_fields(
                source: &serde_json::Map<String, serde_json::Value>,
                shape: &mut $crate::wire::Shape,
            ) -> Self {
                use $crate::wire::codec::Codec;
                let mut extra = source.clone();
                $(
                    let $field: $type = {
                        const KEYS: &[&str] = &[$($key),+];
                        let found = $crate::wire::Found::new(source, KEYS, Self::MAY_BE_WRAPPED);
                        let value = <$codec as Codec<$type>>::read(&found, shape);
                        $crate::wire::settle(&mut extra, KEYS, &<$codec as Codec<$type>>::write(&value, KEYS), Self::MAY_BE_WRAPPED);
                        value
                    };
                )*
                Self { $( $field, )* extra: extra.into() }
            }

            $(
                fn from_bare(value: &serde_json::Value) -> Option<Self> {
                    $bare(value)
                }
            )?

            fn to_fields(&self) -> serde_json::Map<String, serde_json::Value> {
                use $crate::wire::codec::Codec;
                let mut out = (*self.extra).clone();
                $(
                    {
                        const KEYS: &[&str] = &[$($key),+];
                        let found = $crate::wire::Found::new(&self.extra, KEYS, Self::MAY_BE_WRAPPED);
                        let kept = <$codec as Codec<$type>>::read(&found, &mut $crate::wire::Shape::default());
                        if kept != self.$field {
                            $crate::wire::replace(&mut out, KEYS, <$codec as Codec<$type>>::write(&self.$field, KEYS));
                        }
                    }
                )*
                out
            }
        }
    };
}
pub(crate) use record;

/// What the marks of a [`record!`] mean: may be wrapped, may be alone.
#[expect(non_upper_case_globals, reason = "they are words of a macro")]
pub(crate) mod marks {
    pub(crate) const wrapped: (bool, bool) = (true, false);
    pub(crate) const alone: (bool, bool) = (false, true);
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
