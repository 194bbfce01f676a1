//! What can go wrong with sound, told apart the way a person would be helped.

use std::path::PathBuf;

/// An error of devices, streams or audio files.
///
/// The text of each is a plain sentence; which one it is decides what a person is offered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AudioError {
    /// There is no microphone (or no speaker) at all, or none with the id asked for.
    #[error("no {kind} was found{}", wanted.as_ref().map(|id| format!(" with the id {id}")).unwrap_or_default())]
    NoDevice {
        /// `microphone` or `speaker`.
        kind: crate::device::DeviceKind,
        /// The id asked for, absent when any would have done.
        wanted: Option<String>,
    },
    /// The system does not let this program use the device.
    #[error("the system does not allow the use of this device: {detail}")]
    Denied {
        /// What the system said.
        detail: String,
    },
    /// Somebody else uses the device, or it answers too late; trying again may help.
    #[error("the device is busy: {detail}")]
    Busy {
        /// What the system said.
        detail: String,
    },
    /// The device or the sound server went away.
    #[error("the device is gone: {detail}")]
    Gone {
        /// What the system said.
        detail: String,
    },
    /// The device or the file speaks no format we do.
    #[error("this format of sound is not supported: {detail}")]
    Unsupported {
        /// Which format.
        detail: String,
    },
    /// More sound waits to be played than a session holds.
    #[error("more than {limit_s} s of sound wait to be played")]
    TooMuchQueued {
        /// The bound, in seconds.
        limit_s: u32,
    },
    /// Wire bytes that are not whole samples.
    #[error("{bytes} bytes are not whole samples of {bytes_per_sample} bytes")]
    TornSample {
        /// How many bytes came.
        bytes: usize,
        /// How many make a sample.
        bytes_per_sample: usize,
    },
    /// The session was opened without this direction.
    #[error("this session has no {kind}")]
    NotOpen {
        /// The direction that is missing.
        kind: crate::device::DeviceKind,
    },
    /// A sound file could not be read or written.
    #[error("the sound file {path} cannot be used: {detail}")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        detail: String,
    },
    /// Anything else the sound system reports.
    #[error("the sound system reports: {detail}")]
    Backend {
        /// What it said.
        detail: String,
    },
}
