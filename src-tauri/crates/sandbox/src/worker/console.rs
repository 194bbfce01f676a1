//! Where a model writes: every write becomes a frame and is kept for the end.

use std::io;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use rust_decimal::Decimal;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::frames::{self, Frame, Progress};
use crate::state::App;
use crate::switchboard::Line;
use crate::task::Task;

/// Where a model writes.
pub(crate) struct Console {
    app: Arc<App>,
    id: u64,
    token: String,
    began: Instant,
    written: Mutex<Written>,
    turn_price: OnceLock<Decimal>,
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
            turn_price: OnceLock::new(),
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
        self.publish(frames::task(kind, self.id, &self.token, message));
    }

    /// What each turn of this session will cost.
    pub(crate) fn price_turns(&self, usd: Decimal) {
        self.turn_price.get_or_init(|| usd);
    }

    /// Resolves once somebody listens.
    pub(crate) async fn audience(&self) {
        self.app.hub.listened_to(&self.token).await;
    }

    /// Resolves once nobody listens any more.
    pub(crate) async fn deserted(&self) {
        self.app.hub.deserted(&self.token).await;
    }

    /// From now on clients can talk to the model.
    pub(crate) fn open_line(&self) -> Line {
        self.app.switchboard.open(&self.token)
    }

    /// `task_stream_ready` or `task_stream_end`.
    pub(crate) fn stream(&self, kind: &str) {
        self.publish(frames::stream(kind, self.id, &self.token));
    }

    /// A frame of sound.
    pub(crate) fn play(&self, samples: &[i16]) {
        self.publish(frames::audio(&self.token, samples));
    }

    /// Charges a turn and tells it; whether the wallet can pay for another one.
    pub(crate) fn charge(&self, usage: &Value) -> io::Result<bool> {
        let turn = self.turn_price.get().copied().unwrap_or_default();
        let Some(so_far) = self.app.store.charge_turn(self.id, turn)? else {
            return Ok(false);
        };
        self.publish(frames::cost(self.id, &self.token, (turn, so_far), usage));
        Ok(self.app.store.balance() >= turn)
    }

    /// Tells that nothing was charged.
    pub(crate) fn total(&self) {
        let nothing = (Decimal::ZERO, Decimal::ZERO);
        self.publish(frames::cost(self.id, &self.token, nothing, &json!({})));
    }

    fn publish(&self, frame: Frame) {
        if !self.cancelled.is_cancelled() {
            self.app.hub.publish(&self.token, frame);
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
