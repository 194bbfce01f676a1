//! Why there is no server.

use std::io;

/// Why the media server could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No port of 127.0.0.1 could be bound.
    #[error("no local port could be opened")]
    Bind(#[from] io::Error),
    /// The system gave no random bytes for the secret.
    #[error("no random bytes for the local address")]
    Random,
    /// Called outside a tokio runtime.
    #[error("no async runtime to serve on")]
    NoRuntime,
    /// An app origin that no browser would send.
    #[error("not an origin: {0}")]
    Origin(String),
}
