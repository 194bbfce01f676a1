//! The speaker's side: what the thread `voice-play` does.
//!
//! `jitter buffer -> device rate, with drift -> ring of 25 ms -> callback`, and back: what the callback has taken tells how
//! much of which turn was played.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, MutexGuard};

use rtrb::Producer;

use super::block::{Block, Taken};
use super::events::Events;
use super::lock;
use super::options::AudioEvent;
use super::tape::Tape;
use crate::callback::PlaybackTells;
use crate::device::DeviceKind;
use crate::drift::DriftController;
use crate::error::AudioError;
use crate::jitter::{JitterBuffer, JitterEvent};
use crate::level::LevelMeter;
use crate::resample::PlaybackResampler;

/// What the ring holds at least: two blocks of 10 ms and a moment for a late thread.
const RING_FILL_MS: u64 = 25;
/// What it holds beyond the largest block that a device asks for.
const RING_SPARE_MS: u64 = 15;

/// The open speaker.
#[derive(Debug)]
pub(super) struct Sink {
    pub(super) ring: Producer<f32>,
    pub(super) resampler: PlaybackResampler,
    pub(super) device_hz: u32,
}

impl Sink {
    fn fill_frames(&self, largest_block: u64) -> u64 {
        let frames_in = |ms| u64::from(self.device_hz) * ms / 1000;
        frames_in(RING_FILL_MS).max(largest_block + frames_in(RING_SPARE_MS))
    }
}

/// What the thread is asked for.
#[derive(Debug)]
pub(super) enum PlaybackCommand {
    Speaker(Sink),
    Lose(AudioError),
}

/// How far the turn that sounds has come; read by anybody.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Progress {
    pub(super) turn: Option<u32>,
    pub(super) played_samples: u64,
}

/// What other threads share with this side.
#[derive(Debug, Clone)]
pub(super) struct PlaybackShared {
    pub(super) tells: Arc<PlaybackTells>,
    pub(super) queue: Arc<Mutex<JitterBuffer>>,
    pub(super) progress: Arc<Mutex<Progress>>,
    pub(super) meter: Arc<Mutex<LevelMeter>>,
    pub(super) events: Events,
}

impl PlaybackShared {
    pub(super) fn queue(&self) -> MutexGuard<'_, JitterBuffer> {
        lock(&self.queue)
    }

    /// Silences what sounds and forgets what waits. Both under one lock, so that the play thread never takes samples
    /// of an old turn for new ones.
    pub(super) fn interrupt(&self) {
        let mut queue = self.queue();
        self.tells.interrupts.fetch_add(1, Ordering::Release);
        queue.interrupt();
    }
}

#[derive(Debug)]
pub(super) struct PlaybackPath {
    shared: PlaybackShared,
    commands: Receiver<PlaybackCommand>,
    tape: Option<Tape>,
    sink: Option<Sink>,
    drift: DriftController,
    wire: Vec<f32>,
    block: Vec<f32>,
    /// Frames pushed into the ring.
    pushed: u64,
    /// Frames still to push until the resampler has given everything away.
    tail_frames: usize,
    in_flight: VecDeque<Block>,
    interrupt: u32,
    /// The turn that was told to have started and not yet to have been played.
    open_turn: Option<u32>,
    /// The interrupt was passed on, and its silence is not there yet.
    falling_silent: bool,
}

impl PlaybackPath {
    pub(super) fn new(
        shared: PlaybackShared,
        commands: Receiver<PlaybackCommand>,
        tape: Option<Tape>,
    ) -> Self {
        Self {
            shared,
            commands,
            tape,
            sink: None,
            drift: DriftController::new(),
            wire: Vec::new(),
            block: Vec::new(),
            pushed: 0,
            tail_frames: 0,
            in_flight: VecDeque::new(),
            interrupt: 0,
            open_turn: None,
            falling_silent: false,
        }
    }

    /// Tells what was played and tops the ring up.
    pub(super) fn run(&mut self) {
        while let Ok(command) = self.commands.try_recv() {
            self.obey(command);
        }
        self.pass_on_interrupt();
        self.follow();
        self.top_up();
    }

    fn obey(&mut self, command: PlaybackCommand) {
        match command {
            PlaybackCommand::Speaker(sink) => {
                self.abandon();
                self.pushed = self.shared.tells.consumed_frames.load(Ordering::Acquire);
                if self.falling_silent {
                    // The new ring holds nothing that the interrupt meant.
                    self.shared
                        .tells
                        .cut_at
                        .store(self.pushed, Ordering::Release);
                }
                self.block.resize(sink.resampler.block_frames(), 0.0);
                self.wire.resize(sink.resampler.input_frames_max(), 0.0);
                self.sink = Some(sink);
            }
            PlaybackCommand::Lose(reason) => {
                self.sink = None;
                self.abandon();
                self.shared.tells.sounding.store(false, Ordering::Release);
                self.shared.events.send(AudioEvent::DeviceLost {
                    kind: DeviceKind::Output,
                    reason,
                });
            }
        }
    }

    fn pass_on_interrupt(&mut self) {
        let queue = self.shared.queue();
        let interrupt = self.shared.tells.interrupts.load(Ordering::Acquire);
        drop(queue);
        if interrupt == self.interrupt {
            return;
        }
        self.interrupt = interrupt;
        self.falling_silent = true;
        self.tail_frames = 0;
        if let Some(sink) = &mut self.sink {
            sink.resampler.reset();
        }
        self.drift.restart();
        let tells = &self.shared.tells;
        tells.sounding.store(false, Ordering::Release);
        tells.cut_at.store(self.pushed, Ordering::Relaxed);
        tells.cut_for.store(interrupt, Ordering::Release);
    }

    /// Follows the callback through the blocks in flight.
    fn follow(&mut self) {
        let tells = Arc::clone(&self.shared.tells);
        if !self.falling_silent {
            self.follow_to(
                tells.consumed_frames.load(Ordering::Acquire),
                tells.asked_at_ns.load(Ordering::Relaxed),
            );
        } else if self.sink.is_none() || tells.silent_for.load(Ordering::Acquire) == self.interrupt
        {
            self.follow_to(
                tells.silent_at.load(Ordering::Relaxed),
                tells.asked_at_ns.load(Ordering::Relaxed),
            );
            self.end_interrupted(tells.cut_at.load(Ordering::Relaxed));
            self.falling_silent = false;
        }
    }

    fn follow_to(&mut self, consumed: u64, asked_at_ns: u64) {
        while let Some(block) = self
            .in_flight
            .front_mut()
            .filter(|block| block.begins < consumed)
        {
            let progress = block.progress(consumed);
            let has_ended = block.ends <= consumed;
            while let Some(JitterEvent::TurnStarted { turn }) = block.events.front().copied() {
                block.events.pop_front();
                self.open_turn = Some(turn);
                self.shared.events.send(AudioEvent::TurnStarted { turn });
            }
            if progress.turn.is_some() {
                *lock(&self.shared.progress) = progress;
            }
            if !has_ended {
                return;
            }
            if let Some(block) = self.in_flight.pop_front() {
                self.finish(block, asked_at_ns);
            }
        }
    }

    fn finish(&mut self, block: Block, asked_at_ns: u64) {
        for event in block.events {
            match event {
                JitterEvent::TurnStarted { turn } => {
                    self.open_turn = Some(turn);
                    self.shared.events.send(AudioEvent::TurnStarted { turn });
                }
                JitterEvent::TurnPlayed { turn, samples } => self.tell_played(turn, samples),
                JitterEvent::Underrun { .. } => {}
            }
        }
        lock(&self.shared.meter).push(&block.wire);
        if let Some(tape) = &mut self.tape
            && block.turn.is_some()
        {
            tape.write(asked_at_ns, block.wire);
        }
    }

    fn tell_played(&mut self, turn: u32, samples: u64) {
        self.open_turn = None;
        self.shared
            .events
            .send(AudioEvent::TurnPlayed { turn, samples });
    }

    /// Samples of `turn` that the device has taken.
    fn heard_of(&self, turn: u32) -> u64 {
        let progress = *lock(&self.shared.progress);
        if progress.turn == Some(turn) {
            progress.played_samples
        } else {
            0
        }
    }

    /// The voice has faded: tells how far the turn came that an interrupt cut, and forgets what was cut.
    fn end_interrupted(&mut self, cut_at: u64) {
        if let Some(turn) = self.open_turn {
            self.tell_played(turn, self.heard_of(turn));
        }
        self.in_flight.retain(|block| block.pushed_at >= cut_at);
    }

    /// The device is gone with what was on its way; turns that would have ended there have ended.
    fn abandon(&mut self) {
        let lost = std::mem::take(&mut self.in_flight);
        for event in lost.into_iter().flat_map(|block| block.events) {
            if let JitterEvent::TurnPlayed { turn, .. } = event {
                self.tell_played(turn, self.heard_of(turn));
            }
        }
        self.tail_frames = 0;
    }

    fn top_up(&mut self) {
        let Some(sink) = &self.sink else { return };
        let fill_frames = sink.fill_frames(self.shared.tells.largest_block.load(Ordering::Relaxed));
        let mut is_full = true;
        while self
            .pushed
            .saturating_sub(self.shared.tells.consumed_frames.load(Ordering::Acquire))
            < fill_frames
        {
            if !self.push_block() {
                is_full = false;
                break;
            }
        }
        let sounds = is_full && self.tail_frames > 0 && self.shared.queue().is_playing();
        self.shared.tells.sounding.store(sounds, Ordering::Release);
    }

    /// Moves 10 ms from the jitter buffer into the ring; `false` when there is nothing to move.
    fn push_block(&mut self) -> bool {
        let Some(sink) = &mut self.sink else {
            return false;
        };
        let block_frames = sink.resampler.block_frames();
        if sink.ring.slots() < block_frames {
            return false;
        }
        let needed = sink.resampler.input_frames_next();
        let mut taken = Taken::from(&self.shared, &mut self.wire[..needed], self.interrupt);
        if taken.voiced > 0 {
            // What the resampler holds back comes out with this much silence after it.
            self.tail_frames = sink.resampler.delay_frames() + block_frames;
        } else if self.tail_frames == 0 && taken.events.is_empty() {
            return false;
        }
        self.tail_frames =
            self.tail_frames
                .saturating_sub(if taken.voiced > 0 { 0 } else { block_frames });
        if let Some(fill_ms) = taken.measured_fill_ms {
            #[expect(clippy::cast_precision_loss, reason = "a few hundred frames")]
            let elapsed_s = block_frames as f64 / f64::from(sink.device_hz);
            let ppm = self.drift.update(fill_ms, elapsed_s);
            // The controller stays within the range that the resampler reserves.
            let _ = sink.resampler.set_drift_ppm(ppm);
        }
        if sink
            .resampler
            .process(&self.wire[..needed], &mut self.block)
            .is_err()
        {
            return false;
        }
        for sample in &self.block {
            // There is room: this thread alone fills the ring.
            let _ = sink.ring.push(*sample);
        }
        let pushed_at = self.pushed;
        let begins = pushed_at + sink.resampler.delay_frames() as u64;
        self.pushed += block_frames as u64;
        let wire = self.wire[..taken.voiced].to_vec();
        self.notice(&mut taken.events);
        self.in_flight.push_back(Block {
            pushed_at,
            begins,
            ends: begins + block_frames as u64,
            turn: taken.turn,
            samples_before: taken.samples_before,
            samples_after: taken.samples_after,
            events: taken.events,
            wire,
        });
        true
    }

    /// What is told or done at once, not when it is heard.
    fn notice(&mut self, events: &mut VecDeque<JitterEvent>) {
        for event in &*events {
            match event {
                JitterEvent::TurnStarted { .. } => self.drift.restart(),
                JitterEvent::Underrun { .. } => {
                    self.drift.restart();
                    self.shared.events.send(AudioEvent::Underrun);
                }
                JitterEvent::TurnPlayed { .. } => {}
            }
        }
        events.retain(|event| !matches!(event, JitterEvent::Underrun { .. }));
    }
}
