//! Text in, Morse code out.

use std::collections::{BTreeSet, VecDeque};
use std::f64::consts::{PI, TAU};
use std::time::Instant;

use serde_json::json;

use super::super::pace::Pace;
use super::super::{Act, Model, RATE, seconds};
use super::{TONE_HZ, code_of};

/// Longest text: at the slowest speed already more than an hour.
const MOST_CHARACTERS: usize = 2000;

/// How long a mark takes to rise and to fall: short enough to be crisp, long enough not to click.
const EDGE: usize = RATE as usize / 200;

/// Before the first mark, for loudspeakers that wake up slowly.
const LEAD_IN: usize = RATE as usize / 10;

/// Half of full scale.
const AMPLITUDE: f64 = 16_384.0;

/// A session of `sandbox/morse-tts`. Each sentence or line is a segment, and a turn.
pub(in crate::models::realtime) struct MorseTts {
    segments: VecDeque<Segment>,
    /// What cannot be keyed, until it was told.
    unkeyable: BTreeSet<char>,
    unit: usize,
    keying: Keying,
    pace: Option<Pace>,
    /// Samples of the current segment that are out.
    sent: usize,
}

#[derive(Debug)]
struct Segment {
    words: Vec<Vec<&'static str>>,
    characters: usize,
}

impl MorseTts {
    /// `words_per_minute` counts the word PARIS. The error says why nothing can be keyed.
    pub(in crate::models::realtime) fn new(
        text: &str,
        words_per_minute: f64,
    ) -> Result<Self, String> {
        if text.chars().count() > MOST_CHARACTERS {
            return Err(format!(
                "The text has more than {MOST_CHARACTERS} characters."
            ));
        }
        let (segments, unkeyable) = segments(text);
        if segments.is_empty() {
            return Err("Nothing in the text has a Morse code.".to_owned());
        }
        Ok(Self {
            segments,
            unkeyable,
            unit: unit(words_per_minute),
            keying: Keying::default(),
            pace: None,
            sent: 0,
        })
    }

    /// The segment is over, or the session is ended early.
    fn close(&mut self) -> Vec<Act> {
        let spoken = std::mem::take(&mut self.sent);
        let segment = self.segments.pop_front();
        let characters = segment.map_or(0, |segment| segment.characters);
        let usage =
            json!({ "characters": characters, "output_audio_seconds": seconds(spoken, RATE) });
        vec![Act::CloseStream, Act::Charge(usage)]
    }

    fn key_next(&mut self) -> bool {
        let Some(segment) = self.segments.front() else {
            return false;
        };
        self.keying = Keying::of(&segment.words, self.unit);
        true
    }
}

impl Model for MorseTts {
    fn begin(&mut self, now: Instant) -> Vec<Act> {
        self.pace = Some(Pace::new(now, RATE));
        self.key_next();
        self.keying.elements.push_front(Element {
            on: false,
            samples: LEAD_IN,
        });
        if self.unkeyable.is_empty() {
            return Vec::new();
        }
        let list: Vec<String> = std::mem::take(&mut self.unkeyable)
            .into_iter()
            .map(|character| format!("\"{character}\""))
            .collect();
        vec![Act::Warn(format!(
            "Left out, because Morse code has no sign for it: {}",
            list.join(" ")
        ))]
    }

    fn due(&self) -> Option<Instant> {
        self.pace.as_ref().map(Pace::due)
    }

    fn wake(&mut self, now: Instant) -> Vec<Act> {
        let mut acts = Vec::new();
        while let Some(pace) = self.pace.as_mut().filter(|pace| pace.due() <= now) {
            let frame = self.keying.take(pace.frame());
            if frame.is_empty() {
                acts.extend(self.close());
                if !self.key_next() {
                    acts.push(Act::Finish);
                    self.pace = None;
                }
                continue;
            }
            pace.sent(frame.len());
            self.sent += frame.len();
            acts.push(Act::Play(frame));
        }
        acts
    }

    /// Stops where it is: that is what ending early is for.
    fn end(&mut self, _: Instant) -> Vec<Act> {
        self.pace = None;
        let mut acts = self.close();
        acts.push(Act::Finish);
        acts
    }
}

/// Samples of a dot.
fn unit(words_per_minute: f64) -> usize {
    let samples = f64::from(RATE) * 1.2 / words_per_minute.clamp(5.0, 60.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 480 and 5760"
    )]
    let samples = samples.round() as usize;
    samples
}

/// The keyable words of each sentence or line, and what is left out.
fn segments(text: &str) -> (VecDeque<Segment>, BTreeSet<char>) {
    let mut unkeyable = BTreeSet::new();
    let mut segments = VecDeque::new();
    for sentence in text.lines().flat_map(sentences) {
        let words: Vec<Vec<&str>> = sentence
            .split_whitespace()
            .map(|word| {
                let characters = word.chars().filter_map(|character| {
                    let code = code_of(character);
                    if code.is_none() {
                        unkeyable.insert(character);
                    }
                    code
                });
                characters.collect()
            })
            .filter(|word: &Vec<&str>| !word.is_empty())
            .collect();
        if !words.is_empty() {
            let characters = words.iter().map(Vec::len).sum();
            segments.push_back(Segment { words, characters });
        }
    }
    (segments, unkeyable)
}

/// Splits after `.`, `?` or `!` where a space follows.
fn sentences(line: &str) -> impl Iterator<Item = &str> {
    let mut ends: Vec<usize> = line
        .match_indices(['.', '?', '!'])
        .map(|(at, _)| at + 1)
        .filter(|end| line[*end..].starts_with(char::is_whitespace))
        .collect();
    ends.push(line.len());
    let starts: Vec<usize> = std::iter::once(0).chain(ends.iter().copied()).collect();
    starts
        .into_iter()
        .zip(ends)
        .map(|(start, end)| &line[start..end])
}

/// A mark or a space.
#[derive(Debug, Clone, Copy)]
struct Element {
    on: bool,
    samples: usize,
}

/// The sound of one segment, made as it is taken.
#[derive(Debug, Default)]
struct Keying {
    elements: VecDeque<Element>,
    /// How much of the first element is out.
    at: usize,
}

impl Keying {
    /// A dot is one unit, a dash three; one unit between them, three between characters, seven between words. Edges lie half
    /// inside a mark and half outside, so that at half of its height it has exactly its length.
    fn of(words: &[Vec<&str>], unit: usize) -> Self {
        let mut elements = VecDeque::new();
        for word in words {
            for code in word {
                for sign in code.chars() {
                    let units = if sign == '-' { 3 } else { 1 };
                    let (mark, space) = (units * unit + EDGE, unit - EDGE);
                    elements.push_back(Element {
                        on: true,
                        samples: mark,
                    });
                    elements.push_back(Element {
                        on: false,
                        samples: space,
                    });
                }
                lengthen(&mut elements, 2 * unit);
            }
            lengthen(&mut elements, 4 * unit);
        }
        Self { elements, at: 0 }
    }

    /// The next samples, at most so many; none when it is over.
    fn take(&mut self, most: usize) -> Vec<i16> {
        let mut samples = Vec::with_capacity(most);
        while samples.len() < most
            && let Some(element) = self.elements.front().copied()
        {
            let rest = element.samples - self.at;
            let count = rest.min(most - samples.len());
            let range = self.at..self.at + count;
            samples.extend(range.map(|at| {
                if element.on {
                    mark(at, element.samples)
                } else {
                    0
                }
            }));
            self.at += count;
            if count == rest {
                self.elements.pop_front();
                self.at = 0;
            }
        }
        samples
    }
}

fn lengthen(elements: &mut VecDeque<Element>, samples: usize) {
    if let Some(last) = elements.back_mut() {
        last.samples += samples;
    }
}

/// One sample of a mark of this length.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "a mark has less than a million samples, and none exceeds the amplitude"
)]
fn mark(at: usize, length: usize) -> i16 {
    let from_edge = at.min(length - 1 - at).min(EDGE);
    let envelope = 0.5 - 0.5 * (PI * from_edge as f64 / EDGE as f64).cos();
    let phase = TAU * f64::from(TONE_HZ) * at as f64 / f64::from(RATE);
    (AMPLITUDE * envelope * phase.sin()).round() as i16
}
