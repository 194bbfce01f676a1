//! Voice sessions: what is asked for, how the live one stands, and what the library keeps of those that ended.
//!
//! A session is a run: its id is the run's, and what it cost stands there too. At most one is live in a process.
//!
//! | use case of `Engine` | takes | gives |
//! |---|---|---|
//! | `voice_model` | `model: &str` | [`VoiceModel`] |
//! | `voice_start` | [`VoiceStart`], `VoiceOptions` | [`VoiceSessionView`], as soon as the run is written down |
//! | `voice_control` | `run_id: &str`, [`VoiceControl`] | [`VoiceState`] |
//! | `voice_session` | | the live [`VoiceSessionView`], if there is one |
//! | `voice_events` | | a receiver of [`VoiceEvent`] |
//! | `voice_devices` | | [`VoiceDevices`] |
//! | `voice_device_test` | [`VoiceDeviceTest`] | [`VoiceDeviceTestResult`], when the trial is over |
//! | `voice_sessions` | [`VoiceSessionFilter`] | [`VoiceSessionPage`] |
//! | `voice_session_show` | `run_id: &str` | [`VoiceSessionDetail`] |
//! | `voice_session_export` | `run_id: &str`, [`VoiceExport`], a path | |

use serde::{Deserialize, Serialize};

mod devices;
mod kept;
mod settings;

pub use devices::{VoiceDevice, VoiceDeviceTest, VoiceDeviceTestResult, VoiceDevices};
pub use kept::{
    VoiceExport, VoiceSessionDetail, VoiceSessionFilter, VoiceSessionPage, VoiceSessionSummary,
    VoiceTurn,
};
pub use settings::VoiceSettings;

use super::error::AppError;
use super::model::ModelDetail;
use super::run::Answers;

/// What a realtime model does (`PROTOCOL.md` section 12.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum VoiceKind {
    /// Sound both ways.
    Conversation,
    /// Text in, sound out.
    ReadAloud,
    /// Sound in, text out.
    Dictate,
}

/// A realtime model with its form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct VoiceModel {
    /// The model. Options of sound that this app cannot make are not in its form.
    pub detail: ModelDetail,
    /// What it does.
    pub kind: VoiceKind,
}

/// When the microphone is heard.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum VoiceMode {
    /// Only between [`VoiceControl::TalkDown`] and [`VoiceControl::TalkUp`].
    #[default]
    HoldToTalk,
    /// All the time; speech is found by itself, and speaking cuts the model off.
    HandsFree,
}

/// A session about to be started.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct VoiceStart {
    /// `owner/project`.
    pub model: String,
    /// What was filled in.
    pub answers: Answers,
    /// Made once per press of Start: the same id twice is the same session.
    pub intent_id: String,
    /// The microphone by its id; the one in the settings, else the system's, when absent.
    pub input_device: Option<String>,
    /// The speaker by its id; the one in the settings, else the system's, when absent.
    pub output_device: Option<String>,
    /// When the microphone is heard.
    pub mode: VoiceMode,
    /// Keeps the sound of both sides in the library.
    pub record: bool,
    /// The session ends when it has cost so much, in USD, as a decimal string.
    pub cost_cap_usd: Option<String>,
    /// A staged WAV file to be heard instead of the microphone; see [`super::StagedFile::id`].
    pub input_file: Option<String>,
}

/// What a person does in a live session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum VoiceControl {
    /// The talk key goes down: the model is cut off and the microphone is heard.
    TalkDown,
    /// The talk key comes up: what was said is sent at once.
    TalkUp,
    /// The talk key of those who cannot hold one: down, or up again.
    TalkToggle,
    /// Nothing of the microphone is sent or recorded while muted.
    SetMuted {
        /// Muted or not.
        muted: bool,
    },
    /// Another way to be heard.
    SetMode {
        /// Which.
        mode: VoiceMode,
    },
    /// Cuts the model's turn off.
    Interrupt,
    /// Nothing is sent or played while paused; the session goes on.
    SetPaused {
        /// Paused or not.
        paused: bool,
    },
    /// Other devices; what is absent stays. This mends a pause for a lost device.
    UseDevices {
        /// The microphone.
        input: Option<String>,
        /// The speaker.
        output: Option<String>,
    },
    /// Ends the session well.
    End,
}

/// Where a live session stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum VoicePhase {
    /// The run is sent, queued or being connected to. The microphone is not open.
    Connecting,
    /// Nobody speaks.
    Ready,
    /// The person is heard.
    Listening,
    /// The person is done, the model has not begun.
    Thinking,
    /// The model is heard.
    Speaking,
    /// Nothing is sent or played; see [`VoiceState::pause`].
    Paused,
    /// The service was asked to finish; last words and costs still come. See [`VoiceState::end`].
    Ending,
    /// Over; see [`VoiceState::end`].
    Ended,
}

/// Why a session is paused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum VoicePause {
    /// The person wanted it.
    Person,
    /// The microphone is gone; the session ends when none is chosen in time.
    InputLost,
    /// The speaker is gone; the session ends when none is chosen in time.
    OutputLost,
}

/// Why a session ended, or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum VoiceEnd {
    /// The person ended it.
    Person,
    /// All was said: of a text, or of a file.
    Done,
    /// Nobody spoke for the time in the settings.
    Idle,
    /// It cost as much as it was allowed to.
    CostCap,
    /// The service ended it: the wallet is empty, or the model had enough.
    Service,
    /// The connection broke; the service ends the session then.
    ConnectionLost,
    /// A device was gone for too long.
    DeviceLost,
    /// The app was closed.
    Closed,
    /// It never began, or failed; see [`VoiceState::trouble`].
    Failed,
}

/// Who is quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum VoiceSpeaker {
    /// The person.
    Person,
    /// The model.
    Model,
}

/// A line of the transcript. One with the same index replaces it: parts of a sentence add up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct VoiceLine {
    /// Counts from zero.
    pub index: u32,
    /// Who said it.
    pub speaker: VoiceSpeaker,
    /// The words so far.
    pub text: String,
    /// When its first words came, in milliseconds since the session was ready.
    #[cfg_attr(feature = "bindings", specta(type = specta_typescript::Number))]
    pub at_ms: f64,
    /// When its last words came.
    #[cfg_attr(feature = "bindings", specta(type = specta_typescript::Number))]
    pub end_ms: f64,
    /// The model's turn it belongs to.
    pub turn: u32,
    /// Whether nothing will be added.
    pub is_final: bool,
}

/// How the live session stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct VoiceState {
    /// The session's run.
    pub run_id: String,
    /// `owner/project`.
    pub model: String,
    /// The model's title.
    pub title: String,
    /// What the model does.
    pub kind: VoiceKind,
    /// Where it stands.
    pub phase: VoicePhase,
    /// Why it is paused, while it is.
    pub pause: Option<VoicePause>,
    /// Why it ends or ended.
    pub end: Option<VoiceEnd>,
    /// When the microphone is heard.
    pub mode: VoiceMode,
    /// Whether the microphone is muted.
    pub muted: bool,
    /// Whether the microphone's sound goes to the model right now.
    pub talking: bool,
    /// Whether the sound is kept.
    pub record: bool,
    /// Charged so far, in USD, as a decimal string.
    pub cost_usd: Option<String>,
    /// The last turn's part of it.
    pub last_turn_usd: Option<String>,
    /// The session ends when it has cost so much.
    pub cost_cap_usd: Option<String>,
    /// From the end of what the person said to the first sound of the last answer, in milliseconds.
    #[cfg_attr(feature = "bindings", specta(type = Option<specta_typescript::Number>))]
    pub latency_ms: Option<f64>,
    /// The model's turns so far.
    pub turns: u32,
    /// When it was started, Unix milliseconds.
    #[cfg_attr(feature = "bindings", specta(type = specta_typescript::Number))]
    pub started_at_ms: f64,
    /// When the service was ready, Unix milliseconds.
    #[cfg_attr(feature = "bindings", specta(type = Option<specta_typescript::Number>))]
    pub ready_at_ms: Option<f64>,
    /// When it ended, Unix milliseconds.
    #[cfg_attr(feature = "bindings", specta(type = Option<specta_typescript::Number>))]
    pub ended_at_ms: Option<f64>,
    /// The microphone's name; none when none is used.
    pub input_name: Option<String>,
    /// The speaker's name; none when none is used.
    pub output_name: Option<String>,
    /// What is wrong right now, or what it ended with.
    pub trouble: Option<AppError>,
}

/// The live session with all it said, so that a window that was loaded again can draw it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct VoiceSessionView {
    /// How it stands.
    pub state: VoiceState,
    /// The transcript so far.
    pub lines: Vec<VoiceLine>,
}

/// Something happened in the live session, or in a trial of a device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum VoiceEvent {
    /// It stands differently now.
    State {
        /// How.
        state: Box<VoiceState>,
    },
    /// How loud it is, in dB of full scale; at most 20 a second. None is silence.
    Level {
        /// The microphone.
        #[cfg_attr(feature = "bindings", specta(type = Option<specta_typescript::Number>))]
        input_dbfs: Option<f64>,
        /// The model.
        #[cfg_attr(feature = "bindings", specta(type = Option<specta_typescript::Number>))]
        output_dbfs: Option<f64>,
    },
    /// A line came or grew.
    Transcript {
        /// The line as it reads now.
        line: VoiceLine,
    },
    /// A turn was charged.
    Cost {
        /// This turn, in USD, as a decimal string.
        turn_usd: Option<String>,
        /// The session so far.
        session_usd: Option<String>,
    },
    /// Something is wrong; the session goes on unless it also ends.
    Trouble {
        /// What.
        error: AppError,
    },
    /// The session is over. Nothing of it comes after this.
    Ended {
        /// How it stood.
        state: Box<VoiceState>,
    },
}
