//! Ways through the window that several tests and the pictures of it share.

use std::path::Path;
use std::time::Duration;

use crate::Outcome;
use crate::deadline::eventually;
use crate::display::Display;
use crate::drag::DragSource;
use crate::driver::Window;
use crate::library::{LibraryView, OutputRow};

/// How long a small computation of the Sandbox may take on a busy machine.
pub const DONE_WITHIN: Duration = Duration::from_mins(1);

/// A page that is not there by then was not asked for.
const MOVED_AFTER: Duration = Duration::from_secs(5);

/// The first start: chooses the Sandbox and waits until its models are there.
pub async fn choose_sandbox(window: &Window<'_>) -> Outcome {
    window.click("first-start-sandbox").await?;
    window.shown("nav-models").await?;
    window.gone("first-start-sandbox").await
}

/// Searches the catalogue and opens a model's page.
pub async fn open_model(window: &Window<'_>, slug: &str) -> Outcome {
    window.click("nav-models").await?;
    let (_, name) = slug.split_once('/').unwrap_or(("", slug));
    window.type_into("model-search", name).await?;
    let card = format!("model-card-{slug}");
    window.click(&card).await?;
    // The list may still have been narrowing down: then the card was no longer where the click fell.
    if window
        .shown_within("run-button", MOVED_AFTER)
        .await
        .is_err()
    {
        window.click(&card).await?;
        window.shown("run-button").await?;
    }
    Ok(())
}

/// Drags files from another application's window and drops them in the middle of ours.
pub async fn drop_on_window(display: &Display, window: &Window<'_>, files: &[&Path]) -> Outcome {
    let source = DragSource::open(display, files)?;
    source.carry_to(window.place()?.centre())?;
    window.shown("drop-overlay").await?;
    source.drop_here()?;
    window.gone("drop-overlay").await
}

/// Waits until the library has this many published outputs; the newest of them.
pub async fn published(library: &LibraryView, count: usize) -> Outcome<OutputRow> {
    let what = format!("{count} published outputs in the library");
    let found = eventually(&what, DONE_WITHIN, async || {
        let outputs = library.outputs()?;
        let mut published: Vec<_> = outputs
            .into_iter()
            .filter(|output| output.state == "published")
            .collect();
        Ok((published.len() >= count)
            .then(|| published.pop())
            .flatten())
    })
    .await;
    found.map_err(|error| format!("{error}; the runs are {:?}", library.runs()).into())
}
