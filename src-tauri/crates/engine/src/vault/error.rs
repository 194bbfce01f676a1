//! What can go wrong with a keychain, told apart by what the person can do about it.

use std::error::Error;

/// Why the keychain did not do what was asked. Holds no secret: not in the message, not in the source.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VaultError {
    /// There is no keychain in this session. Start one and try again, or keep the key for the session only.
    #[error("there is no keychain: {absent}")]
    Unavailable {
        /// What is not there.
        absent: Absent,
        /// What the attempt to reach it said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The keychain is locked and nobody was asked for its password.
    #[error("the keychain is locked")]
    Locked,
    /// The keychain stayed locked: its prompt was closed, or the system had no way to show it.
    #[error("the keychain stayed locked, its password was not given")]
    Dismissed,
    /// No answer within the patience of the caller; perhaps a prompt is waiting for the person.
    #[error("the keychain has not answered yet")]
    Slow,
    /// The keychain works and has no item for this account.
    #[error("the keychain has no key for this account")]
    Missing,
    /// The item is not one that this version of the app wrote.
    #[error("the keychain's item for this account cannot be used: {reason}")]
    Damaged {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Key and secret are longer than every system's keychain takes.
    #[error("key and secret take {length} characters in the keychain, which holds at most {limit}")]
    TooLong {
        /// Characters of the envelope.
        length: usize,
        /// How many an item may have.
        limit: usize,
    },
    /// Anything else.
    #[error("the keychain did not do it")]
    Failed {
        /// What it said.
        source: Box<dyn Error + Send + Sync>,
    },
}

/// What is missing for a keychain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absent {
    /// The session bus, by which programs reach it.
    Bus,
    /// The keychain itself.
    Service,
}

impl std::fmt::Display for Absent {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Bus => "no session bus",
            Self::Service => "no such service in this session",
        })
    }
}

impl VaultError {
    pub(super) fn failed(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Failed {
            source: source.into(),
        }
    }

    pub(super) fn unavailable(
        absent: Absent,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self::Unavailable {
            absent,
            source: source.into(),
        }
    }
}
