//! Asking for models (`PROTOCOL.md` sections 5.1 and 5.2).

use serde_json::Value;

use super::Model;
use crate::error::ErrorItem;
use crate::slug::ModelSlug;
use crate::wire::codec::{Count, CountText, Flag, Many, Plain, Text, Texts};
use crate::wire::{Extra, Record, Shape, record};

/// A question to `Tool/List` (`PROTOCOL.md` section 5.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelQuery {
    /// Free text; empty for all.
    pub search: String,
    /// Category slugs; empty for all.
    pub categories: Vec<String>,
    /// Tags; empty for all.
    pub tags: Vec<String>,
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
        Self {
            search: String::new(),
            categories: Vec::new(),
            tags: Vec::new(),
            slugowner: None,
            sort: None,
            order: None,
            start: 0,
            limit: 20,
        }
    }
}

record! {
    /// The body of `Tool/List` (`PROTOCOL.md` section 5.1).
    pub struct ModelListRequest {
        /// Offset of the first model; text on the wire.
        pub start: Option<u64> = CountText["start"],
        /// How many; text on the wire.
        pub limit: Option<u64> = CountText["limit"],
        /// Free text; `""` is sent for all.
        pub search: Option<String> = Plain["search"],
        /// Order of the answer, free text (C-30).
        pub sort: Option<String> = Text["sort"],
        /// `ASC` or `DESC`.
        pub order: Option<String> = Text["order"],
        /// Category slugs; an empty list is sent for all.
        pub categories: Option<Vec<String>> = Texts["categories"],
        /// Tags.
        pub tags: Option<Vec<String>> = Texts["tags"],
        /// Only models of this owner.
        pub slugowner: Option<String> = Text["slugowner"],
        /// Leaves workflows out.
        pub hide_workflows: Option<bool> = Flag["hideworkflows"],
        /// Asks for shorter records.
        pub summary: Option<bool> = Flag["summary"],
    }
}

record! {
    /// The body of `Tool/Detail` (`PROTOCOL.md` section 5.2).
    pub struct ModelRequest {
        /// Clean owner.
        pub slugowner: Option<String> = Text["slugowner"],
        /// Clean project.
        pub slugproject: Option<String> = Text["slugproject"],
        /// Asks for a shorter record.
        pub summary: Option<bool> = Flag["summary"],
    }
}

record! {
    /// The answer of `Tool/List` and `Tool/Detail`.
    pub struct ModelAnswer [wrapped] {
        /// Whether it succeeded.
        pub result: Option<bool> = Flag["result"],
        /// What went wrong.
        pub errors: Vec<ErrorItem> = Many["errors"],
        /// How many models there are in all.
        pub total: Option<u64> = Count["total"],
        /// The models at hand.
        pub models: Vec<Model> = Many["tool"],
    }
}

impl ModelQuery {
    /// The body to post.
    pub fn body(&self) -> Value {
        ModelListRequest::from(self).to_value()
    }
}

/// As the service and its own client have it: offsets are strings, empty texts and lists are sent.
impl From<&ModelQuery> for ModelListRequest {
    fn from(query: &ModelQuery) -> Self {
        Self {
            start: Some(query.start.into()),
            limit: Some(query.limit.clamp(1, 100).into()),
            search: Some(query.search.clone()),
            sort: Some(query.sort.clone().unwrap_or_else(|| "relevance".to_owned())),
            order: query.order.clone(),
            categories: Some(query.categories.clone()),
            tags: (!query.tags.is_empty()).then(|| query.tags.clone()),
            slugowner: query.slugowner.clone(),
            hide_workflows: Some(true),
            summary: Some(true),
            extra: Extra::default(),
        }
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
        let read = |fields| ModelAnswer::from_fields(fields, &mut Shape::default());
        answer.as_object().map(read).unwrap_or_default().into()
    }
}

impl From<ModelAnswer> for ModelPage {
    fn from(answer: ModelAnswer) -> Self {
        let at_hand = answer.models.len() as u64;
        Self {
            total: answer.total.unwrap_or(at_hand),
            models: answer.models,
        }
    }
}

/// The body of `Tool/Detail` (`PROTOCOL.md` section 5.2).
pub fn detail_body(slug: &ModelSlug) -> Value {
    ModelRequest {
        slugowner: Some(slug.owner().to_owned()),
        slugproject: Some(slug.project().to_owned()),
        ..ModelRequest::default()
    }
    .to_value()
}
