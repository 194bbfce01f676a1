//! What a form shows: the schema of a model, made safe to render and to fill in.
//!
//! The wire schema (`PROTOCOL.md` section 5.4) is loose; a [`FormDefinition`] is not. It crosses into the web UI as it is.

use serde::{Deserialize, Serialize};

/// The inputs of one model, in the order the service lists them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct FormDefinition {
    /// Groups of fields; a model without a published schema has none.
    pub groups: Vec<FieldGroup>,
    /// False when the service published no schema (`parameters: null`): every answer is sent as it is.
    pub has_schema: bool,
}

/// A titled group of fields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct FieldGroup {
    /// The group's heading, as published.
    pub title: String,
    /// The fields of the group.
    pub fields: Vec<Field>,
}

/// One input of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct Field {
    /// The key on the wire; unique in a form, compared with case.
    pub id: String,
    /// What the person reads.
    pub label: String,
    /// Longer help, when published.
    pub help: Option<String>,
    /// Text shown in an empty control.
    pub placeholder: Option<String>,
    /// Whether the service refuses a run without it.
    pub required: bool,
    /// The value the form starts with, as text.
    pub default: Option<String>,
    /// How it is filled in.
    pub control: Control,
}

/// How a field is filled in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Control {
    /// One line of text.
    Text,
    /// Several lines of text, such as a prompt.
    TextArea,
    /// A number typed in; bounds only when published.
    Number {
        /// Smallest allowed value.
        #[cfg_attr(feature = "bindings", specta(type = Option<specta_typescript::Number>))]
        min: Option<f64>,
        /// Largest allowed value.
        #[cfg_attr(feature = "bindings", specta(type = Option<specta_typescript::Number>))]
        max: Option<f64>,
        /// Distance between allowed values.
        #[cfg_attr(feature = "bindings", specta(type = Option<specta_typescript::Number>))]
        step: Option<f64>,
    },
    /// A bounded number with a slider.
    Range {
        /// Smallest allowed value.
        #[cfg_attr(feature = "bindings", specta(type = specta_typescript::Number))]
        min: f64,
        /// Largest allowed value.
        #[cfg_attr(feature = "bindings", specta(type = specta_typescript::Number))]
        max: f64,
        /// Distance between allowed values.
        #[cfg_attr(feature = "bindings", specta(type = Option<specta_typescript::Number>))]
        step: Option<f64>,
    },
    /// A choice among options.
    Select {
        /// The options in published order.
        options: Vec<SelectOption>,
        /// Several options may be chosen; sent as an array.
        multiple: bool,
        /// The options are true and false and go out as JSON booleans.
        boolean: bool,
    },
    /// One or more files or addresses.
    Files {
        /// How files travel (`PROTOCOL.md` section 6.3).
        mode: FileMode,
        /// How many files fit, when known.
        max_files: Option<u32>,
        /// The key that takes addresses instead of files, when there is one.
        url_key: Option<String>,
    },
    /// A type this version does not know: filled in as raw text or JSON.
    Raw {
        /// The published type name.
        type_name: String,
    },
}

/// The type name of a raw input that is a select whose options the service publishes only in its own form.
pub const OPEN_SELECT: &str = "select";
/// The same where several options may be chosen; what is filled in is sent as an array.
pub const OPEN_SELECT_MULTIPLE: &str = "select multiple";

/// How the files of a field travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum FileMode {
    /// `fileinput`: exactly one file or address.
    Single,
    /// `multifileinput`: files in the field, addresses comma-joined in its twin.
    Separate,
    /// `combinefileinput`: files and addresses mixed in one repeated field.
    Combined,
}

/// One option of a select.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct SelectOption {
    /// What the person reads.
    pub label: String,
    /// What is sent; may be empty with meaning.
    pub value: String,
}

impl FormDefinition {
    /// All fields, group by group.
    pub fn fields(&self) -> impl Iterator<Item = &Field> {
        self.groups.iter().flat_map(|group| group.fields.iter())
    }

    /// The field with this wire key.
    pub fn field(&self, id: &str) -> Option<&Field> {
        self.fields().find(|field| field.id == id)
    }

    /// The form with the addresses of one file field under the field's own key instead of its twin's: for a model that
    /// takes them there (D-05; `PROTOCOL.md` section 6.3). Changes nothing when the field has no twin.
    #[must_use]
    pub fn with_addresses_in_field(mut self, id: &str) -> Self {
        let fields = self.groups.iter_mut().flat_map(|group| &mut group.fields);
        for field in fields.filter(|field| field.id == id) {
            if let Control::Files { url_key, .. } = &mut field.control {
                *url_key = None;
            }
        }
        self
    }
}
