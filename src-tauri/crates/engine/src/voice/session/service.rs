//! What the service says.

use std::sync::Arc;

use tokio::sync::mpsc;
use wiro_client::follow::{Ending, Pace};
use wiro_client::realtime::{RealtimeConfig, RealtimeEvent, RealtimeSession, Speaker};
use wiro_client::socket::{LogStream as SocketStream, SocketConfig, TaskEvent};

use super::super::format::sample_size;
use super::super::machine::Input;
use super::super::uplink::{self, Upward};
use super::{Link, Session, connection_lost, unix_ms};
use crate::dto::{
    AppError, ErrorCode, LogStream, SuggestedAction, VoiceEnd, VoiceKind, VoicePhase, VoiceSpeaker,
};
use crate::error::Error;
use crate::events::RunEvent;
use crate::runs::Accepted;
use crate::view::{REASON_BYTES, WORD_BYTES, now_ms, shorten};

impl Session {
    /// Connects when the service took the run; otherwise the run tells why it did not.
    pub(super) async fn take_answer(
        &mut self,
        answer: Option<Accepted>,
    ) -> Option<mpsc::Receiver<RealtimeEvent>> {
        let Some(accepted) = answer else {
            self.not_started().await;
            return None;
        };
        let Some(token) = accepted.token.clone() else {
            // Without one there is no way in; the tracker looks after the run.
            self.run = Some(accepted);
            let reason = "the service told no way into the session".to_owned();
            self.trouble(connection_lost(reason));
            self.step(Input::Over(VoiceEnd::Failed)).await;
            return None;
        };
        let config = RealtimeConfig {
            socket: SocketConfig {
                proxy: self.account.proxy.clone(),
                ..SocketConfig::default()
            },
            pace: Pace::default(),
            sent: sample_size(self.formats.input),
            received: sample_size(self.formats.output),
        };
        let (session, events) = RealtimeSession::open(self.account.client.clone(), config, token);
        let session = Arc::new(session);
        let (upward, items) = mpsc::channel(uplink::WAITING_CHUNKS);
        tokio::spawn(uplink::run(Arc::clone(&session), self.formats.input, items));
        self.run = Some(accepted);
        self.link = Some(Link { session, upward });
        if self.state.phase == VoicePhase::Ending {
            // The person ended it before there was a way to say so.
            self.tell_end().await;
        }
        Some(events)
    }

    async fn not_started(&mut self) {
        let error = match self.engine.run_show(&self.state.run_id).await {
            Ok(run) => run.error,
            Err(error) => Some(error.into()),
        };
        if let Some(error) = error {
            self.trouble(error);
        }
        self.step(Input::Over(VoiceEnd::Failed)).await;
    }

    /// Asks the service to finish, after all that was said.
    pub(super) async fn tell_end(&mut self) {
        if let Some(link) = &self.link {
            // Nobody to tell: the connection is gone, and with it the session.
            drop(link.upward.send(Upward::End).await);
        }
        if self.ready.is_none() {
            // On its way, or in the queue: the run is stopped as any other.
            let (engine, run_id) = (self.engine.clone(), self.state.run_id.clone());
            tokio::spawn(async move {
                if let Err(error) = engine.run_stop(&run_id).await {
                    tracing::info!(%error, "a session that had not begun could not be stopped");
                }
            });
        }
    }

    pub(super) async fn take_event(&mut self, event: RealtimeEvent) {
        match event {
            RealtimeEvent::Unreachable { reason } => {
                let mut trouble = connection_lost(reason);
                "the service cannot be reached; it is tried again".clone_into(&mut trouble.message);
                self.trouble(trouble);
            }
            RealtimeEvent::Connected => self.state.trouble = None,
            RealtimeEvent::Ready => self.begin().await,
            RealtimeEvent::Audio { turn, pcm } => self.play(turn, &pcm).await,
            RealtimeEvent::Transcript { speaker, text } => self.quote(speaker, &text).await,
            RealtimeEvent::TurnEnded { turn } => self.end_turn(turn).await,
            RealtimeEvent::Cost {
                turn_usd,
                session_usd,
                ..
            } => self.keep_cost(turn_usd, session_usd).await,
            RealtimeEvent::Task(frame) => self.note(frame.event).await,
            RealtimeEvent::Other(_) => {}
            RealtimeEvent::Disconnected { reason } => {
                if self.machine.end().is_none() {
                    self.trouble(connection_lost(reason));
                }
                self.close_turn().await;
                self.step(Input::Over(VoiceEnd::ConnectionLost)).await;
            }
            RealtimeEvent::Ended(ending) => self.ended(&ending).await,
        }
    }

    /// The service listens: from here on the microphone is open.
    async fn begin(&mut self) {
        if self.ready.is_some() || self.machine.end().is_some() {
            return;
        }
        if let Err(error) = self.open_sound().await {
            return self.fail(error, VoiceEnd::Failed).await;
        }
        self.ready = Some(tokio::time::Instant::now());
        self.state.ready_at_ms = Some(unix_ms());
        let library = &self.engine.inner.library;
        if let Err(error) = library.mark_voice_ready(&self.state.run_id).await {
            self.trouble(Error::from(error).into());
        }
        self.step(Input::Ready).await;
    }

    async fn play(&mut self, turn: u32, bytes: &[u8]) {
        if self.sink.is_some() {
            return self.write_sound(turn, bytes).await;
        }
        let wanted = self.machine.wants(turn);
        let Some(audio) = self.audio.as_ref().filter(|_| wanted) else {
            return;
        };
        if let Err(error) = audio.play(turn, bytes) {
            return self.trouble(Error::from(error).into());
        }
        self.answered();
        self.step(Input::Audio(turn)).await;
    }

    /// What is written down counts as heard.
    async fn write_sound(&mut self, turn: u32, bytes: &[u8]) {
        let Some(sink) = self.sink.as_mut().filter(|_| self.machine.wants(turn)) else {
            return;
        };
        if let Err(error) = sink.write(bytes) {
            return self.fail(Error::from(error).into(), VoiceEnd::Failed).await;
        }
        self.step(Input::Audio(turn)).await;
        self.step(Input::Sounding(turn)).await;
    }

    fn answered(&self) {
        if let Some(link) = &self.link {
            // A full way up is busy with what the person says.
            let _ = link.upward.try_send(Upward::Answered);
        }
    }

    async fn quote(&mut self, speaker: Speaker, text: &str) {
        let (speaker, input) = match speaker {
            Speaker::User => (VoiceSpeaker::Person, Input::PersonQuoted),
            Speaker::Ai => (VoiceSpeaker::Model, Input::ModelQuoted),
        };
        let lines = self.lines.take(speaker, text, self.turn, self.session_ms());
        self.keep_lines(lines).await;
        self.step(input).await;
    }

    async fn end_turn(&mut self, turn: u32) {
        if let Some(audio) = &self.audio {
            audio.end_turn(turn);
        }
        self.turn = turn.saturating_add(1);
        self.state.turns = self.turn;
        let lines = self.lines.end_turn();
        self.keep_lines(lines).await;
        self.step(Input::TurnEnded).await;
        if self.sink.is_some() {
            self.step(Input::Sounded(turn)).await;
        }
    }

    /// No more comes of the turn that goes on: what there is of it is heard to its end.
    async fn close_turn(&mut self) {
        if let Some(audio) = &self.audio {
            audio.end_turn(self.turn);
        }
        if self.sink.is_some() {
            self.step(Input::Sounded(self.turn)).await;
        }
    }

    /// A frame about the task: the run's history has it as of every other run.
    async fn note(&mut self, event: TaskEvent) {
        let noted = match event {
            TaskEvent::Status(status) => self.note_status(status.as_str()).await,
            TaskEvent::Log { stream, text } => {
                let stream = match stream {
                    SocketStream::Stdout => LogStream::Stdout,
                    SocketStream::Stderr => LogStream::Stderr,
                };
                self.engine
                    .note_log(&self.state.run_id, stream, &text)
                    .await
            }
            _ => Ok(()),
        };
        if let Err(error) = noted {
            tracing::info!(%error, "a frame of a session could not be written down");
        }
    }

    async fn note_status(&mut self, status: &str) -> Result<(), Error> {
        let status = shorten(status, WORD_BYTES);
        if self.last_status.as_ref() == Some(&status) {
            return Ok(());
        }
        self.last_status = Some(status.clone());
        let run_id = &self.state.run_id;
        let library = &self.engine.inner.library;
        library.note_status(run_id, &status, now_ms()).await?;
        let events = &self.engine.inner.events;
        events.publish(run_id, RunEvent::Status(status));
        Ok(())
    }

    /// The service has said how the task ended.
    async fn ended(&mut self, ending: &Ending) {
        self.close_turn().await;
        let reason = if self.ready.is_none() {
            if let Some(error) = failure(ending) {
                self.trouble(error);
            }
            VoiceEnd::Failed
        } else if self.state.kind == VoiceKind::ReadAloud {
            VoiceEnd::Done
        } else {
            VoiceEnd::Service
        };
        self.step(Input::Over(reason)).await;
    }
}

/// Why a task ended before there was a session.
fn failure(ending: &Ending) -> Option<AppError> {
    let Ending::Confirmed(task) = ending else {
        return None;
    };
    let said = task.debug_error.as_deref();
    Some(AppError {
        code: ErrorCode::RunFailed,
        message: "the service ended the session before it began".to_owned(),
        action: SuggestedAction::OpenRun,
        retryable: false,
        detail: said.map(|said| shorten(said, REASON_BYTES)),
        field: None,
    })
}
