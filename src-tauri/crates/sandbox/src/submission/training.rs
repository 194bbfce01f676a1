//! What a run that trains a model is asked for besides (`PROTOCOL.md` section 3.4).

use serde_json::{Map, Value};

use crate::catalogue::Model;
use crate::documented::Documented;
use crate::schema::as_text;
use crate::store::Training;

/// The parameter that names the new model.
const NAME: &str = "trainModelName";

/// What the run makes, or `None` when it trains nothing.
pub(crate) fn of(
    model: &Model,
    parameters: &Map<String, Value>,
) -> Result<Option<Training>, Documented> {
    if !model.trains() {
        return Ok(None);
    }
    let name = parameters.get(NAME).map(as_text).unwrap_or_default();
    check(&name)?;
    Ok(Some(Training { name }))
}

/// Which names are forbidden is not documented. Here it is those without a letter or digit, which no address could hold.
fn check(name: &str) -> Result<(), Documented> {
    let plain = |symbol: char| symbol.is_ascii_alphanumeric() || "-_.".contains(symbol);
    if !name.chars().all(plain) {
        Err(Documented::TrainingName)
    } else if !name.is_empty() && !name.contains(|symbol: char| symbol.is_ascii_alphanumeric()) {
        Err(Documented::TrainingNameForbidden)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_and_say_something() {
        let table = [
            ("", Ok(())),
            ("my-Model_2.1", Ok(())),
            ("my model", Err(Documented::TrainingName)),
            ("mod\u{e8}le", Err(Documented::TrainingName)),
            ("a/b", Err(Documented::TrainingName)),
            ("..", Err(Documented::TrainingNameForbidden)),
            ("-_", Err(Documented::TrainingNameForbidden)),
        ];
        for (name, expected) in table {
            assert_eq!(check(name), expected, "{name}");
        }
    }
}
