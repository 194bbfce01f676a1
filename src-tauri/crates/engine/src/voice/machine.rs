//! What happens in a session and what follows from it. Pure: no device, no socket, no clock; times are since its start.

use std::collections::BTreeSet;
use std::time::Duration;

use wiro_audio::talk;

use crate::dto::{VoiceEnd, VoiceKind, VoiceMode};

mod ending;
mod showing;
mod step;

pub(crate) use step::{Effect, Input, Side, Terms};

/// How long the service has to finish after it was asked to.
pub(crate) const END_WAIT: Duration = Duration::from_secs(10);
/// How long a lost device is waited for.
pub(crate) const LOST_WAIT: Duration = Duration::from_mins(2);
/// How long the last words are waited for on their way from the microphone.
const LAST_CHUNK_WAIT: Duration = Duration::from_millis(500);
/// How long an answer to a file is waited for.
const ANSWER_WAIT: Duration = Duration::from_secs(10);
/// An answer to a file is over when nothing came for so long.
const QUIET: Duration = Duration::from_millis(1500);
/// A text is read when nothing came for so long after the end of a segment; models usually end by themselves.
const SEGMENT_WAIT: Duration = Duration::from_secs(10);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Connecting,
    Live,
    /// The last words of the person are waited for.
    Stopping(Duration),
    /// The service was asked to finish.
    Ending(Duration),
    /// The service is done; what it said is still heard.
    Draining,
    Ended,
}

/// A session.
#[derive(Debug)]
pub(crate) struct VoiceMachine {
    terms: Terms,
    mode: VoiceMode,
    stage: Stage,
    talk: talk::Stage,
    /// Whether the microphone's sound goes to the model.
    gate: bool,
    speech: bool,
    muted: bool,
    paused: bool,
    lost: BTreeSet<Side>,
    lost_at: Duration,
    /// The model says something that has not ended.
    turn_open: bool,
    /// The newest turn of which sound came, and the newest that was cut off.
    newest: Option<u32>,
    cut: Option<u32>,
    /// Turns with sound that was not heard to its end.
    unplayed: BTreeSet<u32>,
    sounding: bool,
    /// When the person was done; until the answer sounds.
    said_at: Option<Duration>,
    awaiting: bool,
    file_heard: bool,
    /// Whether and when the model was last heard of.
    heard_at: Option<Duration>,
    active_at: Duration,
    end: Option<VoiceEnd>,
}

impl VoiceMachine {
    pub(crate) fn new(terms: Terms) -> Self {
        Self {
            mode: terms.mode,
            terms,
            stage: Stage::Connecting,
            talk: talk::Stage::default(),
            gate: false,
            speech: false,
            muted: false,
            paused: false,
            lost: BTreeSet::new(),
            lost_at: Duration::ZERO,
            turn_open: false,
            newest: None,
            cut: None,
            unplayed: BTreeSet::new(),
            sounding: false,
            said_at: None,
            awaiting: false,
            file_heard: false,
            heard_at: None,
            active_at: Duration::ZERO,
            end: None,
        }
    }

    /// One step.
    pub(crate) fn take(&mut self, input: Input, now: Duration) -> Vec<Effect> {
        let mut effects = Vec::new();
        let out = &mut effects;
        match input {
            Input::Ready => self.begin(now, out),
            Input::Talk(input) => self.talk(input, now, out),
            Input::Muted(muted) => {
                self.muted = muted;
                out.push(Effect::Mute(muted));
            }
            Input::Mode(mode) => self.change_mode(mode, now, out),
            Input::Interrupt => self.cut_off(out),
            Input::Paused(paused) => {
                self.paused = paused;
                self.pause_or_resume(now, out);
            }
            Input::SpeechStarted => self.speech_started(now, out),
            Input::SpeechStopped => self.speech_stopped(now),
            Input::FileHeard => self.file_heard(now, out),
            Input::PersonQuoted => self.active_at = now,
            Input::ModelQuoted => self.model_speaks(now),
            Input::Audio(turn) if self.wants(turn) => {
                self.newest = self.newest.max(Some(turn));
                self.unplayed.insert(turn);
                self.model_speaks(now);
            }
            Input::Audio(_) => {}
            Input::TurnEnded => self.turn_ended(now),
            Input::Sounding(turn) => self.sounding(turn, now, out),
            Input::Sounded(turn) => self.sounded(turn, now, out),
            Input::Lost(side) => self.lost(side, now, out),
            Input::Back(side) => {
                self.lost.remove(&side);
                self.pause_or_resume(now, out);
            }
            Input::End(reason) => self.begin_end(reason, now, out),
            Input::LastChunk => self.last_chunk(now, out),
            Input::Cost(session_usd) => self.cost(session_usd, now, out),
            Input::Over(reason) => self.over(reason, out),
            Input::Tick => self.tick(now, out),
        }
        effects
    }

    fn begin(&mut self, now: Duration, out: &mut Vec<Effect>) {
        if self.stage != Stage::Connecting {
            return;
        }
        self.stage = Stage::Live;
        self.active_at = now;
        self.open_by_itself(out);
    }

    fn hears(&self) -> bool {
        self.terms.kind != VoiceKind::ReadAloud
    }

    fn is_paused(&self) -> bool {
        self.paused || !self.lost.is_empty()
    }

    fn is_live(&self) -> bool {
        self.stage == Stage::Live
    }

    /// Opens the gate where nobody holds a key.
    fn open_by_itself(&mut self, out: &mut Vec<Effect>) {
        let by_itself = self.mode == VoiceMode::HandsFree || self.terms.from_file;
        if by_itself && self.hears() && self.is_live() && !self.is_paused() && !self.file_heard {
            self.open_gate(out);
        }
    }

    fn open_gate(&mut self, out: &mut Vec<Effect>) {
        if !self.gate {
            self.gate = true;
            out.push(Effect::StartCapture);
        }
    }

    fn close_gate(&mut self, now: Duration, out: &mut Vec<Effect>) {
        if self.gate {
            self.gate = false;
            self.active_at = now;
            out.push(Effect::StopCapture);
        }
    }

    /// The key does nothing where it has no sense; that it comes up is always heard.
    fn talk(&mut self, input: talk::Input, now: Duration, out: &mut Vec<Effect>) {
        let has_sense = self.is_live()
            && !self.is_paused()
            && self.hears()
            && self.mode == VoiceMode::HoldToTalk
            && !self.terms.from_file;
        if !has_sense && matches!(input, talk::Input::Press(_)) {
            return;
        }
        let (stage, effects) = talk::step(self.talk, input, now);
        self.talk = stage;
        for effect in effects {
            match effect {
                talk::Effect::FlushPlayback => self.flush(out),
                talk::Effect::Interrupt => self.interrupt(out),
                talk::Effect::StartCapture => {
                    self.awaiting = false;
                    self.active_at = now;
                    self.open_gate(out);
                }
                talk::Effect::StopCapture if self.gate => {
                    self.close_gate(now, out);
                    self.person_is_done(now);
                }
                talk::Effect::StopCapture => {}
            }
        }
    }

    fn person_is_done(&mut self, now: Duration) {
        self.said_at = Some(now);
        self.awaiting = self.terms.kind == VoiceKind::Conversation;
    }

    fn change_mode(&mut self, mode: VoiceMode, now: Duration, out: &mut Vec<Effect>) {
        if mode == self.mode {
            return;
        }
        self.mode = mode;
        (self.talk, _) = talk::step(self.talk, talk::Input::Lost, now);
        self.close_gate(now, out);
        self.open_by_itself(out);
    }

    /// Whether sound of this turn is still to be heard: what was on its way when its turn was cut off is not.
    pub(crate) fn wants(&self, turn: u32) -> bool {
        let is_over = match self.stage {
            Stage::Stopping(_) | Stage::Ending(_) => self.end != Some(VoiceEnd::Done),
            Stage::Ended => true,
            Stage::Connecting | Stage::Live | Stage::Draining => false,
        };
        !is_over && self.cut.is_none_or(|cut| turn > cut)
    }

    /// Silences what sounds and what waits.
    fn flush(&mut self, out: &mut Vec<Effect>) {
        self.unplayed.clear();
        self.sounding = false;
        self.cut = self.newest;
        out.push(Effect::FlushPlayback);
    }

    /// Tells the service, when there is anything it could stop.
    fn interrupt(&mut self, out: &mut Vec<Effect>) {
        if self.turn_open || self.awaiting {
            self.turn_open = false;
            self.awaiting = false;
            self.said_at = None;
            out.push(Effect::Interrupt);
        }
    }

    fn cut_off(&mut self, out: &mut Vec<Effect>) {
        if self.is_live() {
            self.flush(out);
            self.interrupt(out);
        }
    }

    fn pause_or_resume(&mut self, now: Duration, out: &mut Vec<Effect>) {
        self.active_at = now;
        if self.is_paused() {
            (self.talk, _) = talk::step(self.talk, talk::Input::Lost, now);
            self.close_gate(now, out);
            out.push(Effect::PausePlayback(true));
        } else {
            out.push(Effect::PausePlayback(false));
            self.open_by_itself(out);
        }
    }

    fn speech_started(&mut self, now: Duration, out: &mut Vec<Effect>) {
        self.speech = true;
        self.active_at = now;
        let barges_in = self.mode == VoiceMode::HandsFree && self.gate && !self.muted;
        if barges_in && self.terms.kind == VoiceKind::Conversation {
            if self.turn_open || !self.unplayed.is_empty() {
                self.cut_off(out);
            }
            self.awaiting = false;
        }
    }

    fn speech_stopped(&mut self, now: Duration) {
        self.speech = false;
        self.active_at = now;
        let by_itself = self.mode == VoiceMode::HandsFree || self.terms.from_file;
        if by_itself && self.gate && !self.muted {
            self.person_is_done(now);
        }
    }

    fn model_speaks(&mut self, now: Duration) {
        self.heard_at = Some(now);
        self.active_at = now;
        self.turn_open = true;
    }

    fn turn_ended(&mut self, now: Duration) {
        self.heard_at = Some(now);
        self.turn_open = false;
        if self.unplayed.is_empty() {
            self.awaiting = false;
        }
    }

    fn sounding(&mut self, turn: u32, now: Duration, out: &mut Vec<Effect>) {
        self.sounding = true;
        self.awaiting = false;
        self.active_at = now;
        if let Some(said_at) = self.said_at.take() {
            let waited = now.saturating_sub(said_at);
            out.push(Effect::Latency { turn, waited });
        }
    }

    fn sounded(&mut self, turn: u32, now: Duration, out: &mut Vec<Effect>) {
        self.unplayed.remove(&turn);
        self.sounding = false;
        self.active_at = now;
        self.heard_at = self.heard_at.map(|_| now);
        if self.stage == Stage::Draining && self.unplayed.is_empty() {
            self.finish(out);
        }
    }
}

#[cfg(test)]
mod tests;
