//! A room with a microphone and a speaker that are made up, and somebody who talks in it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::broadcast;
use wiro_audio::device::DeviceKind;
use wiro_audio::fake::{FakeBackend, FakeDevice};
use wiro_engine::dto::{VoiceControl, VoiceEvent, VoiceMode, VoicePhase, VoiceStart, VoiceState};
use wiro_engine::{Engine, VoiceOptions};

use crate::stage::texts;

pub(super) const MICROPHONE: (DeviceKind, &str) = (DeviceKind::Input, "microphone");
pub(super) const SPEAKER: (DeviceKind, &str) = (DeviceKind::Output, "speaker");
/// Far beyond what anything here takes: reaching it is a failure.
const DEADLINE: Duration = Duration::from_secs(40);
const STEP: Duration = Duration::from_millis(10);

/// The devices, whose time is the real one.
pub(super) struct Room {
    pub(super) backend: FakeBackend,
    speaks: Arc<AtomicBool>,
    over: Arc<AtomicBool>,
    clock: Option<JoinHandle<()>>,
}

impl Room {
    pub(super) fn new() -> Self {
        let backend = FakeBackend::new();
        let (speaks, over) = (
            Arc::new(AtomicBool::new(false)),
            Arc::new(AtomicBool::new(false)),
        );
        let voice = Arc::clone(&speaks);
        backend.hear(move |frame, _| {
            #[expect(clippy::cast_precision_loss, reason = "a few seconds of frames")]
            let seconds = frame as f32 / 48_000.0;
            let loudness = if voice.load(Ordering::Relaxed) {
                0.4
            } else {
                0.0
            };
            loudness * (seconds * 220.0 * std::f32::consts::TAU).sin()
        });
        backend.keep_played();
        let (ticking, stop) = (backend.clone(), Arc::clone(&over));
        let clock = std::thread::spawn(move || {
            let mut moved = Instant::now();
            while !stop.load(Ordering::Relaxed) {
                std::thread::park_timeout(STEP);
                let now = Instant::now();
                ticking.advance(now - moved);
                moved = now;
            }
        });
        Self {
            backend,
            speaks,
            over,
            clock: Some(clock),
        }
    }

    pub(super) fn with_devices() -> Self {
        let room = Self::new();
        room.plug(MICROPHONE);
        room.plug(SPEAKER);
        room
    }

    pub(super) fn plug(&self, (kind, id): (DeviceKind, &str)) {
        self.backend.plug(FakeDevice::new(kind, id));
    }

    pub(super) fn options(&self) -> VoiceOptions {
        VoiceOptions {
            origin: "test".to_owned(),
            devices: Some(Arc::new(self.backend.clone())),
            ..VoiceOptions::default()
        }
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(clock) = self.clock.take() {
            clock.join().expect("the clock ran");
        }
    }
}

/// A session that is recorded, with a key to talk.
pub(super) fn start(model: &str, answers: &[(&str, &str)]) -> VoiceStart {
    VoiceStart {
        model: model.to_owned(),
        answers: texts(answers),
        intent_id: uuid::Uuid::now_v7().to_string(),
        input_device: None,
        output_device: None,
        mode: VoiceMode::HoldToTalk,
        record: true,
        cost_cap_usd: None,
        input_file: None,
    }
}

/// Whoever talks in a session.
pub(super) struct Talk {
    engine: Engine,
    pub(super) run_id: String,
    events: broadcast::Receiver<VoiceEvent>,
}

impl Talk {
    pub(super) async fn begin(engine: &Engine, room: &Room, start: VoiceStart) -> Self {
        Self::with(engine, start, room.options()).await
    }

    pub(super) async fn with(engine: &Engine, start: VoiceStart, options: VoiceOptions) -> Self {
        let events = engine.voice_events();
        let view = engine
            .voice_start(start, options)
            .await
            .expect("written down");
        Self {
            engine: engine.clone(),
            run_id: view.state.run_id,
            events,
        }
    }

    pub(super) fn state(&self) -> VoiceState {
        self.engine.voice_session().expect("a live session").state
    }

    pub(super) async fn control(&self, control: VoiceControl) -> VoiceState {
        let done = self.engine.voice_control(&self.run_id, control).await;
        done.expect("carried out")
    }

    /// Speaks so long with the key held.
    pub(super) async fn say(&self, room: &Room, ms: u64) {
        self.control(VoiceControl::TalkDown).await;
        self.say_more(room, ms).await;
    }

    /// Speaks so long with the key that is held already, and lets it go.
    pub(super) async fn say_more(&self, room: &Room, ms: u64) {
        room.speaks.store(true, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(ms)).await;
        room.speaks.store(false, Ordering::Relaxed);
        self.control(VoiceControl::TalkUp).await;
    }

    pub(super) async fn until_event(&mut self, is_it: impl Fn(&VoiceEvent) -> bool) -> VoiceEvent {
        let mut seen = Vec::new();
        let waiting = async {
            loop {
                let event = self.events.recv().await.expect("an event");
                if is_it(&event) {
                    return event;
                }
                if !matches!(event, VoiceEvent::Level { .. }) {
                    seen.push(event);
                }
            }
        };
        let Ok(event) = tokio::time::timeout(DEADLINE, waiting).await else {
            panic!("waited in vain; seen: {seen:#?}")
        };
        event
    }

    /// Waits until it stands so.
    pub(super) async fn until(&mut self, phase: VoicePhase) -> VoiceState {
        let event = self
            .until_event(
                |event| matches!(event, VoiceEvent::State { state } if state.phase == phase),
            )
            .await;
        let VoiceEvent::State { state } = event else {
            unreachable!("only states were waited for")
        };
        *state
    }

    pub(super) async fn until_over(&mut self) -> VoiceState {
        let event = self
            .until_event(|event| matches!(event, VoiceEvent::Ended { .. }))
            .await;
        let VoiceEvent::Ended { state } = event else {
            unreachable!("only the end was waited for")
        };
        *state
    }

    pub(super) async fn end(&mut self) -> VoiceState {
        self.control(VoiceControl::End).await;
        self.until_over().await
    }
}
