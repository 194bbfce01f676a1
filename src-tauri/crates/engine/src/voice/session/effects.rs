//! What the machine wants done, and what a person orders.

use std::sync::Arc;

use wiro_audio::talk;

use super::super::hub::Order;
use super::super::machine::{Effect, Input};
use super::Session;
use crate::dto::{VoiceControl, VoiceEnd, VoiceEvent};
use wiro_library::VoiceTurnRow;

impl Session {
    pub(super) async fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::EndSession => self.tell_end().await,
            Effect::Interrupt => self.interrupt(),
            Effect::Latency { turn, waited } => self.keep_latency(turn, waited).await,
            Effect::Finish => {}
            sound => self.carry_out_sound(sound),
        }
    }

    fn carry_out_sound(&self, effect: Effect) {
        let Some(audio) = &self.audio else {
            return;
        };
        match effect {
            Effect::FlushPlayback => audio.interrupt(),
            Effect::StartCapture => audio.start_talking(),
            Effect::StopCapture => audio.stop_talking(),
            Effect::Mute(muted) => audio.set_muted(muted),
            Effect::PausePlayback(paused) => audio.set_paused(paused),
            Effect::Interrupt | Effect::EndSession | Effect::Latency { .. } | Effect::Finish => {}
        }
    }

    /// A connection that stands still must not hold up who wants silence.
    fn interrupt(&self) {
        if let Some(link) = &self.link {
            let session = Arc::clone(&link.session);
            tokio::spawn(async move {
                if let Err(error) = session.interrupt().await {
                    tracing::info!(%error, "the model could not be told to stop");
                }
            });
        }
    }

    async fn keep_latency(&mut self, turn: u32, waited: std::time::Duration) {
        self.state.latency_ms = Some((waited.as_secs_f64() * 1000.0).round());
        let row = VoiceTurnRow {
            turn,
            cost_usd: None,
            latency_ms: i64::try_from(waited.as_millis()).ok(),
        };
        self.keep_turn(row).await;
    }

    pub(super) async fn obey(&mut self, order: Order) {
        let mut outcome = Ok(());
        match order.control {
            VoiceControl::TalkDown => self.talk(talk::Input::Press(talk::Mode::Hold)).await,
            VoiceControl::TalkUp => self.talk(talk::Input::Release).await,
            VoiceControl::TalkToggle => self.talk(talk::Input::Press(talk::Mode::Toggle)).await,
            VoiceControl::SetMuted { muted } => self.step(Input::Muted(muted)).await,
            VoiceControl::SetMode { mode } => self.step(Input::Mode(mode)).await,
            VoiceControl::Interrupt => self.step(Input::Interrupt).await,
            VoiceControl::SetPaused { paused } => self.step(Input::Paused(paused)).await,
            VoiceControl::UseDevices { input, output } => {
                outcome = self.use_devices(input, output).await;
            }
            VoiceControl::End => {
                let reason = order.reason.unwrap_or(VoiceEnd::Person);
                self.step(Input::End(reason)).await;
            }
        }
        self.show();
        // Whoever ordered may have gone.
        let _ = order.done.send(outcome.map(|()| self.state.clone()));
    }

    async fn talk(&mut self, input: talk::Input) {
        self.step(Input::Talk(input)).await;
    }

    pub(super) async fn tell_level(&mut self) {
        if let Some(audio) = &self.audio {
            let levels = audio.levels();
            self.desk.tell(VoiceEvent::Level {
                input_dbfs: super::super::words::level(levels.microphone.rms_dbfs),
                output_dbfs: super::super::words::level(levels.speaker.rms_dbfs),
            });
        }
        if self.sound.is_file_heard() {
            self.file_tail += 1;
            if self.file_tail == super::FILE_TAIL_TICKS {
                self.step(Input::FileHeard).await;
            }
        }
    }
}
