//! What a run that trains a model is asked for besides.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::support::{Lab, serving};

fn training(balance: u64) -> Lab {
    let models = json!([
        { "cleanslugowner": "acme", "cleanslugproject": "train", "categories": ["tool", "training"], "parameters": null },
        { "cleanslugowner": "acme", "cleanslugproject": "use", "categories": ["tool"], "parameters": null },
    ]);
    serving(&models, |config| config.balance(Decimal::from(balance)))
}

fn named(name: &str) -> Value {
    json!({ "trainModelName": name })
}

#[tokio::test]
async fn training_needs_ten_dollars() {
    let lab = training(9);
    let refused = (97, "Insufficient balance".to_owned());
    assert_eq!(lab.refusal("Run/acme/train", named("mine")).await, refused);
    lab.ended(&lab.run("acme/use", named("mine")).await).await;
    let lab = training(10);
    let task = lab.run("acme/train", named("mine")).await;
    assert_eq!(lab.ended(&task).await["pexit"], "0");
}

#[tokio::test]
async fn the_new_model_has_a_name_of_its_own() {
    let lab = training(100);
    let cases = [
        (
            "my model",
            "Your model name should be contain (A-Z) (0-9) (-) (_) (.)",
        ),
        ("..", "This name is not allowed"),
    ];
    for (name, message) in cases {
        let refused = lab.refusal("Run/acme/train", named(name)).await;
        assert_eq!(refused, (0, message.to_owned()), "{name}");
    }
    lab.ended(&lab.run("acme/train", named("mine")).await).await;
    let taken = (0, "This model name is already in use".to_owned());
    assert_eq!(lab.refusal("Run/acme/train", named("mine")).await, taken);
    // Only training makes models, and only names are unique.
    for (model, name) in [
        ("acme/use", "mine"),
        ("acme/train", "other"),
        ("acme/train", ""),
    ] {
        lab.ended(&lab.run(model, named(name)).await).await;
    }
}
