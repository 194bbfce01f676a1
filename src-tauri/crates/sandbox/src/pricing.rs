//! What a finished task costs, by its model's own price entries (`PROTOCOL.md` section 13).

use std::collections::HashMap;

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use crate::schema::{as_number, as_text, is_blank};

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
    /// How long all inputs play that are audio.
    pub(crate) audio_seconds: Decimal,
    pub(crate) elapsed: Decimal,
    pub(crate) outputs: usize,
    /// Of what went in and what came out.
    pub(crate) tokens: usize,
    /// The amount that the model printed.
    pub(crate) printed: Option<Decimal>,
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
        self.counts("cp-pixel")
    }

    /// Whether any entry depends on how long audio is.
    pub(crate) fn counts_audio(&self) -> bool {
        self.counts("cp-audiosecondslength")
    }

    fn counts(&self, method: &str) -> bool {
        self.entries.iter().any(|entry| entry.method == method)
    }

    /// Whether this run is charged turn by turn.
    pub(crate) fn counts_turns(&self, usage: &Usage<'_>) -> bool {
        let best = self.best(usage);
        best.is_some_and(|entry| entry.method == "cp-realtimeturn")
    }

    /// What a succeeded task costs. One that no entry fits is free: what the service charges then is not documented.
    pub(crate) fn cost(&self, usage: &Usage<'_>) -> Decimal {
        let cost = match self.best(usage) {
            Some(entry) => entry.cost(usage),
            None if self.entries.is_empty() => {
                self.cps.unwrap_or_default().saturating_mul(usage.elapsed)
            }
            None => Decimal::ZERO,
        };
        cost.clamp(Decimal::ZERO, CEILING_USD).round_dp(12)
    }

    /// The matching entry with most conditions; among equals the first (`PROTOCOL.md` section 28, D-12), hence the
    /// reversal.
    fn best(&self, usage: &Usage<'_>) -> Option<&Entry> {
        let matching = self.entries.iter().filter(|entry| entry.matches(usage));
        matching.rev().max_by_key(|entry| entry.inputs.len())
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
            // Without a method it is a price per request (`PROTOCOL.md` section 28, D-10).
            method: value
                .get("priceMethod")
                .filter(|method| !is_blank(method))
                .map_or_else(|| "cpr".to_owned(), as_text),
            extra: value.get("priceExtra").and_then(as_amount),
            input: value.get("priceInput").and_then(as_amount),
        })
    }

    fn matches(&self, usage: &Usage<'_>) -> bool {
        self.inputs.iter().all(|(id, wanted)| {
            let wanted = as_text(wanted);
            let files = usage.files.get(id).copied().unwrap_or_default();
            match wanted.strip_prefix("QUANTITY:") {
                Some(count) => count.trim() == files.to_string(),
                // A file that was sent is no text, not even an empty one.
                None => match usage.parameters.get(id) {
                    Some(value) => as_text(value) == wanted,
                    None => wanted.is_empty() && files == 0,
                },
            }
        })
    }

    fn cost(&self, usage: &Usage<'_>) -> Decimal {
        let price = self.price;
        match self.method.as_str() {
            // Of a session a run here is one turn.
            "cpr" | "cp-realtimeturn" => price,
            "cps" => price.saturating_mul(usage.elapsed),
            "cpo" => price.saturating_mul(usage.outputs.max(1).into()),
            "cpt" => price.saturating_mul(usage.tokens.into()),
            "cp-pixel" => self.pixels(usage),
            "cp-audiosecondslength" => price.saturating_mul(usage.audio_seconds),
            "cp-promptlength" => {
                let prompt = usage.parameters.get("prompt").map(as_text);
                let characters = prompt.unwrap_or_default().chars().count();
                price.saturating_mul(characters.into())
            }
            "cp-outputVideoLength" => price.saturating_mul(video_seconds(usage.parameters)),
            "cp-readoutput" => usage.printed.unwrap_or_default(),
            _ => Decimal::ZERO,
        }
    }

    /// Of what came out by its parameters, of what went in by the pictures themselves (`PROTOCOL.md` section 28, D-11).
    fn pixels(&self, usage: &Usage<'_>) -> Decimal {
        let side = |id: &str| usage.parameters.get(id).and_then(as_amount);
        let output = tiers(
            side("width").unwrap_or_default(),
            side("height").unwrap_or_default(),
        );
        let output = match self.extra {
            Some(extra) => (output - Decimal::ONE)
                .saturating_mul(extra)
                .saturating_add(self.price),
            None => self.price.saturating_mul(output),
        };
        let pictures = usage.pictures.iter();
        let input = pictures
            .map(|(width, height)| tiers((*width).into(), (*height).into()))
            .fold(Decimal::ZERO, Decimal::saturating_add);
        input
            .saturating_mul(self.input.unwrap_or_default())
            .saturating_add(output)
    }
}

/// How long a video was asked for: models that echo make none. The names are those that real models use.
fn video_seconds(parameters: &Map<String, Value>) -> Decimal {
    const NAMES: [&str; 7] = [
        "duration",
        "videoDuration",
        "durationSeconds",
        "videoSeconds",
        "totalVideoSeconds",
        "videoLength",
        "seconds",
    ];
    let mut given = NAMES.into_iter().filter_map(|name| parameters.get(name));
    given.find_map(as_amount).unwrap_or_default()
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
mod tests;
