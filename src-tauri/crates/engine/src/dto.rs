//! What crosses the boundary to the window and to the command line.
//!
//! Wire types stay in `wiro-client`, rows in `wiro-library`. Only the result types of forms and pricing cross as they are.
//! There are no 64-bit integers here: JavaScript has none. Times are Unix milliseconds and sizes bytes, both as `f64`.

pub mod account;
pub mod error;
pub mod event;
pub mod file;
pub mod model;
pub mod output;
pub mod run;
pub mod settings;
pub mod voice;

pub use account::{
    AccountAddress, AccountChange, AccountKey, AccountKind, AccountSummary, AppState, KeyState,
    NewAccount,
};
pub use error::{AppError, ErrorCode, SuggestedAction};
pub use event::{EngineEvent, LibraryChanged, RunProgressed};
pub use file::{FileProblem, StagedFile};
pub use model::{ModelDetail, ModelListQuery, ModelPage, ModelSummary};
pub use output::{OutputFilter, OutputPage, OutputState, OutputSummary};
pub use run::{
    AnswerInput, Answers, FileInput, LogLine, LogStream, Progress, RemoteTask, RunActions,
    RunDetail, RunFilter, RunPage, RunState, RunSubmission, RunSummary, StatusStep,
};
pub use settings::{
    AppNotice, KeychainState, Language, LibraryInfo, LibraryMove, ProxyChoice, ProxyMode,
    ProxySettings, Settings, SettingsChange, Theme,
};
pub use voice::{
    VoiceControl, VoiceDevice, VoiceDeviceTest, VoiceDeviceTestResult, VoiceDevices, VoiceEnd,
    VoiceEvent, VoiceExport, VoiceKind, VoiceLine, VoiceMode, VoiceModel, VoicePause, VoicePhase,
    VoiceSessionDetail, VoiceSessionFilter, VoiceSessionPage, VoiceSessionSummary,
    VoiceSessionView, VoiceSettings, VoiceSpeaker, VoiceStart, VoiceState, VoiceTurn,
};
pub use wiro_client::forms::{Control, Field};
pub use wiro_client::pricing::Price;
