//! Section 13: what a run costs by each method; every figure is worked out by hand.

use crate::support::{Sandbox, model, part, png, wav};
use reqwest::multipart::Form;
use rust_decimal::Decimal;
use serde_json::{Value, json};

/// One model for each billing code of section 13.3, named after it.
fn one_of_each() -> Vec<Value> {
    let entry = |more: Value| {
        let mut entry = json!({"inputs": {}, "price": 0.01});
        entry
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        json!([entry])
    };
    let code = |code: &str| entry(json!({"priceMethod": code}));
    let mut by_the_second = model::model("none", &json!([]));
    by_the_second
        .as_object_mut()
        .unwrap()
        .remove("dynamicprice");
    by_the_second["cps"] = json!("0.000585");
    vec![
        model::model("cpr", &code("cpr")),
        model::model("cps", &code("cps")),
        model::model("cpo", &code("cpo")),
        model::model("cpt", &code("cpt")),
        model::model("cp-pixel", &code("cp-pixel")),
        model::model(
            "cp-pixel-extra",
            &entry(json!({"priceMethod": "cp-pixel", "priceExtra": 0.003, "priceInput": 0.002})),
        ),
        model::model("cp-audiosecondslength", &code("cp-audiosecondslength")),
        model::model("cp-promptlength", &code("cp-promptlength")),
        model::model("cp-outputvideolength", &code("cp-outputVideoLength")),
        model::model("cp-realtimeturn", &code("cp-realtimeturn")),
        model::model("cp-readoutput", &code("cp-readoutput")),
        model::model("no-method", &entry(json!({}))),
        by_the_second,
    ]
}

async fn priced() -> Sandbox {
    Sandbox::serving(&one_of_each(), &["--balance", "300"]).await
}

fn decimal(value: &Value) -> Decimal {
    value.as_str().unwrap().parse().unwrap()
}

fn amount(text: &str) -> Decimal {
    text.parse().unwrap()
}

async fn finished(sandbox: &Sandbox, slug: &str, body: Value) -> Value {
    let run = sandbox.run(&format!("price-lab/{slug}"), body).await;
    sandbox.succeeded(&run).await
}

async fn cost(sandbox: &Sandbox, slug: &str, body: Value) -> Decimal {
    decimal(&finished(sandbox, slug, body).await["totalcost"])
}

/// The methods whose unit the request alone decides.
#[tokio::test]
async fn section_13_3_charges_that_follow_from_the_request() {
    let sandbox = priced().await;
    let cases = [
        ("cpr", json!({"prompt": "a"}), "0.01"),
        ("no-method", json!({"prompt": "a"}), "0.01"),
        ("cpo", json!({"prompt": "a"}), "0.01"),
        // 12 characters, of which "ö" has two bytes.
        ("cp-promptlength", json!({"prompt": "zwölf Zeiche"}), "0.12"),
        ("cp-promptlength", json!({"prompt": "x".repeat(250)}), "2.5"),
        // 1024 x 1024 is one tier, one pixel more is two, 2048 x 1536 is three.
        (
            "cp-pixel",
            json!({"prompt": "a", "width": 1024, "height": 1024}),
            "0.01",
        ),
        (
            "cp-pixel",
            json!({"prompt": "a", "width": 64, "height": 64}),
            "0.01",
        ),
        (
            "cp-pixel",
            json!({"prompt": "a", "width": 1025, "height": 1024}),
            "0.02",
        ),
        (
            "cp-pixel",
            json!({"prompt": "a", "width": "2048", "height": "1536"}),
            "0.03",
        ),
        (
            "cp-pixel-extra",
            json!({"prompt": "a", "width": 1024, "height": 1024}),
            "0.01",
        ),
        (
            "cp-pixel-extra",
            json!({"prompt": "a", "width": 2048, "height": 1536}),
            "0.016",
        ),
    ];
    for (slug, body, expected) in cases {
        assert_eq!(
            cost(&sandbox, slug, body.clone()).await,
            amount(expected),
            "{slug} {body}"
        );
    }
}

/// Whether the tier of an input is its own or the output's is open (D-11).
#[tokio::test]
async fn section_13_3_input_pictures_are_charged_by_tiers() {
    let sandbox = priced().await;
    let form = Form::new()
        .text("prompt", "a")
        .text("width", "1024")
        .text("height", "1024")
        .part("mixed", part("small.png", png(16, 16)))
        .part("mixed", part("large.png", png(2048, 1024)));
    let run = sandbox.run_form("price-lab/cp-pixel-extra", form).await;
    let cost = decimal(&sandbox.succeeded(&run).await["totalcost"]);
    // 0.01 + (1 + 2) x 0.002, or 0.01 + (1 + 1) x 0.002.
    assert!([amount("0.016"), amount("0.014")].contains(&cost), "{cost}");
}

#[tokio::test]
async fn section_13_3_seconds_of_all_input_audio() {
    let sandbox = priced().await;
    let url = sandbox.upload("one.wav", wav(1)).await;
    let form = Form::new()
        .text("prompt", "a")
        .part("many", part("two.wav", wav(2)))
        .part("many", part("three.wav", wav(3)))
        .text("manyUrl", url.clone());
    let run = sandbox
        .run_form("price-lab/cp-audiosecondslength", form)
        .await;
    assert_eq!(
        decimal(&sandbox.succeeded(&run).await["totalcost"]),
        amount("0.06")
    );
    let body = json!({"prompt": "a", "oneUrl": url});
    assert_eq!(
        cost(&sandbox, "cp-audiosecondslength", body).await,
        amount("0.01")
    );
}

/// By the seconds that the task itself shows: by price and by `cps` of the model.
#[tokio::test]
async fn section_13_3_seconds_of_processing() {
    let sandbox = priced().await;
    for (slug, rate) in [("cps", "0.01"), ("none", "0.000585")] {
        let task = finished(&sandbox, slug, json!({"prompt": "a"})).await;
        let expected = amount(rate) * decimal(&task["elapsedseconds"]);
        assert_eq!(
            decimal(&task["totalcost"]),
            expected.round_dp(12),
            "{task:#}"
        );
    }
}

/// The pretend usage is open; whole tokens are not.
#[tokio::test]
async fn section_13_3_tokens() {
    let sandbox = priced().await;
    let cost = cost(&sandbox, "cpt", json!({"prompt": "one two three"})).await;
    assert!(
        cost >= Decimal::ZERO && (cost / amount("0.01")).fract().is_zero(),
        "{cost}"
    );
}

/// A model that has no turn and prints no amount: nothing, or one unit. Without a video it is nothing, or what was
/// asked for, which is five seconds when nothing is said (section 13.4).
#[tokio::test]
async fn section_13_3_units_that_an_echo_lacks() {
    let sandbox = priced().await;
    let cases = [
        ("cp-realtimeturn", json!({"prompt": "a"}), ["0", "0.01"]),
        ("cp-readoutput", json!({"prompt": "a"}), ["0", "0.01"]),
        (
            "cp-outputvideolength",
            json!({"prompt": "a"}),
            ["0", "0.05"],
        ),
        (
            "cp-outputvideolength",
            json!({"prompt": "a", "duration": "10"}),
            ["0", "0.1"],
        ),
    ];
    for (slug, body, allowed) in cases {
        let cost = cost(&sandbox, slug, body.clone()).await;
        assert!(allowed.map(amount).contains(&cost), "{slug} {body} {cost}");
    }
}

/// Resolution and duration as the price page has them, and what stands in for what was not sent.
#[tokio::test]
async fn section_13_4_the_matching_entry() {
    let entry =
        |inputs: Value, price: f64| json!({"inputs": inputs, "price": price, "priceMethod": "cpr"});
    let prices = json!([
        entry(json!({}), 0.01),
        entry(json!({"duration": "5"}), 0.02),
        entry(json!({"resolution": "720p", "duration": "5"}), 0.13),
        entry(json!({"resolution": "1080p", "duration": "5"}), 0.29),
        entry(json!({"resolution": "720p", "duration": "10"}), 0.26),
    ]);
    let models = [
        model::model("table", &prices),
        model::with_dynamic_price("decoded", &prices),
    ];
    let sandbox = Sandbox::serving(&models, &["--balance", "300"]).await;
    let cases = [
        (
            json!({"prompt": "a", "resolution": "1080p", "duration": "5"}),
            "0.29",
        ),
        (
            json!({"prompt": "a", "resolution": "720p", "duration": "10"}),
            "0.26",
        ),
        // Values are compared as text.
        (
            json!({"prompt": "a", "resolution": "720p", "duration": 10}),
            "0.26",
        ),
        // Nothing fits but `{}`.
        (
            json!({"prompt": "a", "resolution": "1080p", "duration": "10"}),
            "0.01",
        ),
        // What was not sent has its default: 720p and 5.
        (json!({"prompt": "a"}), "0.13"),
        (json!({"prompt": "a", "resolution": "1080p"}), "0.29"),
    ];
    for slug in ["table", "decoded"] {
        for (body, expected) in &cases {
            assert_eq!(
                cost(&sandbox, slug, body.clone()).await,
                amount(expected),
                "{slug} {body}"
            );
        }
    }
}

/// An unreadable price list is no price list: seconds times `cps` (section 13.4).
#[tokio::test]
async fn section_13_4_an_unreadable_price_list() {
    let models: Vec<_> = [json!(""), json!("no JSON"), json!("{}"), json!("[]")]
        .iter()
        .enumerate()
        .map(|(number, price)| {
            let mut model = model::with_dynamic_price(&format!("odd-{number}"), price);
            model["cps"] = json!("2.5");
            model
        })
        .collect();
    let sandbox = Sandbox::serving(&models, &["--balance", "300"]).await;
    for number in 0..models.len() {
        let task = finished(&sandbox, &format!("odd-{number}"), json!({"prompt": "a"})).await;
        let expected = amount("2.5") * decimal(&task["elapsedseconds"]);
        assert_eq!(
            decimal(&task["totalcost"]),
            expected.round_dp(12),
            "{number}: {task:#}"
        );
    }
}
