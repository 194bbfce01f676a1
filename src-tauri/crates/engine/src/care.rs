//! Which runs this process is working on.
//!
//! A lease in the library says which process looks after a run; whether that process really does is known only here.
//! Every piece of work on a run holds its [`Care`]; when the last piece ends, however it ends, the run is free to be taken
//! up again, here or by another process. So no run is stuck with a holder that does nothing.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use crate::engine::{Engine, locked};
use crate::error::Error;

/// The runs in work, each with a mark that its lease was lost to another process.
#[derive(Debug, Default)]
pub(crate) struct InCare {
    runs: Mutex<HashMap<String, Arc<AtomicBool>>>,
}

impl InCare {
    pub(crate) fn run_ids(&self) -> Vec<String> {
        locked(&self.runs).keys().cloned().collect()
    }

    pub(crate) fn count(&self) -> usize {
        locked(&self.runs).len()
    }

    /// Another process holds the lease now: the work here must stop.
    pub(crate) fn mark_lost(&self, run_id: &str) {
        if let Some(lost) = locked(&self.runs).get(run_id) {
            lost.store(true, Ordering::Relaxed);
        }
    }
}

/// Whether this process has been awake long enough to judge others.
///
/// After a sleep of the machine or a jump of its clock every heartbeat looks old although its process lives: the others
/// get a few beats to show that they do.
#[derive(Debug)]
pub(crate) struct Wakefulness {
    beat: Duration,
    beats: Mutex<Beats>,
}

#[derive(Debug)]
struct Beats {
    last: SystemTime,
    patient_until: Option<Instant>,
}

impl Wakefulness {
    /// A process that just woke; it beats at this pace.
    pub(crate) fn new(beat: Duration) -> Self {
        Self {
            beat,
            beats: Mutex::new(Beats {
                last: SystemTime::now(),
                patient_until: None,
            }),
        }
    }

    /// Called at every beat.
    pub(crate) fn beat(&self) {
        let mut beats = locked(&self.beats);
        if self.has_slept(&beats) {
            beats.patient_until = Some(Instant::now() + 2 * self.beat);
        }
        beats.last = SystemTime::now();
    }

    fn may_judge(&self) -> bool {
        let beats = locked(&self.beats);
        let patient = beats
            .patient_until
            .is_some_and(|until| Instant::now() < until);
        !patient && !self.has_slept(&beats)
    }

    fn has_slept(&self, beats: &Beats) -> bool {
        beats
            .last
            .elapsed()
            .is_ok_and(|since| since > 3 * self.beat)
            || beats.last > SystemTime::now()
    }
}

/// The right and the duty to work on one run. Exists at most once for a run in this process.
#[derive(Debug)]
pub(crate) struct Care {
    engine: Engine,
    run_id: String,
    lost: Arc<AtomicBool>,
}

impl Care {
    pub(crate) fn run_id(&self) -> &str {
        &self.run_id
    }

    pub(crate) fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }
}

impl Drop for Care {
    fn drop(&mut self) {
        // First: nobody here can take the run before its lease is on the way back.
        self.engine.inner.library.release_soon(&self.run_id);
        locked(&self.engine.inner.care.runs).remove(&self.run_id);
    }
}

impl Engine {
    /// Takes the care of a run, unless somebody in this process has it.
    pub(crate) fn take_care(&self, run_id: &str) -> Option<Care> {
        let mut runs = locked(&self.inner.care.runs);
        if runs.contains_key(run_id) {
            return None;
        }
        let lost = Arc::new(AtomicBool::new(false));
        runs.insert(run_id.to_owned(), Arc::clone(&lost));
        Some(Care {
            engine: self.clone(),
            run_id: run_id.to_owned(),
            lost,
        })
    }

    /// Whether this process is at work on the run.
    pub fn is_in_care(&self, run_id: &str) -> bool {
        locked(&self.inner.care.runs).contains_key(run_id)
    }

    /// Takes the care of a run together with its lease, unless somebody has either.
    pub(crate) async fn take_over(&self, run_id: &str) -> Result<Option<Care>, Error> {
        if !self.inner.wakefulness.may_judge() {
            return Ok(None);
        }
        let Some(care) = self.take_care(run_id) else {
            return Ok(None);
        };
        let leased = self.inner.library.try_lease(run_id).await?;
        Ok(leased.then_some(care))
    }

    /// Finds the runs whose lease another process took, after a sleep of this one for example.
    pub(crate) async fn notice_lost_leases(&self) -> Result<(), Error> {
        for run_id in self.inner.care.run_ids() {
            let owner = self.inner.library.lease_owner(&run_id).await?;
            if owner.is_some_and(|owner| owner != *self.inner.library.owner()) {
                self.inner.care.mark_lost(&run_id);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_slept_waits_before_it_judges_others() {
        let awake = Wakefulness::new(Duration::from_secs(5));
        assert!(awake.may_judge());
        locked(&awake.beats).last = SystemTime::now() - Duration::from_mins(1);
        assert!(!awake.may_judge(), "it has not beaten since it slept");
        awake.beat();
        assert!(!awake.may_judge(), "the others have their time");
        locked(&awake.beats).patient_until = Some(Instant::now());
        assert!(awake.may_judge());
    }
}
