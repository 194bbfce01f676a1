//! The sound of a session: which devices or files, how they are opened, and what is wrong when they cannot be.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use wiro_audio::cpal_backend::CpalBackend;
use wiro_audio::device::{
    Backend, Device, DeviceKind, ErrorCallback, InputCallback, OutputCallback, StreamHandle,
    StreamSpec, choose,
};
use wiro_audio::error::AudioError;
use wiro_audio::file::FileBackend;
use wiro_audio::pcm::WireFormat;
use wiro_audio::session::{
    AudioEvent, AudioSession, CaptureOptions, PlaybackOptions, SessionOptions,
};

use super::format::Formats;
use crate::dto::{VoiceKind, VoiceSettings};

/// What was said just before the key went down.
const PRE_ROLL_MS: u32 = 300;
/// Files are heard and written as fast as they sound.
const REAL_TIME: u32 = 1;

/// Where sound comes from and goes to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Places {
    /// The microphone by its id.
    pub(crate) input_device: Option<String>,
    /// The speaker by its id.
    pub(crate) output_device: Option<String>,
    /// A WAV file that is heard instead of a microphone.
    pub(crate) input_wav: Option<PathBuf>,
    /// A WAV file that is written instead of playing.
    pub(crate) output_wav: Option<PathBuf>,
}

/// The sound of one session, not open yet.
#[derive(Clone)]
pub(crate) struct Sound {
    devices: Arc<dyn Backend>,
    backend: Arc<dyn Backend>,
    input_file: Option<FileBackend>,
    output_file: Option<PathBuf>,
    kind: VoiceKind,
    capture: Option<CaptureOptions>,
    playback: Option<PlaybackOptions>,
}

impl std::fmt::Debug for Sound {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Sound")
            .field("capture", &self.capture)
            .field("playback", &self.playback)
            .finish_non_exhaustive()
    }
}

/// The devices of this machine, connected to when they are first asked for.
#[derive(Default)]
pub(crate) struct Devices(OnceLock<Arc<dyn Backend>>);

impl Devices {
    /// Connecting to the sound server takes a moment and may block.
    pub(crate) fn get(&self) -> Arc<dyn Backend> {
        let connect = || -> Arc<dyn Backend> { Arc::new(CpalBackend::new()) };
        Arc::clone(self.0.get_or_init(connect))
    }
}

impl std::fmt::Debug for Devices {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Devices")
    }
}

impl Sound {
    /// What a model of this kind needs. A file is read far enough to know that it is one.
    pub(crate) fn new(
        devices: Arc<dyn Backend>,
        kind: VoiceKind,
        formats: Formats,
        places: &Places,
        settings: &VoiceSettings,
    ) -> Result<Self, AudioError> {
        let hears = kind != VoiceKind::ReadAloud;
        let plays = kind != VoiceKind::Dictate;
        let input_file = places
            .input_wav
            .as_deref()
            .filter(|_| hears)
            .map(|path| FileBackend::new(REAL_TIME).with_microphone(path))
            .transpose()?;
        let output_file = places.output_wav.as_deref().filter(|_| plays).map(|path| {
            FileBackend::new(REAL_TIME).with_speaker(path, formats.output.sample_rate_hz())
        });
        let from_file = input_file.is_some();
        // What comes from a file is heard as it is: no speaker of ours is in it.
        let capture = hears.then(|| CaptureOptions {
            device: places.input_device.clone().filter(|_| !from_file),
            format: formats.input,
            echo_cancellation: settings.echo_cancellation && !from_file && plays,
            noise_suppression: settings.noise_suppression && !from_file,
            activity: true,
            pre_roll_ms: PRE_ROLL_MS,
        });
        let playback = plays.then(|| PlaybackOptions {
            device: places
                .output_device
                .clone()
                .filter(|_| output_file.is_none()),
            format: formats.output,
        });
        let backend = Pair {
            input: input_file
                .clone()
                .map_or_else(|| Arc::clone(&devices), |file| Arc::new(file)),
            output: output_file.map_or_else(|| Arc::clone(&devices), |file| Arc::new(file)),
        };
        Ok(Self {
            devices,
            backend: Arc::new(backend),
            input_file,
            output_file: places.output_wav.clone().filter(|_| plays),
            kind,
            capture,
            playback,
        })
    }

    /// Opens the devices and closes them again: no money is spent on a session that nobody could talk or listen in.
    pub(crate) fn probe(&self) -> Result<(), AudioError> {
        let options = SessionOptions {
            capture: self.capture.clone().filter(|_| self.input_file.is_none()),
            playback: self.playback.clone().filter(|_| self.output_file.is_none()),
            record: None,
        };
        if options.capture.is_none() && options.playback.is_none() {
            return Ok(());
        }
        let opened = AudioSession::open(Arc::clone(&self.devices), options, Box::new(|_| ()))?;
        // Nothing was recorded that could not be written.
        let _ = opened.close();
        Ok(())
    }

    /// Opens what the session needs. Blocks.
    pub(crate) fn open(
        &self,
        record: Option<PathBuf>,
        events: impl FnMut(AudioEvent) + Send + 'static,
    ) -> Result<AudioSession, AudioError> {
        let options = SessionOptions {
            capture: self.capture.clone(),
            playback: self.playback.clone(),
            record,
        };
        AudioSession::open(Arc::clone(&self.backend), options, Box::new(events))
    }

    /// The file a text is read into. Nobody waits for its sound, so no clock is in it.
    pub(crate) fn read_into(&self) -> Option<(&Path, WireFormat)> {
        let path = self.output_file.as_deref()?;
        let format = self.playback.as_ref()?.format;
        (self.kind == VoiceKind::ReadAloud).then_some((path, format))
    }

    pub(crate) const fn hears_file(&self) -> bool {
        self.input_file.is_some()
    }

    /// Whether all of the file was heard.
    pub(crate) fn is_file_heard(&self) -> bool {
        self.input_file
            .as_ref()
            .is_some_and(FileBackend::is_finished)
    }

    /// The name of the device that is used for one side; none when that side is not used. Blocks.
    pub(crate) fn device_name(&self, kind: DeviceKind, wanted: Option<&str>) -> Option<String> {
        let options = match kind {
            DeviceKind::Input => self.capture.as_ref().map(|capture| &capture.device),
            DeviceKind::Output => self.playback.as_ref().map(|playback| &playback.device),
        };
        let wanted = wanted.or(options?.as_deref());
        let devices = self.backend.devices().ok()?;
        choose(&devices, kind, wanted)
            .ok()
            .map(|device| device.name)
    }
}

/// Two sound systems as one: a file as the microphone beside a real speaker, for example.
struct Pair {
    input: Arc<dyn Backend>,
    output: Arc<dyn Backend>,
}

impl Pair {
    fn of(&self, kind: DeviceKind) -> &dyn Backend {
        match kind {
            DeviceKind::Input => &*self.input,
            DeviceKind::Output => &*self.output,
        }
    }
}

impl Backend for Pair {
    fn devices(&self) -> Result<Vec<Device>, AudioError> {
        let mut devices = Vec::new();
        for kind in [DeviceKind::Input, DeviceKind::Output] {
            let listed = self.of(kind).devices()?;
            devices.extend(listed.into_iter().filter(|device| device.kind == kind));
        }
        Ok(devices)
    }

    fn spec(&self, kind: DeviceKind, device_id: &str) -> Result<StreamSpec, AudioError> {
        self.of(kind).spec(kind, device_id)
    }

    fn open_input(
        &self,
        spec: &StreamSpec,
        callback: InputCallback,
        on_error: ErrorCallback,
    ) -> Result<StreamHandle, AudioError> {
        self.input.open_input(spec, callback, on_error)
    }

    fn open_output(
        &self,
        spec: &StreamSpec,
        callback: OutputCallback,
        on_error: ErrorCallback,
    ) -> Result<StreamHandle, AudioError> {
        self.output.open_output(spec, callback, on_error)
    }

    fn now(&self) -> std::time::Instant {
        self.input.now()
    }

    fn moves_streams(&self) -> bool {
        self.input.moves_streams()
    }
}
