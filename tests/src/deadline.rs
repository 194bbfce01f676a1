//! Waiting for a condition, with an end.

use std::time::{Duration, Instant};

use crate::Outcome;

const POLL: Duration = Duration::from_millis(50);

/// Asks again and again until there is an answer; an error ends the waiting at once.
pub fn until<T>(
    what: &str,
    within: Duration,
    mut probe: impl FnMut() -> Outcome<Option<T>>,
) -> Outcome<T> {
    let deadline = Instant::now() + within;
    loop {
        if let Some(answer) = probe()? {
            return Ok(answer);
        }
        if Instant::now() >= deadline {
            return Err(expired(what, within).into());
        }
        std::thread::sleep(POLL);
    }
}

/// The same for a condition that has to be awaited.
pub async fn eventually<T>(
    what: &str,
    within: Duration,
    mut probe: impl AsyncFnMut() -> Outcome<Option<T>>,
) -> Outcome<T> {
    let deadline = Instant::now() + within;
    loop {
        if let Some(answer) = probe().await? {
            return Ok(answer);
        }
        if Instant::now() >= deadline {
            return Err(expired(what, within).into());
        }
        tokio::time::sleep(POLL).await;
    }
}

fn expired(what: &str, within: Duration) -> String {
    format!("waited {} s in vain: {what}", within.as_secs_f32())
}
