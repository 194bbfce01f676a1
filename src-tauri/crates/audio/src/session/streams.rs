//! Opens devices and joins their callbacks to the session's threads.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::Sender;
use std::time::Instant;

use rtrb::RingBuffer;

use super::capture::{CaptureCommand, CaptureShared, Source};
use super::lock;
use super::options::AudioEvent;
use super::playback::{PlaybackCommand, PlaybackShared, Sink};
use super::watch::{Broken, Side};
use crate::callback::{capture_callback, playback_callback};
use crate::device::{Backend, DeviceKind, ErrorCallback, StreamHandle, StreamSpec};
use crate::error::AudioError;
use crate::resample::{CaptureResampler, PlaybackResampler, ResampleError};
use crate::worker::Waker;

/// Every ring holds this much: a thread may be late, not absent.
const RING_MS: u32 = 500;

/// One direction's thread.
#[derive(Debug)]
pub(super) struct Thread<Command> {
    pub(super) commands: Sender<Command>,
    pub(super) waker: Waker,
}

// Derived, it would ask the command to be `Clone`, too.
impl<Command> Clone for Thread<Command> {
    fn clone(&self) -> Self {
        Self {
            commands: self.commands.clone(),
            waker: self.waker.clone(),
        }
    }
}

impl<Command> Thread<Command> {
    pub(super) fn tell(&self, command: Command) {
        // A thread that ended belongs to a session that is being closed.
        let _ = self.commands.send(command);
        self.waker.wake();
    }
}

pub(super) struct Opener {
    pub(super) backend: Arc<dyn Backend>,
    pub(super) capture: CaptureShared,
    pub(super) playback: PlaybackShared,
    pub(super) capture_hz: u32,
    pub(super) playback_hz: u32,
    pub(super) to_capture: Option<Thread<CaptureCommand>>,
    pub(super) to_playback: Option<Thread<PlaybackCommand>>,
    /// Whether the microphone's side wants to hear what is played.
    pub(super) wants_reference: bool,
}

/// A stream that runs, and the far ends of its rings.
pub(super) struct Opened {
    kind: DeviceKind,
    device_id: String,
    stream: StreamHandle,
    broken: Broken,
    ends: Ends,
}

enum Ends {
    Microphone(Source),
    Speaker(Sink, Option<Source>),
}

impl Opener {
    pub(super) fn open(&self, kind: DeviceKind, device_id: &str) -> Result<Opened, AudioError> {
        let spec = self.backend.spec(kind, device_id)?;
        let broken = Broken::default();
        let (stream, ends) = match kind {
            DeviceKind::Input => self.open_microphone(&spec, &broken)?,
            DeviceKind::Output => self.open_speaker(&spec, &broken)?,
        };
        Ok(Opened {
            kind,
            device_id: spec.device_id,
            stream,
            broken,
            ends,
        })
    }

    fn open_microphone(
        &self,
        spec: &StreamSpec,
        broken: &Broken,
    ) -> Result<(StreamHandle, Ends), AudioError> {
        let thread = self.to_capture.as_ref().ok_or(AudioError::NotOpen {
            kind: DeviceKind::Input,
        })?;
        let resampler = CaptureResampler::new(spec.sample_rate_hz, self.capture_hz)
            .map_err(|error| unsupported(&error))?;
        let (producer, ring) = RingBuffer::new(ring_frames(spec));
        let tells = Arc::clone(&self.capture.tells);
        let callback = capture_callback(
            spec,
            producer,
            tells,
            self.capture.epoch,
            thread.waker.clone(),
        );
        let stream = self
            .backend
            .open_input(spec, callback, self.on_error(broken))?;
        Ok((stream, Ends::Microphone(Source { ring, resampler })))
    }

    fn open_speaker(
        &self,
        spec: &StreamSpec,
        broken: &Broken,
    ) -> Result<(StreamHandle, Ends), AudioError> {
        let thread = self.to_playback.as_ref().ok_or(AudioError::NotOpen {
            kind: DeviceKind::Output,
        })?;
        let resampler = PlaybackResampler::new(self.playback_hz, spec.sample_rate_hz)
            .map_err(|error| unsupported(&error))?;
        let (producer, ring) = RingBuffer::new(ring_frames(spec));
        let (heard, reference) = self.reference(spec)?.unzip();
        let tells = Arc::clone(&self.playback.tells);
        let clock = (self.capture.epoch, thread.waker.clone());
        let callback = playback_callback(spec, ring, heard, tells, clock);
        let stream = self
            .backend
            .open_output(spec, callback, self.on_error(broken))?;
        let sink = Sink {
            ring: producer,
            resampler,
            device_hz: spec.sample_rate_hz,
        };
        Ok((stream, Ends::Speaker(sink, reference)))
    }

    fn reference(
        &self,
        spec: &StreamSpec,
    ) -> Result<Option<(rtrb::Producer<f32>, Source)>, AudioError> {
        if !self.wants_reference {
            return Ok(None);
        }
        let resampler = CaptureResampler::new(spec.sample_rate_hz, self.capture_hz)
            .map_err(|error| unsupported(&error))?;
        let (heard, ring) = RingBuffer::new(ring_frames(spec));
        Ok(Some((heard, Source { ring, resampler })))
    }

    fn on_error(&self, broken: &Broken) -> ErrorCallback {
        let broken = Arc::clone(broken);
        let belief = Arc::clone(&self.capture.belief);
        Box::new(move |error| {
            lock(&broken).get_or_insert(error);
            if let Some(watch) = belief.watch.get() {
                watch.wake();
            }
        })
    }

    /// Joins a stream to its thread.
    pub(super) fn adopt(&self, opened: Opened) -> Side {
        match opened.ends {
            Ends::Microphone(source) => self.tell_capture(CaptureCommand::Microphone(source)),
            Ends::Speaker(sink, reference) => {
                if let Some(thread) = &self.to_playback {
                    thread.tell(PlaybackCommand::Speaker(sink));
                }
                if let Some(reference) = reference {
                    self.tell_capture(CaptureCommand::Reference(reference));
                }
            }
        }
        Side {
            kind: opened.kind,
            device_id: opened.device_id,
            stream: Some(opened.stream),
            broken: opened.broken,
            last_sign_ns: self.last_sign_ns(opened.kind),
            alive_at: self.backend.now(),
        }
    }

    fn tell_capture(&self, command: CaptureCommand) {
        if let Some(thread) = &self.to_capture {
            thread.tell(command);
        }
    }

    pub(super) fn lose(&self, kind: DeviceKind, reason: AudioError) {
        match (kind, &self.to_playback) {
            (DeviceKind::Input, _) => self.tell_capture(CaptureCommand::Lose(reason)),
            (DeviceKind::Output, Some(thread)) => thread.tell(PlaybackCommand::Lose(reason)),
            (DeviceKind::Output, None) => {}
        }
    }

    pub(super) fn tell_back(&self, kind: DeviceKind) {
        self.capture.events.send(AudioEvent::DeviceBack { kind });
    }

    pub(super) fn wake_capture(&self) {
        if let Some(thread) = &self.to_capture {
            thread.waker.wake();
        }
    }

    /// When the device's callback last ran, in nanoseconds of the session.
    pub(super) fn last_sign_ns(&self, kind: DeviceKind) -> u64 {
        match kind {
            DeviceKind::Input => self.capture.tells.newest_at_ns.load(Ordering::Relaxed),
            DeviceKind::Output => self.playback.tells.asked_at_ns.load(Ordering::Relaxed),
        }
    }

    pub(super) fn nanos(&self, at: Instant) -> u64 {
        u64::try_from(at.saturating_duration_since(self.capture.epoch).as_nanos())
            .unwrap_or(u64::MAX)
    }
}

fn ring_frames(spec: &StreamSpec) -> usize {
    (u64::from(spec.sample_rate_hz) * u64::from(RING_MS) / 1000) as usize
}

fn unsupported(error: &ResampleError) -> AudioError {
    AudioError::Unsupported {
        detail: error.to_string(),
    }
}
