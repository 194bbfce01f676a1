//! What stands in the way of a run that goes on: a full disk, a service that does not answer.
//!
//! A trouble is not an end. It is shown with the run until it is over, and is not written down: after a restart it is met
//! again or gone.

use std::collections::HashMap;
use std::sync::Mutex;

use crate::dto::AppError;
use crate::engine::{Engine, locked};

/// The troubles of this process, by run id.
#[derive(Debug, Default)]
pub(crate) struct Troubles {
    by_run: Mutex<HashMap<String, AppError>>,
}

impl Engine {
    /// Shows this with the run until it is over.
    pub(crate) fn trouble(&self, run_id: &str, error: &AppError) {
        let before = locked(&self.inner.troubles.by_run).insert(run_id.to_owned(), error.clone());
        if before.as_ref() != Some(error) {
            self.inner.events.library_changed(run_id.to_owned(), false);
        }
    }

    /// Whatever stood in the way of the run is gone.
    pub(crate) fn trouble_over(&self, run_id: &str) {
        if locked(&self.inner.troubles.by_run).remove(run_id).is_some() {
            self.inner.events.library_changed(run_id.to_owned(), false);
        }
    }

    pub(crate) fn trouble_of(&self, run_id: &str) -> Option<AppError> {
        locked(&self.inner.troubles.by_run).get(run_id).cloned()
    }
}
