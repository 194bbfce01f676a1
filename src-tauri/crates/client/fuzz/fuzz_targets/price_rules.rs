//! Price rules: the first line is a model, the second an object of answers.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rust_decimal::Decimal;
use serde_json::Value;
use wiro_client::forms::{Answer, Answers, FormDefinition};
use wiro_client::models::Model;
use wiro_client::pricing::{Price, PriceFacts, PriceRules};

fn answers(line: &str) -> Answers {
    let Ok(Value::Object(fields)) = serde_json::from_str(line) else {
        return Answers::default();
    };
    fields
        .into_iter()
        .map(|(name, value)| match value {
            Value::String(text) if text.starts_with("https:") => (name, Answer::url(text)),
            Value::String(text) => (name, Answer::text(text)),
            other => (name, Answer::text(other.to_string())),
        })
        .collect()
}

fn amount(text: &str) -> Decimal {
    let amount = text.parse::<Decimal>().expect("an amount is a number");
    assert!(amount >= Decimal::ZERO, "{text}");
    amount
}

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let (model, given) = text.split_once('\n').unwrap_or((&text, ""));
    let Ok(model) = serde_json::from_str::<Value>(model) else {
        return;
    };
    let model = Model::from_value(&model);
    let form = FormDefinition::from_model(&model);
    let rules = PriceRules::from_model(&model);
    for answers in [answers(given), form.defaults()] {
        match rules.price(&form, &answers, &PriceFacts::default()) {
            Price::Exact { usd } | Price::Rate { usd, .. } => {
                amount(&usd);
            }
            Price::Range { min_usd, max_usd } => assert!(amount(&min_usd) <= amount(&max_usd)),
            Price::Unknown { reason } => assert!(!reason.is_empty()),
        }
    }
});
