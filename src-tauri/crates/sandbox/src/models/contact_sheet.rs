//! `sandbox/contact-sheet`: many pictures on one sheet.

use image::{Rgba, RgbaImage, imageops};

use super::picture::{self, Keeps};
use super::{Done, Job};
use crate::worker::Console;

/// Most pictures of a sheet.
const MAX_PICTURES: usize = 64;
/// Most pictures side by side.
const MAX_COLUMNS: u32 = 12;
/// Longest side of a picture on the sheet.
const CELL: u32 = 240;
/// Between cells, and around them.
const GAP: u32 = 12;
const PAPER: Rgba<u8> = Rgba([244, 244, 242, 255]);

/// In the order they were given, row by row; each keeps its shape and is never enlarged.
pub(super) fn run(job: &Job, console: &Console) -> Result<Done, String> {
    let pictures: Vec<_> = job.files("inputImages").collect();
    let count = u32::try_from(pictures.len()).unwrap_or(u32::MAX);
    if pictures.is_empty() || pictures.len() > MAX_PICTURES {
        return Err(format!(
            "This model takes 1 to {MAX_PICTURES} pictures, not {count}."
        ));
    }
    let columns: u32 = job
        .number::<rust_decimal::Decimal>("columns")
        .and_then(|columns| columns.trunc().try_into().ok())
        .unwrap_or(4);
    let columns = columns.clamp(1, MAX_COLUMNS).min(count);
    let rows = count.div_ceil(columns);
    let side = |cells: u32| cells * (CELL + GAP) + GAP;
    let mut sheet = RgbaImage::from_pixel(side(columns), side(rows), PAPER);
    console.log(&format!(
        "{count} pictures in {columns} columns and {rows} rows."
    ));
    for (index, path) in (0..count).zip(pictures) {
        let of_this = |problem: String| format!("Picture {}: {problem}", index + 1);
        let source = picture::read(path, too_large).map_err(of_this)?;
        let small = fitted(source.pixels);
        let place = |cell: u32, size: u32| i64::from(GAP + cell * (CELL + GAP) + (CELL - size) / 2);
        imageops::overlay(
            &mut sheet,
            &small,
            place(index % columns, small.width()),
            place(index / columns, small.height()),
        );
        console.progress("Place", index + 1, count);
        if console.cancelled.is_cancelled() {
            return Ok(Done::stopped());
        }
    }
    let written = picture::write(sheet, true, Keeps::Png, (&job.dir, 0))?;
    Ok(Done::made(vec![written]))
}

fn too_large(width: u32, height: u32) -> Option<String> {
    picture::is_too_large(width, height)
        .then(|| format!("{width} x {height} pixels are more than this model takes."))
}

/// The picture within a cell.
fn fitted(picture: RgbaImage) -> RgbaImage {
    let (width, height) = picture.dimensions();
    let longest = width.max(height);
    if longest <= CELL {
        return picture;
    }
    let scaled = |side: u32| {
        let side = u64::from(side) * u64::from(CELL) / u64::from(longest);
        u32::try_from(side).unwrap_or(CELL).max(1)
    };
    imageops::thumbnail(&picture, scaled(width), scaled(height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_keep_their_shape_and_are_never_enlarged() {
        let cases = [
            ((240, 100), (240, 100)),
            ((3, 5), (3, 5)),
            ((480, 240), (240, 120)),
            ((100, 1000), (24, 240)),
            ((5000, 2), (240, 1)),
        ];
        for ((width, height), expected) in cases {
            let fitted = fitted(RgbaImage::new(width, height));
            assert_eq!(fitted.dimensions(), expected, "{width} x {height}");
        }
    }
}
