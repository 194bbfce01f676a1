//! What goes into a step of a session, and what comes out of it.

use std::time::Duration;

use rust_decimal::Decimal;
use wiro_audio::talk;

use crate::dto::{VoiceEnd, VoiceKind, VoiceMode};

/// What a session is about and how long it may last.
#[derive(Debug, Clone)]
pub(crate) struct Terms {
    pub(crate) kind: VoiceKind,
    pub(crate) mode: VoiceMode,
    /// A file is heard instead of a microphone.
    pub(crate) from_file: bool,
    /// Without a word for so long it ends.
    pub(crate) idle: Duration,
    /// It ends when it has cost so much.
    pub(crate) cost_cap_usd: Option<Decimal>,
}

/// A side of the sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Side {
    Microphone,
    Speaker,
}

/// Something happened.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Input {
    /// The service listens, and the devices are open.
    Ready,
    /// The talk key.
    Talk(talk::Input),
    Muted(bool),
    Mode(VoiceMode),
    Interrupt,
    Paused(bool),
    /// It shall end, for this reason.
    End(VoiceEnd),
    SpeechStarted,
    SpeechStopped,
    /// What was said until the gate closed is on its way.
    LastChunk,
    /// The file has been heard to its end.
    FileHeard,
    PersonQuoted,
    ModelQuoted,
    /// Sound of this turn came.
    Audio(u32),
    TurnEnded,
    /// The first sample of the turn is heard.
    Sounding(u32),
    /// The turn was heard to its end, or as far as it got.
    Sounded(u32),
    /// What the session cost so far.
    Cost(Decimal),
    Lost(Side),
    Back(Side),
    /// The service has nothing more to say; this is why, unless it is known already.
    Over(VoiceEnd),
    Tick,
}

/// What follows, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    FlushPlayback,
    Interrupt,
    StartCapture,
    StopCapture,
    Mute(bool),
    PausePlayback(bool),
    /// The service is asked to finish.
    EndSession,
    /// So long after the person was done the answer was heard.
    Latency {
        turn: u32,
        waited: Duration,
    },
    /// Everything is closed.
    Finish,
}
