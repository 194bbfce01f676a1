//! Prices worked out by hand from the formulas of `PROTOCOL.md` section 13.3, at least three for each billing code.
//!
//! The arithmetic stands beside each case; nothing here was taken from what the code says.

use super::*;

#[path = "golden/pixels.rs"]
mod pixels;

/// What is known beside the answers.
enum Known {
    Nothing,
    Outputs(u32),
    OutputSize(u32, u32),
    AudioSeconds(&'static str),
    VideoSeconds(&'static str),
    /// Sizes of the pictures of the field `mixed`; as many are attached.
    Pictures(&'static [(u32, u32)]),
    /// So many pictures in the field `mixed`, of unknown size.
    UnseenPictures(usize),
}

use Known::{AudioSeconds, Nothing, OutputSize, Outputs, Pictures, UnseenPictures, VideoSeconds};

fn price(list: &Value, pairs: &[(&str, &str)], known: &Known) -> Price {
    let mut given: Answers = pairs
        .iter()
        .map(|(key, value)| ((*key).to_owned(), Answer::text(*value)))
        .collect();
    let mut facts = PriceFacts::default();
    let mut attach = |count: usize| {
        let files = (0..count).map(|at| FileSource::Path(format!("/{at}.png").into()));
        given.insert("mixed".to_owned(), Answer::Files(files.collect()));
    };
    match known {
        Nothing => {}
        Outputs(count) => facts.outputs = Some(*count),
        OutputSize(width, height) => facts.output_size = Some((*width, *height)),
        AudioSeconds(seconds) => facts.audio_seconds = Some(money(seconds)),
        VideoSeconds(seconds) => facts.output_video_seconds = Some(money(seconds)),
        Pictures(sizes) => {
            attach(sizes.len());
            facts.images.insert("mixed".to_owned(), sizes.to_vec());
        }
        UnseenPictures(count) => attach(*count),
    }
    rules(list).price(&form(), &given, &facts)
}

/// A price list as text, the answers, what else is known, and the price.
type Case = (
    &'static str,
    &'static [(&'static str, &'static str)],
    Known,
    Price,
);

fn check<const N: usize>(cases: [Case; N]) {
    for (list, pairs, known, expected) in cases {
        let as_text = price(&Value::from(list), pairs, &known);
        assert_eq!(as_text, expected, "{list} {pairs:?}");
        // A decoded array says the same (C-34).
        let decoded: Value = serde_json::from_str(list).unwrap_or_default();
        assert_eq!(price(&decoded, pairs, &known), expected, "{list} {pairs:?}");
    }
}

fn unknown(reason: &str) -> Price {
    Price::Unknown {
        reason: reason.to_owned(),
    }
}

#[test]
fn cpr() {
    check([
        // p
        (
            r#"[{"inputs":{},"price":0.09,"priceMethod":"cpr"}]"#,
            &[],
            Nothing,
            exact("0.09"),
        ),
        // p, whatever is asked for: 0.04, not 4 x 0.04
        (
            r#"[{"inputs":{},"price":"0.0400","priceMethod":"cpr"}]"#,
            &[("samples", "4")],
            Nothing,
            exact("0.04"),
        ),
        // no method is cpr (D-10)
        (r#"[{"inputs":{},"price":1.5}]"#, &[], Nothing, exact("1.5")),
        // the table of the pricing page: 1080p for 10 s
        (
            r#"[{"inputs":{"resolution":"720p","duration":"10"},"price":0.26,"priceMethod":"cpr"},
                {"inputs":{"resolution":"1080p","duration":"10"},"price":0.58,"priceMethod":"cpr"}]"#,
            &[("resolution", "1080p"), ("duration", "10")],
            Nothing,
            exact("0.58"),
        ),
    ]);
}

#[test]
fn cps() {
    check([
        // p x elapsed seconds, which nobody knows before
        (
            r#"[{"inputs":{},"price":0.000585,"priceMethod":"cps"}]"#,
            &[],
            Nothing,
            rate("0.000585", "second"),
        ),
        (
            r#"[{"inputs":{},"price":"0.0012300","priceMethod":"cps"}]"#,
            &[("duration", "5")],
            Nothing,
            rate("0.00123", "second"),
        ),
        // 0 x any = 0
        (
            r#"[{"inputs":{},"price":0,"priceMethod":"cps"}]"#,
            &[],
            Nothing,
            exact("0"),
        ),
    ]);
}

#[test]
fn cpo() {
    check([
        // 0.03 x max(1, 4) = 0.12
        (
            r#"[{"inputs":{},"price":0.03,"priceMethod":"cpo"}]"#,
            &[("samples", "4")],
            Nothing,
            exact("0.12"),
        ),
        // 0.03 x max(1, 0) = 0.03
        (
            r#"[{"inputs":{},"price":0.03,"priceMethod":"cpo"}]"#,
            &[("samples", "0")],
            Nothing,
            exact("0.03"),
        ),
        // 0.0125 x 7 = 0.0875
        (
            r#"[{"inputs":{},"price":"0.0125","priceMethod":"cpo"}]"#,
            &[],
            Outputs(7),
            exact("0.0875"),
        ),
        // nobody says how many
        (
            r#"[{"inputs":{},"price":0.03,"priceMethod":"cpo"}]"#,
            &[],
            Nothing,
            rate("0.03", "output"),
        ),
    ]);
}

#[test]
fn cpt() {
    check([
        // p x tokens, which nobody knows before
        (
            r#"[{"inputs":{},"price":0.0000025,"priceMethod":"cpt"}]"#,
            &[],
            Nothing,
            rate("0.0000025", "token"),
        ),
        (
            r#"[{"inputs":{},"price":"1e-6","priceMethod":"cpt"}]"#,
            &[("prompt", "a long story")],
            Nothing,
            rate("0.000001", "token"),
        ),
        // the line that fits: 0.000004, not 0.000002
        (
            r#"[{"inputs":{"resolution":"480p"},"price":0.000002,"priceMethod":"cpt"},
                {"inputs":{"resolution":"720p"},"price":0.000004,"priceMethod":"cpt"}]"#,
            &[],
            Nothing,
            rate("0.000004", "token"),
        ),
    ]);
}

#[test]
fn cp_audiosecondslength() {
    check([
        // 0.0001 x 62.5 = 0.00625
        (
            r#"[{"inputs":{},"price":0.0001,"priceMethod":"cp-audiosecondslength"}]"#,
            &[],
            AudioSeconds("62.5"),
            exact("0.00625"),
        ),
        // 0.0001 x 3600 = 0.36
        (
            r#"[{"inputs":{},"price":"0.0001","priceMethod":"cp-audiosecondslength"}]"#,
            &[],
            AudioSeconds("3600"),
            exact("0.36"),
        ),
        // 0.05 x 0.4 = 0.02
        (
            r#"[{"inputs":{},"price":0.05,"priceMethod":"cp-audiosecondslength"}]"#,
            &[],
            AudioSeconds("0.4"),
            exact("0.02"),
        ),
        (
            r#"[{"inputs":{},"price":0.05,"priceMethod":"cp-audiosecondslength"}]"#,
            &[],
            Nothing,
            rate("0.05", "audio second"),
        ),
    ]);
}

#[test]
fn cp_promptlength() {
    check([
        // "hello world!" 12 characters: 0.00003 x 12
        (
            r#"[{"inputs":{},"price":0.00003,"priceMethod":"cp-promptlength"}]"#,
            &[("prompt", "hello world!")],
            Nothing,
            exact("0.00036"),
        ),
        // "ağaç" 4 characters, 6 bytes: 0.0005 x 4
        (
            r#"[{"inputs":{},"price":"0.0005","priceMethod":"cp-promptlength"}]"#,
            &[("prompt", "ağaç")],
            Nothing,
            exact("0.002"),
        ),
        // blanks are characters: " a\n" 3: 0.01 x 3
        (
            r#"[{"inputs":{},"price":0.01,"priceMethod":"cp-promptlength"}]"#,
            &[("prompt", " a\n")],
            Nothing,
            exact("0.03"),
        ),
        // "a😀" 2 characters or 3 UTF-16 units: 0.01 x 2 to 0.01 x 3
        (
            r#"[{"inputs":{},"price":0.01,"priceMethod":"cp-promptlength"}]"#,
            &[("prompt", "a😀")],
            Nothing,
            range("0.02", "0.03"),
        ),
        (
            r#"[{"inputs":{},"price":0.01,"priceMethod":"cp-promptlength"}]"#,
            &[],
            Nothing,
            rate("0.01", "character"),
        ),
    ]);
}

#[test]
fn cp_output_video_length() {
    check([
        // 0.058 x 5 = 0.29
        (
            r#"[{"inputs":{},"price":0.058,"priceMethod":"cp-outputVideoLength"}]"#,
            &[("duration", "5")],
            Nothing,
            exact("0.29"),
        ),
        // 0.026 x 10 = 0.26
        (
            r#"[{"inputs":{},"price":"0.026","priceMethod":"cp-outputVideoLength"}]"#,
            &[("duration", "10")],
            Nothing,
            exact("0.26"),
        ),
        // what is known wins over what was asked for: 0.04 x 7.5 = 0.3
        (
            r#"[{"inputs":{},"price":0.04,"priceMethod":"cp-outputVideoLength"}]"#,
            &[("duration", "10")],
            VideoSeconds("7.5"),
            exact("0.3"),
        ),
        // the line for 1080p: 0.12 x 5 = 0.6
        (
            r#"[{"inputs":{},"price":0.05,"priceMethod":"cp-outputVideoLength"},
                {"inputs":{"resolution":"1080p"},"price":0.12,"priceMethod":"cp-outputVideoLength"}]"#,
            &[("duration", "5"), ("resolution", "1080p")],
            Nothing,
            exact("0.6"),
        ),
        (
            r#"[{"inputs":{},"price":0.058,"priceMethod":"cp-outputVideoLength"}]"#,
            &[],
            Nothing,
            rate("0.058", "video second"),
        ),
    ]);
}

#[test]
fn cp_realtimeturn() {
    check([
        // a sum over turns, which nobody knows before
        (
            r#"[{"inputs":{},"price":0.01,"priceMethod":"cp-realtimeturn"}]"#,
            &[],
            Nothing,
            rate("0.01", "turn"),
        ),
        (
            r#"[{"inputs":{},"price":"0.00250","priceMethod":"cp-realtimeturn"}]"#,
            &[("prompt", "hi")],
            Nothing,
            rate("0.0025", "turn"),
        ),
        // two lines that tie: 0.01 or 0.02
        (
            r#"[{"inputs":{"resolution":"720p"},"price":0.01,"priceMethod":"cp-realtimeturn"},
                {"inputs":{"duration":"5"},"price":0.02,"priceMethod":"cp-realtimeturn"}]"#,
            &[("duration", "5")],
            Nothing,
            unknown("Between $0.01 and $0.02 per turn, depending on which price rule holds."),
        ),
    ]);
}

#[test]
fn cp_readoutput() {
    let reason = "The model reports its own cost when it ends.";
    check([
        // whatever the entry says, the model's own figure counts
        (
            r#"[{"inputs":{},"price":0,"priceMethod":"cp-readoutput"}]"#,
            &[],
            Nothing,
            unknown(reason),
        ),
        (
            r#"[{"inputs":{},"price":0.5,"priceMethod":"cp-readoutput"}]"#,
            &[("samples", "2")],
            Nothing,
            unknown(reason),
        ),
        (
            r#"[{"inputs":{},"priceMethod":"cp-readoutput"}]"#,
            &[],
            Nothing,
            unknown(reason),
        ),
    ]);
}

#[test]
fn quantities_ties_and_gaps() {
    const BY_COUNT: &str = r#"[{"inputs":{"mixed":"QUANTITY:1"},"price":0.02,"priceMethod":"cpr"},
        {"inputs":{"mixed":"QUANTITY:2"},"price":0.03,"priceMethod":"cpr"},
        {"inputs":{"mixed":"QUANTITY:2","resolution":"1080p"},"price":0.07,"priceMethod":"cpr"}]"#;
    const TIED: &str = r#"[{"inputs":{"resolution":"720p"},"price":0.03,"priceMethod":"cpo"},
        {"inputs":{"duration":"5"},"price":0.1,"priceMethod":"cpr"}]"#;
    check([
        // two files at the default 720p: the second line
        (BY_COUNT, &[], UnseenPictures(2), exact("0.03")),
        // two files at 1080p: the third, which says more
        (
            BY_COUNT,
            &[("resolution", "1080p")],
            UnseenPictures(2),
            exact("0.07"),
        ),
        // three files fit no line: the least and the most of all
        (BY_COUNT, &[], UnseenPictures(3), range("0.02", "0.07")),
        // both fit: 0.03 x 4 = 0.12, or 0.1
        (
            TIED,
            &[("duration", "5"), ("samples", "4")],
            Nothing,
            range("0.1", "0.12"),
        ),
        // both fit, 0.05 x 2 = 0.1 or 0.1: a tie stays a range (D-12)
        (
            r#"[{"inputs":{"resolution":"720p"},"price":0.05,"priceMethod":"cpo"},
                {"inputs":{"duration":"5"},"price":0.1,"priceMethod":"cpr"}]"#,
            &[("duration", "5"), ("samples", "2")],
            Nothing,
            range("0.1", "0.1"),
        ),
        // both fit, of one only the rate is known
        (
            TIED,
            &[("duration", "5")],
            Nothing,
            unknown("Price rules of different kinds may hold."),
        ),
    ]);
}

#[test]
fn without_rules() {
    let of = |model: Value| {
        PriceRules::from_model(&Model::from_value(&model)).price(
            &form(),
            &Answers::new(),
            &PriceFacts::default(),
        )
    };
    for (model, expected) in [
        // elapsed seconds x cps
        (json!({"cps": "0.000585"}), rate("0.000585", "second")),
        (
            json!({"cps": 0.002, "approximatelycost": "0.02"}),
            rate("0.002", "second"),
        ),
        // average elapsed seconds x cps, published as a sum alone
        (
            json!({"approximatelycost": "0.003510000000"}),
            unknown("A run costs about $0.00351 on average; no price is published."),
        ),
        (json!({}), unknown("The model publishes no price.")),
    ] {
        assert_eq!(of(model.clone()), expected, "{model}");
    }
}
