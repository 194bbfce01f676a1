//! Owns the streams and watches over their devices: what the thread `voice-watch` does.
//!
//! A sound server may move the stream of an unplugged microphone to the speakers' monitor and report nothing. So the
//! list of devices is asked for, once a second and whenever captured sound waits to be believed, and a stream whose
//! device is not listed any more is closed.

use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::lock;
use super::streams::{Opened, Opener};
use crate::device::{Device, DeviceKind, StreamHandle};
use crate::error::AudioError;

/// How often devices are asked for when nothing else asks.
pub(super) const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// A stream that delivered before and has not for this long is dead, whatever its device says.
const STALL_TIMEOUT: Duration = Duration::from_secs(3);

/// What broke a stream, left by its error callback.
pub(super) type Broken = Arc<Mutex<Option<AudioError>>>;

/// A choice of another device, and where its outcome goes.
pub(super) struct Choice {
    pub(super) kind: DeviceKind,
    pub(super) device: Option<String>,
    pub(super) outcome: Sender<Result<(), AudioError>>,
}

/// One direction: the device that was chosen and its stream, if there is one now.
pub(super) struct Side {
    pub(super) kind: DeviceKind,
    pub(super) device_id: String,
    pub(super) stream: Option<StreamHandle>,
    pub(super) broken: Broken,
    /// When its callback ran last, as seen at the last look.
    pub(super) last_sign_ns: u64,
    /// The last look that saw a new sign.
    pub(super) alive_at: Instant,
}

pub(super) struct Watch {
    pub(super) opener: Opener,
    pub(super) sides: Vec<Side>,
    pub(super) choices: Receiver<Choice>,
}

impl Watch {
    /// One look at everything.
    pub(super) fn run(&mut self) {
        while let Ok(choice) = self.choices.try_recv() {
            let outcome = self.choose(choice.kind, choice.device.as_deref());
            // Whoever chose may not want to know any more.
            let _ = choice.outcome.send(outcome);
        }
        let belief = Arc::clone(&self.opener.capture.belief);
        belief.asked.store(false, Ordering::Release);
        // Before the question: what was captured later than this is not covered by the answer.
        let asked_at = self.opener.backend.now();
        let devices = self.opener.backend.devices();
        for index in 0..self.sides.len() {
            self.look_after(index, &devices, asked_at);
        }
        let is_open = |side: &Side| side.kind == DeviceKind::Input && side.stream.is_some();
        if self.sides.iter().any(is_open) {
            belief.see(self.opener.nanos(asked_at));
            self.opener.wake_capture();
        }
    }

    fn look_after(
        &mut self,
        index: usize,
        devices: &Result<Vec<Device>, AudioError>,
        now: Instant,
    ) {
        let side = &mut self.sides[index];
        let presence = match devices {
            Ok(devices) => Ok(devices
                .iter()
                .any(|device| device.kind == side.kind && device.id == side.device_id)),
            Err(error) => Err(error.clone()),
        };
        match (side.stream.is_some(), presence) {
            (true, presence) => {
                if let Some(reason) = side.fault(presence, self.opener.last_sign_ns(side.kind), now)
                {
                    side.stream = None;
                    self.opener.lose(side.kind, reason);
                }
            }
            (false, Ok(true)) => self.bring_back(index),
            (false, _) => {}
        }
    }

    /// Opens the device again; one that still refuses is tried at the next look.
    fn bring_back(&mut self, index: usize) {
        let side = &self.sides[index];
        let kind = side.kind;
        if let Ok(opened) = self.opener.open(kind, &side.device_id) {
            self.adopt(index, opened);
            self.opener.tell_back(kind);
        }
    }

    fn choose(&mut self, kind: DeviceKind, device: Option<&str>) -> Result<(), AudioError> {
        let index = self
            .sides
            .iter()
            .position(|side| side.kind == kind)
            .ok_or(AudioError::NotOpen { kind })?;
        let device = crate::device::choose(&self.opener.backend.devices()?, kind, device)?;
        // The old one first: many devices open only once.
        self.sides[index].stream = None;
        let opened = self
            .opener
            .open(kind, &device.id)
            .inspect_err(|error| self.opener.lose(kind, error.clone()))?;
        self.adopt(index, opened);
        Ok(())
    }

    fn adopt(&mut self, index: usize, opened: Opened) {
        self.sides[index] = self.opener.adopt(opened);
    }
}

impl Side {
    /// Why the stream has to be given up, if so.
    fn fault(
        &mut self,
        presence: Result<bool, AudioError>,
        last_sign_ns: u64,
        now: Instant,
    ) -> Option<AudioError> {
        if let Some(error) = lock(&self.broken).take() {
            return Some(error);
        }
        if last_sign_ns != self.last_sign_ns {
            self.last_sign_ns = last_sign_ns;
            self.alive_at = now;
        }
        match presence {
            Err(error) => Some(error),
            Ok(false) => Some(AudioError::Gone {
                detail: format!("the {} was unplugged", self.kind),
            }),
            Ok(true) if now.saturating_duration_since(self.alive_at) > STALL_TIMEOUT => {
                Some(AudioError::Gone {
                    detail: format!("the {} stopped working", self.kind),
                })
            }
            Ok(true) => None,
        }
    }
}
