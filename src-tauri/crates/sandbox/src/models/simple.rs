//! The two models for trying out waiting and failing.

use std::time::{Duration, Instant};

use fs_err::tokio as fs;

use super::{Done, Job};
use crate::schema::as_text;
use crate::worker::Console;

/// Waits as long as asked, in up to twenty ticks.
pub(super) async fn slow(job: &Job, console: &Console) -> Done {
    let seconds: f64 = job.number("seconds").unwrap_or_default();
    let began = Instant::now();
    let total = Duration::from_secs_f64(seconds.clamp(0.0, 600.0));
    // A tick at least every ten seconds, at most four a second.
    let steps = [20, 4]
        .into_iter()
        .find(|steps| total / *steps >= Duration::from_millis(250))
        .unwrap_or(1);
    let steps = steps.max(u32::try_from(total.as_secs() / 10).unwrap_or(u32::MAX));
    console.log(&format!("Waiting {seconds} seconds."));
    for step in 1..=steps {
        let due = (total / steps * step).saturating_sub(began.elapsed());
        tokio::select! {
            () = console.cancelled.cancelled() => return Done::stopped(),
            () = tokio::time::sleep(due) => console.progress("Wait", step, steps),
        }
    }
    let text = format!(
        "Asked for {seconds} seconds, took {:.2}.\n",
        began.elapsed().as_secs_f64()
    );
    match fs::write(job.dir.join("0.txt"), &text).await {
        Ok(()) => Done::with("0.txt", "text/plain"),
        Err(error) => Done::failed(console, 1, &error.to_string()),
    }
}

/// Writes the message to standard error and ends as asked.
pub(super) fn failing(job: &Job, console: &Console) -> Done {
    let message = job
        .parameters
        .get("message")
        .map(as_text)
        .unwrap_or_default();
    Done::failed(console, job.number("exitcode").unwrap_or(1), &message)
}
