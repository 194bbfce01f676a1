//! Tells speech from silence by its level.

use std::collections::VecDeque;
use std::time::Duration;

use super::super::pcm::level_db;

/// Stretches of sound are judged by the hundredth of a second.
const BLOCKS_A_SECOND: u32 = 100;
/// Quieter is never speech.
const FAINTEST_DB: f64 = -45.0;
/// How far speech stands above the noise of the room.
const ABOVE_NOISE_DB: f64 = 9.0;
/// The noise of a room is at least this.
const QUIET_ROOM_DB: f64 = -60.0;
/// How fast a steady sound becomes part of the room.
const ACCUSTOMING_DB: f64 = 0.02;
/// Blocks of sound before and after speech that belong to it: soft beginnings and ends.
const MARGIN: usize = 5;
/// Blocks that make an utterance: less is a click.
const SHORTEST: usize = 10;
/// Blocks after which speech is meant to be heard, even over an answer.
const DETERMINED: usize = 20;
/// Blocks after which it is answered although it goes on: half a minute.
const LONGEST: usize = 3000;

/// What was heard.
#[derive(Debug, PartialEq)]
pub(super) enum Heard {
    /// Somebody is speaking.
    Speech,
    /// And has finished.
    Said(Utterance),
}

/// What somebody said.
#[derive(Debug, PartialEq)]
pub(super) struct Utterance {
    pub(super) samples: Vec<i16>,
    /// Samples from the first loud block to the last.
    pub(super) speech: usize,
    /// Level of these.
    pub(super) level_db: f64,
}

/// Tells speech from silence by its level.
#[derive(Debug)]
pub(super) struct Ear {
    block: usize,
    /// Blocks of quiet that end an utterance.
    patience: usize,
    rest: Vec<i16>,
    room_db: f64,
    before: VecDeque<Vec<i16>>,
    open: Option<Open>,
}

#[derive(Debug, Default)]
struct Open {
    samples: Vec<i16>,
    /// Where speech begins and ends in it.
    from: usize,
    to: usize,
    loud: usize,
    quiet: usize,
    blocks: usize,
    told: bool,
}

impl Ear {
    pub(super) fn new(rate: u32, silence: Duration) -> Self {
        let patience = silence.as_millis() * u128::from(BLOCKS_A_SECOND) / 1000;
        Self {
            block: (rate / BLOCKS_A_SECOND) as usize,
            patience: usize::try_from(patience).unwrap_or(usize::MAX),
            rest: Vec::new(),
            room_db: QUIET_ROOM_DB,
            before: VecDeque::with_capacity(MARGIN),
            open: None,
        }
    }

    /// Somebody has begun and not finished.
    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    pub(super) fn listen(&mut self, samples: &[i16]) -> Vec<Heard> {
        self.rest.extend_from_slice(samples);
        let rest = self.rest.len() % self.block;
        let whole = self.rest.len() - rest;
        let blocks: Vec<i16> = self.rest.drain(..whole).collect();
        blocks
            .chunks_exact(self.block)
            .filter_map(|block| self.judge(block))
            .collect()
    }

    /// Nothing more will come.
    pub(super) fn finish(&mut self) -> Option<Utterance> {
        self.rest.clear();
        self.before.clear();
        self.open.take()?.utterance(MARGIN * self.block)
    }

    fn judge(&mut self, block: &[i16]) -> Option<Heard> {
        let level = level_db(block);
        let loud = level > FAINTEST_DB.max(self.room_db + ABOVE_NOISE_DB);
        self.room_db = level.clamp(QUIET_ROOM_DB, self.room_db + ACCUSTOMING_DB);
        let Some(open) = &mut self.open else {
            if loud {
                self.open = Some(Open::after(&mut self.before, block));
            } else {
                if self.before.len() == MARGIN {
                    self.before.pop_front();
                }
                self.before.push_back(block.to_vec());
            }
            return None;
        };
        open.add(block, loud);
        if open.quiet >= self.patience || open.blocks >= LONGEST {
            return self.finish().map(Heard::Said);
        }
        let now = open.loud >= DETERMINED && !open.told;
        open.told |= now;
        now.then_some(Heard::Speech)
    }
}

impl Open {
    fn after(before: &mut VecDeque<Vec<i16>>, block: &[i16]) -> Self {
        let samples: Vec<i16> = before.drain(..).flatten().collect();
        let mut open = Self {
            from: samples.len(),
            samples,
            ..Self::default()
        };
        open.add(block, true);
        open
    }

    fn add(&mut self, block: &[i16], loud: bool) {
        self.samples.extend_from_slice(block);
        self.blocks += 1;
        if loud {
            self.loud += 1;
            self.quiet = 0;
            self.to = self.samples.len();
        } else {
            self.quiet += 1;
        }
    }

    /// Without the silence after it, but `margin` samples; nothing if it was too short.
    fn utterance(mut self, margin: usize) -> Option<Utterance> {
        if self.loud < SHORTEST {
            return None;
        }
        let level_db = level_db(&self.samples[self.from..self.to]);
        self.samples.truncate(self.to + margin);
        Some(Utterance {
            speech: self.to - self.from,
            samples: self.samples,
            level_db,
        })
    }
}
