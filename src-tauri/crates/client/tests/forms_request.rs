//! From answers to a request.

use serde_json::{Value, json};
use wiro_client::forms::{Answer, Answers, FileSource, FormDefinition, ProblemKind, RunBody};
use wiro_client::models::Model;

#[path = "forms_request/files.rs"]
mod files;
#[path = "forms_request/properties.rs"]
mod properties;
#[path = "forms_request/round_trip.rs"]
mod round_trip;

fn form(items: &Value) -> FormDefinition {
    FormDefinition::from_model(&Model::from_value(
        &json!({"parameters": [{"title": "Input", "items": items}]}),
    ))
}

fn everything() -> FormDefinition {
    form(&json!([
        {"id": "prompt", "type": "textarea", "label": "Prompt", "required": true},
        {"id": "negative", "type": "text", "label": "Negative"},
        {"id": "scale", "type": "range", "label": "Scale", "min": 1, "max": 8, "default": 2},
        {"id": "seed", "type": "number", "label": "Seed", "min": 0},
        {"id": "mode", "type": "select", "label": "Mode", "options": ["fast", "5"]},
        {"id": "ratio", "type": "select", "label": "Ratio", "options": ["", "1:1"]},
        {"id": "watermark", "type": "select", "label": "Watermark", "options": ["true", "false"]},
        {"id": "tile", "type": "select", "label": "Tile", "options": [{"label": "On", "value": true}, false]},
        {"id": "styles", "type": "select", "label": "Styles", "options": ["a", "b"], "multiple": true},
        {"id": "photo", "type": "fileinput", "label": "Photo"},
        {"id": "papers", "type": "multifileinput", "label": "Papers"},
        {"id": "mixed", "type": "combinefileinput", "label": "Mixed", "note": "up to 3 images"},
        {"id": "mask", "type": "canvas", "label": "Mask"},
    ]))
}

fn answers<const N: usize>(pairs: [(&str, Answer); N]) -> Answers {
    pairs
        .into_iter()
        .map(|(key, answer)| (key.to_owned(), answer))
        .collect()
}

fn urls(list: &[&str]) -> Answer {
    Answer::Files(
        list.iter()
            .map(|url| FileSource::Url((*url).to_owned()))
            .collect(),
    )
}

/// The JSON body; a refusal becomes a text that no expectation equals.
fn json_of(form: &FormDefinition, answers: &Answers) -> Value {
    match form.request(answers) {
        Ok(RunBody::Json(map)) => Value::Object(map),
        other => Value::from(format!("{other:?}")),
    }
}

#[test]
fn values_have_the_type_the_service_expects() {
    let given = answers([
        ("watermark", Answer::text("false")),
        ("tile", Answer::text("false")),
        ("prompt", Answer::text(" a cat ")),
        ("negative", Answer::text("")),
        ("scale", Answer::text("4")),
        ("seed", Answer::text("0.50")),
        ("mode", Answer::text("5")),
        ("ratio", Answer::text("")),
        ("styles", Answer::List(vec!["b".into(), "a".into()])),
        ("mask", Answer::text("{\"x\": [1]}")),
        ("callbackUrl", Answer::text("https://me.example/hook")),
        ("projectid", Answer::text(" ")),
    ]);
    assert_eq!(
        json_of(&everything(), &given),
        json!({
            "prompt": " a cat ", "negative": "", "scale": 4, "seed": 0.5, "mode": "5", "ratio": "", "watermark": "false",
            "tile": false,
            "styles": ["b", "a"], "mask": {"x": [1]}, "callbackUrl": "https://me.example/hook",
        })
    );
}

#[test]
fn blank_is_not_omitted_and_omitted_is_not_blank() {
    let form = everything();
    let blank = [
        "negative",
        "scale",
        "seed",
        "mode",
        "ratio",
        "watermark",
        "photo",
        "papers",
        "mixed",
        "mask",
    ];
    let mut given: Answers = blank
        .iter()
        .map(|key| ((*key).to_owned(), Answer::text("")))
        .collect();
    given.insert("prompt".to_owned(), Answer::text("x"));
    given.insert("styles".to_owned(), Answer::List(Vec::new()));
    assert_eq!(
        json_of(&form, &given),
        json!({"prompt": "x", "negative": "", "ratio": "", "mask": ""})
    );
    assert_eq!(
        json_of(&form, &answers([("prompt", Answer::text("x"))])),
        json!({"prompt": "x"})
    );
}

#[test]
fn a_form_starts_as_the_service_s_own_does() {
    let form = everything();
    let expected = answers([
        ("prompt", Answer::text("")),
        ("negative", Answer::text("")),
        ("scale", Answer::text("2")),
        ("ratio", Answer::text("")),
        ("mask", Answer::text("")),
    ]);
    assert_eq!(form.defaults(), expected);
}

#[test]
fn raw_inputs_follow_what_the_schema_says() {
    let form = form(&json!([
        {"id": "open", "type": "select", "options": []},
        {"id": "genre", "type": "select", "multiple": true},
        {"id": "hd", "type": "checkbox", "default": true},
        {"id": "palette", "type": "colors", "default": ["red", "blue"]},
        {"id": "mark", "type": "mark"},
    ]));
    assert_eq!(
        json_of(&form, &form.defaults()),
        json!({"hd": true, "palette": ["red", "blue"], "mark": ""})
    );
    for (key, answer, expected) in [
        ("open", Answer::text("a, b"), json!("a, b")),
        ("genre", Answer::text("pop, rock"), json!(["pop", "rock"])),
        (
            "genre",
            Answer::text("[\"pop\", \"a,b\"]"),
            json!(["pop", "a,b"]),
        ),
        ("genre", Answer::List(vec!["pop".into()]), json!(["pop"])),
        (
            "genre",
            Answer::url("https://a.example/1"),
            json!(["https://a.example/1"]),
        ),
        ("genre", Answer::text(""), Value::Null),
        ("genre", Answer::text("[]"), Value::Null),
        ("hd", Answer::text("false"), json!(false)),
        ("hd", Answer::text("maybe"), json!("maybe")),
        ("mark", Answer::text("true"), json!("true")),
        ("mark", Answer::text("5"), json!("5")),
        ("mark", Answer::text("{\"x\": [1]}"), json!({"x": [1]})),
        (
            "mark",
            Answer::url("https://a.example/1"),
            json!("https://a.example/1"),
        ),
    ] {
        let given = answers([(key, answer)]);
        assert_eq!(json_of(&form, &given)[key], expected, "{given:?}");
    }
}

#[test]
fn several_choices_may_be_written_in_one_text() {
    let form = form(&json!([
        {"id": "styles", "type": "select", "multiple": true, "required": true, "options": ["a", "b", "c,d"], "default": ["a", "c,d"]},
    ]));
    assert_eq!(
        json_of(&form, &form.defaults()),
        json!({"styles": ["a", "c,d"]})
    );
    for (text, expected) in [
        ("b", json!(["b"])),
        ("a, b", json!(["a", "b"])),
        ("c,d", json!(["c,d"])),
        ("[\"b\"]", json!(["b"])),
    ] {
        let given = answers([("styles", Answer::text(text))]);
        assert_eq!(json_of(&form, &given)["styles"], expected, "{text}");
    }
    for (answer, problem) in [
        (Answer::text("a,z"), ProblemKind::NotAnOption),
        (Answer::text(" "), ProblemKind::Required),
        (Answer::text(""), ProblemKind::Required),
        (Answer::List(Vec::new()), ProblemKind::Required),
    ] {
        let problems = form
            .request(&answers([("styles", answer.clone())]))
            .unwrap_err();
        assert_eq!(problems[0].problem, problem, "{answer:?}");
    }
}

#[test]
fn numbers_as_people_write_them() {
    let form = form(&json!([{"id": "n", "type": "number"}]));
    for (text, expected) in [
        ("5", json!(5)),
        (" -7 ", json!(-7)),
        ("5.0", json!(5)),
        ("1e3", json!(1000)),
        ("0.1", json!(0.1)),
        (
            "18446744073709551615",
            json!(18_446_744_073_709_551_615_u64),
        ),
    ] {
        assert_eq!(
            json_of(&form, &answers([("n", Answer::text(text))]))["n"],
            expected,
            "{text}"
        );
    }
    for text in ["five", "0,5", "1_000", "NaN", "inf", "1e999", "5 px"] {
        let problems = form
            .request(&answers([("n", Answer::text(text))]))
            .unwrap_err();
        assert_eq!(problems[0].problem, ProblemKind::NotANumber, "{text}");
    }
}

/// Asserts that this one answer beside a good prompt is refused with this message.
fn refused(field: &str, answer: Answer, kind: ProblemKind, message: &str) {
    let mut given = answers([("prompt", Answer::text("x"))]);
    given.insert(field.to_owned(), answer);
    let found: Vec<_> = everything()
        .request(&given)
        .err()
        .unwrap_or_default()
        .into_iter()
        .map(|problem| (problem.field, problem.problem, problem.message))
        .collect();
    assert_eq!(found, [(field.to_owned(), kind, message.to_owned())]);
}

#[test]
fn values_that_cannot_be_sent_are_named() {
    use ProblemKind as Kind;
    let bounds = "Scale must be between 1 and 8.";
    refused(
        "prompt",
        Answer::text("  "),
        Kind::Required,
        "Prompt is required.",
    );
    refused("scale", Answer::text("9"), Kind::OutOfRange, bounds);
    refused("scale", Answer::text("0.9"), Kind::OutOfRange, bounds);
    refused(
        "scale",
        Answer::text("big"),
        Kind::NotANumber,
        "Scale must be a number.",
    );
    refused(
        "seed",
        Answer::text("-1"),
        Kind::OutOfRange,
        "Seed must be at least 0.",
    );
    let message = "Mode must be one of fast, 5; \"Fast\" is not.";
    refused("mode", Answer::text("Fast"), Kind::NotAnOption, message);
    let message = "Watermark must be one of true, false; \"yes\" is not.";
    refused("watermark", Answer::text("yes"), Kind::NotAnOption, message);
    let several = Answer::List(vec!["a".into(), "c".into()]);
    let message = "Styles must be one of a, b; \"c\" is not.";
    refused("styles", several.clone(), Kind::NotAnOption, message);
    refused(
        "negative",
        several.clone(),
        Kind::WrongKind,
        "Negative takes one value.",
    );
    refused(
        "callbackUrl",
        several,
        Kind::WrongKind,
        "callbackUrl takes text.",
    );
    let message = "This model has no input called Prompt.";
    refused("Prompt", Answer::text("x"), Kind::UnknownField, message);
}

#[test]
fn files_that_cannot_be_sent_are_named() {
    use ProblemKind as Kind;
    let message = "Negative takes text, not a file.";
    refused("negative", Answer::path("/a"), Kind::WrongKind, message);
    let message = "Photo takes 1 file or address, not 2.";
    refused(
        "photo",
        urls(&["https://a.example/1"; 2]),
        Kind::TooManyFiles,
        message,
    );
    let message = "Mixed takes 3 files or addresses, not 4.";
    refused(
        "mixed",
        urls(&["https://a.example/1"; 4]),
        Kind::TooManyFiles,
        message,
    );
    let message = "Photo: only http and https addresses can be fetched.";
    for address in ["photo.png", "file:///etc/passwd", "https://", "data:,x"] {
        refused("photo", Answer::url(address), Kind::BadAddress, message);
    }
}

#[test]
fn all_problems_are_named_at_once() {
    let all = everything()
        .request(&answers([
            ("scale", Answer::text("x")),
            ("other", Answer::text("x")),
        ]))
        .unwrap_err();
    assert_eq!(
        all.iter()
            .map(|problem| problem.field.as_str())
            .collect::<Vec<_>>(),
        ["prompt", "scale", "other"]
    );
    let file_needed =
        form(&json!([{"id": "photo", "type": "fileinput", "label": "Photo", "required": true}]));
    assert_eq!(
        file_needed.request(&Answers::new()).unwrap_err()[0].message,
        "Photo needs a file or an address."
    );
}

#[test]
fn without_a_schema_everything_passes() {
    let form = FormDefinition::from_parameters(&None);
    let given = answers([
        ("prompt", Answer::text("[1]")),
        ("width", Answer::text("1024")),
        ("tags", Answer::List(vec!["a".into()])),
        ("image", Answer::url("https://a.example/1.png")),
        (
            "images",
            urls(&["https://a.example/1.png", "https://a.example/2.png"]),
        ),
    ]);
    assert_eq!(
        json_of(&form, &given),
        json!({
            "prompt": "[1]", "width": "1024", "tags": ["a"], "image": "https://a.example/1.png",
            "images": ["https://a.example/1.png", "https://a.example/2.png"],
        })
    );
    assert!(form.defaults().is_empty());
}

#[test]
fn answers_are_plain_json() {
    let given = answers([
        ("a", Answer::text("x")),
        ("b", Answer::List(vec!["y".into()])),
        (
            "c",
            Answer::Files(vec![
                FileSource::Path("/p".into()),
                FileSource::Url("https://a.example".into()),
            ]),
        ),
    ]);
    let text = serde_json::to_string(&given).unwrap();
    assert_eq!(serde_json::from_str::<Answers>(&text).unwrap(), given);
}
