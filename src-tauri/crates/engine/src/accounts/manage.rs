//! Adding, changing, testing and removing accounts.
//!
//! The order of the steps keeps the keychain and the library together: a key is stored before its account is written down
//! and taken out again when that fails; a key is deleted before its account is.

use std::sync::Arc;

use uuid::Uuid;
use wiro_client::auth::Credentials;
use wiro_client::client::Client;
use wiro_client::endpoints::Endpoints;
use wiro_client::tasks::TaskQuery;
use wiro_library::AccountRow;

use super::{Account, AccountConfig, Key};
use crate::dto::{
    AccountAddress, AccountChange, AccountKey, AccountKind, AppState, KeyState, KeychainState,
    NewAccount,
};
use crate::engine::{Engine, locked};
use crate::environment::socket_beside;
use crate::error::Error;
use crate::view::now_ms;

const LONGEST_NAME_CHARS: usize = 60;
/// The Sandbox goes by this name; see [`AccountConfig::sandbox`].
const RESERVED_NAME: &str = "sandbox";

impl Engine {
    /// Adds a project, after the service took its key, and uses it from now on.
    ///
    /// # Errors
    /// What the service says of a wrong key, or why the keychain does not take it; then nothing was added.
    pub async fn account_add(&self, new: NewAccount) -> Result<AppState, Error> {
        let name = self.free_name(&new.name, None)?;
        let endpoints = endpoints_of(&new.address)?;
        let credentials = credentials_of(&new.key)?;
        self.try_key(&endpoints, &credentials, new.unchecked)
            .await?;
        let config = AccountConfig {
            id: Uuid::now_v7().to_string(),
            name,
            kind: AccountKind::Project,
            endpoints,
            credentials: Some(credentials.clone()),
        };
        if !new.session_only {
            self.inner.vault.store(&config.id, &credentials).await?;
        }
        let row = row_of(&config, new.session_only, !new.unchecked);
        if let Err(error) = self.inner.library.put_account(row).await {
            self.take_key_back(&config.id, new.session_only).await;
            return Err(error.into());
        }
        self.open_account(&config, new.session_only)?;
        self.account_choose(&config.id).await
    }

    async fn take_key_back(&self, account_id: &str, session_only: bool) {
        if session_only {
            return;
        }
        if let Err(error) = self.inner.vault.delete(account_id).await {
            tracing::warn!(%error, "the key of an account that was not added stays in the keychain");
        }
    }

    fn open_account(&self, config: &AccountConfig, session_only: bool) -> Result<(), Error> {
        let state = if session_only {
            KeyState::SessionOnly
        } else {
            KeyState::Ready
        };
        let signs = config.credentials.as_ref().is_some_and(Credentials::signs);
        let proxy = self.proxy();
        self.replace_account(&Account::open(config, Key::is(state, signs), &proxy)?);
        Ok(())
    }

    /// Changes a project's name, key or address.
    ///
    /// # Errors
    /// A new address without a key is refused: a key never goes where it was not given for.
    pub async fn account_update(
        &self,
        account_id: &str,
        change: AccountChange,
    ) -> Result<AppState, Error> {
        let account = self.project(account_id)?;
        let mut config = account.config();
        if let Some(name) = &change.name {
            config.name = self.free_name(name, Some(account_id))?;
        }
        if let Some(address) = &change.address {
            let endpoints = endpoints_of(address)?;
            if endpoints != config.endpoints && change.key.is_none() {
                return Err(Error::account(
                    "key",
                    "Enter the key again: it goes to the new address.",
                ));
            }
            config.endpoints = endpoints;
        }
        let Some(key) = &change.key else {
            return self.rename(&account, config).await;
        };
        let credentials = credentials_of(key)?;
        self.try_key(&config.endpoints, &credentials, change.unchecked)
            .await?;
        config.credentials = Some(credentials.clone());
        if change.session_only {
            self.forget_stored_key(&account).await;
        } else {
            self.inner.vault.store(account_id, &credentials).await?;
        }
        let mut row = row_of(&config, change.session_only, !change.unchecked);
        if let Some(before) = self.account_row(account_id).await? {
            (row.created_at_ms, row.position) = (before.created_at_ms, before.position);
        }
        self.inner.library.put_account(row).await?;
        self.open_account(&config, change.session_only)?;
        Ok(self.app_state())
    }

    /// A key that is kept in memory only takes the place of a stored one.
    async fn forget_stored_key(&self, account: &Account) {
        if account.summary.key == KeyState::SessionOnly {
            return;
        }
        if let Err(error) = self.inner.vault.delete(&account.summary.id).await {
            tracing::info!(%error, "an older key stays in the keychain");
        }
    }

    async fn rename(&self, account: &Account, config: AccountConfig) -> Result<AppState, Error> {
        if config.name != account.summary.name {
            self.inner
                .library
                .rename_account(&config.id, &config.name)
                .await?;
            self.reopen(&config.id, |now| {
                let renamed = AccountConfig {
                    name: config.name.clone(),
                    ..now.config()
                };
                Some((renamed, now.key.clone()))
            })?;
        }
        Ok(self.app_state())
    }

    async fn account_row(&self, account_id: &str) -> Result<Option<AccountRow>, Error> {
        let rows = self.inner.library.accounts().await?;
        Ok(rows.into_iter().find(|row| row.id == account_id))
    }

    /// Asks the service whether it takes the account's key.
    pub async fn account_test(&self, account_id: &str) -> Result<(), Error> {
        let account = self.with_key(account_id).await?;
        account.client.tasks(&one_task()).await?;
        if account.summary.kind == AccountKind::Project {
            self.inner
                .library
                .mark_account_checked(account_id, now_ms())
                .await?;
        }
        Ok(())
    }

    /// Removes a project and its key. Its runs stay in the library.
    ///
    /// # Errors
    /// Refused while runs of it are not finished: without the key nobody could follow them.
    pub async fn account_remove(&self, account_id: &str) -> Result<AppState, Error> {
        let account = self.project(account_id)?;
        let unfinished = self.inner.library.unfinished().await?;
        let count = unfinished
            .iter()
            .filter(|row| row.account_id == account_id)
            .count();
        if count > 0 {
            return Err(Error::AccountBusy { count });
        }
        // One that has its key in memory only has nothing there.
        let row = self.account_row(account_id).await?;
        if !row.is_some_and(|row| row.session_only) {
            self.inner.vault.delete(account_id).await?;
        }
        self.inner.library.delete_account(account_id).await?;
        self.inner.accounts.remove(account_id);
        self.inner.trackers.end(&account.summary.id);
        self.choose_another_than(account_id).await?;
        self.inner.events.state_changed();
        Ok(self.app_state())
    }

    async fn choose_another_than(&self, account_id: &str) -> Result<(), Error> {
        if locked(&self.inner.active).as_deref() != Some(account_id) {
            return Ok(());
        }
        let next = self.inner.accounts.all().first().cloned();
        *locked(&self.inner.active) = None;
        if let Some(next) = next {
            self.account_choose(&next.summary.id).await?;
        }
        Ok(())
    }

    /// Asks the keychain for an account's key once more.
    pub async fn account_ask_keychain(&self, account_id: &str) -> Result<AppState, Error> {
        let account = self.project(account_id)?;
        if account.client.credentials().is_none() {
            self.read_key(&account).await;
        }
        if let Some(problem) = self.account(account_id)?.key_problem() {
            return Err(problem);
        }
        Ok(self.app_state())
    }

    /// Whether keys can be stored on this system.
    pub async fn keychain_state(&self) -> KeychainState {
        let problem = self.inner.vault.probe().await.err();
        KeychainState {
            problem: problem.map(|error| Error::from(error).into()),
        }
    }

    pub(super) async fn read_key(&self, account: &Account) {
        let account_id = &account.summary.id;
        let (credentials, key) = match self.inner.vault.load(account_id).await {
            Ok(credentials) => {
                let key = Key::is(KeyState::Ready, credentials.signs());
                (Some(credentials), key)
            }
            Err(error) => {
                tracing::warn!(%error, account_id, "the key of an account could not be read");
                let key = Key::missing(error.into(), account.summary.signs);
                (None, key)
            }
        };
        // While the keychain was asked the person may have removed the account or entered its key.
        let reopened = self.reopen(account_id, |now| {
            now.client.credentials().is_none().then(|| {
                let config = AccountConfig {
                    credentials: credentials.clone(),
                    ..now.config()
                };
                (config, key.clone())
            })
        });
        if let Err(error) = reopened {
            tracing::error!(%error, "an account could not be opened");
        }
    }

    /// Uses this account in this process only; it is named by id or, in any case, by name.
    pub fn account_select(&self, name: &str) -> Result<(), Error> {
        let all = self.inner.accounts.all();
        let account = all
            .iter()
            .find(|account| account.summary.id == name)
            .or_else(|| all.iter().find(|account| same_name(account, name)))
            .ok_or_else(|| Error::AccountUnknown(name.to_owned()))?;
        *locked(&self.inner.active) = Some(account.summary.id.clone());
        Ok(())
    }

    fn project(&self, account_id: &str) -> Result<Arc<Account>, Error> {
        let account = self.account(account_id)?;
        if account.summary.kind == AccountKind::Project {
            Ok(account)
        } else {
            Err(Error::account(
                "account",
                "Only projects that were added can be changed.",
            ))
        }
    }

    fn free_name(&self, name: &str, except: Option<&str>) -> Result<String, Error> {
        if name.trim().is_empty() {
            return Err(Error::account("name", "Give the account a name."));
        }
        let name = wiro_media::safe_label(name.trim());
        let all = self.inner.accounts.all();
        let is_taken = name.eq_ignore_ascii_case(RESERVED_NAME)
            || all.iter().any(|account| {
                Some(account.summary.id.as_str()) != except && same_name(account, &name)
            });
        if name.chars().count() > LONGEST_NAME_CHARS {
            Err(Error::account("name", "A name has at most 60 characters."))
        } else if is_taken {
            Err(Error::account(
                "name",
                "There is an account of this name already.",
            ))
        } else {
            Ok(name)
        }
    }

    /// Asks for one task: the smallest question that needs the key (`PROTOCOL.md` section 7.3). `unchecked` asks nothing.
    async fn try_key(
        &self,
        endpoints: &Endpoints,
        credentials: &Credentials,
        unchecked: bool,
    ) -> Result<(), Error> {
        let client = Client::builder(endpoints.clone(), Some(credentials.clone()))
            .proxy(self.proxy())
            .build()
            .map_err(|error| Error::account("key", error.to_string()))?;
        if !unchecked {
            client.tasks(&one_task()).await?;
        }
        Ok(())
    }
}

fn same_name(account: &Account, name: &str) -> bool {
    account.summary.name.to_lowercase() == name.to_lowercase()
}

fn one_task() -> TaskQuery {
    TaskQuery {
        model: None,
        start: 0,
        limit: 1,
    }
}

fn credentials_of(key: &AccountKey) -> Result<Credentials, Error> {
    let credentials = Credentials::new(key.key.clone(), key.secret.clone());
    if key.key.trim().is_empty() {
        return Err(Error::account("key", "Enter the project's API key."));
    }
    Ok(credentials)
}

fn endpoints_of(address: &AccountAddress) -> Result<Endpoints, Error> {
    let given = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    let (api, socket) = (given(&address.api_url), given(&address.socket_url));
    let parsed = match (&api, &socket) {
        (None, None) => return Ok(Endpoints::wiro()),
        (Some(api), Some(socket)) => Endpoints::parse(api.trim(), socket.trim()),
        (Some(api), None) => Endpoints::parse(api.trim(), &socket_beside(api.trim())),
        (None, Some(socket)) => Endpoints::parse(Endpoints::wiro().api().as_str(), socket.trim()),
    };
    parsed.map_err(|error| Error::account("address", error.to_string()))
}

fn row_of(config: &AccountConfig, session_only: bool, checked: bool) -> AccountRow {
    AccountRow {
        id: config.id.clone(),
        name: config.name.clone(),
        api_url: config.endpoints.api().to_string(),
        socket_url: config.endpoints.socket().to_string(),
        is_custom_address: config.endpoints != Endpoints::wiro(),
        signs: config.credentials.as_ref().is_some_and(Credentials::signs),
        session_only,
        created_at_ms: now_ms(),
        last_checked_ms: checked.then(now_ms),
        position: 0,
    }
}
