//! What was said and when, as subtitles and as JSON.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::json;

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Speaker {
    /// The person at the microphone.
    Person,
    /// The model.
    Model,
}

impl Speaker {
    /// The word that both texts use.
    const fn name(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Model => "model",
        }
    }
}

/// One utterance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Who speaks.
    pub speaker: Speaker,
    /// Since the start of the session.
    pub start: Duration,
    /// Since the start of the session.
    pub end: Duration,
    /// What is said.
    pub text: String,
}

/// The utterances of a session in the order of their start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Transcript {
    entries: Vec<Entry>,
}

impl Transcript {
    /// Adds an utterance at its place. Of two that start together the one that was added first comes first.
    pub fn push(&mut self, entry: Entry) {
        let place = self
            .entries
            .partition_point(|other| other.start <= entry.start);
        self.entries.insert(place, entry);
    }

    /// By start.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// `SubRip`: numbered cues with the speaker before the text. Empty utterances have no cue.
    pub fn to_srt(&self) -> String {
        let mut srt = String::new();
        let cues = self.entries.iter().filter_map(|entry| {
            let text = cue_text(&entry.text);
            (!text.is_empty()).then_some((entry, text))
        });
        for (number, (entry, text)) in (1..).zip(cues) {
            // Players leave out a cue that ends before it starts.
            let end = entry.end.max(entry.start + Duration::from_millis(1));
            let (start, end) = (srt_time(entry.start), srt_time(end));
            let speaker = entry.speaker.name();
            // Writing into a string cannot fail.
            let _ = write!(srt, "{number}\n{start} --> {end}\n[{speaker}] {text}\n\n");
        }
        srt
    }

    /// `{"version": 1, "entries": [{"speaker", "start_ms", "end_ms", "text"}]}`, texts as they came.
    pub fn to_json(&self) -> String {
        let entries: Vec<_> = self
            .entries
            .iter()
            .map(|entry| {
                json!({
                    "speaker": entry.speaker.name(),
                    "start_ms": milliseconds(entry.start),
                    "end_ms": milliseconds(entry.end),
                    "text": entry.text,
                })
            })
            .collect();
        format!("{:#}\n", json!({ "version": 1, "entries": entries }))
    }
}

/// An empty line ends a cue, and an arrow starts one.
fn cue_text(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n").replace("-->", "->")
}

fn srt_time(time: Duration) -> String {
    let seconds = time.as_secs();
    let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
    format!(
        "{hours:02}:{minutes:02}:{:02},{:03}",
        seconds % 60,
        time.subsec_millis()
    )
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(speaker: Speaker, start_ms: u64, end_ms: u64, text: &str) -> Entry {
        Entry {
            speaker,
            start: Duration::from_millis(start_ms),
            end: Duration::from_millis(end_ms),
            text: text.to_owned(),
        }
    }

    fn transcript() -> Transcript {
        let mut transcript = Transcript::default();
        transcript.push(entry(
            Speaker::Model,
            3_661_007,
            3_662_500,
            "Good day.\n\n1\n00:00 --> 00:01\n  fake \n",
        ));
        transcript.push(entry(Speaker::Person, 250, 250, "Hello \"you\" \u{1F44B}"));
        transcript.push(entry(Speaker::Model, 250, 900, "  \n"));
        transcript
    }

    #[test]
    fn subtitles_keep_their_shape_whatever_is_said() {
        let expected = "1\n00:00:00,250 --> 00:00:00,251\n[person] Hello \"you\" \u{1F44B}\n\n\
            2\n01:01:01,007 --> 01:01:02,500\n[model] Good day.\n1\n00:00 -> 00:01\nfake\n\n";
        assert_eq!(transcript().to_srt(), expected);
        assert_eq!(Transcript::default().to_srt(), "");
    }

    #[test]
    fn json_keeps_every_word_in_the_order_of_the_starts() {
        let value: serde_json::Value = serde_json::from_str(&transcript().to_json()).unwrap();
        let expected = json!({
            "version": 1,
            "entries": [
                { "speaker": "person", "start_ms": 250, "end_ms": 250, "text": "Hello \"you\" \u{1F44B}" },
                { "speaker": "model", "start_ms": 250, "end_ms": 900, "text": "  \n" },
                {
                    "speaker": "model", "start_ms": 3_661_007, "end_ms": 3_662_500,
                    "text": "Good day.\n\n1\n00:00 --> 00:01\n  fake \n",
                },
            ],
        });
        assert_eq!(value, expected);
        assert_eq!(transcript().entries().len(), 3);
    }
}
