//! A model's parameters and the rules they put on a request (`PROTOCOL.md` sections 5.4 and 6.3).

use rust_decimal::Decimal;
use serde_json::Value;

/// What a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Number,
    Select,
    File,
    /// Files in `P`, URLs comma-joined in `PUrl`.
    MultiFile,
    /// Files and URLs mixed in repeated `P`; some clients send `PUrl` all the same.
    CombineFile,
}

impl Kind {
    fn of(name: &str) -> Self {
        match name {
            "range" | "number" | "numeric" | "integer" | "float" => Self::Number,
            "select" => Self::Select,
            "fileinput" => Self::File,
            "multifileinput" => Self::MultiFile,
            "combinefileinput" => Self::CombineFile,
            _ => Self::Text,
        }
    }

    pub(crate) fn is_file(self) -> bool {
        matches!(self, Self::File | Self::MultiFile | Self::CombineFile)
    }
}

/// One parameter.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) id: String,
    pub(crate) kind: Kind,
    pub(crate) required: bool,
    pub(crate) default: Option<Value>,
    options: Vec<String>,
    min: Option<Decimal>,
    max: Option<Decimal>,
    /// Where URLs for a file parameter may be given instead.
    pub(crate) url_twins: Vec<String>,
}

/// A model's parameters. A model without any published takes everything.
#[derive(Debug, Clone)]
pub(crate) struct Schema {
    pub(crate) items: Vec<Item>,
    open: bool,
}

impl Schema {
    /// Reads `parameters` of a model object leniently.
    pub(crate) fn read(parameters: Option<&Value>) -> Self {
        let groups = parameters.and_then(Value::as_array);
        let items = groups
            .into_iter()
            .flatten()
            .filter_map(|group| group.get("items")?.as_array());
        let mut items: Vec<Item> = items.flatten().filter_map(Item::read).collect();
        let others: Vec<(String, Kind)> = items
            .iter()
            .map(|item| (item.id.clone(), item.kind))
            .collect();
        for item in &mut items {
            item.url_twins = item.find_twins(&others);
        }
        Self {
            items,
            open: groups.is_none(),
        }
    }

    /// True when nothing is known about the parameters, so nothing can be refused.
    pub(crate) fn is_open(&self) -> bool {
        self.open
    }

    pub(crate) fn item(&self, id: &str) -> Option<&Item> {
        self.items.iter().find(|item| item.id == id)
    }

    /// The file parameter that `id` carries URLs for.
    pub(crate) fn twin_of(&self, id: &str) -> Option<&Item> {
        self.items
            .iter()
            .find(|item| item.url_twins.iter().any(|twin| twin == id))
    }
}

impl Item {
    fn read(value: &Value) -> Option<Self> {
        let options = value.get("options").and_then(Value::as_array);
        Some(Self {
            id: value.get("id")?.as_str()?.to_owned(),
            kind: Kind::of(
                value
                    .get("type")
                    .and_then(Value::as_str)
                    .unwrap_or_default(),
            ),
            required: value
                .get("required")
                .is_some_and(|required| as_text(required) == "true"),
            default: value
                .get("default")
                .filter(|default| !is_blank(default))
                .cloned(),
            options: options
                .into_iter()
                .flatten()
                .map(|option| as_text(option.get("value").unwrap_or(option)))
                .collect(),
            min: value.get("min").and_then(as_number),
            max: value.get("max").and_then(as_number),
            url_twins: Vec::new(),
        })
    }

    /// `{id}Url` by contract, unless the schema uses that name for something else; the schema's own parameters for URLs
    /// win, such as `inputDocumentUrlMultiple` beside `inputDocumentMultiple`.
    fn find_twins(&self, others: &[(String, Kind)]) -> Vec<String> {
        if !self.kind.is_file() {
            return Vec::new();
        }
        let own: Vec<String> = others
            .iter()
            .filter(|(other, kind)| *kind == Kind::Text && is_url_name_of(&self.id, other))
            .map(|(other, _)| other.clone())
            .collect();
        if !own.is_empty() {
            return own;
        }
        let contract = format!("{}Url", self.id);
        let taken = others.iter().any(|(other, _)| *other == contract);
        if taken { Vec::new() } else { vec![contract] }
    }

    /// What is wrong with a value that is not a file, in the service's words.
    pub(crate) fn problem(&self, value: Option<&Value>) -> Option<String> {
        let blank = value.is_none_or(is_blank);
        if blank && self.required && !self.takes_blank(value) {
            return Some(format!("Request parameter [{}] required", self.id));
        }
        let value = value.filter(|_| !blank)?;
        match self.kind {
            Kind::Number => self.number_problem(value),
            Kind::Select => self.select_problem(value),
            _ => None,
        }
    }

    /// A select may offer the empty value itself.
    fn takes_blank(&self, value: Option<&Value>) -> bool {
        self.kind == Kind::Select
            && value.is_some_and(|value| self.options.contains(&as_text(value)))
    }

    fn number_problem(&self, value: &Value) -> Option<String> {
        let Some(number) = as_number(value) else {
            return Some(format!(
                "Request parameter [{}] must be integer or float",
                self.id
            ));
        };
        let low = self.min.is_some_and(|min| number < min);
        let high = self.max.is_some_and(|max| number > max);
        (low || high).then(|| {
            let bound = |bound: Option<Decimal>| {
                bound.map_or_else(|| "-".to_owned(), |bound| bound.normalize().to_string())
            };
            format!(
                "Request parameter [{}] must be between {} and {}",
                self.id,
                bound(self.min),
                bound(self.max)
            )
        })
    }

    /// Lists that are loaded at run time are published with nothing or a blank in them: those take any value.
    fn select_problem(&self, value: &Value) -> Option<String> {
        if self.options.iter().all(String::is_empty) {
            return None;
        }
        let known = match value {
            Value::Array(values) => values
                .iter()
                .all(|value| self.options.contains(&as_text(value))),
            value => self.options.contains(&as_text(value)),
        };
        (!known).then(|| "Request parameters are invalid.".to_owned())
    }
}

/// Whether `other` is `id` with a word for an address put into it.
fn is_url_name_of(id: &str, other: &str) -> bool {
    ["Url", "URL", "_url"].into_iter().any(|word| {
        other
            .match_indices(word)
            .any(|(at, _)| at > 0 && id == [&other[..at], &other[at + word.len()..]].concat())
    })
}

/// Absent in effect: `null`, empty text or an empty list.
pub(crate) fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(values) => values.is_empty(),
        _ => false,
    }
}

/// A scalar as text, the way the service compares values.
pub(crate) fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// A number or numeric text.
pub(crate) fn as_number(value: &Value) -> Option<Decimal> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_owned(),
        _ => return None,
    };
    text.parse()
        .or_else(|_| Decimal::from_scientific(&text))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn item(value: &Value) -> Item {
        Item::read(value).unwrap()
    }

    #[test]
    fn messages_are_the_documented_ones() {
        let scale =
            item(&json!({"id": "scale", "type": "range", "required": true, "min": "1", "max": 8}));
        let cases = [
            (None, Some("Request parameter [scale] required")),
            (Some(json!("")), Some("Request parameter [scale] required")),
            (
                Some(json!("many")),
                Some("Request parameter [scale] must be integer or float"),
            ),
            (
                Some(json!(true)),
                Some("Request parameter [scale] must be integer or float"),
            ),
            (
                Some(json!(9)),
                Some("Request parameter [scale] must be between 1 and 8"),
            ),
            (
                Some(json!("0.5")),
                Some("Request parameter [scale] must be between 1 and 8"),
            ),
            (Some(json!("8")), None),
            (Some(json!(2.5)), None),
        ];
        for (value, problem) in cases {
            assert_eq!(
                scale.problem(value.as_ref()).as_deref(),
                problem,
                "{value:?}"
            );
        }
    }

    #[test]
    fn selects_compare_as_text_and_open_lists_take_anything() {
        let flag = item(
            &json!({"id": "f", "type": "select", "options": [{"label": "", "value": true}, {"value": "5"}]}),
        );
        assert_eq!(flag.problem(Some(&json!("true"))), None);
        assert_eq!(flag.problem(Some(&json!(5))), None);
        assert_eq!(
            flag.problem(Some(&json!("6"))).as_deref(),
            Some("Request parameters are invalid.")
        );
        let open = item(
            &json!({"id": "f", "type": "select", "required": "true", "options": [{"label": "", "value": ""}]}),
        );
        assert_eq!(open.problem(Some(&json!(["a", "b"]))), None);
        assert_eq!(open.problem(Some(&json!(""))), None);
        assert_eq!(
            open.problem(None).as_deref(),
            Some("Request parameter [f] required")
        );
    }

    #[test]
    fn url_twins_follow_the_contract_unless_the_schema_has_its_own() {
        let schema = Schema::read(Some(&json!([{"title": "Input", "items": [
            {"id": "inputImage", "type": "fileinput"},
            {"id": "inputDocumentMultiple", "type": "multifileinput"},
            {"id": "inputDocumentUrlMultiple", "type": "textarea"},
            {"id": "images", "type": "combinefileinput"},
            {"id": "clips", "type": "combinefileinput"},
            {"id": "clip_urls", "type": "text"},
            {"id": "voice", "type": "fileinput"},
            {"id": "voiceUrl", "type": "select"},
            {"id": "maskURL", "type": "text"},
            {"id": "mask", "type": "fileinput"},
        ]}])));
        let twins: Vec<_> = schema
            .items
            .iter()
            .filter(|item| item.kind.is_file())
            .map(|item| (item.id.as_str(), item.url_twins.join(" ")))
            .collect();
        let expected = [
            ("inputImage", "inputImageUrl"),
            ("inputDocumentMultiple", "inputDocumentUrlMultiple"),
            ("images", "imagesUrl"),
            ("clips", "clip_urls"),
            ("voice", ""),
            ("mask", "maskURL"),
        ];
        assert_eq!(twins, expected.map(|(id, twin)| (id, twin.to_owned())));
        assert!(Schema::read(Some(&Value::Null)).is_open());
        assert!(!schema.is_open());
    }
}
