//! How loud a signal is.

/// Peak and RMS relative to full scale; a full-scale sine has -3.01 dBFS RMS.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    /// The largest magnitude.
    pub peak_dbfs: f32,
    /// Root mean square.
    pub rms_dbfs: f32,
}

impl Level {
    /// The least that a level is.
    pub const FLOOR_DBFS: f32 = -120.0;

    /// Nothing at all.
    pub const SILENCE: Self = Self {
        peak_dbfs: Self::FLOOR_DBFS,
        rms_dbfs: Self::FLOOR_DBFS,
    };

    /// The level of a block.
    pub fn of(samples: &[f32]) -> Self {
        let mut meter = LevelMeter::default();
        meter.push(samples);
        meter.take()
    }
}

/// Collects blocks until somebody looks.
#[derive(Debug, Clone, Default)]
pub struct LevelMeter {
    peak: f32,
    /// Sum of squares.
    energy: f64,
    samples: u32,
}

impl LevelMeter {
    /// Adds a block. What is not a number counts as silence.
    pub fn push(&mut self, samples: &[f32]) {
        for &sample in samples {
            let sample = if sample.is_finite() { sample } else { 0.0 };
            self.peak = self.peak.max(sample.abs());
            self.energy += f64::from(sample).powi(2);
            self.samples = self.samples.saturating_add(1);
        }
    }

    /// The level since the last call; [`Level::SILENCE`] when nothing came.
    pub fn take(&mut self) -> Level {
        let meter = std::mem::take(self);
        let mean_square = meter.energy / f64::from(meter.samples.max(1));
        Level {
            peak_dbfs: dbfs(f64::from(meter.peak)),
            rms_dbfs: dbfs(mean_square.sqrt()),
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a meter shows tenths of a decibel"
)]
fn dbfs(amplitude: f64) -> f32 {
    ((20.0 * amplitude.log10()) as f32).max(Level::FLOOR_DBFS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::sine;

    #[test]
    fn known_levels() {
        let half: Vec<f32> = sine(48_000, 1_000.0, 1.0);
        let cases: [(&str, &[f32], f32, f32); 6] = [
            ("nothing", &[], -120.0, -120.0),
            ("silence", &[0.0; 100], -120.0, -120.0),
            ("a full square wave", &[1.0, -1.0, 1.0, -1.0], 0.0, 0.0),
            ("a sine of half the scale", &half, -6.02, -9.03),
            ("one click", &[0.0, 0.0, 0.0, -0.1], -20.0, -26.02),
            ("not a number", &[f32::NAN, f32::INFINITY], -120.0, -120.0),
        ];
        for (name, samples, peak_dbfs, rms_dbfs) in cases {
            let level = Level::of(samples);
            assert!(
                (level.peak_dbfs - peak_dbfs).abs() < 0.01,
                "{name}: {level:?}"
            );
            assert!(
                (level.rms_dbfs - rms_dbfs).abs() < 0.01,
                "{name}: {level:?}"
            );
        }
    }

    #[test]
    fn a_look_starts_anew() {
        let mut meter = LevelMeter::default();
        meter.push(&[0.5]);
        meter.push(&[-1.0]);
        assert!(meter.take().peak_dbfs.abs() < 0.01);
        assert_eq!(meter.take(), Level::SILENCE);
    }
}
