//! Voice activity: when somebody starts and stops to speak.

use std::fmt;

use earshot::Detector;

use crate::resample::{CaptureResampler, ResampleError};

/// A change of state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activity {
    /// Somebody began to speak.
    SpeechStarted,
    /// Nobody has spoken for a while.
    SpeechStopped,
}

/// What the detector wants: 16 ms at 16 kHz.
const DETECTOR_HZ: u32 = 16_000;
const FRAME_SAMPLES: usize = 256;

/// A frame with at least this score begins speech, one below [`QUIET_SCORE`] may end it.
const SPEECH_SCORE: f32 = 0.5;
const QUIET_SCORE: f32 = 0.35;

/// Frames in a row that begin speech: 48 ms, longer than a click.
const ONSET_FRAMES: u32 = 3;

/// Frames in a row that end it: 400 ms, longer than the pause within a word.
const HANGOVER_FRAMES: u32 = 25;

/// Frames at first that judge nothing: the detector has yet to hear what the room sounds like.
const WARM_UP_FRAMES: u32 = 16;

/// Input that is converted at a time.
const BLOCK_SAMPLES: usize = 480;

/// Watches mono samples for speech. Allocates nothing after construction.
pub struct ActivityDetector {
    detector: Box<Detector>,
    resampler: CaptureResampler,
    converted: Vec<f32>,
    frame: Vec<f32>,
    speech: bool,
    /// Frames in a row that speak for a change.
    streak: u32,
    warm_up: u32,
}

impl ActivityDetector {
    /// For samples at `sample_rate_hz`.
    ///
    /// # Errors
    /// [`ResampleError::Rates`] for impossible rates.
    pub fn new(sample_rate_hz: u32) -> Result<Self, ResampleError> {
        let resampler = CaptureResampler::new(sample_rate_hz, DETECTOR_HZ)?;
        // One block may complete the one that the resampler holds and fill another: room for both.
        let converted = resampler.max_output_frames(BLOCK_SAMPLES + sample_rate_hz as usize / 100);
        Ok(Self {
            detector: Detector::default_boxed(),
            resampler,
            converted: vec![0.0; converted],
            frame: Vec::with_capacity(FRAME_SAMPLES),
            speech: false,
            streak: 0,
            warm_up: WARM_UP_FRAMES,
        })
    }

    /// Takes any number of samples and tells each change.
    ///
    /// # Errors
    /// [`ResampleError::Converter`], a defect rather than a condition.
    pub fn process(
        &mut self,
        samples: &[f32],
        mut on_change: impl FnMut(Activity),
    ) -> Result<(), ResampleError> {
        for block in samples.chunks(BLOCK_SAMPLES) {
            let count = self.resampler.process(block, &mut self.converted)?;
            for index in 0..count {
                self.frame.push(self.converted[index]);
                if self.frame.len() == FRAME_SAMPLES {
                    let score = self.detector.predict_f32(&self.frame);
                    self.frame.clear();
                    if let Some(activity) = self.judge(score) {
                        on_change(activity);
                    }
                }
            }
        }
        Ok(())
    }

    fn judge(&mut self, score: f32) -> Option<Activity> {
        if self.warm_up > 0 {
            self.warm_up -= 1;
            return None;
        }
        let (for_change, needed, activity) = if self.speech {
            (
                score < QUIET_SCORE,
                HANGOVER_FRAMES,
                Activity::SpeechStopped,
            )
        } else {
            (score >= SPEECH_SCORE, ONSET_FRAMES, Activity::SpeechStarted)
        };
        self.streak = if for_change { self.streak + 1 } else { 0 };
        if self.streak < needed {
            return None;
        }
        self.streak = 0;
        self.speech = !self.speech;
        Some(activity)
    }

    /// Whether somebody is speaking.
    pub fn is_speech(&self) -> bool {
        self.speech
    }

    /// Forgets the past: another device or another session.
    pub fn reset(&mut self) {
        self.detector.reset();
        self.resampler.reset();
        self.frame.clear();
        self.speech = false;
        self.streak = 0;
        self.warm_up = WARM_UP_FRAMES;
    }
}

impl fmt::Debug for ActivityDetector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ActivityDetector")
            .field("speech", &self.speech)
            .field("streak", &self.streak)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{noise, sine, vowels};

    /// Each change and the millisecond of the 10 ms block it was told in.
    fn changes(rate_hz: u32, signal: &[f32]) -> Vec<(usize, Activity)> {
        let mut detector = ActivityDetector::new(rate_hz).unwrap();
        let mut seen = Vec::new();
        for (index, block) in signal.chunks(rate_hz as usize / 100).enumerate() {
            detector
                .process(block, |change| seen.push((index * 10, change)))
                .unwrap();
        }
        seen
    }

    /// What a quiet room sounds like.
    fn quiet(rate_hz: u32, seconds: usize) -> Vec<f32> {
        let samples = noise(1, rate_hz as usize * seconds);
        samples.iter().map(|sample| sample * 1e-3).collect()
    }

    /// A second of quiet, two of speech, two of quiet.
    fn speech(rate_hz: u32) -> Vec<f32> {
        [quiet(rate_hz, 1), vowels(rate_hz, 2.0), quiet(rate_hz, 2)].concat()
    }

    #[test]
    fn speech_starts_soon_and_stops_after_the_hangover() {
        for rate_hz in [8_000, 16_000, 24_000, 44_100, 48_000] {
            let seen = changes(rate_hz, &speech(rate_hz));
            let [
                (started, Activity::SpeechStarted),
                (stopped, Activity::SpeechStopped),
            ] = seen[..]
            else {
                panic!("{rate_hz} Hz: {seen:?}");
            };
            assert!((1_000..1_150).contains(&started), "{rate_hz} Hz: {seen:?}");
            assert!((3_350..3_900).contains(&stopped), "{rate_hz} Hz: {seen:?}");
        }
    }

    #[test]
    fn after_a_reset_it_hears_the_same_again() {
        let mut detector = ActivityDetector::new(24_000).unwrap();
        let signal = speech(24_000);
        let mut runs = [0_u8, 1].map(|_| {
            let mut seen = Vec::new();
            for (index, block) in signal.chunks(333).enumerate() {
                detector
                    .process(block, |change| seen.push((index, change)))
                    .unwrap();
            }
            detector.process(&vowels(24_000, 1.0), |_| {}).unwrap();
            assert!(detector.is_speech());
            detector.reset();
            assert!(!detector.is_speech());
            seen
        });
        let [first, second] = &mut runs;
        assert_eq!(first.len(), 2);
        assert_eq!(first, second);
    }

    #[test]
    fn listening_allocates_nothing() {
        for rate_hz in [16_000, 24_000, 44_100] {
            let mut detector = ActivityDetector::new(rate_hz).unwrap();
            let signal = speech(rate_hz);
            let counted = allocation_counter::measure(|| {
                for block in signal.chunks(1_777) {
                    detector.process(block, |_| {}).unwrap();
                }
            });
            assert_eq!(counted.count_total, 0, "{rate_hz} Hz");
        }
    }

    #[test]
    fn noise_and_tones_are_no_speech() {
        for (name, signal) in [
            ("a quiet room", quiet(24_000, 3)),
            (
                "hiss",
                noise(2, 72_000)
                    .iter()
                    .map(|sample| sample * 0.05)
                    .collect(),
            ),
            ("a tone", sine(24_000, 1_000.0, 3.0)),
            ("hum", sine(24_000, 50.0, 3.0)),
        ] {
            assert_eq!(changes(24_000, &signal), [], "{name}");
        }
    }
}
