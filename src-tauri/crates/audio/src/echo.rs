//! Echo cancellation and noise suppression; runs on the DSP thread, where it may allocate.

#[cfg(test)]
mod tests;

use std::ops::RangeInclusive;

use sonora::config::{EchoCanceller as EchoConfig, NoiseSuppression, NoiseSuppressionLevel};
use sonora::{AudioProcessing, Config, StreamConfig};

/// What the stage does. With neither it passes the microphone through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EchoOptions {
    /// Takes the speaker's sound out of the microphone's.
    pub echo_cancellation: bool,
    /// Takes steady noise out.
    pub noise_suppression: bool,
}

/// Why a block was not processed.
#[derive(Debug, thiserror::Error)]
#[error("the echo canceller refused a block")]
pub struct EchoError(#[source] sonora::Error);

/// Cleans the microphone, 10 ms at a time, any block sizes in.
///
/// The reference and the microphone run side by side: of each as many samples have to come as time passes, silence
/// included. The distance between a sound and its echo may be up to half a second and is found by itself.
#[derive(Debug)]
pub struct EchoCanceller {
    stage: Stage,
    reference: Vec<f32>,
    microphone: Vec<f32>,
    /// Where a block comes out; the canceller wants it apart from the input.
    block: Vec<f32>,
}

#[derive(Debug)]
enum Stage {
    Through,
    Running(Box<AudioProcessing>),
    /// No canceller can be made for the rate.
    Refused(sonora::Error),
}

/// Rates that a canceller can be made for.
const RATES_HZ: RangeInclusive<u32> = 8_000..=384_000;

impl EchoCanceller {
    /// Both signals mono at `sample_rate_hz`, which is one of the wire.
    pub fn new(sample_rate_hz: u32, options: EchoOptions) -> Self {
        let block_frames = StreamConfig::new(sample_rate_hz, 1).num_frames();
        let stage = if options.echo_cancellation || options.noise_suppression {
            Stage::new(sample_rate_hz, options)
        } else {
            Stage::Through
        };
        Self {
            stage,
            reference: Vec::with_capacity(block_frames),
            microphone: Vec::with_capacity(block_frames),
            block: vec![0.0; block_frames],
        }
    }

    /// Takes what the speaker plays, before the microphone hears it.
    ///
    /// # Errors
    /// [`EchoError`] when the rate is none of the wire.
    pub fn push_reference(&mut self, samples: &[f32]) -> Result<(), EchoError> {
        let Some(processing) = self.stage.running()? else {
            return Ok(());
        };
        let block = &mut self.block;
        in_blocks(&mut self.reference, block.len(), samples, |reference| {
            processing
                .process_render_f32(&[reference], &mut [block])
                .map_err(EchoError)
        })
    }

    /// Takes all of `microphone` and appends to `clean` what is done: whole blocks of 10 ms.
    ///
    /// # Errors
    /// As [`Self::push_reference`].
    pub fn process(&mut self, microphone: &[f32], clean: &mut Vec<f32>) -> Result<(), EchoError> {
        let Some(processing) = self.stage.running()? else {
            clean.extend_from_slice(microphone);
            return Ok(());
        };
        let block = &mut self.block;
        in_blocks(
            &mut self.microphone,
            block.len(),
            microphone,
            |microphone| {
                processing
                    .process_capture_f32(&[microphone], &mut [block])
                    .map_err(EchoError)?;
                clean.extend_from_slice(block);
                Ok(())
            },
        )
    }
}

impl Stage {
    fn new(sample_rate_hz: u32, options: EchoOptions) -> Self {
        if RATES_HZ.contains(&sample_rate_hz) {
            Self::Running(Box::new(processing(sample_rate_hz, options)))
        } else {
            let rate = sample_rate_hz;
            Self::Refused(sonora::Error::InvalidSampleRate { rate })
        }
    }

    /// `None` where the sound passes through.
    fn running(&mut self) -> Result<Option<&mut AudioProcessing>, EchoError> {
        match self {
            Self::Through => Ok(None),
            Self::Running(processing) => Ok(Some(processing)),
            Self::Refused(error) => Err(EchoError(*error)),
        }
    }
}

fn processing(sample_rate_hz: u32, options: EchoOptions) -> AudioProcessing {
    let noise_suppression = NoiseSuppression {
        level: NoiseSuppressionLevel::High,
        ..NoiseSuppression::default()
    };
    let config = Config {
        echo_canceller: options.echo_cancellation.then(EchoConfig::default),
        noise_suppression: options.noise_suppression.then_some(noise_suppression),
        ..Config::default()
    };
    let stream = StreamConfig::new(sample_rate_hz, 1);
    AudioProcessing::builder()
        .config(config)
        .capture_config(stream)
        .render_config(stream)
        .build()
}

/// Collects samples and hands over each block that is whole.
fn in_blocks(
    pending: &mut Vec<f32>,
    block_frames: usize,
    mut samples: &[f32],
    mut on_block: impl FnMut(&[f32]) -> Result<(), EchoError>,
) -> Result<(), EchoError> {
    while !samples.is_empty() {
        let (now, later) = samples.split_at(samples.len().min(block_frames - pending.len()));
        pending.extend_from_slice(now);
        samples = later;
        if pending.len() == block_frames {
            let done = on_block(pending);
            pending.clear();
            done?;
        }
    }
    Ok(())
}
