//! Following runs on the terminal until each is through.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Interval;
use wiro_engine::dto::{AppError, ErrorCode, RunState, RunSummary};
use wiro_engine::{Engine, RunEvent};

use super::steps::{self, About};
use crate::printer::Printer;

/// How often runs are looked at beside the events: those of another process end without one.
const LOOK: Duration = Duration::from_secs(1);
/// How long a service may be silent about an accepted task before the program leaves it to a later `tasks resume`.
const PATIENCE: Duration = Duration::from_mins(2);

/// What became of a followed run.
#[derive(Debug)]
pub(crate) enum Through {
    /// The service has it; told only when that is enough.
    Accepted,
    /// Nothing more happens by itself.
    Settled,
    /// The disk or the service is in the way: it goes on without this program, or without a copy of its results.
    Stuck(AppError),
}

/// The runs that are waited for.
#[derive(Debug)]
pub(crate) struct Follower<'a> {
    engine: &'a Engine,
    events: Receiver<(String, RunEvent)>,
    printer: Printer,
    pending: BTreeMap<String, About>,
    troubles: BTreeMap<String, Trouble>,
    look: Interval,
    accepted_is_enough: bool,
}

impl<'a> Follower<'a> {
    /// Listens from now on: made before anything is started, so that no step is missed.
    pub(crate) fn new(engine: &'a Engine, printer: Printer) -> Self {
        Self {
            events: engine.run_events(),
            engine,
            printer,
            pending: BTreeMap::new(),
            troubles: BTreeMap::new(),
            look: tokio::time::interval(LOOK),
            accepted_is_enough: false,
        }
    }

    /// Runs are through as soon as the service has them.
    pub(crate) fn until_accepted(mut self) -> Self {
        self.accepted_is_enough = true;
        self
    }

    /// Waits for this run as well; with `named` every line about it says which it is.
    pub(crate) fn add(&mut self, run: &RunSummary, named: bool) {
        let about = About {
            model: run.model.clone(),
            task_id: run.task_id.clone(),
            named,
        };
        self.pending.insert(run.id.clone(), about);
    }

    /// Prints steps until a run is through; `None` when none is waited for.
    pub(crate) async fn next(&mut self) -> Result<Option<(String, Through)>, AppError> {
        while !self.pending.is_empty() {
            let through = tokio::select! {
                event = self.events.recv() => match event {
                    Ok((run_id, event)) => self.take(run_id, event),
                    // What was missed is seen by looking.
                    Err(RecvError::Lagged(_) | RecvError::Closed) => self.look_around().await?,
                },
                _ = self.look.tick() => self.look_around().await?,
            };
            if let Some((run_id, through)) = through {
                self.pending.remove(&run_id);
                return Ok(Some((run_id, through)));
            }
        }
        Ok(None)
    }

    fn take(&mut self, run_id: String, event: RunEvent) -> Option<(String, Through)> {
        let about = self.pending.get_mut(&run_id)?;
        if let RunEvent::Submitted {
            task_id: Some(task_id),
        } = &event
        {
            about.task_id = Some(task_id.clone());
        }
        steps::print(&event, about, self.printer);
        let through = match event {
            RunEvent::Submitted { .. } if self.accepted_is_enough => Through::Accepted,
            RunEvent::Settled(_) => Through::Settled,
            RunEvent::Paused(error) => Through::Stuck(error),
            _ => return None,
        };
        Some((run_id, through))
    }

    /// Takes up what lost its process, and finds what another process ended.
    async fn look_around(&mut self) -> Result<Option<(String, Through)>, AppError> {
        let pending: BTreeSet<String> = self.pending.keys().cloned().collect();
        self.engine.resume_runs(&pending).await?;
        for run_id in pending {
            let detail = self.engine.run_show(&run_id).await?;
            let state = detail.summary.state;
            // The end of a run that this process is at is told by an event, after everything else about it.
            // An unconfirmed run is being looked for, here or elsewhere.
            let ended = state.is_settled() && state != RunState::Unconfirmed;
            if ended && !self.engine.is_in_care(&run_id) {
                return Ok(Some(self.last_told(run_id)));
            }
            if let Some(error) = self.stuck(&run_id, detail.error.filter(|_| !state.is_settled())) {
                return Ok(Some((run_id, Through::Stuck(error))));
            }
        }
        Ok(None)
    }

    /// What was told of a run but not heard yet, before its end is believed.
    fn last_told(&mut self, run_id: String) -> (String, Through) {
        while let Ok((id, event)) = self.events.try_recv() {
            match self.take(id, event) {
                Some(through) if through.0 == run_id => return through,
                Some((other, Through::Stuck(error))) => return (other, Through::Stuck(error)),
                _ => {}
            }
        }
        (run_id, Through::Settled)
    }

    /// Tells of what stands in the way of a run, and whether it is no use to wait.
    fn stuck(&mut self, run_id: &str, error: Option<AppError>) -> Option<AppError> {
        let Some(error) = error else {
            self.troubles.remove(run_id);
            return None;
        };
        let now = Instant::now();
        let trouble = self.troubles.entry(run_id.to_owned()).or_insert_with(|| {
            self.printer
                .note(&format!("{}; waiting for it to pass", error.message));
            Trouble { since: now }
        });
        trouble.is_final(error.code, now).then_some(error)
    }
}

/// Something in the way of a run.
#[derive(Debug)]
struct Trouble {
    since: Instant,
}

impl Trouble {
    /// A refused key does not get better by waiting; anything else has its time.
    fn is_final(&self, code: ErrorCode, now: Instant) -> bool {
        code == ErrorCode::AuthRejected || now.duration_since(self.since) >= PATIENCE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trouble_has_its_time_and_a_refused_key_has_none() {
        let since = Instant::now();
        let trouble = Trouble { since };
        for (code, later, is_final) in [
            (ErrorCode::NetworkOffline, Duration::ZERO, false),
            (ErrorCode::NetworkOffline, PATIENCE / 2, false),
            (ErrorCode::NetworkOffline, PATIENCE, true),
            (ErrorCode::DiskFull, PATIENCE, true),
            (ErrorCode::AuthRejected, Duration::ZERO, true),
        ] {
            assert_eq!(
                trouble.is_final(code, since + later),
                is_final,
                "{code:?} {later:?}"
            );
        }
    }
}
