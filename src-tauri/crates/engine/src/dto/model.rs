//! Models as the catalogue and the model page show them.

use serde::{Deserialize, Serialize};
use wiro_client::forms::FormDefinition;
use wiro_client::pricing::Price;

/// What the catalogue asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct ModelListQuery {
    /// Free text; empty for all.
    pub search: String,
    /// One category slug.
    pub category: Option<String>,
    /// Offset of the first model.
    pub start: u32,
    /// How many, at most 100.
    pub limit: u32,
}

/// A page of the catalogue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct ModelPage {
    /// The models of this page.
    pub models: Vec<ModelSummary>,
    /// How many there are in all.
    pub total: u32,
}

/// A model in the catalogue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct ModelSummary {
    /// `owner/project`, clean slugs.
    pub model: String,
    /// What the person reads.
    pub title: String,
    /// A sentence or two.
    pub description: String,
    /// Category slugs, without the pseudo-category `tool`.
    pub categories: Vec<String>,
    /// Price with nothing filled in.
    pub price: Price,
    /// Typical computing time, as the service words it.
    pub computing_time: Option<String>,
    /// Share of successful runs between 0 and 1, when the service tells.
    #[cfg_attr(feature = "bindings", specta(type = Option<specta_typescript::Number>))]
    pub success_rate: Option<f64>,
}

/// A model with its form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct ModelDetail {
    /// The catalogue's part.
    pub summary: ModelSummary,
    /// The inputs.
    pub form: FormDefinition,
}
