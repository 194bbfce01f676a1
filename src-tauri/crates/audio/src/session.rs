//! A session of sound: microphone to wire chunks, wire bytes to speaker.
//!
//! Three threads: `voice-dsp` takes what the input callback left, `voice-play` tops up what the output callback takes,
//! `voice-watch` owns the streams and notices lost devices. The callbacks themselves share nothing with them but rings
//! and atomics.

use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

mod block;
mod capture;
mod events;
mod gate;
mod options;
mod playback;
mod streams;
mod tape;
mod watch;

pub use options::{AudioEvent, CaptureOptions, Counters, Levels, PlaybackOptions, SessionOptions};

use crate::activity::ActivityDetector;
use crate::device::{Backend, DeviceKind, choose};
use crate::echo::{EchoCanceller, EchoOptions};
use crate::error::AudioError;
use crate::jitter::JitterBuffer;
use crate::level::LevelMeter;
use crate::recorder::{Layout, RecordError, Recorder, Recording, Track};
use crate::worker::Worker;
use capture::{Belief, CaptureCommand, CapturePath, CaptureShared, Stages};
use events::Events;
use playback::{PlaybackCommand, PlaybackPath, PlaybackShared, Progress};
use streams::{Opener, Thread};
use tape::Tape;
use watch::{Choice, POLL_INTERVAL, Side, Watch};

/// Threads look by themselves this often, should a wake-up ever get lost.
const IDLE: Duration = Duration::from_millis(50);
/// How long choosing another device may take; opening one is bounded by the backend.
const CHOICE_TIMEOUT: Duration = Duration::from_secs(15);

/// An open session. Dropping it, like [`Self::close`], stops the streams and ends the threads.
///
/// Events come from the session's own threads, one at a time: the handler must hand them on and return. Everything here
/// may be called from any thread, never from a handler, and none of it waits for a device except
/// [`Self::open`], [`Self::use_device`] and [`Self::close`].
#[derive(Debug)]
pub struct AudioSession {
    // Dropped in this order: the streams first, then the threads at the other end of their rings.
    watch: Worker,
    dsp: Option<Worker>,
    play: Option<Worker>,
    choices: Sender<Choice>,
    capture: Option<Thread<CaptureCommand>>,
    playback: Option<PlaybackOptions>,
    capture_shared: CaptureShared,
    playback_shared: PlaybackShared,
    recorder: Option<Arc<Recorder>>,
}

impl AudioSession {
    /// Opens the devices and starts the threads. The microphone runs from here on, for the pre-roll, the level and voice
    /// activity; nothing of it becomes a chunk before [`Self::start_talking`].
    ///
    /// # Errors
    /// Whatever keeps a device from being opened, and [`AudioError::File`] when the recording cannot be made.
    pub fn open(
        backend: Arc<dyn Backend>,
        options: SessionOptions,
        events: Box<dyn FnMut(AudioEvent) + Send>,
    ) -> Result<Self, AudioError> {
        let parts = Parts::new(&*backend, &options, Events::new(events))?;
        let recorder = options
            .record
            .as_deref()
            .map(|folder| parts.record(folder))
            .transpose()?;
        let (dsp, capture) = parts.start_capture(&options, recorder.as_ref())?.unzip();
        let (play, playback) = parts.start_playback(&options, recorder.as_ref())?.unzip();
        let opener = Opener {
            backend,
            capture: parts.capture.clone(),
            playback: parts.playback.clone(),
            capture_hz: parts.capture_hz,
            playback_hz: parts.playback_hz,
            to_capture: capture.clone(),
            to_playback: playback,
            wants_reference: options
                .capture
                .as_ref()
                .is_some_and(|capture| capture.echo_cancellation),
        };
        let sides = open_sides(&opener, &options)?;
        let (choices, chosen) = mpsc::channel();
        let watch = start_watch(opener, sides, chosen)?;
        Ok(Self {
            watch,
            dsp,
            play,
            choices,
            capture,
            playback: options.playback,
            capture_shared: parts.capture,
            playback_shared: parts.playback,
            recorder,
        })
    }

    /// Opens the gate to the wire; what the pre-roll holds goes first. Without effect while it is open.
    pub fn start_talking(&self) {
        self.tell_capture(CaptureCommand::Start);
    }

    /// Closes the gate: what was captured up to here goes out at once, the last chunk marked as such, and empty when
    /// nothing is left. Without effect while the gate is closed.
    pub fn stop_talking(&self) {
        self.tell_capture(CaptureCommand::Stop);
    }

    /// While muted, the microphone is neither sent nor recorded nor listened to for speech, and the pre-roll is empty.
    pub fn set_muted(&self, muted: bool) {
        self.tell_capture(CaptureCommand::Mute(muted));
    }

    /// Queues sound of `turn`. What comes late for an interrupted turn is dropped silently.
    ///
    /// # Errors
    /// [`AudioError::TooMuchQueued`] when more than ten minutes would wait, [`AudioError::TornSample`] when the bytes end
    /// inside a sample (nothing is taken then), [`AudioError::NotOpen`] without a speaker's side.
    pub fn play(&self, turn: u32, wire_bytes: &[u8]) -> Result<(), AudioError> {
        let options = self.playback.as_ref().ok_or(AudioError::NotOpen {
            kind: DeviceKind::Output,
        })?;
        let mut samples = Vec::with_capacity(wire_bytes.len());
        options
            .format
            .decode(wire_bytes, &mut samples)
            .map_err(|_| AudioError::TornSample {
                bytes: wire_bytes.len(),
                bytes_per_sample: options.format.encoding().bytes_per_sample(),
            })?;
        let queued = self.playback_shared.queue().push(turn, &samples);
        self.wake_play();
        queued.map_err(|full| AudioError::TooMuchQueued {
            limit_s: full.limit_s,
        })
    }

    /// No more of `turn` comes: its last sample is played without waiting for more.
    pub fn end_turn(&self, turn: u32) {
        self.playback_shared.queue().end_turn(turn);
        self.wake_play();
    }

    /// Silences the speaker within a block and forgets what waits. A turn that sounded is reported with what was
    /// played of it; whatever still arrives of it is dropped.
    pub fn interrupt(&self) {
        self.playback_shared.interrupt();
        self.wake_play();
    }

    /// Silences the speaker and goes on later where it stopped.
    pub fn set_paused(&self, paused: bool) {
        self.playback_shared
            .tells
            .paused
            .store(paused, Ordering::Relaxed);
    }

    /// Closes a side's device and opens another; a side that lost its device works again then.
    ///
    /// # Errors
    /// Whatever keeps the device from being opened ([`AudioEvent::DeviceLost`] is told then, too), and
    /// [`AudioError::NotOpen`] for a side this session does not have.
    pub fn use_device(&self, kind: DeviceKind, device: Option<&str>) -> Result<(), AudioError> {
        let (outcome, answer) = mpsc::channel();
        let choice = Choice {
            kind,
            device: device.map(str::to_owned),
            outcome,
        };
        let gone = || AudioError::Backend {
            detail: "the session's watch does not answer".to_owned(),
        };
        self.choices.send(choice).map_err(|_| gone())?;
        self.watch.waker().wake();
        answer.recv_timeout(CHOICE_TIMEOUT).map_err(|_| gone())?
    }

    /// How loud both sides were since the last call.
    pub fn levels(&self) -> Levels {
        let take = |meter: &Mutex<LevelMeter>| lock(meter).take();
        Levels {
            microphone: take(&self.capture_shared.meter),
            speaker: take(&self.playback_shared.meter),
        }
    }

    /// How the session has been doing.
    pub fn counters(&self) -> Counters {
        const SHARE: f64 = 0.999;
        let capture = &self.capture_shared.tells;
        let playback = &self.playback_shared.tells;
        let progress = *lock(&self.playback_shared.progress);
        let (underruns, fill_ms) = {
            let queue = self.playback_shared.queue();
            (queue.underruns(), queue.fill_ms())
        };
        Counters {
            captured_frames: capture.captured_frames.load(Ordering::Relaxed),
            overruns: capture.overrun_frames.load(Ordering::Relaxed),
            underruns,
            slips: playback.slipped_frames.load(Ordering::Relaxed),
            turn: progress.turn,
            turn_played_samples: progress.played_samples,
            fill_ms,
            capture_callback_p999: capture.times.quantile(SHARE),
            playback_callback_p999: playback.times.quantile(SHARE),
        }
    }

    /// Whether everything that devices and callers have brought so far has been worked on. With a fake backend, whose
    /// time moves by hand, this tells when it may be moved on.
    pub fn is_settled(&self) -> bool {
        let workers = [Some(&self.watch), self.dsp.as_ref(), self.play.as_ref()];
        let asked = || {
            workers
                .into_iter()
                .flatten()
                .map(Worker::asked)
                .sum::<u64>()
        };
        // One thread may wake another that was looked at before: then more was asked for in the meantime.
        let before = asked();
        workers.into_iter().flatten().all(Worker::is_settled) && asked() == before
    }

    /// Stops the streams, ends the threads and the recording. An utterance that is still going on ends without a last
    /// chunk: stop talking and wait for it first.
    ///
    /// # Errors
    /// The first error of the recording; everything is closed nevertheless.
    pub fn close(self) -> Result<Option<Recording>, RecordError> {
        let Self {
            watch,
            dsp,
            play,
            recorder,
            ..
        } = self;
        drop(watch);
        drop(dsp);
        drop(play);
        // The threads held the other ends.
        recorder
            .and_then(Arc::into_inner)
            .map(Recorder::finish)
            .transpose()
    }

    fn tell_capture(&self, command: CaptureCommand) {
        if let Some(capture) = &self.capture {
            capture.tell(command);
        }
    }

    fn wake_play(&self) {
        if let Some(play) = &self.play {
            play.waker().wake();
        }
    }
}

/// Nobody panics while holding one of the session's locks; what is behind it is whole in any case.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the session's threads share, made before any of them.
struct Parts {
    capture: CaptureShared,
    playback: PlaybackShared,
    capture_hz: u32,
    playback_hz: u32,
    events: Events,
}

impl Parts {
    fn new(
        backend: &dyn Backend,
        options: &SessionOptions,
        events: Events,
    ) -> Result<Self, AudioError> {
        if options.capture.is_none() && options.playback.is_none() {
            return Err(AudioError::NoDevice {
                kind: DeviceKind::Input,
                wanted: None,
            });
        }
        let rate_of = |format: crate::pcm::WireFormat| format.sample_rate_hz();
        let capture_hz = options
            .capture
            .as_ref()
            .map(|capture| rate_of(capture.format))
            .unwrap_or_default();
        let playback_hz = options
            .playback
            .as_ref()
            .map(|playback| rate_of(playback.format))
            .unwrap_or_default();
        let capture = CaptureShared {
            epoch: backend.now(),
            tells: Arc::default(),
            belief: Arc::new(Belief::new(backend.moves_streams())),
            meter: Arc::default(),
            events: events.clone(),
        };
        let playback = PlaybackShared {
            tells: Arc::default(),
            queue: Arc::new(Mutex::new(JitterBuffer::new(playback_hz.max(capture_hz)))),
            progress: Arc::new(Mutex::new(Progress::default())),
            meter: Arc::default(),
            events: events.clone(),
        };
        Ok(Self {
            capture,
            playback,
            capture_hz,
            playback_hz,
            events,
        })
    }

    fn record_hz(&self) -> u32 {
        self.capture_hz.max(self.playback_hz)
    }

    fn record(&self, folder: &Path) -> Result<Arc<Recorder>, AudioError> {
        Recorder::start(folder, Layout::Stereo, self.record_hz())
            .map(Arc::new)
            .map_err(|error| AudioError::File {
                path: folder.to_owned(),
                detail: error.to_string(),
            })
    }

    fn tape(
        &self,
        recorder: Option<&Arc<Recorder>>,
        track: Track,
        rate_hz: u32,
    ) -> Result<Option<Tape>, AudioError> {
        recorder
            .map(|recorder| {
                let rates = (rate_hz, self.record_hz());
                Tape::new(Arc::clone(recorder), track, rates, self.events.clone()).map_err(
                    |error| AudioError::Unsupported {
                        detail: error.to_string(),
                    },
                )
            })
            .transpose()
    }

    fn start_capture(
        &self,
        options: &SessionOptions,
        recorder: Option<&Arc<Recorder>>,
    ) -> Result<Option<(Worker, Thread<CaptureCommand>)>, AudioError> {
        let Some(capture) = &options.capture else {
            return Ok(None);
        };
        let echo = EchoOptions {
            echo_cancellation: capture.echo_cancellation && options.playback.is_some(),
            noise_suppression: capture.noise_suppression,
        };
        let activity = capture
            .activity
            .then(|| ActivityDetector::new(self.capture_hz))
            .transpose()
            .map_err(|error| AudioError::Unsupported {
                detail: error.to_string(),
            })?;
        let stages = Stages {
            echo: (echo.echo_cancellation || echo.noise_suppression)
                .then(|| EchoCanceller::new(self.capture_hz, echo)),
            activity,
            tape: self.tape(recorder, Track::Person, self.capture_hz)?,
        };
        let (commands, orders) = mpsc::channel();
        let mut path = CapturePath::new(
            self.capture.clone(),
            orders,
            stages,
            capture.format,
            capture.pre_roll_ms,
        );
        let worker = Worker::spawn("voice-dsp", IDLE, move || path.run())?;
        let waker = worker.waker();
        Ok(Some((worker, Thread { commands, waker })))
    }

    fn start_playback(
        &self,
        options: &SessionOptions,
        recorder: Option<&Arc<Recorder>>,
    ) -> Result<Option<(Worker, Thread<PlaybackCommand>)>, AudioError> {
        if options.playback.is_none() {
            return Ok(None);
        }
        let tape = self.tape(recorder, Track::Model, self.playback_hz)?;
        let (commands, orders) = mpsc::channel();
        let mut path = PlaybackPath::new(self.playback.clone(), orders, tape);
        let worker = Worker::spawn("voice-play", IDLE, move || path.run())?;
        let waker = worker.waker();
        Ok(Some((worker, Thread { commands, waker })))
    }
}

fn open_sides(opener: &Opener, options: &SessionOptions) -> Result<Vec<Side>, AudioError> {
    let wanted = [
        (
            DeviceKind::Output,
            options
                .playback
                .as_ref()
                .map(|playback| playback.device.as_deref()),
        ),
        (
            DeviceKind::Input,
            options
                .capture
                .as_ref()
                .map(|capture| capture.device.as_deref()),
        ),
    ];
    let devices = opener.backend.devices()?;
    let mut sides = Vec::new();
    for (kind, wanted) in wanted {
        if let Some(wanted) = wanted {
            let device = choose(&devices, kind, wanted)?;
            sides.push(opener.adopt(opener.open(kind, &device.id)?));
        }
    }
    Ok(sides)
}

fn start_watch(
    opener: Opener,
    sides: Vec<Side>,
    choices: Receiver<Choice>,
) -> Result<Worker, AudioError> {
    let belief = Arc::clone(&opener.capture.belief);
    let mut watch = Watch {
        opener,
        sides,
        choices,
    };
    let worker = Worker::spawn("voice-watch", POLL_INTERVAL, move || watch.run())?;
    // Set once: this is the only watch.
    let _ = belief.watch.set(worker.waker());
    Ok(worker)
}
