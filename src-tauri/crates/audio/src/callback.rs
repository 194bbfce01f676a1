//! What runs on the sound system's own threads.
//!
//! Both callbacks convert, mix and move samples through a lock-free ring, and nothing else: no lock, no allocation, no
//! log, no channel. They tell through atomics what they did, and wake the worker thread that takes it further.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rtrb::{Consumer, Producer};

use crate::device::{InputBlock, InputCallback, OutputBlock, OutputCallback, StreamSpec};
use crate::worker::Waker;

/// How long a voice takes to fall silent.
const FADE_MS: u32 = 5;

/// How long callbacks took, as a histogram of powers of the eighth root of two: 9 % wide, from 64 ns to 67 ms.
#[derive(Debug)]
pub(crate) struct CallbackTimes {
    buckets: [AtomicU32; Self::BUCKETS],
}

impl Default for CallbackTimes {
    fn default() -> Self {
        Self {
            buckets: [const { AtomicU32::new(0) }; Self::BUCKETS],
        }
    }
}

impl CallbackTimes {
    const BUCKETS: usize = 160;
    const PER_OCTAVE: f64 = 8.0;
    const SHORTEST_NS: f64 = 64.0;

    fn record(&self, took: Duration) {
        let octaves = (took.as_secs_f64() * 1e9 / Self::SHORTEST_NS)
            .max(1.0)
            .log2();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "not negative, and clamped"
        )]
        let bucket = ((octaves * Self::PER_OCTAVE) as usize).min(Self::BUCKETS - 1);
        self.buckets[bucket].fetch_add(1, Ordering::Relaxed);
    }

    /// The time that `share` of the callbacks stayed below (the upper edge of its bucket); zero before the first.
    pub(crate) fn quantile(&self, share: f64) -> Duration {
        let counts = self
            .buckets
            .each_ref()
            .map(|bucket| bucket.load(Ordering::Relaxed));
        let total: f64 = counts.iter().copied().map(f64::from).sum();
        let mut below = 0.0;
        for (edge, count) in (1_u32..).zip(counts) {
            below += f64::from(count);
            if total > 0.0 && below >= share * total {
                let octaves = f64::from(edge) / Self::PER_OCTAVE;
                return Duration::from_secs_f64(Self::SHORTEST_NS * octaves.exp2() / 1e9);
            }
        }
        Duration::ZERO
    }
}

/// What the input callback tells.
#[derive(Debug, Default)]
pub(crate) struct CaptureTells {
    /// Frames moved into the ring.
    pub(crate) captured_frames: AtomicU64,
    /// Frames dropped because the ring was full.
    pub(crate) overrun_frames: AtomicU64,
    /// When the newest frame in the ring arrived, in nanoseconds since the session's start.
    pub(crate) newest_at_ns: AtomicU64,
    pub(crate) times: CallbackTimes,
}

/// Makes the input callback: mixes down to one channel and pushes into `ring`.
pub(crate) fn capture_callback(
    spec: &StreamSpec,
    mut ring: Producer<f32>,
    tells: Arc<CaptureTells>,
    epoch: Instant,
    waker: Waker,
) -> InputCallback {
    let channels = spec.channels;
    let block_frames = u64::from(spec.block_frames);
    let mut since_wake = 0_u64;
    Box::new(move |block: InputBlock<'_>| {
        let entered = Instant::now();
        // Before the samples can be seen: whoever takes them must never believe them older than they are.
        tells
            .newest_at_ns
            .store(nanos_since(epoch, block.arrived_at), Ordering::Release);
        let mut pushed = 0_u64;
        let mut dropped = 0_u64;
        block
            .samples
            .for_each_mono(channels, |sample| match ring.push(sample) {
                Ok(()) => pushed += 1,
                Err(_) => dropped += 1,
            });
        tells.captured_frames.fetch_add(pushed, Ordering::Release);
        if dropped > 0 {
            tells.overrun_frames.fetch_add(dropped, Ordering::Relaxed);
        }
        // A server may deliver a few frames at a time, thousands of times a second: the worker wakes for whole blocks.
        since_wake += pushed;
        if since_wake >= block_frames {
            since_wake = 0;
            waker.wake();
        }
        tells.times.record(entered.elapsed());
    })
}

/// What the play thread orders and the output callback tells.
#[derive(Debug, Default)]
pub(crate) struct PlaybackTells {
    /// Counts interrupts; a new number makes the callback fade out at once.
    pub(crate) interrupts: AtomicU32,
    /// The interrupt that `cut_at` belongs to.
    pub(crate) cut_for: AtomicU32,
    /// Ring position up to which everything belongs to interrupted turns.
    pub(crate) cut_at: AtomicU64,
    /// The interrupt that `silent_at` belongs to.
    pub(crate) silent_for: AtomicU32,
    /// Ring position at which the interrupted voice had faded out.
    pub(crate) silent_at: AtomicU64,
    /// Asks for silence without losing anything.
    pub(crate) paused: AtomicBool,
    /// Frames taken out of the ring, played or cut.
    pub(crate) consumed_frames: AtomicU64,
    /// When the last block was asked for, in nanoseconds since the session's start.
    pub(crate) asked_at_ns: AtomicU64,
    /// The largest block a device asked for.
    pub(crate) largest_block: AtomicU64,
    /// A turn sounds and the play thread holds its next samples: the ring must not run dry now.
    pub(crate) sounding: AtomicBool,
    /// Frames the ring did not have although a turn sounded.
    pub(crate) slipped_frames: AtomicU64,
    /// Frames of the microphone's reference that found no room.
    pub(crate) reference_lost_frames: AtomicU64,
    pub(crate) times: CallbackTimes,
}

/// Makes the output callback: pops `ring`, fades, and copies what is heard into `reference`.
pub(crate) fn playback_callback(
    spec: &StreamSpec,
    ring: Consumer<f32>,
    mut reference: Option<Producer<f32>>,
    tells: Arc<PlaybackTells>,
    clock: (Instant, Waker),
) -> OutputCallback {
    let channels = spec.channels;
    let (epoch, waker) = clock;
    let mut voice = Voice::new(ring, spec.sample_rate_hz, &tells);
    Box::new(move |mut block: OutputBlock<'_>| {
        let entered = Instant::now();
        voice.obey(&tells);
        let mut frames = 0_u64;
        let mut lost = 0_u64;
        block.samples.fill_mono(channels, || {
            let sample = voice.next();
            frames += 1;
            if let Some(reference) = &mut reference
                && reference.push(sample).is_err()
            {
                lost += 1;
            }
            sample
        });
        if lost > 0 {
            tells
                .reference_lost_frames
                .fetch_add(lost, Ordering::Relaxed);
        }
        tells.largest_block.fetch_max(frames, Ordering::Relaxed);
        tells
            .asked_at_ns
            .store(nanos_since(epoch, block.asked_at), Ordering::Relaxed);
        voice.tell(&tells);
        waker.wake();
        tells.times.record(entered.elapsed());
    })
}

/// The ring's reader with its fades.
struct Voice {
    ring: Consumer<f32>,
    /// Frames taken so far.
    position: u64,
    gain: f32,
    step: f32,
    last: f32,
    silenced: bool,
    interrupt: u32,
    /// An interrupt whose fade-out or cut is not finished.
    interrupting: bool,
    /// Whether a dry ring is a fault.
    sounding: bool,
    slipped: u64,
}

impl Voice {
    fn new(ring: Consumer<f32>, sample_rate_hz: u32, tells: &PlaybackTells) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "a few hundred frames")]
        let step = 1000.0 / (sample_rate_hz * FADE_MS) as f32;
        Self {
            ring,
            position: tells.consumed_frames.load(Ordering::Relaxed),
            gain: 1.0,
            step,
            last: 0.0,
            silenced: false,
            // One that another stream left unfinished is this one's to finish.
            interrupt: tells.silent_for.load(Ordering::Relaxed),
            interrupting: false,
            sounding: false,
            slipped: 0,
        }
    }

    /// Takes over what was ordered since the last block.
    fn obey(&mut self, tells: &PlaybackTells) {
        let interrupt = tells.interrupts.load(Ordering::Acquire);
        if interrupt != self.interrupt {
            self.interrupt = interrupt;
            self.interrupting = true;
        }
        if self.interrupting && self.gain <= 0.0 {
            self.cut(tells);
        }
        self.sounding = tells.sounding.load(Ordering::Acquire);
        self.silenced = self.interrupting || tells.paused.load(Ordering::Relaxed);
    }

    /// Once the fade is through and the play thread said where the old turns end: drops them.
    fn cut(&mut self, tells: &PlaybackTells) {
        if tells.silent_for.load(Ordering::Relaxed) != self.interrupt {
            tells.silent_at.store(self.position, Ordering::Relaxed);
            tells.silent_for.store(self.interrupt, Ordering::Release);
        }
        if tells.cut_for.load(Ordering::Acquire) != self.interrupt {
            return;
        }
        let cut_at = tells.cut_at.load(Ordering::Relaxed);
        while self.position < cut_at && self.ring.pop().is_ok() {
            self.position += 1;
        }
        self.interrupting = false;
        // A new turn starts at once and whole: there is nothing to fade it in from.
        self.gain = if tells.paused.load(Ordering::Relaxed) {
            0.0
        } else {
            1.0
        };
        self.last = 0.0;
    }

    fn next(&mut self) -> f32 {
        if self.silenced && self.gain <= 0.0 {
            return 0.0;
        }
        if self.take() {
            return self.fall();
        }
        let sample = self.last * self.gain;
        self.gain = if self.silenced {
            (self.gain - self.step).max(0.0)
        } else {
            (self.gain + self.step).min(1.0)
        };
        sample
    }

    /// A dry ring holds its last sample while it fades, so that no step is heard; what comes then starts whole.
    fn fall(&mut self) -> f32 {
        let sample = self.last * self.gain;
        self.gain -= self.step;
        if self.last == 0.0 || self.gain <= 0.0 {
            self.last = 0.0;
            self.gain = if self.silenced { 0.0 } else { 1.0 };
        }
        sample
    }

    /// Moves the next sample to `last`; `true` when there is none.
    fn take(&mut self) -> bool {
        if let Ok(sample) = self.ring.pop() {
            self.last = sample;
            self.position += 1;
            return false;
        }
        self.slipped += u64::from(self.sounding && !self.interrupting);
        true
    }

    fn tell(&mut self, tells: &PlaybackTells) {
        let slipped = std::mem::take(&mut self.slipped);
        if slipped > 0 {
            tells.slipped_frames.fetch_add(slipped, Ordering::Relaxed);
        }
        tells
            .consumed_frames
            .store(self.position, Ordering::Release);
    }
}

fn nanos_since(epoch: Instant, at: Instant) -> u64 {
    u64::try_from(at.saturating_duration_since(epoch).as_nanos()).unwrap_or(u64::MAX)
}
