//! One track of the recording, kept in step with the session's clock.

use std::sync::Arc;

use super::events::Events;
use super::options::AudioEvent;
use crate::recorder::{RecordError, Recorder, Track};
use crate::resample::{CaptureResampler, ResampleError};

/// Blocks that come this much early or late still follow one another without a seam.
const SEAM_MS: u64 = 60;

/// Writes blocks of one side where they belong.
#[derive(Debug)]
pub(super) struct Tape {
    recorder: Arc<Recorder>,
    track: Track,
    sample_rate_hz: u32,
    resampler: Option<CaptureResampler>,
    next: u64,
    events: Events,
    failed: bool,
}

impl Tape {
    /// A track of `recorder`, which runs at `record_hz`, for blocks at `sample_rate_hz`.
    ///
    /// # Errors
    /// [`ResampleError::Rates`] for impossible rates.
    pub(super) fn new(
        recorder: Arc<Recorder>,
        track: Track,
        (sample_rate_hz, record_hz): (u32, u32),
        events: Events,
    ) -> Result<Self, ResampleError> {
        let resampler = if sample_rate_hz == record_hz {
            None
        } else {
            Some(CaptureResampler::new(sample_rate_hz, record_hz)?)
        };
        Ok(Self {
            recorder,
            track,
            sample_rate_hz: record_hz,
            resampler,
            next: 0,
            events,
            failed: false,
        })
    }

    /// Writes a block whose last sample belongs at `ended_at_ns` of the session.
    pub(super) fn write(&mut self, ended_at_ns: u64, samples: Vec<f32>) {
        let samples = self.at_record_rate(samples);
        if samples.is_empty() {
            return;
        }
        let position = self.place(ended_at_ns, samples.len() as u64);
        match self.recorder.write(self.track, position, samples) {
            Ok(()) => self.failed = false,
            // Told once and not for every block of a slow or full disk.
            Err(RecordError::Stopped) if self.failed => {}
            Err(error) => {
                if !std::mem::replace(&mut self.failed, true) {
                    self.events.send(AudioEvent::Recording { error });
                }
            }
        }
    }

    fn at_record_rate(&mut self, samples: Vec<f32>) -> Vec<f32> {
        let Some(resampler) = &mut self.resampler else {
            return samples;
        };
        let mut converted = vec![0.0; resampler.max_output_frames(samples.len())];
        // The buffer is as large as it asked for; a refusal leaves a hole, never a shift.
        let frames = resampler.process(&samples, &mut converted).unwrap_or(0);
        converted.truncate(frames);
        converted
    }

    /// Where a block of `length` goes: after the last one, unless time says that something is missing between.
    fn place(&mut self, ended_at_ns: u64, length: u64) -> u64 {
        let rate = u64::from(self.sample_rate_hz);
        let ended = u64::try_from(u128::from(ended_at_ns) * u128::from(rate) / 1_000_000_000)
            .unwrap_or(u64::MAX);
        let by_clock = ended.saturating_sub(length);
        let position = if by_clock > self.next + rate * SEAM_MS / 1000 {
            by_clock
        } else {
            self.next
        };
        self.next = position + length;
        position
    }
}
