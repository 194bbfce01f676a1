//! What the made-up devices share: the time, and the air between speakers and microphones.

use std::collections::VecDeque;
use std::time::Instant;

use super::buffer::FormatBuffer;
use super::{FakeDevice, Sound};
use crate::device::{
    DeviceKind, ErrorCallback, InputBlock, InputCallback, OutputBlock, OutputCallback,
};
use crate::error::AudioError;

pub(super) enum Callback {
    Input(InputCallback),
    Output(OutputCallback),
}

impl Callback {
    pub(super) fn kind(&self) -> DeviceKind {
        match self {
            Self::Input(_) => DeviceKind::Input,
            Self::Output(_) => DeviceKind::Output,
        }
    }
}

pub(super) struct FakeStream {
    pub(super) id: u64,
    pub(super) device: FakeDevice,
    pub(super) callback: Callback,
    pub(super) on_error: ErrorCallback,
    pub(super) buffer: FormatBuffer,
    pub(super) opened_s: f64,
    pub(super) frames: u64,
    pub(super) blocks: usize,
    pub(super) moved: bool,
    pub(super) broken: bool,
}

impl FakeStream {
    pub(super) fn fail(&mut self, error: AudioError) {
        self.broken = true;
        (self.on_error)(error);
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "frames of hours, far below 2^53"
    )]
    fn time_of(&self, frame: u64) -> f64 {
        self.opened_s + frame as f64 / self.device.frames_per_second()
    }

    fn due_s(&self) -> f64 {
        self.time_of(self.frames + self.device.block(self.blocks) as u64)
    }
}

pub(super) struct Loopback {
    pub(super) delay_s: f64,
    pub(super) gain: f32,
}

/// Devices and the air between them.
#[derive(Default)]
pub(super) struct Room {
    pub(super) elapsed_s: f64,
    pub(super) devices: Vec<FakeDevice>,
    pub(super) streams: Vec<FakeStream>,
    pub(super) next_stream: u64,
    pub(super) refusal: Option<AudioError>,
    pub(super) sound: Option<Sound>,
    pub(super) loopback: Option<Loopback>,
    pub(super) air: Air,
    pub(super) kept: Option<Vec<f32>>,
}

impl Room {
    pub(super) fn device(&self, kind: DeviceKind, id: &str) -> Result<&FakeDevice, AudioError> {
        self.devices
            .iter()
            .find(|device| device.device.kind == kind && device.device.id == id)
            .ok_or_else(|| AudioError::NoDevice {
                kind,
                wanted: Some(id.to_owned()),
            })
    }

    pub(super) fn next_due(&self) -> Option<(usize, f64)> {
        self.streams
            .iter()
            .enumerate()
            .filter(|(_, stream)| !stream.broken)
            .map(|(index, stream)| (index, stream.due_s()))
            .min_by(|(_, one), (_, other)| one.total_cmp(other))
    }

    pub(super) fn run(&mut self, index: usize, at: Instant) {
        let Self {
            streams,
            sound,
            loopback,
            air,
            kept,
            ..
        } = self;
        let stream = &mut streams[index];
        let (begins_s, rate) = (
            stream.time_of(stream.frames),
            stream.device.frames_per_second(),
        );
        let frames = stream.device.block(stream.blocks);
        let channels = stream.device.channels;
        match &mut stream.callback {
            Callback::Input(callback) => {
                let (first, moved) = (stream.frames, stream.moved);
                stream.buffer.fill(frames, channels, |frame, channel| {
                    if moved {
                        return monitor_noise(frame);
                    }
                    let spoken = sound
                        .as_mut()
                        .map_or(0.0, |sound| sound(first + frame as u64, channel));
                    #[expect(clippy::cast_precision_loss, reason = "a block")]
                    let time_s = begins_s + frame as f64 / rate;
                    spoken
                        + loopback
                            .as_ref()
                            .map_or(0.0, |echo| echo.gain * air.at(time_s - echo.delay_s))
                });
                callback(InputBlock {
                    samples: stream.buffer.samples(),
                    arrived_at: at,
                });
            }
            Callback::Output(callback) => {
                stream.buffer.resize(frames, channels);
                callback(OutputBlock {
                    samples: stream.buffer.samples_mut(),
                    asked_at: at,
                });
                air.begin_block(begins_s, rate);
                stream.buffer.samples().for_each_mono(channels, |sample| {
                    if loopback.is_some() {
                        air.push(sample);
                    }
                    if let Some(kept) = kept {
                        kept.push(sample);
                    }
                });
            }
        }
        stream.frames += frames as u64;
        stream.blocks += 1;
    }
}

/// What a moved stream records: a loud square wave of 1 kHz at 48 kHz, unlike anything a test says.
fn monitor_noise(frame: usize) -> f32 {
    if frame % 48 < 24 { 1.0 } else { -1.0 }
}

/// The last two seconds of what a speaker played.
#[derive(Default)]
pub(super) struct Air {
    samples: VecDeque<f32>,
    begins_s: f64,
    frames_per_second: f64,
}

impl Air {
    const KEPT_FRAMES: usize = 400_000;

    fn begin_block(&mut self, at_s: f64, frames_per_second: f64) {
        if self.samples.is_empty() || self.frames_per_second.total_cmp(&frames_per_second).is_ne() {
            self.samples.clear();
            self.begins_s = at_s;
            self.frames_per_second = frames_per_second;
        }
    }

    fn push(&mut self, sample: f32) {
        if self.samples.len() == Self::KEPT_FRAMES {
            self.samples.pop_front();
            self.begins_s += 1.0 / self.frames_per_second;
        }
        self.samples.push_back(sample);
    }

    /// Between two frames, a straight line.
    fn at(&self, time_s: f64) -> f32 {
        let position = (time_s - self.begins_s) * self.frames_per_second;
        if position.is_nan() || position < 0.0 {
            return 0.0;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked to be positive, and small"
        )]
        let (before, part) = (position as usize, position.fract() as f32);
        let sample = |index| self.samples.get(index).copied().unwrap_or(0.0);
        sample(before) * (1.0 - part) + sample(before + 1) * part
    }
}
