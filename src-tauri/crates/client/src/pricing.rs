//! Pricing: what a run may cost, from the rules a model publishes (`PROTOCOL.md` section 13).
//!
//! Estimates only; the truth is the task's total cost. Money is decimal throughout. Nothing here claims an exact figure
//! when several rules fit or when an amount is not known before the run.

mod method;
mod price;
mod rule;

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::Value;

pub use price::Price;

use self::method::Estimate;
use self::rule::{Fit, Rule};
use crate::forms::{Answers, FormDefinition};
use crate::lenient;
use crate::models::Model;

/// The price rules of one model.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PriceRules {
    rules: Vec<Rule>,
    cps: Option<Decimal>,
    approximate: Option<Decimal>,
}

/// What is known about the files and results of a run beyond the answers. Whatever is missing makes a price less
/// certain, never wrong.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PriceFacts {
    /// Width and height of the pictures of a field, by wire key.
    pub images: BTreeMap<String, Vec<(u32, u32)>>,
    /// Seconds of all input audio files together.
    pub audio_seconds: Option<Decimal>,
    /// How many results the run will make.
    pub outputs: Option<u32>,
    /// Width and height of the result.
    pub output_size: Option<(u32, u32)>,
    /// Seconds of the video the run will make.
    pub output_video_seconds: Option<Decimal>,
}

/// What an estimate may look at.
#[derive(Clone, Copy)]
struct Inputs<'a> {
    form: &'a FormDefinition,
    answers: &'a Answers,
    facts: &'a PriceFacts,
}

impl PriceRules {
    /// The rules of a model; a price list that cannot be read counts as none (section 13.4, rule 1).
    pub fn from_model(model: &Model) -> Self {
        let entries = match lenient::json(model.dynamic_price.as_ref()) {
            Some(Value::Array(entries)) => entries,
            _ => Vec::new(),
        };
        let mut rules: Vec<Rule> = Vec::new();
        for entry in &entries {
            let rule = Rule::from_value(entry);
            // The same line twice says nothing twice; it is not a tie.
            if !rules.contains(&rule) {
                rules.push(rule);
            }
        }
        Self {
            rules,
            cps: model.cps,
            approximate: model.approximate_cost,
        }
    }

    /// What a run with these answers may cost.
    pub fn price(&self, form: &FormDefinition, answers: &Answers, facts: &PriceFacts) -> Price {
        if self.rules.is_empty() {
            return self.price_without_rules();
        }
        let inputs = Inputs {
            form,
            answers,
            facts,
        };
        match self.candidates(inputs).as_slice() {
            [] => together(self.rules.iter().map(|rule| rule.estimate(inputs))),
            [(Fit::Yes, only)] => only.estimate(inputs).into_price(),
            several => together(several.iter().map(|(_, rule)| rule.estimate(inputs))),
        }
    }

    /// The rules that may be the one the service takes: the most specific that fit (D-12), and those at least as
    /// specific of which it is not known whether they fit.
    fn candidates(&self, inputs: Inputs<'_>) -> Vec<(Fit, &Rule)> {
        let fits: Vec<(Fit, &Rule)> = self
            .rules
            .iter()
            .map(|rule| (rule.fit(inputs), rule))
            .collect();
        let best = fits
            .iter()
            .filter(|(fit, _)| *fit == Fit::Yes)
            .map(|(_, rule)| rule.keys())
            .max();
        let may_win = |fit: Fit, keys: usize| match fit {
            Fit::Yes => Some(keys) == best,
            Fit::Unknown => best.is_none_or(|best| keys >= best),
            Fit::No => false,
        };
        fits.into_iter()
            .filter(|(fit, rule)| may_win(*fit, rule.keys()))
            .collect()
    }

    /// Models without rules cost their rate per second of processing (section 13.3).
    fn price_without_rules(&self) -> Price {
        match (self.cps, self.approximate) {
            (Some(cps), _) if cps > Decimal::ZERO => Price::Rate {
                usd: money(cps),
                unit: "second".to_owned(),
            },
            (_, Some(average)) if average > Decimal::ZERO => Price::Unknown {
                reason: format!(
                    "A run costs about ${} on average; no price is published.",
                    money(average)
                ),
            },
            _ => Price::Unknown {
                reason: "The model publishes no price.".to_owned(),
            },
        }
    }
}

/// Several estimates of which one will hold: never exact.
fn together(estimates: impl Iterator<Item = Estimate>) -> Price {
    let mut span: Option<(Decimal, Decimal)> = None;
    let mut rates: Vec<(Decimal, &'static str)> = Vec::new();
    for estimate in estimates {
        match estimate {
            Estimate::Between(low, high) => {
                let (least, greatest) = span.unwrap_or((low, high));
                span = Some((least.min(low), greatest.max(high)));
            }
            Estimate::Rate(usd, unit) => rates.push((usd, unit)),
            Estimate::Unknown(reason) => return Price::Unknown { reason },
        }
    }
    match (span, rates.split_first()) {
        (Some((low, high)), None) => Price::Range {
            min_usd: money(low),
            max_usd: money(high),
        },
        (None, Some((first, rest))) if rest.iter().all(|rate| rate == first) => Price::Rate {
            usd: money(first.0),
            unit: first.1.to_owned(),
        },
        (None, Some((first, rest))) if rest.iter().all(|rate| rate.1 == first.1) => {
            let low = rates.iter().map(|rate| rate.0).min().unwrap_or_default();
            let high = rates.iter().map(|rate| rate.0).max().unwrap_or_default();
            let unit = first.1;
            Price::Unknown {
                reason: format!(
                    "Between ${} and ${} per {unit}, depending on which price rule holds.",
                    money(low),
                    money(high)
                ),
            }
        }
        _ => Price::Unknown {
            reason: "Price rules of different kinds may hold.".to_owned(),
        },
    }
}

/// An amount as text, without trailing zeros and never in scientific notation.
fn money(amount: Decimal) -> String {
    amount.normalize().to_string()
}

impl Estimate {
    fn into_price(self) -> Price {
        match self {
            Self::Between(low, high) if low == high => Price::Exact { usd: money(low) },
            Self::Between(low, high) => Price::Range {
                min_usd: money(low),
                max_usd: money(high),
            },
            Self::Rate(usd, unit) => Price::Rate {
                usd: money(usd),
                unit: unit.to_owned(),
            },
            Self::Unknown(reason) => Price::Unknown { reason },
        }
    }
}
