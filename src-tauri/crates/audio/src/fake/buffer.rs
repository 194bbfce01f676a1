//! A device's buffer in its own format.

use dasp_sample::I24;

use crate::device::{SampleFormat, Samples, SamplesMut, StreamSample};

/// Interleaved samples of one format; grows to the largest block and stays.
#[derive(Debug)]
pub(super) enum FormatBuffer {
    U8(Vec<u8>),
    I16(Vec<i16>),
    I24(Vec<I24>),
    I32(Vec<i32>),
    F32(Vec<f32>),
}

impl FormatBuffer {
    pub(super) fn new(format: SampleFormat) -> Self {
        match format {
            SampleFormat::U8 => Self::U8(Vec::new()),
            SampleFormat::I16 => Self::I16(Vec::new()),
            SampleFormat::I24 => Self::I24(Vec::new()),
            SampleFormat::I32 => Self::I32(Vec::new()),
            SampleFormat::F32 => Self::F32(Vec::new()),
        }
    }

    /// Makes room for `frames` and sets each sample to what `sound` gives for a frame and channel.
    pub(super) fn fill(
        &mut self,
        frames: usize,
        channels: u16,
        sound: impl FnMut(usize, u16) -> f32,
    ) {
        match self {
            Self::U8(samples) => fill(samples, frames, channels, sound),
            Self::I16(samples) => fill(samples, frames, channels, sound),
            Self::I24(samples) => fill(samples, frames, channels, sound),
            Self::I32(samples) => fill(samples, frames, channels, sound),
            Self::F32(samples) => fill(samples, frames, channels, sound),
        }
    }

    /// Makes room for `frames` of a speaker.
    pub(super) fn resize(&mut self, frames: usize, channels: u16) {
        self.fill(frames, channels, |_, _| 0.0);
    }

    pub(super) fn samples(&self) -> Samples<'_> {
        match self {
            Self::U8(samples) => Samples::U8(samples),
            Self::I16(samples) => Samples::I16(samples),
            Self::I24(samples) => Samples::I24(samples),
            Self::I32(samples) => Samples::I32(samples),
            Self::F32(samples) => Samples::F32(samples),
        }
    }

    pub(super) fn samples_mut(&mut self) -> SamplesMut<'_> {
        match self {
            Self::U8(samples) => SamplesMut::U8(samples),
            Self::I16(samples) => SamplesMut::I16(samples),
            Self::I24(samples) => SamplesMut::I24(samples),
            Self::I32(samples) => SamplesMut::I32(samples),
            Self::F32(samples) => SamplesMut::F32(samples),
        }
    }
}

fn fill<S: StreamSample>(
    samples: &mut Vec<S>,
    frames: usize,
    channels: u16,
    mut sound: impl FnMut(usize, u16) -> f32,
) {
    samples.clear();
    for frame in 0..frames {
        samples.extend(
            (0..channels).map(|channel| S::from_sample_(sound(frame, channel).clamp(-1.0, 1.0))),
        );
    }
}
