//! Whatever is filled in and passes is found again in the body, in both encodings.
//!
//! The reader here is written from `PROTOCOL.md` sections 6.2 and 6.3 alone, as the service would read a body.

use std::path::PathBuf;

use proptest::prelude::*;
use proptest::strategy::BoxedStrategy;
use rust_decimal::Decimal;
use wiro_client::forms::{Control, Field, FileMode, Part};

use super::*;

/// Files to attach: any that are there.
const FILES: [&str; 3] = [
    concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"),
    concat!(env!("CARGO_MANIFEST_DIR"), "/PROTOCOL.md"),
    concat!(env!("CARGO_MANIFEST_DIR"), "/src/lib.rs"),
];

fn some_text() -> BoxedStrategy<String> {
    prop_oneof![
        "\\PC{0,20}",
        "[ a-z\n\t,;]{0,8}",
        Just("[1, {\"a\": 2}]".to_owned())
    ]
    .boxed()
}

fn text() -> BoxedStrategy<Answer> {
    some_text().prop_map(Answer::Text).boxed()
}

fn number(min: i64, max: i64) -> BoxedStrategy<Answer> {
    let thousandths = (min * 1000..=max * 1000).prop_map(|n| Decimal::new(n, 3).to_string());
    let whole = (min..=max).prop_map(|n| n.to_string());
    let exponent = (min..=max).prop_map(|n| format!(" {n}e0 "));
    prop_oneof![thousandths, whole, exponent, Just(String::new())]
        .prop_map(Answer::Text)
        .boxed()
}

fn one_of(values: &'static [&'static str]) -> BoxedStrategy<Answer> {
    prop::sample::select(values).prop_map(Answer::text).boxed()
}

fn some_of(values: &'static [&'static str]) -> BoxedStrategy<Answer> {
    prop::sample::subsequence(values, 0..=values.len())
        .prop_map(|values| Answer::List(values.into_iter().map(str::to_owned).collect()))
        .boxed()
}

fn source() -> BoxedStrategy<FileSource> {
    prop_oneof![
        "https?://[a-z]{1,8}\\.example/[a-z0-9,;?=&%._ -]{0,12}".prop_map(FileSource::Url),
        Just(FileSource::Url(" ".to_owned())),
        prop::sample::select(&FILES[..]).prop_map(|path| FileSource::Path(path.into())),
    ]
    .boxed()
}

fn sources(most: usize) -> BoxedStrategy<Answer> {
    prop::collection::vec(source(), 0..=most)
        .prop_map(Answer::Files)
        .boxed()
}

/// One parameter of every kind, with answers that pass.
fn parameters() -> Vec<(Value, BoxedStrategy<Answer>)> {
    vec![
        (json!({"id": "prompt", "type": "textarea"}), text()),
        (json!({"id": "Prompt", "type": "text"}), text()),
        (
            json!({"id": "seed", "type": "integer"}),
            number(-5, 1 << 40),
        ),
        (
            json!({"id": "scale", "type": "range", "min": "1", "max": 8}),
            number(1, 8),
        ),
        (
            json!({"id": "mode", "type": "select", "options": ["a", 5, "A"]}),
            one_of(&["a", "5", "A"]),
        ),
        (
            json!({"id": "ratio", "type": "select", "options": ["", "1:1"]}),
            one_of(&["", "1:1"]),
        ),
        (
            json!({"id": "tile", "type": "select", "options": [true, false]}),
            one_of(&["true", "false"]),
        ),
        (
            json!({"id": "styles", "type": "select", "multiple": true, "options": ["a", "b,c", "[d]"]}),
            some_of(&["a", "b,c", "[d]"]),
        ),
        (
            json!({"id": "genre", "type": "select", "multiple": true}),
            some_of(&["pop", "a,b"]),
        ),
        (json!({"id": "mark", "type": "canvas"}), text()),
        (json!({"id": "photo", "type": "fileinput"}), sources(1)),
        (
            json!({"id": "papers", "type": "multifileinput"}),
            sources(4),
        ),
        (
            json!({"id": "clipsMultiple", "type": "multifileinput"}),
            sources(4),
        ),
        (
            json!({"id": "mixed", "type": "combinefileinput", "note": "up to 4 files"}),
            sources(4),
        ),
        (json!({"id": "bare", "type": "fileinput"}), sources(1)),
    ]
}

/// A form of some of the parameters, of which some are required, and answers to some of them.
fn filled_in_forms() -> impl Strategy<Value = (FormDefinition, Answers)> {
    let fields: Vec<_> = parameters()
        .into_iter()
        .map(|(item, answer)| {
            let answer = prop::option::weighted(0.8, answer);
            (Just(item), any::<bool>(), any::<bool>(), answer)
        })
        .collect();
    fields.prop_map(|fields| {
        // What the names of two of the file parameters depend on.
        let mut items = vec![
            json!({"id": "bareUrl", "type": "select", "options": ["taken"]}),
            json!({"id": "clipsUrlMultiple", "type": "text"}),
        ];
        let mut given = Answers::new();
        for (mut item, shown, required, answer) in fields {
            if !shown {
                continue;
            }
            let key = item["id"].as_str().unwrap_or_default().to_owned();
            let is_filled = answer.as_ref().is_some_and(|answer| match answer {
                Answer::Text(text) => !text.trim().is_empty(),
                Answer::List(values) => !values.is_empty(),
                Answer::Files(files) => files
                    .iter()
                    .any(|file| *file != FileSource::Url(" ".to_owned())),
            });
            item["required"] = Value::from(required && is_filled);
            items.push(item);
            given.extend(answer.map(|answer| (key, answer)));
        }
        (form(&Value::from(items)), given)
    })
}

/// An answer without what the encodings do not keep: blanks around numbers and addresses, the order between files and
/// addresses where these travel apart, and commas where they are encoded.
fn essence(field: &Field, answer: &Answer) -> Option<Answer> {
    match (&field.control, answer) {
        (Control::Number { .. } | Control::Range { .. }, Answer::Text(text)) => {
            let text = text.trim();
            let number = Decimal::from_scientific(text).or_else(|_| text.parse());
            Some(Answer::Text(number.ok()?.normalize().to_string()))
        }
        (Control::Raw { .. }, Answer::Text(text)) => {
            let structure = serde_json::from_str::<Value>(text).ok();
            let structure = structure.filter(|value| value.is_array() || value.is_object());
            Some(structure.map_or_else(|| answer.clone(), |value| Answer::Text(value.to_string())))
        }
        (Control::Select { options, .. }, Answer::Text(text)) => {
            let is_option = options.iter().any(|option| option.value == *text);
            (is_option || !text.trim().is_empty()).then(|| answer.clone())
        }
        (_, Answer::Text(_)) => Some(answer.clone()),
        (_, Answer::List(values)) => (!values.is_empty()).then(|| answer.clone()),
        (control, Answer::Files(files)) => {
            let is_apart = matches!(
                control,
                Control::Files {
                    mode: FileMode::Separate,
                    ..
                }
            );
            let kept = |file: &FileSource| match file {
                FileSource::Url(url) if url.trim().is_empty() => None,
                FileSource::Url(url) if is_apart => {
                    Some(FileSource::Url(url.trim().replace(',', "%2C")))
                }
                FileSource::Url(url) => Some(FileSource::Url(url.trim().to_owned())),
                FileSource::Path(path) => Some(FileSource::Path(path.clone())),
            };
            let mut files: Vec<FileSource> = files.iter().filter_map(kept).collect();
            if is_apart {
                files.sort_by_key(|file| matches!(file, FileSource::Url(_)));
            }
            (!files.is_empty()).then_some(Answer::Files(files))
        }
    }
}

/// What stands under one key of a body.
#[derive(Debug, Default)]
struct Under {
    texts: Vec<String>,
    files: Vec<PathBuf>,
    is_list: bool,
}

fn under(body: &RunBody, key: &str) -> Option<Under> {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match body {
        RunBody::Json(map) => Some(match map.get(key)? {
            Value::Array(values) => Under {
                texts: values.iter().map(text).collect(),
                is_list: true,
                ..Under::default()
            },
            value => Under {
                texts: vec![text(value)],
                ..Under::default()
            },
        }),
        RunBody::Multipart(parts) => {
            let mut found = Under::default();
            for part in parts.iter().filter(|part| part.name() == key) {
                match part {
                    Part::Text { value, .. } => found.texts.push(value.clone()),
                    Part::File { path, .. } => found.files.push(path.clone()),
                }
            }
            (!found.texts.is_empty() || !found.files.is_empty()).then_some(found)
        }
    }
}

/// The answer of one field as the body holds it.
fn read_back(field: &Field, body: &RunBody) -> Option<Answer> {
    if let Control::Files { mode, url_key, .. } = &field.control {
        let own = under(body, &field.id).unwrap_or_default();
        let mut files: Vec<FileSource> = own.files.into_iter().map(FileSource::Path).collect();
        let twin = url_key.as_deref().and_then(|key| under(body, key));
        let addresses: Vec<String> = match (mode, twin) {
            (FileMode::Separate, Some(twin)) => {
                twin.texts[0].split(',').map(str::to_owned).collect()
            }
            (_, Some(twin)) => twin.texts,
            (_, None) => own.texts,
        };
        files.extend(
            addresses
                .into_iter()
                .filter(|address| !address.is_empty())
                .map(FileSource::Url),
        );
        return (!files.is_empty()).then_some(Answer::Files(files));
    }
    let found = under(body, &field.id)?;
    let takes_several = match &field.control {
        Control::Select { multiple, .. } => *multiple,
        Control::Raw { type_name } => type_name == wiro_client::forms::OPEN_SELECT_MULTIPLE,
        _ => false,
    };
    if takes_several {
        return Some(Answer::List(found.texts));
    }
    // A list under the key of one value is JSON that was filled in as text.
    let text = match (body, found.is_list) {
        (RunBody::Json(map), true) => map[&field.id].to_string(),
        _ => found.texts.into_iter().next()?,
    };
    Some(Answer::Text(text))
}

/// The order of files among addresses is kept only in a combined field, whose parts stand in one list.
fn combined_order(field: &Field, body: &RunBody) -> Option<Vec<FileSource>> {
    let RunBody::Multipart(parts) = body else {
        return None;
    };
    matches!(
        field.control,
        Control::Files {
            mode: FileMode::Combined,
            ..
        }
    )
    .then(|| {
        parts
            .iter()
            .filter(|part| part.name() == field.id)
            .map(|part| match part {
                Part::Text { value, .. } => FileSource::Url(value.clone()),
                Part::File { path, .. } => FileSource::Path(path.clone()),
            })
            .collect()
    })
}

fn same_answers(form: &FormDefinition, given: &Answers) -> Result<(), TestCaseError> {
    let body = form
        .request(given)
        .map_err(|problems| TestCaseError::fail(format!("{problems:?}")))?;
    let has_local = given.values().any(|answer| {
        matches!(answer, Answer::Files(files) if files.iter().any(|file| matches!(file, FileSource::Path(_))))
    });
    prop_assert_eq!(matches!(body, RunBody::Multipart(_)), has_local);
    for field in form.fields() {
        let expected = given
            .get(&field.id)
            .and_then(|answer| essence(field, answer));
        let found = match combined_order(field, &body) {
            Some(files) => (!files.is_empty()).then_some(Answer::Files(files)),
            None => read_back(field, &body),
        };
        let found = found.and_then(|answer| essence(field, &answer));
        prop_assert_eq!(&found, &expected, "{} of {:?}", field.id, body);
    }
    Ok(())
}

/// Answers of any kind to any field, most of which do not pass.
fn any_answer() -> BoxedStrategy<Answer> {
    prop_oneof![
        4 => text(),
        2 => number(-9, 9),
        2 => one_of(&["a", "b,c", "5", "true", "false", "1:1", "pop"]),
        1 => some_of(&["a", "b,c", "pop"]),
        3 => sources(5),
    ]
    .boxed()
}

proptest! {
    #[test]
    fn what_is_filled_in_is_found_in_the_body((form, given) in filled_in_forms()) {
        same_answers(&form, &given)?;
    }

    #[test]
    fn whatever_passes_is_found_in_the_body((form, mut given) in filled_in_forms(), at in any::<prop::sample::Index>(), answer in any_answer()) {
        let keys: Vec<String> = form.fields().map(|field| field.id.clone()).collect();
        let field = form.field(&keys[at.index(keys.len())]).unwrap();
        given.insert(field.id.clone(), answer.clone());
        // One text may stand for several choices or addresses, and a raw input takes all kinds; that is shown by example.
        let is_usual = match &field.control {
            Control::Files { .. } => matches!(answer, Answer::Files(_)),
            Control::Raw { .. } => false,
            Control::Select { multiple: true, .. } => matches!(answer, Answer::List(_)),
            _ => matches!(answer, Answer::Text(_)),
        };
        if is_usual && form.request(&given).is_ok() {
            same_answers(&form, &given)?;
        }
    }
}
