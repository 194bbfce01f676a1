//! What every request, socket and worker shares.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

use crate::auth::Project;
use crate::catalogue::Catalogue;
use crate::fault::Faults;
use crate::hub::Hub;
use crate::models::Sessions;
use crate::shelf::Shelf;
use crate::store::Store;
use crate::switchboard::Switchboard;

/// What every request, socket and worker shares.
pub(crate) struct App {
    pub(crate) project: Project,
    pub(crate) store: Store,
    pub(crate) shelf: Shelf,
    pub(crate) hub: Hub,
    pub(crate) switchboard: Arc<Switchboard>,
    pub(crate) catalogue: Catalogue,
    pub(crate) faults: Faults,
    pub(crate) requests: Requests,
    pub(crate) running: Running,
    /// What conversations with the language model have left behind.
    pub(crate) sessions: Arc<Sessions>,
    /// For loopback inputs and webhooks: no redirects, no proxy.
    pub(crate) http: reqwest::Client,
    /// `http://127.0.0.1:<port>`.
    pub(crate) origin: String,
    /// Cancelled when the server stops.
    pub(crate) stop: CancellationToken,
}

/// How many requests came, by endpoint.
#[derive(Default)]
pub(crate) struct Requests {
    counts: Mutex<BTreeMap<&'static str, u64>>,
}

impl Requests {
    pub(crate) fn count(&self, endpoint: &'static str) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(endpoint).or_default() += 1;
    }

    pub(crate) fn counts(&self) -> BTreeMap<&'static str, u64> {
        self.counts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// The tasks workers are busy with, and how to stop them.
#[derive(Default)]
pub(crate) struct Running {
    tokens: Mutex<HashMap<u64, CancellationToken>>,
}

impl Running {
    pub(crate) fn insert(&self, id: u64, token: CancellationToken) {
        self.tokens
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id, token);
    }

    pub(crate) fn remove(&self, id: u64) {
        self.tokens
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&id);
    }

    /// Tells the worker to stop; what it still computes is thrown away.
    pub(crate) fn stop(&self, id: u64) {
        if let Some(token) = self
            .tokens
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&id)
        {
            token.cancel();
        }
    }
}
