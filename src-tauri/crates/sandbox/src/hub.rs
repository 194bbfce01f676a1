//! Who listens to which task. Delivery never waits: a subscriber that does not keep up is disconnected.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

use crate::frames::Frame;

/// One connection's queue of frames.
#[derive(Debug, Clone)]
pub(crate) struct Subscriber {
    pub(crate) queue: mpsc::Sender<Arc<Frame>>,
    /// Cancelled when the queue was full: the connection then ends rather than miss a frame unnoticed.
    pub(crate) lagging: CancellationToken,
}

impl Subscriber {
    pub(crate) fn send(&self, frame: Arc<Frame>) -> bool {
        match self.queue.try_send(frame) {
            Ok(()) => true,
            Err(mpsc::error::TrySendError::Full(_)) => {
                self.lagging.cancel();
                false
            }
            Err(mpsc::error::TrySendError::Closed(_)) => false,
        }
    }
}

/// What a new listener finds.
pub(crate) enum Standing {
    /// The task ended: there will be nothing to hear.
    Ended,
    /// It runs; what it already said is not repeated.
    Running,
    /// It has not begun, so the listener is told where it stands.
    Waiting(Frame),
}

/// Who listens to which task token.
#[derive(Default)]
pub(crate) struct Hub {
    listeners: Mutex<HashMap<String, Listeners>>,
}

#[derive(Default)]
struct Listeners {
    subscribers: Vec<Subscriber>,
    arrived: Arc<Notify>,
    left: Arc<Notify>,
}

impl Hub {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Listeners>> {
        self.listeners
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a listener. `standing` is asked with publishing held off, so nothing falls between it and the stream.
    pub(crate) fn subscribe(
        &self,
        token: &str,
        subscriber: &Subscriber,
        standing: impl FnOnce() -> Standing,
    ) {
        let mut listeners = self.lock();
        match standing() {
            Standing::Ended => return,
            Standing::Running => {}
            Standing::Waiting(frame) => {
                subscriber.send(Arc::new(frame));
            }
        }
        let entry = listeners.entry(token.to_owned()).or_default();
        entry.subscribers.push(subscriber.clone());
        entry.arrived.notify_one();
    }

    /// Sends to everyone who listens, and forgets who is gone or does not keep up.
    pub(crate) fn publish(&self, token: &str, frame: Frame) {
        let frame = Arc::new(frame);
        if let Some(entry) = self.lock().get_mut(token) {
            entry
                .subscribers
                .retain(|subscriber| subscriber.send(Arc::clone(&frame)));
        }
    }

    /// A connection is gone: it listens to none of its tasks any more.
    pub(crate) fn leave<'a>(
        &self,
        tokens: impl IntoIterator<Item = &'a String>,
        subscriber: &Subscriber,
    ) {
        let mut listeners = self.lock();
        for token in tokens {
            if let Some(entry) = listeners.get_mut(token) {
                let gone = |other: &Subscriber| other.queue.same_channel(&subscriber.queue);
                entry.subscribers.retain(|other| !gone(other));
                entry.left.notify_one();
            }
        }
    }

    /// Resolves once somebody listens to the task.
    pub(crate) async fn listened_to(&self, token: &str) {
        loop {
            let arrived = {
                let mut listeners = self.lock();
                let entry = listeners.entry(token.to_owned()).or_default();
                if !entry.subscribers.is_empty() {
                    return;
                }
                Arc::clone(&entry.arrived)
            };
            // Whoever arrived may have left again.
            arrived.notified().await;
        }
    }

    /// Resolves once nobody listens to the task.
    pub(crate) async fn deserted(&self, token: &str) {
        loop {
            let left = match self.lock().get(token) {
                Some(entry) if !entry.subscribers.is_empty() => Arc::clone(&entry.left),
                _ => return,
            };
            left.notified().await;
        }
    }

    /// The task ended: nothing more will be published.
    pub(crate) fn close(&self, token: &str) {
        self.lock().remove(token);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;
    use crate::frames;

    fn subscriber(capacity: usize) -> (Subscriber, mpsc::Receiver<Arc<Frame>>) {
        let (queue, frames) = mpsc::channel(capacity);
        (
            Subscriber {
                queue,
                lagging: CancellationToken::new(),
            },
            frames,
        )
    }

    #[tokio::test]
    async fn frames_reach_listeners_after_where_they_stand() {
        let hub = Hub::default();
        let (subscriber, mut received) = subscriber(8);
        hub.subscribe("token", &subscriber, || {
            Standing::Waiting(frames::connected())
        });
        hub.publish("token", frames::error("one"));
        hub.publish("other", frames::error("two"));
        hub.listened_to("token").await;
        assert_eq!(received.recv().await.unwrap().kind, "connected");
        assert_eq!(received.recv().await.unwrap().kind, "error");
        assert!(received.try_recv().is_err());
    }

    #[tokio::test]
    async fn a_listener_that_does_not_keep_up_is_told_to_go() {
        let hub = Hub::default();
        let (subscriber, _kept) = subscriber(1);
        hub.subscribe("token", &subscriber, || Standing::Running);
        hub.publish("token", frames::error("one"));
        assert!(!subscriber.lagging.is_cancelled());
        hub.publish("token", frames::error("two"));
        assert!(subscriber.lagging.is_cancelled() && hub.lock()["token"].subscribers.is_empty());
    }

    #[tokio::test]
    async fn a_task_is_deserted_when_its_last_listener_leaves() {
        let hub = Hub::default();
        let (one, _one) = subscriber(1);
        let (two, _two) = subscriber(1);
        for subscriber in [&one, &two] {
            hub.subscribe("token", subscriber, || Standing::Running);
        }
        let token = "token".to_owned();
        let pending = |hub: &Hub| {
            let deserted = std::pin::pin!(hub.deserted("token")).now_or_never();
            deserted.is_none()
        };
        hub.leave([&token], &one);
        assert!(pending(&hub), "one still listens");
        let leaving = async { hub.leave([&token, &"other".to_owned()], &two) };
        tokio::join!(hub.deserted("token"), leaving);
        let waiting = std::pin::pin!(hub.listened_to("token")).now_or_never();
        assert!(waiting.is_none(), "nobody listens");
    }

    #[tokio::test]
    async fn nobody_is_kept_for_an_ended_task() {
        let hub = Hub::default();
        let (subscriber, _received) = subscriber(1);
        hub.subscribe("token", &subscriber, || Standing::Ended);
        assert!(hub.lock().is_empty());
    }
}
