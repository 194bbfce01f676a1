//! "Show in folder" asks the desktop's file manager for the very file.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use e2e::display::Display;
use e2e::driver::Window;
use e2e::flows::{choose_sandbox, open_model, published};
use e2e::library::LibraryView;
use e2e::process::{Lines, Running};
use e2e::studio::Studio;
use e2e::{Outcome, fixture};
use thirtyfour::By;

const WITHIN: Duration = Duration::from_secs(10);
/// Spaces, a percent sign and letters outside ASCII all have to be written differently in a URI.
const FOLDER: &str = "Meine Bilder 100% schön";

/// A file manager on the display's session bus that only tells what it is asked for.
fn file_manager(display: &Display) -> Outcome<(Running, Lines)> {
    let mut command = Command::new("/usr/bin/python3");
    command
        .arg(fixture("file_manager.py"))
        .stderr(Stdio::inherit());
    let (process, lines) = Running::with_lines(display.apply(&mut command))?;
    lines.until_line("READY", WITHIN)?;
    Ok((process, lines))
}

#[tokio::test]
async fn show_in_folder_names_the_file() -> Outcome {
    let display = Display::start()?;
    let (_file_manager, asked_for) = file_manager(&display)?;
    let folder = tempfile::tempdir()?;
    let studio = Studio::new(&folder.path().join(FOLDER));
    let library = LibraryView::new(studio.library());
    let window = Window::open(&display, &studio).await?;
    choose_sandbox(&window).await?;
    open_model(&window, "sandbox/pattern").await?;
    window.fill("prompt", "to be found").await?;
    window.click("run-button").await?;
    let output = published(&library, 1).await?;

    window.click("run-output-1").await?;
    let viewer = window.shown("viewer").await?;
    let button = By::XPath(".//button[normalize-space()='Show in folder']");
    viewer.find(button).await?.click().await?;
    let shown = asked_for.next(WITHIN)?;
    let file = output.file.ok_or("a published output has a file")?;
    assert_eq!(Path::new(&shown), file.canonicalize()?);
    window.close().await
}
