//! First start, a photo dropped, a model run, the result kept.

use std::path::Path;

use e2e::Outcome;
use e2e::display::Display;
use e2e::driver::Window;
use e2e::flows::{DONE_WITHIN, choose_sandbox, drop_on_window, open_model, published};
use e2e::library::LibraryView;
use e2e::studio::Studio;
use image::RgbImage;
use image::imageops::{FilterType, resize};

const PHOTO: &str = "cat.jpg";
const PHOTO_SIZE: (u32, u32) = (451, 300);

#[tokio::test]
async fn a_dropped_photo_is_upscaled_and_kept() -> Outcome {
    let display = Display::start()?;
    let folder = tempfile::tempdir()?;
    let studio = Studio::new(&folder.path().join("library"));
    let library = LibraryView::new(studio.library());
    let photo = e2e::fixture(PHOTO);

    let window = Window::open(&display, &studio).await?;
    choose_sandbox(&window).await?;
    open_model(&window, "sandbox/upscale").await?;
    drop_on_window(&display, &window, &[&photo]).await?;
    window.says("field-inputImage", PHOTO, DONE_WITHIN).await?;
    window.click("run-button").await?;
    window.shown("run-panel").await?;

    let output = published(&library, 1).await?;
    let doubled = (PHOTO_SIZE.0 * 2, PHOTO_SIZE.1 * 2);
    assert_eq!(output.size, Some(doubled), "as the library has it");
    let file = output.file.ok_or("a published output has a file")?;
    assert!(file.starts_with(studio.library()), "{}", file.display());
    assert_shows_the_same(&file, &photo, doubled)?;
    window.shown("run-output-1").await?;
    assert_eq!(library.runs()?.len(), 1, "one press, one run");

    // What is on the disk is in the window, and still after a restart.
    let item = format!("library-item-{}", output.id);
    look_at(&window, &item, doubled).await?;
    window.terminate().await?;
    let window = Window::open(&display, &studio).await?;
    look_at(&window, &item, doubled).await?;
    assert_eq!(library.runs()?.len(), 1, "a restart runs nothing again");
    window.close().await
}

/// Opens a picture in the library and reads its size off the viewer.
async fn look_at(window: &Window<'_>, item: &str, (width, height): (u32, u32)) -> Outcome {
    window.click("nav-library").await?;
    window.click(item).await?;
    window.shown("viewer").await?;
    let size = window
        .says("viewer-size", &width.to_string(), DONE_WITHIN)
        .await?;
    assert!(size.contains(&height.to_string()), "{size}");
    window.pictures_are_shown().await
}

/// The upscaled file is a picture of that size, and of the same thing.
fn assert_shows_the_same(upscaled: &Path, original: &Path, (width, height): (u32, u32)) -> Outcome {
    let upscaled = image::open(upscaled)?.to_rgb8();
    assert_eq!(upscaled.dimensions(), (width, height), "as it is on disk");
    let original = image::open(original)?.to_rgb8();
    let back = resize(
        &upscaled,
        original.width(),
        original.height(),
        FilterType::Triangle,
    );
    let difference = mean_difference(&back, &original);
    assert!(difference < 8.0, "differs by {difference} of 255 a channel");
    Ok(())
}

fn mean_difference(one: &RgbImage, other: &RgbImage) -> f64 {
    let sum: u64 = one
        .iter()
        .zip(other.iter())
        .map(|(a, b)| u64::from(a.abs_diff(*b)))
        .sum();
    let count = u32::try_from(one.len()).unwrap_or(u32::MAX);
    // The sum over a small photo is far below 2^32.
    f64::from(u32::try_from(sum).unwrap_or(u32::MAX)) / f64::from(count)
}
