//! The one way events leave a session, whichever thread they come from.

use std::fmt;
use std::sync::{Arc, Mutex};

use super::lock;
use super::options::AudioEvent;

type Handler = Box<dyn FnMut(AudioEvent) + Send>;

#[derive(Clone)]
pub(super) struct Events(Arc<Mutex<Handler>>);

impl Events {
    pub(super) fn new(handler: Handler) -> Self {
        Self(Arc::new(Mutex::new(handler)))
    }

    pub(super) fn send(&self, event: AudioEvent) {
        let mut handler = lock(&self.0);
        handler(event);
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Events")
    }
}
