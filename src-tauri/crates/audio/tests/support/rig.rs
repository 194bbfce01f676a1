//! A session on made-up devices, whose time a test moves.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use wiro_audio::device::{Backend, DeviceKind};
use wiro_audio::error::AudioError;
use wiro_audio::fake::{FakeBackend, FakeDevice};
use wiro_audio::session::{
    AudioEvent, AudioSession, CaptureOptions, PlaybackOptions, SessionOptions,
};

pub struct Rig {
    pub fake: FakeBackend,
    pub session: AudioSession,
    events: Receiver<AudioEvent>,
}

/// Only the microphone, no stage that changes its sound.
pub fn plain_capture() -> SessionOptions {
    let capture = CaptureOptions {
        echo_cancellation: false,
        noise_suppression: false,
        activity: false,
        ..CaptureOptions::default()
    };
    SessionOptions {
        capture: Some(capture),
        ..SessionOptions::default()
    }
}

/// Only the speaker.
pub fn plain_playback() -> SessionOptions {
    SessionOptions {
        playback: Some(PlaybackOptions::default()),
        ..SessionOptions::default()
    }
}

/// A fake with one microphone `mic` and one speaker `spk`.
pub fn two_devices(fake: FakeBackend) -> FakeBackend {
    fake.plug(FakeDevice::new(DeviceKind::Input, "mic"));
    fake.plug(FakeDevice::new(DeviceKind::Output, "spk"));
    fake.keep_played();
    fake
}

impl Rig {
    pub fn open(fake: FakeBackend, options: SessionOptions) -> Self {
        Self::try_open(fake, options).unwrap()
    }

    pub fn try_open(fake: FakeBackend, options: SessionOptions) -> Result<Self, AudioError> {
        Self::open_on(Arc::new(fake.clone()), fake, options)
    }

    /// Opens on `backend`, which wraps `fake`.
    pub fn open_on(
        backend: Arc<dyn Backend>,
        fake: FakeBackend,
        options: SessionOptions,
    ) -> Result<Self, AudioError> {
        let (told, events) = mpsc::channel();
        let handler = Box::new(move |event| drop(told.send(event)));
        let session = AudioSession::open(backend, options, handler)?;
        Ok(Self {
            fake,
            session,
            events,
        })
    }

    /// Lets `ms` of virtual time go by in steps of 10 ms, each worked on before the next.
    pub fn run(&self, ms: u64) {
        self.settle();
        for _ in 0..ms / 10 {
            self.step(10);
        }
    }

    /// Lets `ms` of virtual time go by at once.
    pub fn step(&self, ms: u64) {
        self.fake.advance(Duration::from_millis(ms));
        self.settle();
    }

    /// Waits until the session's threads have nothing left to do.
    pub fn settle(&self) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !self.session.is_settled() {
            assert!(Instant::now() < deadline, "the session never came to rest");
            thread::yield_now();
        }
    }

    /// What was told since the last call.
    pub fn events(&self) -> Vec<AudioEvent> {
        self.events.try_iter().collect()
    }

    /// The next event that `pick` takes, waited for at most three seconds of real time.
    pub fn wait_for<T>(&self, mut pick: impl FnMut(AudioEvent) -> Option<T>) -> T {
        let deadline = Instant::now() + Duration::from_secs(3);
        loop {
            let event = self
                .events
                .recv_timeout(deadline.saturating_duration_since(Instant::now()))
                .expect("an event");
            if let Some(picked) = pick(event) {
                return picked;
            }
        }
    }
}

/// The chunks among `events`: their bytes together, and whether each was the last.
pub fn chunks(events: &[AudioEvent]) -> (Vec<u8>, Vec<bool>) {
    let mut all = Vec::new();
    let mut lasts = Vec::new();
    for event in events {
        if let AudioEvent::Chunk { bytes, last, .. } = event {
            all.extend_from_slice(bytes);
            lasts.push(*last);
        }
    }
    (all, lasts)
}
