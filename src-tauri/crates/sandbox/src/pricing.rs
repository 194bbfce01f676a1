//! What a finished task costs, by its model's own price entries (`PROTOCOL.md` section 13).

use std::collections::HashMap;

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use crate::schema::{as_number, as_text};

/// A tier of `cp-pixel`.
const TIER_PIXELS: Decimal = Decimal::from_parts(1_048_576, 0, 0, false, 0);

/// No task costs more, whatever a catalogue file and a request come up with together.
const CEILING_USD: Decimal = Decimal::from_parts(1_000_000, 0, 0, false, 0);

/// A model's price entries, decoded.
#[derive(Debug, Clone, Default)]
pub(crate) struct Prices {
    entries: Vec<Entry>,
    cps: Option<Decimal>,
}

#[derive(Debug, Clone)]
struct Entry {
    inputs: Map<String, Value>,
    price: Decimal,
    method: String,
    extra: Option<Decimal>,
    input: Option<Decimal>,
}

/// What is known once a task is over.
#[derive(Debug)]
pub(crate) struct Usage<'a> {
    /// Parameters as sent, completed by the schema's defaults.
    pub(crate) parameters: &'a Map<String, Value>,
    /// How many files each file parameter got.
    pub(crate) files: &'a HashMap<String, usize>,
    /// Width and height of the inputs that are pictures.
    pub(crate) pictures: &'a [(u32, u32)],
    pub(crate) elapsed: Decimal,
    pub(crate) outputs: usize,
}

impl Prices {
    /// From `dynamicprice`, decoded or as text, and `cps`.
    pub(crate) fn read(dynamic: Option<&Value>, cps: Option<&Value>) -> Self {
        let decoded = match dynamic {
            Some(Value::String(text)) => serde_json::from_str(text).unwrap_or_default(),
            Some(other) => other.clone(),
            None => Value::Null,
        };
        let entries = decoded
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Entry::read)
            .collect();
        Self {
            entries,
            cps: cps.and_then(as_amount),
        }
    }

    /// Whether any entry depends on how large pictures are.
    pub(crate) fn counts_pixels(&self) -> bool {
        self.entries.iter().any(|entry| entry.method == "cp-pixel")
    }

    /// What a succeeded task costs; only methods whose facts a server knows without understanding the output
    /// are charged, the others are free.
    pub(crate) fn cost(&self, usage: &Usage<'_>) -> Decimal {
        let matching = self.entries.iter().filter(|entry| entry.matches(usage));
        // The entry with most conditions; among equals the first, hence the reversal.
        let best = matching.rev().max_by_key(|entry| entry.inputs.len());
        let cost = match best {
            Some(entry) => entry.cost(usage),
            None if self.entries.is_empty() => {
                self.cps.unwrap_or_default().saturating_mul(usage.elapsed)
            }
            None => Decimal::ZERO,
        };
        cost.clamp(Decimal::ZERO, CEILING_USD).round_dp(12)
    }
}

impl Entry {
    fn read(value: &Value) -> Option<Self> {
        Some(Self {
            inputs: value
                .get("inputs")
                .and_then(Value::as_object)
                .cloned()
                .unwrap_or_default(),
            price: value.get("price").and_then(as_amount)?,
            method: value
                .get("priceMethod")
                .map_or_else(|| "cpr".to_owned(), as_text),
            extra: value.get("priceExtra").and_then(as_amount),
            input: value.get("priceInput").and_then(as_amount),
        })
    }

    fn matches(&self, usage: &Usage<'_>) -> bool {
        self.inputs.iter().all(|(id, wanted)| {
            let wanted = as_text(wanted);
            match wanted.strip_prefix("QUANTITY:") {
                Some(count) => {
                    count.trim() == usage.files.get(id).copied().unwrap_or_default().to_string()
                }
                None => usage.parameters.get(id).map(as_text).unwrap_or_default() == wanted,
            }
        })
    }

    fn cost(&self, usage: &Usage<'_>) -> Decimal {
        let number = |id: &str| {
            usage
                .parameters
                .get(id)
                .and_then(as_amount)
                .unwrap_or_default()
        };
        match self.method.as_str() {
            "cpr" => self.price,
            "cps" => self.price.saturating_mul(usage.elapsed),
            "cpo" => self.price.saturating_mul(usage.outputs.max(1).into()),
            "cp-promptlength" => {
                let prompt = usage
                    .parameters
                    .get("prompt")
                    .map(as_text)
                    .unwrap_or_default();
                self.price.saturating_mul(prompt.chars().count().into())
            }
            "cp-outputVideoLength" => self.price.saturating_mul(number("duration")),
            "cp-pixel" => {
                let output = tiers(number("width"), number("height"));
                let output = match self.extra {
                    Some(extra) => (output - Decimal::ONE)
                        .saturating_mul(extra)
                        .saturating_add(self.price),
                    None => self.price.saturating_mul(output),
                };
                let input = usage
                    .pictures
                    .iter()
                    .map(|(width, height)| tiers((*width).into(), (*height).into()))
                    .fold(Decimal::ZERO, Decimal::saturating_add);
                input
                    .saturating_mul(self.input.unwrap_or_default())
                    .saturating_add(output)
            }
            _ => Decimal::ZERO,
        }
    }
}

/// A number of a price or of what is priced; nothing here is below zero.
fn as_amount(value: &Value) -> Option<Decimal> {
    as_number(value).map(|number| number.max(Decimal::ZERO))
}

/// How many tiers so many pixels come to; a started one counts, and one is the least.
fn tiers(width: Decimal, height: Decimal) -> Decimal {
    (width.saturating_mul(height) / TIER_PIXELS)
        .ceil()
        .max(Decimal::ONE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn cost(dynamic: &Value, parameters: &Value, elapsed: &str) -> String {
        let files = HashMap::from([("images".to_owned(), 2)]);
        let parameters = parameters.as_object().unwrap();
        let usage = Usage {
            parameters,
            files: &files,
            pictures: &[(1024, 1024), (1025, 1024)],
            elapsed: elapsed.parse().unwrap(),
            outputs: 3,
        };
        Prices::read(Some(dynamic), None)
            .cost(&usage)
            .normalize()
            .to_string()
    }

    #[test]
    fn the_most_specific_entry_counts_and_values_compare_as_text() {
        let prices = json!(
            r#"[{"inputs":{},"price":1},{"inputs":{"resolution":"720p","duration":"5"},"price":0.13,"priceMethod":"cpr"}]"#
        );
        assert_eq!(
            cost(&prices, &json!({"resolution": "720p", "duration": 5}), "1"),
            "0.13"
        );
        assert_eq!(
            cost(&prices, &json!({"resolution": "1080p", "duration": 5}), "1"),
            "1"
        );
        let quantity = json!([{"inputs": {"images": "QUANTITY:2"}, "price": 0.2}]);
        assert_eq!(cost(&quantity, &json!({}), "1"), "0.2");
    }

    #[test]
    fn methods_follow_their_formulas() {
        let with = |method: &str, rest: &Value| {
            let mut entry = json!({"inputs": {}, "price": 0.01, "priceMethod": method});
            entry
                .as_object_mut()
                .unwrap()
                .extend(rest.as_object().unwrap().clone());
            json!([entry])
        };
        assert_eq!(cost(&with("cps", &json!({})), &json!({}), "6.5"), "0.065");
        assert_eq!(cost(&with("cpo", &json!({})), &json!({}), "1"), "0.03");
        assert_eq!(
            cost(
                &with("cp-promptlength", &json!({})),
                &json!({"prompt": "äöü"}),
                "1"
            ),
            "0.03"
        );
        let four_tiers = json!({"width": 2048, "height": 2048});
        assert_eq!(
            cost(&with("cp-pixel", &json!({})), &four_tiers, "1"),
            "0.04"
        );
        let extra = json!({"priceExtra": 0.5, "priceInput": 1});
        assert_eq!(cost(&with("cp-pixel", &extra), &four_tiers, "1"), "4.51");
    }

    #[test]
    fn no_price_overflows_or_pays_the_wallet() {
        let huge = "79228162514264337593543950335";
        let request = json!({"width": huge, "height": huge, "duration": huge, "prompt": "ab"});
        for method in [
            "cpr",
            "cps",
            "cpo",
            "cp-promptlength",
            "cp-outputVideoLength",
            "cp-pixel",
        ] {
            let with = |price: &str| json!([{"inputs": {}, "price": price, "priceMethod": method, "priceExtra": price, "priceInput": price}]);
            assert_eq!(cost(&with(huge), &request, huge), "1000000", "{method}");
            assert_eq!(cost(&with("-5"), &request, huge), "0", "{method}");
        }
        let length = json!([{"inputs": {}, "price": 1, "priceMethod": "cp-outputVideoLength"}]);
        assert_eq!(cost(&length, &json!({"duration": -3}), "1"), "0");
        let free = Prices::read(None, Some(&json!("-1")));
        let usage = Usage {
            parameters: &Map::new(),
            files: &HashMap::new(),
            pictures: &[],
            elapsed: Decimal::MAX,
            outputs: 0,
        };
        assert_eq!(free.cost(&usage), Decimal::ZERO);
    }

    #[test]
    fn without_entries_seconds_count() {
        let files = HashMap::new();
        let usage = Usage {
            parameters: &Map::new(),
            files: &files,
            pictures: &[],
            elapsed: "6".parse().unwrap(),
            outputs: 0,
        };
        let cost = Prices::read(None, Some(&json!("0.000585"))).cost(&usage);
        assert_eq!(format!("{cost:.12}"), "0.003510000000");
    }
}
