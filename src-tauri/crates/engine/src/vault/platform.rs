//! What differs between the keychains of the systems: how one is reached, opened and understood.

use std::sync::Arc;

use keyring_core::{CredentialStore, Entry, Error as StoreError};
use zeroize::Zeroize;

use super::VaultError;

#[cfg(target_os = "macos")]
use self::apple as system;
#[cfg(all(unix, not(target_os = "macos")))]
use self::secret_service as system;
#[cfg(windows)]
use self::windows as system;

#[cfg(all(unix, not(target_os = "macos")))]
mod secret_service;

/// What a keychain is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To see whether it is open: nobody is asked for anything.
    Look,
    /// To read or delete what is in it: the person may be asked for its password.
    Read,
    /// To put something in: where there is no collection yet, the person may be asked to make one.
    Change,
}

/// Makes sure that the keychain is there and open. Blocks, perhaps for as long as a person takes.
pub(super) fn open(purpose: Purpose) -> Result<(), VaultError> {
    system::open(purpose)
}

/// An account's place, by a connection of its own.
pub(super) fn entry(service: &str, account_id: &str) -> keyring_core::Result<Entry> {
    let store: Arc<CredentialStore> = system::connect()?;
    store.build(service, account_id, None)
}

/// Our error for one of the library. Those that carry what was stored are not kept as a source.
pub(super) fn explain(error: StoreError) -> VaultError {
    match error {
        StoreError::NoEntry => VaultError::Missing,
        StoreError::PlatformFailure(source) | StoreError::NoStorageAccess(source) => {
            system::explain(source)
        }
        StoreError::BadEncoding(mut bytes) | StoreError::BadDataFormat(mut bytes, _) => {
            bytes.zeroize();
            VaultError::Damaged {
                reason: "it holds no text",
            }
        }
        StoreError::Ambiguous(_) => VaultError::Damaged {
            reason: "there are several items for one account",
        },
        other => VaultError::failed(other),
    }
}

/// The Keychain asks by itself when it is used, and there always is one.
#[cfg(target_os = "macos")]
mod apple {
    use std::error::Error;
    use std::sync::Arc;

    use keyring_core::CredentialStore;

    use super::{Purpose, VaultError};

    /// `errSecAuthFailed`, `errSecInteractionNotAllowed`: locked, and nobody could be asked.
    const LOCKED: &[i32] = &[-25_293, -25_308];
    /// `errSecUserCanceled`.
    const CANCELLED: i32 = -128;

    pub(super) fn open(_: Purpose) -> Result<(), VaultError> {
        Ok(())
    }

    pub(super) fn connect() -> keyring_core::Result<Arc<CredentialStore>> {
        Ok(apple_native_keyring_store::keychain::Store::new()?)
    }

    pub(super) fn explain(source: Box<dyn Error + Send + Sync>) -> VaultError {
        let code = source
            .downcast_ref::<security_framework::base::Error>()
            .map(|error| error.code());
        match code {
            Some(CANCELLED) => VaultError::Dismissed,
            Some(code) if LOCKED.contains(&code) => VaultError::Locked,
            _ => VaultError::failed(source),
        }
    }
}

/// The Credential Manager is open for as long as the person is logged in.
#[cfg(windows)]
mod windows {
    use std::error::Error;
    use std::sync::Arc;

    use keyring_core::CredentialStore;

    use super::{Purpose, VaultError};

    pub(super) fn open(_: Purpose) -> Result<(), VaultError> {
        Ok(())
    }

    pub(super) fn connect() -> keyring_core::Result<Arc<CredentialStore>> {
        Ok(windows_native_keyring_store::Store::new()?)
    }

    pub(super) fn explain(source: Box<dyn Error + Send + Sync>) -> VaultError {
        VaultError::failed(source)
    }
}
