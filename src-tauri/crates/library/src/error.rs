//! Why the library could not do what was asked, by cause.

use std::path::PathBuf;

use rusqlite::ErrorCode;

use crate::RunState;

/// The error beneath, kept for logs.
type Source = Box<dyn std::error::Error + Send + Sync>;

/// Why the library could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A newer version of the app wrote this library; nothing was changed.
    #[error("the library was written by a newer version (schema {found}, this one knows {known})")]
    Newer {
        /// The schema of the file.
        found: u32,
        /// The newest schema this build knows.
        known: u32,
    },
    /// The database is damaged or is no database.
    #[error("the library's database is damaged: {detail}")]
    Corrupt {
        /// What was found.
        detail: String,
    },
    /// The disk is full.
    #[error("the disk with the library is full")]
    Full {
        /// The error beneath.
        source: Source,
    },
    /// The folder or a file in it cannot be written.
    #[error("the library cannot be written: it is read-only")]
    ReadOnly {
        /// The error beneath.
        source: Source,
    },
    /// Another process kept the database locked for too long.
    #[error("the library is busy in another process")]
    Busy {
        /// The error beneath.
        source: Source,
    },
    /// The disk or the file system failed.
    #[error("the library's files cannot be reached: {source}")]
    Io {
        /// The error beneath.
        source: Source,
    },
    /// SQLite refused for another reason.
    #[error("the library's database refused: {source}")]
    Sql {
        /// The error beneath.
        source: rusqlite::Error,
    },
    /// There is no such row.
    #[error("there is no {what} {id}")]
    NotFound {
        /// `run`, `output` or `account`.
        what: &'static str,
        /// The id that was asked for.
        id: String,
    },
    /// Another process looks after this run, or nobody does.
    #[error("run {run_id} is not held by this process")]
    LeaseLost {
        /// The run.
        run_id: String,
    },
    /// The run cannot go there from where it stands.
    #[error("run {run_id} is {from} and cannot become {to}")]
    Transition {
        /// The run.
        run_id: String,
        /// Where it stands.
        from: RunState,
        /// Where it was to go.
        to: RunState,
    },
    /// A success was claimed without exit code `"0"`.
    #[error("run {run_id} did not end with exit code 0")]
    NotSuccessful {
        /// The run.
        run_id: String,
    },
    /// Success was claimed while outputs are still to be fetched.
    #[error("run {run_id} still has {pending} outputs to fetch")]
    OutputsPending {
        /// The run.
        run_id: String,
        /// How many.
        pending: u32,
    },
    /// The output is published and cannot become anything else.
    #[error("output {id} is already published")]
    OutputPublished {
        /// The output.
        id: String,
    },
    /// The run is not over; its outputs are looked after anyway.
    #[error("run {run_id} is not over")]
    NotFinal {
        /// The run.
        run_id: String,
    },
    /// The service's task belongs to another run of the same account.
    #[error("task {task_id} already belongs to another run")]
    TaskTaken {
        /// The service's id of the task.
        task_id: String,
    },
    /// The run already has another task.
    #[error("run {run_id} already has another task")]
    TaskDiffers {
        /// The run.
        run_id: String,
    },
    /// Neither task id nor token was given.
    #[error("run {run_id} was accepted without a task id and without a token")]
    TaskMissing {
        /// The run.
        run_id: String,
    },
    /// The name would leave the library or cannot be made on every system.
    #[error("not a usable file name: {name:?}")]
    FileName {
        /// The name.
        name: String,
    },
    /// Something of another kind lies there: a link, a folder, or another file.
    #[error("{} is not what it should be: {problem}", path.display())]
    Path {
        /// Where.
        path: PathBuf,
        /// What is wrong.
        problem: &'static str,
    },
    /// A process has the library open.
    #[error("the library is open in another process")]
    InUse,
    /// The library was closed.
    #[error("the library is closed")]
    Closed,
}

impl Error {
    /// Whether the same call may succeed later without any change of ours: the disk was full or away, the file in use.
    pub const fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::Full { .. } | Self::ReadOnly { .. } | Self::Busy { .. } | Self::Io { .. }
        )
    }

    /// A damaged row or file.
    pub(crate) fn corrupt(detail: impl Into<String>) -> Self {
        Self::Corrupt {
            detail: detail.into(),
        }
    }

    /// No such run.
    pub(crate) fn no_run(id: &str) -> Self {
        Self::NotFound {
            what: "run",
            id: id.to_owned(),
        }
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::corrupt(error.to_string())
            }
            Some(ErrorCode::DiskFull) => Self::Full {
                source: error.into(),
            },
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => Self::ReadOnly {
                source: error.into(),
            },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy {
                source: error.into(),
            },
            Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen) => Self::Io {
                source: error.into(),
            },
            _ => Self::Sql { source: error },
        }
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        use std::io::ErrorKind;
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::Full {
                source: error.into(),
            },
            ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => Self::ReadOnly {
                source: error.into(),
            },
            _ => Self::Io {
                source: error.into(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_database_is_a_full_disk() {
        let conn = rusqlite::Connection::open_in_memory().unwrap();
        conn.execute_batch("PRAGMA max_page_count = 2; CREATE TABLE t (x)")
            .unwrap();
        let error = conn
            .execute("INSERT INTO t VALUES (zeroblob(100000))", [])
            .unwrap_err();
        assert!(matches!(Error::from(error), Error::Full { .. }));
    }

    #[test]
    fn errors_of_files_are_told_apart_by_cause() {
        use std::io::{Error as IoError, ErrorKind};
        let error = |kind: ErrorKind| Error::from(IoError::from(kind));
        assert!(matches!(error(ErrorKind::StorageFull), Error::Full { .. }));
        assert!(matches!(
            error(ErrorKind::ReadOnlyFilesystem),
            Error::ReadOnly { .. }
        ));
        assert!(matches!(
            error(ErrorKind::PermissionDenied),
            Error::ReadOnly { .. }
        ));
        assert!(matches!(error(ErrorKind::NotFound), Error::Io { .. }));
    }
}
