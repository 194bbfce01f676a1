//! Says back what it heard, higher.

mod ear;
mod pitch;

#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use serde_json::json;

use super::pace::Pace;
use super::{AI, Act, Model, RATE, USER, seconds};
use ear::{Ear, Heard, Utterance};
use pitch::{Pitch, read_at};

/// Of quiet after which somebody has finished, unless asked otherwise; and of no audio at all, as when a button was released.
const SILENCE_MS: f64 = 500.0;

/// What a run asked for. Blank is the default.
pub(super) struct Wishes<'a> {
    pub(super) voice: &'a str,
    pub(super) instructions: &'a str,
    pub(super) input_rate: &'a str,
    pub(super) output_rate: &'a str,
    pub(super) silence_ms: Option<f64>,
}

/// A session of `sandbox/parrot`.
pub(super) struct Parrot {
    pitch: Pitch,
    /// It follows two words.
    softly: bool,
    twice: bool,
    input_rate: u32,
    output_rate: u32,
    silence: Duration,
    ear: Ear,
    answer: Option<Answer>,
    last_frame: Option<Instant>,
}

/// What it is saying.
struct Answer {
    samples: Vec<i16>,
    sent: usize,
    pace: Pace,
    /// Of what it heard.
    heard_seconds: f64,
}

impl Parrot {
    pub(super) fn new(wishes: &Wishes<'_>) -> Self {
        let rate = |text: &str| text.parse().unwrap_or(RATE);
        let input_rate = rate(wishes.input_rate);
        let silence_ms = wishes.silence_ms.unwrap_or(SILENCE_MS);
        let silence = Duration::from_secs_f64(silence_ms.clamp(200.0, 5000.0) / 1000.0);
        let follows = |word: &str| wishes.instructions.to_lowercase().contains(word);
        Self {
            pitch: Pitch::of(wishes.voice),
            softly: follows("softly"),
            twice: follows("twice"),
            input_rate,
            output_rate: rate(wishes.output_rate),
            silence,
            ear: Ear::new(input_rate, silence),
            answer: None,
            last_frame: None,
        }
    }

    fn answer(&mut self, heard: &Utterance, now: Instant) -> Vec<Act> {
        let mut samples = read_at(
            &heard.samples,
            self.pitch.step(self.input_rate, self.output_rate),
        );
        if self.softly {
            for sample in &mut samples {
                *sample /= 4;
            }
        }
        if self.twice {
            samples.extend_from_within(..);
        }
        let heard_seconds = seconds(heard.speech, self.input_rate);
        self.answer = Some(Answer {
            samples,
            sent: 0,
            pace: Pace::new(now, self.output_rate),
            heard_seconds,
        });
        let said = format!(
            "{USER}heard {heard_seconds:.1} s at {:.0} dB",
            // Not "-0".
            heard.level_db.round() + 0.0
        );
        let mut acts = vec![Act::Tell(said)];
        acts.extend(self.speak(now));
        acts
    }

    /// Plays what is due, and closes the turn with the last of it.
    fn speak(&mut self, now: Instant) -> Vec<Act> {
        let mut acts = Vec::new();
        while let Some(answer) = self
            .answer
            .as_mut()
            .filter(|answer| answer.pace.due() <= now)
        {
            acts.push(answer.next_frame());
            if answer.sent == answer.samples.len() {
                acts.extend(self.close());
            }
        }
        acts
    }

    /// The end of a turn, whether it was said to its end or not (`PROTOCOL.md` section 12.4).
    fn close(&mut self) -> Vec<Act> {
        let Some(answer) = self.answer.take() else {
            return Vec::new();
        };
        let said = seconds(answer.sent, self.output_rate);
        let text = if answer.sent < answer.samples.len() {
            let all = seconds(answer.samples.len(), self.output_rate);
            format!("{AI}said {said:.1} s of {all:.1} s")
        } else {
            format!(
                "{AI}said {said:.1} s, {} times as high",
                self.pitch.factor()
            )
        };
        let usage =
            json!({ "input_audio_seconds": answer.heard_seconds, "output_audio_seconds": said });
        vec![Act::Tell(text), Act::CloseStream, Act::Charge(usage)]
    }

    /// No audio for so long: the microphone was closed in mid-sentence.
    fn cut(&self) -> Option<Instant> {
        let last = self.last_frame.filter(|_| self.ear.is_open())?;
        Some(last + self.silence)
    }
}

impl Answer {
    fn next_frame(&mut self) -> Act {
        let end = self.samples.len().min(self.sent + self.pace.frame());
        let frame = self.samples[self.sent..end].to_vec();
        self.pace.sent(frame.len());
        self.sent = end;
        Act::Play(frame)
    }
}

impl Model for Parrot {
    fn hear(&mut self, samples: &[i16], now: Instant) -> Vec<Act> {
        self.last_frame = Some(now);
        let mut acts = Vec::new();
        for heard in self.ear.listen(samples) {
            match heard {
                // Whoever speaks up is not spoken over.
                Heard::Speech => acts.extend(self.close()),
                Heard::Said(utterance) if self.answer.is_none() => {
                    acts.extend(self.answer(&utterance, now));
                }
                // Too short to be meant for it.
                Heard::Said(_) => {}
            }
        }
        acts
    }

    fn due(&self) -> Option<Instant> {
        let speaking = self.answer.as_ref().map(|answer| answer.pace.due());
        [speaking, self.cut()].into_iter().flatten().min()
    }

    fn wake(&mut self, now: Instant) -> Vec<Act> {
        let mut acts = self.speak(now);
        if self.cut().is_some_and(|cut| cut <= now)
            && let Some(utterance) = self.ear.finish()
            && self.answer.is_none()
        {
            acts.extend(self.answer(&utterance, now));
        }
        acts
    }

    fn interrupt(&mut self, _: Instant) -> Vec<Act> {
        self.close()
    }

    /// What is left to say comes at once: nothing can interrupt it any more.
    fn end(&mut self, now: Instant) -> Vec<Act> {
        let mut acts = Vec::new();
        if self.answer.is_none()
            && let Some(utterance) = self.ear.finish()
        {
            acts.extend(self.answer(&utterance, now));
        }
        while let Some(answer) = &mut self.answer {
            if answer.sent == answer.samples.len() {
                acts.extend(self.close());
            } else {
                acts.push(answer.next_frame());
            }
        }
        acts.push(Act::Finish);
        acts
    }
}
