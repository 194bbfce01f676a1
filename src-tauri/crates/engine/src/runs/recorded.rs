//! The inputs of a run as they were written down: what is sent, and what is shown of them.

use wiro_client::forms::{Part, RunBody};
use wiro_library::NewRun;

use crate::dto::{AnswerInput, Answers, FileInput};
use crate::files::RecordedInput;

const CAPTION_CHARS: usize = 120;

pub(super) fn stored_names(row: &NewRun) -> Vec<String> {
    let names = row.inputs.iter().map(|input| input.stored_name.clone());
    names.flatten().collect()
}

/// Sends the bytes that were written down: whatever happens to the original meanwhile, what was sent can be looked at.
pub(super) fn send_recorded(body: &mut RunBody, recorded: &[RecordedInput]) {
    let RunBody::Multipart(parts) = body else {
        return;
    };
    for part in parts {
        if let Part::File { path, bytes, .. } = part
            && let Some(input) = recorded.iter().find(|input| input.row.source_path == *path)
        {
            path.clone_from(&input.send_from);
            *bytes = input.row.bytes;
        }
    }
}

/// The answers as the library keeps them: files by their id in the library.
pub(super) fn with_recorded(given: &Answers, recorded: &[RecordedInput]) -> Answers {
    let mut kept = given.clone();
    for input in recorded {
        if let Some(AnswerInput::Files { files }) = kept.get_mut(&input.row.field)
            && let Some(file) = files.get_mut(input.row.position as usize)
        {
            *file = FileInput::Staged {
                id: input.row.id.clone(),
            };
        }
    }
    kept
}

/// What was asked, in a line: the longest text, else the names of the files.
pub(super) fn caption(answers: &Answers, recorded: &[RecordedInput]) -> String {
    let longest = answers
        .values()
        .filter_map(|answer| match answer {
            AnswerInput::Text { value } if value.trim().parse::<f64>().is_err() => {
                Some(value.trim())
            }
            _ => None,
        })
        .max_by_key(|text| text.chars().count())
        .filter(|text| text.chars().count() > 3);
    let text = match longest {
        Some(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        None => recorded
            .iter()
            .map(|input| input.row.label.as_str())
            .collect::<Vec<_>>()
            .join(", "),
    };
    if text.chars().count() <= CAPTION_CHARS {
        return text;
    }
    let short: String = text.chars().take(CAPTION_CHARS).collect();
    format!("{short}\u{2026}")
}
