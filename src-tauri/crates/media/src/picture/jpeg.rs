//! The parts of a JPEG file that are worth knowing before a decoder sees it.
//!
//! The decoder of the `image` crate reads whole files even for their size, and a progressive JPEG can ask for
//! thousands of passes over all its pixels in a few kilobytes.

use std::io::{self, BufRead, Read};

use image::metadata::Orientation;

use super::{MAX_ALLOC, MAX_PIXELS, MAX_SIDE};
use crate::Error;

/// Most pixels times passes: a 100-megapixel photo of 20 passes still fits.
const MAX_WORK: u64 = 2_000_000_000;
/// Most segments before the frame header.
const MAX_SEGMENTS: usize = 1_024;
const START_OF_SCAN: u8 = 0xDA;
const EXIF: &[u8] = b"Exif\0\0";

/// What the segments before the first pass say.
pub(super) struct Header {
    pub(super) size: (u32, u32),
    pub(super) orientation: Orientation,
    /// Bytes a decoder keeps between passes; none when there is only one.
    between_passes: u64,
}

/// Reads up to the frame header. `None` when there is none.
pub(super) fn read_header(reader: &mut impl BufRead) -> Result<Option<Header>, Error> {
    match segments(reader) {
        Ok(header) => Ok(header),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn segments(reader: &mut impl BufRead) -> io::Result<Option<Header>> {
    let mut start = [0_u8; 2];
    reader.read_exact(&mut start)?;
    if start != [0xFF, 0xD8] {
        return Ok(None);
    }
    let mut orientation = Orientation::NoTransforms;
    for _ in 0..MAX_SEGMENTS {
        let marker = next_marker(reader)?;
        if matches!(marker, 0x01 | 0xD0..=0xD8) {
            continue;
        }
        if matches!(marker, START_OF_SCAN | 0xD9) {
            return Ok(None);
        }
        let mut length = [0_u8; 2];
        reader.read_exact(&mut length)?;
        let mut body = Vec::new();
        let wanted = u64::from(u16::from_be_bytes(length)).saturating_sub(2);
        reader.by_ref().take(wanted).read_to_end(&mut body)?;
        // 0xC4, 0xC8 and 0xCC are tables; the rest of the row are frame headers.
        let is_frame = matches!(marker, 0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF);
        match (is_frame, body.as_slice()) {
            (true, [_, h1, h0, w1, w0, _, components @ ..]) => {
                let (width, height) = (
                    u16::from_be_bytes([*w1, *w0]),
                    u16::from_be_bytes([*h1, *h0]),
                );
                let is_progressive = matches!(marker, 0xC2 | 0xC6 | 0xCA | 0xCE);
                let pixels = u64::from(width) * u64::from(height);
                let between_passes = if is_progressive {
                    coefficients(pixels, components)
                } else {
                    0
                };
                return Ok(Some(Header {
                    size: (width.into(), height.into()),
                    orientation,
                    between_passes,
                }));
            }
            (true, _) => return Ok(None),
            (false, body) if marker == 0xE1 && body.starts_with(EXIF) => {
                orientation =
                    Orientation::from_exif_chunk(&body[EXIF.len()..]).unwrap_or(orientation);
            }
            _ => {}
        }
    }
    Ok(None)
}

/// Bytes of all coefficients, two each. Components are three bytes, the second of which says how densely each is
/// sampled.
fn coefficients(pixels: u64, components: &[u8]) -> u64 {
    let density =
        |component: &[u8; 3]| (u64::from(component[1] >> 4), u64::from(component[1] & 0x0F));
    let (components, _) = components.as_chunks::<3>();
    let samples: u64 = components
        .iter()
        .map(density)
        .map(|(across, down)| across * down)
        .sum();
    let across = components
        .iter()
        .map(density)
        .map(|(across, _)| across)
        .max()
        .unwrap_or(1)
        .max(1);
    let down = components
        .iter()
        .map(density)
        .map(|(_, down)| down)
        .max()
        .unwrap_or(1)
        .max(1);
    2 * pixels.saturating_mul(samples) / (across * down)
}

fn next_marker(reader: &mut impl BufRead) -> io::Result<u8> {
    let mut byte = [0_u8; 1];
    loop {
        reader.read_exact(&mut byte)?;
        if byte[0] != 0xFF {
            continue;
        }
        while byte[0] == 0xFF {
            reader.read_exact(&mut byte)?;
        }
        if byte[0] != 0 {
            return Ok(byte[0]);
        }
    }
}

/// Refuses a picture whose decoding would take too long.
pub(super) fn check_work(reader: &mut impl BufRead) -> Result<(), Error> {
    let Some(header) = read_header(reader)? else {
        // No frame header: the decoder says what is wrong, and has no pixels to spend time on.
        return Ok(());
    };
    let (width, height) = header.size;
    let pixels = u64::from(width) * u64::from(height);
    if width > MAX_SIDE
        || height > MAX_SIDE
        || pixels > MAX_PIXELS
        || header.between_passes > MAX_ALLOC
    {
        return Err(Error::TooLarge);
    }
    if pixels.saturating_mul(count_scans(reader)?) > MAX_WORK {
        Err(Error::TooLarge)
    } else {
        Ok(())
    }
}

/// Counts the passes. Inside pixel data 0xFF is always escaped; a few more inside embedded previews do no harm.
fn count_scans(reader: &mut impl BufRead) -> io::Result<u64> {
    let mut scans = 0;
    let mut after_ff = false;
    loop {
        let chunk = reader.fill_buf()?;
        if chunk.is_empty() {
            return Ok(scans);
        }
        for &byte in chunk {
            scans += u64::from(after_ff && byte == START_OF_SCAN);
            after_ff = byte == 0xFF;
        }
        let used = chunk.len();
        reader.consume(used);
    }
}
