//! Accounts: whom runs belong to and where they go.

use serde::{Deserialize, Serialize};

use super::error::AppError;
use super::settings::{AppNotice, Settings};

/// What an account talks to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum AccountKind {
    /// The server inside the app: nothing is billed, nothing leaves the machine.
    Sandbox,
    /// A project whose key was given in the environment of this process.
    Environment,
    /// A project of the person, added in the app or with `wiro account add`.
    Project,
}

/// Whether an account's key can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// It is here, and there again after a restart.
    Ready,
    /// It is here until the app ends; it is stored nowhere.
    SessionOnly,
    /// The system's keychain is being asked for it.
    Reading,
    /// It is not here; [`AccountSummary::key_problem`] says why.
    Missing,
}

/// An account as the window shows it. There is no key in it and no way to get one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct AccountSummary {
    /// Stable id; runs carry it.
    pub id: String,
    /// What the person reads.
    pub name: String,
    /// What it talks to.
    pub kind: AccountKind,
    /// Base address of the service, such as `https://api.wiro.ai/v1`.
    pub api_url: String,
    /// Address of the task socket.
    pub socket_url: String,
    /// Whether the addresses are not the service's own.
    pub has_own_address: bool,
    /// Whether calls are signed with a secret beside the key.
    pub signs: bool,
    /// Whether its key can be used.
    pub key: KeyState,
    /// Why the key is not here, and what to do about it.
    pub key_problem: Option<AppError>,
}

/// Where an account's service is; an address that is absent is the service's own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct AccountAddress {
    /// Base address of the API.
    pub api_url: Option<String>,
    /// Address of the task socket; the API's host when only that is given.
    pub socket_url: Option<String>,
}

/// The key of a project on its way in. There is no way back out: it cannot be written as JSON and its `Debug` is redacted.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct AccountKey {
    /// The API key.
    pub key: String,
    /// The API secret of a signature project.
    pub secret: Option<String>,
}

impl std::fmt::Debug for AccountKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("AccountKey(redacted)")
    }
}

impl Drop for AccountKey {
    fn drop(&mut self) {
        use zeroize::Zeroize as _;
        self.key.zeroize();
        self.secret.zeroize();
    }
}

/// An account about to be added.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct NewAccount {
    /// What the person will read; unique among accounts.
    pub name: String,
    /// Its key.
    pub key: AccountKey,
    /// Where its service is.
    pub address: AccountAddress,
    /// Keeps the key in memory only, until the app ends.
    pub session_only: bool,
    /// Adds it without asking the service whether it takes the key.
    pub unchecked: bool,
}

/// What to change about an account; what is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct AccountChange {
    /// Another name.
    pub name: Option<String>,
    /// Another key. Needed when the address changes: a key never goes to an address it was not given for.
    pub key: Option<AccountKey>,
    /// Another address.
    pub address: Option<AccountAddress>,
    /// Keeps a new key in memory only.
    pub session_only: bool,
    /// Takes a new key without asking the service about it.
    pub unchecked: bool,
}

/// Everything the window needs to draw its frame.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct AppState {
    /// The account in use; none on the first start.
    pub account: Option<AccountSummary>,
    /// Accounts that can be chosen.
    pub accounts: Vec<AccountSummary>,
    /// Where the window loads media from: `{media_base_url}/output/{id}`, `/thumbnail/{id}`, `/input/{id}`.
    pub media_base_url: String,
    /// The folder that holds the person's runs and results.
    pub library_dir: String,
    /// Version of the app.
    pub version: String,
    /// What the person set.
    pub settings: Settings,
    /// What the person should know once: they stay until dismissed or over.
    pub notices: Vec<AppNotice>,
}
