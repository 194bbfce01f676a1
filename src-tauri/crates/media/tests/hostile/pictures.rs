//! Sizes and thumbnails.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use tempfile::TempDir;
use wiro_media::{Error, image_size, thumbnail, thumbnail_content_type};

const RED: Rgb<u8> = Rgb([255, 0, 0]);
const BLUE: Rgb<u8> = Rgb([0, 0, 255]);

struct Shelf(TempDir);

#[expect(
    clippy::expect_used,
    reason = "a test cannot go on without its material"
)]
impl Shelf {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        fs_err::write(&path, bytes).expect("a file in the temporary folder");
        path
    }
}

/// Left half red, right half blue.
fn halves(width: u32, height: u32) -> DynamicImage {
    RgbImage::from_fn(width, height, |x, _| if x < width / 2 { RED } else { BLUE }).into()
}

#[expect(
    clippy::expect_used,
    reason = "a test cannot go on without its material"
)]
fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture
        .write_to(&mut bytes, format)
        .expect("an encoded picture");
    bytes.into_inner()
}

fn is_red(pixel: Rgb<u8>) -> bool {
    pixel.0[0] > 200 && pixel.0[2] < 60
}

#[expect(
    clippy::expect_used,
    reason = "a test cannot go on without its material"
)]
fn decoded(bytes: &[u8]) -> RgbImage {
    image::load_from_memory(bytes)
        .expect("a thumbnail that decodes")
        .to_rgb8()
}

#[test]
fn every_format_is_measured_and_made_small() {
    let shelf = Shelf::new();
    for format in [
        ImageFormat::Png,
        ImageFormat::Jpeg,
        ImageFormat::Gif,
        ImageFormat::WebP,
        ImageFormat::Bmp,
    ] {
        // The name lies; only the bytes count.
        let path = shelf.put("picture.svg", &encoded(&halves(600, 300), format));
        assert_eq!(image_size(&path), Some((600, 300)), "{format:?}");
        let small = thumbnail(&path, 120).unwrap();
        assert_eq!(thumbnail_content_type(&small), "image/jpeg", "{format:?}");
        let small = decoded(&small);
        assert_eq!(small.dimensions(), (120, 60), "{format:?}");
        assert!(
            is_red(*small.get_pixel(20, 30)) && !is_red(*small.get_pixel(100, 30)),
            "{format:?}"
        );
    }
}

#[test]
fn transparency_is_kept_and_only_then_png() {
    let shelf = Shelf::new();
    let glass = RgbaImage::from_fn(300, 300, |x, _| {
        if x < 150 {
            Rgba([255, 0, 0, 255])
        } else {
            Rgba([0, 0, 0, 0])
        }
    });
    let small = thumbnail(
        &shelf.put("glass", &encoded(&glass.into(), ImageFormat::Png)),
        100,
    )
    .unwrap();
    assert_eq!(thumbnail_content_type(&small), "image/png");
    let small = image::load_from_memory(&small).unwrap().to_rgba8();
    assert_eq!(
        (small.get_pixel(10, 50).0[3], small.get_pixel(90, 50).0[3]),
        (255, 0)
    );

    let opaque = RgbaImage::from_pixel(300, 300, Rgba([9, 9, 9, 255]));
    let small = thumbnail(
        &shelf.put("opaque", &encoded(&opaque.into(), ImageFormat::Png)),
        100,
    )
    .unwrap();
    assert_eq!(thumbnail_content_type(&small), "image/jpeg");
}

#[test]
fn small_pictures_are_not_blown_up() {
    let shelf = Shelf::new();
    let path = shelf.put("dot", &encoded(&halves(4, 2), ImageFormat::Png));
    assert_eq!(
        decoded(&thumbnail(&path, 512).unwrap()).dimensions(),
        (4, 2)
    );
    // A side of nothing or of everything is brought into reason.
    assert_eq!(decoded(&thumbnail(&path, 0).unwrap()).dimensions(), (1, 1));
    let line = shelf.put("line", &encoded(&halves(6000, 1), ImageFormat::Png));
    assert_eq!(
        decoded(&thumbnail(&line, u32::MAX).unwrap()).dimensions(),
        (2048, 1)
    );
}

#[test]
fn sixteen_bits_and_grey() {
    let shelf = Shelf::new();
    let deep = DynamicImage::from(halves(300, 200).to_rgb16());
    assert_eq!(
        decoded(&thumbnail(&shelf.put("deep", &encoded(&deep, ImageFormat::Png)), 30).unwrap())
            .dimensions(),
        (30, 20)
    );
    let grey = DynamicImage::from(halves(300, 200).to_luma8());
    assert_eq!(
        decoded(&thumbnail(&shelf.put("grey", &encoded(&grey, ImageFormat::Jpeg)), 30).unwrap())
            .dimensions(),
        (30, 20)
    );
}

/// All eight orientations. The picture is wide with red on the left before it is turned.
#[test]
fn exif_orientation_is_honoured() {
    let shelf = Shelf::new();
    let plain = encoded(&halves(400, 200), ImageFormat::Jpeg);
    // Orientation, whether it stands upright, and a point that is red, in percent.
    let cases = [
        (1, false, (20, 50)),
        (2, false, (80, 50)),
        (3, false, (80, 50)),
        (4, false, (20, 50)),
        (5, true, (50, 20)),
        (6, true, (50, 20)),
        (7, true, (50, 80)),
        (8, true, (50, 80)),
    ];
    for (orientation, upright, (x, y)) in cases {
        let path = shelf.put("turned", &with_orientation(&plain, orientation));
        let size = if upright { (200, 400) } else { (400, 200) };
        assert_eq!(image_size(&path), Some(size), "{orientation}");
        let small = decoded(&thumbnail(&path, 100).unwrap());
        let (width, height) = small.dimensions();
        assert_eq!(
            (width, height),
            if upright { (50, 100) } else { (100, 50) },
            "{orientation}"
        );
        assert!(
            is_red(*small.get_pixel(width * x / 100, height * y / 100)),
            "{orientation}"
        );
        assert!(
            !is_red(*small.get_pixel(width * (100 - x) / 100, height * (100 - y) / 100)),
            "{orientation}"
        );
    }
    // Nonsense changes nothing.
    let path = shelf.put("turned", &with_orientation(&plain, 9));
    assert_eq!(image_size(&path), Some((400, 200)));
    assert_eq!(
        decoded(&thumbnail(&path, 100).unwrap()).dimensions(),
        (100, 50)
    );
}

/// A JPEG with an EXIF block of one entry behind its start marker.
#[expect(
    clippy::expect_used,
    reason = "a test cannot go on without its material"
)]
fn with_orientation(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let tiff = [
        b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".as_slice(),
        &[orientation, 0, 0, 0, 0, 0, 0],
    ]
    .concat();
    let length = u16::try_from(2 + 6 + tiff.len())
        .expect("a short block")
        .to_be_bytes();
    [
        &jpeg[..2],
        b"\xFF\xE1",
        &length,
        b"Exif\0\0",
        &tiff,
        &jpeg[2..],
    ]
    .concat()
}

#[test]
fn bombs_fail_fast() {
    let shelf = Shelf::new();
    let bombs: Vec<(&str, Vec<u8>)> = vec![
        ("png, one side", png(100_000, 1)),
        ("png, other side", png(1, 16_385)),
        ("png, area", png(16_000, 16_000)),
        ("png, memory", png(9_900, 9_900)),
        (
            "gif",
            [
                b"GIF89a\xFF\xFF\xFF\xFF\0\0\0,\0\0\0\0\xFF\xFF\xFF\xFF\0\x08".as_slice(),
                &[0; 64],
            ]
            .concat(),
        ),
        ("bmp", bmp(30_000, 30_000)),
        ("webp", webp(16_383, 16_383)),
        ("jpeg, side", jpeg(65_500, 65_500, 1)),
        ("jpeg, area", jpeg(12_000, 12_000, 1)),
        ("jpeg, passes", progressive(9_000, 30)),
        ("jpeg, coefficients", jpeg(7_000, 7_000, 3)),
        ("webp, second copy", webp(7_000, 7_000)),
    ];
    for (name, bytes) in bombs {
        let path = shelf.put("bomb", &bytes);
        let (start, before) = (Instant::now(), peak_memory());
        let result = thumbnail(&path, 256);
        assert!(matches!(result, Err(Error::TooLarge)), "{name}: {result:?}");
        assert!(start.elapsed() < Duration::from_secs(2), "{name}");
        if let (Some(before), Some(after)) = (before, peak_memory()) {
            assert!(
                after - before < 64 * 1024,
                "{name}: grew by {} KiB",
                after - before
            );
        }
    }
    // Their size is still known.
    assert_eq!(
        image_size(&shelf.put("bomb", &png(100_000, 1))),
        Some((100_000, 1))
    );
    assert_eq!(
        image_size(&shelf.put("bomb", &jpeg(65_500, 65_500, 1))),
        Some((65_500, 65_500))
    );
}

/// A picture of many passes is honest as long as it is small enough.
#[test]
fn progressive_pictures_are_decoded() {
    let shelf = Shelf::new();
    let path = shelf.put("progressive", &progressive(2_000, 24));
    assert_eq!(image_size(&path), Some((2_000, 2_000)));
    assert_eq!(
        decoded(&thumbnail(&path, 100).unwrap()).dimensions(),
        (100, 100)
    );
}

#[test]
fn damaged_and_foreign_files_are_errors() {
    let shelf = Shelf::new();
    let whole = encoded(&halves(64, 64), ImageFormat::Png);
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("empty", Vec::new()),
        ("text", b"hello".to_vec()),
        (
            "svg",
            b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>".to_vec(),
        ),
        ("html as png", b"<html>".to_vec()),
        ("cut png", whole[..40].to_vec()),
        ("only a signature", b"\x89PNG\r\n\x1a\n".to_vec()),
        ("jpeg without a frame", b"\xFF\xD8\xFF\xD9".to_vec()),
        ("jpeg of nothing", jpeg(0, 0, 1)),
    ];
    for (name, bytes) in cases {
        let path = shelf.put("bad.png", &bytes);
        let result = thumbnail(&path, 64);
        assert!(
            matches!(result, Err(Error::Unsupported | Error::Damaged(_))),
            "{name}: {result:?}"
        );
    }
    assert_eq!(image_size(&shelf.put("bad.png", b"<svg/>")), None);
    assert_eq!(image_size(Path::new("/nowhere/at/all.png")), None);
    assert!(matches!(
        thumbnail(Path::new("/nowhere/at/all.png"), 64),
        Err(Error::Read(_))
    ));
    assert!(matches!(
        thumbnail(shelf.0.path(), 64),
        Err(Error::Unsupported)
    ));
}

/// Every single-byte change and every length of small pictures: an answer, never a panic that escapes.
#[test]
fn broken_pictures_never_take_the_process_down() {
    let shelf = Shelf::new();
    for format in [
        ImageFormat::Png,
        ImageFormat::Jpeg,
        ImageFormat::Gif,
        ImageFormat::WebP,
        ImageFormat::Bmp,
    ] {
        let whole = encoded(&halves(9, 7), format);
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 0xA5;
            let path = shelf.put("changed", &changed);
            let _ = (thumbnail(&path, 8), image_size(&path));
            let path = shelf.put("cut", &whole[..at]);
            let _ = (thumbnail(&path, 8), image_size(&path));
        }
    }
}

/// A PNG header of an RGB picture with no pixels behind it.
fn png(width: u32, height: u32) -> Vec<u8> {
    let header = [
        b"IHDR".as_slice(),
        &width.to_be_bytes(),
        &height.to_be_bytes(),
        b"\x08\x02\0\0\0",
    ]
    .concat();
    let sum = crc(&header).to_be_bytes();
    [
        b"\x89PNG\r\n\x1a\n\0\0\0\r".as_slice(),
        &header,
        &sum,
        b"\0\0\0\0IDAT\x35\xAF\x06\x1E",
    ]
    .concat()
}

/// The checksum of PNG chunks.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            if sum & 1 == 1 {
                (sum >> 1) ^ 0xEDB8_8320
            } else {
                sum >> 1
            }
        })
    })
}

fn bmp(width: i32, height: i32) -> Vec<u8> {
    let sizes = [width.to_le_bytes(), height.to_le_bytes()].concat();
    [
        b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0".as_slice(),
        &sizes,
        b"\x01\0\x18\0",
        &[0; 24],
    ]
    .concat()
}

/// A lossless WebP header.
fn webp(width: u32, height: u32) -> Vec<u8> {
    let sizes = ((width - 1) | ((height - 1) << 14)).to_le_bytes();
    [
        b"RIFF\x24\0\0\0WEBPVP8L\x18\0\0\0\x2F".as_slice(),
        &sizes,
        &[0; 19],
    ]
    .concat()
}

/// A progressive JPEG with a frame and no pixels behind it.
fn jpeg(width: u16, height: u16, components: u8) -> Vec<u8> {
    let sizes = [height.to_be_bytes(), width.to_be_bytes()].concat();
    let length = [0, 8 + 3 * components];
    let sampled: Vec<u8> = (1..=components)
        .flat_map(|component| [component, 0x11, 0])
        .collect();
    [
        b"\xFF\xD8\xFF\xC2".as_slice(),
        &length,
        b"\x08",
        &sizes,
        &[components],
        &sampled,
        b"\xFF\xD9",
    ]
    .concat()
}

/// A whole, grey JPEG of a side divisible by eight, in any number of passes: the first gives every block its level in
/// one bit, each of the others says in a few bytes that all blocks stay as they are.
fn progressive(side: u16, passes: usize) -> Vec<u8> {
    let blocks = usize::from(side / 8) * usize::from(side / 8);
    let quantisation = [b"\xFF\xDB\0\x43\0".as_slice(), &[1; 64]].concat();
    // One code of one bit: for levels "no change", for the rest "the next 16,384 blocks end here".
    let codes = |class: u8, symbol: u8| {
        [
            b"\xFF\xC4\0\x14".as_slice(),
            &[class, 1],
            &[0; 15],
            &[symbol],
        ]
        .concat()
    };
    let first = [
        b"\xFF\xDA\0\x08\x01\x01\0\0\0\0".to_vec(),
        vec![0; blocks.div_ceil(8)],
    ]
    .concat();
    let empty_bits = 15 * blocks.div_ceil(16_384);
    let other = [
        b"\xFF\xDA\0\x08\x01\x01\0\x01\x3F\0".to_vec(),
        vec![0; empty_bits.div_ceil(8)],
    ]
    .concat();
    let mut frame = jpeg(side, side, 1);
    frame.truncate(frame.len() - 2);
    [
        frame,
        quantisation,
        codes(0, 0),
        codes(0x10, 0xE0),
        first,
        other.repeat(passes - 1),
        b"\xFF\xD9".to_vec(),
    ]
    .concat()
}

/// KiB of the highest resident memory so far, where the system tells.
fn peak_memory() -> Option<u64> {
    let status = fs_err::read_to_string("/proc/self/status").ok()?;
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?
        .split_whitespace()
        .next()?
        .parse()
        .ok()
}
