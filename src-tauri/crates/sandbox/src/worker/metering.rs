//! What a run used, so that its price can be worked out (`PROTOCOL.md` section 13).

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lofty::file::AudioFile;
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::fetch;
use crate::catalogue::Model;
use crate::models::InputFile;
use crate::pricing;
use crate::schema::{as_number, as_text};
use crate::state::App;
use crate::task::{Input, Task};

/// What is priced of the files that went in.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    pictures: Vec<(u32, u32)>,
    audio_seconds: Decimal,
}

/// Measures the inputs whose size or length the model's price depends on.
pub(super) async fn inputs(
    app: &Arc<App>,
    task: &Task,
    model: &Model,
    fetched: &[InputFile],
) -> Inputs {
    let (pixels, audio) = (model.prices.counts_pixels(), model.prices.counts_audio());
    if !pixels && !audio {
        return Inputs::default();
    }
    // A model that echoes fetches nothing: of addresses that lead elsewhere no size is known.
    let paths: Vec<PathBuf> = if fetched.is_empty() {
        let given = task.inputs.iter().flat_map(|list| &list.values);
        given
            .filter_map(|input| own_path(app, task, input))
            .collect()
    } else {
        fetched.iter().map(|input| input.path.clone()).collect()
    };
    let measure = move || {
        let paths = || paths.iter().map(PathBuf::as_path);
        Inputs {
            pictures: paths()
                .filter(|_| pixels)
                .filter_map(picture_size)
                .collect(),
            audio_seconds: paths().filter(|_| audio).filter_map(audio_seconds).sum(),
        }
    };
    tokio::task::spawn_blocking(measure)
        .await
        .unwrap_or_default()
}

fn own_path(app: &App, task: &Task, input: &Input) -> Option<PathBuf> {
    match input {
        Input::Stored(file) => Some(app.store.file_path(task.id, file)),
        Input::Url(url) => fetch::own_file(app, url),
    }
}

/// Read from the picture's header.
fn picture_size(path: &Path) -> Option<(u32, u32)> {
    image::ImageReader::open(path)
        .ok()?
        .with_guessed_format()
        .ok()?
        .into_dimensions()
        .ok()
}

/// To the millisecond. Uploads of a run have the name they came with, but their content says what they are.
fn audio_seconds(path: &Path) -> Option<Decimal> {
    let audio = lofty::probe::Probe::open(path)
        .ok()?
        .guess_file_type()
        .ok()?;
    let length = audio.read().ok()?.properties().duration();
    Decimal::try_from_i128_with_scale(length.as_millis().try_into().ok()?, 3).ok()
}

/// What a run used.
pub(super) struct Usage<'a> {
    /// Parameters as sent, completed by the schema's defaults.
    pub(super) parameters: &'a Map<String, Value>,
    pub(super) inputs: &'a Inputs,
    /// Standard output and standard error.
    pub(super) printed: (&'a str, &'a str),
}

impl Usage<'_> {
    /// What the task costs, now that it succeeded.
    pub(super) fn cost(
        &self,
        task: &Task,
        model: &Model,
        elapsed: Decimal,
        outputs: usize,
    ) -> Decimal {
        self.with(task, elapsed, outputs, |usage| model.prices.cost(usage))
    }

    /// What its one turn costs, if it is charged by turns.
    pub(super) fn turn(&self, task: &Task, model: &Model) -> Option<Decimal> {
        self.with(task, Decimal::ZERO, 0, |usage| {
            let by_turn = model.prices.counts_turns(usage);
            by_turn.then(|| model.prices.cost(usage))
        })
    }

    fn with<T>(
        &self,
        task: &Task,
        elapsed: Decimal,
        outputs: usize,
        priced: impl FnOnce(&pricing::Usage<'_>) -> T,
    ) -> T {
        let files: HashMap<String, usize> = task
            .inputs
            .iter()
            .map(|list| (list.field.clone(), list.values.len()))
            .collect();
        let (out, err) = self.printed;
        priced(&pricing::Usage {
            parameters: self.parameters,
            files: &files,
            pictures: &self.inputs.pictures,
            audio_seconds: self.inputs.audio_seconds,
            elapsed,
            outputs,
            tokens: words(&self.prompt()) + words(out),
            printed: amount(out).or_else(|| amount(err)),
        })
    }

    fn prompt(&self) -> String {
        let prompt = self.parameters.get("prompt");
        prompt.map(as_text).unwrap_or_default()
    }
}

/// A token is a word here; each model of the service counts in its own way.
fn words(text: &str) -> usize {
    text.split_whitespace().count()
}

/// The amount that a model printed as JSON, alone or on a line of its own: the first member `cost`, however deep. What the
/// service looks for is not documented.
fn amount(printed: &str) -> Option<Decimal> {
    let whole = [printed].into_iter();
    let mut texts = whole.chain(printed.lines());
    texts.find_map(|text| find(&serde_json::from_str(text).ok()?))
}

fn find(value: &Value) -> Option<Decimal> {
    match value {
        Value::Object(members) => {
            let cost = members.get("cost").and_then(as_number);
            cost.or_else(|| members.values().find_map(find))
        }
        Value::Array(values) => values.iter().find_map(find),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printed_amounts_are_found_wherever_they_are() {
        let table = [
            (r#"{"cost": 0.25}"#, Some("0.25")),
            (
                "{\n  \"parameters\": {\n    \"cost\": \"0.125\"\n  }\n}",
                Some("0.125"),
            ),
            (
                "step 1\n{\"usage\": [{\"cost\": 1e-3}]}\ndone",
                Some("0.001"),
            ),
            ("{\"cost\": \"free\", \"deep\": {\"cost\": 2}}", Some("2")),
            ("cost: 5", None),
            ("0.5", None),
            ("", None),
        ];
        for (printed, expected) in table {
            let expected = expected.map(|usd| usd.parse::<Decimal>().unwrap());
            assert_eq!(amount(printed), expected, "{printed}");
        }
    }
}
