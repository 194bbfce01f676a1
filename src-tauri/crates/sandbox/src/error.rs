//! What can go wrong before or around serving; answers to requests have their own wording (`http::Refusal`).

use std::io;
use std::path::PathBuf;

/// Why a Sandbox could not be started or kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or folder could not be read or written; the message names it.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The folder already belongs to a running Sandbox.
    #[error("another Sandbox is using {}", .0.display())]
    InUse(PathBuf),
    /// The port is taken or may not be bound.
    #[error("cannot listen on 127.0.0.1:{port}: {source}")]
    Bind {
        /// The port asked for; 0 means any.
        port: u16,
        /// What the operating system said.
        source: io::Error,
    },
    /// A catalogue, fault plan or identity file is not what it should be.
    #[error("cannot read {}: {source}", .path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// [`crate::Sandbox::start`] was called outside a Tokio runtime.
    #[error("the Sandbox needs a Tokio runtime to start in")]
    NoRuntime,
    /// The operating system gave no random bytes.
    #[error("no random bytes: {0}")]
    Random(getrandom::Error),
    /// The HTTP client for loopback inputs could not be built.
    #[error("cannot build the HTTP client: {0}")]
    Http(#[from] reqwest::Error),
    /// A secret was given without a key.
    #[error("an API secret needs an API key beside it")]
    SecretWithoutKey,
    /// Another process holds the folder but does not answer.
    #[error("the Sandbox of {} does not answer", .0.display())]
    NoAnswer(PathBuf),
}

impl Error {
    pub(crate) fn parse(path: impl Into<PathBuf>, source: serde_json::Error) -> Self {
        Self::Parse {
            path: path.into(),
            source,
        }
    }
}
