//! Finds a keyed tone in sound: when it is on and when it is off.
//!
//! Goertzel's filter at six frequencies over 10 ms, moved on by 2.5 ms. A constant offset falls out, because 10 ms hold whole
//! waves of each. The strongest of the six is followed, so the tone may lie anywhere between 450 and 1050 Hz.

use std::collections::VecDeque;
use std::f64::consts::TAU;

/// Samples of one step: 2.5 ms.
const HOP: usize = 60;
/// Steps of one measurement.
const WINDOW: usize = 4;
/// Samples of one measurement, and of one wave of 100 Hz.
const PERIOD: usize = HOP * WINDOW;
/// In waves a window: hundreds of hertz.
const WAVES: [usize; 6] = [5, 6, 7, 8, 9, 10];

/// Amplitudes below -66 dB are no tone, whatever they look like.
const FAINTEST: f64 = 16.0;
/// Share of the power that the tone has in order to begin, and to go on.
const PURE: (f64, f64) = (0.2, 0.1);
/// Share of the loudest amplitude lately at which a mark begins, and ends.
const HALF: (f64, f64) = (0.55, 0.45);
/// What is left of the loudest amplitude after a step: a third after 1.5 s.
const FADING: f64 = 0.998_33;
/// What is left of a frequency's weight after a step: a third after 125 ms.
const FORGETTING: f64 = 0.98;
/// Steps that a change has to last: shorter ones are dirt.
const FIRM: u32 = 3;

/// A stretch in which the tone was on or off, or is so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stretch {
    /// It is over.
    Mark(u32),
    Space(u32),
    /// It goes on: one for every step without a change.
    Silence(u32),
}

/// How long a step is.
pub(super) const STEP_SECONDS: f64 = 0.002_5;

/// Finds a keyed tone in sound of 24,000 samples a second.
#[derive(Debug)]
pub(super) struct Tone {
    table: Vec<(f64, f64)>,
    /// Where in the wave of 100 Hz the next sample lies.
    phase: usize,
    hop: Hop,
    hops: VecDeque<Hop>,
    weights: [f64; WAVES.len()],
    loudest: f64,
    on: bool,
    /// Steps since the last change.
    lasted: u32,
    /// Steps that speak for a change.
    doubt: u32,
}

#[derive(Debug, Clone, Copy, Default)]
struct Hop {
    samples: usize,
    sum: f64,
    squares: f64,
    bins: [(f64, f64); WAVES.len()],
}

impl Default for Tone {
    fn default() -> Self {
        #[expect(clippy::cast_precision_loss, reason = "below 240")]
        let angle = |at: usize| TAU * at as f64 / PERIOD as f64;
        Self {
            table: (0..PERIOD)
                .map(|at| (angle(at).cos(), angle(at).sin()))
                .collect(),
            phase: 0,
            hop: Hop::default(),
            hops: VecDeque::with_capacity(WINDOW),
            weights: [0.0; WAVES.len()],
            loudest: 0.0,
            on: false,
            lasted: 0,
            doubt: 0,
        }
    }
}

impl Tone {
    /// What became of the tone in these samples.
    pub(super) fn hear(&mut self, samples: &[i16], mut told: impl FnMut(Stretch)) {
        for sample in samples {
            self.add(f64::from(*sample));
            if self.hop.samples == HOP {
                if self.hops.len() == WINDOW {
                    self.hops.pop_front();
                }
                self.hops.push_back(std::mem::take(&mut self.hop));
                if let Some(stretch) = self.step() {
                    told(stretch);
                }
            }
        }
    }

    /// The sound is over: a mark that still sounds ends.
    pub(super) fn finish(&mut self) -> Option<Stretch> {
        let mark = self.on.then_some(Stretch::Mark(self.lasted));
        *self = Self::default();
        mark
    }

    fn add(&mut self, sample: f64) {
        self.hop.samples += 1;
        self.hop.sum += sample;
        self.hop.squares += sample * sample;
        for (bin, waves) in self.hop.bins.iter_mut().zip(WAVES) {
            let (cos, sin) = self.table[self.phase * waves % PERIOD];
            bin.0 += sample * cos;
            bin.1 += sample * sin;
        }
        self.phase = (self.phase + 1) % PERIOD;
    }

    /// The amplitude of the followed frequency, and its share of all power but the constant one.
    fn measure(&mut self) -> (f64, f64) {
        let total = |part: fn(&Hop) -> f64| self.hops.iter().map(part).sum::<f64>();
        #[expect(clippy::cast_precision_loss, reason = "a constant of 240")]
        let count = PERIOD as f64;
        let mean = total(|hop| hop.sum) / count;
        let power = total(|hop| hop.squares) / count - mean * mean;
        let mut best = (0.0, 0.0);
        for (at, weight) in self.weights.iter_mut().enumerate() {
            let (re, im) = self.hops.iter().fold((0.0, 0.0), |sum, hop| {
                (sum.0 + hop.bins[at].0, sum.1 + hop.bins[at].1)
            });
            let amplitude = 2.0 * re.hypot(im) / count;
            *weight = *weight * FORGETTING + amplitude * amplitude;
            if *weight > best.0 {
                best = (*weight, amplitude);
            }
        }
        let amplitude = best.1;
        (amplitude, amplitude * amplitude / 2.0 / power.max(1.0))
    }

    fn step(&mut self) -> Option<Stretch> {
        let (amplitude, purity) = self.measure();
        self.loudest *= FADING;
        if purity > PURE.0 {
            self.loudest = self.loudest.max(amplitude);
        }
        let heard = if self.on {
            amplitude > FAINTEST && purity > PURE.1 && amplitude > self.loudest * HALF.1
        } else {
            amplitude > FAINTEST && purity > PURE.0 && amplitude > self.loudest * HALF.0
        };
        self.lasted += 1;
        self.doubt = if heard == self.on { 0 } else { self.doubt + 1 };
        if self.doubt < FIRM {
            let silent = !self.on && self.doubt == 0;
            return silent.then_some(Stretch::Silence(self.lasted));
        }
        let over = self.lasted - self.doubt;
        let stretch = if self.on {
            Stretch::Mark(over)
        } else {
            Stretch::Space(over)
        };
        (self.on, self.lasted, self.doubt) = (heard, self.doubt, 0);
        Some(stretch)
    }
}
