//! The front door: what the window, the command line and the assistants' tools may ask for.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tokio::time::MissedTickBehavior;

use tempfile::TempDir;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;
use wiro_library::Library;
use wiro_loopback::{MediaPort, MediaServer};

use crate::accounts::{AccountConfig, Accounts};
use crate::care::{InCare, Wakefulness};
use crate::control::Sends;
use crate::dto::{AppNotice, AppState, EngineEvent};
use crate::error::Error;
use crate::events::{EventHub, RunEvent};
use crate::files::StagedFiles;
use crate::media_source::EngineMedia;
use crate::models::ModelCache;
use crate::notices::Notices;
use crate::settings::LiveSettings;
use crate::tracker::Trackers;
use crate::troubles::Troubles;
use crate::unconfirmed::Candidates;
use crate::vault::Vault;
use crate::voice::VoiceHub;

/// The library's setting that remembers the account in use.
const ACTIVE_ACCOUNT_SETTING: &str = "active_account";
/// How often leases are renewed; the library takes over after 30 s without.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// How often runs that lost their process are looked for.
const ORPHAN_SWEEP: Duration = Duration::from_secs(10);
/// How often changes by other processes are looked for.
const FOREIGN_CHANGES: Duration = Duration::from_secs(1);

/// What an engine is opened with.
#[derive(Debug)]
pub struct EngineConfig {
    /// The library folder; made when it is not there.
    pub library_dir: PathBuf,
    /// Accounts known at the start.
    pub accounts: Vec<AccountConfig>,
    /// The account to use, before the one remembered in the library.
    pub account: Option<String>,
    /// Version of the app, for display.
    pub version: String,
    /// What the person should be told about this start.
    pub notices: Vec<AppNotice>,
}

/// The engine. Cheap to clone; all clones are one.
#[derive(Debug, Clone)]
pub struct Engine {
    pub(crate) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) library: Library,
    pub(crate) events: EventHub,
    pub(crate) staged: StagedFiles,
    pub(crate) models: ModelCache,
    pub(crate) trackers: Trackers,
    pub(crate) candidates: Candidates,
    pub(crate) care: InCare,
    pub(crate) wakefulness: Wakefulness,
    pub(crate) troubles: Troubles,
    pub(crate) previews: Mutex<Option<TempDir>>,
    pub(crate) stopping: CancellationToken,
    pub(crate) accounts: Accounts,
    pub(crate) active: Mutex<Option<String>>,
    pub(crate) vault: Vault,
    pub(crate) settings: LiveSettings,
    pub(crate) notices: Notices,
    pub(crate) sends: Sends,
    pub(crate) voice: VoiceHub,
    media: OnceLock<MediaServer>,
    version: String,
}

/// A poisoned lock holds plain data here, valid at every step: go on with it.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Engine {
    /// Opens the library and starts the background work. Nothing is resumed before [`Engine::resume`].
    pub async fn open(config: EngineConfig) -> Result<Self, Error> {
        let library_dir = config.library_dir.clone();
        let opened = tokio::task::spawn_blocking(move || Library::open_or_rebuild(&library_dir));
        let (library, rebuilt) = opened.await??;
        let settings = LiveSettings::read(&library).await?;
        let stored = library.accounts().await?;
        let accounts = Accounts::open(&config.accounts, &stored, &settings.proxy())?;
        library.sweep_partials().await?;
        library.sweep_inputs().await?;
        let remembered = library.setting(ACTIVE_ACCOUNT_SETTING).await?;
        let notices = Notices::at_start(config.notices, rebuilt.as_ref(), &config.accounts);
        let engine = Self {
            inner: Arc::new(Inner {
                events: EventHub::default(),
                staged: StagedFiles::default(),
                models: ModelCache::default(),
                trackers: Trackers::default(),
                candidates: Candidates::default(),
                care: InCare::default(),
                wakefulness: Wakefulness::new(HEARTBEAT),
                troubles: Troubles::default(),
                previews: Mutex::new(None),
                stopping: CancellationToken::new(),
                accounts,
                active: Mutex::new(config.account.or(remembered)),
                vault: Vault::system(),
                settings,
                notices,
                sends: Sends::default(),
                voice: VoiceHub::default(),
                media: OnceLock::new(),
                version: config.version,
                library,
            }),
        };
        engine.spawn_background();
        engine.read_proxy_password();
        Ok(engine)
    }

    /// Serves media on this port to a window with one of these origins. Called once.
    #[expect(
        clippy::unused_async,
        reason = "a listener needs the runtime it serves on"
    )]
    pub async fn serve_media(
        &self,
        port: MediaPort,
        app_origins: Vec<String>,
    ) -> Result<(), Error> {
        let source = Arc::new(EngineMedia::new(self));
        let server = MediaServer::serve(port, app_origins, source)
            .map_err(|error| Error::Media(error.to_string()))?;
        let set = self.inner.media.set(server);
        set.map_err(|_| Error::Media("it is already running".to_owned()))
    }

    /// Everything a window needs to draw its frame.
    pub fn app_state(&self) -> AppState {
        AppState {
            account: self
                .active_account()
                .ok()
                .map(|account| account.summary.clone()),
            accounts: self
                .inner
                .accounts
                .all()
                .iter()
                .map(|account| account.summary.clone())
                .collect(),
            media_base_url: self
                .inner
                .media
                .get()
                .map(|media| media.base_url().to_owned())
                .unwrap_or_default(),
            library_dir: self.inner.library.root().display().to_string(),
            version: self.inner.version.clone(),
            settings: self.inner.settings.shown(),
            notices: self.inner.notices.all(),
        }
    }

    /// Uses this account from now on, and after a restart.
    pub async fn account_choose(&self, account_id: &str) -> Result<AppState, Error> {
        let account = self.account(account_id)?;
        self.inner
            .library
            .set_setting(ACTIVE_ACCOUNT_SETTING, &account.summary.id)
            .await?;
        *locked(&self.inner.active) = Some(account.summary.id.clone());
        // Whoever asked between the account's coming and its being chosen has to ask again.
        self.inner.events.state_changed();
        Ok(self.app_state())
    }

    /// Small typed events for a window: at most ten a second for one run.
    pub fn events(&self) -> broadcast::Receiver<EngineEvent> {
        self.inner.events.coalesced()
    }

    /// Every step of every run, for scripts: run id and event.
    pub fn run_events(&self) -> broadcast::Receiver<(String, RunEvent)> {
        self.inner.events.raw()
    }

    /// Ends the live voice session well, commits what is pending and gives the runs of this process back, so that another may follow them.
    pub async fn close(&self) -> Result<(), Error> {
        self.close_voice().await;
        self.inner.stopping.cancel();
        locked(&self.inner.previews).take();
        self.inner.library.close().await?;
        Ok(())
    }

    /// Runs a piece of background work until the engine closes.
    pub(crate) fn spawn<F>(&self, work: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let stopping = self.inner.stopping.clone();
        tokio::spawn(async move {
            tokio::select! {
                // First: work that goes on after the library was closed would only complain about that.
                biased;
                () = stopping.cancelled() => {}
                () = work => {}
            }
        });
    }

    fn spawn_background(&self) {
        self.inner.events.spawn_flush(self);
        let engine = self.clone();
        self.spawn(async move { engine.renew_leases().await });
        let engine = self.clone();
        self.spawn(async move { engine.sweep_orphans().await });
        let engine = self.clone();
        self.spawn(async move { engine.watch_other_processes().await });
    }

    async fn renew_leases(self) {
        let mut tick = tokio::time::interval(HEARTBEAT);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            self.inner.wakefulness.beat();
            if let Err(error) = self.renew_once().await {
                tracing::warn!(%error, "leases could not be renewed");
            }
        }
    }

    async fn renew_once(&self) -> Result<(), Error> {
        let held = self.inner.library.heartbeat().await?;
        if held < self.inner.care.count() {
            self.notice_lost_leases().await?;
        }
        Ok(())
    }

    async fn sweep_orphans(self) {
        let mut tick = tokio::time::interval(ORPHAN_SWEEP);
        tick.tick().await;
        loop {
            tick.tick().await;
            if let Err(error) = self.adopt_orphans().await {
                tracing::warn!(%error, "unfinished runs could not be looked up");
            }
        }
    }

    async fn watch_other_processes(self) {
        let mut tick = tokio::time::interval(FOREIGN_CHANGES);
        loop {
            tick.tick().await;
            match self.inner.library.changed_elsewhere().await {
                Ok(true) => self.inner.events.library_changed_elsewhere(),
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(%error, "changes by other processes could not be looked up");
                }
            }
        }
    }
}
