//! Accounts: whom runs belong to and where they go.

use serde::{Deserialize, Serialize};

/// What an account talks to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum AccountKind {
    /// The server inside the app: nothing is billed, nothing leaves the machine.
    Sandbox,
    /// A project whose key was given in the environment of this process.
    Environment,
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
}

/// Everything the window needs to draw its frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
}
