//! `sandbox/upscale`: one picture, larger.

use super::{Done, Job, picture, resample};
use crate::worker::Console;

/// Steps in which resampling reports.
const STEPS: u32 = 10;

/// Decodes, resamples, encodes. The error goes to standard error.
pub(super) fn run(job: &Job, console: &Console) -> Result<Done, String> {
    let input = job
        .files("inputImage")
        .next()
        .ok_or("There is no picture.")?;
    let scale: f64 = job.number("scale").unwrap_or(2.0);
    let source = picture::read(input, |width, height| too_large(width, height, scale))?;
    let (opaque, keeps) = (source.opaque, source.keeps);
    let source = source.pixels;
    let (width, height) = (
        scaled(source.width(), scale),
        scaled(source.height(), scale),
    );
    console.log(&format!(
        "{} x {} becomes {width} x {height}.",
        source.width(),
        source.height()
    ));

    let mut reported = 0;
    let resampled = resample::lanczos(&source, width, height, |row| {
        let step = row * STEPS / height;
        if step > reported {
            reported = step;
            console.progress("Resample", step, STEPS);
        }
        !console.cancelled.is_cancelled()
    });
    // Cancelled: whatever is returned will not be looked at.
    let Some(resampled) = resampled else {
        return Ok(Done::stopped());
    };
    let written = picture::write(resampled, opaque, keeps, (&job.dir, 0))?;
    console.log("Done.");
    Ok(Done::made(vec![written]))
}

/// Why a picture of this size cannot be made `scale` times as large, if so.
fn too_large(width: u32, height: u32, scale: f64) -> Option<String> {
    let (width, height) = (scaled(width, scale), scaled(height, scale));
    picture::is_too_large(width, height)
        .then(|| format!("{width} x {height} pixels are more than this model makes."))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a side times at most eight, rounded, is a small positive number"
)]
fn scaled(side: u32, scale: f64) -> u32 {
    (f64::from(side) * scale).round().max(1.0) as u32
}
