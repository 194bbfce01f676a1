//! JSON request bodies, read leniently: numbers may be text, and a missing body is an empty object.

use axum::extract::{FromRequest, Request};
use rust_decimal::prelude::ToPrimitive;
use serde_json::{Map, Value};

use super::{Refusal, intake};
use crate::catalogue::Direction;
use crate::documented::Documented;
use crate::schema::{as_number, as_text};
use crate::submission;

/// A request body's members.
#[derive(Debug)]
pub(crate) struct Body(Map<String, Value>);

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refusal> {
        let invalid = || Documented::Invalid.into();
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

    /// A member as text, or the refusal of a request without it.
    pub(crate) fn needed(&self, key: &str) -> Result<String, Refusal> {
        Some(self.text(key))
            .filter(|text| !text.is_empty())
            .ok_or_else(|| Refusal::new(0, format!("Request parameter [{key}] required")))
    }

    /// A switch, which some clients send as text or a number.
    pub(crate) fn flag(&self, key: &str) -> bool {
        matches!(self.text(key).as_str(), "true" | "1")
    }

    /// Which way to sort, if the request says.
    pub(crate) fn direction(&self) -> Option<Direction> {
        match self.text("order").to_ascii_uppercase().as_str() {
            "ASC" => Some(Direction::Ascending),
            "DESC" => Some(Direction::Descending),
            _ => None,
        }
    }

    /// `start` and `limit` (`PROTOCOL.md` section 4.3), numbers or text: 0 and 20 unless given, at most 100 at once. What is
    /// no whole number from zero on counts as not given.
    pub(crate) fn page<T>(&self, all: Vec<T>) -> Vec<T> {
        let number = |key: &str| {
            let number = self.0.get(key).and_then(as_number)?;
            number.is_integer().then(|| number.to_usize()).flatten()
        };
        all.into_iter()
            .skip(number("start").unwrap_or(0))
            .take(number("limit").unwrap_or(20).min(100))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn pages_take_numbers_and_text_and_pass_over_the_rest() {
        let table = [
            (json!({}), 0, 20),
            (json!({ "start": "5", "limit": "3" }), 5, 3),
            (json!({ "start": 5, "limit": 3 }), 5, 3),
            (json!({ "start": 5.0, "limit": " 3 " }), 5, 3),
            (json!({ "start": "-5", "limit": "many" }), 0, 20),
            (json!({ "start": 1.5, "limit": -1 }), 0, 20),
            (json!({ "start": null, "limit": "" }), 0, 20),
            (json!({ "start": 10, "limit": 0 }), 10, 0),
            (json!({ "start": "0", "limit": "1000" }), 0, 100),
            (json!({ "start": "999", "limit": "5" }), 200, 0),
            (json!({ "start": 1e30, "limit": "5" }), 0, 5),
            (json!({ "start": [], "limit": {} }), 0, 20),
        ];
        for (body, start, limit) in table {
            let page = Body(body.as_object().unwrap().clone()).page((0..200).collect());
            let expected: Vec<i32> = (start..200).take(limit).collect();
            assert_eq!(page, expected, "{body}");
        }
    }

    #[test]
    fn switches_and_directions_are_read_leniently() {
        let body = json!({ "a": true, "b": "true", "c": 1, "d": "false", "order": "desc" });
        let body = Body(body.as_object().unwrap().clone());
        let flags = ["a", "b", "c", "d", "e"].map(|key| body.flag(key));
        assert_eq!(flags, [true, true, true, false, false]);
        assert_eq!(body.direction(), Some(Direction::Descending));
        assert_eq!(body.needed("a").unwrap(), "true");
        assert!(body.needed("e").is_err());
    }
}
