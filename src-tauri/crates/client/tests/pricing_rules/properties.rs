//! What holds for any price list.

use proptest::prelude::*;

use super::*;

/// Price lists made of keys and values that often fit, and of nonsense.
fn odd_list() -> impl Strategy<Value = Value> {
    let value = || {
        prop_oneof![
            Just(json!("720p")),
            Just(json!("5")),
            Just(json!(5)),
            Just(json!("QUANTITY:1")),
            Just(json!("QUANTITY:x")),
            Just(json!([])),
            Just(json!(null))
        ]
    };
    let key = prop_oneof![
        Just("resolution"),
        Just("duration"),
        Just("papers"),
        Just("photo"),
        Just("nosuch")
    ];
    let inputs = prop_oneof![
        8 => prop::collection::vec((key, value()), 0..3).prop_map(|pairs| Value::Object(pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())),
        1 => value(),
    ];
    let method = prop_oneof![
        Just("cpr"),
        Just("cps"),
        Just("cpo"),
        Just("cpt"),
        Just("cp-pixel"),
        Just("cp-audiosecondslength"),
        Just("cp-promptlength"),
        Just("cp-outputVideoLength"),
        Just("cp-realtimeturn"),
        Just("cp-readoutput"),
        Just("other"),
    ];
    let amount = || prop_oneof![6 => (0_u32..5000).prop_map(|cents| json!(f64::from(cents) / 100.0)), 1 => any::<f64>().prop_map(|odd| json!(odd)), 1 => value(), 1 => Just(json!("79228162514264337593543950335"))];
    let entry = (inputs, amount(), method, prop::option::of(amount()), prop::option::of(amount())).prop_map(|(inputs, price, method, extra, input)| {
        json!({"inputs": inputs, "price": price, "priceMethod": method, "priceExtra": extra, "priceInput": input})
    });
    prop::collection::vec(prop_oneof![9 => entry, 1 => value()], 0..6).prop_map(Value::from)
}

fn some_answers() -> impl Strategy<Value = Answers> {
    let pair = prop_oneof![
        Just(("resolution", Answer::text("720p"))),
        Just(("resolution", Answer::text("480p"))),
        Just(("duration", Answer::text("5"))),
        Just(("duration", Answer::text("nonsense"))),
        Just(("photo", Answer::url("https://a.example/1"))),
        Just(("papers", Answer::text("https://a.example/1"))),
        "[a-z]{0,5}".prop_map(|prompt| ("prompt", Answer::text(prompt))),
        any::<f64>().prop_map(|width| ("width", Answer::text(width.to_string()))),
        any::<u32>().prop_map(|height| ("height", Answer::text(height.to_string()))),
        any::<i64>().prop_map(|samples| ("samples", Answer::text(samples.to_string()))),
    ];
    prop::collection::vec(pair, 0..6).prop_map(|pairs| {
        pairs
            .into_iter()
            .map(|(key, answer)| (key.to_owned(), answer))
            .collect()
    })
}

/// A line per request: for each of three parameters nothing or a value, and its price in cents.
type Line = ([Option<&'static str>; 3], u32);

const KEYS: [&str; 3] = ["resolution", "duration", "sound"];

fn lines() -> impl Strategy<Value = Vec<Line>> {
    let value = |values: &'static [&'static str]| prop::option::of(prop::sample::select(values));
    let wanted = (
        value(&["480p", "720p"]),
        value(&["5", "10"]),
        value(&["true", "false"]),
    );
    let line = (
        wanted.prop_map(|(one, two, three)| [one, two, three]),
        0_u32..5,
    );
    prop::collection::vec(line, 1..7)
}

fn list_of(lines: &[Line]) -> Value {
    lines
        .iter()
        .map(|(wanted, cents)| {
            let inputs = KEYS.iter().zip(wanted);
            let inputs = inputs.filter_map(|(key, value)| Some(((*key).to_owned(), json!((*value)?))));
            json!({"inputs": Value::Object(inputs.collect()), "price": Decimal::new(i64::from(*cents), 2).to_string()})
        })
        .collect()
}

proptest! {
    #[test]
    fn only_one_line_that_fits_best_is_exact(mut lines in lines(), sent in prop::array::uniform3(any::<bool>())) {
        // Resolution has a default, 720p, so there what is not sent is the same.
        let values = ["720p", "5", "true"];
        let given: Answers = (0..3).filter(|at| sent[*at]).map(|at| (KEYS[at].to_owned(), Answer::text(values[at]))).collect();
        let list = list_of(&lines);
        lines.sort_unstable();
        lines.dedup();
        let fits = |(wanted, _): &&Line| (0..3).all(|at| wanted[at].is_none_or(|value| value == values[at] && (sent[at] || at == 0)));
        let size = |(wanted, _): &Line| wanted.iter().flatten().count();
        let most = lines.iter().filter(fits).map(size).max();
        let best: Vec<u32> = lines.iter().filter(fits).filter(|line| Some(size(line)) == most).map(|line| line.1).collect();
        let usd = |cents: u32| Decimal::new(i64::from(cents), 2).normalize().to_string();
        let between = |cents: &[u32]| range(&usd(cents.iter().copied().min().unwrap_or_default()), &usd(cents.iter().copied().max().unwrap_or_default()));
        let expected = match best.as_slice() {
            [] => between(&lines.iter().map(|line| line.1).collect::<Vec<_>>()),
            [only] => exact(&usd(*only)),
            several => between(several),
        };
        prop_assert_eq!(rules(&list).price(&form(), &given, &PriceFacts::default()), expected);
    }

    #[test]
    fn any_list_has_a_price(list in odd_list(), given in some_answers(), schema in any::<bool>(), size in any::<Option<(u32, u32)>>()) {
        let form = if schema { form() } else { FormDefinition::from_parameters(&None) };
        let facts = PriceFacts { output_size: size, ..PriceFacts::default() };
        let price = rules(&list).price(&form, &given, &facts);
        prop_assert_eq!(&rules(&Value::from(list.to_string())).price(&form, &given, &facts), &price);
        let amounts = match &price {
            Price::Exact { usd } | Price::Rate { usd, .. } => vec![usd],
            Price::Range { min_usd, max_usd } => vec![min_usd, max_usd],
            Price::Unknown { reason } => { prop_assert!(reason.ends_with('.')); vec![] }
        };
        for text in amounts {
            prop_assert!(text.parse::<Decimal>().is_ok_and(|usd| usd >= Decimal::ZERO), "{}", text);
            prop_assert!(!text.contains('.') || !text.ends_with('0'), "{}", text);
        }
    }

    #[test]
    fn a_tie_is_never_exact(first in 0_u32..100, second in 0_u32..100, method in prop_oneof![Just("cpr"), Just("cpo"), Just("cp-promptlength")]) {
        let list = json!([
            {"inputs": {"resolution": "720p"}, "price": f64::from(first) / 10.0, "priceMethod": method},
            {"inputs": {"duration": "5"}, "price": f64::from(second) / 10.0, "priceMethod": method},
            {"inputs": {}, "price": 3, "priceMethod": "cpr"},
        ]);
        let price = price_of(&list, [("duration", "5"), ("prompt", "abc"), ("samples", "2")]);
        let is_range = matches!(price, Price::Range { .. });
        prop_assert!(is_range, "{:?}", price);
    }

    #[test]
    fn money_is_exact(cents in 1_u32..1_000_000, samples in 1_u32..1000) {
        let usd = Decimal::new(i64::from(cents), 4);
        let list = json!([{"price": usd.to_string(), "priceMethod": "cpo"}]);
        let samples_text = samples.to_string();
        let price = price_of(&list, [("samples", samples_text.as_str())]);
        prop_assert_eq!(price, exact(&(usd * Decimal::from(samples)).normalize().to_string()));
    }
}
