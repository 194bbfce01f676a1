//! Runs that somebody talks in: whoever waits for the answer follows the run, not the tracker.

use tokio::sync::oneshot;
use wiro_client::secret::Secret;
use wiro_library::NewVoiceSession;

use super::RunOptions;
use crate::care::Care;
use crate::dto::RunSubmission;
use crate::engine::Engine;
use crate::error::Error;

/// A run that was written down now, or before.
#[derive(Debug)]
pub(crate) enum Submitted {
    /// It is being sent.
    New(String),
    /// The same intent made this run before.
    Existing(String),
}

/// A run that the service took: whoever has this follows it.
#[derive(Debug)]
pub(crate) struct Accepted {
    pub(crate) care: Care,
    pub(crate) task_id: Option<String>,
    pub(crate) token: Option<Secret<String>>,
}

/// A voice session about to be sent.
#[derive(Debug)]
pub(crate) struct LiveRun {
    /// What its model does, in the words of the library.
    pub(crate) kind: String,
    /// Whether its sound is kept.
    pub(crate) records: bool,
    /// Takes the service's answer; dropped when there is none.
    pub(crate) answer: oneshot::Sender<Accepted>,
}

impl Engine {
    /// Writes a voice session down and starts sending its run; whoever waits for the answer follows it while it lives.
    pub(crate) async fn submit_live(
        &self,
        account_id: &str,
        submission: RunSubmission,
        options: RunOptions,
        live: LiveRun,
    ) -> Result<Submitted, Error> {
        self.begin_run(account_id, submission, options, Some(live))
            .await
    }

    pub(super) async fn write_session(
        &self,
        run_id: &str,
        live: LiveRun,
    ) -> Result<oneshot::Sender<Accepted>, Error> {
        let session = NewVoiceSession {
            run_id: run_id.to_owned(),
            kind: live.kind,
            records: live.records,
        };
        self.inner.library.begin_voice(session).await?;
        Ok(live.answer)
    }
}
