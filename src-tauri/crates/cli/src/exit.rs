//! Exit codes.

use std::process::ExitCode;

use wiro_engine::dto::{AppError, ErrorCode};

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
            | ErrorCode::RunRefused
            | ErrorCode::UsageInvalid => Self::Usage,
            ErrorCode::AuthRejected | ErrorCode::AuthMissing => Self::Authentication,
            ErrorCode::BalanceInsufficient | ErrorCode::LimitConcurrent => Self::Balance,
            ErrorCode::LimitRate
            | ErrorCode::NetworkOffline
            | ErrorCode::ServiceFault
            | ErrorCode::ServiceProtocol
            | ErrorCode::RunUnconfirmed
            | ErrorCode::OutputUnavailable => Self::Network,
            ErrorCode::DiskFull
            | ErrorCode::DiskUnavailable
            | ErrorCode::LibraryUnavailable
            | ErrorCode::LibraryNewer
            | ErrorCode::SandboxUnavailable
            | ErrorCode::Internal => Self::Local,
            ErrorCode::Interrupted => Self::Interrupted,
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
    AppError {
        code: ErrorCode::UsageInvalid,
        message: message.into(),
        action: wiro_engine::dto::SuggestedAction::EditInputs,
        retryable: false,
        detail: None,
        field: None,
    }
}
