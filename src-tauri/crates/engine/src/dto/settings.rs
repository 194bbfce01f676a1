//! What a person sets, and what they are told once.

use serde::{Deserialize, Serialize};

use super::account::KeyState;
use super::error::AppError;
use super::voice::VoiceSettings;

/// Light or dark.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the system says.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// The language of the window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// As the system says.
    #[default]
    System,
    /// English.
    English,
    /// German.
    German,
}

/// How the app reaches services.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum ProxyMode {
    /// By the system's settings and the environment.
    #[default]
    System,
    /// By the address given here.
    Custom,
    /// Directly, whatever the system says.
    None,
}

/// The proxy in use. There is no password in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct ProxySettings {
    /// Which one.
    pub mode: ProxyMode,
    /// The custom one's address, such as `http://proxy.example:8080` or `socks5://127.0.0.1:1080`.
    pub address: Option<String>,
    /// Its user, when it asks for one.
    pub user: Option<String>,
    /// Whether its password can be used; none when there is no user.
    pub password: Option<KeyState>,
}

/// A proxy about to be used. A password goes in and never comes back.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct ProxyChoice {
    /// Which one.
    pub mode: ProxyMode,
    /// The custom one's address.
    pub address: Option<String>,
    /// Its user.
    pub user: Option<String>,
    /// Its password; absent keeps the one that is stored.
    pub password: Option<String>,
}

impl std::fmt::Debug for ProxyChoice {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("ProxyChoice")
            .field("mode", &self.mode)
            .finish_non_exhaustive()
    }
}

impl Drop for ProxyChoice {
    fn drop(&mut self) {
        use zeroize::Zeroize as _;
        self.password.zeroize();
    }
}

/// Everything a person set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct Settings {
    /// Light or dark.
    pub theme: Theme,
    /// The language of the window.
    pub language: Language,
    /// The way to services.
    pub proxy: ProxySettings,
    /// Tells the desktop when a run ends while the app is not in front, or that took over 30 s.
    pub notify_when_done: bool,
    /// Closing the window keeps the app in the tray.
    pub close_to_tray: bool,
    /// Whether this desktop has a tray.
    pub has_tray: bool,
    /// How the person likes to talk.
    pub voice: VoiceSettings,
}

/// What to change; what is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct SettingsChange {
    /// Another theme.
    pub theme: Option<Theme>,
    /// Another language.
    pub language: Option<Language>,
    /// Another proxy.
    pub proxy: Option<ProxyChoice>,
    /// Notifications on or off.
    pub notify_when_done: Option<bool>,
    /// What closing the window does.
    pub close_to_tray: Option<bool>,
    /// Another way to talk, as a whole.
    pub voice: Option<VoiceSettings>,
}

/// Something the person should know once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AppNotice {
    /// The library's database was damaged; it was put aside and built anew.
    LibraryRebuilt {
        /// Runs that are there again.
        runs: u32,
        /// Result files that were found without a run.
        files: u32,
        /// Where the damaged database lies.
        damaged_dir: String,
    },
    /// The library is in another folder now.
    LibraryMoved {
        /// The folder.
        dir: String,
    },
    /// The library could not be moved; it is where it was.
    LibraryNotMoved {
        /// Why.
        error: AppError,
    },
    /// An address in the environment is in force.
    EnvironmentAddress {
        /// The address.
        api_url: String,
    },
    /// A proxy in the environment or the system's settings is in force.
    SystemProxy {
        /// The proxy's host and port.
        host: String,
    },
}

/// The library folder in figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct LibraryInfo {
    /// The folder.
    pub dir: String,
    /// Bytes of everything in it.
    #[cfg_attr(feature = "bindings", specta(type = specta_typescript::Number))]
    pub bytes: f64,
    /// Bytes that are free on its disk; none when the system does not say.
    #[cfg_attr(feature = "bindings", specta(type = Option<specta_typescript::Number>))]
    pub free_bytes: Option<f64>,
    /// Runs in it.
    pub runs: u32,
    /// Results in it.
    pub outputs: u32,
    /// Whether the folder is given by `WIRO_LIBRARY`, so that it cannot be moved from here.
    pub is_fixed: bool,
}

/// A folder the library may be moved to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct LibraryMove {
    /// Where it would be.
    pub to: String,
    /// Bytes to move.
    #[cfg_attr(feature = "bindings", specta(type = specta_typescript::Number))]
    pub bytes: f64,
    /// Whether it stays on its disk: then it takes no time.
    pub is_same_disk: bool,
    /// Why it cannot be moved there; none when it can.
    pub problem: Option<AppError>,
}

/// Whether keys can be stored on this system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(specta::Type))]
pub struct KeychainState {
    /// Why they cannot; none when they can.
    pub problem: Option<AppError>,
}
