//! Reads lengths of marks and spaces as text, at whatever speed they come.
//!
//! The unit is the one that explains the last lengths best: marks of one and three, spaces of one, three and seven. Until it is
//! certain nothing is read, so the first word may wait for the second.

use std::collections::VecDeque;

use super::character_of;
use super::tone::STEP_SECONDS;

/// Lengths that the unit is taken from.
const MEMORY: usize = 48;
/// What a length counts after the next one came.
const RECENCY: f64 = 0.95;
/// Units that are tried: 75 to 4 words a minute.
const UNIT_SECONDS: (f64, f64) = (0.016, 0.3);
const TRIES: u32 = 120;
/// 20 words a minute, before anything was heard.
const FIRST_UNIT_SECONDS: f64 = 0.06;
/// How much an unknown speed holds on to the first guess, and a known one to itself.
const HOLD: (f64, f64) = (0.05, 1.0);
/// What it costs to read everything as single marks: their characters would have no inner spaces.
const NO_SHORT_SPACE: f64 = 0.5;
/// Marks that make the unit certain even if all are of one length.
const CERTAIN: usize = 8;
/// How much longer the longest mark is than the shortest if there are dots and dashes.
const TWO_KINDS: f64 = 2.2;
/// The unreadable.
const UNKNOWN: char = '\u{fffd}';
/// In units: where a dot becomes a dash, and where the space after an element, a character and a word part.
const DASH: f64 = 1.8;
const CHARACTER: f64 = 1.9;
const WORD: f64 = 5.0;
/// Silence that ends a message: in seconds, and in units for the slow.
const OVER_SECONDS: f64 = 2.5;
const OVER: f64 = 12.0;
/// Of one word; what goes on without a space is read in pieces.
const LONGEST_WORD: usize = 400;

#[derive(Debug, Clone, Copy)]
struct Length {
    mark: bool,
    seconds: f64,
    /// Of the seconds: units are compared as ratios, many at a time.
    ln: f64,
}

/// Reads lengths of marks and spaces as text.
#[derive(Debug)]
pub(super) struct Reader {
    unit: f64,
    known: bool,
    recent: VecDeque<Length>,
    /// Not read yet: mark, space, mark.
    word: Vec<Length>,
    /// Something of the message was read.
    said: bool,
}

/// What silence makes of what came before it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Read {
    pub(super) words: Vec<String>,
    /// The message is over.
    pub(super) over: bool,
}

impl Default for Reader {
    fn default() -> Self {
        Self {
            unit: FIRST_UNIT_SECONDS,
            known: false,
            recent: VecDeque::with_capacity(MEMORY),
            word: Vec::new(),
            said: false,
        }
    }
}

impl Reader {
    /// Something is not read, or not closed.
    pub(super) fn is_open(&self) -> bool {
        self.said || !self.word.is_empty()
    }

    pub(super) fn mark(&mut self, steps: u32) -> Vec<String> {
        self.take(true, steps);
        if self.word.len() < LONGEST_WORD {
            return Vec::new();
        }
        self.read()
    }

    pub(super) fn space(&mut self, steps: u32) {
        if !self.word.is_empty() {
            self.take(false, steps);
        }
    }

    /// It has been silent for so long.
    pub(super) fn silence(&mut self, steps: u32) -> Option<Read> {
        let seconds = f64::from(steps) * STEP_SECONDS;
        if !self.is_open() {
            return None;
        }
        let over = seconds >= OVER_SECONDS.max(OVER * self.unit);
        let word = !self.word.is_empty() && self.is_certain() && seconds >= WORD * self.unit;
        (over || word).then(|| self.close(over))
    }

    /// Reads the rest.
    pub(super) fn finish(&mut self) -> Option<Read> {
        self.is_open().then(|| self.close(true))
    }

    fn close(&mut self, over: bool) -> Read {
        let words = self.read();
        self.said = !over && (self.said || !words.is_empty());
        if over {
            self.known |= self.is_certain();
            self.recent.clear();
        }
        Read { words, over }
    }

    fn take(&mut self, mark: bool, steps: u32) {
        let seconds = f64::from(steps) * STEP_SECONDS;
        let length = Length {
            mark,
            seconds,
            ln: seconds.ln(),
        };
        self.word.push(length);
        if self.recent.len() == MEMORY {
            self.recent.pop_front();
        }
        self.recent.push_back(length);
        if mark {
            self.unit = self.best_unit();
        }
    }

    fn is_certain(&self) -> bool {
        let marks = || self.recent.iter().filter(|length| length.mark);
        let shortest = marks().map(|mark| mark.seconds).fold(f64::MAX, f64::min);
        let longest = marks().map(|mark| mark.seconds).fold(0.0, f64::max);
        marks().count() >= CERTAIN || longest > shortest * TWO_KINDS
    }

    fn best_unit(&self) -> f64 {
        let (low, high) = UNIT_SECONDS;
        let step = (high / low).powf(1.0 / f64::from(TRIES));
        let units = (0..=TRIES).map(|at| low * step.powf(f64::from(at)));
        let costs = units.map(|unit| (unit, self.cost(unit)));
        let best = costs.min_by(|one, other| one.1.total_cmp(&other.1));
        best.map_or(self.unit, |(unit, _)| unit)
    }

    /// How badly a unit explains what came lately.
    fn cost(&self, unit: f64) -> f64 {
        let one = unit.ln();
        let (three, seven) = (one + 3.0_f64.ln(), one + 7.0_f64.ln());
        let away = |length: &Length, ln: f64| (length.ln - ln).abs();
        let (mut cost, mut weight) = (0.0, 1.0);
        let (mut spaces, mut short) = (0, 0);
        for length in self.recent.iter().rev() {
            let off = if length.mark {
                away(length, one).min(away(length, three))
            } else {
                spaces += 1;
                short += usize::from(length.seconds < CHARACTER * unit);
                let long = if length.ln > seven {
                    0.0
                } else {
                    away(length, seven)
                };
                away(length, one).min(away(length, three)).min(long)
            };
            cost += weight * off * off;
            weight *= RECENCY;
        }
        if spaces >= 3 && short == 0 {
            cost += NO_SHORT_SPACE;
        }
        let hold = if self.known { HOLD.1 } else { HOLD.0 };
        cost + hold * (unit / self.unit).ln().powi(2)
    }

    fn read(&mut self) -> Vec<String> {
        let mut words = vec![String::new()];
        let mut code = String::new();
        let lengths = std::mem::take(&mut self.word);
        for length in lengths {
            let units = length.seconds / self.unit;
            if length.mark {
                code.push(if units > DASH { '-' } else { '.' });
                continue;
            }
            if units > CHARACTER {
                write(&mut words, &mut code);
            }
            if units > WORD {
                words.push(String::new());
            }
        }
        write(&mut words, &mut code);
        words.retain(|word| !word.is_empty());
        words
    }
}

fn write(words: &mut [String], code: &mut String) {
    if let Some(word) = words.last_mut().filter(|_| !code.is_empty()) {
        word.push(character_of(code).unwrap_or(UNKNOWN));
    }
    code.clear();
}
