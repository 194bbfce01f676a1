//! Where key and secret of an account live: the keychain of the system.
//!
//! One item per account: service name, account id, and an [envelope](envelope) with a version, the key and the secret.
//! On Linux that is the Secret Service of the session (GNOME, KDE, `KeePassXC`), elsewhere what the system brings.
//!
//! Invariants:
//! - **Nothing is latched.** Every call connects anew, so a keychain that was absent, locked or ended is used by the next
//!   call in the same process as soon as it is there. The `keyring` facade would remember its first failure.
//! - **Nothing waits for ever.** A keychain may ask the person for a password and take hours. Each call works on a thread
//!   of its own, never on the runtime's; its caller has the answer or [`VaultError::Slow`] after the patience given.
//! - **Who was told `Slow` is not overruled later.** A prompt that is answered afterwards still opens the keychain, and so
//!   helps the next try, but a call whose caller has gone begins no change any more.
//! - **Secrets** are in no error, no `Debug` and no file of ours. Our own buffers are wiped; those inside the libraries
//!   and the keychain's process are beyond reach.
//!
//! It must not fall back to a file, must not keep a copy, and must not be asked for what the memory of the process holds
//! already: each call may open a prompt.

mod envelope;
mod error;
mod platform;

use std::sync::Arc;
use std::time::Duration;

use keyring_core::{Entry, Error as StoreError};
use tokio::sync::{Semaphore, oneshot};
use wiro_client::auth::Credentials;
use zeroize::Zeroizing;

pub use error::{Absent, VaultError};

/// Under which name the items of this app stand in the keychain.
const SERVICE: &str = "studio.wiro.unofficial";

/// How long a caller waits: long enough to type a password into a prompt, short enough to be told what is going on.
const PATIENCE: Duration = Duration::from_secs(20);

/// So many calls may hang at once, each on a thread. They end when the keychain answers or its process does.
const UNDER_WAY: usize = 16;

/// The system's keychain, seen as a place for the credentials of accounts. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Vault {
    service: Arc<str>,
    patience: Duration,
    under_way: Arc<Semaphore>,
}

impl Vault {
    /// The keychain of whoever is logged in.
    pub fn system() -> Self {
        Self::named(SERVICE)
    }

    /// The same keychain under another service name: what is stored under one is not seen under the other.
    pub fn named(service: &str) -> Self {
        Self {
            service: Arc::from(service),
            patience: PATIENCE,
            under_way: Arc::new(Semaphore::new(UNDER_WAY)),
        }
    }

    /// How long a call may take before its caller gets [`VaultError::Slow`]; 20 seconds unless told.
    #[must_use]
    pub const fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Stores key and secret of an account in place of what was stored for it. May open a prompt.
    ///
    /// After [`VaultError::Slow`] it is open whether they were stored: [`Vault::load`] tells.
    pub async fn store(
        &self,
        account_id: &str,
        credentials: &Credentials,
    ) -> Result<(), VaultError> {
        let item = self.item(account_id);
        let sealed = envelope::seal(credentials)?;
        self.apart(move |caller| {
            platform::open(platform::Purpose::Change)?;
            caller.is_there()?;
            item.write(&sealed)
        })
        .await
    }

    /// Key and secret of an account; [`VaultError::Missing`] when there is no item for it (any more). May open a prompt.
    pub async fn load(&self, account_id: &str) -> Result<Credentials, VaultError> {
        let item = self.item(account_id);
        self.apart(move |_| {
            platform::open(platform::Purpose::Read)?;
            envelope::open(&item.read()?)
        })
        .await
    }

    /// Deletes what is stored for an account; it is fine when nothing is. May open a prompt.
    pub async fn delete(&self, account_id: &str) -> Result<(), VaultError> {
        let item = self.item(account_id);
        self.apart(move |caller| {
            platform::open(platform::Purpose::Read)?;
            caller.is_there()?;
            item.erase()
        })
        .await
    }

    /// Whether there is a keychain and it is open. Never opens a prompt: a locked one answers [`VaultError::Locked`].
    pub async fn probe(&self) -> Result<(), VaultError> {
        self.apart(|_| platform::open(platform::Purpose::Look))
            .await
    }

    fn item(&self, account_id: &str) -> Item {
        Item {
            service: Arc::clone(&self.service),
            account_id: account_id.to_owned(),
        }
    }

    /// Runs the work on a thread of its own and waits for it as long as the patience lasts.
    ///
    /// Not `spawn_blocking`: a runtime that ends waits for its blocking threads, and this one may hang.
    async fn apart<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Caller<T>) -> Result<T, VaultError> + Send + 'static,
    ) -> Result<T, VaultError> {
        let permit = Arc::clone(&self.under_way)
            .try_acquire_owned()
            .map_err(|_| VaultError::Slow)?;
        let (sender, receiver) = oneshot::channel();
        std::thread::Builder::new()
            .name("keychain".to_owned())
            .spawn(move || {
                let caller = Caller(sender);
                let answer = work(&caller);
                drop(permit);
                // Nobody may be waiting any more; then the answer is wiped here.
                let _ = caller.0.send(answer);
            })
            .map_err(VaultError::failed)?;
        match tokio::time::timeout(self.patience, receiver).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(VaultError::failed("the call to the keychain broke off")),
            Err(_) => Err(VaultError::Slow),
        }
    }
}

/// Who waits for a call, perhaps no more.
struct Caller<T>(oneshot::Sender<Result<T, VaultError>>);

impl<T> Caller<T> {
    /// To be asked before a change, after everything that may have waited for the person.
    fn is_there(&self) -> Result<(), VaultError> {
        if self.0.is_closed() {
            Err(VaultError::Slow)
        } else {
            Ok(())
        }
    }
}

/// One account's place in the keychain. Its methods block.
struct Item {
    service: Arc<str>,
    account_id: String,
}

impl Item {
    fn entry(&self) -> Result<Entry, VaultError> {
        platform::entry(&self.service, &self.account_id).map_err(platform::explain)
    }

    fn read(&self) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        match self.entry()?.get_secret() {
            Ok(bytes) => Ok(Zeroizing::new(bytes)),
            Err(StoreError::Ambiguous(_)) => Err(VaultError::Damaged {
                reason: "there are several items for one account",
            }),
            Err(error) => Err(platform::explain(error)),
        }
    }

    fn write(&self, sealed: &[u8]) -> Result<(), VaultError> {
        let entry = self.entry()?;
        match entry.set_secret(sealed) {
            // Somebody copied an item: which one is right is now clear.
            Err(StoreError::Ambiguous(items)) => {
                erase_all(&items)?;
                entry.set_secret(sealed)
            }
            outcome => outcome,
        }
        .map_err(platform::explain)
    }

    fn erase(&self) -> Result<(), VaultError> {
        match self.entry()?.delete_credential() {
            Err(StoreError::Ambiguous(items)) => erase_all(&items),
            outcome => gone(outcome),
        }
    }
}

fn erase_all(items: &[Entry]) -> Result<(), VaultError> {
    items
        .iter()
        .try_for_each(|item| gone(item.delete_credential()))
}

/// What is not there needs no deleting.
fn gone(outcome: keyring_core::Result<()>) -> Result<(), VaultError> {
    match outcome.map_err(platform::explain) {
        Err(VaultError::Missing) => Ok(()),
        other => other,
    }
}
