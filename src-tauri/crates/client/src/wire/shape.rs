//! What had another shape than the contract says.

use std::fmt;

use serde_json::Value;

/// A step of the way to a value.
#[derive(Debug, Clone, Copy)]
enum Step {
    Key(&'static str),
    Index(usize),
}

/// What belongs at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expected {
    /// Text, a number or a flag.
    Scalar,
    /// An object of this kind.
    Record(&'static str),
    /// A list of these.
    List(&'static str),
}

impl fmt::Display for Expected {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scalar => formatter.write_str("a text or number"),
            Self::Record(name) => write!(formatter, "an object ({name})"),
            Self::List(name) => write!(formatter, "a list ({name})"),
        }
    }
}

/// Notes what had the wrong shape while something is read.
#[derive(Debug, Default)]
pub struct Shape {
    path: Vec<Step>,
    problems: Vec<ShapeProblem>,
}

/// One value of the wrong shape. Holds no value, only kinds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: expected {expected}, found {found}")]
pub struct ShapeProblem {
    /// Where, such as `tasklist[0].outputs`; the value itself is `value`.
    pub path: String,
    /// What the contract says.
    pub expected: String,
    /// What stood there.
    pub found: &'static str,
}

/// A value that is not what the contract says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", joined(.problems))]
pub struct ShapeError {
    /// Everything that was wrong, at least one.
    pub problems: Vec<ShapeProblem>,
}

fn joined(problems: &[ShapeProblem]) -> String {
    let lines: Vec<_> = problems.iter().map(ToString::to_string).collect();
    lines.join("; ")
}

impl Shape {
    /// Reads something at a key.
    pub(crate) fn at_key<T>(&mut self, key: &'static str, read: impl FnOnce(&mut Self) -> T) -> T {
        self.within(Step::Key(key), read)
    }

    /// Reads something in a list.
    pub(crate) fn at_index<T>(&mut self, index: usize, read: impl FnOnce(&mut Self) -> T) -> T {
        self.within(Step::Index(index), read)
    }

    fn within<T>(&mut self, step: Step, read: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(step);
        let value = read(self);
        self.path.pop();
        value
    }

    /// Notes a value that cannot be what it should be.
    pub(crate) fn mismatch(&mut self, expected: Expected, found: &Value) {
        self.problems.push(ShapeProblem {
            path: self.place(),
            expected: expected.to_string(),
            found: kind(found),
        });
    }

    fn place(&self) -> String {
        let mut place = String::new();
        for step in &self.path {
            match step {
                Step::Key(key) if place.is_empty() => place.push_str(key),
                Step::Key(key) => place.extend([".", key]),
                Step::Index(index) => place.extend(["[", &index.to_string(), "]"]),
            }
        }
        if place.is_empty() {
            place.push_str("value");
        }
        place
    }

    /// What was read, if all of it was in shape.
    pub(crate) fn into_result<T>(self, read: Option<T>) -> Result<T, ShapeError> {
        match read {
            Some(value) if self.problems.is_empty() => Ok(value),
            _ => Err(ShapeError {
                problems: self.problems,
            }),
        }
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a flag",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
