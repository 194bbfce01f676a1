//! The microphone's side: what the thread `voice-dsp` does.
//!
//! `ring -> wire rate -> echo and noise -> activity -> held until believed -> pre-roll -> gate -> chunks`

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Instant;

use rtrb::Consumer;

use super::events::Events;
use super::gate::{Batch, Gate};
use super::lock;
use super::options::AudioEvent;
use super::tape::Tape;
use crate::activity::{Activity, ActivityDetector};
use crate::callback::CaptureTells;
use crate::device::DeviceKind;
use crate::echo::EchoCanceller;
use crate::error::AudioError;
use crate::level::LevelMeter;
use crate::pcm::WireFormat;
use crate::resample::CaptureResampler;
use crate::worker::Waker;

/// Where captured sound comes from.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) ring: Consumer<f32>,
    pub(super) resampler: CaptureResampler,
}

/// What the thread is asked for.
#[derive(Debug)]
pub(super) enum CaptureCommand {
    Start,
    Stop,
    Mute(bool),
    Microphone(Source),
    /// What the speaker plays, for the echo canceller.
    Reference(Source),
    Lose(AudioError),
}

/// Whether the microphone was still there after the sound was captured; see [`crate::device::Backend::moves_streams`].
#[derive(Debug)]
pub(super) struct Belief {
    /// Set to have the watch look.
    pub(super) asked: AtomicBool,
    /// The device was there at this time of the session, in nanoseconds.
    pub(super) seen_at_ns: AtomicU64,
    pub(super) watch: OnceLock<Waker>,
}

impl Belief {
    /// `needed` unless the sound system reports every loss itself.
    pub(super) fn new(needed: bool) -> Self {
        let seen_at_ns = AtomicU64::new(if needed { 0 } else { u64::MAX });
        Self {
            asked: AtomicBool::new(false),
            seen_at_ns,
            watch: OnceLock::new(),
        }
    }

    fn ask(&self) {
        if !self.asked.swap(true, Ordering::AcqRel)
            && let Some(watch) = self.watch.get()
        {
            watch.wake();
        }
    }

    pub(super) fn see(&self, at_ns: u64) {
        self.seen_at_ns.fetch_max(at_ns, Ordering::AcqRel);
    }
}

#[derive(Debug)]
enum Held {
    Batch(Batch),
    Start,
    Stop,
}

/// The signal stages, of which each may be absent.
#[derive(Debug)]
pub(super) struct Stages {
    pub(super) echo: Option<EchoCanceller>,
    pub(super) activity: Option<ActivityDetector>,
    pub(super) tape: Option<Tape>,
}

/// What other threads share with this side.
#[derive(Debug, Clone)]
pub(super) struct CaptureShared {
    pub(super) epoch: Instant,
    pub(super) tells: Arc<CaptureTells>,
    pub(super) belief: Arc<Belief>,
    pub(super) meter: Arc<Mutex<LevelMeter>>,
    pub(super) events: Events,
}

#[derive(Debug)]
pub(super) struct CapturePath {
    shared: CaptureShared,
    commands: Receiver<CaptureCommand>,
    stages: Stages,
    microphone: Option<Source>,
    reference: Option<Source>,
    buffer: Vec<f32>,
    muted: bool,
    held: VecDeque<Held>,
    gate: Gate,
}

impl CapturePath {
    pub(super) fn new(
        shared: CaptureShared,
        commands: Receiver<CaptureCommand>,
        stages: Stages,
        format: WireFormat,
        pre_roll_ms: u32,
    ) -> Self {
        let gate = Gate::new(&shared, format, pre_roll_ms);
        Self {
            shared,
            commands,
            stages,
            microphone: None,
            reference: None,
            buffer: Vec::new(),
            muted: false,
            held: VecDeque::new(),
            gate,
        }
    }

    /// Takes what the callback left and passes on what may go.
    pub(super) fn run(&mut self) {
        // Commands first: what was already in the ring then counts as after a start and before a stop.
        while let Ok(command) = self.commands.try_recv() {
            self.obey(command);
        }
        self.listen();
        self.release();
    }

    fn obey(&mut self, command: CaptureCommand) {
        match command {
            CaptureCommand::Start => self.held.push_back(Held::Start),
            CaptureCommand::Stop => {
                self.listen();
                self.held.push_back(Held::Stop);
            }
            CaptureCommand::Mute(muted) => {
                self.listen();
                self.muted = muted;
                if muted {
                    self.end_speech();
                }
            }
            CaptureCommand::Microphone(source) => {
                // What another device captured cannot be believed by seeing this one.
                self.held.retain(|held| !matches!(held, Held::Batch(_)));
                self.microphone = Some(source);
            }
            CaptureCommand::Reference(source) => self.reference = Some(source),
            CaptureCommand::Lose(reason) => {
                self.microphone = None;
                self.held.clear();
                self.gate.lose();
                self.end_speech();
                self.shared.events.send(AudioEvent::DeviceLost {
                    kind: DeviceKind::Input,
                    reason,
                });
            }
        }
    }

    /// Tells that speech stopped if it was going on.
    fn end_speech(&mut self) {
        if let Some(activity) = &mut self.stages.activity {
            let speaking = activity.is_speech();
            activity.reset();
            if speaking {
                self.shared.events.send(AudioEvent::SpeechStopped);
            }
        }
    }

    /// Moves everything out of the ring, through the stages, into `held`.
    fn listen(&mut self) {
        self.hear_reference();
        let Some(microphone) = &mut self.microphone else {
            return;
        };
        let fresh = drain(microphone, &mut self.buffer);
        // After the ring was read, so never older than the samples.
        let newest_at_ns = self.shared.tells.newest_at_ns.load(Ordering::Acquire);
        let mut samples = Vec::with_capacity(fresh);
        match &mut self.stages.echo {
            // What the canceller refuses is not sent: an echo is worse than a gap.
            Some(echo) => drop(echo.process(&self.buffer[..fresh], &mut samples)),
            None => samples.extend_from_slice(&self.buffer[..fresh]),
        }
        if samples.is_empty() {
            return;
        }
        if !self.muted {
            self.watch_speech(&samples);
            lock(&self.shared.meter).push(&samples);
        }
        self.held.push_back(Held::Batch(Batch {
            samples,
            newest_at_ns,
            muted: self.muted,
        }));
    }

    fn hear_reference(&mut self) {
        let Some(reference) = &mut self.reference else {
            return;
        };
        let frames = drain(reference, &mut self.buffer);
        if let Some(echo) = &mut self.stages.echo {
            // A refused block costs a moment of cancellation, which the canceller finds again by itself.
            let _ = echo.push_reference(&self.buffer[..frames]);
        }
    }

    fn watch_speech(&mut self, samples: &[f32]) {
        let Some(activity) = &mut self.stages.activity else {
            return;
        };
        let events = &self.shared.events;
        // The detector's rate was checked when it was made.
        let _ = activity.process(samples, |change| {
            events.send(match change {
                Activity::SpeechStarted => AudioEvent::SpeechStarted,
                Activity::SpeechStopped => AudioEvent::SpeechStopped,
            });
        });
    }

    /// Passes on what is believed, and has the rest looked into when it is due.
    fn release(&mut self) {
        let seen_at_ns = self.shared.belief.seen_at_ns.load(Ordering::Acquire);
        while let Some(held) = self.held.pop_front_if(
            |held| !matches!(held, Held::Batch(batch) if batch.newest_at_ns > seen_at_ns),
        ) {
            match held {
                Held::Batch(batch) => self.gate.pass(batch, self.stages.tape.as_mut()),
                Held::Start => self.gate.open(self.stages.tape.as_mut()),
                Held::Stop => self.gate.close(),
            }
        }
        if self.is_belief_due() {
            self.shared.belief.ask();
        }
    }

    fn is_belief_due(&self) -> bool {
        let mut samples = 0;
        for held in &self.held {
            match held {
                Held::Batch(batch) => samples += batch.samples.len(),
                // Somebody waits for the end of the utterance, or for its beginning.
                Held::Start | Held::Stop => return true,
            }
        }
        samples >= self.gate.wanted_samples()
    }
}

/// Empties a ring through its resampler into the start of `buffer`; tells how many frames that made.
fn drain(source: &mut Source, buffer: &mut Vec<f32>) -> usize {
    let Ok(chunk) = source.ring.read_chunk(source.ring.slots()) else {
        return 0;
    };
    let (first, second) = chunk.as_slices();
    let mut frames = 0;
    for part in [first, second] {
        let room = frames + source.resampler.max_output_frames(part.len());
        if buffer.len() < room {
            buffer.resize(room, 0.0);
        }
        // The buffer is as large as it asked for.
        frames += source
            .resampler
            .process(part, &mut buffer[frames..])
            .unwrap_or(0);
    }
    chunk.commit_all();
    frames
}
