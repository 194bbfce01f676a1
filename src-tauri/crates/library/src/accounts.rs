//! Accounts: where runs go. Keys, secrets and fingerprints are kept elsewhere and never written here.

use rusqlite::{Row, params};

use crate::{Error, Library};

/// An account, without anything secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountRow {
    /// Its id; runs carry it, also after the account is gone.
    pub id: String,
    /// What the person reads.
    pub name: String,
    /// Where the service answers.
    pub api_url: String,
    /// Where its socket is.
    pub socket_url: String,
    /// Whether the addresses are others than the service's own.
    pub is_custom_address: bool,
    /// Whether requests are signed: it has a secret beside its key.
    pub signs: bool,
    /// Whether its credentials end with the process that knows them.
    pub session_only: bool,
    /// When it was added, Unix milliseconds.
    pub created_at_ms: i64,
    /// When the service last took its credentials, Unix milliseconds.
    pub last_checked_ms: Option<i64>,
    /// Place in the list; the same place twice is ordered by age.
    pub position: u32,
}

fn account_row(row: &Row<'_>) -> rusqlite::Result<AccountRow> {
    Ok(AccountRow {
        id: row.get("id")?,
        name: row.get("name")?,
        api_url: row.get("api_url")?,
        socket_url: row.get("socket_url")?,
        is_custom_address: row.get("is_custom_address")?,
        signs: row.get("signs")?,
        session_only: row.get("session_only")?,
        created_at_ms: row.get("created_at_ms")?,
        last_checked_ms: row.get("last_checked_ms")?,
        position: row.get("position")?,
    })
}

impl Library {
    /// All accounts in their order.
    pub async fn accounts(&self) -> Result<Vec<AccountRow>, Error> {
        self.read(|conn| {
            Ok(conn
                .prepare_cached("SELECT * FROM accounts ORDER BY position, created_at_ms, id")?
                .query_map([], account_row)?
                .collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Adds an account, or replaces the one with this id.
    pub async fn put_account(&self, account: AccountRow) -> Result<(), Error> {
        self.durable(Some(""), move |transaction| {
            transaction
                .prepare_cached(
                    "INSERT OR REPLACE INTO accounts (id, name, api_url, socket_url, is_custom_address, signs, session_only,
                                                      created_at_ms, last_checked_ms, position)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                )?
                .execute(params![
                    account.id,
                    account.name,
                    account.api_url,
                    account.socket_url,
                    account.is_custom_address,
                    account.signs,
                    account.session_only,
                    account.created_at_ms,
                    account.last_checked_ms,
                    account.position,
                ])?;
            Ok(((), None))
        })
        .await
    }

    /// Gives an account another name.
    pub async fn rename_account(&self, id: &str, name: &str) -> Result<(), Error> {
        let (id, name) = (id.to_owned(), name.to_owned());
        self.durable(Some(""), move |transaction| {
            let found = transaction
                .prepare_cached("UPDATE accounts SET name = ?2 WHERE id = ?1")?
                .execute([&id, &name])?;
            require_account(found, &id).map(|()| ((), None))
        })
        .await
    }

    /// Notes when the service last took the account's credentials.
    pub async fn mark_account_checked(&self, id: &str, at_ms: i64) -> Result<(), Error> {
        let id = id.to_owned();
        self.durable(Some(""), move |transaction| {
            let found = transaction
                .prepare_cached("UPDATE accounts SET last_checked_ms = ?2 WHERE id = ?1")?
                .execute(params![id, at_ms])?;
            require_account(found, &id).map(|()| ((), None))
        })
        .await
    }

    /// Removes an account; one that is not there is removed already. Its runs stay and keep its id.
    pub async fn delete_account(&self, id: &str) -> Result<(), Error> {
        let id = id.to_owned();
        self.durable(Some(""), move |transaction| {
            transaction
                .prepare_cached("DELETE FROM accounts WHERE id = ?1")?
                .execute([&id])?;
            Ok(((), None))
        })
        .await
    }
}

fn require_account(found: usize, id: &str) -> Result<(), Error> {
    if found > 0 {
        Ok(())
    } else {
        Err(Error::NotFound {
            what: "account",
            id: id.to_owned(),
        })
    }
}
