//! The main street: from a file that is dropped to a picture in the library, and the forms on the way.

use std::path::Path;

use e2e::display::Display;
use e2e::drag::DragSource;
use e2e::driver::Window;
use e2e::flows::{DONE_WITHIN, choose_sandbox, open_model};
use e2e::{Outcome, fixture};

use crate::camera::SIZES;
use crate::{Stage, click_first};

const LONG_NAME: &str = "2026-08-14 Holiday by the sea, the cat of the lighthouse keeper looking out of the window (final, really final).jpg";

pub(crate) async fn play(stage: &Stage) -> Outcome {
    let camera = &stage.camera;
    let photo = fixture("cat.jpg");
    let window = stage.open(&stage.studio("library")).await?;
    choose_sandbox(&window).await?;
    open_model(&window, "sandbox/upscale").await?;
    camera.take(&window, "model").await?;
    // A drag holds the pointer: the window keeps its size meanwhile.
    for (index, size) in SIZES.into_iter().enumerate() {
        window.resize(size).await?;
        let source = DragSource::open(&stage.display, &[&photo])?;
        source.carry_to(window.place()?.centre())?;
        window.shown("drop-overlay").await?;
        camera
            .take_as_it_is(&window, &format!("drop-{}", size.0), index)
            .await?;
        source.drop_here()?;
        window.gone("drop-overlay").await?;
    }
    window
        .says("field-inputImage", "cat.jpg", DONE_WITHIN)
        .await?;
    window.click("run-button").await?;
    window.shown_within("run-output-1", DONE_WITHIN).await?;
    window.pictures_are_shown().await?;
    camera.take_at(&window, "run", "run-output-1").await?;

    open_model(&window, "sandbox/failing").await?;
    window.click("run-button").await?;
    window.has("run-state", "data-state", "failed").await?;
    camera.take_at(&window, "failed-run", "run-panel").await?;
    several_files(stage, &window, &photo).await?;

    window.click("nav-runs").await?;
    camera.take(&window, "runs").await?;
    window.click("nav-library").await?;
    click_library(stage, &window).await?;
    window.close().await
}

async fn click_library(stage: &Stage, window: &Window<'_>) -> Outcome {
    window.shown("library-grid").await?;
    window.pictures_are_shown().await?;
    stage.camera.take(window, "library").await?;
    click_first(window, "library-item-").await?;
    window.shown("viewer").await?;
    window.pictures_are_shown().await?;
    stage.camera.take(window, "viewer").await
}

/// Forms that take many files, one of them with a name that is longer than any line.
async fn several_files(stage: &Stage, window: &Window<'_>, photo: &Path) -> Outcome {
    let pictures = stage.path("pictures");
    fs_err::create_dir(&pictures)?;
    let names = ["harbour.jpg", LONG_NAME, "猫とカモメ 🐈.jpg", "terrace.jpg"];
    let files = names.map(|name| pictures.join(name));
    for file in &files {
        fs_err::copy(photo, file)?;
    }
    let files: Vec<&Path> = files.iter().map(AsRef::as_ref).collect();
    for model in ["filters", "contact-sheet"] {
        open_model(window, &format!("sandbox/{model}")).await?;
        drop_files(&stage.display, window, &files).await?;
        window
            .says("field-inputImages", "terrace.jpg", DONE_WITHIN)
            .await?;
        window.pictures_are_shown().await?;
        stage.camera.take(window, &format!("form-{model}")).await?;
    }
    window.click("run-button").await?;
    window.shown_within("run-output-1", DONE_WITHIN).await?;
    window.click("nav-runs").await?;
    click_first(window, "run-row-").await?;
    window.shown("run-output-1").await?;
    stage.camera.take(window, "run-page-long-names").await
}

async fn drop_files(display: &Display, window: &Window<'_>, files: &[&Path]) -> Outcome {
    e2e::flows::drop_on_window(display, window, files).await
}
