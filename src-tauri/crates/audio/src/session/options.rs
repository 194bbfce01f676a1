//! How a session is opened and what it tells.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::device::DeviceKind;
use crate::error::AudioError;
use crate::level::Level;
use crate::pcm::WireFormat;
use crate::recorder::RecordError;

/// The microphone's side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaptureOptions {
    /// The device by id; the system's choice (but never a monitor) when absent.
    pub device: Option<String>,
    /// What [`AudioEvent::Chunk`] carries.
    pub format: WireFormat,
    /// Takes what the speaker plays out of what the microphone hears. Needs a playback side.
    pub echo_cancellation: bool,
    /// Takes steady noise out.
    pub noise_suppression: bool,
    /// Tells when somebody speaks.
    pub activity: bool,
    /// How much from before `start_talking` is sent, so that the first word is whole.
    pub pre_roll_ms: u32,
}

impl Default for CaptureOptions {
    fn default() -> Self {
        Self {
            device: None,
            format: WireFormat::default(),
            echo_cancellation: true,
            noise_suppression: true,
            activity: true,
            pre_roll_ms: 300,
        }
    }
}

/// The speaker's side.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlaybackOptions {
    /// The device by id; the system's choice when absent.
    pub device: Option<String>,
    /// What `play` takes.
    pub format: WireFormat,
}

/// What a session does; a direction left out has no device and no thread at work.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionOptions {
    /// The microphone's side.
    pub capture: Option<CaptureOptions>,
    /// The speaker's side.
    pub playback: Option<PlaybackOptions>,
    /// A folder for a recording of both sides: what was sent and what was heard, nothing else.
    pub record: Option<PathBuf>,
}

/// What a session tells, from its own threads.
#[derive(Debug)]
pub enum AudioEvent {
    /// Sound for the wire: 200 ms, or less when it is the last of an utterance.
    Chunk {
        /// Encoded samples; empty when talking stopped exactly on a chunk's end.
        bytes: Vec<u8>,
        /// When its first sample arrived from the device (of an empty chunk: as `last_sample_at`).
        first_sample_at: Instant,
        /// When its last sample arrived from the device.
        last_sample_at: Instant,
        /// Talking stopped here.
        last: bool,
    },
    /// Somebody began to speak, talking or not.
    SpeechStarted,
    /// Nobody has spoken for a while.
    SpeechStopped,
    /// A turn ran dry before its end, and silence was heard.
    Underrun,
    /// The first sample of a turn was played.
    TurnStarted {
        /// The turn.
        turn: u32,
    },
    /// A turn was played to its end, or as far as it got before an interrupt.
    TurnPlayed {
        /// The turn.
        turn: u32,
        /// Its samples, at the wire's rate, that the device has taken; never more than were heard.
        samples: u64,
    },
    /// A device went away. This side pauses (talking has ended, what waits to be played goes on waiting) until the
    /// device is back or another is chosen with `use_device`.
    DeviceLost {
        /// Which side.
        kind: DeviceKind,
        /// Why.
        reason: AudioError,
    },
    /// The same device is back and open. Talking has to be started anew.
    DeviceBack {
        /// Which side.
        kind: DeviceKind,
    },
    /// The recording has a hole or ended; the session goes on.
    Recording {
        /// Why.
        error: RecordError,
    },
}

/// How loud both sides were since the last look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Levels {
    /// The microphone, after echo and noise were taken out; silence while muted.
    pub microphone: Level,
    /// The speaker.
    pub speaker: Level,
}

/// How a session has been doing since it was opened.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Counters {
    /// Frames the microphone delivered.
    pub captured_frames: u64,
    /// Of them, lost because they were not taken in time.
    pub overruns: u64,
    /// Turns that ran dry before their end.
    pub underruns: u64,
    /// Frames a speaker wanted in the middle of a turn that were there but not yet handed over.
    pub slips: u64,
    /// The turn that sounds or sounded last.
    pub turn: Option<u32>,
    /// Samples of it, at the wire's rate, that the speaker has taken (played, not queued).
    pub turn_played_samples: u64,
    /// What waits to be played, in milliseconds.
    pub fill_ms: f64,
    /// 99.9 % of the input callbacks took no longer.
    pub capture_callback_p999: Duration,
    /// 99.9 % of the output callbacks took no longer.
    pub playback_callback_p999: Duration,
}
