//! Submitting a run: validate, write down, send once, and take what the answer says.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rand::Rng;
use uuid::Uuid;
use wiro_client::error::ErrorKind;
use wiro_client::forms::{Part, RunBody};
use wiro_client::runs::{RunAccepted, RunFailure, UploadProgress};
use wiro_client::secret::Secret;
use wiro_client::tasks::TaskRef;
use wiro_library::{Error as LibraryError, Inserted, NewRun, RunState as RowState};

use crate::accounts::Account;
use crate::care::Care;
use crate::dto::{
    AnswerInput, Answers, ErrorCode, FileInput, RunDetail, RunSubmission, RunSummary,
};
use crate::engine::{Engine, locked};
use crate::error::{Error, client_presentation};
use crate::events::RunEvent;
use crate::files::{RecordedInput, record_input};
use crate::models::KnownModel;
use crate::view::{REASON_BYTES, shorten};

/// A refusal by the concurrency rule is tried again after this time, doubling.
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// After this long without a free slot the person decides.
const PATIENCE: Duration = Duration::from_mins(2);
/// How long to wait before ids are written again that the disk did not take.
const FIRST_WRITE_PAUSE: Duration = Duration::from_secs(1);
const CAPTION_CHARS: usize = 120;

/// Tasks of the service that may be an unconfirmed run, by run id; found again by looking.
#[derive(Debug, Default)]
pub(crate) struct Candidates {
    by_run: Mutex<HashMap<String, Vec<String>>>,
}

impl Candidates {
    pub(crate) fn of(&self, run_id: &str) -> Vec<String> {
        locked(&self.by_run)
            .get(run_id)
            .cloned()
            .unwrap_or_default()
    }

    pub(crate) fn has(&self, run_id: &str, task_id: &str) -> bool {
        self.of(run_id).iter().any(|candidate| candidate == task_id)
    }

    /// Keeps what was found; says whether it is other than before.
    pub(crate) fn set(&self, run_id: &str, task_ids: &[String]) -> bool {
        let before = locked(&self.by_run).insert(run_id.to_owned(), task_ids.to_vec());
        before.unwrap_or_default() != task_ids
    }

    pub(crate) fn clear(&self, run_id: &str) {
        locked(&self.by_run).remove(run_id);
    }
}

/// How a run is started, beside what was filled in.
#[derive(Debug, Clone, Default)]
pub struct RunOptions {
    /// Results are also put here, under safe names.
    pub output_dir: Option<PathBuf>,
    /// Who asked: `app` or `cli`.
    pub origin: String,
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
        let account = self.active_account()?;
        if account.client.credentials().is_none() {
            // The catalogue can be read without one, so this is the first that asks for it.
            return Err(Error::KeyMissing);
        }
        let model = self.known_model(&account, &submission.model).await?;
        let Prepared { row, body } = self.prepare(&account, &model, &submission, options).await?;
        let (run_id, copies) = (row.id.clone(), stored_names(&row));
        // Before it is written down: nobody may take it for a run that lost its process.
        let care = self.take_care(&run_id).ok_or(Error::RunBusy)?;
        match self.inner.library.insert_run(row).await {
            Ok(Inserted::New) => {}
            Ok(Inserted::Existing(existing)) => {
                self.remove_copies(&copies);
                return Ok(self.run_show(&existing).await?.summary);
            }
            Err(error) => {
                self.remove_copies(&copies);
                return Err(error.into());
            }
        }
        let engine = self.clone();
        self.spawn(async move {
            if let Err(error) = engine.send(&account, &model, care, &body).await {
                // The care ended with the error: the run becomes unconfirmed and is looked for, never sent again.
                tracing::error!(%error, "the outcome of a run could not be written down");
            }
        });
        Ok(self.run_show(&run_id).await?.summary)
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
            retry_of: None,
            output_dir: options.output_dir,
            origin: options.origin,
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

    /// Sends a written-down run: once, or again only after a refusal that certainly created nothing (code 96).
    async fn send(
        &self,
        account: &Arc<Account>,
        model: &KnownModel,
        care: Care,
        body: &RunBody,
    ) -> Result<(), Error> {
        let mut wait = FIRST_WAIT;
        let mut waited = Duration::ZERO;
        loop {
            let library = &self.inner.library;
            self.persist(care.run_id(), || library.mark_sending(care.run_id()))
                .await?;
            let progress = self.upload_progress(care.run_id());
            let failure = match account.client.run(&model.slug, body, Some(progress)).await {
                Ok(accepted) => return self.accepted(account, care, accepted).await,
                Err(failure) => failure,
            };
            let refused_for_slots = matches!(&failure, RunFailure::Refused(error)
                if matches!(error.kind(), ErrorKind::Concurrency { .. }));
            if !refused_for_slots || waited >= PATIENCE {
                return self.not_accepted(account, care, failure).await;
            }
            self.persist(care.run_id(), || library.mark_waiting(care.run_id()))
                .await?;
            self.inner.events.publish(care.run_id(), RunEvent::Waiting);
            let pause = wait
                .mul_f64(rand::rng().random_range(0.8..1.2))
                .min(PATIENCE.saturating_sub(waited));
            tokio::time::sleep(pause).await;
            waited += pause;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
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
        self.follow(account, care, task_id, token).await;
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

    /// Looks again whether an unconfirmed run started.
    pub async fn run_recheck(&self, run_id: &str) -> Result<RunDetail, Error> {
        let (account, care) = self.take_unconfirmed(run_id).await?;
        self.look_once(&account, care).await?;
        self.run_show(run_id).await
    }

    /// The person says that this task is the unconfirmed run.
    pub async fn run_adopt(&self, run_id: &str, task_id: &str) -> Result<RunDetail, Error> {
        let (account, care) = self.take_unconfirmed(run_id).await?;
        if !self.inner.candidates.has(run_id, task_id) {
            return Err(Error::RunState(format!(
                "task {task_id} is not one that fits this run; look again first"
            )));
        }
        self.adopt(&account, care, TaskRef::id(task_id)).await?;
        self.run_show(run_id).await
    }

    /// The person says that the unconfirmed run never started.
    pub async fn run_dismiss(&self, run_id: &str) -> Result<RunDetail, Error> {
        let (_, care) = self.take_unconfirmed(run_id).await?;
        let reason = "You decided that this run never started.";
        self.settle(care, RowState::NotSent, ErrorCode::RunUnconfirmed, reason)
            .await?;
        self.run_show(run_id).await
    }

    async fn take_unconfirmed(&self, run_id: &str) -> Result<(Arc<Account>, Care), Error> {
        let row = self.run_row(run_id).await?;
        if row.state != RowState::Unconfirmed {
            return Err(Error::RunState("this run is not unconfirmed".to_owned()));
        }
        let account = self.account(&row.account_id)?;
        let care = self.take_over(run_id).await?.ok_or(Error::RunBusy)?;
        Ok((account, care))
    }
}

fn stored_names(row: &NewRun) -> Vec<String> {
    let names = row.inputs.iter().map(|input| input.stored_name.clone());
    names.flatten().collect()
}

/// A run ready to be written down and sent.
struct Prepared {
    row: NewRun,
    body: RunBody,
}

/// Sends the bytes that were written down: whatever happens to the original meanwhile, what was sent can be looked at.
fn send_recorded(body: &mut RunBody, recorded: &[RecordedInput]) {
    let RunBody::Multipart(parts) = body else {
        return;
    };
    for part in parts {
        if let Part::File { path, bytes, .. } = part
            && let Some(input) = recorded.iter().find(|input| input.row.source_path == *path)
        {
            path.clone_from(&input.send_from);
            *bytes = input.row.bytes;
        }
    }
}

/// The answers as the library keeps them: files by their id in the library.
fn with_recorded(given: &Answers, recorded: &[RecordedInput]) -> Answers {
    let mut kept = given.clone();
    for input in recorded {
        if let Some(AnswerInput::Files { files }) = kept.get_mut(&input.row.field)
            && let Some(file) = files.get_mut(input.row.position as usize)
        {
            *file = FileInput::Staged {
                id: input.row.id.clone(),
            };
        }
    }
    kept
}

/// What was asked, in a line: the longest text, else the names of the files.
fn caption(answers: &Answers, recorded: &[RecordedInput]) -> String {
    let longest = answers
        .values()
        .filter_map(|answer| match answer {
            AnswerInput::Text { value } if value.trim().parse::<f64>().is_err() => {
                Some(value.trim())
            }
            _ => None,
        })
        .max_by_key(|text| text.chars().count())
        .filter(|text| text.chars().count() > 3);
    let text = match longest {
        Some(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        None => recorded
            .iter()
            .map(|input| input.row.label.as_str())
            .collect::<Vec<_>>()
            .join(", "),
    };
    if text.chars().count() <= CAPTION_CHARS {
        return text;
    }
    let short: String = text.chars().take(CAPTION_CHARS).collect();
    format!("{short}\u{2026}")
}
