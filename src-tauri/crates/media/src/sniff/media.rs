//! Sound and moving pictures, and the picture formats that share their containers.

use super::binary::contains;
use crate::file_type::{
    AAC, AIFF, AVI, AVIF, FLAC, FileType, HEIC, M4A, MKV, MOV, MP3, MP4, OGG, OGV, THREE_GP, WAV,
    WEBM, WEBP,
};

pub(super) fn sniff(head: &[u8]) -> Option<FileType> {
    riff(head)
        .or_else(|| iso_media(head))
        .or_else(|| ebml(head))
        .or_else(|| ogg(head))
        .or_else(|| head.starts_with(b"fLaC").then_some(FLAC))
        .or_else(|| mpeg_audio(head))
}

fn riff(head: &[u8]) -> Option<FileType> {
    match (head.get(..4)?, head.get(8..12)?) {
        (b"RIFF", b"WEBP") => Some(WEBP),
        (b"RIFF" | b"RF64", b"WAVE") => Some(WAV),
        (b"RIFF", b"AVI ") => Some(AVI),
        (b"FORM", b"AIFF" | b"AIFC") => Some(AIFF),
        _ => None,
    }
}

/// The family of MP4: the brands in the first box say which member.
fn iso_media(head: &[u8]) -> Option<FileType> {
    let size = u32::from_be_bytes(head.get(..4)?.try_into().ok()?);
    let kind = head.get(4..8)?;
    if kind != b"ftyp" {
        // QuickTime files older than brands. The size keeps plain text out.
        let is_old = matches!(kind, b"moov" | b"mdat" | b"wide" | b"pnot")
            && (size == 1 || size >= 8)
            && head[0] < 0x20;
        return is_old.then_some(MOV);
    }
    let end = usize::try_from(size).unwrap_or(usize::MAX).min(head.len());
    let brands: Vec<&[u8]> = head
        .get(8..12)
        .into_iter()
        .chain(head.get(16..end).unwrap_or_default().chunks_exact(4))
        .collect();
    let has = |wanted: &[&[u8]]| brands.iter().any(|brand| wanted.contains(brand));
    let major = *brands.first()?;
    Some(match major {
        b"avif" | b"avis" => AVIF,
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1" | b"mif2" => {
            if has(&[b"avif", b"avis"]) {
                AVIF
            } else {
                HEIC
            }
        }
        b"qt  " => MOV,
        b"M4A " | b"M4B " | b"M4P " => M4A,
        _ if major.starts_with(b"3gp") || major.starts_with(b"3g2") => THREE_GP,
        _ => MP4,
    })
}

/// Matroska and its subset for the web: the document type is in the first, small element.
fn ebml(head: &[u8]) -> Option<FileType> {
    if !head.starts_with(b"\x1A\x45\xDF\xA3") {
        return None;
    }
    let start = &head[..head.len().min(128)];
    Some(if contains(start, b"\x42\x82\x84webm") {
        WEBM
    } else {
        MKV
    })
}

fn ogg(head: &[u8]) -> Option<FileType> {
    if !head.starts_with(b"OggS\0") {
        return None;
    }
    let start = &head[..head.len().min(256)];
    Some(
        if contains(start, b"\x80theora") || contains(start, b"\x01video\0") {
            OGV
        } else {
            OGG
        },
    )
}

/// A type and the length of its frames.
type Frame = (fn(&[u8]) -> Option<usize>, FileType);

/// Tagged or bare MPEG audio. Bare frames have a short signature, so the next frame must be where the first says.
fn mpeg_audio(head: &[u8]) -> Option<FileType> {
    if head.starts_with(b"ID3") && head.get(3).is_some_and(|version| (2..=4).contains(version)) {
        return Some(MP3);
    }
    if head.starts_with(b"ADIF") {
        return Some(AAC);
    }
    let frames: [Frame; 2] = [(adts_frame, AAC), (layer3_frame, MP3)];
    frames.into_iter().find_map(|(frame, found)| {
        let length = frame(head)?;
        let next = head.get(length..).unwrap_or_default();
        // A head shorter than a frame has to do.
        (next.len() < 7 || frame(next).is_some()).then_some(found)
    })
}

/// Length of an AAC frame.
fn adts_frame(bytes: &[u8]) -> Option<usize> {
    let b: [u8; 7] = bytes.get(..7)?.try_into().ok()?;
    let rate = (b[2] >> 2) & 0x0F;
    if b[0] != 0xFF || b[1] & 0xF6 != 0xF0 || rate > 12 {
        return None;
    }
    let length =
        (usize::from(b[3] & 0x03) << 11) | (usize::from(b[4]) << 3) | usize::from(b[5] >> 5);
    (length >= 7).then_some(length)
}

/// Length of a layer III frame.
fn layer3_frame(bytes: &[u8]) -> Option<usize> {
    const KBIT_1: [usize; 16] = [
        0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0,
    ];
    const KBIT_2: [usize; 16] = [
        0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0,
    ];
    const HERTZ: [usize; 3] = [44_100, 48_000, 32_000];
    let b: [u8; 4] = bytes.get(..4)?.try_into().ok()?;
    let version = (b[1] >> 3) & 3;
    if b[0] != 0xFF || b[1] & 0xE0 != 0xE0 || (b[1] >> 1) & 3 != 1 || version == 1 {
        return None;
    }
    let (table, samples, divisor) = match version {
        3 => (KBIT_1, 144, 1),
        2 => (KBIT_2, 72, 2),
        _ => (KBIT_2, 72, 4),
    };
    let bits = table[usize::from(b[2] >> 4)] * 1000;
    let hertz = HERTZ.get(usize::from((b[2] >> 2) & 3))? / divisor;
    let padding = usize::from((b[2] >> 1) & 1);
    (bits > 0).then(|| samples * bits / hertz + padding)
}
