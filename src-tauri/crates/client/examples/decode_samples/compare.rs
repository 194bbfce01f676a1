//! What differs between two JSON values; the order of keys does not.

use serde_json::Value;

/// One line for each place that was lost, changed or added.
pub(crate) fn differences(source: &Value, encoded: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare("$", source, encoded, &mut found);
    found
}

fn compare(place: &str, source: &Value, encoded: &Value, found: &mut Vec<String>) {
    match (source, encoded) {
        (Value::Object(before), Value::Object(after)) => {
            for (key, value) in before {
                let place = format!("{place}.{key}");
                match after.get(key) {
                    Some(now) => compare(&place, value, now, found),
                    None => found.push(format!("{place} is lost")),
                }
            }
            let added = after.keys().filter(|key| !before.contains_key(*key));
            found.extend(added.map(|key| format!("{place}.{key} is new")));
        }
        (Value::Array(before), Value::Array(after)) if before.len() == after.len() => {
            for (index, (value, now)) in before.iter().zip(after).enumerate() {
                compare(&format!("{place}[{index}]"), value, now, found);
            }
        }
        (before, after) if before == after => {}
        (before, after) => found.push(format!("{place} was {before} and is {after}")),
    }
}
