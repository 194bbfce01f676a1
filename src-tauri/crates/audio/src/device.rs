//! Devices and streams behind one trait, so that nothing else knows which sound system there is.

use std::fmt;
use std::time::Instant;

use dasp_sample::{FromSample, I24, ToSample};

use crate::error::AudioError;

/// Which way sound flows through a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeviceKind {
    /// A microphone, or a monitor that lets itself be recorded like one.
    Input,
    /// A speaker.
    Output,
}

impl fmt::Display for DeviceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Input => "microphone",
            Self::Output => "speaker",
        })
    }
}

/// A device as a person chooses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Stable across restarts; what settings keep. Names are not unique, ids are (within one kind).
    pub id: String,
    /// What the system calls it.
    pub name: String,
    /// Microphone or speaker.
    pub kind: DeviceKind,
    /// The system's own choice for this kind.
    pub is_default: bool,
    /// Records what a speaker plays; never a microphone unless a person chose it by id.
    pub is_monitor: bool,
}

/// Formats of samples a stream may carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SampleFormat {
    /// Unsigned 8 bits, silence at 128.
    U8,
    /// Signed 16 bits.
    I16,
    /// Signed 24 bits in 32.
    I24,
    /// Signed 32 bits.
    I32,
    /// Floating point within -1 and 1.
    F32,
}

/// How a device is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamSpec {
    /// The device, by id and never "the default": a default may change silently.
    pub device_id: String,
    /// Frames in a second.
    pub sample_rate_hz: u32,
    /// Samples in a frame.
    pub channels: u16,
    /// How a sample is stored.
    pub sample_format: SampleFormat,
    /// Frames asked for in a callback (10 ms). An input may deliver any other number.
    pub block_frames: u32,
}

/// Interleaved samples that arrived.
#[derive(Debug, Clone, Copy)]
pub enum Samples<'a> {
    /// See [`SampleFormat::U8`].
    U8(&'a [u8]),
    /// See [`SampleFormat::I16`].
    I16(&'a [i16]),
    /// See [`SampleFormat::I24`].
    I24(&'a [I24]),
    /// See [`SampleFormat::I32`].
    I32(&'a [i32]),
    /// See [`SampleFormat::F32`].
    F32(&'a [f32]),
}

impl Samples<'_> {
    /// Samples in all channels together.
    pub fn len(&self) -> usize {
        match self {
            Self::U8(samples) => samples.len(),
            Self::I16(samples) => samples.len(),
            Self::I24(samples) => samples.len(),
            Self::I32(samples) => samples.len(),
            Self::F32(samples) => samples.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Gives each frame as the mean of its channels. Allocates nothing.
    pub fn for_each_mono(&self, channels: u16, take: impl FnMut(f32)) {
        match self {
            Self::U8(samples) => mix_down(samples, channels, take),
            Self::I16(samples) => mix_down(samples, channels, take),
            Self::I24(samples) => mix_down(samples, channels, take),
            Self::I32(samples) => mix_down(samples, channels, take),
            Self::F32(samples) => mix_down(samples, channels, take),
        }
    }
}

/// Interleaved samples to be filled.
#[derive(Debug)]
pub enum SamplesMut<'a> {
    /// See [`SampleFormat::U8`].
    U8(&'a mut [u8]),
    /// See [`SampleFormat::I16`].
    I16(&'a mut [i16]),
    /// See [`SampleFormat::I24`].
    I24(&'a mut [I24]),
    /// See [`SampleFormat::I32`].
    I32(&'a mut [i32]),
    /// See [`SampleFormat::F32`].
    F32(&'a mut [f32]),
}

impl SamplesMut<'_> {
    /// Samples in all channels together.
    pub fn len(&self) -> usize {
        match self {
            Self::U8(samples) => samples.len(),
            Self::I16(samples) => samples.len(),
            Self::I24(samples) => samples.len(),
            Self::I32(samples) => samples.len(),
            Self::F32(samples) => samples.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Fills every channel of each frame with the next sample of `give`. Allocates nothing.
    pub fn fill_mono(&mut self, channels: u16, give: impl FnMut() -> f32) {
        match self {
            Self::U8(samples) => spread(samples, channels, give),
            Self::I16(samples) => spread(samples, channels, give),
            Self::I24(samples) => spread(samples, channels, give),
            Self::I32(samples) => spread(samples, channels, give),
            Self::F32(samples) => spread(samples, channels, give),
        }
    }
}

/// A type that a stream's samples may have.
pub(crate) trait StreamSample:
    Copy + Send + FromSample<f32> + ToSample<f32> + 'static
{
    fn wrap(samples: &[Self]) -> Samples<'_>;
    fn wrap_mut(samples: &mut [Self]) -> SamplesMut<'_>;
}

macro_rules! stream_sample {
    ($($sample:ty => $format:ident),*) => {
        $(impl StreamSample for $sample {
            fn wrap(samples: &[Self]) -> Samples<'_> {
                Samples::$format(samples)
            }

            fn wrap_mut(samples: &mut [Self]) -> SamplesMut<'_> {
                SamplesMut::$format(samples)
            }
        })*
    };
}
stream_sample!(u8 => U8, i16 => I16, I24 => I24, i32 => I32, f32 => F32);

fn mix_down<S: Copy + ToSample<f32>>(samples: &[S], channels: u16, mut take: impl FnMut(f32)) {
    let share = 1.0 / f32::from(channels.max(1));
    for frame in samples.chunks_exact(usize::from(channels.max(1))) {
        let sum: f32 = frame
            .iter()
            .map(|sample| ToSample::<f32>::to_sample_(*sample))
            .sum();
        take(sum * share);
    }
}

fn spread<S: Copy + FromSample<f32>>(
    samples: &mut [S],
    channels: u16,
    mut give: impl FnMut() -> f32,
) {
    for frame in samples.chunks_mut(usize::from(channels.max(1))) {
        frame.fill(S::from_sample_(give().clamp(-1.0, 1.0)));
    }
}

/// What an input callback is given.
#[derive(Debug)]
pub struct InputBlock<'a> {
    /// Interleaved samples, any number of frames.
    pub samples: Samples<'a>,
    /// When it arrived, on the backend's clock.
    pub arrived_at: Instant,
}

/// What an output callback is given.
#[derive(Debug)]
pub struct OutputBlock<'a> {
    /// Interleaved samples to fill completely.
    pub samples: SamplesMut<'a>,
    /// When they were asked for, on the backend's clock.
    pub asked_at: Instant,
}

/// Runs on the sound system's own thread: it must not allocate, lock, log or block.
pub type InputCallback = Box<dyn FnMut(InputBlock<'_>) + Send>;
/// Runs on the sound system's own thread: it must not allocate, lock, log or block.
pub type OutputCallback = Box<dyn FnMut(OutputBlock<'_>) + Send>;
/// Told when a stream broke; not on the audio path.
pub type ErrorCallback = Box<dyn FnMut(AudioError) + Send>;

/// A running stream; dropping it stops it.
pub struct StreamHandle {
    _running: Box<dyn Send>,
}

impl StreamHandle {
    /// Keeps `running` for as long as the stream shall run.
    pub fn new(running: impl Send + 'static) -> Self {
        Self {
            _running: Box::new(running),
        }
    }
}

impl fmt::Debug for StreamHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StreamHandle")
    }
}

/// A sound system.
pub trait Backend: Send + Sync {
    /// Every device there is now. May take milliseconds; not for callbacks.
    ///
    /// # Errors
    /// [`AudioError::Gone`] when the sound server does not answer any more.
    fn devices(&self) -> Result<Vec<Device>, AudioError>;

    /// How `device_id` would be opened.
    ///
    /// # Errors
    /// [`AudioError::NoDevice`] when it is not there, [`AudioError::Unsupported`] when it speaks no format of ours.
    fn spec(&self, kind: DeviceKind, device_id: &str) -> Result<StreamSpec, AudioError>;

    /// Opens and starts a microphone. `on_error` hears what breaks it later.
    ///
    /// # Errors
    /// Any of [`AudioError`]'s about devices.
    fn open_input(
        &self,
        spec: &StreamSpec,
        callback: InputCallback,
        on_error: ErrorCallback,
    ) -> Result<StreamHandle, AudioError>;

    /// Opens and starts a speaker. `on_error` hears what breaks it later.
    ///
    /// # Errors
    /// Any of [`AudioError`]'s about devices.
    fn open_output(
        &self,
        spec: &StreamSpec,
        callback: OutputCallback,
        on_error: ErrorCallback,
    ) -> Result<StreamHandle, AudioError>;

    /// The clock of its callbacks.
    fn now(&self) -> Instant {
        Instant::now()
    }

    /// Whether the sound server may silently move an open stream to another device when its own goes away.
    ///
    /// `PulseAudio` does: an unplugged microphone's stream goes on with the monitor of the speakers. Nothing captured
    /// is then believed before the device was seen again *after* it was captured.
    fn moves_streams(&self) -> bool;
}

/// Picks the device to open: the one asked for, or the system's choice, or the first there is.
///
/// A monitor is taken only when asked for by its id: on a machine without a microphone the system's "default
/// microphone" is the monitor of its speakers.
///
/// # Errors
/// [`AudioError::NoDevice`].
pub fn choose(
    devices: &[Device],
    kind: DeviceKind,
    wanted: Option<&str>,
) -> Result<Device, AudioError> {
    let candidates = || devices.iter().filter(|device| device.kind == kind);
    let chosen = if let Some(id) = wanted {
        candidates().find(|device| device.id == id)
    } else {
        let mut own = candidates().filter(|device| !device.is_monitor);
        own.clone()
            .find(|device| device.is_default)
            .or_else(|| own.next())
    };
    chosen.cloned().ok_or_else(|| AudioError::NoDevice {
        kind,
        wanted: wanted.map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(id: &str, kind: DeviceKind, is_default: bool, is_monitor: bool) -> Device {
        Device {
            id: id.into(),
            name: id.into(),
            kind,
            is_default,
            is_monitor,
        }
    }

    #[test]
    fn a_monitor_is_never_a_microphone_unless_chosen_by_id() {
        use DeviceKind::{Input, Output};
        let only_monitor = [
            device("spk.monitor", Input, true, true),
            device("spk", Output, true, false),
        ];
        let with_microphones = [
            device("spk.monitor", Input, true, true),
            device("webcam", Input, false, false),
            device("headset", Input, false, false),
        ];
        let with_default = [
            device("webcam", Input, false, false),
            device("headset", Input, true, false),
        ];
        let cases: [(&[Device], Option<&str>, Option<&str>); 6] = [
            (&only_monitor, None, None),
            (&only_monitor, Some("spk.monitor"), Some("spk.monitor")),
            (&only_monitor, Some("spk"), None),
            (&with_microphones, None, Some("webcam")),
            (&with_default, None, Some("headset")),
            (&with_default, Some("webcam"), Some("webcam")),
        ];
        for (devices, wanted, expected) in cases {
            let chosen = choose(devices, Input, wanted).ok().map(|device| device.id);
            assert_eq!(chosen.as_deref(), expected, "{wanted:?} of {devices:?}");
        }
    }

    #[test]
    fn every_format_carries_half_scale_through_both_channels() {
        let mut u8s = [0_u8; 4];
        let mut i16s = [0_i16; 4];
        let mut i24s = [I24::new(0).unwrap(); 4];
        let mut i32s = [0_i32; 4];
        let mut f32s = [0_f32; 4];
        let filled = [
            SamplesMut::U8(&mut u8s),
            SamplesMut::I16(&mut i16s),
            SamplesMut::I24(&mut i24s),
            SamplesMut::I32(&mut i32s),
            SamplesMut::F32(&mut f32s),
        ];
        for mut samples in filled {
            let mut next = [0.5, -0.5].into_iter();
            samples.fill_mono(2, || next.next().unwrap());
        }
        let read = [
            Samples::U8(&u8s),
            Samples::I16(&i16s),
            Samples::I24(&i24s),
            Samples::I32(&i32s),
            Samples::F32(&f32s),
        ];
        for samples in read {
            let mut mono = Vec::new();
            samples.for_each_mono(2, |sample| mono.push(sample));
            assert_eq!(mono.len(), 2, "{samples:?}");
            assert!(
                (mono[0] - 0.5).abs() < 0.01 && (mono[1] + 0.5).abs() < 0.01,
                "{samples:?}: {mono:?}"
            );
        }
    }

    #[test]
    fn channels_are_averaged_and_loud_samples_clamped() {
        let mut mono = Vec::new();
        Samples::F32(&[1.0, 0.0, 0.5, -0.5]).for_each_mono(2, |sample| mono.push(sample));
        assert_eq!(mono, [0.5, 0.0]);
        let mut i16s = [0_i16; 2];
        let mut loud = [7.0, -7.0].into_iter();
        SamplesMut::I16(&mut i16s).fill_mono(1, || loud.next().unwrap());
        assert_eq!(i16s, [i16::MAX, i16::MIN]);
    }
}
