//! Errors as people and scripts see them: a stable code, a plain sentence, one action.

use serde::{Deserialize, Serialize};

macro_rules! error_codes {
    ($($(#[$doc:meta])* $variant:ident = $wire:literal,)*) => {
        /// Every error the app can show. The dotted names are stable; scripts and the UI's table branch on them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "bindings", derive(specta::Type))]
        pub enum ErrorCode {
            $($(#[$doc])* #[serde(rename = $wire)] $variant,)*
        }

        impl ErrorCode {
            /// All codes, for tables and tests.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The stable dotted name.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $wire,)* }
            }
        }
    };
}

error_codes! {
    /// The service does not know the key, or refuses the signature.
    AuthRejected = "auth.rejected",
    /// No key is configured for what was asked.
    AuthMissing = "auth.missing",
    /// An account cannot be set up like this: its name, its address, or what it still has to do.
    AccountInvalid = "account.invalid",
    /// There is no keychain on this system, or it does not work.
    KeychainUnavailable = "keychain.unavailable",
    /// The keychain is locked, or the question for its password was dismissed.
    KeychainLocked = "keychain.locked",
    /// The keychain does not answer in time.
    KeychainSlow = "keychain.slow",
    /// The keychain does not have the key any more.
    KeychainMissing = "keychain.missing",
    /// The wallet is too low (code 97).
    BalanceInsufficient = "balance.insufficient",
    /// Too many tasks at the same time (code 96).
    LimitConcurrent = "limit.concurrent",
    /// Too many requests (HTTP 429).
    LimitRate = "limit.rate",
    /// No answer: name lookup, connection or TLS failed.
    NetworkOffline = "network.offline",
    /// The proxy does not let us through.
    NetworkProxy = "network.proxy",
    /// The service answered with a fault of its own (5xx) or was redirected.
    ServiceFault = "service.fault",
    /// The answer could not be understood.
    ServiceProtocol = "service.protocol",
    /// There is no such model, or it is not accessible.
    ModelUnknown = "model.unknown",
    /// An input is missing or out of range.
    InputInvalid = "input.invalid",
    /// A file is missing, empty, a directory, unreadable or too large.
    FileUnusable = "file.unusable",
    /// A file changed between the moment it was chosen and the moment it was sent.
    FileChanged = "file.changed",
    /// It is not known whether the run started.
    RunUnconfirmed = "run.unconfirmed",
    /// The service refused the run.
    RunRefused = "run.refused",
    /// The run ended without success.
    RunFailed = "run.failed",
    /// The run was cancelled.
    RunCancelled = "run.cancelled",
    /// There is no such run.
    RunUnknown = "run.unknown",
    /// What was asked does not go with where the run stands, or somebody is at it.
    RunBusy = "run.busy",
    /// A result could not be fetched, or was not what the service promised.
    OutputUnavailable = "output.unavailable",
    /// The disk is full.
    DiskFull = "disk.full",
    /// A folder or file cannot be read or written.
    DiskUnavailable = "disk.unavailable",
    /// The library's database cannot be used.
    LibraryUnavailable = "library.unavailable",
    /// The library was written by a newer version.
    LibraryNewer = "library.newer",
    /// The library cannot be moved there.
    LibraryNotMoved = "library.not_moved",
    /// The embedded Sandbox could not be started.
    SandboxUnavailable = "sandbox.unavailable",
    /// There is no microphone.
    VoiceNoMicrophone = "voice.no_microphone",
    /// There is no speaker.
    VoiceNoSpeaker = "voice.no_speaker",
    /// The system does not let the app hear the microphone.
    VoiceDenied = "voice.denied",
    /// Another program uses the device alone.
    VoiceBusy = "voice.busy",
    /// A device was unplugged in a session.
    VoiceDeviceLost = "voice.device_lost",
    /// The sound system does not work.
    VoiceUnavailable = "voice.unavailable",
    /// Sound of this kind cannot be made or played: a model's format, a device's, or a file's.
    VoiceFormat = "voice.format",
    /// Another session is live.
    VoiceBusySession = "voice.busy_session",
    /// There is no live session of that name.
    VoiceNoSession = "voice.no_session",
    /// The model is not one to talk with.
    VoiceNotRealtime = "voice.not_realtime",
    /// The connection of a session broke.
    VoiceConnectionLost = "voice.connection_lost",
    /// The command line or an address was wrong.
    UsageInvalid = "usage.invalid",
    /// The person stopped it.
    Interrupted = "interrupted",
    /// A fault of the app.
    Internal = "internal.fault",
}

/// The one thing to do about an error. Data, not prose: the UI makes a button of it, the command line a hint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum SuggestedAction {
    /// Do the same again.
    Retry,
    /// Look whether the run started.
    CheckRun,
    /// Correct the inputs.
    EditInputs,
    /// Choose another file.
    ChooseFile,
    /// Check key and secret.
    CheckCredentials,
    /// Unlock or start the keychain, then ask it again.
    AskKeychain,
    /// Look at the proxy's settings.
    CheckProxy,
    /// Put money into the wallet.
    AddFunds,
    /// Wait for a task to end.
    Wait,
    /// Make room on the disk or choose another folder.
    FreeDiskSpace,
    /// Choose another folder.
    ChooseFolder,
    /// Choose another microphone or speaker.
    ChooseDevice,
    /// Let the app hear the microphone, in the system's settings.
    GrantMicrophone,
    /// Update the app.
    UpdateApp,
    /// Look at the run's log.
    OpenRun,
    /// Report a fault of the app.
    ReportBug,
    /// Nothing to do.
    None,
}

/// An error as it crosses the boundary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct AppError {
    /// Stable code.
    pub code: ErrorCode,
    /// A plain English sentence, for logs and scripts; the UI has its own copy by code.
    pub message: String,
    /// The one thing to do.
    pub action: SuggestedAction,
    /// Whether the same call may succeed later without any change.
    pub retryable: bool,
    /// What the service or the system said, shown small; never a secret.
    pub detail: Option<String>,
    /// The input it is about, when it is about one.
    pub field: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Scripts and the window's table branch on these names: they change only by addition.
    #[test]
    fn codes_are_stable_and_travel_by_their_dotted_name() {
        let names: Vec<&str> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(
            names.join(" "),
            "auth.rejected auth.missing account.invalid keychain.unavailable keychain.locked keychain.slow \
             keychain.missing balance.insufficient limit.concurrent limit.rate network.offline \
             network.proxy service.fault service.protocol model.unknown input.invalid file.unusable file.changed \
             run.unconfirmed run.refused run.failed run.cancelled run.unknown run.busy output.unavailable \
             disk.full disk.unavailable library.unavailable library.newer library.not_moved sandbox.unavailable \
             voice.no_microphone voice.no_speaker voice.denied voice.busy voice.device_lost voice.unavailable voice.format \
             voice.busy_session voice.no_session voice.not_realtime voice.connection_lost usage.invalid \
             interrupted internal.fault"
        );
        for code in ErrorCode::ALL {
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
        }
    }
}
