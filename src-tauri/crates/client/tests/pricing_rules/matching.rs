//! Which line of a price list is taken.

use super::*;

fn table() -> Value {
    let line = |resolution: &str, duration: &str, price: f64| json!({"inputs": {"resolution": resolution, "duration": duration}, "price": price, "priceMethod": "cpr"});
    json!([
        line("480p", "5", 0.06),
        line("720p", "5", 0.13),
        line("1080p", "5", 0.29),
        line("480p", "10", 0.12),
        line("720p", "10", 0.26),
        line("1080p", "10", 0.58),
    ])
}

#[test]
fn the_line_that_fits_is_taken() {
    for (resolution, five, ten) in [
        ("480p", "0.06", "0.12"),
        ("720p", "0.13", "0.26"),
        ("1080p", "0.29", "0.58"),
    ] {
        assert_eq!(
            price_of(&table(), [("resolution", resolution), ("duration", "5")]),
            exact(five)
        );
        assert_eq!(
            price_of(&table(), [("resolution", resolution), ("duration", "10")]),
            exact(ten)
        );
    }
    // What is not sent counts with its default; a blank select is not sent.
    assert_eq!(price_of(&table(), [("duration", "10")]), exact("0.26"));
    assert_eq!(
        price_of(&table(), [("resolution", ""), ("duration", "10")]),
        exact("0.26")
    );
    // Nothing fits: all that could be.
    assert_eq!(price_of(&table(), []), range("0.06", "0.58"));
}

#[test]
fn values_are_compared_as_they_are_sent() {
    let list = |key: &str, value: Value| json!([{"inputs": {key: value}, "price": 1}, {"inputs": {}, "price": 2}]);
    for (wanted, given) in [
        (json!("4"), "4"),
        (json!(4), "4"),
        (json!("4.0"), " 4 "),
        (json!("2.5"), "2.50"),
    ] {
        assert_eq!(
            price_of(&list("scale", wanted.clone()), [("scale", given)]),
            exact("1"),
            "{wanted} {given}"
        );
    }
    assert_eq!(
        price_of(&list("sound", json!("true")), [("sound", "true")]),
        exact("1")
    );
    assert_eq!(
        price_of(&list("sound", json!(false)), [("sound", "false")]),
        exact("1")
    );
    assert_eq!(
        price_of(&list("sound", json!("true")), [("sound", "false")]),
        exact("2")
    );
    assert_eq!(price_of(&list("resolution", json!("720P")), []), exact("2"));
    assert_eq!(price_of(&list("nosuch", json!("1")), []), exact("2"));
    assert_eq!(price_of(&list("duration", json!("")), []), exact("1"));
}

#[test]
fn quantities_count_files_and_addresses() {
    let list = |key: &str| json!([{"inputs": {key: "QUANTITY:2"}, "price": 2}, {"inputs": {key: "QUANTITY:1"}, "price": 1}, {"inputs": {key: "QUANTITY:0"}, "price": 0.5}]);
    let files = |count: usize| {
        Answer::Files(
            (0..count)
                .map(|at| {
                    if at == 0 {
                        FileSource::Path("/a".into())
                    } else {
                        FileSource::Url("https://a.example".into())
                    }
                })
                .collect(),
        )
    };
    for (key, count, expected) in [
        ("mixed", 2, exact("2")),
        ("mixed", 1, exact("1")),
        ("papers", 2, exact("2")),
        ("papers", 3, range("0.5", "2")),
        ("photo", 1, exact("1")),
    ] {
        let given = Answers::from_iter([(key.to_owned(), files(count))]);
        assert_eq!(
            rules(&list(key)).price(&form(), &given, &PriceFacts::default()),
            expected,
            "{key} {count}"
        );
    }
    assert_eq!(price_of(&list("papers"), []), exact("0.5"));
    assert_eq!(
        price_of(
            &list("papers"),
            [("papersUrl", "https://a.example/1,https://a.example/2")]
        ),
        exact("2")
    );
    assert_eq!(
        price_of(
            &list("papersUrl"),
            [("papersUrl", "https://a.example/1,https://a.example/2")]
        ),
        exact("2")
    );
    let both = Answers::from_iter([
        ("papers".to_owned(), files(1)),
        ("papersUrl".to_owned(), Answer::text("https://a.example/1")),
    ]);
    assert_eq!(
        rules(&list("papers")).price(&form(), &both, &PriceFacts::default()),
        exact("2")
    );
}

#[test]
fn the_most_specific_wins_and_ties_are_ranges() {
    let list = json!([
        {"inputs": {}, "price": 1},
        {"inputs": {"resolution": "720p"}, "price": 2},
        {"inputs": {"duration": "5"}, "price": 4},
        {"inputs": {"duration": "5", "sound": "true"}, "price": 8},
    ]);
    assert_eq!(price_of(&list, [("resolution", "480p")]), exact("1"));
    assert_eq!(price_of(&list, []), exact("2"));
    assert_eq!(price_of(&list, [("duration", "5")]), range("2", "4"));
    assert_eq!(
        price_of(&list, [("duration", "5"), ("sound", "true")]),
        exact("8")
    );
    // A tie of equal amounts is still a tie; the same line twice is not one.
    let equal = json!([{"inputs": {"resolution": "720p"}, "price": 2}, {"inputs": {"duration": "5"}, "price": 2}]);
    assert_eq!(price_of(&equal, [("duration", "5")]), range("2", "2"));
    let twice = json!([{"inputs": {}, "price": 2}, {"inputs": {}, "price": 2}]);
    assert_eq!(price_of(&twice, []), exact("2"));
    let rates = json!([{"inputs": {}, "price": 2, "priceMethod": "cps"}, {"inputs": {}, "price": 3, "priceMethod": "cps"}]);
    let Price::Unknown { reason } = price_of(&rates, []) else {
        panic!("unknown")
    };
    assert!(
        reason.contains("$2") && reason.contains("$3 per second"),
        "{reason}"
    );
    let mixed =
        json!([{"inputs": {}, "price": 2, "priceMethod": "cps"}, {"inputs": {}, "price": 3}]);
    assert!(is_unknown(&price_of(&mixed, [])));
}

#[test]
fn without_a_schema_unsent_values_are_not_known() {
    let no_schema = FormDefinition::from_parameters(&None);
    let list = rules(
        &json!([{"inputs": {}, "price": 1}, {"inputs": {"resolution": "1080p"}, "price": 2}]),
    );
    let facts = PriceFacts::default();
    assert_eq!(
        list.price(&no_schema, &Answers::new(), &facts),
        range("1", "2")
    );
    assert_eq!(
        list.price(&no_schema, &answers([("resolution", "720p")]), &facts),
        exact("1")
    );
    assert_eq!(
        list.price(&no_schema, &answers([("resolution", "1080p")]), &facts),
        exact("2")
    );
    let only = rules(&json!([{"inputs": {"resolution": "1080p"}, "price": 2}]));
    assert_eq!(
        only.price(&no_schema, &Answers::new(), &facts),
        range("2", "2")
    );
    assert_eq!(
        rules(&of("cpr", 0.09)).price(&no_schema, &Answers::new(), &facts),
        exact("0.09")
    );
}

#[test]
fn a_line_that_cannot_be_read_makes_nothing_look_certain() {
    let good = json!({"inputs": {}, "price": 1});
    for odd in [
        json!(5),
        json!({}),
        json!({"inputs": "x", "price": 2}),
        json!({"inputs": {}, "price": -2}),
        json!({"inputs": {}, "price": "much"}),
        json!({"inputs": {}}),
        json!({"inputs": {}, "price": 2, "priceExtra": "x"}),
        json!({"inputs": {}, "price": 2, "priceMethod": {}}),
        json!({"inputs": {"papers": ["x"]}, "price": "x"}),
        json!({"inputs": "[1]", "price": 2}),
    ] {
        assert!(is_unknown(&price_of(&json!([good, odd]), [])), "{odd}");
    }
    // A condition that cannot be compared may hold or not.
    assert_eq!(
        price_of(
            &json!([good, {"inputs": {"papers": "QUANTITY:2+"}, "price": 2}]),
            []
        ),
        range("1", "2")
    );
    // One that is out of question does no harm.
    assert_eq!(
        price_of(
            &json!([good, {"inputs": {"resolution": "480p"}, "price": "x"}]),
            []
        ),
        exact("1")
    );
    let huge =
        json!([{"price": "79228162514264337593543950335", "priceMethod": "cp-promptlength"}]);
    assert!(is_unknown(&price_of(&huge, [("prompt", "long")])));
}

#[test]
fn lines_are_read_leniently() {
    // The price of the second line when it fits, else of the first.
    for (line, given, expected) in [
        (
            json!({"inputs": "{\"resolution\": \"480p\"}", "price": "2"}),
            [("resolution", "480p")],
            exact("2"),
        ),
        (
            json!({"inputs": {"duration": null}, "price": 2, "priceExtra": "", "priceInput": " "}),
            [("resolution", "480p")],
            exact("2"),
        ),
        (
            json!({"inputs": {"papers": "quantity: 1"}, "price": 2}),
            [("papersUrl", "https://a.example/1,2")],
            exact("2"),
        ),
        (
            json!({"inputs": {"duration": 5}, "price": 2, "priceMethod": null}),
            [("duration", "5")],
            exact("2"),
        ),
    ] {
        let list = json!([{"inputs": {}, "price": 1}, line]);
        assert_eq!(price_of(&list, given), expected, "{list}");
        assert_eq!(price_of(&list, [("duration", "10")]), exact("1"), "{list}");
    }
    for blank in [json!(""), json!(null), json!([]), json!({}), json!("{}")] {
        assert_eq!(
            price_of(&json!([{"inputs": blank, "price": 2}]), []),
            exact("2"),
            "{blank}"
        );
    }
    // The same line in another order is the same line.
    let same = json!([
        {"inputs": {"resolution": "720p", "duration": "5"}, "price": 2},
        {"inputs": {"duration": "5", "resolution": "720p"}, "price": "2.0"},
    ]);
    assert_eq!(price_of(&same, [("duration", "5")]), exact("2"));
}

#[test]
fn attached_files_are_not_nothing() {
    let list = rules(&json!([{"inputs": {"mixed": ""}, "price": 1}, {"inputs": {}, "price": 2}]));
    let facts = PriceFacts::default();
    for (files, expected) in [
        (vec![], exact("1")),
        (vec![FileSource::Url(" ".into())], exact("1")),
        (vec![FileSource::Path("/a".into())], exact("2")),
        (
            vec![FileSource::Url("https://a.example/1".into()); 2],
            exact("2"),
        ),
    ] {
        let given = Answers::from_iter([("mixed".to_owned(), Answer::Files(files))]);
        assert_eq!(list.price(&form(), &given, &facts), expected, "{given:?}");
    }
    // One address with a comma is one file, in a text as well as in a list.
    let counted = rules(
        &json!([{"inputs": {"mixed": "QUANTITY:1"}, "price": 1}, {"inputs": {}, "price": 2}]),
    );
    let given = answers([("mixed", "https://a.example/1,2.png")]);
    assert_eq!(counted.price(&form(), &given, &facts), exact("1"));
}
