//! JSON request bodies, read leniently: numbers may be text, and a missing body is an empty object.

use axum::extract::{FromRequest, Request};
use serde_json::{Map, Value};

use super::{Refusal, intake};
use crate::schema::as_text;
use crate::submission;

/// A request body's members.
#[derive(Debug)]
pub(crate) struct Body(Map<String, Value>);

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refusal> {
        let invalid = || Refusal::new(0, submission::INVALID);
        let bytes = intake::whole(request.into_body(), intake::JSON_LIMIT)
            .await
            .ok_or_else(invalid)?;
        submission::object(&bytes).map(Self).ok_or_else(invalid)
    }
}

impl Body {
    /// A member as text; empty when absent.
    pub(crate) fn text(&self, key: &str) -> String {
        self.0.get(key).map(as_text).unwrap_or_default()
    }

    /// A list of texts; a single one counts as a list.
    pub(crate) fn texts(&self, key: &str) -> Vec<String> {
        let values = match self.0.get(key) {
            Some(Value::Array(values)) => values.iter().map(as_text).collect(),
            Some(value) => vec![as_text(value)],
            None => Vec::new(),
        };
        values.into_iter().filter(|text| !text.is_empty()).collect()
    }

    pub(crate) fn descending(&self) -> bool {
        self.text("order").eq_ignore_ascii_case("DESC")
    }

    /// `start` and `limit` (`PROTOCOL.md` section 4.3): 0 and 20 unless given, at most 100 at once.
    pub(crate) fn page<T>(&self, all: Vec<T>) -> Vec<T> {
        let number = |key: &str, default: usize| self.text(key).trim().parse().unwrap_or(default);
        all.into_iter()
            .skip(number("start", 0))
            .take(number("limit", 20).min(100))
            .collect()
    }
}
