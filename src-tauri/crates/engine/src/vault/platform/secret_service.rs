//! The Secret Service of a Linux session, over D-Bus.

use std::error::Error;
use std::sync::Arc;

use keyring_core::CredentialStore;
use secret_service::blocking::SecretService;
use secret_service::{EncryptionType, Error as ServiceError};
use zbus_secret_service_keyring_store::Store;

use super::Purpose;
use crate::vault::{Absent, VaultError};

/// What a collection is called that the app had to make, as other programs of the desktop call it.
const NEW_COLLECTION: &str = "Default keyring";

/// The library prompts too, but only after it has found something, and never makes a collection. Nothing secret passes
/// here, so the connection needs no key exchange.
pub(super) fn open(purpose: Purpose) -> Result<(), VaultError> {
    let service = SecretService::connect(EncryptionType::Plain).map_err(of_service)?;
    match service.get_default_collection() {
        Ok(collection) => {
            if !collection.is_locked().map_err(of_service)? {
                return Ok(());
            }
            if purpose == Purpose::Look {
                return Err(VaultError::Locked);
            }
            collection.unlock().map_err(of_service)
        }
        Err(ServiceError::NoResult) if purpose == Purpose::Change => service
            .create_collection(NEW_COLLECTION, "default")
            .map(|_| ())
            .map_err(of_service),
        // A new user has none: nothing is in it, and the first to store something makes it.
        Err(ServiceError::NoResult) => Ok(()),
        Err(error) => Err(of_service(error)),
    }
}

pub(super) fn connect() -> keyring_core::Result<Arc<CredentialStore>> {
    let store: Arc<CredentialStore> = Store::new()?;
    Ok(store)
}

/// What the library wrapped is the error of the crate below it.
pub(super) fn explain(source: Box<dyn Error + Send + Sync>) -> VaultError {
    match source.downcast::<ServiceError>() {
        Ok(error) => of_service(*error),
        Err(source) => VaultError::failed(source),
    }
}

fn of_service(error: ServiceError) -> VaultError {
    let known = match &error {
        ServiceError::Locked => Known::Locked,
        ServiceError::Prompt => Known::Dismissed,
        ServiceError::Unavailable => Known::Absent(Absent::Bus),
        ServiceError::PromptDisconnected => Known::Absent(Absent::Service),
        ServiceError::Zbus(error) => of_bus(error),
        ServiceError::ZbusFdo(error) => of_standard(error),
        _ => Known::Nothing,
    };
    match known {
        Known::Locked => VaultError::Locked,
        Known::Dismissed => VaultError::Dismissed,
        Known::Missing => VaultError::Missing,
        Known::Absent(absent) => VaultError::unavailable(absent, error),
        Known::Nothing => VaultError::failed(error),
    }
}

/// What an error of the layers below says about the keychain.
enum Known {
    Locked,
    Dismissed,
    Missing,
    Absent(Absent),
    Nothing,
}

fn of_bus(error: &zbus::Error) -> Known {
    match error {
        zbus::Error::MethodError(name, ..) => of_name(name.as_str()),
        zbus::Error::FDO(error) => of_standard(error),
        // No socket, nobody behind it, or the bus went away.
        zbus::Error::InputOutput(_)
        | zbus::Error::Connection(..)
        | zbus::Error::Address(_)
        | zbus::Error::Handshake(_) => Known::Absent(Absent::Bus),
        _ => Known::Nothing,
    }
}

fn of_standard(error: &zbus::fdo::Error) -> Known {
    match error {
        zbus::fdo::Error::ZBus(error) => of_bus(error),
        other => of_name(&zbus::DBusError::name(other)),
    }
}

fn of_name(name: &str) -> Known {
    if let Some(end) = name.strip_prefix("org.freedesktop.Secret.Error.") {
        return match end {
            "IsLocked" => Known::Locked,
            "NoSuchObject" => Known::Missing,
            _ => Known::Nothing,
        };
    }
    let end = name
        .strip_prefix("org.freedesktop.DBus.Error.")
        .unwrap_or_default();
    match end {
        // An item that was deleted between the search and the reading.
        "UnknownObject" => Known::Missing,
        "NameHasNoOwner" | "NoReply" | "ServiceUnknown" => Known::Absent(Absent::Service),
        "Disconnected" | "NoServer" => Known::Absent(Absent::Bus),
        // Whatever kept the bus from starting it.
        _ if end.starts_with("Spawn.") => Known::Absent(Absent::Service),
        _ => Known::Nothing,
    }
}
