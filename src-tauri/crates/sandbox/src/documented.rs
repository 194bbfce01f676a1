//! The refusals of `PROTOCOL.md` section 3.4 with their words, codes and statuses, typos included.

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::http::Refusal;
use crate::submission::INVALID;

/// A refusal that the contract words. A fault plan may ask for any of them by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Documented {
    /// 401: no project has this key.
    UnknownKey,
    /// 401: a signature project was called without a signature.
    SignatureMissing,
    /// 401: the signature does not fit.
    SignatureWrong,
    /// 401: the project's allow-list does not name the caller.
    Address,
    /// 401, code 99.
    BearerMissing,
    /// 401, code 99.
    BearerInvalid,
    /// 401, code 99.
    BearerExpired,
    /// 404.
    UnknownPath,
    /// Code 97.
    Balance,
    /// Code 96, with the balance and the limit there are.
    Concurrency,
    /// Code 98.
    SignIn,
    /// The request was understood by nobody.
    Invalid,
    /// Code 1.
    NotAccessible,
    /// Code 1.
    NoModel,
    /// The account is suspended.
    Suspended,
    /// Somebody else's.
    Permission,
    /// The team does not allow the model.
    TeamModel,
    /// A training run's model name has other characters.
    TrainingName,
    /// A training run's model name is reserved.
    TrainingNameForbidden,
    /// A training run's model name is taken.
    TrainingNameTaken,
    /// Code 1.
    NoTask,
    /// A task was asked for without a name.
    TaskUnnamed,
    /// Code 1: it no longer waits.
    NotCancellable,
    /// Code 1.
    NotKillable,
    /// Code 1: files of a task that is not there.
    NoTaskFiles,
    /// Code 1: files of a task that runs.
    FilesInUse,
}

impl Documented {
    fn code(self) -> u32 {
        match self {
            Self::Concurrency => 96,
            Self::Balance => 97,
            Self::SignIn => 98,
            Self::BearerMissing | Self::BearerInvalid | Self::BearerExpired => 99,
            Self::NotAccessible
            | Self::NoModel
            | Self::NoTask
            | Self::NotCancellable
            | Self::NotKillable
            // Not documented for these two; both are of the class that 1 stands for.
            | Self::NoTaskFiles
            | Self::FilesInUse => 1,
            _ => 0,
        }
    }

    fn status(self) -> StatusCode {
        match self {
            Self::UnknownKey
            | Self::SignatureMissing
            | Self::SignatureWrong
            | Self::Address
            | Self::BearerMissing
            | Self::BearerInvalid
            | Self::BearerExpired => StatusCode::UNAUTHORIZED,
            Self::UnknownPath => StatusCode::NOT_FOUND,
            _ => StatusCode::OK,
        }
    }

    /// The words, with names in braces where something is filled in.
    fn template(self) -> &'static str {
        match self {
            Self::UnknownKey => "Project authorization is not founded.",
            Self::SignatureMissing => {
                "Project requires signature authentication. x-signature and x-nonce headers are required."
            }
            Self::SignatureWrong => "Project authorization is not valid.",
            Self::Address => "Requested ip {ip} is not allowed.",
            Self::BearerMissing => "Authorization bearer token is not founded in headers.",
            Self::BearerInvalid => "Authorization bearer token is invalid.",
            Self::BearerExpired => "Authorization bearer token expired.",
            Self::UnknownPath => "Error parsing url.",
            Self::Balance => "Insufficient balance",
            Self::Concurrency => {
                "You have reached your concurrent task limit. With your current balance of ${balance}, you can run up to \
                 {limit} tasks at the same time. Add funds to increase your limit."
            }
            Self::SignIn => "sign in to run this model",
            Self::Invalid => INVALID,
            Self::NotAccessible => "tool-not-accessible",
            Self::NoModel => "slug-owner-project-not-exist",
            Self::Suspended => {
                "Your account has been suspended. Please contact support if you believe this is a mistake."
            }
            Self::Permission => "You don't have any permission for this action.",
            Self::TeamModel => "This model is not allowed in your team. Contact your team admin.",
            Self::TrainingName => "Your model name should be contain (A-Z) (0-9) (-) (_) (.)",
            Self::TrainingNameForbidden => "This name is not allowed",
            Self::TrainingNameTaken => "This model name is already in use",
            Self::NoTask => "There is no task yet.",
            Self::TaskUnnamed => "taskid or socketaccesstoken is required",
            Self::NotCancellable => "Task is not in a cancellable state.",
            Self::NotKillable => "Task could not be killed: {reason}",
            Self::NoTaskFiles => "task-not-exist",
            Self::FilesInUse => "Task must be completed or cancelled before deleting files",
        }
    }

    /// The refusal with each `{name}` replaced.
    pub(crate) fn filled(self, values: &[(&str, &str)]) -> Refusal {
        let message = values
            .iter()
            .fold(self.template().to_owned(), |text, (name, value)| {
                text.replace(&format!("{{{name}}}"), value)
            });
        Refusal {
            status: self.status(),
            code: self.code(),
            message,
        }
    }
}

impl From<Documented> for Refusal {
    fn from(documented: Documented) -> Self {
        documented.filled(&[])
    }
}
