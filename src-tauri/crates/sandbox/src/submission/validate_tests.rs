use serde_json::json;

use super::super::Upload;
use super::*;

fn schema() -> Schema {
    Schema::read(Some(&json!([{"title": "Input", "items": [
        {"id": "one", "type": "fileinput", "required": true},
        {"id": "many", "type": "multifileinput"},
        {"id": "mixed", "type": "combinefileinput"},
        {"id": "scale", "type": "range", "min": 1, "max": 8, "default": "2"},
        {"id": "prompt", "type": "text"},
    ]}])))
}

fn file() -> Entry {
    let path = "/nowhere".into();
    Entry::File(Upload {
        path,
        name: "a.png".to_owned(),
        content_type: "image/png".to_owned(),
        bytes: 1,
    })
}

fn value(value: Value) -> Entry {
    Entry::Value(value)
}

fn run(fields: Vec<(&str, Entry)>) -> Result<Submission, String> {
    validate(
        &schema(),
        fields
            .into_iter()
            .map(|(id, entry)| (id.to_owned(), entry))
            .collect(),
        Origin::Loopback,
    )
}

fn counts(submission: &Submission) -> Vec<(&str, usize)> {
    submission
        .inputs
        .iter()
        .map(|list| (list.field.as_str(), list.values.len()))
        .collect()
}

#[test]
fn every_documented_way_to_give_files_is_taken() {
    let twin = run(vec![("one", file()), ("oneUrl", value(json!("")))]).unwrap();
    assert_eq!(counts(&twin), [("one", 1)]);
    let url = run(vec![
        ("one", value(json!(""))),
        ("oneUrl", value(json!("http://127.0.0.1/a"))),
    ])
    .unwrap();
    assert_eq!(counts(&url), [("one", 1)]);
    assert_eq!(url.parameters["oneUrl"], "http://127.0.0.1/a");
    let direct = run(vec![("one", value(json!(["http://localhost/a"])))]).unwrap();
    assert_eq!(counts(&direct), [("one", 1)]);
    let lists = run(vec![
        ("one", file()),
        ("many", file()),
        ("many", file()),
        ("manyUrl", value(json!("http://[::1]/a,http://127.0.0.1/b"))),
        ("mixed", file()),
        ("mixed", value(json!("http://127.0.0.1/c"))),
    ])
    .unwrap();
    assert_eq!(counts(&lists), [("one", 1), ("many", 4), ("mixed", 2)]);
}

#[test]
fn addresses_come_joined_in_every_place_that_takes_several() {
    let two = "http://127.0.0.1/a?x=1,2;3; https://localhost/b,";
    for (key, field) in [
        ("many", "many"),
        ("manyUrl", "many"),
        ("mixed", "mixed"),
        ("mixedUrl", "mixed"),
    ] {
        let submission = run(vec![("one", file()), (key, value(json!(two)))]).unwrap();
        assert_eq!(counts(&submission), [("one", 1), (field, 2)], "{key}");
        let urls: Vec<&str> = submission.inputs[1]
            .values
            .iter()
            .map(|given| match given {
                Given::Url(url) => url.as_str(),
                Given::File(_) => "a file",
            })
            .collect();
        assert_eq!(urls, ["http://127.0.0.1/a?x=1,2;3", "https://localhost/b"]);
    }
    let listed = json!(["http://127.0.0.1/a", "http://127.0.0.1/b"]);
    let submission = run(vec![("one", file()), ("mixedUrl", value(listed))]).unwrap();
    assert_eq!(counts(&submission), [("one", 1), ("mixed", 2)]);
    let single = run(vec![(
        "oneUrl",
        value(json!("http://127.0.0.1/a,http://b")),
    )])
    .unwrap();
    assert_eq!(counts(&single), [("one", 1)]);
}

#[test]
fn refusals_are_worded_as_documented() {
    let problem = |fields| run(fields).unwrap_err();
    assert_eq!(problem(vec![]), "Request files [one] required");
    assert_eq!(
        problem(vec![("one", value(json!("")))]),
        "Request files [one] required"
    );
    assert_eq!(problem(vec![("one", file()), ("one", file())]), INVALID);
    assert_eq!(problem(vec![("one", file()), ("prompt", file())]), INVALID);
    assert_eq!(problem(vec![("one", value(json!(5)))]), INVALID);
    let range = problem(vec![("one", file()), ("scale", value(json!("9")))]);
    assert_eq!(range, "Request parameter [scale] must be between 1 and 8");
}

#[test]
fn only_this_computer_is_fetched_from() {
    for url in [
        "http://example.com/a",
        "file:///etc/passwd",
        "http://10.0.0.1/",
        "http://localhost.example.com/",
        "x",
    ] {
        let problem = run(vec![("one", value(json!(url)))]).unwrap_err();
        assert_eq!(
            problem, "Request parameter [one] must be an http address on this computer",
            "{url}"
        );
    }
    let fields = || vec![("one".to_owned(), value(json!("https://example.com/a")))];
    assert!(validate(&schema(), fields(), Origin::Any).is_ok());
}

#[test]
fn parameters_stay_as_sent_and_defaults_fill_blanks_for_the_model_only() {
    let fields = vec![
        ("one", file()),
        ("scale", value(json!(""))),
        ("extra", value(json!("a"))),
        ("extra", value(json!("b"))),
        ("callbackUrl", value(json!("http://127.0.0.1/hook"))),
    ];
    let submission = run(fields).unwrap();
    assert_eq!(
        (
            &submission.parameters["scale"],
            &submission.parameters["extra"]
        ),
        (&json!(""), &json!(["a", "b"]))
    );
    assert_eq!(
        submission.callback.as_deref(),
        Some("http://127.0.0.1/hook")
    );
    assert_eq!(
        with_defaults(&schema(), &submission.parameters)["scale"],
        "2"
    );
}
