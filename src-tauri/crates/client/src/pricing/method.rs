//! The ten billing codes (`PROTOCOL.md` section 13.3).

use rust_decimal::Decimal;
use serde_json::Value;

use super::Inputs;
use super::rule::Rule;
use crate::forms::{Answer, Control, Field};
use crate::lenient;

/// Pixels of one tier of `cp-pixel`.
const TIER_PIXELS: u64 = 1_048_576;

/// Parameters that say how many results a run makes.
const OUTPUT_COUNT_KEYS: &[&str] = &[
    "samples",
    "numberOfOutputs",
    "numOutputs",
    "num_outputs",
    "numberOfImages",
];
/// Parameters that say how long the video of a run is, in seconds.
const VIDEO_SECONDS_KEYS: &[&str] = &[
    "duration",
    "videoSeconds",
    "durationSeconds",
    "seconds",
    "totalVideoSeconds",
    "videoDuration",
];
/// Parameters whose value is a size such as `1024x768`.
const SIZE_KEYS: &[&str] = &["size", "resolution"];

/// How a price multiplies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Method {
    /// `cpr`
    Request,
    /// `cps`
    Second,
    /// `cpo`
    Output,
    /// `cpt`
    Token,
    /// `cp-pixel`
    Pixel,
    /// `cp-audiosecondslength`
    AudioSecond,
    /// `cp-promptlength`
    Character,
    /// `cp-outputVideoLength`
    VideoSecond,
    /// `cp-realtimeturn`
    Turn,
    /// `cp-readoutput`
    ModelReported,
    /// A code this version does not know.
    Unknown(String),
    /// The entry made no sense.
    Unreadable,
}

/// The amounts of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rates {
    pub(super) price: Option<Decimal>,
    /// `cp-pixel`: each further tier.
    pub(super) extra: Option<Decimal>,
    /// `cp-pixel`: each tier of an input image.
    pub(super) input: Option<Decimal>,
}

/// What one rule comes down to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Estimate {
    /// An amount between these two, which may be the same.
    Between(Decimal, Decimal),
    /// An amount per unit.
    Rate(Decimal, &'static str),
    /// Nothing, and why.
    Unknown(String),
}

impl Method {
    /// An entry without a method is priced per request (D-10).
    pub(super) fn from_value(value: Option<&Value>) -> Self {
        let Some(code) = lenient::text(value) else {
            return if matches!(value, Some(Value::Array(_) | Value::Object(_))) {
                Self::Unreadable
            } else {
                Self::Request
            };
        };
        match code.trim().to_ascii_lowercase().as_str() {
            "cpr" => Self::Request,
            "cps" => Self::Second,
            "cpo" => Self::Output,
            "cpt" => Self::Token,
            "cp-pixel" => Self::Pixel,
            "cp-audiosecondslength" => Self::AudioSecond,
            "cp-promptlength" => Self::Character,
            "cp-outputvideolength" => Self::VideoSecond,
            "cp-realtimeturn" => Self::Turn,
            "cp-readoutput" => Self::ModelReported,
            _ => Self::Unknown(code),
        }
    }
}

impl Rule {
    /// What this rule comes down to with what is known now.
    pub(super) fn estimate(&self, inputs: Inputs<'_>) -> Estimate {
        match &self.method {
            Method::Unreadable => return unknown("A price rule of the model cannot be read."),
            Method::Unknown(code) => {
                let code: String = code.chars().take(40).collect();
                return unknown(format!(
                    "The model is billed in a way this version does not know ({code})."
                ));
            }
            Method::ModelReported => {
                return unknown("The model reports its own cost when it ends.");
            }
            _ => {}
        }
        let Some(price) = self.rates.price else {
            return unknown("A price rule of the model cannot be read.");
        };
        let times = |amount: Option<Decimal>, unit: &'static str| match amount {
            Some(amount) => product(price, amount),
            None => rate(price, unit),
        };
        match &self.method {
            Method::Second => rate(price, "second"),
            Method::Token => rate(price, "token"),
            Method::Turn => rate(price, "turn"),
            Method::Output => times(
                inputs.outputs().map(|outputs| outputs.max(Decimal::ONE)),
                "output",
            ),
            Method::AudioSecond => times(
                inputs.facts.audio_seconds.filter(not_negative),
                "audio second",
            ),
            Method::VideoSecond => times(inputs.video_seconds(), "video second"),
            Method::Character => match inputs.prompt_length() {
                Some((low, high)) => match (product(price, low), product(price, high)) {
                    (Estimate::Between(low, _), Estimate::Between(_, high)) => {
                        Estimate::Between(low, high)
                    }
                    (other, _) => other,
                },
                None => rate(price, "character"),
            },
            Method::Pixel => self.pixels(price, inputs),
            _ => Estimate::Between(price, price),
        }
    }

    /// `p + (t - 1) x priceExtra`, or `p x t` without a `priceExtra`, and `priceInput` for each tier of each input image.
    /// Partial tiers are rounded up (D-11).
    fn pixels(&self, price: Decimal, inputs: Inputs<'_>) -> Estimate {
        let input_rate = self.rates.input.unwrap_or_default();
        let input_part = if input_rate.is_zero() {
            Some(Decimal::ZERO)
        } else {
            let Some(tiers) = inputs.image_tiers() else {
                return unknown(
                    "It depends on the size of the input pictures, which is not known.",
                );
            };
            input_rate.checked_mul(tiers)
        };
        let Some(output) = inputs.output_size().map(tiers) else {
            return self.pixels_of_unknown_result(price, input_part);
        };
        let output_part = match self.rates.extra {
            Some(extra) => extra
                .checked_mul(output - Decimal::ONE)
                .and_then(|further| further.checked_add(price)),
            None => price.checked_mul(output),
        };
        match output_part
            .zip(input_part)
            .and_then(|(output, input)| output.checked_add(input))
        {
            Some(sum) => Estimate::Between(sum, sum),
            None => too_large(),
        }
    }

    /// What can be said of `cp-pixel` while nobody knows how large the result will be.
    fn pixels_of_unknown_result(&self, price: Decimal, input_part: Option<Decimal>) -> Estimate {
        let Some(input_part) = input_part else {
            return too_large();
        };
        let extra = self.rates.extra.unwrap_or(price);
        if extra == price && input_part.is_zero() {
            return rate(price, "1,048,576 pixels");
        }
        if extra.is_zero() {
            // However large it is, only the first tier costs anything.
            return price
                .checked_add(input_part)
                .map_or_else(too_large, |sum| Estimate::Between(sum, sum));
        }
        let inputs = if input_part.is_zero() {
            String::new()
        } else {
            format!("; the input pictures come to ${}", super::money(input_part))
        };
        unknown(format!(
            "It depends on the size of the result: ${} for the first 1,048,576 pixels and ${} for each further{inputs}.",
            super::money(price),
            super::money(extra)
        ))
    }
}

impl Inputs<'_> {
    fn number(self, key: &str) -> Option<Decimal> {
        lenient::parse_decimal(&self.form.value_text(self.answers, key)?)
    }

    fn outputs(self) -> Option<Decimal> {
        let counted = || {
            OUTPUT_COUNT_KEYS
                .iter()
                .find_map(|key| self.number(key))
                .filter(Decimal::is_integer)
        };
        self.facts.outputs.map(Decimal::from).or_else(counted)
    }

    fn video_seconds(self) -> Option<Decimal> {
        let asked = || {
            VIDEO_SECONDS_KEYS
                .iter()
                .find_map(|key| self.number(key))
                .filter(|seconds| *seconds > Decimal::ZERO)
        };
        self.facts
            .output_video_seconds
            .filter(not_negative)
            .or_else(asked)
    }

    /// Least and greatest reading of the prompt's length: the service may count characters or UTF-16 units.
    fn prompt_length(self) -> Option<(Decimal, Decimal)> {
        let prompt = self
            .form
            .value_text(self.answers, "prompt")
            .filter(|prompt| !prompt.is_empty())?;
        Some((
            Decimal::from(prompt.chars().count()),
            Decimal::from(prompt.encode_utf16().count()),
        ))
    }

    fn output_size(self) -> Option<(u64, u64)> {
        let whole = |key: &str| {
            self.number(key)
                .and_then(|number| lenient::u64(Some(&Value::from(number.to_string()))))
        };
        let sides = || {
            whole("width")
                .zip(whole("height"))
                .filter(|(width, height)| *width > 0 && *height > 0)
        };
        let named = || {
            SIZE_KEYS
                .iter()
                .find_map(|key| parse_size(&self.form.value_text(self.answers, key)?))
        };
        let known = self
            .facts
            .output_size
            .map(|(width, height)| (u64::from(width), u64::from(height)));
        known.or_else(sides).or_else(named)
    }

    /// Tiers of all input pictures together; `None` while the size of one is not known.
    fn image_tiers(self) -> Option<Decimal> {
        let mut sum = Decimal::ZERO;
        for key in self.file_keys() {
            let given = self.form.value_count(self.answers, key);
            let sizes = self
                .facts
                .images
                .get(key)
                .map(Vec::as_slice)
                .unwrap_or_default();
            if sizes.len() < given {
                return None;
            }
            for (width, height) in sizes.iter().take(given) {
                sum = sum.checked_add(tiers((u64::from(*width), u64::from(*height))))?;
            }
        }
        Some(sum)
    }

    /// Fields that take files; without a schema, the answers that hold some.
    fn file_keys(&self) -> Vec<&str> {
        if self.form.has_schema {
            let takes_files = |field: &&Field| matches!(field.control, Control::Files { .. });
            return self
                .form
                .fields()
                .filter(takes_files)
                .map(|field| field.id.as_str())
                .collect();
        }
        self.answers
            .iter()
            .filter(|(_, answer)| matches!(answer, Answer::Files(_)))
            .map(|(key, _)| key.as_str())
            .collect()
    }
}

/// At least one, partial tiers rounded up.
fn tiers((width, height): (u64, u64)) -> Decimal {
    Decimal::from(width.saturating_mul(height).div_ceil(TIER_PIXELS).max(1))
}

/// `1024x768`, `1024*768` or `1024×768`.
fn parse_size(text: &str) -> Option<(u64, u64)> {
    let (width, height) = text.trim().split_once(['x', 'X', '*', '×'])?;
    let (width, height): (u64, u64) = (width.trim().parse().ok()?, height.trim().parse().ok()?);
    (width > 0 && height > 0).then_some((width, height))
}

fn not_negative(number: &Decimal) -> bool {
    *number >= Decimal::ZERO
}

fn product(price: Decimal, amount: Decimal) -> Estimate {
    match price.checked_mul(amount) {
        Some(cost) => Estimate::Between(cost, cost),
        None => too_large(),
    }
}

/// Nothing per unit is nothing, however many there will be.
fn rate(price: Decimal, unit: &'static str) -> Estimate {
    if price.is_zero() {
        Estimate::Between(price, price)
    } else {
        Estimate::Rate(price, unit)
    }
}

fn too_large() -> Estimate {
    unknown("The price is too large to compute.")
}

fn unknown(reason: impl Into<String>) -> Estimate {
    Estimate::Unknown(reason.into())
}
