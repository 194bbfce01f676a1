//! What the person set: read when the engine opens, kept in the library, and in force at once.
//!
//! A proxy's password lives in the keychain beside the accounts' keys.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Serialize};
use wiro_client::auth::Credentials;
use wiro_client::proxy::{Proxy, ProxyAddress};
use wiro_client::secret::Secret;
use wiro_library::Library;

use crate::dto::{
    AppState, KeyState, Language, ProxyChoice, ProxyMode, ProxySettings, Settings, SettingsChange,
    Theme, VoiceSettings,
};
use crate::engine::{Engine, locked};
use crate::error::Error;
use crate::redaction::keep_value;

/// The library's setting that holds all of them.
const SETTINGS: &str = "app_settings";
/// A session without a word does not cost longer than this.
const LONGEST_IDLE_MINUTES: u32 = 60;
/// Where the keychain has the proxy's user and password.
const PROXY_ITEM: &str = "proxy";

/// The settings as the library keeps them; what an older version did not know has its default.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
struct Stored {
    theme: Theme,
    language: Language,
    proxy_mode: ProxyMode,
    proxy_address: Option<String>,
    proxy_user: Option<String>,
    notify_when_done: bool,
    close_to_tray: bool,
    voice: VoiceSettings,
}

impl Default for Stored {
    fn default() -> Self {
        Self {
            theme: Theme::default(),
            language: Language::default(),
            proxy_mode: ProxyMode::default(),
            proxy_address: None,
            proxy_user: None,
            notify_when_done: true,
            close_to_tray: false,
            voice: VoiceSettings::default(),
        }
    }
}

/// The proxy's password, while it is known here.
#[derive(Debug, Default)]
struct Password {
    value: Option<Secret<String>>,
    session_only: bool,
}

/// The settings in force.
#[derive(Debug)]
pub(crate) struct LiveSettings {
    stored: Mutex<Stored>,
    password: Mutex<Password>,
    has_tray: AtomicBool,
}

impl LiveSettings {
    pub(crate) async fn read(library: &Library) -> Result<Self, Error> {
        let json = library.setting(SETTINGS).await?;
        let stored = json.and_then(|json| {
            serde_json::from_str(&json)
                .inspect_err(
                    |error| tracing::warn!(%error, "the settings cannot be read; they start anew"),
                )
                .ok()
        });
        Ok(Self {
            stored: Mutex::new(stored.unwrap_or_default()),
            password: Mutex::default(),
            has_tray: AtomicBool::new(false),
        })
    }

    pub(crate) fn shown(&self) -> Settings {
        let stored = locked(&self.stored).clone();
        Settings {
            theme: stored.theme,
            language: stored.language,
            notify_when_done: stored.notify_when_done,
            close_to_tray: stored.close_to_tray,
            has_tray: self.has_tray.load(Ordering::Relaxed),
            voice: stored.voice,
            proxy: ProxySettings {
                password: stored.proxy_user.is_some().then(|| self.password_state()),
                mode: stored.proxy_mode,
                address: stored.proxy_address,
                user: stored.proxy_user,
            },
        }
    }

    fn password_state(&self) -> KeyState {
        let password = locked(&self.password);
        match (&password.value, password.session_only) {
            (None, _) => KeyState::Missing,
            (Some(_), true) => KeyState::SessionOnly,
            (Some(_), false) => KeyState::Ready,
        }
    }

    /// The way to the services. An address is checked before it is stored; one that a hand has spoilt since counts as not
    /// set, and the way is the system's.
    pub(crate) fn proxy(&self) -> Proxy {
        let stored = locked(&self.stored).clone();
        let password = locked(&self.password).value.clone();
        match stored.proxy_mode {
            ProxyMode::System => Proxy::System,
            ProxyMode::None => Proxy::None,
            ProxyMode::Custom => match custom(&stored, password) {
                Ok(address) => Proxy::Custom(address),
                Err(error) => {
                    tracing::error!(%error, "the stored proxy cannot be used");
                    Proxy::System
                }
            },
        }
    }
}

/// The address of a custom proxy with its user.
fn custom(stored: &Stored, password: Option<Secret<String>>) -> Result<ProxyAddress, Error> {
    let text = stored.proxy_address.clone().unwrap_or_default();
    let address =
        ProxyAddress::parse(text.trim()).map_err(|error| Error::Proxy(error.to_string()))?;
    Ok(match &stored.proxy_user {
        Some(user) => {
            address.with_login(user, password.unwrap_or_else(|| Secret::new(String::new())))
        }
        None => address,
    })
}

impl Engine {
    /// The way to the services.
    pub(crate) fn proxy(&self) -> Proxy {
        self.inner.settings.proxy()
    }

    /// Whether this desktop has a tray; the shell knows.
    pub fn set_has_tray(&self, has_tray: bool) {
        self.inner
            .settings
            .has_tray
            .store(has_tray, Ordering::Relaxed);
        self.inner.events.state_changed();
    }

    /// Changes settings; what is absent stays.
    ///
    /// # Errors
    /// A proxy whose address cannot be used is refused, and nothing changes.
    pub async fn settings_update(&self, change: SettingsChange) -> Result<AppState, Error> {
        let mut stored = locked(&self.inner.settings.stored).clone();
        stored.theme = change.theme.unwrap_or(stored.theme);
        stored.language = change.language.unwrap_or(stored.language);
        stored.notify_when_done = change.notify_when_done.unwrap_or(stored.notify_when_done);
        stored.close_to_tray = change.close_to_tray.unwrap_or(stored.close_to_tray);
        if let Some(mut voice) = change.voice {
            voice.idle_minutes = voice.idle_minutes.clamp(1, LONGEST_IDLE_MINUTES);
            stored.voice = voice;
        }
        if let Some(choice) = &change.proxy {
            self.take_proxy(&mut stored, choice).await?;
        }
        let json = serde_json::to_string(&stored)?;
        self.inner.library.set_setting(SETTINGS, &json).await?;
        *locked(&self.inner.settings.stored) = stored;
        if change.proxy.is_some() {
            self.reconnect()?;
        }
        self.inner.events.state_changed();
        Ok(self.app_state())
    }

    async fn take_proxy(&self, stored: &mut Stored, choice: &ProxyChoice) -> Result<(), Error> {
        stored.proxy_mode = choice.mode;
        if choice.mode != ProxyMode::Custom {
            // What was entered before is there when the person comes back to it.
            return Ok(());
        }
        stored.proxy_address = choice.address.as_deref().map(str::trim).map(str::to_owned);
        stored.proxy_user = choice
            .user
            .as_deref()
            .map(str::trim)
            .filter(|user| !user.is_empty())
            .map(str::to_owned);
        custom(stored, None)?;
        match (&stored.proxy_user, &choice.password) {
            (Some(user), Some(password)) => self.store_password(user, password).await,
            (Some(_), None) => Ok(()),
            (None, _) => self.forget_password().await,
        }
    }

    /// Without a keychain the password is kept until the app ends; the settings say so.
    async fn store_password(&self, user: &str, password: &str) -> Result<(), Error> {
        let item = Credentials::new(user.to_owned(), Some(password.to_owned()));
        let stored = self.inner.vault.store(PROXY_ITEM, &item).await;
        if let Err(error) = &stored {
            tracing::warn!(%error, "the proxy's password is kept in memory only");
        }
        keep_value(password);
        *locked(&self.inner.settings.password) = Password {
            value: Some(Secret::new(password.to_owned())),
            session_only: stored.is_err(),
        };
        Ok(())
    }

    async fn forget_password(&self) -> Result<(), Error> {
        let before = std::mem::take(&mut *locked(&self.inner.settings.password));
        if before.value.is_some() && !before.session_only {
            self.inner.vault.delete(PROXY_ITEM).await?;
        }
        Ok(())
    }

    /// Reads the proxy's password and connects anew with it.
    pub(crate) fn read_proxy_password(&self) {
        let proxy = self.inner.settings.shown().proxy;
        if proxy.mode != ProxyMode::Custom || proxy.user.is_none() {
            return;
        }
        let engine = self.clone();
        self.spawn(async move {
            if let Err(error) = engine.take_stored_password().await {
                tracing::warn!(%error, "the proxy's password could not be read");
            }
        });
    }

    async fn take_stored_password(&self) -> Result<(), Error> {
        let item = self.inner.vault.load(PROXY_ITEM).await?;
        let (_, password) = item.expose();
        keep_value(password.unwrap_or_default());
        *locked(&self.inner.settings.password) = Password {
            value: password.map(|password| Secret::new(password.to_owned())),
            session_only: false,
        };
        self.reconnect()
    }
}
