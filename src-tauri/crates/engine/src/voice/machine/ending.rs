//! How a session ends: by whom, when nothing happens, and in which order.

use std::time::Duration;

use rust_decimal::Decimal;

use super::{
    ANSWER_WAIT, END_WAIT, Effect, LAST_CHUNK_WAIT, LOST_WAIT, QUIET, SEGMENT_WAIT, Side, Stage,
    VoiceMachine, talk,
};
use crate::dto::{VoiceEnd, VoiceKind};

impl VoiceMachine {
    /// Why it ends or ended.
    pub(crate) const fn end(&self) -> Option<VoiceEnd> {
        self.end
    }

    pub(super) fn cost(&mut self, session_usd: Decimal, now: Duration, out: &mut Vec<Effect>) {
        if self
            .terms
            .cost_cap_usd
            .is_some_and(|cap| session_usd >= cap)
        {
            self.begin_end(VoiceEnd::CostCap, now, out);
        }
    }

    pub(super) fn lost(&mut self, side: Side, now: Duration, out: &mut Vec<Effect>) {
        if self.lost.is_empty() {
            self.lost_at = now;
        }
        self.lost.insert(side);
        if self.stage == Stage::Draining {
            // Nobody hears the rest.
            return self.finish(out);
        }
        self.pause_or_resume(now, out);
    }

    pub(super) fn file_heard(&mut self, now: Duration, out: &mut Vec<Effect>) {
        if self.file_heard || !self.is_live() {
            return;
        }
        self.file_heard = true;
        if self.terms.kind == VoiceKind::Dictate {
            return self.begin_end(VoiceEnd::Done, now, out);
        }
        let unanswered = self.speech || self.heard_at.is_none();
        self.close_gate(now, out);
        if unanswered {
            self.said_at = Some(now);
            self.awaiting = true;
        }
    }

    /// Closes the gate, waits for the last words, then asks the service to finish.
    pub(super) fn begin_end(&mut self, reason: VoiceEnd, now: Duration, out: &mut Vec<Effect>) {
        match self.stage {
            Stage::Live | Stage::Connecting => {
                self.end.get_or_insert(reason);
                (self.talk, _) = talk::step(self.talk, talk::Input::Lost, now);
                let was_talking = self.gate;
                self.close_gate(now, out);
                if reason != VoiceEnd::Done {
                    self.flush(out);
                }
                if was_talking {
                    self.stage = Stage::Stopping(now);
                } else {
                    self.ask_for_end(now, out);
                }
            }
            Stage::Draining => {
                self.flush(out);
                self.finish(out);
            }
            Stage::Stopping(_) | Stage::Ending(_) | Stage::Ended => {}
        }
    }

    pub(super) fn last_chunk(&mut self, now: Duration, out: &mut Vec<Effect>) {
        if matches!(self.stage, Stage::Stopping(_)) {
            self.ask_for_end(now, out);
        }
    }

    fn ask_for_end(&mut self, now: Duration, out: &mut Vec<Effect>) {
        self.stage = Stage::Ending(now);
        out.push(Effect::EndSession);
    }

    pub(super) fn over(&mut self, reason: VoiceEnd, out: &mut Vec<Effect>) {
        if matches!(self.stage, Stage::Draining | Stage::Ended) {
            return;
        }
        self.end.get_or_insert(reason);
        self.turn_open = false;
        self.awaiting = false;
        if self.gate {
            self.gate = false;
            out.push(Effect::StopCapture);
        }
        if self.unplayed.is_empty() || self.is_paused() {
            self.finish(out);
        } else {
            self.stage = Stage::Draining;
        }
    }

    pub(super) fn finish(&mut self, out: &mut Vec<Effect>) {
        if self.stage != Stage::Ended {
            self.stage = Stage::Ended;
            out.push(Effect::Finish);
        }
    }

    /// When an [`Input::Tick`] is due, if one is.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        match self.stage {
            Stage::Connecting | Stage::Draining | Stage::Ended => None,
            Stage::Stopping(since) => Some(since + LAST_CHUNK_WAIT),
            Stage::Ending(since) => Some(since + END_WAIT),
            Stage::Live => [
                self.talk.deadline(),
                self.idle_at(),
                self.given_up_at(),
                self.done_at(),
            ]
            .into_iter()
            .flatten()
            .min(),
        }
    }

    fn idle_at(&self) -> Option<Duration> {
        let somebody_speaks = (self.speech && self.gate) || self.sounding;
        (!somebody_speaks).then_some(self.active_at + self.terms.idle)
    }

    fn given_up_at(&self) -> Option<Duration> {
        (!self.lost.is_empty()).then_some(self.lost_at + LOST_WAIT)
    }

    /// When all of a text was read, or all of a file was answered.
    fn done_at(&self) -> Option<Duration> {
        if self.turn_open || !self.unplayed.is_empty() || self.is_paused() {
            return None;
        }
        if self.terms.kind == VoiceKind::ReadAloud {
            return self.heard_at.map(|heard_at| heard_at + SEGMENT_WAIT);
        }
        if !self.file_heard {
            return None;
        }
        if self.awaiting {
            return self.said_at.map(|said_at| said_at + ANSWER_WAIT);
        }
        let quiet_since = self.heard_at.max(Some(self.active_at));
        quiet_since.map(|since| since + QUIET)
    }

    pub(super) fn tick(&mut self, now: Duration, out: &mut Vec<Effect>) {
        let is_due = |at: Option<Duration>| at.is_some_and(|at| at <= now);
        match self.stage {
            Stage::Stopping(since) if since + LAST_CHUNK_WAIT <= now => self.ask_for_end(now, out),
            Stage::Ending(since) if since + END_WAIT <= now => self.finish(out),
            Stage::Live if is_due(self.talk.deadline()) => {
                self.talk(talk::Input::Tick, now, out);
            }
            Stage::Live if is_due(self.given_up_at()) => {
                self.begin_end(VoiceEnd::DeviceLost, now, out);
            }
            Stage::Live if is_due(self.done_at()) => self.begin_end(VoiceEnd::Done, now, out),
            Stage::Live if is_due(self.idle_at()) => self.begin_end(VoiceEnd::Idle, now, out),
            _ => {}
        }
    }
}
