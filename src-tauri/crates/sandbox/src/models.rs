//! What the Sandbox's models compute.

mod contact_sheet;
mod echo;
mod eliza;
mod filters;
mod pattern;
mod picture;
mod realtime;
mod relief;
mod resample;
mod simple;
mod upscale;
mod word_count;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::schema::as_number;
use crate::task::Text;
use crate::worker::Console;
pub(crate) use eliza::{Sessions, Turn};
pub(crate) use realtime::Kind as Realtime;

/// How a model computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Computes {
    Upscale,
    Filters,
    ContactSheet,
    Pattern,
    Relief,
    WordCount,
    Eliza,
    Slow,
    Failing,
    /// Is talked to while it runs.
    Realtime(Realtime),
    /// Says back what it was sent; every model of a catalogue file.
    Echo,
}

impl Computes {
    /// Whether it is charged turn by turn while it runs.
    pub(crate) fn is_realtime(self) -> bool {
        matches!(self, Self::Realtime(_))
    }
}

/// What a model gets.
pub(crate) struct Job {
    /// The request as it was understood, for models that show it.
    pub(crate) request: Value,
    /// Validated parameters with defaults filled in.
    pub(crate) parameters: Map<String, Value>,
    pub(crate) inputs: Vec<InputFile>,
    /// Where outputs go.
    pub(crate) dir: PathBuf,
    /// For the model that remembers conversations.
    pub(crate) sessions: Arc<Sessions>,
}

/// An input where the model can open it.
pub(crate) struct InputFile {
    pub(crate) field: String,
    /// What it was called where it came from, with nothing but plain characters.
    pub(crate) name: String,
    pub(crate) path: PathBuf,
}

/// What a model leaves.
pub(crate) struct Done {
    /// `0` is success.
    pub(crate) exit: i32,
    pub(crate) outputs: Vec<Artefact>,
    /// What a language model said.
    pub(crate) text: Option<Text>,
    /// What it will remember, provided that the task succeeds.
    pub(crate) turn: Option<Turn>,
}

/// A file in [`Job::dir`].
pub(crate) struct Artefact {
    pub(crate) file: String,
    pub(crate) content_type: &'static str,
}

impl Done {
    /// Cancelled: whatever is returned will not be looked at.
    fn stopped() -> Self {
        Self::without_outputs(137)
    }

    pub(crate) fn without_outputs(exit: i32) -> Self {
        Self {
            exit,
            outputs: Vec::new(),
            text: None,
            turn: None,
        }
    }

    /// Succeeded.
    fn made(outputs: Vec<Artefact>) -> Self {
        Self {
            outputs,
            ..Self::without_outputs(0)
        }
    }

    fn with(file: &str, content_type: &'static str) -> Self {
        Self::made(vec![Artefact {
            file: file.to_owned(),
            content_type,
        }])
    }
}

impl Job {
    /// The files of one parameter, in their order.
    fn files<'a>(&'a self, field: &'a str) -> impl Iterator<Item = &'a Path> {
        self.inputs
            .iter()
            .filter(move |input| input.field == field)
            .map(|input| input.path.as_path())
    }

    fn number<T: TryFrom<rust_decimal::Decimal>>(&self, id: &str) -> Option<T> {
        as_number(self.parameters.get(id)?)?.try_into().ok()
    }
}

/// Runs a model to its end, or until the console says it was cancelled.
pub(crate) async fn compute(computes: Computes, job: Job, console: Arc<Console>) -> Done {
    match computes {
        Computes::Upscale => blocking(upscale::run, job, console).await,
        Computes::Filters => blocking(filters::run, job, console).await,
        Computes::ContactSheet => blocking(contact_sheet::run, job, console).await,
        Computes::Pattern => blocking(pattern::run, job, console).await,
        Computes::Relief => blocking(relief::run, job, console).await,
        Computes::WordCount => blocking(word_count::run, job, console).await,
        Computes::Eliza => eliza::run(&job, &console).await,
        Computes::Slow => simple::slow(&job, &console).await,
        Computes::Failing => simple::failing(&job, &console),
        Computes::Realtime(kind) => realtime::hold(kind, &job, &console).await,
        Computes::Echo => echo::run(&job, &console).await,
    }
}

/// Pixel work off the async threads. A model that panics fails like a process that crashed.
async fn blocking(
    model: fn(&Job, &Console) -> Result<Done, String>,
    job: Job,
    console: Arc<Console>,
) -> Done {
    let inner = Arc::clone(&console);
    match tokio::task::spawn_blocking(move || model(&job, &inner)).await {
        Ok(Ok(done)) => done,
        Ok(Err(problem)) => Done::failed(&console, 1, &problem),
        Err(error) => Done::failed(&console, 134, &format!("The model crashed: {error}")),
    }
}
