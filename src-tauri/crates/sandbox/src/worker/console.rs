//! Where a model writes: every write becomes a frame and is kept for the end.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::frames::{self, Progress};
use crate::state::App;
use crate::task::Task;

/// Where a model writes.
pub(crate) struct Console {
    app: Arc<App>,
    id: u64,
    token: String,
    began: Instant,
    written: Mutex<Written>,
    /// Cancelled when the task is killed or the server stops.
    pub(crate) cancelled: CancellationToken,
}

#[derive(Default, Clone)]
struct Written {
    out: String,
    err: String,
}

impl Console {
    pub(crate) fn new(app: Arc<App>, task: &Task) -> Self {
        Self {
            id: task.id,
            token: task.token.clone(),
            began: Instant::now(),
            written: Mutex::default(),
            cancelled: app.stop.child_token(),
            app,
        }
    }

    /// A line of standard output.
    pub(crate) fn log(&self, line: &str) {
        self.write(line, "task_output", &Value::from(line), |written| {
            &mut written.out
        });
    }

    /// A line of standard error; on the socket that is `task_error`, which ends nothing.
    pub(crate) fn warn(&self, line: &str) {
        self.write(line, "task_error", &Value::from(line), |written| {
            &mut written.err
        });
    }

    /// A step is done. Standard output shows it as a bar, the socket as a progress object.
    pub(crate) fn progress(&self, task: &str, step: u32, steps: u32) {
        let elapsed_ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let progress = Progress {
            task,
            step,
            steps,
            elapsed_ms,
        };
        let line = format!("{:>3}%| {step}/{steps}", progress.percentage());
        self.write(&line, "task_output", &progress.message(), |written| {
            &mut written.out
        });
    }

    /// What a language model says: everything so far takes the place of what was said before (`PROTOCOL.md` section 11).
    pub(crate) fn say(&self, so_far: &str, message: &Value) {
        let err = {
            let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
            so_far.clone_into(&mut written.out);
            written.err.clone()
        };
        self.tell("task_output", message, (so_far, &err));
    }

    fn write(
        &self,
        line: &str,
        kind: &str,
        message: &Value,
        stream: impl FnOnce(&mut Written) -> &mut String,
    ) {
        let written = {
            let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
            let text = stream(&mut written);
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(line);
            written.clone()
        };
        self.tell(kind, message, (&written.out, &written.err));
    }

    /// Notes what was written so far, and publishes what is new unless nobody wants it any more.
    fn tell(&self, kind: &str, message: &Value, (out, err): (&str, &str)) {
        self.app.store.note_output(self.id, out, err);
        if !self.cancelled.is_cancelled() {
            self.app.hub.publish(
                &self.token,
                frames::task(kind, self.id, &self.token, message),
            );
        }
    }

    /// Everything written so far: standard output and standard error.
    pub(crate) fn text(&self) -> (String, String) {
        let written = self
            .written
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        (written.out, written.err)
    }
}
