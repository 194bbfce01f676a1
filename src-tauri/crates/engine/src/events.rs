//! Events: every step for scripts, and the same coalesced to at most ten a second for a window.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{Notify, broadcast};

use crate::dto::{
    AppError, EngineEvent, LibraryChanged, LogLine, LogStream, Progress, RunProgressed, RunState,
};
use crate::engine::{Engine, locked};
use crate::view::{LINE_BYTES, shorten};

/// A window gets at most ten events a second for one run.
const COALESCE: Duration = Duration::from_millis(100);
/// An event stays under 8 KB; what does not fit is in the run's log.
const LOG_BYTES_PER_EVENT: usize = 4096;
const RAW_CAPACITY: usize = 8192;
const COALESCED_CAPACITY: usize = 512;

/// One step of a run, as it happened.
#[derive(Debug, Clone, PartialEq)]
pub enum RunEvent {
    /// Bytes of the request's body that left this machine.
    Uploaded {
        /// Bytes sent.
        sent_bytes: u64,
        /// Bytes in all.
        total_bytes: u64,
    },
    /// There is no free slot (code 96): the service created nothing, and it is tried again.
    Waiting,
    /// The service has the run.
    Submitted {
        /// The service's id of the task, when it told one.
        task_id: Option<String>,
    },
    /// A status, as the service said it.
    Status(String),
    /// Steps of the model.
    Progress(Progress),
    /// A line the model printed.
    Log(LogLine),
    /// Text of an answer that was added since the last event.
    Text {
        /// The added part.
        delta: String,
    },
    /// It ended, and this machine cannot keep its results, or not where they were asked for. What is not in the library
    /// yet is taken up again by a later look.
    Paused(AppError),
    /// Nothing more will happen by itself.
    Settled(RunState),
}

#[derive(Debug, Default)]
struct Pending {
    runs: HashMap<String, RunProgressed>,
    log_bytes: HashMap<String, usize>,
    changed_runs: Vec<String>,
    outputs_changed: bool,
    changed_elsewhere: bool,
    state_changed: bool,
}

/// Where events meet.
#[derive(Debug, Clone)]
pub(crate) struct EventHub {
    raw: broadcast::Sender<(String, RunEvent)>,
    coalesced: broadcast::Sender<EngineEvent>,
    pending: Arc<Mutex<Pending>>,
    wake: Arc<Notify>,
}

impl Default for EventHub {
    fn default() -> Self {
        Self {
            raw: broadcast::Sender::new(RAW_CAPACITY),
            coalesced: broadcast::Sender::new(COALESCED_CAPACITY),
            pending: Arc::default(),
            wake: Arc::default(),
        }
    }
}

impl EventHub {
    pub(crate) fn raw(&self) -> broadcast::Receiver<(String, RunEvent)> {
        self.raw.subscribe()
    }

    pub(crate) fn coalesced(&self) -> broadcast::Receiver<EngineEvent> {
        self.coalesced.subscribe()
    }

    /// Tells a step of a run. Nobody listening is not an error.
    pub(crate) fn publish(&self, run_id: &str, event: RunEvent) {
        self.merge(run_id, &event);
        let _ = self.raw.send((run_id.to_owned(), event));
        self.wake.notify_one();
    }

    pub(crate) fn library_changed_elsewhere(&self) {
        locked(&self.pending).changed_elsewhere = true;
        self.wake.notify_one();
    }

    /// Accounts, settings or notices read differently now.
    pub(crate) fn state_changed(&self) {
        locked(&self.pending).state_changed = true;
        self.wake.notify_one();
    }

    fn merge(&self, run_id: &str, event: &RunEvent) {
        let mut pending = locked(&self.pending);
        let pending = &mut *pending;
        let run = pending
            .runs
            .entry(run_id.to_owned())
            .or_insert_with(|| RunProgressed {
                run_id: run_id.to_owned(),
                status: None,
                progress: None,
                log: Vec::new(),
            });
        match event {
            RunEvent::Status(status) => run.status = Some(status.clone()),
            RunEvent::Progress(progress) => run.progress = Some(progress.clone()),
            RunEvent::Uploaded {
                sent_bytes,
                total_bytes,
            } => {
                run.progress = Some(upload_progress(*sent_bytes, *total_bytes));
            }
            RunEvent::Log(line) => {
                let used = pending.log_bytes.entry(run_id.to_owned()).or_default();
                if *used + line.text.len() <= LOG_BYTES_PER_EVENT {
                    *used += line.text.len();
                    run.log.push(line.clone());
                }
            }
            RunEvent::Waiting
            | RunEvent::Submitted { .. }
            | RunEvent::Text { .. }
            | RunEvent::Paused(_)
            | RunEvent::Settled(_) => {}
        }
    }

    /// Forwards what was merged, every 100 ms while there is something.
    pub(crate) fn spawn_flush(&self, engine: &Engine) {
        let hub = self.clone();
        engine.spawn(async move {
            loop {
                hub.wake.notified().await;
                hub.flush();
                tokio::time::sleep(COALESCE).await;
            }
        });
        let hub = self.clone();
        let mut changes = engine.inner.library.changes();
        engine.spawn(async move {
            loop {
                match changes.recv().await {
                    Ok(change) => hub.library_changed(change.run_id, change.outputs),
                    Err(broadcast::error::RecvError::Lagged(_)) => hub.library_changed_elsewhere(),
                    Err(broadcast::error::RecvError::Closed) => return,
                }
            }
        });
    }

    pub(crate) fn library_changed(&self, run_id: String, outputs: bool) {
        {
            let mut pending = locked(&self.pending);
            if !pending.changed_runs.contains(&run_id) {
                pending.changed_runs.push(run_id);
            }
            pending.outputs_changed |= outputs;
        }
        self.wake.notify_one();
    }

    fn flush(&self) {
        let pending = std::mem::take(&mut *locked(&self.pending));
        for (_, progressed) in pending.runs {
            let _ = self.coalesced.send(EngineEvent::RunProgressed(progressed));
        }
        if pending.state_changed {
            let _ = self.coalesced.send(EngineEvent::StateChanged);
        }
        if pending.changed_elsewhere {
            let all = LibraryChanged {
                run_ids: Vec::new(),
                outputs_changed: true,
            };
            let _ = self.coalesced.send(EngineEvent::LibraryChanged(all));
        } else if !pending.changed_runs.is_empty() {
            let changed = LibraryChanged {
                run_ids: pending.changed_runs,
                outputs_changed: pending.outputs_changed,
            };
            let _ = self.coalesced.send(EngineEvent::LibraryChanged(changed));
        }
    }
}

/// An upload shown as progress of the run.
fn upload_progress(sent_bytes: u64, total_bytes: u64) -> Progress {
    #[expect(clippy::cast_precision_loss, reason = "a percentage for display")]
    let percentage = if total_bytes == 0 {
        100.0
    } else {
        sent_bytes as f64 * 100.0 / total_bytes as f64
    };
    Progress {
        task: Some("upload".to_owned()),
        percentage: Some(percentage),
        ..Progress::default()
    }
}

/// Lines of one stream.
pub(crate) fn log_lines(stream: LogStream, text: &str) -> impl Iterator<Item = LogLine> + '_ {
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(move |line| LogLine {
            stream,
            text: shorten(line, LINE_BYTES),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn merges_a_burst_into_one_event_per_run() {
        let hub = EventHub::default();
        let mut receiver = hub.coalesced();
        for step in 0..50 {
            let progress = Progress {
                step: Some(step),
                ..Progress::default()
            };
            hub.publish("run-1", RunEvent::Progress(progress));
        }
        hub.publish("run-1", RunEvent::Status("task_start".to_owned()));
        hub.flush();
        let Ok(EngineEvent::RunProgressed(event)) = receiver.try_recv() else {
            panic!("an event is due")
        };
        assert_eq!(event.status.as_deref(), Some("task_start"));
        assert_eq!(event.progress.and_then(|progress| progress.step), Some(49));
        assert!(
            receiver.try_recv().is_err(),
            "one event stands for the burst"
        );
    }

    #[test]
    fn bounds_the_log_of_one_event() {
        let hub = EventHub::default();
        let mut receiver = hub.coalesced();
        for _ in 0..1000 {
            let text = "x".repeat(100);
            hub.publish(
                "run-1",
                RunEvent::Log(LogLine {
                    stream: LogStream::Stdout,
                    text,
                }),
            );
        }
        hub.flush();
        let Ok(EngineEvent::RunProgressed(event)) = receiver.try_recv() else {
            panic!("an event is due")
        };
        let bytes: usize = event.log.iter().map(|line| line.text.len()).sum();
        assert!(
            bytes <= LOG_BYTES_PER_EVENT && bytes > 0,
            "{bytes} bytes in one event"
        );
    }
}
