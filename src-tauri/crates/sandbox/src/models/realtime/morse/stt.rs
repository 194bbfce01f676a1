//! Morse code in, text out.

use std::time::{Duration, Instant};

use serde_json::json;

use super::super::{Act, Model, RATE, USER, seconds};
use super::reader::{Read, Reader};
use super::tone::{Stretch, Tone};

/// Without any audio for so long a message is over: the microphone was closed.
const CUT: Duration = Duration::from_secs(2);

/// A session of `sandbox/morse-stt`. Each message, up to a long silence, is a turn.
#[derive(Default)]
pub(in crate::models::realtime) struct MorseStt {
    tone: Tone,
    reader: Reader,
    last_frame: Option<Instant>,
    /// Samples since the last turn.
    heard: usize,
    characters: usize,
    charged: bool,
}

impl MorseStt {
    fn tell(&mut self, words: Vec<String>, acts: &mut Vec<Act>) {
        for word in words {
            self.characters += word.chars().count();
            acts.push(Act::Tell(format!("{USER}{word}")));
        }
    }

    fn take(&mut self, read: Option<Read>, acts: &mut Vec<Act>) {
        let Some(Read { words, over }) = read else {
            return;
        };
        self.tell(words, acts);
        if over && self.characters > 0 {
            acts.push(self.charge());
        }
    }

    fn charge(&mut self) -> Act {
        self.charged = true;
        let (heard, characters) = (
            std::mem::take(&mut self.heard),
            std::mem::take(&mut self.characters),
        );
        Act::Charge(
            json!({ "input_audio_seconds": seconds(heard, RATE), "characters": characters }),
        )
    }

    /// Reads what is left.
    fn finish(&mut self) -> Vec<Act> {
        let mut acts = Vec::new();
        if let Some(Stretch::Mark(steps)) = self.tone.finish() {
            let words = self.reader.mark(steps);
            self.tell(words, &mut acts);
        }
        let read = self.reader.finish();
        self.take(read, &mut acts);
        self.last_frame = None;
        acts
    }
}

impl Model for MorseStt {
    fn hear(&mut self, samples: &[i16], now: Instant) -> Vec<Act> {
        self.last_frame = Some(now);
        self.heard += samples.len();
        let mut stretches = Vec::new();
        self.tone.hear(samples, |stretch| stretches.push(stretch));
        let mut acts = Vec::new();
        for stretch in stretches {
            match stretch {
                Stretch::Mark(steps) => {
                    let words = self.reader.mark(steps);
                    self.tell(words, &mut acts);
                }
                Stretch::Space(steps) => self.reader.space(steps),
                Stretch::Silence(steps) => {
                    let read = self.reader.silence(steps);
                    self.take(read, &mut acts);
                }
            }
        }
        acts
    }

    fn due(&self) -> Option<Instant> {
        Some(self.last_frame? + CUT)
    }

    fn wake(&mut self, now: Instant) -> Vec<Act> {
        if self.due().is_some_and(|due| due <= now) {
            self.finish()
        } else {
            Vec::new()
        }
    }

    /// The late words, their cost, and the only end of a stream (`PROTOCOL.md` section 12.3).
    fn end(&mut self, _: Instant) -> Vec<Act> {
        let mut acts = self.finish();
        if !self.charged {
            acts.push(Act::Total);
        }
        acts.extend([Act::CloseStream, Act::Finish]);
        acts
    }
}
