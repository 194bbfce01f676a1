//! The words by which sessions are kept, and what is made of them.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use wiro_audio::level::Level;
use wiro_audio::transcript::{Entry, Speaker, Transcript};

use crate::dto::{VoiceLine, VoiceSpeaker};

/// The word by which a value is kept: the same as on the wire.
pub(super) fn word(value: impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => word,
        _ => String::new(),
    }
}

/// A word that was kept; `otherwise` when a newer version wrote another.
pub(super) fn read<T: DeserializeOwned>(word: &str, otherwise: T) -> T {
    serde_json::from_value(Value::String(word.to_owned())).unwrap_or(otherwise)
}

/// A level to show; none is silence.
pub(super) fn level(dbfs: f32) -> Option<f64> {
    (dbfs > Level::FLOOR_DBFS).then(|| f64::from(dbfs))
}

/// The transcript as files have it.
pub(super) fn transcript(lines: &[VoiceLine]) -> Transcript {
    let mut transcript = Transcript::default();
    for line in lines {
        transcript.push(Entry {
            speaker: match line.speaker {
                VoiceSpeaker::Person => Speaker::Person,
                VoiceSpeaker::Model => Speaker::Model,
            },
            start: duration(line.at_ms),
            end: duration(line.end_ms),
            text: line.text.clone(),
        });
    }
    transcript
}

fn duration(ms: f64) -> Duration {
    Duration::try_from_secs_f64(ms / 1000.0).unwrap_or_default()
}
