//! Measuring for tests as a sound engineer would: sines in, sines fitted to what comes out.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "counts of samples and amplitudes are small"
)]

use std::f64::consts::TAU;

/// A sine with a peak of 0.5.
pub(crate) fn sine(rate_hz: u32, frequency_hz: f64, seconds: f64) -> Vec<f32> {
    let count = (f64::from(rate_hz) * seconds) as u32;
    (0..count)
        .map(|n| ((TAU * frequency_hz * f64::from(n) / f64::from(rate_hz)).sin() * 0.5) as f32)
        .collect()
}

/// Noise with a peak of 0.5, the same each time.
pub(crate) fn noise(seed: u64, count: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2).wrapping_add(1);
    (0..count)
        .map(|_| {
            // xorshift64: white enough for filters.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            ((state >> 40) as f32) / (1_u32 << 24) as f32 - 0.5
        })
        .collect()
}

pub(crate) fn decibels(ratio: f64) -> f64 {
    20.0 * ratio.max(1e-12).log10()
}

pub(crate) fn rms(signal: &[f32]) -> f64 {
    let power: f64 = signal.iter().map(|&x| f64::from(x).powi(2)).sum();
    (power / signal.len() as f64).sqrt()
}

/// A sine found in a signal.
pub(crate) struct Fit {
    pub(crate) amplitude: f64,
    /// Everything else.
    pub(crate) rest: Vec<f32>,
}

/// The sine of that frequency, by least squares.
pub(crate) fn fit(signal: &[f32], rate_hz: u32, frequency_hz: f64) -> Fit {
    let basis = |n: usize| (TAU * frequency_hz * n as f64 / f64::from(rate_hz)).sin_cos();
    let (mut ss, mut sc, mut cc, mut sx, mut cx) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (n, &x) in signal.iter().enumerate() {
        let (s, c) = basis(n);
        ss += s * s;
        sc += s * c;
        cc += c * c;
        sx += s * f64::from(x);
        cx += c * f64::from(x);
    }
    let determinant = ss * cc - sc * sc;
    let sine = (sx * cc - cx * sc) / determinant;
    let cosine = (cx * ss - sx * sc) / determinant;
    let rest = signal.iter().enumerate().map(|(n, &x)| {
        let (s, c) = basis(n);
        (f64::from(x) - sine * s - cosine * c) as f32
    });
    Fit {
        amplitude: sine.hypot(cosine),
        rest: rest.collect(),
    }
}

/// Syllables as a simple synthesiser speaks them: a buzz of the glottis through three formants, four vowels a second.
pub(crate) fn vowels(rate_hz: u32, seconds: f64) -> Vec<f32> {
    const FORMANTS_HZ: [[f64; 3]; 4] = [
        [730.0, 1_090.0, 2_440.0],
        [270.0, 2_290.0, 3_010.0],
        [570.0, 840.0, 2_410.0],
        [530.0, 1_840.0, 2_480.0],
    ];
    let rate = f64::from(rate_hz);
    let count = (rate * seconds) as u32;
    let (mut phase, mut states) = (0.0, [[0.0; 2]; 3]);
    let signal: Vec<f64> = (0..count)
        .map(|n| {
            let time = f64::from(n) / rate;
            let syllable = time * 4.0;
            phase += (120.0 + 25.0 * (TAU * 0.7 * time).sin()) / rate;
            let pulse = if phase >= 1.0 { 1.0 } else { 0.0 };
            phase = phase.fract();
            let loudness = (std::f64::consts::PI * syllable.fract()).sin();
            let formants = FORMANTS_HZ[syllable as usize % 4];
            let mut sum = 0.0;
            for (state, frequency) in states.iter_mut().zip(formants) {
                let radius = (-std::f64::consts::PI * 90.0 / rate).exp();
                let next = pulse + 2.0 * radius * (TAU * frequency / rate).cos() * state[0]
                    - radius * radius * state[1];
                *state = [next, state[0]];
                sum += next;
            }
            sum * loudness
        })
        .collect();
    let peak = signal
        .iter()
        .fold(0.0, |peak: f64, sample| peak.max(sample.abs()));
    signal
        .into_iter()
        .map(|sample| (sample * 0.5 / peak) as f32)
        .collect()
}
