//! Exit codes.

use std::process::ExitCode;

use wiro_engine::dto::{AppError, ErrorCode, SuggestedAction};

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Success.
    Success = 0,
    /// The task failed or was cancelled.
    TaskFailed = 1,
    /// Usage or validation.
    Usage = 2,
    /// Authentication.
    Authentication = 3,
    /// Balance or limit.
    Balance = 4,
    /// Network or service; an unconfirmed run.
    Network = 5,
    /// Local: disk, database.
    Local = 6,
    /// Interrupted: the task goes on.
    Interrupted = 130,
}

impl Exit {
    pub(crate) const fn of(error: &AppError) -> Self {
        match error.code {
            ErrorCode::RunFailed | ErrorCode::RunCancelled => Self::TaskFailed,
            ErrorCode::InputInvalid
            | ErrorCode::FileUnusable
            | ErrorCode::FileChanged
            | ErrorCode::ModelUnknown
            | ErrorCode::RunUnknown
            | ErrorCode::RunBusy
            | ErrorCode::RunRefused
            | ErrorCode::AccountInvalid
            | ErrorCode::VoiceFormat
            | ErrorCode::VoiceNotRealtime
            | ErrorCode::VoiceBusySession
            | ErrorCode::VoiceNoSession
            | ErrorCode::UsageInvalid => Self::Usage,
            ErrorCode::AuthRejected | ErrorCode::AuthMissing => Self::Authentication,
            ErrorCode::BalanceInsufficient | ErrorCode::LimitConcurrent => Self::Balance,
            ErrorCode::LimitRate
            | ErrorCode::NetworkOffline
            | ErrorCode::NetworkProxy
            | ErrorCode::ServiceFault
            | ErrorCode::ServiceProtocol
            | ErrorCode::RunUnconfirmed
            | ErrorCode::VoiceConnectionLost
            | ErrorCode::OutputUnavailable => Self::Network,
            ErrorCode::DiskFull
            | ErrorCode::DiskUnavailable
            | ErrorCode::LibraryUnavailable
            | ErrorCode::LibraryNewer
            | ErrorCode::LibraryNotMoved
            | ErrorCode::KeychainUnavailable
            | ErrorCode::KeychainLocked
            | ErrorCode::KeychainSlow
            | ErrorCode::KeychainMissing
            | ErrorCode::SandboxUnavailable
            | ErrorCode::VoiceNoMicrophone
            | ErrorCode::VoiceNoSpeaker
            | ErrorCode::VoiceDenied
            | ErrorCode::VoiceBusy
            | ErrorCode::VoiceDeviceLost
            | ErrorCode::VoiceUnavailable
            | ErrorCode::Internal => Self::Local,
            ErrorCode::Interrupted => Self::Interrupted,
        }
    }
}

impl Exit {
    /// Which end of several decides: what a later look can still mend before what is decided.
    pub(crate) const fn weight(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::TaskFailed => 1,
            Self::Usage => 2,
            Self::Balance => 3,
            Self::Authentication => 4,
            Self::Network => 5,
            Self::Local => 6,
            Self::Interrupted => 7,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// An error of the command line itself.
pub(crate) fn usage(message: impl Into<String>) -> AppError {
    made(ErrorCode::UsageInvalid, SuggestedAction::None, message)
}

/// A folder or file outside the library that cannot be used.
pub(crate) fn disk(error: &std::io::Error) -> AppError {
    let (code, action) = match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
            (ErrorCode::DiskFull, SuggestedAction::FreeDiskSpace)
        }
        _ => (ErrorCode::DiskUnavailable, SuggestedAction::None),
    };
    made(code, action, error.to_string())
}

/// The Sandbox of this program does not come up.
pub(crate) fn sandbox(error: &wiro_sandbox::Error) -> AppError {
    let message = format!("the Sandbox could not start: {error}");
    made(
        ErrorCode::SandboxUnavailable,
        SuggestedAction::Retry,
        message,
    )
}

/// The system refuses what the program cannot do without.
pub(crate) fn internal(error: &impl std::fmt::Display) -> AppError {
    made(
        ErrorCode::Internal,
        SuggestedAction::ReportBug,
        error.to_string(),
    )
}

pub(crate) fn made(
    code: ErrorCode,
    action: SuggestedAction,
    message: impl Into<String>,
) -> AppError {
    AppError {
        code,
        message: message.into(),
        action,
        retryable: action == SuggestedAction::Retry,
        detail: None,
        field: None,
    }
}
