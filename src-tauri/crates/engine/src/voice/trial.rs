//! The devices of this machine, and trying them outside a session.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval};
use wiro_audio::device::{Backend, Device, DeviceKind};
use wiro_audio::level::Level;
use wiro_audio::pcm::WireFormat;
use wiro_audio::session::{AudioSession, CaptureOptions, PlaybackOptions, SessionOptions};
use wiro_audio::tone::Tone;

use super::hub::VoiceHub;
use super::words;
use crate::dto::{VoiceDevice, VoiceDeviceTest, VoiceDeviceTestResult, VoiceDevices, VoiceEvent};
use crate::engine::Engine;
use crate::error::Error;

/// How long a microphone is listened to.
const LISTENS: Duration = Duration::from_secs(5);
/// How long a tone sounds.
const TONE_MS: u32 = 1200;
const TONE_HZ: f64 = 440.0;
const TONE_DBFS: f64 = -18.0;
/// A tone that does not sound by then never will.
const TONE_WAIT: Duration = Duration::from_secs(6);
const LEVEL_EVERY: Duration = Duration::from_millis(50);

impl Engine {
    /// Microphones and speakers there are now.
    pub async fn voice_devices(&self) -> Result<VoiceDevices, Error> {
        let backend = self.devices_backend().await?;
        let listed = tokio::task::spawn_blocking(move || backend.devices()).await??;
        let settings = self.inner.settings.shown().voice;
        let of = |kind| {
            let devices = listed.iter().filter(move |device| device.kind == kind);
            devices.map(device_of).collect()
        };
        Ok(VoiceDevices {
            inputs: of(DeviceKind::Input),
            outputs: of(DeviceKind::Output),
            chosen_input: settings.input_device,
            chosen_output: settings.output_device,
        })
    }

    /// Tries a device: plays a tone, or listens for a few seconds and tells what is heard.
    ///
    /// # Errors
    /// Whatever keeps the device from being opened; [`Error::VoiceBusySession`] in a session.
    pub async fn voice_device_test(
        &self,
        test: VoiceDeviceTest,
    ) -> Result<VoiceDeviceTestResult, Error> {
        // Nobody starts a session meanwhile.
        let _place = VoiceHub::take_place(self)?;
        let backend = self.devices_backend().await?;
        let settings = self.inner.settings.shown().voice;
        let (options, plays) = match test {
            VoiceDeviceTest::Input { device } => {
                (microphone(device.or(settings.input_device)), false)
            }
            VoiceDeviceTest::Output { device } => {
                (speaker(device.or(settings.output_device)), true)
            }
        };
        let opening = move || AudioSession::open(backend, options, Box::new(|_| ()));
        let mut audio = tokio::task::spawn_blocking(opening).await??;
        if plays {
            audio.play(0, &tone())?;
            audio.end_turn(0);
        }
        let peak_dbfs = self.watch_levels(&mut audio, plays).await;
        // It recorded nothing that could be lost.
        drop(tokio::task::spawn_blocking(move || audio.close()).await?);
        Ok(VoiceDeviceTestResult {
            peak_dbfs: words::level(peak_dbfs),
        })
    }

    async fn watch_levels(&self, audio: &mut AudioSession, plays: bool) -> f32 {
        let until = Instant::now() + if plays { TONE_WAIT } else { LISTENS };
        let mut tick = interval(LEVEL_EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut peak_dbfs = Level::FLOOR_DBFS;
        while Instant::now() < until {
            tick.tick().await;
            let levels = audio.levels();
            peak_dbfs = peak_dbfs.max(if plays {
                levels.speaker.peak_dbfs
            } else {
                levels.microphone.peak_dbfs
            });
            let event = VoiceEvent::Level {
                input_dbfs: words::level(levels.microphone.rms_dbfs),
                output_dbfs: words::level(levels.speaker.rms_dbfs),
            };
            // Nobody listening is fine.
            let _ = self.inner.voice.events().send(event);
            let played = audio.counters().turn_played_samples;
            if plays && played >= tone_samples() as u64 {
                break;
            }
        }
        peak_dbfs
    }

    /// The sound system of this machine. Connecting to it may block.
    pub(super) async fn devices_backend(&self) -> Result<Arc<dyn Backend>, Error> {
        let engine = self.clone();
        Ok(tokio::task::spawn_blocking(move || engine.inner.voice.devices()).await?)
    }
}

fn microphone(device: Option<String>) -> SessionOptions {
    SessionOptions {
        capture: Some(CaptureOptions {
            device,
            echo_cancellation: false,
            noise_suppression: false,
            activity: false,
            ..CaptureOptions::default()
        }),
        ..SessionOptions::default()
    }
}

fn speaker(device: Option<String>) -> SessionOptions {
    SessionOptions {
        playback: Some(PlaybackOptions {
            device,
            format: WireFormat::default(),
        }),
        ..SessionOptions::default()
    }
}

fn tone_samples() -> usize {
    WireFormat::default().samples_in_ms(TONE_MS)
}

fn tone() -> Vec<u8> {
    let format = WireFormat::default();
    let mut samples = vec![0.0; tone_samples()];
    Tone::new(format.sample_rate_hz(), TONE_HZ, TONE_DBFS).fill(&mut samples);
    let mut bytes = Vec::new();
    format.encode(&samples, &mut bytes);
    bytes
}

fn device_of(device: &Device) -> VoiceDevice {
    VoiceDevice {
        id: device.id.clone(),
        name: device.name.clone(),
        is_default: device.is_default,
        is_monitor: device.is_monitor,
    }
}
