//! Submitting a run: validate, write down, send once, and take what the answer says.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rand::Rng;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use wiro_client::error::{Error as ClientError, ErrorKind};
use wiro_client::forms::RunBody;
use wiro_client::runs::{RunAccepted, RunFailure, UploadProgress};
use wiro_client::secret::Secret;
use wiro_library::{Error as LibraryError, Inserted, NewRun, RunState as RowState};

use crate::accounts::Account;
use crate::care::Care;
use crate::control::Sending;
use crate::dto::{AnswerInput, Answers, AppError, ErrorCode, FileInput, RunSubmission, RunSummary};
use crate::engine::Engine;
use crate::error::{Error, client_presentation};
use crate::events::RunEvent;
use crate::files::{RecordedInput, record_input};
use crate::models::KnownModel;
use crate::view::{REASON_BYTES, shorten};
use recorded::{caption, send_recorded, stored_names, with_recorded};

mod live;
mod recorded;

pub(crate) use live::{Accepted, LiveRun, Submitted};

/// A refusal by the concurrency rule is tried again after this time, doubling.
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// After this long without a free slot the person decides.
const PATIENCE: Duration = Duration::from_mins(2);
/// How long to wait before ids are written again that the disk did not take.
const FIRST_WRITE_PAUSE: Duration = Duration::from_secs(1);

/// How a run is started, beside what was filled in.
#[derive(Debug, Clone, Default)]
pub struct RunOptions {
    /// Results are also put here, under safe names.
    pub output_dir: Option<PathBuf>,
    /// Who asked: `app` or `cli`.
    pub origin: String,
    /// The run this one repeats.
    pub retry_of: Option<String>,
}

impl Engine {
    /// Writes a run down and starts sending it. Returns as soon as it is written; events tell the rest.
    ///
    /// The same intent id twice is the same run: the second call sends nothing.
    pub async fn run_submit(
        &self,
        submission: RunSubmission,
        options: RunOptions,
    ) -> Result<RunSummary, Error> {
        let account_id = self.active_account()?.summary.id.clone();
        self.submit_for(&account_id, submission, options).await
    }

    /// The same for an account that need not be the one in use.
    pub(crate) async fn submit_for(
        &self,
        account_id: &str,
        submission: RunSubmission,
        options: RunOptions,
    ) -> Result<RunSummary, Error> {
        let run_id = match self
            .begin_run(account_id, submission, options, None)
            .await?
        {
            Submitted::New(run_id) | Submitted::Existing(run_id) => run_id,
        };
        Ok(self.run_show(&run_id).await?.summary)
    }

    async fn begin_run(
        &self,
        account_id: &str,
        submission: RunSubmission,
        options: RunOptions,
        live: Option<LiveRun>,
    ) -> Result<Submitted, Error> {
        let account = self.with_key(account_id).await?;
        let model = self.known_model(&account, &submission.model).await?;
        let Prepared { row, body } = self.prepare(&account, &model, &submission, options).await?;
        let (run_id, copies) = (row.id.clone(), stored_names(&row));
        // Before it is written down: nobody may take it for a run that lost its process.
        let care = self.take_care(&run_id).ok_or(Error::RunBusy)?;
        match self.inner.library.insert_run(row).await {
            Ok(Inserted::New) => {}
            Ok(Inserted::Existing(existing)) => {
                self.remove_copies(&copies);
                return Ok(Submitted::Existing(existing));
            }
            Err(error) => {
                self.remove_copies(&copies);
                return Err(error.into());
            }
        }
        let live = match live {
            Some(live) => Some(self.write_session(&run_id, live).await?),
            None => None,
        };
        let (engine, sending) = (self.clone(), self.begin_sending(&run_id));
        self.spawn(async move {
            let outgoing = Outgoing {
                account,
                model,
                body,
                live,
            };
            if let Err(error) = engine.send_stoppable(outgoing, care, &sending).await {
                // The care ended with the error: the run becomes unconfirmed and is looked for, never sent again.
                tracing::error!(%error, "the outcome of a run could not be written down");
            }
        });
        Ok(Submitted::New(run_id))
    }

    /// Removes the copies of inputs whose run was not written down.
    fn remove_copies(&self, stored_names: &[String]) {
        for name in stored_names {
            let removed = self.inner.library.input_path(name).map(fs_err::remove_file);
            if let Ok(Err(error)) = removed {
                tracing::warn!(%error, "the copy of an input stays behind");
            }
        }
    }

    async fn prepare(
        &self,
        account: &Account,
        model: &KnownModel,
        submission: &RunSubmission,
        options: RunOptions,
    ) -> Result<Prepared, Error> {
        let answers = self.client_answers(&submission.answers)?;
        let mut body = model.form.request(&answers).map_err(Error::Inputs)?;
        let recorded = self.record_inputs(&submission.answers).await?;
        send_recorded(&mut body, &recorded);
        let kept_answers = with_recorded(&submission.answers, &recorded);
        let row = NewRun {
            id: Uuid::now_v7().to_string(),
            intent_id: submission.intent_id.clone(),
            account_id: account.summary.id.clone(),
            model: model.slug.to_string(),
            title: model.title.clone(),
            caption: caption(&kept_answers, &recorded),
            answers_json: serde_json::to_string(&kept_answers)?,
            request_json: serde_json::to_string(&body.parameters())?,
            output_dir: options.output_dir,
            origin: options.origin,
            retry_of: options.retry_of,
            inputs: recorded.into_iter().map(|input| input.row).collect(),
        };
        Ok(Prepared { row, body })
    }

    async fn record_inputs(&self, answers: &Answers) -> Result<Vec<RecordedInput>, Error> {
        let mut recorded: Vec<RecordedInput> = Vec::new();
        for (field, answer) in answers {
            let AnswerInput::Files { files } = answer else {
                continue;
            };
            for (position, file) in (0_u32..).zip(files) {
                let FileInput::Staged { id } = file else {
                    continue;
                };
                let staged = self.inner.staged.get(id).ok_or(Error::FileNotStaged)?;
                match record_input(&self.inner.library, &staged, field, position).await {
                    Ok(input) => recorded.push(input),
                    Err(error) => {
                        let copies = recorded
                            .into_iter()
                            .filter_map(|input| input.row.stored_name);
                        self.remove_copies(&copies.collect::<Vec<_>>());
                        return Err(error);
                    }
                }
            }
        }
        Ok(recorded)
    }

    /// Sends a run; when the person stopped it too late for that, its task is stopped on the service.
    async fn send_stoppable(
        &self,
        outgoing: Outgoing,
        care: Care,
        sending: &Sending,
    ) -> Result<(), Error> {
        let run_id = care.run_id().to_owned();
        self.send(outgoing, care, &sending.stop).await?;
        if sending.stop.is_cancelled() && self.run_row(&run_id).await?.state == RowState::Running {
            self.run_stop(&run_id).await?;
        }
        Ok(())
    }

    /// Sends a written-down run: once, or again only after a refusal that certainly created nothing (code 96).
    async fn send(
        &self,
        outgoing: Outgoing,
        care: Care,
        stop: &CancellationToken,
    ) -> Result<(), Error> {
        let Outgoing {
            account,
            model,
            body,
            live,
        } = outgoing;
        let mut wait = FIRST_WAIT;
        let mut waited = Duration::ZERO;
        loop {
            if stop.is_cancelled() {
                return self.stopped(care).await;
            }
            let library = &self.inner.library;
            self.persist(care.run_id(), || library.mark_sending(care.run_id()))
                .await?;
            let progress = self.upload_progress(care.run_id());
            let sent = account
                .client
                .run_cancellable(&model.slug, &body, Some(progress), stop);
            let failure = match sent.await {
                Ok(accepted) => return self.accepted(&account, care, accepted, live).await,
                Err(RunFailure::NotSent(_)) if stop.is_cancelled() => {
                    return self.stopped(care).await;
                }
                Err(failure) => failure,
            };
            let refusal = match failure {
                RunFailure::Refused(error) if is_for_slots(&error) && waited < PATIENCE => error,
                failure => return self.not_accepted(&account, care, failure).await,
            };
            self.wait_for_slot(&care, refusal).await?;
            let pause = wait
                .mul_f64(rand::rng().random_range(0.8..1.2))
                .min(PATIENCE.saturating_sub(waited));
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = stop.cancelled() => {}
            }
            waited += pause;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    /// The service has no free slot: it created nothing, and says how many it gives for which balance.
    async fn wait_for_slot(&self, care: &Care, refusal: ClientError) -> Result<(), Error> {
        let library = &self.inner.library;
        self.persist(care.run_id(), || library.mark_waiting(care.run_id()))
            .await?;
        let mut reason = AppError::from(Error::from(refusal));
        reason.message = shorten(&reason.message, REASON_BYTES);
        self.trouble(care.run_id(), &reason);
        self.inner.events.publish(care.run_id(), RunEvent::Waiting);
        Ok(())
    }

    /// The person stopped it before the service had it.
    async fn stopped(&self, care: Care) -> Result<(), Error> {
        let reason = "You stopped this run before it was sent.";
        self.settle(care, RowState::NotSent, ErrorCode::Interrupted, reason)
            .await
    }

    fn upload_progress(&self, run_id: &str) -> UploadProgress {
        let events = self.inner.events.clone();
        let run_id = run_id.to_owned();
        Arc::new(move |sent_bytes, total_bytes| {
            events.publish(
                &run_id,
                RunEvent::Uploaded {
                    sent_bytes,
                    total_bytes,
                },
            );
        })
    }

    /// Commits the ids before anything says that the run is running.
    async fn accepted(
        &self,
        account: &Arc<Account>,
        care: Care,
        accepted: RunAccepted,
        live: Option<oneshot::Sender<Accepted>>,
    ) -> Result<(), Error> {
        let RunAccepted { task_id, token } = accepted;
        self.write_accepted(care.run_id(), task_id.as_deref(), token.as_ref())
            .await?;
        self.inner.events.publish(
            care.run_id(),
            RunEvent::Submitted {
                task_id: task_id.clone(),
            },
        );
        let accepted = Accepted {
            care,
            task_id,
            token,
        };
        // A session that is over by now leaves its run to the tracker.
        let unheard = match live {
            Some(live) => live.send(accepted).err(),
            None => Some(accepted),
        };
        if let Some(Accepted {
            care,
            task_id,
            token,
        }) = unheard
        {
            self.follow(account, care, task_id, token).await;
        }
        Ok(())
    }

    /// Writes the ids of an accepted run down: they are the only way to what was paid for.
    pub(crate) async fn write_accepted(
        &self,
        run_id: &str,
        task_id: Option<&str>,
        token: Option<&Secret<String>>,
    ) -> Result<(), Error> {
        let token = token.map(|token| token.expose().as_str());
        let library = &self.inner.library;
        self.persist(run_id, || library.accept_run(run_id, task_id, token))
            .await
    }

    /// Writes a step of a run down, and goes on trying while the disk is full or the database busy: what happened is
    /// known only here.
    async fn persist<W: Future<Output = Result<(), LibraryError>>>(
        &self,
        run_id: &str,
        write: impl Fn() -> W,
    ) -> Result<(), Error> {
        let mut pause = FIRST_WRITE_PAUSE;
        loop {
            match write().await {
                Err(error) if error.may_pass() => {
                    self.trouble(run_id, &Error::from(error).into());
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_WAIT);
                }
                result => {
                    self.trouble_over(run_id);
                    return Ok(result?);
                }
            }
        }
    }

    /// Writes down names of a task that were learned later.
    pub(crate) async fn write_names(
        &self,
        run_id: &str,
        task_id: Option<&str>,
        token: Option<&Secret<String>>,
    ) -> Result<(), Error> {
        let token = token.map(|token| token.expose().as_str());
        self.inner
            .library
            .accept_run(run_id, task_id, token)
            .await?;
        Ok(())
    }

    async fn not_accepted(
        &self,
        account: &Arc<Account>,
        care: Care,
        failure: RunFailure,
    ) -> Result<(), Error> {
        let reason = shorten(failure.error().message(), REASON_BYTES);
        match &failure {
            RunFailure::Unknown(_) => {
                let library = &self.inner.library;
                self.persist(care.run_id(), || {
                    library.mark_unconfirmed(care.run_id(), &reason)
                })
                .await?;
                self.look_for(account, care).await
            }
            RunFailure::Refused(error) | RunFailure::NotSent(error) => {
                let refused = matches!(failure, RunFailure::Refused(_));
                let (code, _) = client_presentation(error.kind());
                let code = if code == ErrorCode::ModelUnknown {
                    ErrorCode::RunRefused
                } else {
                    code
                };
                let state = if refused {
                    RowState::Refused
                } else {
                    RowState::NotSent
                };
                self.settle(care, state, code, &reason).await
            }
        }
    }

    /// Ends a run that the service does not have.
    pub(crate) async fn settle(
        &self,
        care: Care,
        state: RowState,
        code: ErrorCode,
        reason: &str,
    ) -> Result<(), Error> {
        let run_id = care.run_id().to_owned();
        let library = &self.inner.library;
        self.persist(&run_id, || {
            library.settle(&run_id, state, Some(code.as_str()), Some(reason))
        })
        .await?;
        self.inner.candidates.clear(&run_id);
        self.tell_settled(&run_id, state.into());
        drop(care);
        Ok(())
    }
}

/// Whether the service refused a run only because others are running (code 96).
fn is_for_slots(error: &ClientError) -> bool {
    matches!(error.kind(), ErrorKind::Concurrency { .. })
}

/// A run on its way: what is sent, and where.
struct Outgoing {
    account: Arc<Account>,
    model: Arc<KnownModel>,
    body: RunBody,
    live: Option<oneshot::Sender<Accepted>>,
}

/// A run ready to be written down and sent.
struct Prepared {
    row: NewRun,
    body: RunBody,
}
