//! What can go wrong in a use case, and how it reads at the boundary.

use wiro_audio::device::DeviceKind;
use wiro_audio::error::AudioError;
use wiro_client::download::{DownloadError, DownloadErrorKind};
use wiro_client::error::{Error as ClientError, ErrorKind};
use wiro_client::forms::FieldProblem;
use wiro_library::Error as LibraryError;

use crate::dto::{AppError, ErrorCode, FileProblem, SuggestedAction};
use crate::vault::VaultError;

/// From this difference on the clock is worth a word.
const NOTABLE_SKEW_SECONDS: i64 = 60;

/// An error of the engine. Sources are kept; [`AppError`] is what crosses the boundary.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The service or the way to it failed.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The library failed.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// The disk failed outside the library's database.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// A file could not be fetched or written.
    #[error(transparent)]
    Download(#[from] DownloadError),
    /// The media listener could not be bound.
    #[error("the media listener could not start: {0}")]
    Media(String),
    /// Inputs do not fit the model's form.
    #[error("{}", problems_in_words(.0))]
    Inputs(Vec<FieldProblem>),
    /// A file cannot be used.
    #[error("{}", file_problem_in_words(name, *problem))]
    File {
        /// The file's name, safe to show.
        name: String,
        /// Why.
        problem: FileProblem,
    },
    /// A file of an earlier run has other bytes now.
    #[error("`{name}` was changed since that run")]
    FileChanged {
        /// The file's name, safe to show.
        name: String,
    },
    /// An answer names a file that was not staged by this process.
    #[error("the file is not attached any more")]
    FileNotStaged,
    /// No account is chosen, or the named one does not exist.
    #[error("there is no account `{0}`")]
    AccountUnknown(String),
    /// An account cannot be set up like this.
    #[error("{message}")]
    Account {
        /// Which part: `name`, `key`, `address` or `account`.
        field: &'static str,
        /// Why, in a sentence.
        message: String,
    },
    /// An account that still has something to do cannot be removed.
    #[error(
        "{count} runs of this account are not finished; stop them, wait for them, or remove them from the library first"
    )]
    AccountBusy {
        /// How many runs.
        count: usize,
    },
    /// The keychain does not work, or not now.
    #[error(transparent)]
    Keychain(#[from] VaultError),
    /// The key of the account cannot be used; this is why.
    #[error("{}", .0.message)]
    KeyUnusable(Box<AppError>),
    /// The key was kept in memory only, by a process that has ended.
    #[error("this account's key was kept only until the app was closed; enter it again")]
    SessionKeyGone,
    /// A proxy's address cannot be used.
    #[error("{0}")]
    Proxy(String),
    /// The library cannot be moved there.
    #[error("{0}")]
    NotMoved(String),
    /// The account in use has no key.
    #[error("there is no key to run this with")]
    KeyMissing,
    /// No account is in use yet.
    #[error("choose an account first")]
    AccountMissing,
    /// The model's name is not `owner/model`.
    #[error("`{0}` is not the name of a model; it looks like `owner/model`")]
    ModelName(String),
    /// The service has no such model, or not for this account.
    #[error("there is no model `{0}`, or this account may not use it")]
    ModelUnknown(String),
    /// There is no such run in the library.
    #[error("there is no run `{0}` in the library")]
    RunUnknown(String),
    /// There is no such output, or it is not on disk.
    #[error("the result is not on disk")]
    OutputUnknown,
    /// The service does not know a task it gave us.
    #[error("the service does not find this task; it is asked for again")]
    TaskUnknown,
    /// This or another process is at work on the run.
    #[error("this run is being looked after right now")]
    RunBusy,
    /// Background work of this process ended in a fault.
    #[error("a part of the app failed: {0}")]
    Fault(#[from] tokio::task::JoinError),
    /// Something of ours cannot be written as JSON.
    #[error("a value could not be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// Another voice session is live in this process.
    #[error("another session is open; end it first")]
    VoiceBusySession,
    /// The voice session is not live.
    #[error("this session is not open")]
    VoiceNoSession,
    /// The model is not one to talk with.
    #[error("`{0}` is not a realtime model")]
    VoiceNotRealtime(String),
    /// A model is asked for sound that cannot be made or played.
    #[error("`{value}` of `{field}` is sound this app cannot make or play")]
    VoiceFormat {
        /// The parameter.
        field: &'static str,
        /// What it asks for.
        value: String,
    },
    /// A limit of costs that is none.
    #[error("`{0}` is not an amount of US dollars above zero")]
    CostCap(String),
    /// A device went away in a session.
    #[error("a device is gone: {0}")]
    DeviceLost(String),
    /// The sound of a session could not be kept.
    #[error("the recording is not whole: {0}")]
    Recording(String),
    /// Devices or files of sound fail.
    #[error(transparent)]
    Audio(#[from] AudioError),
    /// What was asked does not fit the state of the run.
    #[error("{0}")]
    RunState(String),
}

fn problems_in_words(problems: &[FieldProblem]) -> String {
    let messages: Vec<&str> = problems
        .iter()
        .map(|problem| problem.message.as_str())
        .collect();
    messages.join(" ")
}

fn file_problem_in_words(name: &str, problem: FileProblem) -> String {
    let why = match problem {
        FileProblem::Missing => "is not there any more",
        FileProblem::Empty => "is empty",
        FileProblem::Directory => "is a folder, not a file",
        FileProblem::Unreadable => "cannot be read",
        FileProblem::TooLarge => "is over 100 MB, the most the service takes",
        FileProblem::NotAFile => "is not an ordinary file",
    };
    format!("`{name}` {why}.")
}

/// Code and action for an error of the client.
pub(crate) fn client_presentation(kind: &ErrorKind) -> (ErrorCode, SuggestedAction) {
    match kind {
        ErrorKind::Auth | ErrorKind::Permission | ErrorKind::SignIn => {
            (ErrorCode::AuthRejected, SuggestedAction::CheckCredentials)
        }
        ErrorKind::Validation { .. } => (ErrorCode::InputInvalid, SuggestedAction::EditInputs),
        ErrorKind::NotFound => (ErrorCode::ModelUnknown, SuggestedAction::None),
        ErrorKind::Concurrency { .. } => (ErrorCode::LimitConcurrent, SuggestedAction::Wait),
        ErrorKind::Balance => (ErrorCode::BalanceInsufficient, SuggestedAction::AddFunds),
        ErrorKind::RateLimited { .. } => (ErrorCode::LimitRate, SuggestedAction::Wait),
        ErrorKind::Network | ErrorKind::Timeout => {
            (ErrorCode::NetworkOffline, SuggestedAction::Retry)
        }
        ErrorKind::Redirect | ErrorKind::Service => {
            (ErrorCode::ServiceFault, SuggestedAction::Retry)
        }
        ErrorKind::Protocol => (ErrorCode::ServiceProtocol, SuggestedAction::Retry),
        ErrorKind::Local => (ErrorCode::FileChanged, SuggestedAction::ChooseFile),
        ErrorKind::WrongState => (ErrorCode::RunBusy, SuggestedAction::OpenRun),
        ErrorKind::Cancelled => (ErrorCode::RunCancelled, SuggestedAction::None),
    }
}

fn library_presentation(error: &LibraryError) -> (ErrorCode, SuggestedAction) {
    match error {
        LibraryError::Newer { .. } => (ErrorCode::LibraryNewer, SuggestedAction::UpdateApp),
        LibraryError::Full { .. } => (ErrorCode::DiskFull, SuggestedAction::FreeDiskSpace),
        LibraryError::ReadOnly { .. } | LibraryError::Io { .. } => {
            (ErrorCode::DiskUnavailable, SuggestedAction::FreeDiskSpace)
        }
        LibraryError::LeaseLost { .. }
        | LibraryError::TaskTaken { .. }
        | LibraryError::NotFinal { .. }
        | LibraryError::Transition { .. } => (ErrorCode::RunBusy, SuggestedAction::OpenRun),
        _ => (ErrorCode::LibraryUnavailable, SuggestedAction::Retry),
    }
}

fn io_presentation(kind: std::io::ErrorKind) -> (ErrorCode, SuggestedAction) {
    match kind {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
            (ErrorCode::DiskFull, SuggestedAction::FreeDiskSpace)
        }
        _ => (ErrorCode::DiskUnavailable, SuggestedAction::FreeDiskSpace),
    }
}

fn keychain_presentation(error: &VaultError) -> (ErrorCode, SuggestedAction) {
    match error {
        VaultError::Locked | VaultError::Dismissed => {
            (ErrorCode::KeychainLocked, SuggestedAction::AskKeychain)
        }
        VaultError::Slow => (ErrorCode::KeychainSlow, SuggestedAction::AskKeychain),
        VaultError::Missing | VaultError::Damaged { .. } => (
            ErrorCode::KeychainMissing,
            SuggestedAction::CheckCredentials,
        ),
        VaultError::TooLong { .. } => (ErrorCode::AccountInvalid, SuggestedAction::EditInputs),
        _ => (ErrorCode::KeychainUnavailable, SuggestedAction::AskKeychain),
    }
}

fn audio_presentation(error: &AudioError) -> (ErrorCode, SuggestedAction) {
    match error {
        AudioError::NoDevice { kind, .. } => (
            match kind {
                DeviceKind::Input => ErrorCode::VoiceNoMicrophone,
                DeviceKind::Output => ErrorCode::VoiceNoSpeaker,
            },
            SuggestedAction::ChooseDevice,
        ),
        AudioError::Denied { .. } => (ErrorCode::VoiceDenied, SuggestedAction::GrantMicrophone),
        AudioError::Busy { .. } => (ErrorCode::VoiceBusy, SuggestedAction::ChooseDevice),
        AudioError::Gone { .. } => (ErrorCode::VoiceDeviceLost, SuggestedAction::ChooseDevice),
        AudioError::Unsupported { .. } | AudioError::TornSample { .. } => {
            (ErrorCode::VoiceFormat, SuggestedAction::ChooseDevice)
        }
        AudioError::File { .. } => (ErrorCode::FileUnusable, SuggestedAction::ChooseFile),
        AudioError::TooMuchQueued { .. }
        | AudioError::NotOpen { .. }
        | AudioError::Backend { .. } => (ErrorCode::VoiceUnavailable, SuggestedAction::Retry),
    }
}

impl Error {
    /// An account that cannot be set up like this.
    pub(crate) fn account(field: &'static str, message: impl Into<String>) -> Self {
        Self::Account {
            field,
            message: message.into(),
        }
    }

    fn presentation(&self) -> (ErrorCode, SuggestedAction) {
        match self {
            // A wrong address answers so, not a service that knows no such thing.
            Self::Client(error) if error.http_status() == Some(404) && !error.is_refusal() => {
                (ErrorCode::ServiceProtocol, SuggestedAction::Retry)
            }
            Self::Client(error) if error.is_proxy_fault() => {
                (ErrorCode::NetworkProxy, SuggestedAction::CheckProxy)
            }
            Self::Client(error) => client_presentation(error.kind()),
            Self::Library(error) => library_presentation(error),
            Self::Io(error) => io_presentation(error.kind()),
            Self::Download(error) if error.kind() == DownloadErrorKind::Disk => {
                io_presentation(error.io_kind().unwrap_or(std::io::ErrorKind::Other))
            }
            Self::Download(_) => (ErrorCode::OutputUnavailable, SuggestedAction::Retry),
            Self::Inputs(_) | Self::CostCap(_) => {
                (ErrorCode::InputInvalid, SuggestedAction::EditInputs)
            }
            Self::File { .. } | Self::FileNotStaged => {
                (ErrorCode::FileUnusable, SuggestedAction::ChooseFile)
            }
            Self::AccountUnknown(_) | Self::AccountMissing | Self::KeyMissing => {
                (ErrorCode::AuthMissing, SuggestedAction::CheckCredentials)
            }
            Self::FileChanged { .. } => (ErrorCode::FileChanged, SuggestedAction::ChooseFile),
            Self::Account { .. } => (ErrorCode::AccountInvalid, SuggestedAction::EditInputs),
            Self::AccountBusy { .. } => (ErrorCode::AccountInvalid, SuggestedAction::Wait),
            Self::Keychain(error) => keychain_presentation(error),
            Self::KeyUnusable(error) => (error.code, error.action),
            Self::SessionKeyGone => (ErrorCode::AuthMissing, SuggestedAction::CheckCredentials),
            Self::Proxy(_) => (ErrorCode::NetworkProxy, SuggestedAction::CheckProxy),
            Self::NotMoved(_) => (ErrorCode::LibraryNotMoved, SuggestedAction::ChooseFolder),
            Self::ModelName(_) | Self::ModelUnknown(_) => {
                (ErrorCode::ModelUnknown, SuggestedAction::None)
            }
            Self::RunUnknown(_) => (ErrorCode::RunUnknown, SuggestedAction::None),
            Self::TaskUnknown => (ErrorCode::ServiceProtocol, SuggestedAction::Wait),
            Self::RunState(_) | Self::RunBusy => (ErrorCode::RunBusy, SuggestedAction::OpenRun),
            Self::Media(_) | Self::Fault(_) | Self::Json(_) => {
                (ErrorCode::Internal, SuggestedAction::ReportBug)
            }
            Self::VoiceBusySession => (ErrorCode::VoiceBusySession, SuggestedAction::None),
            Self::VoiceNoSession => (ErrorCode::VoiceNoSession, SuggestedAction::None),
            Self::VoiceNotRealtime(_) => (ErrorCode::VoiceNotRealtime, SuggestedAction::None),
            Self::VoiceFormat { .. } => (ErrorCode::VoiceFormat, SuggestedAction::EditInputs),
            Self::DeviceLost(_) => (ErrorCode::VoiceDeviceLost, SuggestedAction::ChooseDevice),
            Self::Recording(_) => (ErrorCode::DiskUnavailable, SuggestedAction::FreeDiskSpace),
            Self::Audio(error) => audio_presentation(error),
            Self::OutputUnknown => (ErrorCode::OutputUnavailable, SuggestedAction::OpenRun),
        }
    }

    fn field(&self) -> Option<String> {
        match self {
            Self::Account { field, .. } | Self::VoiceFormat { field, .. } => {
                Some((*field).to_owned())
            }
            Self::Inputs(problems) => problems.first().map(|problem| problem.field.clone()),
            Self::Client(error) => match error.kind() {
                ErrorKind::Validation { field } => field.clone(),
                _ => None,
            },
            _ => None,
        }
    }
}

/// What helps beside the service's own words: a clock that differs makes good signatures look wrong.
fn client_detail(error: &ClientError) -> Option<String> {
    match error.clock_skew_seconds() {
        Some(seconds) if seconds.abs() >= NOTABLE_SKEW_SECONDS => Some(format!(
            "The clock of this machine differs by {seconds} seconds from the service's."
        )),
        _ => error.http_status().map(|status| format!("HTTP {status}")),
    }
}

/// What the system said beneath an error.
fn source_in_words(error: &dyn std::error::Error) -> Option<String> {
    error.source().map(ToString::to_string)
}

impl From<Error> for AppError {
    fn from(error: Error) -> Self {
        let (code, action) = error.presentation();
        let detail = match &error {
            Error::Client(client) => client_detail(client),
            Error::KeyUnusable(error) => error.detail.clone(),
            Error::Keychain(error) => source_in_words(error),
            _ => None,
        };
        Self {
            code,
            message: error.to_string(),
            action,
            retryable: matches!(
                action,
                SuggestedAction::Retry | SuggestedAction::Wait | SuggestedAction::AskKeychain
            ),
            field: error.field(),
            detail,
        }
    }
}

impl std::fmt::Display for AppError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} ({})", self.message, self.code.as_str())
    }
}

impl std::error::Error for AppError {}
