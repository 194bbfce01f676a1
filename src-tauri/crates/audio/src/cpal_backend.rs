//! The machine's own devices, through cpal.
//!
//! On Linux the sound server is `PulseAudio` (or `PipeWire` behind the same socket), and ALSA where there is none. What was
//! measured there and is kept to:
//! - A stream is always opened with a fixed buffer of 10 ms: the default one has a latency of two seconds.
//! - An input delivers what it likes nevertheless, often single frames.
//! - An unplugged microphone raises no error; see [`Backend::moves_streams`].

use std::str::FromStr;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{BufferSize, ErrorKind, HostId, I24, StreamConfig, SupportedStreamConfig};

use crate::device::{
    Backend, Device, DeviceKind, ErrorCallback, InputBlock, InputCallback, OutputBlock,
    OutputCallback, SampleFormat, StreamHandle, StreamSample, StreamSpec,
};
use crate::error::AudioError;

/// A block of 10 ms.
const BLOCKS_PER_SECOND: u32 = 100;
/// An idle sink or source takes up to two seconds to deliver its first block; more means that nobody answers.
const START_TIMEOUT: Duration = Duration::from_secs(10);
/// How long an answer is waited for; a healthy server takes a millisecond.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(4);
/// How long the end of a stream is waited for; a server that hangs must not hang us.
const STOP_TIMEOUT: Duration = Duration::from_secs(1);

/// The machine's devices.
pub struct CpalBackend {
    host_id: HostId,
    /// Absent while it is asked and after it failed: the next question connects anew.
    host: Mutex<Option<cpal::Host>>,
}

impl std::fmt::Debug for CpalBackend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CpalBackend")
            .field("host", &self.host_id)
            .finish_non_exhaustive()
    }
}

impl Default for CpalBackend {
    fn default() -> Self {
        Self::new()
    }
}

impl CpalBackend {
    /// Connects to the system's sound server. It is chosen once: ids belong to it, and a server that went away must
    /// not silently become another.
    pub fn new() -> Self {
        let host = cpal::default_host();
        Self {
            host_id: host.id(),
            host: Mutex::new(Some(host)),
        }
    }

    /// Asks the sound server. On a thread of its own, because a server that hangs never answers.
    fn with_host<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&cpal::Host) -> Result<T, cpal::Error> + Send + 'static,
    ) -> Result<T, AudioError> {
        let host = self.slot().take();
        let host_id = self.host_id;
        let (answered, answer) = mpsc::sync_channel(1);
        thread::spawn(move || {
            let connected = host.map_or_else(|| cpal::host_from_id(host_id), Ok);
            // Too late: nobody waits, and the connection ends here.
            let _ = answered.send(connected.and_then(|host| Ok((ask(&host)?, host))));
        });
        match answer.recv_timeout(ANSWER_TIMEOUT) {
            Ok(Ok((told, host))) => {
                *self.slot() = Some(host);
                Ok(told)
            }
            Ok(Err(error)) => Err(explain(&error)),
            Err(_) => Err(AudioError::Gone {
                detail: "the sound server does not answer".to_owned(),
            }),
        }
    }

    fn slot(&self) -> MutexGuard<'_, Option<cpal::Host>> {
        self.host.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, kind: DeviceKind, device_id: &str) -> Result<cpal::Device, AudioError> {
        let missing = || AudioError::NoDevice {
            kind,
            wanted: Some(device_id.to_owned()),
        };
        let id = cpal::DeviceId::from_str(device_id).map_err(|_| missing())?;
        if id.host() != self.host_id {
            return Err(missing());
        }
        let device = self.with_host(move |host| {
            let mut devices = host.devices()?;
            Ok(devices.find(|device| {
                is_of_kind(device, kind) && device.id().is_ok_and(|found| found == id)
            }))
        })?;
        device.ok_or_else(missing)
    }
}

impl Backend for CpalBackend {
    fn devices(&self) -> Result<Vec<Device>, AudioError> {
        self.with_host(|host| {
            let default_input = host
                .default_input_device()
                .and_then(|device| device.id().ok());
            let default_output = host
                .default_output_device()
                .and_then(|device| device.id().ok());
            let mut listed = Vec::new();
            for device in host.devices()? {
                let Ok(id) = device.id() else { continue };
                for (kind, default) in [
                    (DeviceKind::Input, &default_input),
                    (DeviceKind::Output, &default_output),
                ] {
                    if is_of_kind(&device, kind) {
                        listed.push(describe(&device, &id, kind, default.as_ref() == Some(&id)));
                    }
                }
            }
            Ok(listed)
        })
    }

    fn spec(&self, kind: DeviceKind, device_id: &str) -> Result<StreamSpec, AudioError> {
        let device = self.find(kind, device_id)?;
        let config = match kind {
            DeviceKind::Input => device.default_input_config(),
            DeviceKind::Output => device.default_output_config(),
        }
        .map_err(|error| explain(&error))?;
        let sample_format = match format_of(config.sample_format()) {
            Some(format) => format,
            None => another_format(&device, kind, &config)?,
        };
        Ok(StreamSpec {
            device_id: device_id.to_owned(),
            sample_rate_hz: config.sample_rate(),
            channels: config.channels(),
            sample_format,
            block_frames: config.sample_rate() / BLOCKS_PER_SECOND,
        })
    }

    fn open_input(
        &self,
        spec: &StreamSpec,
        callback: InputCallback,
        on_error: ErrorCallback,
    ) -> Result<StreamHandle, AudioError> {
        let device = self.find(DeviceKind::Input, &spec.device_id)?;
        let spec = spec.clone();
        start(move || match spec.sample_format {
            SampleFormat::U8 => build_input::<u8>(&device, &spec, callback, on_error),
            SampleFormat::I16 => build_input::<i16>(&device, &spec, callback, on_error),
            SampleFormat::I24 => build_input::<I24>(&device, &spec, callback, on_error),
            SampleFormat::I32 => build_input::<i32>(&device, &spec, callback, on_error),
            SampleFormat::F32 => build_input::<f32>(&device, &spec, callback, on_error),
        })
    }

    fn open_output(
        &self,
        spec: &StreamSpec,
        callback: OutputCallback,
        on_error: ErrorCallback,
    ) -> Result<StreamHandle, AudioError> {
        let device = self.find(DeviceKind::Output, &spec.device_id)?;
        let spec = spec.clone();
        start(move || match spec.sample_format {
            SampleFormat::U8 => build_output::<u8>(&device, &spec, callback, on_error),
            SampleFormat::I16 => build_output::<i16>(&device, &spec, callback, on_error),
            SampleFormat::I24 => build_output::<I24>(&device, &spec, callback, on_error),
            SampleFormat::I32 => build_output::<i32>(&device, &spec, callback, on_error),
            SampleFormat::F32 => build_output::<f32>(&device, &spec, callback, on_error),
        })
    }

    fn moves_streams(&self) -> bool {
        self.host_id.name().eq_ignore_ascii_case("pulseaudio")
    }
}

/// Builds and starts a stream on a thread of its own: both wait for the server, without end if it hangs.
fn start(
    build: impl FnOnce() -> Result<cpal::Stream, cpal::Error> + Send + 'static,
) -> Result<StreamHandle, AudioError> {
    let (opened, answer) = mpsc::sync_channel(1);
    thread::spawn(move || {
        // Explicit: no stream runs by itself.
        let stream = build().and_then(|stream| stream.play().map(|()| stream));
        // Too late: nobody waits, and the stream ends with this thread.
        let _ = opened.send(stream);
    });
    match answer.recv_timeout(START_TIMEOUT) {
        Ok(Ok(stream)) => Ok(StreamHandle::new(Running {
            stream: Some(stream),
        })),
        Ok(Err(error)) => Err(explain(&error)),
        Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => Err(AudioError::Busy {
            detail: format!("no sound within {} s", START_TIMEOUT.as_secs()),
        }),
    }
}

/// A stream whose end is waited for, but not for ever.
struct Running {
    stream: Option<cpal::Stream>,
}

impl Drop for Running {
    fn drop(&mut self) {
        let stream = self.stream.take();
        let (ended, wait) = mpsc::sync_channel(1);
        thread::spawn(move || {
            drop(stream);
            let _ = ended.send(());
        });
        // Either way the stream is no longer ours.
        let _ = wait.recv_timeout(STOP_TIMEOUT);
    }
}

fn build_input<S: StreamSample + cpal::SizedSample>(
    device: &cpal::Device,
    spec: &StreamSpec,
    mut callback: InputCallback,
    on_error: ErrorCallback,
) -> Result<cpal::Stream, cpal::Error> {
    device.build_input_stream::<S, _, _>(
        config_of(spec),
        move |samples, _| {
            callback(InputBlock {
                samples: S::wrap(samples),
                arrived_at: Instant::now(),
            });
        },
        report_to(on_error),
        None,
    )
}

fn build_output<S: StreamSample + cpal::SizedSample>(
    device: &cpal::Device,
    spec: &StreamSpec,
    mut callback: OutputCallback,
    on_error: ErrorCallback,
) -> Result<cpal::Stream, cpal::Error> {
    device.build_output_stream::<S, _, _>(
        config_of(spec),
        move |samples, _| {
            callback(OutputBlock {
                samples: S::wrap_mut(samples),
                asked_at: Instant::now(),
            });
        },
        report_to(on_error),
        None,
    )
}

fn config_of(spec: &StreamSpec) -> StreamConfig {
    StreamConfig {
        channels: spec.channels,
        sample_rate: spec.sample_rate_hz,
        buffer_size: BufferSize::Fixed(spec.block_frames),
    }
}

/// Passes on what ends a stream; a glitch or a refused priority does not.
fn report_to(mut on_error: ErrorCallback) -> impl FnMut(cpal::Error) + Send + 'static {
    move |error| match error.kind() {
        ErrorKind::Xrun | ErrorKind::RealtimeDenied => {}
        _ => on_error(explain(&error)),
    }
}

fn is_of_kind(device: &cpal::Device, kind: DeviceKind) -> bool {
    match kind {
        DeviceKind::Input => device.supports_input(),
        DeviceKind::Output => device.supports_output(),
    }
}

fn describe(
    device: &cpal::Device,
    id: &cpal::DeviceId,
    kind: DeviceKind,
    is_default: bool,
) -> Device {
    let name = device.description().map_or_else(
        |_| id.id().to_owned(),
        |description| description.name().to_owned(),
    );
    let is_monitor = kind == DeviceKind::Input && id.id().ends_with(".monitor");
    Device {
        id: id.to_string(),
        name,
        kind,
        is_default,
        is_monitor,
    }
}

fn format_of(format: cpal::SampleFormat) -> Option<SampleFormat> {
    match format {
        cpal::SampleFormat::U8 => Some(SampleFormat::U8),
        cpal::SampleFormat::I16 => Some(SampleFormat::I16),
        cpal::SampleFormat::I24 => Some(SampleFormat::I24),
        cpal::SampleFormat::I32 => Some(SampleFormat::I32),
        cpal::SampleFormat::F32 => Some(SampleFormat::F32),
        _ => None,
    }
}

/// A format of ours that the device speaks at its own rate and channels.
fn another_format(
    device: &cpal::Device,
    kind: DeviceKind,
    config: &SupportedStreamConfig,
) -> Result<SampleFormat, AudioError> {
    let ranges: Vec<_> = match kind {
        DeviceKind::Input => device.supported_input_configs().map(Iterator::collect),
        DeviceKind::Output => device.supported_output_configs().map(Iterator::collect),
    }
    .map_err(|error| explain(&error))?;
    ranges
        .into_iter()
        .filter(|range| {
            range.channels() == config.channels() && range.contains_rate(config.sample_rate())
        })
        .find_map(|range| format_of(range.sample_format()))
        .ok_or_else(|| AudioError::Unsupported {
            detail: format!("samples as {}", config.sample_format()),
        })
}

/// Sorts cpal's kinds by what a person can do about them; its text stays as the detail.
fn explain(error: &cpal::Error) -> AudioError {
    let detail = error.to_string();
    match error.kind() {
        ErrorKind::PermissionDenied => AudioError::Denied { detail },
        ErrorKind::DeviceBusy | ErrorKind::ResourceExhausted => AudioError::Busy { detail },
        ErrorKind::DeviceNotAvailable
        | ErrorKind::HostUnavailable
        | ErrorKind::StreamInvalidated
        | ErrorKind::DeviceChanged => AudioError::Gone { detail },
        ErrorKind::UnsupportedConfig | ErrorKind::UnsupportedOperation => {
            AudioError::Unsupported { detail }
        }
        _ => AudioError::Backend { detail },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_errors_are_told_apart() {
        let kind_of = |kind| explain(&cpal::Error::with_message(kind, "said so"));
        let detail = || "said so".to_owned();
        let cases = [
            (
                ErrorKind::PermissionDenied,
                AudioError::Denied { detail: detail() },
            ),
            (ErrorKind::DeviceBusy, AudioError::Busy { detail: detail() }),
            (
                ErrorKind::ResourceExhausted,
                AudioError::Busy { detail: detail() },
            ),
            (
                ErrorKind::DeviceNotAvailable,
                AudioError::Gone { detail: detail() },
            ),
            (
                ErrorKind::HostUnavailable,
                AudioError::Gone { detail: detail() },
            ),
            (
                ErrorKind::StreamInvalidated,
                AudioError::Gone { detail: detail() },
            ),
            (
                ErrorKind::DeviceChanged,
                AudioError::Gone { detail: detail() },
            ),
            (
                ErrorKind::UnsupportedConfig,
                AudioError::Unsupported { detail: detail() },
            ),
            (
                ErrorKind::UnsupportedOperation,
                AudioError::Unsupported { detail: detail() },
            ),
            (
                ErrorKind::InvalidInput,
                AudioError::Backend { detail: detail() },
            ),
            (ErrorKind::Other, AudioError::Backend { detail: detail() }),
        ];
        for (kind, expected) in cases {
            assert_eq!(kind_of(kind), expected, "{kind:?}");
        }
    }
}
