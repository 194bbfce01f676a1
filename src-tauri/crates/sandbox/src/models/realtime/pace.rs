//! When the next audio may go: paced to real time with a short lead, so that an interrupt means something.

use std::time::{Duration, Instant};

/// How far sound is ahead of being played: two frames.
pub(super) const LEAD: Duration = Duration::from_millis(400);

/// Frames of one stream of sound.
#[derive(Debug)]
pub(super) struct Pace {
    began: Instant,
    rate: u32,
    sent: usize,
}

impl Pace {
    pub(super) fn new(now: Instant, rate: u32) -> Self {
        Self {
            began: now,
            rate,
            sent: 0,
        }
    }

    /// Samples of a full frame: 200 ms (`PROTOCOL.md` section 12.2).
    pub(super) fn frame(&self) -> usize {
        self.rate as usize / 5
    }

    /// When the next frame may go.
    pub(super) fn due(&self) -> Instant {
        let nanos = (self.sent + self.frame()) as u128 * 1_000_000_000 / u128::from(self.rate);
        let played = Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
        self.began + played.saturating_sub(LEAD)
    }

    pub(super) fn sent(&mut self, samples: usize) {
        self.sent += samples;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_frames_go_at_once_and_the_others_in_real_time() {
        for rate in [8_000, 16_000, 24_000] {
            let start = Instant::now();
            let mut pace = Pace::new(start, rate);
            let mut due = Vec::new();
            for _ in 0..5 {
                due.push((pace.due() - start).as_millis());
                pace.sent(pace.frame());
            }
            assert_eq!(due, [0, 0, 200, 400, 600], "{rate} Hz");
        }
    }
}
