//! `sandbox/word-count`: how long documents are, and which words they use most.

mod docx;
mod figures;
mod html;
mod report;
mod text;

use std::io::Read;

use fs_err as fs;

use super::{Done, InputFile, Job};
use crate::schema::as_text;
use crate::worker::Console;
use figures::{Figures, Words};
use report::{Counted, Report};

/// Most documents of a run.
const MAX_DOCUMENTS: usize = 64;
/// Most bytes of a document, and of the text inside one.
const MAX_BYTES: u64 = 16 * 1_048_576;

/// Counts one document after the other, then all of them together. The error goes to standard error.
pub(super) fn run(job: &Job, console: &Console) -> Result<Done, String> {
    let documents: Vec<&InputFile> = job
        .inputs
        .iter()
        .filter(|input| input.field == "inputDocuments")
        .collect();
    let count = u32::try_from(documents.len()).unwrap_or(u32::MAX);
    if documents.is_empty() || documents.len() > MAX_DOCUMENTS {
        return Err(format!(
            "This model takes 1 to {MAX_DOCUMENTS} documents, not {count}."
        ));
    }
    let stopped = || console.cancelled.is_cancelled();
    let mut report = Report::default();
    let mut all = Words::default();
    for (number, input) in (1..).zip(documents) {
        let of_this = |problem: String| format!("Document {number}, {}: {problem}", input.name);
        let bytes = read(input).map_err(of_this)?;
        let document = text::read(&input.name, &bytes).map_err(of_this)?;
        let mut words = Words::default();
        let Some(figures) = Figures::of(&document, bytes.len(), &mut words, &stopped) else {
            return Ok(Done::stopped());
        };
        console.log(&format!("{}: {} words.", input.name, figures.words));
        console.progress("Count", number, count);
        report.add(Counted {
            name: input.name.clone(),
            kind: document.kind.name(),
            encoding: document.encoding,
            guessed: document.guessed,
            figures,
            frequent: words.most_frequent(),
        });
        all.merge(words);
    }
    report.frequent = all.most_frequent();
    let markdown = job.parameters.get("outputType").map(as_text).as_deref() == Some("markdown");
    let (file, content_type, content) = if markdown {
        ("counts.md", "text/markdown", report.markdown())
    } else {
        ("counts.json", "application/json", report.json())
    };
    fs::write(job.dir.join(file), content)
        .map_err(|error| format!("Cannot write the counts: {error}"))?;
    Ok(Done::with(file, content_type))
}

fn read(input: &InputFile) -> Result<Vec<u8>, String> {
    let unreadable = |error| format!("Cannot read the document: {error}");
    let mut bytes = Vec::new();
    let file = fs::File::open(&input.path).map_err(unreadable)?;
    let read = file.take(MAX_BYTES + 1).read_to_end(&mut bytes);
    if u64::try_from(read.map_err(unreadable)?).unwrap_or(u64::MAX) > MAX_BYTES {
        return Err("It is larger than 16 MB.".to_owned());
    }
    Ok(bytes)
}
