//! WAV files in place of devices: a recording as the microphone, a file as the speaker.
//!
//! For scripts and for measurements: what a microphone would deliver comes from a file, what a speaker would play goes
//! into one, at the pace of real time or a multiple of it.

use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use hound::{SampleFormat as WavFormat, WavReader, WavSpec, WavWriter};

use crate::device::{
    Backend, Device, DeviceKind, ErrorCallback, InputBlock, InputCallback, OutputBlock,
    OutputCallback, SampleFormat, Samples, SamplesMut, StreamHandle, StreamSpec,
};
use crate::error::AudioError;

/// Length of a callback.
const BLOCK_MS: u32 = 10;

/// Files in place of devices; either may be absent.
#[derive(Debug, Clone)]
pub struct FileBackend {
    microphone: Option<Microphone>,
    speaker: Option<Speaker>,
    speed: u32,
    finished: Arc<AtomicBool>,
}

#[derive(Debug, Clone)]
struct Microphone {
    path: PathBuf,
    spec: WavSpec,
}

#[derive(Debug, Clone)]
struct Speaker {
    path: PathBuf,
    sample_rate_hz: u32,
}

impl FileBackend {
    /// Without files there is no device. `speed` is a multiple of real time.
    pub fn new(speed: u32) -> Self {
        Self {
            microphone: None,
            speaker: None,
            speed: speed.max(1),
            finished: Arc::default(),
        }
    }

    /// Reads the microphone from a WAV file of 8, 16, 24 or 32 bits or floating point. After its end there is silence.
    ///
    /// # Errors
    /// [`AudioError::File`] when it is not there or no such file.
    pub fn with_microphone(mut self, path: &Path) -> Result<Self, AudioError> {
        let spec = open_wav(path)?.spec();
        self.microphone = Some(Microphone {
            path: path.to_owned(),
            spec,
        });
        Ok(self)
    }

    /// Writes what is played to a WAV file of one channel and 16 bits. It is complete when the stream has ended.
    #[must_use]
    pub fn with_speaker(mut self, path: &Path, sample_rate_hz: u32) -> Self {
        self.speaker = Some(Speaker {
            path: path.to_owned(),
            sample_rate_hz,
        });
        self
    }

    /// Whether the microphone's file has been delivered to its end.
    pub fn is_finished(&self) -> bool {
        self.finished.load(Ordering::Acquire)
    }

    fn missing(kind: DeviceKind, device_id: &str) -> AudioError {
        AudioError::NoDevice {
            kind,
            wanted: Some(device_id.to_owned()),
        }
    }

    fn path(&self, kind: DeviceKind) -> Option<&Path> {
        match kind {
            DeviceKind::Input => self
                .microphone
                .as_ref()
                .map(|microphone| microphone.path.as_path()),
            DeviceKind::Output => self.speaker.as_ref().map(|speaker| speaker.path.as_path()),
        }
    }
}

impl Backend for FileBackend {
    fn devices(&self) -> Result<Vec<Device>, AudioError> {
        let listed = [DeviceKind::Input, DeviceKind::Output]
            .into_iter()
            .filter_map(|kind| {
                let id = self.path(kind)?.to_string_lossy().into_owned();
                Some(Device {
                    name: id.clone(),
                    id,
                    kind,
                    is_default: true,
                    is_monitor: false,
                })
            });
        Ok(listed.collect())
    }

    fn spec(&self, kind: DeviceKind, device_id: &str) -> Result<StreamSpec, AudioError> {
        let (sample_rate_hz, channels) = match (kind, &self.microphone, &self.speaker) {
            (DeviceKind::Input, Some(microphone), _) => {
                (microphone.spec.sample_rate, microphone.spec.channels)
            }
            (DeviceKind::Output, _, Some(speaker)) => (speaker.sample_rate_hz, 1),
            _ => return Err(Self::missing(kind, device_id)),
        };
        Ok(StreamSpec {
            device_id: device_id.to_owned(),
            sample_rate_hz,
            channels,
            sample_format: SampleFormat::F32,
            block_frames: sample_rate_hz * BLOCK_MS / 1000,
        })
    }

    fn open_input(
        &self,
        spec: &StreamSpec,
        mut callback: InputCallback,
        mut on_error: ErrorCallback,
    ) -> Result<StreamHandle, AudioError> {
        let path = self
            .path(DeviceKind::Input)
            .ok_or_else(|| Self::missing(DeviceKind::Input, &spec.device_id))?
            .to_owned();
        let mut samples = samples_of(open_wav(&path)?);
        let finished = Arc::clone(&self.finished);
        let mut block = vec![0.0; spec.block_frames as usize * usize::from(spec.channels)];
        start(self.speed, move || {
            for slot in &mut block {
                *slot = match samples.next() {
                    Some(Ok(sample)) => sample,
                    Some(Err(error)) => {
                        on_error(broken(&path, &error));
                        return false;
                    }
                    None => {
                        finished.store(true, Ordering::Release);
                        0.0
                    }
                };
            }
            callback(InputBlock {
                samples: Samples::F32(&block),
                arrived_at: Instant::now(),
            });
            true
        })
    }

    fn open_output(
        &self,
        spec: &StreamSpec,
        mut callback: OutputCallback,
        mut on_error: ErrorCallback,
    ) -> Result<StreamHandle, AudioError> {
        let path = self
            .path(DeviceKind::Output)
            .ok_or_else(|| Self::missing(DeviceKind::Output, &spec.device_id))?
            .to_owned();
        let mut writer = create_wav(&path, spec.sample_rate_hz)?;
        let mut block = vec![0_i16; spec.block_frames as usize];
        start(self.speed, move || {
            callback(OutputBlock {
                samples: SamplesMut::I16(&mut block),
                asked_at: Instant::now(),
            });
            for sample in &block {
                if let Err(error) = writer.write_sample(*sample) {
                    on_error(broken(&path, &error));
                    return false;
                }
            }
            true
        })
    }

    fn moves_streams(&self) -> bool {
        false
    }
}

/// Runs `block` on a thread of its own, once each block's time, until it returns `false` or the handle is dropped.
fn start(
    speed: u32,
    mut block: impl FnMut() -> bool + Send + 'static,
) -> Result<StreamHandle, AudioError> {
    let (stop, stopped) = mpsc::channel::<()>();
    let thread = thread::Builder::new()
        .name("voice-file".to_owned())
        .spawn(move || {
            let period = Duration::from_millis(u64::from(BLOCK_MS)) / speed;
            let mut due = Instant::now();
            loop {
                // A late block is never made up for by a quick one: a file can wait, and the threads that fill it
                // could not keep up.
                due = due.max(Instant::now()) + period;
                let wait = due.saturating_duration_since(Instant::now());
                if stopped.recv_timeout(wait) != Err(mpsc::RecvTimeoutError::Timeout) || !block() {
                    return;
                }
            }
        })
        .map_err(|error| AudioError::Backend {
            detail: error.to_string(),
        })?;
    Ok(StreamHandle::new(Running {
        stop: Some(stop),
        thread: Some(thread),
    }))
}

/// Ends its thread, and with it the file, before it is gone.
struct Running {
    stop: Option<mpsc::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has said so already.
            let _ = thread.join();
        }
    }
}

type Wav = WavReader<BufReader<File>>;

fn open_wav(path: &Path) -> Result<Wav, AudioError> {
    WavReader::open(path).map_err(|error| broken(path, &error))
}

fn create_wav(path: &Path, sample_rate: u32) -> Result<WavWriter<BufWriter<File>>, AudioError> {
    let spec = WavSpec {
        channels: 1,
        sample_rate,
        bits_per_sample: 16,
        sample_format: WavFormat::Int,
    };
    WavWriter::create(path, spec).map_err(|error| broken(path, &error))
}

fn samples_of(wav: Wav) -> Box<dyn Iterator<Item = hound::Result<f32>> + Send> {
    let spec = wav.spec();
    match spec.sample_format {
        WavFormat::Float => Box::new(wav.into_samples::<f32>()),
        WavFormat::Int => {
            let full_scale = 2.0_f64.powi(i32::from(spec.bits_per_sample) - 1);
            #[expect(clippy::cast_possible_truncation, reason = "a sample within -1 and 1")]
            let scaled = move |sample| (f64::from(sample) / full_scale) as f32;
            Box::new(
                wav.into_samples::<i32>()
                    .map(move |sample| sample.map(scaled)),
            )
        }
    }
}

fn broken(path: &Path, error: &hound::Error) -> AudioError {
    AudioError::File {
        path: path.to_owned(),
        detail: error.to_string(),
    }
}
