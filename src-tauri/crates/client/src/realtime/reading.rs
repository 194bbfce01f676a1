//! What the frames of one session mean. Pure.

use bytes::Bytes;

use super::{RealtimeEvent, SampleSize, Speaker};
use crate::secret::Secret;
use crate::socket::{Area, AudioFrame, Frame, LogStream, SampleJoiner, TaskEvent, TaskFrame};

/// What stands before a quotation (`PROTOCOL.md` section 12.3).
const PREFIXES: [(&str, Speaker); 2] = [
    ("TRANSCRIPT_USER:", Speaker::User),
    ("TRANSCRIPT_AI:", Speaker::Ai),
];

pub(super) struct Reading {
    token: Secret<String>,
    ready: bool,
    turn: u32,
    /// Whether the model has said something in this turn.
    speaking: bool,
    /// Whether what it still says in this turn is not wanted.
    cut_off: bool,
    received: SampleSize,
    samples: SampleJoiner,
    dropped: u64,
}

impl Reading {
    pub(super) fn new(token: Secret<String>, received: SampleSize) -> Self {
        Self {
            token,
            ready: false,
            turn: 0,
            speaking: false,
            cut_off: false,
            received,
            samples: SampleJoiner::default(),
            dropped: 0,
        }
    }

    pub(super) const fn is_ready(&self) -> bool {
        self.ready
    }

    pub(super) const fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Cuts the turn off. One in which nothing was said yet has no end that would be told, so nothing of it is dropped.
    pub(super) const fn interrupt(&mut self) -> u32 {
        self.cut_off = self.speaking;
        self.turn
    }

    /// A binary frame. One of another token, without one, or of a turn that was cut off says nothing.
    pub(super) fn binary(&mut self, bytes: &Bytes) -> Option<RealtimeEvent> {
        let frame = AudioFrame::decode(bytes).filter(|frame| frame.is_for(&self.token));
        let Some(frame) = frame.filter(|_| !self.cut_off) else {
            self.dropped += 1;
            return None;
        };
        self.speaking = true;
        let pcm = match self.received {
            SampleSize::One => frame.pcm().clone(),
            SampleSize::Two => self.samples.join(frame.pcm()),
        };
        (!pcm.is_empty()).then_some(RealtimeEvent::Audio {
            turn: self.turn,
            pcm,
        })
    }

    /// A text frame. One without a token is about the only task there is on this connection (C-12).
    pub(super) fn text(&mut self, text: &str) -> Option<RealtimeEvent> {
        let Some(frame) = Frame::decode(text).filter(|frame| self.is_ours(frame)) else {
            self.dropped += 1;
            return None;
        };
        match frame.area() {
            Area::Connection => None,
            Area::Agent | Area::Unknown => Some(RealtimeEvent::Other(frame)),
            Area::Task => Some(self.task(TaskFrame::from_frame(frame))),
        }
    }

    fn is_ours(&self, frame: &Frame) -> bool {
        frame.task_token().is_none_or(|token| token == self.token) && frame.agent_token().is_none()
    }

    fn task(&mut self, frame: TaskFrame) -> RealtimeEvent {
        match frame.event {
            TaskEvent::StreamReady => {
                self.ready = true;
                RealtimeEvent::Ready
            }
            TaskEvent::StreamEnd => self.end_turn(),
            TaskEvent::Cost {
                turn,
                cumulative,
                usage,
            } => RealtimeEvent::Cost {
                turn_usd: turn,
                session_usd: cumulative,
                usage,
            },
            TaskEvent::Log {
                stream: LogStream::Stdout,
                ref text,
            } => match quotation(text) {
                Some((speaker, text)) => {
                    self.speaking |= speaker == Speaker::Ai;
                    RealtimeEvent::Transcript {
                        speaker,
                        text: text.to_owned(),
                    }
                }
                None => RealtimeEvent::Task(frame),
            },
            _ => RealtimeEvent::Task(frame),
        }
    }

    fn end_turn(&mut self) -> RealtimeEvent {
        let turn = self.turn;
        self.turn = turn.saturating_add(1);
        self.speaking = false;
        self.cut_off = false;
        self.samples.end_turn();
        RealtimeEvent::TurnEnded { turn }
    }
}

fn quotation(text: &str) -> Option<(Speaker, &str)> {
    PREFIXES
        .iter()
        .find_map(|(prefix, speaker)| Some((*speaker, text.strip_prefix(prefix)?)))
}

#[cfg(test)]
mod tests;
