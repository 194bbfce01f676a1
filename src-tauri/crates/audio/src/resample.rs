//! Sample-rate conversion between device and wire.
//!
//! Both converters work in blocks of 10 ms, so each adds up to 10 ms of waiting to the delay it tells.
//! Everything is prepared when they are made; converting allocates nothing.

#[cfg(test)]
mod tests;

use rubato::audioadapter_buffers::direct::SequentialSlice;
use rubato::{
    Adjustable as _, Async, Fft, FixedAsync, FixedSync, Resampler, SincInterpolationParameters,
    WindowFunction,
};

use crate::drift::DriftController;

/// Blocks a second: 10 ms each.
const BLOCKS_PER_SECOND: u32 = 100;

/// Below this many frames a block the FFT's filter is too short to be steep.
const MIN_FFT_FRAMES: u32 = 240;

/// Points of the sinc filter, counted at the lower of the two rates.
const SINC_POINTS: u32 = 256;

/// Beyond what any device has; keeps the filters small.
const MAX_RATE_HZ: u32 = 384_000;

/// Why a resampler cannot be made or used.
#[derive(Debug, thiserror::Error)]
pub enum ResampleError {
    /// A rate below 1 kHz or beyond what any device has.
    #[error("cannot convert {from_hz} Hz to {to_hz} Hz")]
    Rates {
        /// Rate of the input.
        from_hz: u32,
        /// Rate of the output.
        to_hz: u32,
    },
    /// A buffer of the caller is too small; nothing was consumed.
    #[error("the buffer holds {given} frames, {needed} are needed")]
    Buffer {
        /// Frames needed.
        needed: usize,
        /// Frames given.
        given: usize,
    },
    /// The converter refused; a defect rather than a condition.
    #[error("the converter failed")]
    Converter(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl ResampleError {
    fn converter(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Converter(Box::new(error))
    }
}

/// Device rate to wire rate, any block sizes in.
#[derive(Debug)]
pub struct CaptureResampler {
    engine: CaptureEngine,
    /// Input that waits for a whole block.
    pending: Vec<f32>,
    block_frames: usize,
}

#[derive(Debug)]
enum CaptureEngine {
    /// The rates are equal.
    Through,
    Fft(Box<Fft<f32>>),
    Sinc(Box<Async<f32>>),
}

impl CaptureResampler {
    /// Prepares everything; `process` allocates nothing.
    ///
    /// # Errors
    /// [`ResampleError::Rates`] for impossible rates.
    pub fn new(device_hz: u32, wire_hz: u32) -> Result<Self, ResampleError> {
        check_rates(device_hz, wire_hz)?;
        let block_frames = frames_per_block(device_hz);
        Ok(Self {
            engine: CaptureEngine::new(device_hz, wire_hz, block_frames)?,
            pending: Vec::with_capacity(block_frames),
            block_frames,
        })
    }

    /// Most frames that `process` can write for `input_frames`.
    pub fn max_output_frames(&self, input_frames: usize) -> usize {
        let blocks = (self.pending.len() + input_frames) / self.block_frames;
        match &self.engine {
            CaptureEngine::Through => input_frames,
            CaptureEngine::Fft(fft) => blocks * fft.output_frames_max(),
            CaptureEngine::Sinc(sinc) => blocks * sinc.output_frames_max(),
        }
    }

    /// Takes all of `input`, writes what is ready to the start of `output` and tells how many frames that is.
    ///
    /// # Errors
    /// [`ResampleError::Buffer`] when `output` is smaller than [`Self::max_output_frames`].
    pub fn process(&mut self, input: &[f32], output: &mut [f32]) -> Result<usize, ResampleError> {
        check_buffer(self.max_output_frames(input.len()), output.len())?;
        let resampler: &mut dyn Resampler<f32> = match &mut self.engine {
            CaptureEngine::Through => {
                output[..input.len()].copy_from_slice(input);
                return Ok(input.len());
            }
            CaptureEngine::Fft(fft) => fft.as_mut(),
            CaptureEngine::Sinc(sinc) => sinc.as_mut(),
        };
        let mut written = 0;
        let mut rest = input;
        while !rest.is_empty() {
            let room = self.block_frames - self.pending.len();
            let (now, later) = rest.split_at(room.min(rest.len()));
            self.pending.extend_from_slice(now);
            rest = later;
            if self.pending.len() == self.block_frames {
                written += convert(resampler, &self.pending, &mut output[written..])?;
                self.pending.clear();
            }
        }
        Ok(written)
    }

    /// Output frames between a sample going in and coming out, the block it waits for not counted.
    pub fn delay_frames(&self) -> usize {
        match &self.engine {
            CaptureEngine::Through => 0,
            CaptureEngine::Fft(fft) => fft.output_delay(),
            CaptureEngine::Sinc(sinc) => sinc.output_delay(),
        }
    }

    /// Forgets the past.
    pub fn reset(&mut self) {
        self.pending.clear();
        match &mut self.engine {
            CaptureEngine::Through => {}
            CaptureEngine::Fft(fft) => fft.reset(),
            CaptureEngine::Sinc(sinc) => sinc.reset(),
        }
    }
}

impl CaptureEngine {
    fn new(device_hz: u32, wire_hz: u32, block_frames: usize) -> Result<Self, ResampleError> {
        if device_hz == wire_hz {
            return Ok(Self::Through);
        }
        let whole_blocks = device_hz.is_multiple_of(BLOCKS_PER_SECOND)
            && wire_hz.is_multiple_of(BLOCKS_PER_SECOND);
        if whole_blocks && device_hz.min(wire_hz) / BLOCKS_PER_SECOND >= MIN_FFT_FRAMES {
            // The default window is 18 dB down at 11.5 kHz with blocks this short; Hann2 is flat to there.
            let fft = Fft::new_custom(
                device_hz as usize,
                wire_hz as usize,
                block_frames,
                1,
                1,
                WindowFunction::Hann2,
                FixedSync::Both,
            );
            return Ok(Self::Fft(Box::new(fft.map_err(ResampleError::converter)?)));
        }
        let sinc = sinc(device_hz, wire_hz, 1.0, block_frames, FixedAsync::Input)?;
        Ok(Self::Sinc(Box::new(sinc)))
    }
}

/// Wire rate to device rate in blocks of 10 ms of the device, adjustable while it runs.
#[derive(Debug)]
pub struct PlaybackResampler {
    sinc: Box<Async<f32>>,
    block_frames: usize,
}

impl PlaybackResampler {
    /// Prepares everything; `process` allocates nothing.
    ///
    /// # Errors
    /// [`ResampleError::Rates`] for impossible rates.
    pub fn new(wire_hz: u32, device_hz: u32) -> Result<Self, ResampleError> {
        check_rates(wire_hz, device_hz)?;
        let block_frames = frames_per_block(device_hz);
        // A little more than the drift, so that rounding never leaves the range.
        let range = 1.0 + DriftController::LIMIT_PPM * 2e-6;
        let sinc = sinc(wire_hz, device_hz, range, block_frames, FixedAsync::Output)?;
        Ok(Self {
            sinc: Box::new(sinc),
            block_frames,
        })
    }

    /// Frames that one `process` writes: 10 ms of the device.
    pub fn block_frames(&self) -> usize {
        self.block_frames
    }

    /// Frames that the next `process` needs; ask before each, it changes with drift.
    pub fn input_frames_next(&self) -> usize {
        self.sinc.input_frames_next()
    }

    /// Most frames that [`Self::input_frames_next`] can ever ask for.
    pub fn input_frames_max(&self) -> usize {
        self.sinc.input_frames_max()
    }

    /// Takes the first [`Self::input_frames_next`] frames of `input`, writes [`Self::block_frames`] to `output`.
    ///
    /// # Errors
    /// [`ResampleError::Buffer`] when either is too small.
    pub fn process(&mut self, input: &[f32], output: &mut [f32]) -> Result<(), ResampleError> {
        check_buffer(self.input_frames_next(), input.len())?;
        check_buffer(self.block_frames, output.len())?;
        convert(self.sinc.as_mut(), input, output)?;
        Ok(())
    }

    /// Consumes the wire faster (positive) or slower by `ppm`, clamped to [`DriftController::LIMIT_PPM`]. Glides
    /// there within the next block.
    ///
    /// # Errors
    /// [`ResampleError::Converter`] when `ppm` is not a number.
    pub fn set_drift_ppm(&mut self, ppm: f64) -> Result<(), ResampleError> {
        let ppm = ppm.clamp(-DriftController::LIMIT_PPM, DriftController::LIMIT_PPM);
        self.sinc
            .set_resample_ratio_relative(1.0 / (1.0 + ppm * 1e-6), true)
            .map_err(ResampleError::converter)
    }

    /// Output frames between a sample going in and coming out.
    pub fn delay_frames(&self) -> usize {
        self.sinc.output_delay()
    }

    /// Forgets the past and the drift.
    pub fn reset(&mut self) {
        self.sinc.reset();
    }
}

/// The sinc filter counts input samples: downwards it has to grow with the ratio, or it aliases.
fn sinc(
    from_hz: u32,
    to_hz: u32,
    range: f64,
    block_frames: usize,
    fixed: FixedAsync,
) -> Result<Async<f32>, ResampleError> {
    let ratio = f64::from(to_hz) / f64::from(from_hz);
    let points = (SINC_POINTS * from_hz).div_ceil(to_hz.min(from_hz));
    let parameters =
        SincInterpolationParameters::new(points as usize, WindowFunction::BlackmanHarris2);
    Async::new_sinc(ratio, range, &parameters, block_frames, 1, fixed)
        .map_err(ResampleError::converter)
}

/// One call of the converter on mono slices; tells how many frames were written.
fn convert(
    resampler: &mut dyn Resampler<f32>,
    input: &[f32],
    output: &mut [f32],
) -> Result<usize, ResampleError> {
    let input = SequentialSlice::new(input, 1, input.len()).map_err(ResampleError::converter)?;
    let frames = output.len();
    let mut output =
        SequentialSlice::new_mut(output, 1, frames).map_err(ResampleError::converter)?;
    let (_, written) = resampler
        .process_into_buffer(&input, &mut output, None)
        .map_err(ResampleError::converter)?;
    Ok(written)
}

fn frames_per_block(rate_hz: u32) -> usize {
    rate_hz.div_ceil(BLOCKS_PER_SECOND) as usize
}

fn check_rates(from_hz: u32, to_hz: u32) -> Result<(), ResampleError> {
    let possible = 1_000..=MAX_RATE_HZ;
    if possible.contains(&from_hz) && possible.contains(&to_hz) {
        Ok(())
    } else {
        Err(ResampleError::Rates { from_hz, to_hz })
    }
}

fn check_buffer(needed: usize, given: usize) -> Result<(), ResampleError> {
    if given < needed {
        Err(ResampleError::Buffer { needed, given })
    } else {
        Ok(())
    }
}
