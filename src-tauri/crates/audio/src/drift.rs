//! Holds the jitter buffer's fill where it settled although the sender's and the speaker's clocks differ.

#[cfg(test)]
mod tests;

/// Proportional-integral control of the smoothed fill, clamped to 500 ppm.
///
/// What it holds is not a fixed fill but the one that a turn settles at: chunks of 200 ms make the fill swing by as much,
/// and only the mean tells the clocks apart. A sender that runs ahead of real time, or stops, moves the fill faster than
/// any clock does; then there is nothing to hold, and it learns anew.
///
/// Positive values mean: consume faster. Give them to [`crate::resample::PlaybackResampler::set_drift_ppm`].
#[derive(Debug, Clone)]
pub struct DriftController {
    /// The fill through one and two low-pass stages.
    smoothed_ms: Option<[f64; 2]>,
    /// The mean fill of the first seconds, while it is being learnt.
    learning: Learning,
    /// What it knows of the clocks.
    integral_ppm: f64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Learning {
    elapsed_s: f64,
    fill_ms_s: f64,
}

impl Learning {
    fn mean_ms(self) -> f64 {
        self.fill_ms_s / self.elapsed_s
    }
}

/// Time constant of each of the two low-pass stages: takes the swing of chunks out.
const SMOOTH_S: f64 = 1.0;
/// How long the fill is averaged before it is held: twenty chunks.
const LEARN_S: f64 = 4.0;
/// No clock moves the fill so far before the control answers.
const NO_CLOCK_MS: f64 = 60.0;
/// 1 ppm moves the fill by 0.001 ms/s: with these the loop is critically damped at 0.02 rad/s, and a step of 200 ppm
/// moves the fill by 4 ms. A quicker loop would follow the beat between regular chunks and blocks of 10 ms: seen from
/// block to block, the fill of two skewed clocks creeps and then jumps by a block.
const PROPORTIONAL_PPM_PER_MS: f64 = 40.0;
const INTEGRAL_PPM_PER_MS_S: f64 = 0.4;

impl DriftController {
    /// The most it ever corrects.
    pub const LIMIT_PPM: f64 = 500.0;

    /// Knows nothing of the clocks yet.
    pub fn new() -> Self {
        Self {
            smoothed_ms: None,
            learning: Learning::default(),
            integral_ppm: 0.0,
        }
    }

    /// Takes the fill, measured `elapsed_s` after the last one, and returns the correction in ppm.
    pub fn update(&mut self, fill_ms: f64, elapsed_s: f64) -> f64 {
        if self.learning.elapsed_s < LEARN_S {
            self.learning.elapsed_s += elapsed_s;
            self.learning.fill_ms_s += fill_ms * elapsed_s;
            return self.integral_ppm;
        }
        let held_ms = self.learning.mean_ms();
        let [once_ms, twice_ms] = self.smooth(fill_ms, held_ms, elapsed_s);
        if (once_ms - held_ms).abs() > NO_CLOCK_MS {
            self.restart();
            return self.integral_ppm;
        }
        let error_ms = twice_ms - held_ms;
        let integral_ppm = self.integral_ppm + INTEGRAL_PPM_PER_MS_S * error_ms * elapsed_s;
        self.integral_ppm = integral_ppm.clamp(-Self::LIMIT_PPM, Self::LIMIT_PPM);
        (self.integral_ppm + PROPORTIONAL_PPM_PER_MS * error_ms)
            .clamp(-Self::LIMIT_PPM, Self::LIMIT_PPM)
    }

    fn smooth(&mut self, fill_ms: f64, start_ms: f64, elapsed_s: f64) -> [f64; 2] {
        let weight = elapsed_s / (SMOOTH_S + elapsed_s);
        let [mut once, mut twice] = self.smoothed_ms.unwrap_or([start_ms; 2]);
        once += (fill_ms - once) * weight;
        twice += (once - twice) * weight;
        *self.smoothed_ms.insert([once, twice])
    }

    /// A turn starts, or starts again after an underrun: learns the fill anew and keeps what it knows of the clocks.
    pub fn restart(&mut self) {
        self.smoothed_ms = None;
        self.learning = Learning::default();
    }
}

impl Default for DriftController {
    fn default() -> Self {
        Self::new()
    }
}
