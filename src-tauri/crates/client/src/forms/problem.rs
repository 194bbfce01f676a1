//! What is wrong with an answer.

use serde::{Deserialize, Serialize};

/// Why an answer cannot be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum ProblemKind {
    /// The service insists on it, and nothing is filled in.
    Required,
    /// It is no number.
    NotANumber,
    /// It is outside the published bounds.
    OutOfRange,
    /// It is none of the options.
    NotAnOption,
    /// More files or addresses than the field takes.
    TooManyFiles,
    /// An address that is no http or https address.
    BadAddress,
    /// A file that is missing, empty, a folder, unreadable or over the limit.
    FileUnusable,
    /// Text where files belong, or the other way round.
    WrongKind,
    /// The model has no such input.
    UnknownField,
}

/// A problem with one field, mirroring the refusals of the service (`PROTOCOL.md` sections 3.4 and 6.4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct FieldProblem {
    /// The wire key of the answer.
    pub field: String,
    /// What kind of problem it is.
    pub problem: ProblemKind,
    /// A plain sentence.
    pub message: String,
}

impl FieldProblem {
    pub(super) fn new(field: &str, problem: ProblemKind, message: impl Into<String>) -> Self {
        Self {
            field: field.to_owned(),
            problem,
            message: message.into(),
        }
    }
}
