//! Short gain ramps: what starts or stops in the middle of a wave must not click.

use std::f32::consts::PI;

/// A gain that glides between silence and full within 5 ms, across any block sizes.
#[derive(Debug, Clone)]
pub struct Fader {
    /// Frames of a whole ramp.
    length: u16,
    /// Where on the ramp it is: 0 is silence, `length` is full.
    position: u16,
    opening: bool,
}

impl Fader {
    /// The length of a whole ramp.
    pub const FADE_MS: u32 = 5;

    /// Silent; [`Self::fade_in`] opens it.
    pub fn new(sample_rate_hz: u32) -> Self {
        let frames = sample_rate_hz / 1_000 * Self::FADE_MS;
        Self {
            length: u16::try_from(frames).unwrap_or(u16::MAX).max(1),
            position: 0,
            opening: false,
        }
    }

    /// Glides to full from wherever it is.
    pub fn fade_in(&mut self) {
        self.opening = true;
    }

    /// Glides to silence from wherever it is.
    pub fn fade_out(&mut self) {
        self.opening = false;
    }

    /// Full from the next frame on: for what begins by itself.
    pub fn open(&mut self) {
        self.opening = true;
        self.position = self.length;
    }

    /// Silent from the next frame on: after what ended by itself.
    pub fn close(&mut self) {
        self.opening = false;
        self.position = 0;
    }

    /// Whether the gain has come down to zero.
    pub fn is_silent(&self) -> bool {
        !self.opening && self.position == 0
    }

    /// Frames of a whole ramp.
    pub fn length_frames(&self) -> usize {
        usize::from(self.length)
    }

    /// Scales interleaved frames in place, all channels of a frame alike.
    pub fn apply(&mut self, frames: &mut [f32], channels: usize) {
        for frame in frames.chunks_mut(channels.max(1)) {
            if self.opening {
                if self.position == self.length {
                    return;
                }
                self.position += 1;
            } else {
                self.position = self.position.saturating_sub(1);
            }
            let gain = ramp(f32::from(self.position) / f32::from(self.length));
            for sample in frame {
                *sample *= gain;
            }
        }
    }
}

/// Lowers all of `samples` from full to silence.
pub fn fade_out(samples: &mut [f32]) {
    let length = samples.len();
    for (left, sample) in (0..length).rev().zip(samples) {
        #[expect(
            clippy::cast_precision_loss,
            reason = "a fade is a few hundred samples"
        )]
        let part = left as f32 / length as f32;
        *sample *= ramp(part);
    }
}

/// Raised cosine: flat at both ends, so that not even the slope jumps.
fn ramp(part: f32) -> f32 {
    0.5 - 0.5 * (PI * part).cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE_HZ: u32 = 48_000;

    #[test]
    fn it_glides_within_5_ms_whatever_the_blocks() {
        let mut fader = Fader::new(RATE_HZ);
        assert!(fader.is_silent());
        fader.fade_in();
        let mut signal = vec![1.0_f32; 1_000];
        for block in signal.chunks_mut(7) {
            fader.apply(block, 1);
        }
        assert!(signal[0] > 0.0 && signal[0] < 0.001);
        assert!(signal.is_sorted(), "it falls on the way up");
        assert!(signal[238] < 1.0);
        assert!(signal[239..].iter().all(|&sample| sample >= 1.0));

        fader.fade_out();
        let mut signal = vec![1.0_f32; 1_000];
        fader.apply(&mut signal, 1);
        assert!(signal[0] > 0.999);
        assert!(signal.iter().rev().is_sorted(), "it rises on the way down");
        assert!(signal[239..].iter().all(|&sample| sample == 0.0));
        assert!(fader.is_silent());
        let steepest = signal
            .windows(2)
            .map(|pair| pair[0] - pair[1])
            .fold(0.0, f32::max);
        assert!(steepest < 0.007, "{steepest} is heard as a click");
    }

    #[test]
    fn it_turns_around_halfway_without_a_jump() {
        let mut fader = Fader::new(RATE_HZ);
        fader.fade_in();
        let mut up = vec![1.0_f32; 100];
        fader.apply(&mut up, 1);
        fader.fade_out();
        let mut down = vec![1.0_f32; 101];
        fader.apply(&mut down, 1);
        assert!((up[99] - down[0]).abs() < 0.007);
        assert!(fader.is_silent());
    }

    #[test]
    fn all_channels_of_a_frame_are_scaled_alike() {
        let mut fader = Fader::new(RATE_HZ);
        fader.fade_in();
        let mut stereo = vec![1.0_f32; 240];
        fader.apply(&mut stereo, 2);
        assert!(
            stereo
                .chunks(2)
                .all(|frame| frame[0].to_bits() == frame[1].to_bits())
        );
        fader.open();
        fader.apply(&mut stereo[..0], 2);
        let mut rest = vec![0.5_f32; 4];
        fader.apply(&mut rest, 2);
        assert_eq!(rest, [0.5; 4]);
        fader.close();
        fader.apply(&mut rest, 2);
        assert_eq!(rest, [0.0; 4]);
    }

    #[test]
    fn a_slice_fades_to_nothing() {
        let mut samples = vec![1.0_f32; 120];
        fade_out(&mut samples);
        assert!(samples.iter().rev().is_sorted());
        assert!(samples[0] > 0.99 && samples[119] == 0.0);
        fade_out(&mut []);
    }
}
