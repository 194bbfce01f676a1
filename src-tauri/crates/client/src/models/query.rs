//! Asking for models (`PROTOCOL.md` sections 5.1 and 5.2).

use serde_json::{Value, json};

use super::Model;
use crate::lenient;
use crate::slug::ModelSlug;

/// A question to `Tool/List` (`PROTOCOL.md` section 5.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelQuery {
    /// Free text; empty for all.
    pub search: String,
    /// Category slugs; empty for all.
    pub categories: Vec<String>,
    /// Only models of this owner.
    pub slugowner: Option<String>,
    /// `relevance` unless given; free text (C-30).
    pub sort: Option<String>,
    /// `ASC` or `DESC`.
    pub order: Option<String>,
    /// Offset of the first model.
    pub start: u32,
    /// How many; the service takes at most 100.
    pub limit: u32,
}

impl Default for ModelQuery {
    fn default() -> Self {
        let (search, categories) = (String::new(), Vec::new());
        Self {
            search,
            categories,
            slugowner: None,
            sort: None,
            order: None,
            start: 0,
            limit: 20,
        }
    }
}

impl ModelQuery {
    /// The body to post. Offsets are strings, as the service and its own client have them.
    pub fn body(&self) -> Value {
        let mut body = json!({
            "start": self.start.to_string(),
            "limit": self.limit.clamp(1, 100).to_string(),
            "search": self.search,
            "sort": self.sort.as_deref().unwrap_or("relevance"),
            "categories": self.categories,
            "hideworkflows": true,
            "summary": true,
        });
        if let Some(order) = &self.order {
            body["order"] = order.as_str().into();
        }
        if let Some(owner) = &self.slugowner {
            body["slugowner"] = owner.as_str().into();
        }
        body
    }
}

/// A page of the catalogue.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ModelPage {
    /// The models of the page.
    pub models: Vec<Model>,
    /// How many there are in all.
    pub total: u64,
}

impl ModelPage {
    /// Reads the answer of `Tool/List` or `Tool/Detail`; a missing total counts the models at hand.
    pub fn from_value(answer: &Value) -> Self {
        let models: Vec<Model> = match answer.get("tool") {
            Some(Value::Array(models)) => models.iter().map(Model::from_value).collect(),
            _ => Vec::new(),
        };
        let at_hand = models.len() as u64;
        Self {
            models,
            total: lenient::u64(answer.get("total")).unwrap_or(at_hand),
        }
    }
}

/// The body of `Tool/Detail` (`PROTOCOL.md` section 5.2).
pub fn detail_body(slug: &ModelSlug) -> Value {
    json!({ "slugowner": slug.owner(), "slugproject": slug.project() })
}
