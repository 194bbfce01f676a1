use rusqlite::Connection;
use wiro_library::{AccountRow, Error, Library, RunState};

use crate::support::{ACCOUNT, TestResult, new_run, running};

fn account(id: &str, position: u32) -> AccountRow {
    AccountRow {
        id: id.to_owned(),
        name: format!("name of {id}"),
        api_url: "https://api.example".to_owned(),
        socket_url: "wss://socket.example".to_owned(),
        is_custom_address: true,
        signs: true,
        session_only: false,
        created_at_ms: 7,
        last_checked_ms: None,
        position,
    }
}

#[tokio::test]
async fn accounts_are_kept_in_their_order_and_without_secrets() -> TestResult {
    let dir = tempfile::tempdir()?;
    let library = Library::open(dir.path())?;
    for (id, position) in [("b", 1), ("a", 0), ("c", 1)] {
        library.put_account(account(id, position)).await?;
    }
    library.rename_account("b", "Work").await?;
    library.mark_account_checked("c", 9).await?;
    library
        .put_account(AccountRow {
            session_only: true,
            ..account("a", 5)
        })
        .await?;
    library.close().await?;

    let library = Library::open(dir.path())?;
    let expected = [
        AccountRow {
            name: "Work".to_owned(),
            ..account("b", 1)
        },
        AccountRow {
            last_checked_ms: Some(9),
            ..account("c", 1)
        },
        AccountRow {
            session_only: true,
            ..account("a", 5)
        },
    ];
    assert_eq!(library.accounts().await?, expected);
    let columns: Vec<String> = Connection::open(library.root().join("library.db"))?
        .prepare("SELECT name FROM pragma_table_info('accounts')")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for word in ["key", "secret", "token", "fingerprint", "password"] {
        assert!(
            !columns.iter().any(|name| name.contains(word)),
            "{columns:?} has a {word}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn runs_outlive_their_account() -> TestResult {
    let dir = tempfile::tempdir()?;
    let library = Library::open(dir.path())?;
    library.put_account(account(ACCOUNT, 0)).await?;
    running(&library, "r").await?;
    for _ in 0..2 {
        library.delete_account(ACCOUNT).await?;
        assert_eq!(library.accounts().await?, [], "the account is gone");
    }
    let run = library.run("r").await?.ok_or("no run")?;
    assert_eq!(
        (run.account_id.as_str(), run.state),
        (ACCOUNT, RunState::Running)
    );
    for result in [
        library.rename_account(ACCOUNT, "x").await,
        library.mark_account_checked(ACCOUNT, 1).await,
    ] {
        assert!(
            matches!(
                result,
                Err(Error::NotFound {
                    what: "account",
                    ..
                })
            ),
            "{result:?}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn facts_about_a_run_are_noted_once_by_whoever_learns_them() -> TestResult {
    let dir = tempfile::tempdir()?;
    let (holder, other) = (Library::open(dir.path())?, Library::open(dir.path())?);
    let mut repeated = new_run("again");
    repeated.retry_of = Some("first".to_owned());
    holder.insert_run(repeated).await?;
    running(&holder, "r").await?;
    let (before, mut changes) = (holder.run("r").await?.ok_or("no run")?, other.changes());
    assert_eq!(
        (
            before.files_deleted_at_ms,
            before.stop_requested_at_ms,
            before.retry_of
        ),
        (None, None, None)
    );

    other.mark_stop_requested("r").await?;
    other.mark_files_deleted("r").await?;
    let noted = holder.run("r").await?.ok_or("no run")?;
    assert!(
        noted.stop_requested_at_ms.is_some() && noted.files_deleted_at_ms.is_some(),
        "{noted:?}"
    );
    // The first time stands, and only a change is told.
    Connection::open(holder.root().join("library.db"))?.execute(
        "UPDATE runs SET stop_requested_at_ms = 3, files_deleted_at_ms = 4",
        [],
    )?;
    holder.mark_stop_requested("r").await?;
    other.mark_files_deleted("r").await?;
    let later = holder.run("r").await?.ok_or("no run")?;
    assert_eq!(
        (later.stop_requested_at_ms, later.files_deleted_at_ms),
        (Some(3), Some(4))
    );
    assert_eq!(
        [changes.try_recv()?.run_id, changes.try_recv()?.run_id],
        ["r", "r"]
    );
    assert!(changes.try_recv().is_err(), "nothing new was told");
    assert_eq!(
        holder
            .run("again")
            .await?
            .and_then(|run| run.retry_of)
            .as_deref(),
        Some("first")
    );
    assert!(
        matches!(
            other.mark_stop_requested("none").await,
            Err(Error::NotFound { .. })
        ),
        "no such run"
    );
    Ok(())
}
