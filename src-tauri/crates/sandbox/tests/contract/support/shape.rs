//! Key sets and wire types of documented payloads.

use serde_json::Value;

/// The kind of a JSON value, in the words of the contract.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// `seen` has every key of `documented`, each of the same kind, and beyond them only keys of `also`.
#[track_caller]
pub(crate) fn assert_keys(seen: &Value, documented: &Value, also: &[&str]) {
    for (key, value) in documented.as_object().unwrap() {
        let found = seen
            .get(key)
            .unwrap_or_else(|| panic!("{key} is missing: {seen:#}"));
        assert_eq!(kind(found), kind(value), "{key}: {seen:#}");
    }
    for key in seen.as_object().unwrap().keys() {
        let known = documented.get(key).is_some() || also.contains(&key.as_str());
        assert!(known, "nobody documents {key}: {seen:#}");
    }
}

/// Every one of these members is there and is of this kind.
#[track_caller]
pub(crate) fn assert_kinds(seen: &Value, expected: &str, members: &[&str]) {
    for member in members {
        let found = seen
            .get(member)
            .unwrap_or_else(|| panic!("{member} is missing: {seen:#}"));
        assert_eq!(kind(found), expected, "{member}: {seen:#}");
    }
}

/// A string that holds a plain decimal number.
pub(crate) fn is_decimal(value: &Value) -> bool {
    value.as_str().is_some_and(|text| {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        [whole, fraction]
            .iter()
            .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
    })
}

/// All values at a path such as `tasklist[].outputs[].url`; a missing member gives `null`.
pub(crate) fn values_at<'a>(value: &'a Value, path: &str) -> Vec<&'a Value> {
    let mut found = vec![value];
    for step in path.split('.') {
        let name = step.trim_end_matches("[]");
        found = found
            .into_iter()
            .map(|parent| &parent[name])
            .flat_map(|child| match child.as_array() {
                Some(items) if step.ends_with("[]") => items.iter().collect(),
                _ => vec![child],
            })
            .collect();
    }
    found
}

/// A documented payload, from the fixtures that all crates share.
macro_rules! payload {
    ($name:literal) => {
        serde_json::from_str::<serde_json::Value>(include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../../tests/fixtures/payloads/",
            $name
        )))
        .unwrap()
    };
}
pub(crate) use payload;
