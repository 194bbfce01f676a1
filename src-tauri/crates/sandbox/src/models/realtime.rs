//! The models that are talked to while they run (`PROTOCOL.md` section 12).
//!
//! A model is a state machine: what is heard, said and when is a function of the samples and moments it is given, so it is
//! tested without a socket and without waiting. [`session`] connects one to its task's frames, its wallet and the clock.

mod morse;
mod pace;
mod parrot;
mod pcm;
mod session;

use std::time::Instant;

use serde_json::{Map, Value};

use crate::schema::{as_number, as_text};
use morse::{MorseStt, MorseTts};
use parrot::Parrot;
pub(super) use session::hold;

/// Samples a second of every stream unless a model was asked for others.
const RATE: u32 = 24_000;

/// What a transcript begins with (`PROTOCOL.md` section 12.3).
const USER: &str = "TRANSCRIPT_USER:";
const AI: &str = "TRANSCRIPT_AI:";

/// Which of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Parrot,
    MorseTts,
    MorseStt,
}

/// What a model does.
#[derive(Debug, PartialEq)]
enum Act {
    /// A frame of sound.
    Play(Vec<i16>),
    /// A transcript with its prefix.
    Tell(String),
    /// A line of standard error.
    Warn(String),
    /// `task_stream_end`.
    CloseStream,
    /// The turn is charged; what it used.
    Charge(Value),
    /// Tells what the session cost without charging anything.
    Total,
    /// The session is over.
    Finish,
}

/// What a session talks to.
trait Model: Send {
    /// The client was told that it may speak.
    fn begin(&mut self, _now: Instant) -> Vec<Act> {
        Vec::new()
    }

    /// Sound came.
    fn hear(&mut self, _samples: &[i16], _now: Instant) -> Vec<Act> {
        Vec::new()
    }

    /// When it has something to do by itself; nothing while it only listens.
    fn due(&self) -> Option<Instant>;

    /// Does what is due.
    fn wake(&mut self, now: Instant) -> Vec<Act>;

    /// `task_session_interrupt`; documented for conversations only.
    fn interrupt(&mut self, _now: Instant) -> Vec<Act> {
        Vec::new()
    }

    /// `task_session_end`: whatever is left, and [`Act::Finish`].
    fn end(&mut self, now: Instant) -> Vec<Act>;
}

impl Kind {
    /// The model with these parameters, or why it cannot run.
    fn model(self, parameters: &Map<String, Value>) -> Result<Box<dyn Model>, String> {
        let text = |id: &str| parameters.get(id).map(as_text).unwrap_or_default();
        let number = |id: &str| -> Option<f64> {
            let number = as_number(parameters.get(id)?)?;
            number.try_into().ok()
        };
        Ok(match self {
            Self::Parrot => Box::new(Parrot::new(&parrot::Wishes {
                voice: &text("voice"),
                instructions: &text("system_instructions"),
                input_rate: &text("input_audio_rate"),
                output_rate: &text("output_audio_rate"),
                silence_ms: number("turn_detection_silence_ms"),
            })),
            Self::MorseTts => {
                let speed = number("speed").unwrap_or(20.0);
                Box::new(MorseTts::new(&text("text"), speed)?)
            }
            Self::MorseStt => Box::new(MorseStt::default()),
        })
    }
}

/// How long so many samples last, to the millisecond.
fn seconds(samples: usize, rate: u32) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a session has far fewer samples than 2^52"
    )]
    let milliseconds = samples as f64 * 1000.0 / f64::from(rate);
    milliseconds.round() / 1000.0
}
