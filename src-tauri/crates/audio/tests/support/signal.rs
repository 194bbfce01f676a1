//! Signals that tests make and measure.

use std::f64::consts::TAU;

/// A sine of `hz` at `rate_hz`, sample `index`.
pub fn sine(index: u64, hz: f64, rate_hz: u32) -> f32 {
    ((index as f64 / f64::from(rate_hz) * hz * TAU).sin() * 0.5) as f32
}

/// The amplitude of `hz` in `samples`, by one bin of a discrete Fourier transform.
pub fn amplitude(samples: &[f32], hz: f64, rate_hz: u32) -> f64 {
    let (mut real, mut imaginary) = (0.0, 0.0);
    for (index, sample) in samples.iter().enumerate() {
        let angle = index as f64 / f64::from(rate_hz) * hz * TAU;
        real += f64::from(*sample) * angle.cos();
        imaginary += f64::from(*sample) * angle.sin();
    }
    2.0 * (real * real + imaginary * imaginary).sqrt() / samples.len().max(1) as f64
}

/// The frequency of a sine, by its changes of sign, and its amplitude, by its power; silence does not count. On a loaded
/// machine there are gaps in any sound, which this measure does not mind.
pub fn tone_between_gaps(samples: &[f32], rate_hz: u32) -> (f64, f64) {
    let milliseconds = samples.chunks(rate_hz as usize / 1_000);
    let loud: Vec<f32> = milliseconds
        .filter(|part| part.iter().any(|sample| sample.abs() > 0.05))
        .flatten()
        .copied()
        .collect();
    let changes = loud
        .windows(2)
        .filter(|pair| (pair[0] < 0.0) != (pair[1] < 0.0))
        .count();
    let hz = changes as f64 / 2.0 * f64::from(rate_hz) / loud.len().max(1) as f64;
    (hz, rms(&loud) * 2.0_f64.sqrt())
}

/// Fails unless `samples` are a sine of `hz` with an amplitude of one half, gaps aside.
#[track_caller]
pub fn assert_tone(samples: &[f32], hz: f64, rate_hz: u32) {
    let (found_hz, amplitude) = tone_between_gaps(samples, rate_hz);
    assert!(
        (found_hz / hz - 1.0).abs() < 0.05 && (amplitude - 0.5).abs() < 0.05,
        "{found_hz} Hz with an amplitude of {amplitude} instead of {hz} Hz"
    );
}

/// Whether there is nothing to hear at all.
pub fn is_silent(samples: &[f32]) -> bool {
    samples.iter().all(|sample| *sample == 0.0)
}

pub fn rms(samples: &[f32]) -> f64 {
    let sum: f64 = samples
        .iter()
        .map(|sample| f64::from(*sample).powi(2))
        .sum();
    (sum / samples.len().max(1) as f64).sqrt()
}

/// 16-bit little-endian samples of the wire.
pub fn from_pcm16(bytes: &[u8]) -> Vec<f32> {
    bytes
        .chunks_exact(2)
        .map(|pair| f32::from(i16::from_le_bytes([pair[0], pair[1]])) / 32_768.0)
        .collect()
}

pub fn to_pcm16(samples: impl IntoIterator<Item = f32>) -> Vec<u8> {
    samples
        .into_iter()
        .flat_map(|sample| ((sample * 32_767.0) as i16).to_le_bytes())
        .collect()
}

/// `ms` of a 24 kHz sine as the wire carries it.
pub fn tone_pcm16(ms: u64, hz: f64) -> Vec<u8> {
    to_pcm16((0..24 * ms).map(|index| sine(index, hz, 24_000)))
}
