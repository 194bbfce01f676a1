//! Accounts of this process: where runs go and with which credentials.
//!
//! An account never changes: what changes about it (its name, its key, the way to its service) makes a new one in its
//! place. Whoever works with the old one goes on to the end of what it does; its tracker is ended and its runs are taken
//! up again with the new one.

mod manage;

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use sha2::{Digest, Sha256};
use tokio::sync::watch;
use wiro_client::auth::Credentials;
use wiro_client::client::Client;
use wiro_client::download::Downloader;
use wiro_client::endpoints::{EndpointError, Endpoints};
use wiro_client::proxy::Proxy;
use wiro_library::AccountRow;

use crate::dto::{AccountKind, AccountSummary, AppError, KeyState};
use crate::engine::{Engine, locked};
use crate::error::Error;
use crate::redaction::keep_secret;

/// An account handed to the engine when it opens. The credentials stay in memory.
#[derive(Debug, Clone)]
pub struct AccountConfig {
    /// Stable id; runs carry it.
    pub id: String,
    /// What the person reads.
    pub name: String,
    /// What it talks to.
    pub kind: AccountKind,
    /// Where the service is.
    pub endpoints: Endpoints,
    /// Key and secret; without them only the catalogue can be read.
    pub credentials: Option<Credentials>,
}

impl AccountConfig {
    /// The account of a Sandbox at these addresses; its pretend key is not worth hiding, and hidden all the same.
    ///
    /// # Errors
    /// An address that is not on this machine is refused.
    pub fn sandbox(
        id: &str,
        api_url: &str,
        socket_url: &str,
        key: String,
        secret: Option<String>,
    ) -> Result<Self, EndpointError> {
        Ok(Self {
            id: id.to_owned(),
            name: "Sandbox".to_owned(),
            kind: AccountKind::Sandbox,
            endpoints: Endpoints::parse(api_url, socket_url)?,
            credentials: Some(Credentials::new(key, secret)),
        })
    }

    /// A stored account; its key is still in the keychain.
    fn stored(row: &AccountRow) -> Result<Self, EndpointError> {
        Ok(Self {
            id: row.id.clone(),
            name: row.name.clone(),
            kind: AccountKind::Project,
            endpoints: Endpoints::parse(&row.api_url, &row.socket_url)?,
            credentials: None,
        })
    }
}

/// The id of an account that is known only by address and key: the same pair gives the same id, and the key cannot be
/// read back from it.
pub(crate) fn account_id_for(endpoints: &Endpoints, credentials: Option<&Credentials>) -> String {
    let mut digest = Sha256::new();
    digest.update(endpoints.api().as_str().as_bytes());
    digest.update([0]);
    if let Some(credentials) = credentials {
        digest.update(credentials.fingerprint().as_bytes());
    }
    format!("env-{}", &hex::encode(digest.finalize())[..12])
}

/// Where the key of an account stands.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    state: KeyState,
    problem: Option<AppError>,
    /// Whether calls are signed, known before the key is.
    signs: bool,
}

impl Key {
    /// A key that is in memory from the start.
    fn given(credentials: Option<&Credentials>) -> Self {
        Self {
            state: KeyState::Ready,
            problem: None,
            signs: credentials.is_some_and(Credentials::signs),
        }
    }

    const fn is(state: KeyState, signs: bool) -> Self {
        Self {
            state,
            problem: None,
            signs,
        }
    }

    fn missing(problem: Error, signs: bool) -> Self {
        Self {
            state: KeyState::Missing,
            problem: Some(problem.into()),
            signs,
        }
    }
}

/// An account with its connections.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) summary: AccountSummary,
    pub(crate) endpoints: Endpoints,
    pub(crate) client: Client,
    pub(crate) downloader: Downloader,
    pub(crate) proxy: Proxy,
    key: Key,
}

impl Account {
    fn open(config: &AccountConfig, key: Key, proxy: &Proxy) -> Result<Arc<Self>, Error> {
        if let Some(credentials) = &config.credentials {
            keep_secret(credentials);
        }
        let endpoints = config.endpoints.clone();
        let client = Client::builder(endpoints.clone(), config.credentials.clone())
            .proxy(proxy.clone())
            .build()?;
        let downloader = Downloader::with_proxy(endpoints.is_loopback(), proxy)?;
        let is_own = config.kind == AccountKind::Project && endpoints != Endpoints::wiro();
        Ok(Arc::new(Self {
            summary: AccountSummary {
                id: config.id.clone(),
                name: config.name.clone(),
                kind: config.kind,
                api_url: endpoints.api().to_string(),
                socket_url: endpoints.socket().to_string(),
                has_own_address: is_own,
                signs: key.signs,
                key: key.state,
                key_problem: key.problem.clone(),
            },
            endpoints,
            client,
            downloader,
            proxy: proxy.clone(),
            key,
        }))
    }

    /// The account it was opened from.
    fn config(&self) -> AccountConfig {
        AccountConfig {
            id: self.summary.id.clone(),
            name: self.summary.name.clone(),
            kind: self.summary.kind,
            endpoints: self.endpoints.clone(),
            credentials: self.client.credentials().cloned(),
        }
    }

    /// Why nothing that needs a key can be asked, when it cannot.
    pub(crate) fn key_problem(&self) -> Option<Error> {
        match (&self.key.problem, self.key.state) {
            (Some(problem), _) => Some(Error::KeyUnusable(Box::new(problem.clone()))),
            (None, KeyState::Missing) => Some(Error::KeyMissing),
            (None, _) => None,
        }
    }
}

/// The accounts of this process, in the order they are shown.
#[derive(Debug)]
pub(crate) struct Accounts {
    all: Mutex<Vec<Arc<Account>>>,
    /// Those whose key the keychain was asked for.
    asked: Mutex<HashSet<String>>,
    /// Counts changes.
    changes: watch::Sender<u64>,
}

impl Accounts {
    /// The accounts of the process first, then those of the library; the keys of these are still to be read.
    pub(crate) fn open(
        given: &[AccountConfig],
        stored: &[AccountRow],
        proxy: &Proxy,
    ) -> Result<Self, Error> {
        let mut all = Vec::new();
        for config in given {
            let key = Key::given(config.credentials.as_ref());
            all.push(Account::open(config, key, proxy)?);
        }
        for row in stored {
            match AccountConfig::stored(row) {
                Ok(config) => all.push(Account::open(&config, unread(row), proxy)?),
                // A row that a hand has changed must not keep the app from starting.
                Err(error) => {
                    tracing::error!(%error, account_id = row.id, "the address of an account cannot be used");
                }
            }
        }
        Ok(Self {
            all: Mutex::new(all),
            asked: Mutex::default(),
            changes: watch::Sender::new(0),
        })
    }

    pub(crate) fn find(&self, account_id: &str) -> Option<Arc<Account>> {
        let all = locked(&self.all);
        all.iter()
            .find(|account| account.summary.id == account_id)
            .cloned()
    }

    pub(crate) fn all(&self) -> Vec<Arc<Account>> {
        locked(&self.all).clone()
    }

    /// Puts an account in the place of the one with its id, or at the end.
    fn put(&self, account: Arc<Account>) {
        let mut all = locked(&self.all);
        match all
            .iter_mut()
            .find(|other| other.summary.id == account.summary.id)
        {
            Some(place) => *place = account,
            None => all.push(account),
        }
        drop(all);
        self.changes.send_modify(|changes| *changes += 1);
    }

    /// Puts an account in the place of the very one it was made from; false when that one is not there any more. What
    /// is opened anew beside another change must not undo it.
    fn exchange(&self, before: &Arc<Account>, after: Arc<Account>) -> bool {
        let mut all = locked(&self.all);
        let Some(place) = all.iter_mut().find(|other| Arc::ptr_eq(other, before)) else {
            return false;
        };
        *place = after;
        drop(all);
        self.changes.send_modify(|changes| *changes += 1);
        true
    }

    fn remove(&self, account_id: &str) {
        locked(&self.all).retain(|account| account.summary.id != account_id);
        self.changes.send_modify(|changes| *changes += 1);
    }
}

fn unread(row: &AccountRow) -> Key {
    if row.session_only {
        return Key::missing(Error::SessionKeyGone, row.signs);
    }
    Key::is(KeyState::Reading, row.signs)
}

impl Engine {
    pub(crate) fn account(&self, account_id: &str) -> Result<Arc<Account>, Error> {
        self.inner
            .accounts
            .find(account_id)
            .ok_or_else(|| Error::AccountUnknown(account_id.to_owned()))
    }

    pub(crate) fn active_account(&self) -> Result<Arc<Account>, Error> {
        let active = locked(&self.inner.active).clone();
        self.account(&active.ok_or(Error::AccountMissing)?)
    }

    /// The account with its key: waits while the keychain is being asked, and says why there is none.
    pub(crate) async fn with_key(&self, account_id: &str) -> Result<Arc<Account>, Error> {
        let mut changes = self.inner.accounts.changes.subscribe();
        loop {
            let account = self.account(account_id)?;
            if account.summary.key != KeyState::Reading {
                return match account.key_problem() {
                    Some(problem) => Err(problem),
                    // The catalogue can be read without one, so this is the first that asks for it.
                    None if account.client.credentials().is_none() => Err(Error::KeyMissing),
                    None => Ok(account),
                };
            }
            self.ask_for_key(&account);
            // The sender lives as long as the engine.
            let _ = changes.changed().await;
        }
    }

    /// Whether runs of this account can be followed now.
    pub(crate) fn can_follow(&self, account_id: &str) -> Result<Arc<Account>, Error> {
        let account = self.account(account_id)?;
        match account.key_problem() {
            Some(problem) => Err(problem),
            None if account.summary.key == KeyState::Reading => Err(Error::KeyMissing),
            None => Ok(account),
        }
    }

    /// Asks the keychain for every key that was not asked for yet. Meant for a process that looks after runs: the system
    /// may ask the person for the keychain's password.
    pub fn read_keys(&self) {
        for account in self.inner.accounts.all() {
            self.ask_for_key(&account);
        }
    }

    /// Each by itself: a keychain that waits for a password must not hold back what needs none.
    fn ask_for_key(&self, account: &Arc<Account>) {
        let is_unread = account.summary.key == KeyState::Reading;
        if is_unread && locked(&self.inner.accounts.asked).insert(account.summary.id.clone()) {
            let (engine, account) = (self.clone(), Arc::clone(account));
            self.spawn(async move { engine.read_key(&account).await });
        }
    }

    /// Reads every key and waits for it.
    pub async fn keys_settled(&self) {
        self.read_keys();
        let mut changes = self.inner.accounts.changes.subscribe();
        while self
            .inner
            .accounts
            .all()
            .iter()
            .any(|account| account.summary.key == KeyState::Reading)
        {
            let _ = changes.changed().await;
        }
    }

    /// Adds an account of this process after the engine was opened.
    pub fn account_attach(&self, config: &AccountConfig) -> Result<(), Error> {
        let key = Key::given(config.credentials.as_ref());
        let account = Account::open(config, key, &self.proxy())?;
        self.inner.accounts.put(account);
        self.inner.events.state_changed();
        Ok(())
    }

    /// Puts an account in place of its older self and lets its unfinished runs go on with it.
    fn replace_account(&self, account: &Arc<Account>) {
        self.inner.accounts.put(Arc::clone(account));
        self.go_on_with(account);
    }

    /// The tracker of the older one ends, and gives its runs back.
    fn go_on_with(&self, account: &Account) {
        let account_id = account.summary.id.clone();
        self.inner.trackers.end(&account_id);
        self.inner.events.state_changed();
        if account.client.credentials().is_some() {
            let engine = self.clone();
            self.spawn(async move {
                if let Err(error) = engine.take_up_account(&account_id).await {
                    tracing::warn!(%error, account_id, "unfinished runs of an account could not be taken up");
                }
            });
        }
    }

    /// Makes a new self of an account as it is now, as often as another change comes between; nothing where it is gone
    /// or `make` has nothing to change about it.
    fn reopen(
        &self,
        account_id: &str,
        make: impl Fn(&Account) -> Option<(AccountConfig, Key)>,
    ) -> Result<(), Error> {
        while let Some(before) = self.inner.accounts.find(account_id) {
            let Some((config, key)) = make(&before) else {
                break;
            };
            let after = Account::open(&config, key, &self.proxy())?;
            if self.inner.accounts.exchange(&before, Arc::clone(&after)) {
                self.go_on_with(&after);
                break;
            }
        }
        Ok(())
    }

    /// Opens every account again, for another way to the services.
    pub(crate) fn reconnect(&self) -> Result<(), Error> {
        for account in self.inner.accounts.all() {
            self.reopen(&account.summary.id, |now| {
                Some((now.config(), now.key.clone()))
            })?;
        }
        Ok(())
    }
}
