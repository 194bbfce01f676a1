//! Where the live session can be found: its orders, its events, and how it stands.

use std::sync::{Arc, Mutex};

use tokio::sync::{broadcast, mpsc, oneshot, watch};

use wiro_audio::device::Backend;

use super::sound::Devices;
use crate::dto::{VoiceControl, VoiceEnd, VoiceEvent, VoiceLine, VoiceSessionView, VoiceState};
use crate::engine::locked;
use crate::error::Error;

/// A listener that is so far behind looks at the whole view again.
const EVENTS_KEPT: usize = 1024;

/// Something a person wants done in the live session.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) control: VoiceControl,
    /// Why it shall end, when it is not the person who wants that.
    pub(super) reason: Option<VoiceEnd>,
    pub(super) done: oneshot::Sender<Result<VoiceState, Error>>,
}

/// The session of this process, if there is one.
#[derive(Debug)]
pub(crate) struct VoiceHub {
    live: Mutex<Option<Live>>,
    events: broadcast::Sender<VoiceEvent>,
    devices: Devices,
}

#[derive(Debug)]
enum Live {
    /// Being started; nobody else may.
    Starting,
    Session(Seat),
}

/// The way to the live session.
#[derive(Debug, Clone)]
pub(super) struct Seat {
    pub(super) run_id: String,
    orders: mpsc::UnboundedSender<Order>,
    view: Arc<Mutex<VoiceSessionView>>,
    over: watch::Receiver<bool>,
}

/// The session's own side of it.
#[derive(Debug)]
pub(super) struct Desk {
    view: Arc<Mutex<VoiceSessionView>>,
    events: broadcast::Sender<VoiceEvent>,
    over: watch::Sender<bool>,
    place: Place,
}

/// The right to the one session; given back when dropped.
#[derive(Debug)]
pub(super) struct Place {
    engine: crate::engine::Engine,
}

impl Drop for Place {
    fn drop(&mut self) {
        locked(&self.engine.inner.voice.live).take();
    }
}

impl Default for VoiceHub {
    fn default() -> Self {
        Self {
            live: Mutex::new(None),
            events: broadcast::Sender::new(EVENTS_KEPT),
            devices: Devices::default(),
        }
    }
}

impl VoiceHub {
    pub(super) fn events(&self) -> &broadcast::Sender<VoiceEvent> {
        &self.events
    }

    /// The sound system of this machine. Connecting to it may block.
    pub(super) fn devices(&self) -> Arc<dyn Backend> {
        self.devices.get()
    }

    /// Takes the one place there is.
    pub(super) fn take_place(engine: &crate::engine::Engine) -> Result<Place, Error> {
        let mut live = locked(&engine.inner.voice.live);
        if live.is_some() {
            return Err(Error::VoiceBusySession);
        }
        *live = Some(Live::Starting);
        Ok(Place {
            engine: engine.clone(),
        })
    }

    pub(super) fn seat(&self) -> Option<Seat> {
        match &*locked(&self.live) {
            Some(Live::Session(seat)) => Some(seat.clone()),
            Some(Live::Starting) | None => None,
        }
    }
}

impl Place {
    /// Lets the session be found.
    pub(super) fn open(self, state: VoiceState) -> (Desk, mpsc::UnboundedReceiver<Order>) {
        let (orders, receiver) = mpsc::unbounded_channel();
        let (sender, over) = watch::channel(false);
        let hub = &self.engine.inner.voice;
        let events = hub.events.clone();
        let run_id = state.run_id.clone();
        let view = Arc::new(Mutex::new(VoiceSessionView {
            state,
            lines: Vec::new(),
        }));
        *locked(&hub.live) = Some(Live::Session(Seat {
            run_id,
            orders,
            view: Arc::clone(&view),
            over,
        }));
        let desk = Desk {
            view,
            events,
            over: sender,
            place: self,
        };
        (desk, receiver)
    }
}

impl Seat {
    pub(super) fn view(&self) -> VoiceSessionView {
        locked(&self.view).clone()
    }

    /// Gives an order and waits until it was carried out.
    pub(super) async fn order(
        &self,
        control: VoiceControl,
        reason: Option<VoiceEnd>,
    ) -> Result<VoiceState, Error> {
        let (done, outcome) = oneshot::channel();
        let order = Order {
            control,
            reason,
            done,
        };
        self.orders.send(order).map_err(|_| Error::VoiceNoSession)?;
        outcome.await.map_err(|_| Error::VoiceNoSession)?
    }

    pub(super) async fn over(mut self) {
        // A session that is gone is over as well.
        let _ = self.over.wait_for(|over| *over).await;
    }
}

impl Desk {
    /// Nobody listening is fine.
    pub(super) fn tell(&self, event: VoiceEvent) {
        let _ = self.events.send(event);
    }

    pub(super) fn tell_state(&self, state: VoiceState) {
        locked(&self.view).state = state.clone();
        self.tell(VoiceEvent::State {
            state: Box::new(state),
        });
    }

    pub(super) fn tell_line(&self, line: VoiceLine) {
        {
            let lines = &mut locked(&self.view).lines;
            match lines.get_mut(line.index as usize) {
                Some(known) => *known = line.clone(),
                None => lines.push(line.clone()),
            }
        }
        self.tell(VoiceEvent::Transcript { line });
    }

    /// The last word of the session; from here on another may be started.
    pub(super) fn close(self, state: VoiceState) {
        let Self {
            events,
            over,
            place,
            ..
        } = self;
        drop(place);
        let _ = events.send(VoiceEvent::Ended {
            state: Box::new(state),
        });
        over.send_replace(true);
    }
}
