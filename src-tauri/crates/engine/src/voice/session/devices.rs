//! The devices of a session: opened when the service is ready, lost, found again, exchanged.

use std::path::PathBuf;

use wiro_audio::device::DeviceKind;
use wiro_audio::error::AudioError;
use wiro_audio::session::{AudioEvent, AudioSession};

use super::super::machine::{Input, Side};
use super::super::uplink::Upward;
use super::super::wav_sink::WavSink;
use super::Session;
use crate::dto::AppError;
use crate::error::Error;

impl Session {
    /// Opens microphone and speaker. The sound server may take a moment: not on this thread.
    pub(super) async fn open_sound(&mut self) -> Result<(), AppError> {
        if let Some((path, format)) = self.sound.read_into() {
            let sink = WavSink::create(path, format).map_err(Error::from)?;
            self.state.output_name = Some(path.display().to_string());
            self.sink = Some(sink);
            return Ok(());
        }
        let folder = if self.state.record {
            let library = &self.engine.inner.library;
            let made = library.make_voice_dir(&self.state.run_id).await;
            Some(made.map_err(Error::from)?)
        } else {
            None
        };
        let audio = self.open_with(folder).await?;
        self.audio = Some(audio);
        self.name_devices(None, None).await;
        Ok(())
    }

    async fn open_with(&mut self, folder: Option<PathBuf>) -> Result<AudioSession, Error> {
        let (sound, heard) = (self.sound.clone(), self.heard.0.clone());
        let upward = self.link.as_ref().map(|link| link.upward.clone());
        let opening = move || {
            sound.open(folder, move |event| {
                let event = match (event, &upward) {
                    (AudioEvent::Chunk { bytes, last, .. }, Some(upward)) => {
                        // A connection that stands still loses what is said: better than saying it minutes later.
                        if upward.try_send(Upward::Chunk { bytes, last }).is_err() {
                            tracing::warn!("a chunk could not be sent in time");
                        }
                        if !last {
                            return;
                        }
                        last_chunk()
                    }
                    (event, _) => event,
                };
                // A session that is over hears nothing.
                let _ = heard.send(event);
            })
        };
        Ok(tokio::task::spawn_blocking(opening).await??)
    }

    pub(super) async fn take_sound(&mut self, event: AudioEvent) {
        match event {
            AudioEvent::Chunk { .. } => self.step(Input::LastChunk).await,
            AudioEvent::SpeechStarted => self.step(Input::SpeechStarted).await,
            AudioEvent::SpeechStopped => self.step(Input::SpeechStopped).await,
            AudioEvent::TurnStarted { turn } => self.step(Input::Sounding(turn)).await,
            AudioEvent::TurnPlayed { turn, .. } => self.step(Input::Sounded(turn)).await,
            AudioEvent::Underrun => {}
            AudioEvent::DeviceLost { kind, reason } => {
                self.trouble(lost(&reason));
                self.step(Input::Lost(side(kind))).await;
            }
            AudioEvent::DeviceBack { kind } => self.device_back(kind).await,
            AudioEvent::Recording { error } => {
                let mut trouble = AppError::from(Error::Recording(error.to_string()));
                trouble.detail = std::error::Error::source(&error).map(ToString::to_string);
                self.trouble(trouble);
            }
        }
    }

    async fn device_back(&mut self, kind: DeviceKind) {
        self.state.trouble = None;
        self.step(Input::Back(side(kind))).await;
    }

    pub(super) async fn use_devices(
        &mut self,
        input: Option<String>,
        output: Option<String>,
    ) -> Result<(), Error> {
        for (kind, wanted) in [
            (DeviceKind::Input, input.clone()),
            (DeviceKind::Output, output.clone()),
        ] {
            let Some(device) = wanted else {
                continue;
            };
            let Some(audio) = self.audio.take() else {
                continue;
            };
            // A device may take its time: not on this thread.
            let change = move || {
                let changed = audio.use_device(kind, Some(&device));
                (audio, changed)
            };
            let (audio, changed) = tokio::task::spawn_blocking(change).await?;
            self.audio = Some(audio);
            changed?;
            self.device_back(kind).await;
        }
        self.name_devices(input, output).await;
        Ok(())
    }

    async fn name_devices(&mut self, input: Option<String>, output: Option<String>) {
        let sound = self.sound.clone();
        let named = tokio::task::spawn_blocking(move || {
            [(DeviceKind::Input, input), (DeviceKind::Output, output)]
                .map(|(kind, wanted)| sound.device_name(kind, wanted.as_deref()))
        });
        if let Ok([input, output]) = named.await {
            self.state.input_name = input;
            self.state.output_name = output;
        }
    }
}

/// Stands for the last chunk, whose bytes have gone another way.
fn last_chunk() -> AudioEvent {
    let now = std::time::Instant::now();
    AudioEvent::Chunk {
        bytes: Vec::new(),
        first_sample_at: now,
        last_sample_at: now,
        last: true,
    }
}

const fn side(kind: DeviceKind) -> Side {
    match kind {
        DeviceKind::Input => Side::Microphone,
        DeviceKind::Output => Side::Speaker,
    }
}

/// A device that goes in a session is lost, whatever the system calls it.
fn lost(reason: &AudioError) -> AppError {
    Error::DeviceLost(reason.to_string()).into()
}
