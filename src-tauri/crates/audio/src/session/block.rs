//! Blocks of 10 ms between the jitter buffer and the speaker.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;

use super::playback::{PlaybackShared, Progress};
use crate::jitter::JitterEvent;

/// A block on its way through ring and device.
#[derive(Debug)]
pub(super) struct Block {
    /// Ring position at which it was pushed.
    pub(super) pushed_at: u64,
    /// Ring positions between which its samples are heard.
    pub(super) begins: u64,
    pub(super) ends: u64,
    pub(super) turn: Option<u32>,
    /// Samples of its turn played before it, and with it.
    pub(super) samples_before: u64,
    pub(super) samples_after: u64,
    pub(super) events: VecDeque<JitterEvent>,
    pub(super) wire: Vec<f32>,
}

impl Block {
    /// How far its turn has come when `consumed` frames were taken.
    pub(super) fn progress(&self, consumed: u64) -> Progress {
        let length = self.ends - self.begins;
        let heard = consumed.min(self.ends).saturating_sub(self.begins);
        let of_turn = self.samples_after.saturating_sub(self.samples_before);
        Progress {
            turn: self.turn,
            played_samples: self.samples_before + of_turn * heard / length.max(1),
        }
    }
}

/// What one visit to the jitter buffer gave.
pub(super) struct Taken {
    pub(super) voiced: usize,
    pub(super) turn: Option<u32>,
    pub(super) samples_before: u64,
    pub(super) samples_after: u64,
    pub(super) events: VecDeque<JitterEvent>,
    pub(super) measured_fill_ms: Option<f64>,
}

impl Taken {
    pub(super) fn from(shared: &PlaybackShared, wire: &mut [f32], interrupt: u32) -> Self {
        let mut events = VecDeque::new();
        let mut queue = shared.queue();
        let mut taken = Self {
            voiced: 0,
            turn: None,
            samples_before: 0,
            samples_after: 0,
            events: VecDeque::new(),
            measured_fill_ms: None,
        };
        if shared.tells.interrupts.load(Ordering::Acquire) != interrupt {
            // An interrupt came in between: nothing new before it was passed on.
            wire.fill(0.0);
            return taken;
        }
        taken.samples_before = queue.played_samples();
        taken.turn = queue.turn();
        taken.voiced = queue.pop(wire, |event| events.push_back(event));
        taken.samples_after = queue.played_samples();
        taken.measured_fill_ms = queue.is_playing().then(|| queue.fill_ms());
        drop(queue);
        taken.events = events;
        taken.attribute();
        taken
    }

    /// Gives the block to the turn that sounds in it; of two, to the one that ends.
    fn attribute(&mut self) {
        for event in self.events.iter().rev() {
            match *event {
                JitterEvent::TurnPlayed { turn, samples } => {
                    self.turn = Some(turn);
                    self.samples_before = self.samples_before.min(samples);
                    self.samples_after = samples;
                }
                JitterEvent::TurnStarted { turn }
                    if self.samples_after < self.samples_before || self.turn.is_none() =>
                {
                    self.turn = Some(turn);
                    self.samples_before = 0;
                }
                JitterEvent::TurnStarted { .. } | JitterEvent::Underrun { .. } => {}
            }
        }
        if self.voiced == 0 {
            self.turn = None;
        }
    }
}
