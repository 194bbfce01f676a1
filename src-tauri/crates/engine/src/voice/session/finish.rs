//! The end: everything is closed, written down and handed over.

use std::time::Duration;

use tokio::sync::oneshot;
use wiro_audio::session::AudioSession;

use super::super::kept::{JSON_FILE, RECORDING_FILE, SRT_FILE};
use super::super::wav_sink::WavSink;
use super::super::words;
use super::{Session, unix_ms};
use wiro_library::Error as LibraryError;

use crate::dto::VoiceEnd;
use crate::error::Error;
use crate::runs::Accepted;

/// A run that was sent and not answered yet when its session was ended: how long its answer is waited for here.
const ANSWER_WAIT: Duration = Duration::from_secs(5);

impl Session {
    pub(super) async fn finish(mut self, accepted: Option<oneshot::Receiver<Accepted>>) {
        // The connection first: whoever is still charged for it is not any longer.
        self.link = None;
        if let Some(audio) = self.audio.take() {
            self.close_sound(audio).await;
        }
        if let Some(Err(error)) = self.sink.take().map(WavSink::finish) {
            self.trouble(Error::from(error).into());
        }
        let lines = self.lines.end_turn();
        self.keep_lines(lines).await;
        if let Err(error) = self.write_down().await {
            self.trouble(error.into());
        }
        if self.run.is_none()
            && let Some(accepted) = accepted
        {
            let answer = tokio::time::timeout(ANSWER_WAIT, accepted).await;
            self.run = answer.ok().and_then(Result::ok);
        }
        self.state.ended_at_ms = Some(unix_ms());
        self.show();
        if let Some(Accepted {
            care,
            task_id,
            token,
        }) = self.run.take()
        {
            self.engine
                .follow(&self.account, care, task_id, token)
                .await;
        }
        self.desk.close(self.state);
    }

    async fn close_sound(&mut self, audio: AudioSession) {
        let closed = tokio::task::spawn_blocking(move || audio.close()).await;
        if let Ok(Err(error)) = closed {
            self.trouble(Error::Recording(error.to_string()).into());
        }
    }

    /// Notes the end in the library, and the transcript beside the recording.
    async fn write_down(&mut self) -> Result<(), Error> {
        let library = &self.engine.inner.library;
        let run_id = &self.state.run_id;
        let reason = self.machine.end().unwrap_or(VoiceEnd::Failed);
        match library.end_voice(run_id, &words::word(reason)).await {
            // The run was settled before there was a session: its own end says all.
            Err(LibraryError::LeaseLost { .. }) => {}
            ended => ended?,
        }
        if self.state.record && self.ready.is_some() {
            let folder = library.make_voice_dir(run_id).await?;
            if let Some((path, _)) = self.sound.read_into() {
                fs_err::tokio::copy(path, folder.join(RECORDING_FILE)).await?;
            }
            let transcript = words::transcript(self.lines.all());
            let (srt, json) = (transcript.to_srt(), transcript.to_json());
            fs_err::tokio::write(folder.join(SRT_FILE), srt).await?;
            fs_err::tokio::write(folder.join(JSON_FILE), json).await?;
        }
        Ok(())
    }
}
