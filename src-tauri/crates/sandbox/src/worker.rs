//! Workers: each takes one queued task at a time through the lifecycle of `PROTOCOL.md` section 7.1.

mod console;
mod fetch;
mod metering;

use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use fs_err::tokio as fs;
use futures_util::FutureExt;
use serde_json::{Map, Value, json};

use crate::catalogue::Model;
use crate::error::Error;
use crate::frames;
use crate::models::{Artefact, Done, Job, compute};
use crate::state::App;
use crate::store::Ending;
use crate::submission::with_defaults;
use crate::task::{Output, Status, StoredFile, Task, now_ms};
use crate::{identity, webhook};
pub(crate) use console::Console;

/// How long a fresh task stays in `task_queue` for somebody to subscribe, so that its first frames are heard.
const DISPATCH_MS: u64 = 250;

/// Takes tasks until the server stops.
pub(crate) async fn work(app: Arc<App>) {
    loop {
        let task = tokio::select! {
            () = app.stop.cancelled() => return,
            task = app.store.next_queued() => task,
        };
        let id = task.id;
        tokio::select! {
            () = app.stop.cancelled() => return,
            () = dispatched(&app, &task) => {}
        }
        let token = task.token.clone();
        if let Err(reason) = guarded(carry_out(&app, task)).await {
            tracing::error!(%reason, task = id, "a task could not be carried out");
            app.store
                .abandon(id, &format!("The Sandbox failed: {reason}"));
            app.hub.close(&token);
        }
        app.running.remove(id);
    }
}

/// What comes of a task, or why nothing does: a panic ends one task, not its worker.
async fn guarded(work: impl Future<Output = Result<(), Error>>) -> Result<(), String> {
    match AssertUnwindSafe(work).catch_unwind().await {
        Ok(done) => done.map_err(|error| error.to_string()),
        Err(panic) => {
            let said = panic
                .downcast_ref::<&str>()
                .copied()
                .or_else(|| panic.downcast_ref::<String>().map(String::as_str));
            Err(said.unwrap_or("it panicked").to_owned())
        }
    }
}

async fn dispatched(app: &App, task: &Task) {
    let age = now_ms().saturating_sub(task.created_ms);
    let rest = Duration::from_millis(DISPATCH_MS.saturating_sub(age));
    // Whichever comes first; neither outcome needs to be told apart.
    let _ = tokio::time::timeout(rest, app.hub.listened_to(&task.token)).await;
}

/// One task on its way.
struct Run<'a> {
    app: &'a Arc<App>,
    task: &'a Task,
}

async fn carry_out(app: &Arc<App>, task: Task) -> Result<(), Error> {
    let console = Arc::new(Console::new(Arc::clone(app), &task));
    app.running.insert(task.id, console.cancelled.clone());
    if !app.store.accept(task.id)? {
        return Ok(());
    }
    let run = Run { app, task: &task };
    run.publish(Status::Accept.name(), &Value::Null);
    let ended = run.through(&console).await?;
    run.tidy().await;
    app.store.sweep(task.id);
    if ended && let Some(task) = app.store.task(task.id) {
        webhook::deliver(app, &task);
    }
    Ok(())
}

impl Run<'_> {
    /// The lifecycle after `task_accept`. `false` when it was killed or the server stops.
    async fn through(&self, console: &Arc<Console>) -> Result<bool, Error> {
        let Some(model) = self
            .app
            .catalogue
            .find(&self.task.owner, &self.task.project)
        else {
            return self.fail("The model is no longer served.".to_owned());
        };
        if !self.step(Status::PreprocessStart)? {
            return Ok(false);
        }
        let (key, scratch) = (identity::file_key()?, self.scratch());
        let inputs = tokio::select! {
            () = console.cancelled.cancelled() => return Ok(false),
            inputs = fetch::inputs(self.app, self.task, model, &scratch) => inputs,
        };
        let inputs = match inputs {
            Ok(inputs) => inputs,
            Err(problem) => return self.fail(problem),
        };
        for status in [Status::PreprocessEnd, Status::Assign, Status::Start] {
            if !self.step(status)? {
                return Ok(false);
            }
        }
        let dir = self.app.store.file_dir(self.task.id, &key);
        fs::create_dir_all(&dir).await?;
        let parameters = with_defaults(&model.schema, &self.task.parameters);
        let priced = metering::inputs(self.app, self.task, model, &inputs).await;
        if model.computes.is_realtime() {
            let usage = metering::Usage {
                parameters: &parameters,
                inputs: &priced,
                printed: ("", ""),
            };
            console.price_turns(usage.turn(self.task, model).unwrap_or_default());
        }
        let job = Job {
            request: self.task.request(&self.app.origin),
            parameters: parameters.clone(),
            inputs,
            dir,
            sessions: Arc::clone(&self.app.sessions),
        };
        // A model that is killed stops at its next step; until then it keeps its worker, like a real one.
        let done = compute(model.computes, job, Arc::clone(console)).await;
        if console.cancelled.is_cancelled() {
            return Ok(false);
        }
        let (out, err) = console.text();
        let usage = metering::Usage {
            parameters: &parameters,
            inputs: &priced,
            printed: (&out, &err),
        };
        self.conclude(model, &key, &usage, done).await
    }

    /// The lifecycle after the model's end. `false` when it was killed or the server stops.
    async fn conclude(
        &self,
        model: &Model,
        key: &str,
        usage: &metering::Usage<'_>,
        done: Done,
    ) -> Result<bool, Error> {
        let (out, err) = usage.printed;
        let full = match &done.text {
            Some(text) => text.full(),
            None => json!({ "raw": out }),
        };
        self.publish("task_output_full", &full);
        if !err.is_empty() {
            self.publish("task_error_full", &json!({ "raw": err }));
        }
        let charged = model.computes.is_realtime();
        if done.exit == 0
            && !charged
            && let Some(turn) = usage.turn(self.task, model)
        {
            let used = json!({ "turns": 1 });
            let frame = frames::cost(self.task.id, &self.task.token, (turn, turn), &used);
            self.app.hub.publish(&self.task.token, frame);
        }
        if !self.step(Status::End)? || !self.step(Status::PostprocessStart)? {
            return Ok(false);
        }
        let files = self.collect(key, done.outputs).await?;
        let outputs: Vec<Output> = files
            .into_iter()
            .map(Output::File)
            .chain(done.text.map(Output::Text))
            .collect();
        let end_ms = now_ms();
        let cost = if done.exit == 0 && !charged {
            // The same seconds that the task will show.
            let task = self.app.store.task(self.task.id);
            let elapsed = task.map_or_else(<_>::default, |task| task.elapsed_until(end_ms));
            usage.cost(self.task, model, elapsed, outputs.len())
        } else {
            <_>::default()
        };
        let ending = Ending {
            status: Status::PostprocessEnd,
            pexit: done.exit.to_string(),
            cost,
            end_ms,
            debug_output: out.to_owned(),
            debug_error: err.to_owned(),
            outputs: outputs.clone(),
        };
        let ended = self.app.store.finish_if(self.task.id, |_| true, ending)?;
        if ended {
            // Before anybody hears of the end and may go on with the conversation.
            if let Some(turn) = done.turn
                && let Err(error) = turn.keep()
            {
                tracing::warn!(%error, task = self.task.id, "a session forgets its last turn");
            }
            let shown: Vec<Value> = outputs
                .iter()
                .map(|output| output.wire(&self.app.origin, self.task.id))
                .collect();
            self.publish(Status::PostprocessEnd.name(), &Value::from(shown));
            self.app.hub.close(&self.task.token);
        }
        Ok(ended)
    }

    /// Fatal before the model ran: only polling will show it, so nothing is published.
    fn fail(&self, problem: String) -> Result<bool, Error> {
        let ended = self.app.store.finish_if(
            self.task.id,
            |_| true,
            Ending::early(Status::Error, problem),
        )?;
        self.app.hub.close(&self.task.token);
        Ok(ended)
    }

    fn step(&self, status: Status) -> Result<bool, Error> {
        let moved = !self.app.stop.is_cancelled() && self.app.store.step(self.task.id, status)?;
        if moved {
            self.publish(status.name(), &Value::Null);
        }
        Ok(moved)
    }

    fn publish(&self, kind: &str, message: &Value) {
        self.app.hub.publish(
            &self.task.token,
            frames::task(kind, self.task.id, &self.task.token, message),
        );
    }

    async fn collect(&self, key: &str, artefacts: Vec<Artefact>) -> Result<Vec<StoredFile>, Error> {
        let mut outputs = Vec::with_capacity(artefacts.len());
        for artefact in artefacts {
            let mut file = StoredFile {
                key: key.to_owned(),
                file: artefact.file,
                content_type: artefact.content_type.to_owned(),
                bytes: 0,
                lies: self.lies(),
            };
            file.bytes = fs::metadata(self.app.store.file_path(self.task.id, &file))
                .await?
                .len();
            outputs.push(file);
        }
        Ok(outputs)
    }

    /// What a fault plan wants this output to claim.
    fn lies(&self) -> Map<String, Value> {
        let Some(action) = self.app.faults.next("output") else {
            return Map::new();
        };
        let text = |text: &Option<String>| text.as_deref().map(Value::from);
        let lies = [
            ("name", text(&action.name)),
            ("contenttype", text(&action.contenttype)),
            ("size", action.size.clone()),
            ("url", text(&action.url)),
        ];
        lies.into_iter()
            .filter_map(|(key, lie)| Some((key.to_owned(), lie?)))
            .collect()
    }

    /// Where fetched inputs lie while the task runs.
    fn scratch(&self) -> PathBuf {
        self.app.store.file_dir(self.task.id, "fetched")
    }

    async fn tidy(&self) {
        if let Err(error) = fs::remove_dir_all(self.scratch()).await
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "fetched inputs stay");
        }
    }
}

impl Done {
    /// The model says itself what went wrong.
    pub(crate) fn failed(console: &Console, exit: i32, problem: &str) -> Self {
        console.warn(problem);
        Self::without_outputs(exit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_becomes_a_reason() {
        assert_eq!(guarded(async { Ok(()) }).await, Ok(()));
        let failed = guarded(async { Err(Error::NoRuntime) }).await;
        assert_eq!(failed, Err(Error::NoRuntime.to_string()));
        let panicked = guarded(async { panic!("out of {}", "luck") }).await;
        assert_eq!(panicked, Err("out of luck".to_owned()));
    }
}
