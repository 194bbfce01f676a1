//! The gate between a microphone that always runs and the wire.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::capture::CaptureShared;
use super::events::Events;
use super::options::AudioEvent;
use super::tape::Tape;
use crate::chunk::{Chunk, Chunker};
use crate::pcm::WireFormat;

/// Believing takes a question to the sound server; this is how much sound may wait for the answer outside of a talk.
const BELIEVE_EVERY_MS: u32 = 200;

/// A piece of clean sound.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) samples: Vec<f32>,
    pub(super) newest_at_ns: u64,
    pub(super) muted: bool,
}

/// Lets sound through to the wire while talking; keeps the last moments otherwise.
#[derive(Debug)]
pub(super) struct Gate {
    talking: bool,
    format: WireFormat,
    pre_roll: VecDeque<Batch>,
    pre_roll_samples: usize,
    chunker: Chunker,
    /// Samples given to the chunker, and when each batch of them ended.
    given: u64,
    times: VecDeque<(u64, u64)>,
    epoch: Instant,
    events: Events,
}

impl Gate {
    pub(super) fn new(shared: &CaptureShared, format: WireFormat, pre_roll_ms: u32) -> Self {
        Self {
            talking: false,
            format,
            pre_roll: VecDeque::new(),
            pre_roll_samples: format.samples_in_ms(pre_roll_ms),
            chunker: Chunker::new(format),
            given: 0,
            times: VecDeque::new(),
            epoch: shared.epoch,
            events: shared.events.clone(),
        }
    }

    /// How many samples may be held before something waits for them.
    pub(super) fn wanted_samples(&self) -> usize {
        if self.talking {
            self.format
                .samples_in_ms(Chunker::CHUNK_MS)
                .saturating_sub(self.chunker.pending_samples())
        } else {
            self.format.samples_in_ms(BELIEVE_EVERY_MS)
        }
    }

    pub(super) fn open(&mut self, mut tape: Option<&mut Tape>) {
        if std::mem::replace(&mut self.talking, true) {
            return;
        }
        for batch in std::mem::take(&mut self.pre_roll) {
            self.send(batch, tape.as_deref_mut());
        }
    }

    pub(super) fn close(&mut self) {
        if !std::mem::replace(&mut self.talking, false) {
            return;
        }
        let (events, times, clock) = (
            &self.events,
            &self.times,
            Clock {
                epoch: self.epoch,
                format: self.format,
            },
        );
        self.chunker
            .flush(|chunk| events.send(clock.chunk(times, &chunk, true)));
        self.times.clear();
    }

    /// The microphone is gone: what was believed is the end of the utterance.
    pub(super) fn lose(&mut self) {
        self.pre_roll.clear();
        self.close();
    }

    pub(super) fn pass(&mut self, batch: Batch, tape: Option<&mut Tape>) {
        if batch.muted {
            self.pre_roll.clear();
            self.cut();
        } else if self.talking {
            self.send(batch, tape);
        } else {
            self.remember(batch);
        }
    }

    /// What was said before muting goes out as it is, so that nothing later is glued to it.
    fn cut(&mut self) {
        if self.chunker.pending_samples() == 0 {
            return;
        }
        let (events, times, clock) = (
            &self.events,
            &self.times,
            Clock {
                epoch: self.epoch,
                format: self.format,
            },
        );
        self.chunker
            .flush(|chunk| events.send(clock.chunk(times, &chunk, false)));
        self.times.clear();
    }

    fn remember(&mut self, batch: Batch) {
        self.pre_roll.push_back(batch);
        let mut kept: usize = self.pre_roll.iter().map(|batch| batch.samples.len()).sum();
        while let Some(oldest) = self.pre_roll.front()
            && kept - oldest.samples.len() >= self.pre_roll_samples
        {
            kept -= oldest.samples.len();
            self.pre_roll.pop_front();
        }
    }

    fn send(&mut self, batch: Batch, tape: Option<&mut Tape>) {
        self.given += batch.samples.len() as u64;
        self.times.push_back((self.given, batch.newest_at_ns));
        let (events, times, clock) = (
            &self.events,
            &self.times,
            Clock {
                epoch: self.epoch,
                format: self.format,
            },
        );
        self.chunker.push(&batch.samples, |chunk| {
            events.send(clock.chunk(times, &chunk, false));
        });
        let waiting_from = self.given - self.chunker.pending_samples() as u64;
        while self
            .times
            .front()
            .is_some_and(|(end, _)| *end <= waiting_from)
            && self.times.len() > 1
        {
            self.times.pop_front();
        }
        if let Some(tape) = tape {
            tape.write(batch.newest_at_ns, batch.samples);
        }
    }
}

/// Turns positions in the chunker back into times.
struct Clock {
    epoch: Instant,
    format: WireFormat,
}

impl Clock {
    fn chunk(&self, times: &VecDeque<(u64, u64)>, chunk: &Chunk<'_>, last: bool) -> AudioEvent {
        let newest = (chunk.first_sample + chunk.samples as u64).saturating_sub(1);
        AudioEvent::Chunk {
            bytes: chunk.bytes.to_vec(),
            first_sample_at: self.time_of(times, chunk.first_sample.min(newest)),
            last_sample_at: self.time_of(times, newest),
            last,
        }
    }

    fn time_of(&self, times: &VecDeque<(u64, u64)>, sample: u64) -> Instant {
        let batch = times.iter().find(|(end, _)| *end > sample).or(times.back());
        let Some((end, ended_at_ns)) = batch else {
            return self.epoch;
        };
        let behind = (end - 1).saturating_sub(sample);
        let behind_ns = behind * 1_000_000_000 / u64::from(self.format.sample_rate_hz());
        self.epoch + Duration::from_nanos(ended_at_ns.saturating_sub(behind_ns))
    }
}
