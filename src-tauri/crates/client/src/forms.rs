//! Forms: from a model's loose schema to inputs that can be filled in, and from answers to a validated request.
//!
//! Pure but for one look at the size of each local file.

mod build;
mod definition;
mod file_count;
mod file_size;
mod files;
mod options;
mod problem;
mod request;
mod schema;
mod values;

pub use build::MAX_FILE_BYTES;
pub use definition::{
    Control, Field, FieldGroup, FileMode, FormDefinition, OPEN_SELECT, OPEN_SELECT_MULTIPLE,
    SelectOption,
};
pub use problem::{FieldProblem, ProblemKind};
pub use request::{Answer, Answers, FileSource, Part, RunBody};
pub use schema::FormWarning;
