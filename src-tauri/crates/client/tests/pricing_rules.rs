//! Prices computed by hand from the rules of a model, for each billing code and each way rules can meet.

use rust_decimal::Decimal;
use serde_json::{Value, json};
use wiro_client::forms::{Answer, Answers, FileSource, FormDefinition};
use wiro_client::models::Model;
use wiro_client::pricing::{Price, PriceFacts, PriceRules};

#[path = "pricing_rules/golden.rs"]
mod golden;
#[path = "pricing_rules/matching.rs"]
mod matching;
#[path = "pricing_rules/properties.rs"]
mod properties;

fn rules(dynamic_price: &Value) -> PriceRules {
    PriceRules::from_model(&Model::from_value(&json!({"dynamicprice": dynamic_price})))
}

fn form() -> FormDefinition {
    FormDefinition::from_model(&Model::from_value(
        &json!({"parameters": [{"title": "Input", "items": [
            {"id": "prompt", "type": "textarea"},
            {"id": "resolution", "type": "select", "options": ["480p", "720p", "1080p"], "default": "720p"},
            {"id": "duration", "type": "select", "options": ["5", "10"]},
            {"id": "sound", "type": "select", "options": ["true", "false"]},
            {"id": "scale", "type": "range", "min": 1, "max": 8},
            {"id": "width", "type": "number"},
            {"id": "height", "type": "number"},
            {"id": "samples", "type": "number"},
            {"id": "photo", "type": "fileinput"},
            {"id": "papers", "type": "multifileinput"},
            {"id": "mixed", "type": "combinefileinput"},
        ]}]}),
    ))
}

fn answers<const N: usize>(pairs: [(&str, &str); N]) -> Answers {
    pairs
        .into_iter()
        .map(|(key, value)| (key.to_owned(), Answer::text(value)))
        .collect()
}

fn price_of<const N: usize>(list: &Value, pairs: [(&str, &str); N]) -> Price {
    rules(list).price(&form(), &answers(pairs), &PriceFacts::default())
}

fn exact(usd: &str) -> Price {
    Price::Exact {
        usd: usd.to_owned(),
    }
}

fn range(min: &str, max: &str) -> Price {
    Price::Range {
        min_usd: min.to_owned(),
        max_usd: max.to_owned(),
    }
}

fn rate(usd: &str, unit: &str) -> Price {
    Price::Rate {
        usd: usd.to_owned(),
        unit: unit.to_owned(),
    }
}

fn money(text: &str) -> Decimal {
    text.parse().unwrap_or_default()
}

fn is_unknown(price: &Price) -> bool {
    matches!(price, Price::Unknown { .. })
}

fn of(method: &str, price: f64) -> Value {
    json!([{"inputs": {}, "price": price, "priceMethod": method}])
}

#[test]
fn per_request() {
    assert_eq!(price_of(&of("cpr", 0.09), []), exact("0.09"));
    assert_eq!(
        price_of(
            &json!("[{\"inputs\":{},\"price\":0.09,\"priceMethod\":\"cpr\"}]"),
            []
        ),
        exact("0.09")
    );
    assert_eq!(
        price_of(&json!([{"inputs": {}, "price": 0.09}]), []),
        exact("0.09")
    );
    assert_eq!(
        price_of(&json!([{"price": "0.0900", "priceMethod": "CPR"}]), []),
        exact("0.09")
    );
    assert_eq!(
        price_of(&json!([{"inputs": [], "price": 10}]), []),
        exact("10")
    );
    assert_eq!(
        price_of(&json!([{"inputs": {}, "price": 1e-7}]), []),
        exact("0.0000001")
    );
    assert_eq!(
        price_of(&json!([{"inputs": {}, "price": 0}]), []),
        exact("0")
    );
}

#[test]
fn per_second_token_and_turn_are_rates() {
    assert_eq!(
        price_of(&of("cps", 0.000_585), []),
        rate("0.000585", "second")
    );
    assert_eq!(
        price_of(&of("cpt", 0.000_002), []),
        rate("0.000002", "token")
    );
    assert_eq!(
        price_of(&of("cp-realtimeturn", 0.01), []),
        rate("0.01", "turn")
    );
}

#[test]
fn per_output() {
    assert_eq!(price_of(&of("cpo", 0.03), []), rate("0.03", "output"));
    assert_eq!(
        price_of(&of("cpo", 0.03), [("samples", "4")]),
        exact("0.12")
    );
    // Nothing produced still costs one.
    assert_eq!(
        price_of(&of("cpo", 0.03), [("samples", "0")]),
        exact("0.03")
    );
    let facts = PriceFacts {
        outputs: Some(3),
        ..PriceFacts::default()
    };
    assert_eq!(
        rules(&of("cpo", 0.03)).price(&form(), &Answers::new(), &facts),
        exact("0.09")
    );
}

#[test]
fn per_character() {
    assert_eq!(
        price_of(&of("cp-promptlength", 0.001), []),
        rate("0.001", "character")
    );
    assert_eq!(
        price_of(&of("cp-promptlength", 0.001), [("prompt", "")]),
        rate("0.001", "character")
    );
    assert_eq!(
        price_of(&of("cp-promptlength", 0.001), [("prompt", "hello wörld!")]),
        exact("0.012")
    );
    // Two readings of what a character is.
    assert_eq!(
        price_of(&of("cp-promptlength", 0.001), [("prompt", "a😀")]),
        range("0.002", "0.003")
    );
}

#[test]
fn per_audio_and_video_second() {
    assert_eq!(
        price_of(&of("cp-audiosecondslength", 0.0001), []),
        rate("0.0001", "audio second")
    );
    let facts = PriceFacts {
        audio_seconds: Some(money("62.5")),
        ..PriceFacts::default()
    };
    assert_eq!(
        rules(&of("cp-audiosecondslength", 0.0001)).price(&form(), &Answers::new(), &facts),
        exact("0.00625")
    );
    assert_eq!(
        price_of(&of("cp-outputVideoLength", 0.058), []),
        rate("0.058", "video second")
    );
    assert_eq!(
        price_of(&of("cp-outputVideoLength", 0.058), [("duration", "5")]),
        exact("0.29")
    );
    let facts = PriceFacts {
        output_video_seconds: Some(money("4")),
        ..PriceFacts::default()
    };
    assert_eq!(
        rules(&of("cp-outputVideoLength", 0.058)).price(
            &form(),
            &answers([("duration", "5")]),
            &facts
        ),
        exact("0.232")
    );
}

#[test]
fn per_pixel() {
    let plain = json!([{"price": 0.03, "priceMethod": "cp-pixel"}]);
    assert_eq!(price_of(&plain, []), rate("0.03", "1,048,576 pixels"));
    assert_eq!(
        price_of(&plain, [("width", "1024"), ("height", "1024")]),
        exact("0.03")
    );
    // 2,097,152 pixels are two tiers, one more pixel row makes three.
    assert_eq!(
        price_of(&plain, [("width", "2048"), ("height", "1024")]),
        exact("0.06")
    );
    assert_eq!(
        price_of(&plain, [("width", "2048"), ("height", "1025")]),
        exact("0.09")
    );
    assert_eq!(
        price_of(&plain, [("width", "16"), ("height", "16")]),
        exact("0.03")
    );

    let extra = json!([{"price": 0.03, "priceExtra": 0.015, "priceMethod": "cp-pixel"}]);
    assert_eq!(
        price_of(&extra, [("width", "2048"), ("height", "2048")]),
        exact("0.075")
    );
    assert!(is_unknown(&price_of(&extra, [])));

    // Output: 1 tier. Inputs: 1 tier and 4 tiers at 0.01.
    let input = json!([{"price": 0.03, "priceExtra": 0.015, "priceInput": 0.01, "priceMethod": "cp-pixel"}]);
    let given = || {
        let mut given = answers([("width", "1024"), ("height", "512")]);
        given.insert(
            "mixed".into(),
            Answer::Files(vec![
                FileSource::Path("/a".into()),
                FileSource::Path("/b".into()),
            ]),
        );
        given
    };
    let mut facts = PriceFacts::default();
    assert!(is_unknown(&rules(&input).price(&form(), &given(), &facts)));
    facts.images.insert("mixed".into(), vec![(640, 480)]);
    assert!(is_unknown(&rules(&input).price(&form(), &given(), &facts)));
    facts
        .images
        .insert("mixed".into(), vec![(640, 480), (2048, 2048)]);
    assert_eq!(
        rules(&input).price(&form(), &given(), &facts),
        exact("0.08")
    );
    // Without pictures the input part is nothing.
    assert_eq!(
        price_of(&input, [("width", "1024"), ("height", "512")]),
        exact("0.03")
    );
    let facts = PriceFacts {
        output_size: Some((4096, 1024)),
        ..PriceFacts::default()
    };
    assert_eq!(
        rules(&extra).price(&form(), &Answers::new(), &facts),
        exact("0.075")
    );
}

#[test]
fn a_size_option_tells_the_pixels() {
    let form = FormDefinition::from_model(&Model::from_value(
        &json!({"parameters": [{"items": [{"id": "size", "type": "select", "options": ["2048x2048", "512x512"]}]}]}),
    ));
    let list = rules(&json!([{"price": 0.01, "priceMethod": "cp-pixel"}]));
    assert_eq!(
        list.price(
            &form,
            &answers([("size", "2048x2048")]),
            &PriceFacts::default()
        ),
        exact("0.04")
    );
    assert_eq!(
        list.price(
            &form,
            &answers([("size", "512x512")]),
            &PriceFacts::default()
        ),
        exact("0.01")
    );
}

#[test]
fn reported_by_the_model_or_unheard_of() {
    assert!(is_unknown(&price_of(&of("cp-readoutput", 0.0), [])));
    assert!(is_unknown(&price_of(&of("cp-moonphase", 1.0), [])));
}

#[test]
fn without_rules_the_model_s_rate_holds() {
    let price = |model: Value| {
        PriceRules::from_model(&Model::from_value(&model)).price(
            &form(),
            &Answers::new(),
            &PriceFacts::default(),
        )
    };
    assert_eq!(
        price(json!({"cps": "0.000585000", "approximatelycost": "0.0035"})),
        rate("0.000585", "second")
    );
    for odd in [
        json!(""),
        json!("[]"),
        json!("{"),
        json!({"price": 1}),
        json!(null),
        json!("null"),
    ] {
        assert_eq!(
            price(json!({"cps": 0.001, "dynamicprice": odd})),
            rate("0.001", "second")
        );
    }
    let Price::Unknown { reason } = price(json!({"approximatelycost": "0.00350"})) else {
        panic!("unknown")
    };
    assert!(reason.contains("$0.0035 "), "{reason}");
    assert!(is_unknown(&price(json!({}))));
    assert!(is_unknown(&price(json!({"cps": "0"}))));
}
