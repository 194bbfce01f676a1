//! Says back what it was sent: the request as the server understood it.

use fs_err::tokio as fs;

use super::{Done, Job};
use crate::worker::Console;

/// Writes the parsed request to `0.json` and to standard output.
pub(super) async fn run(job: &Job, console: &Console) -> Done {
    let text = format!("{:#}", job.request);
    console.log(&text);
    match fs::write(job.dir.join("0.json"), &text).await {
        Ok(()) => Done::with("0.json", "application/json"),
        Err(error) => Done::failed(console, 1, &error.to_string()),
    }
}
