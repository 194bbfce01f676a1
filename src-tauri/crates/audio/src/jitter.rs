//! Smooths the arrival of frames: rather plays late than with holes.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use crate::fade::{self, Fader};

/// What happened while samples were taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JitterEvent {
    /// The first sample of a turn is in this block.
    TurnStarted {
        /// The turn.
        turn: u32,
    },
    /// The turn had run dry before more of it came, and sounds again: the gap was heard.
    Underrun {
        /// The turn.
        turn: u32,
    },
    /// The last sample of an ended turn is in this block.
    TurnPlayed {
        /// The turn.
        turn: u32,
        /// Its samples that were played.
        samples: u64,
    },
}

/// More waits than the buffer takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("more than {limit_s} seconds wait to be played")]
pub struct QueueFull {
    /// The limit in seconds.
    pub limit_s: u32,
}

/// Samples of turns between network and speaker, at the wire's rate.
///
/// A turn starts once [`Self::target_ms`] of it wait, or all of it. When it runs dry it fades to silence, and only when
/// more of it comes was that an underrun: then more has to wait from now on. Before a turn that comes after a long time
/// without underruns, less has to wait again.
#[derive(Debug)]
pub struct JitterBuffer {
    sample_rate_hz: u32,
    queue: VecDeque<f32>,
    /// Turns that wait or sound, the oldest first; their samples lie in `queue` in this order.
    turns: VecDeque<Turn>,
    flow: Flow,
    /// Opens where a turn sounds again in the middle of a wave.
    fader: Fader,
    target_ms: u32,
    /// Samples played since the target was last changed.
    steady_samples: u64,
    /// The newest turn that was seen.
    newest: Option<u32>,
    /// Turns up to this one are not played any more.
    interrupted: Option<u32>,
    underruns: u64,
}

#[derive(Debug)]
struct Turn {
    number: u32,
    /// Samples in the queue.
    waiting: usize,
    played: u64,
    ended: bool,
    /// It ran dry, and more of it came.
    underrun: bool,
}

/// What the turn at the front does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    /// Waits for the target.
    Priming,
    Playing,
    /// Was faded out for want of samples.
    Dry,
}

const START_MS: u32 = 80;
const LEAST_MS: u32 = 40;
const MOST_MS: u32 = 200;
/// Added by each underrun.
const RAISE_MS: u32 = 20;
/// Taken off before a turn when so much was played without an underrun.
const LOWER_MS: u32 = 10;
const LOWER_AFTER_S: u32 = 30;
/// Room that is kept; more is given back with the next turn.
const KEPT_S: u32 = 4;

impl JitterBuffer {
    /// The most that may wait.
    pub const LIMIT_S: u32 = 600;

    /// An empty buffer that starts a turn once 80 ms of it wait.
    pub fn new(sample_rate_hz: u32) -> Self {
        Self {
            sample_rate_hz,
            queue: VecDeque::with_capacity((sample_rate_hz * KEPT_S) as usize),
            turns: VecDeque::with_capacity(8),
            flow: Flow::Priming,
            fader: Fader::new(sample_rate_hz),
            target_ms: START_MS,
            steady_samples: 0,
            newest: None,
            interrupted: None,
            underruns: 0,
        }
    }

    /// Appends samples of `turn`, which ends all turns before it. Samples of an interrupted turn and of one that a
    /// later turn has followed are dropped.
    ///
    /// # Errors
    /// [`QueueFull`] when more than [`Self::LIMIT_S`] would wait; nothing is taken then.
    pub fn push(&mut self, turn: u32, samples: &[f32]) -> Result<(), QueueFull> {
        let over = self.interrupted.is_some_and(|last| turn <= last);
        let late = self.newest.is_some_and(|newest| turn < newest);
        if samples.is_empty() || over || late {
            return Ok(());
        }
        if self.queue.len() + samples.len() > (self.sample_rate_hz * Self::LIMIT_S) as usize {
            return Err(QueueFull {
                limit_s: Self::LIMIT_S,
            });
        }
        if self.turns.back().is_none_or(|back| back.number != turn) {
            self.begin(turn);
        }
        self.queue.extend(samples);
        if let Some(back) = self.turns.back_mut() {
            back.waiting += samples.len();
        }
        self.confirm_underrun(turn);
        Ok(())
    }

    fn begin(&mut self, turn: u32) {
        self.newest = Some(turn);
        for before in &mut self.turns {
            before.ended = true;
        }
        if self.queue.is_empty() {
            self.queue
                .shrink_to((self.sample_rate_hz * KEPT_S) as usize);
        }
        self.turns.push_back(Turn {
            number: turn,
            waiting: 0,
            played: 0,
            ended: false,
            underrun: false,
        });
    }

    /// More of a turn came after it had run dry.
    fn confirm_underrun(&mut self, turn: u32) {
        let Some(front) = self.turns.front_mut() else {
            return;
        };
        if self.flow != Flow::Dry || front.number != turn || front.ended {
            return;
        }
        front.underrun = true;
        self.flow = Flow::Priming;
        self.underruns += 1;
        self.target_ms = (self.target_ms + RAISE_MS).min(MOST_MS);
        self.steady_samples = 0;
    }

    /// No more of `turn` comes: what is left of it plays to the last sample.
    pub fn end_turn(&mut self, turn: u32) {
        for known in &mut self.turns {
            known.ended |= known.number <= turn;
        }
    }

    /// Drops everything, and whatever still arrives of the turns seen so far. The fade is the speaker's: what it has
    /// already must fade, too.
    pub fn interrupt(&mut self) {
        self.queue.clear();
        self.turns.clear();
        self.flow = Flow::Priming;
        self.interrupted = self.newest;
    }

    /// Fills `output` with what is due and the rest with silence; tells how many samples are of a turn. Those come
    /// first; where one turn ends, the next may follow in the same block. Allocates nothing.
    pub fn pop(&mut self, output: &mut [f32], mut on_event: impl FnMut(JitterEvent)) -> usize {
        let mut written = 0;
        while let Some(front) = self.turns.front() {
            if front.ended && front.waiting == 0 {
                let (turn, samples) = (front.number, front.played);
                on_event(JitterEvent::TurnPlayed { turn, samples });
                self.turns.pop_front();
                self.flow = Flow::Priming;
            } else if written == output.len() {
                break;
            } else if self.flow == Flow::Playing {
                written += self.take(&mut output[written..]);
            } else if self.is_primed() {
                self.start(&mut on_event);
            } else {
                break;
            }
        }
        output[written..].fill(0.0);
        written
    }

    fn is_primed(&self) -> bool {
        self.turns.front().is_some_and(|front| {
            let enough = front.waiting >= self.samples_in_ms(self.target_ms);
            front.ended || (self.flow == Flow::Priming && enough)
        })
    }

    fn start(&mut self, on_event: &mut impl FnMut(JitterEvent)) {
        let Some(front) = self.turns.front_mut() else {
            return;
        };
        let turn = front.number;
        let underrun = std::mem::take(&mut front.underrun);
        let first = front.played == 0;
        self.flow = Flow::Playing;
        if first {
            self.fader.open();
            on_event(JitterEvent::TurnStarted { turn });
            self.lower_target();
        } else {
            self.fader.close();
            self.fader.fade_in();
        }
        if underrun {
            on_event(JitterEvent::Underrun { turn });
        }
    }

    /// Between turns only: within one, a lower target would be a change of the delay.
    fn lower_target(&mut self) {
        if self.steady_samples >= u64::from(self.sample_rate_hz * LOWER_AFTER_S) {
            self.target_ms = (self.target_ms - LOWER_MS).max(LEAST_MS);
            self.steady_samples = 0;
        }
    }

    /// Takes what there is of the turn at the front. A fade's worth is held back until the turn has ended, so that
    /// there is always something to fade.
    fn take(&mut self, output: &mut [f32]) -> usize {
        let fade_samples = self.fader.length_frames();
        let Some(front) = self.turns.front_mut() else {
            return 0;
        };
        let count = output.len().min(front.waiting);
        let output = &mut output[..count];
        let (early, late) = self.queue.as_slices();
        let (from_early, from_late) = output.split_at_mut(count.min(early.len()));
        from_early.copy_from_slice(&early[..from_early.len()]);
        from_late.copy_from_slice(&late[..from_late.len()]);
        self.queue.drain(..count);
        self.fader.apply(output, 1);
        front.waiting -= count;
        front.played += count as u64;
        self.steady_samples += count as u64;
        if !front.ended && front.waiting < fade_samples {
            fade::fade_out(&mut output[count.saturating_sub(fade_samples)..]);
            self.flow = Flow::Dry;
        }
        count
    }

    /// Whether a turn is sounding and not dry: only then is the fill worth measuring for drift.
    pub fn is_playing(&self) -> bool {
        self.flow == Flow::Playing
    }

    /// What waits, in milliseconds.
    #[expect(
        clippy::cast_precision_loss,
        reason = "ten minutes are far below 2^52 samples"
    )]
    pub fn fill_ms(&self) -> f64 {
        self.queue.len() as f64 * 1e3 / f64::from(self.sample_rate_hz)
    }

    /// What must wait before a turn starts, in milliseconds (40 to 200).
    pub fn target_ms(&self) -> u32 {
        self.target_ms
    }

    /// Underruns since construction.
    pub fn underruns(&self) -> u64 {
        self.underruns
    }

    /// The turn that sounds or is about to.
    pub fn turn(&self) -> Option<u32> {
        self.turns.front().map(|front| front.number)
    }

    /// Samples of [`Self::turn`] that were taken out so far.
    pub fn played_samples(&self) -> u64 {
        self.turns.front().map_or(0, |front| front.played)
    }

    fn samples_in_ms(&self, milliseconds: u32) -> usize {
        self.sample_rate_hz as usize * milliseconds as usize / 1_000
    }
}
