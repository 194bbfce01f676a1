use serde_json::json;

use super::*;

/// What a run of two files `images` used: pictures of one and of two tiers, three outputs, seven tokens.
fn cost(dynamic: &Value, parameters: &Value, elapsed: &str) -> String {
    let files = HashMap::from([("images".to_owned(), 2)]);
    let usage = Usage {
        parameters: parameters.as_object().unwrap(),
        files: &files,
        pictures: &[(1024, 1024), (1025, 1024)],
        audio_seconds: "90.5".parse().unwrap(),
        elapsed: elapsed.parse().unwrap(),
        outputs: 3,
        tokens: 7,
        printed: Some("0.0421".parse().unwrap()),
    };
    let cost = Prices::read(Some(dynamic), None).cost(&usage);
    cost.normalize().to_string()
}

/// Every method, by hand.
#[test]
fn methods_follow_their_formulas() {
    let big = json!({ "width": 2048, "height": "2049" });
    let table = [
        // One request, whatever happens in it.
        ("cpr", json!({}), json!({}), "0.25"),
        // 0.25 x 6.5 s
        ("cps", json!({}), json!({}), "1.625"),
        // 0.25 x 3 outputs
        ("cpo", json!({}), json!({}), "0.75"),
        // 0.25 x 7 tokens
        ("cpt", json!({}), json!({}), "1.75"),
        // 0.25 x 90.5 s
        ("cp-audiosecondslength", json!({}), json!({}), "22.625"),
        // 0.25 x 3 characters, however many bytes they have
        (
            "cp-promptlength",
            json!({}),
            json!({ "prompt": "äöü" }),
            "0.75",
        ),
        ("cp-promptlength", json!({}), json!({}), "0"),
        // 0.25 x 8 s
        (
            "cp-outputVideoLength",
            json!({}),
            json!({ "duration": "8" }),
            "2",
        ),
        (
            "cp-outputVideoLength",
            json!({}),
            json!({ "videoSeconds": 10 }),
            "2.5",
        ),
        (
            "cp-outputVideoLength",
            json!({}),
            json!({ "duration": "", "seconds": 4 }),
            "1",
        ),
        (
            "cp-outputVideoLength",
            json!({}),
            json!({ "duration": "long" }),
            "0",
        ),
        // One turn.
        ("cp-realtimeturn", json!({}), json!({}), "0.25"),
        // What was printed, whatever the entry's price is.
        ("cp-readoutput", json!({}), json!({}), "0.0421"),
        // Nothing known of the output: one tier.
        ("cp-pixel", json!({}), json!({}), "0.25"),
        // 2048 x 2049 = 4,196,352 pixels = 4.002 tiers, so 5: 0.25 x 5
        ("cp-pixel", json!({}), big.clone(), "1.25"),
        // 0.25 + 4 x 0.1
        (
            "cp-pixel",
            json!({ "priceExtra": 0.1 }),
            big.clone(),
            "0.65",
        ),
        ("cp-pixel", json!({ "priceExtra": 0 }), big.clone(), "0.25"),
        // 0.25 x 5 + (1 + 2) x 0.01
        (
            "cp-pixel",
            json!({ "priceInput": "0.01" }),
            big.clone(),
            "1.28",
        ),
        // 0.25 + 4 x 0.1 + (1 + 2) x 0.01
        (
            "cp-pixel",
            json!({ "priceExtra": 0.1, "priceInput": 0.01 }),
            big,
            "0.68",
        ),
        ("cp-something", json!({}), json!({}), "0"),
    ];
    for (method, rest, parameters, expected) in table {
        let mut entry = json!({ "inputs": {}, "price": 0.25, "priceMethod": method });
        let members = rest.as_object().unwrap().clone();
        entry.as_object_mut().unwrap().extend(members);
        for dynamic in [json!([entry]), json!(json!([entry]).to_string())] {
            assert_eq!(
                cost(&dynamic, &parameters, "6.5"),
                expected,
                "{dynamic} {parameters}"
            );
        }
    }
}

#[test]
fn an_entry_without_a_method_is_a_price_per_request() {
    for entry in [
        json!({ "inputs": {}, "price": 0.25 }),
        json!({ "inputs": {}, "price": 0.25, "priceMethod": null }),
        json!({ "inputs": {}, "price": 0.25, "priceMethod": "" }),
    ] {
        assert_eq!(cost(&json!([entry]), &json!({}), "6.5"), "0.25", "{entry}");
    }
}

#[test]
fn the_most_specific_entry_counts_and_values_compare_as_text() {
    let prices = json!([
        { "inputs": {}, "price": 1 },
        { "inputs": { "resolution": "720p" }, "price": 0.5 },
        { "inputs": { "duration": "5" }, "price": 0.6 },
        { "inputs": { "resolution": "720p", "duration": "5" }, "price": "0.13", "priceMethod": "cpr" },
        { "inputs": { "images": "QUANTITY:2" }, "price": 0.7 },
        { "inputs": { "images": "QUANTITY:3", "audio": "true" }, "price": 0.8 },
        { "inputs": { "audio": "true", "resolution": "1080p" }, "price": 0.9 },
        { "inputs": { "audio": true, "duration": 10 }, "price": 0.95 },
        { "inputs": { "images": "" , "duration": "6" }, "price": 99 },
        { "inputs": { "resolution": "4K" } },
    ]);
    let table = [
        (json!({ "resolution": "720p", "duration": 5 }), "0.13"),
        // Two entries with one condition each: the first of them, before the third by quantity.
        (json!({ "resolution": "720p" }), "0.5"),
        (json!({ "duration": 5 }), "0.6"),
        (json!({}), "0.7"),
        (
            json!({ "audio": true, "resolution": "1080p", "duration": "10" }),
            "0.9",
        ),
        (json!({ "audio": "true", "duration": "10" }), "0.95"),
        // A file that was sent is not blank, and an entry without a price is none.
        (json!({ "resolution": "4K", "duration": "6" }), "0.7"),
    ];
    for (parameters, expected) in table {
        assert_eq!(cost(&prices, &parameters, "1"), expected, "{parameters}");
    }
    let none = json!([{ "inputs": { "resolution": "720p" }, "price": 1 }]);
    assert_eq!(cost(&none, &json!({}), "1"), "0");
}

#[test]
fn no_price_overflows_or_pays_the_wallet() {
    let huge = "79228162514264337593543950335";
    let request = json!({"width": huge, "height": huge, "duration": huge, "prompt": "ab"});
    for method in [
        "cpr",
        "cps",
        "cpo",
        "cpt",
        "cp-promptlength",
        "cp-audiosecondslength",
        "cp-outputVideoLength",
        "cp-realtimeturn",
        "cp-pixel",
    ] {
        let with = |price: &str| json!([{"inputs": {}, "price": price, "priceMethod": method, "priceExtra": price, "priceInput": price}]);
        assert_eq!(cost(&with(huge), &request, huge), "1000000", "{method}");
        assert_eq!(cost(&with("-5"), &request, huge), "0", "{method}");
    }
    let length = json!([{"inputs": {}, "price": 1, "priceMethod": "cp-outputVideoLength"}]);
    assert_eq!(cost(&length, &json!({"duration": -3}), "1"), "0");
}

#[test]
fn without_entries_seconds_count() {
    let usage = Usage {
        parameters: &Map::new(),
        files: &HashMap::new(),
        pictures: &[],
        audio_seconds: Decimal::ZERO,
        elapsed: "6".parse().unwrap(),
        outputs: 0,
        tokens: 0,
        printed: None,
    };
    let none = [
        None,
        Some(json!("")),
        Some(json!("[]")),
        Some(json!("not JSON")),
        Some(json!({ "price": 5 })),
    ];
    for dynamic in none {
        let cost = |cps: &Value| Prices::read(dynamic.as_ref(), Some(cps)).cost(&usage);
        assert_eq!(
            format!("{:.12}", cost(&json!("0.000585"))),
            "0.003510000000"
        );
        assert_eq!(cost(&json!("-1")), Decimal::ZERO);
        assert_eq!(cost(&Value::Null), Decimal::ZERO);
    }
}
