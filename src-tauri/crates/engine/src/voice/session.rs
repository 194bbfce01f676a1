//! The actor of one live session. It alone owns the machine, the connection and the devices.
//!
//! A session is a run that was written down and sent as every other. While it lives it is followed here, on a connection of
//! its own; when it is over, however it ended, its care goes to the tracker, which ends the run by what `Task/Detail` says.

use std::sync::Arc;
use std::time::Duration;

use rust_decimal::Decimal;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};
use wiro_audio::session::{AudioEvent, AudioSession};
use wiro_client::realtime::{RealtimeEvent, RealtimeSession};
use wiro_library::{VoiceLineRow, VoiceTurnRow};

use super::format::Formats;
use super::hub::{Desk, Order};
use super::machine::{Input, VoiceMachine};
use super::sound::Sound;
use super::transcript::Lines;
use super::uplink::Upward;
use super::wav_sink::WavSink;
use crate::accounts::Account;
use crate::dto::{AppError, ErrorCode, VoiceEnd, VoiceEvent, VoiceLine, VoiceState};
use crate::engine::Engine;
use crate::error::Error;
use crate::runs::Accepted;
use crate::view::now_ms;

mod devices;
mod effects;
mod finish;
mod service;

/// Levels are told this often.
const LEVEL_EVERY: Duration = Duration::from_millis(50);
/// A file was heard when its last samples have passed the devices' threads.
const FILE_TAIL_TICKS: u32 = 4;

/// What the actor starts with.
pub(super) struct Begin {
    pub(super) engine: Engine,
    pub(super) account: Arc<Account>,
    pub(super) machine: VoiceMachine,
    pub(super) formats: Formats,
    pub(super) sound: Sound,
    pub(super) state: VoiceState,
    /// The answer of the service; closed when there will be none.
    pub(super) accepted: oneshot::Receiver<Accepted>,
    pub(super) desk: Desk,
}

/// The connection, once the service has the run.
struct Link {
    session: Arc<RealtimeSession>,
    upward: mpsc::Sender<Upward>,
}

pub(super) struct Session {
    engine: Engine,
    account: Arc<Account>,
    machine: VoiceMachine,
    formats: Formats,
    sound: Sound,
    state: VoiceState,
    /// What was told last.
    shown: VoiceState,
    desk: Desk,
    begun: Instant,
    ready: Option<Instant>,
    lines: Lines,
    turn: u32,
    /// The last turn whose price is known.
    priced: Option<u32>,
    last_status: Option<String>,
    run: Option<Accepted>,
    link: Option<Link>,
    audio: Option<AudioSession>,
    /// Takes the sound of a text that is read into a file.
    sink: Option<WavSink>,
    heard: (
        mpsc::UnboundedSender<AudioEvent>,
        Option<mpsc::UnboundedReceiver<AudioEvent>>,
    ),
    file_tail: u32,
}

/// What woke the actor.
enum Wake {
    Order(Option<Order>),
    Accepted(Option<Accepted>),
    Service(Option<RealtimeEvent>),
    Sound(AudioEvent),
    Level,
    Tick,
}

impl Session {
    pub(super) fn new(begin: Begin) -> (Self, oneshot::Receiver<Accepted>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        let session = Self {
            engine: begin.engine,
            account: begin.account,
            machine: begin.machine,
            formats: begin.formats,
            sound: begin.sound,
            shown: begin.state.clone(),
            state: begin.state,
            desk: begin.desk,
            begun: Instant::now(),
            ready: None,
            lines: Lines::default(),
            turn: 0,
            priced: None,
            last_status: None,
            run: None,
            link: None,
            audio: None,
            sink: None,
            heard: (sender, Some(receiver)),
            file_tail: 0,
        };
        (session, begin.accepted)
    }

    /// Lives until everything is over and written down.
    pub(super) async fn run(
        mut self,
        accepted: oneshot::Receiver<Accepted>,
        mut orders: mpsc::UnboundedReceiver<Order>,
    ) {
        let Some(mut heard) = self.heard.1.take() else {
            return;
        };
        let mut accepted = Some(accepted);
        let mut service: Option<mpsc::Receiver<RealtimeEvent>> = None;
        let mut level = interval(LEVEL_EVERY);
        level.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while !self.machine.is_over() {
            let deadline = self.machine.deadline().map(|at| self.begun + at);
            let wake = tokio::select! {
                order = orders.recv() => Wake::Order(order),
                answer = answer(&mut accepted) => Wake::Accepted(answer),
                event = next(&mut service) => Wake::Service(event),
                Some(event) = heard.recv() => Wake::Sound(event),
                _ = level.tick(), if self.audio.is_some() => Wake::Level,
                () = sleep_or_wait(deadline) => Wake::Tick,
            };
            match wake {
                Wake::Order(Some(order)) => self.obey(order).await,
                Wake::Order(None) => self.step(Input::End(VoiceEnd::Closed)).await,
                Wake::Accepted(answer) => {
                    accepted = None;
                    service = self.take_answer(answer).await;
                }
                Wake::Service(Some(event)) => self.take_event(event).await,
                Wake::Service(None) => {
                    service = None;
                    self.step(Input::Over(VoiceEnd::ConnectionLost)).await;
                }
                Wake::Sound(event) => self.take_sound(event).await,
                Wake::Level => self.tell_level().await,
                Wake::Tick => self.step(Input::Tick).await,
            }
            self.show();
        }
        self.finish(accepted).await;
    }

    fn now(&self) -> Duration {
        self.begun.elapsed()
    }

    /// Milliseconds since the service was ready.
    fn session_ms(&self) -> f64 {
        self.ready
            .map_or(0.0, |ready| ready.elapsed().as_secs_f64() * 1000.0)
            .round()
    }

    /// Takes one input through the machine and does what follows.
    async fn step(&mut self, input: Input) {
        for effect in self.machine.take(input, self.now()) {
            self.carry_out(effect).await;
        }
    }

    /// Tells how it stands when that is news.
    fn show(&mut self) {
        let machine = &self.machine;
        let state = &mut self.state;
        state.phase = machine.phase();
        state.pause = machine.pause();
        state.end = machine.end();
        state.mode = machine.mode();
        state.muted = machine.is_muted();
        state.talking = machine.is_talking();
        if self.shown != self.state {
            self.shown = self.state.clone();
            self.desk.tell_state(self.state.clone());
        }
    }

    /// Something is wrong; the session goes on.
    fn trouble(&mut self, error: AppError) {
        tracing::info!(%error, run_id = self.state.run_id, "trouble in a voice session");
        self.state.trouble = Some(error.clone());
        self.desk.tell(VoiceEvent::Trouble { error });
    }

    /// It cannot go on.
    async fn fail(&mut self, error: AppError, reason: VoiceEnd) {
        self.trouble(error);
        self.step(Input::End(reason)).await;
    }

    /// Keeps lines that are new or longer and tells them.
    async fn keep_lines(&mut self, lines: Vec<VoiceLine>) {
        for line in lines {
            let row = line_row(&line);
            let library = &self.engine.inner.library;
            if let Err(error) = library.note_voice_line(&self.state.run_id, row).await {
                self.trouble(Error::from(error).into());
            }
            self.desk.tell_line(line);
        }
    }

    /// What the service charged; the turn that ended last, when its price is not known yet.
    async fn keep_cost(&mut self, turn_usd: Option<Decimal>, session_usd: Option<Decimal>) {
        let ended = self.turn.checked_sub(1);
        let turn = ended
            .filter(|ended| self.priced < Some(*ended))
            .unwrap_or(self.turn);
        self.priced = Some(turn);
        self.state.last_turn_usd = turn_usd.map(as_text);
        if let Some(session_usd) = session_usd {
            self.state.cost_usd = Some(as_text(session_usd));
        }
        let row = VoiceTurnRow {
            turn,
            cost_usd: self.state.last_turn_usd.clone(),
            latency_ms: None,
        };
        self.keep_turn(row).await;
        if let Some(cost_usd) = self.state.cost_usd.clone() {
            let library = &self.engine.inner.library;
            let kept = library.note_voice_cost(&self.state.run_id, &cost_usd).await;
            if let Err(error) = kept {
                self.trouble(Error::from(error).into());
            }
        }
        self.desk.tell(VoiceEvent::Cost {
            turn_usd: self.state.last_turn_usd.clone(),
            session_usd: self.state.cost_usd.clone(),
        });
        if let Some(session_usd) = session_usd {
            self.step(Input::Cost(session_usd)).await;
        }
    }

    async fn keep_turn(&mut self, row: VoiceTurnRow) {
        let library = &self.engine.inner.library;
        if let Err(error) = library.note_voice_turn(&self.state.run_id, row).await {
            self.trouble(Error::from(error).into());
        }
    }
}

fn line_row(line: &VoiceLine) -> VoiceLineRow {
    VoiceLineRow {
        line: line.index,
        at_ms: whole_ms(line.at_ms),
        end_ms: whole_ms(line.end_ms),
        turn: line.turn,
        speaker: super::words::word(line.speaker),
        text: line.text.clone(),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "milliseconds of a session, far below 2^53"
)]
const fn whole_ms(ms: f64) -> i64 {
    ms as i64
}

/// Plain digits, as everywhere where money is told.
fn as_text(usd: Decimal) -> String {
    usd.normalize().to_string()
}

async fn answer(accepted: &mut Option<oneshot::Receiver<Accepted>>) -> Option<Accepted> {
    match accepted {
        Some(accepted) => accepted.await.ok(),
        None => std::future::pending().await,
    }
}

async fn next(service: &mut Option<mpsc::Receiver<RealtimeEvent>>) -> Option<RealtimeEvent> {
    match service {
        Some(service) => service.recv().await,
        None => std::future::pending().await,
    }
}

async fn sleep_or_wait(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

/// This moment, in Unix milliseconds.
#[expect(clippy::cast_precision_loss, reason = "milliseconds, far below 2^53")]
fn unix_ms() -> f64 {
    now_ms() as f64
}

/// The connection of a session broke.
fn connection_lost(reason: String) -> AppError {
    AppError {
        code: ErrorCode::VoiceConnectionLost,
        message: "the connection broke, and the service ends a session then".to_owned(),
        action: crate::dto::SuggestedAction::None,
        retryable: false,
        detail: Some(reason),
        field: None,
    }
}
