use std::collections::BTreeSet;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use rusqlite::Connection;
use wiro_library::{Error, Library, LogStream, OutputFilter, RunState};

use crate::support::{TestResult, new_run, running};

/// Libraries as earlier versions wrote them.
const FIRST_SCHEMA: &str = include_str!("../fixtures/library-v1.sql");
const SECOND_SCHEMA: &str = include_str!("../fixtures/library-v2.sql");

/// Opens a library made of `sql` and looks at what every version has.
async fn open_and_look(root: &Path, sql: &str) -> TestResult<Library> {
    Connection::open(root.join("library.db"))?.execute_batch(sql)?;
    let library = Library::open(root)?;
    let run = library.run("run-1").await?.ok_or("no run")?;
    assert_eq!(
        (run.state, run.model.as_str()),
        (RunState::Succeeded, "sandbox/upscale")
    );
    assert_eq!(
        (run.cost_usd.as_deref(), run.output_ids),
        (Some("0.02"), vec!["output-1".to_owned()])
    );
    assert_eq!(
        library.inputs("run-1").await?[0].source_path,
        Path::new("/pictures/cat.png")
    );
    assert_eq!(
        library
            .outputs(OutputFilter {
                limit: 9,
                ..OutputFilter::default()
            })
            .await?
            .total,
        1
    );
    assert_eq!(library.timeline("run-1").await?.len(), 2);
    assert_eq!(library.log("run-1", 9).await?[0].text, "done");
    assert_eq!(library.setting("greeting").await?.as_deref(), Some("hello"));
    Ok(library)
}

#[tokio::test]
async fn a_library_of_the_first_schema_opens_with_all_its_rows() -> TestResult {
    let dir = tempfile::tempdir()?;
    let library = open_and_look(dir.path(), FIRST_SCHEMA).await?;
    let run = library.run("run-1").await?.ok_or("no run")?;
    assert_eq!(
        (
            run.files_deleted_at_ms,
            run.stop_requested_at_ms,
            run.retry_of
        ),
        (None, None, None)
    );
    assert_eq!(
        library.accounts().await?,
        [],
        "the first version kept no accounts"
    );
    assert_eq!(
        library.known_task_ids("account-1").await?,
        ["task-1".to_owned()].into()
    );
    let backups = fs_err::read_dir(library.root().join("backups"))?.count();
    assert_eq!(backups, 1, "what it was is kept");
    Ok(())
}

#[tokio::test]
async fn a_library_of_the_second_schema_opens_with_all_its_rows() -> TestResult {
    let dir = tempfile::tempdir()?;
    let library = open_and_look(dir.path(), SECOND_SCHEMA).await?;
    let run = library.run("run-2").await?.ok_or("no run")?;
    assert_eq!(
        (
            run.files_deleted_at_ms,
            run.stop_requested_at_ms,
            run.retry_of.as_deref()
        ),
        (Some(2005), Some(2004), Some("run-1"))
    );
    let accounts = library.accounts().await?;
    assert_eq!(accounts.len(), 1, "{accounts:?}");
    assert_eq!(
        (
            accounts[0].name.as_str(),
            accounts[0].signs,
            accounts[0].last_checked_ms
        ),
        ("Work", true, Some(950))
    );
    let known: BTreeSet<_> = library
        .known_task_ids("account-1")
        .await?
        .into_iter()
        .collect();
    assert_eq!(Vec::from_iter(known), ["task-0", "task-1", "task-2"]);
    Ok(())
}

#[tokio::test]
async fn a_newer_library_is_refused_and_not_touched() -> TestResult {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("library.db");
    Connection::open(&path)?.execute_batch("CREATE TABLE future (x); PRAGMA user_version = 99")?;
    let before = fs_err::read(&path)?;
    let error = Library::open(dir.path()).err().ok_or("it opened")?;
    assert!(
        matches!(
            error,
            Error::Newer {
                found: 99,
                known: 3
            }
        ),
        "{error}"
    );
    assert_eq!(fs_err::read(&path)?, before);
    Ok(())
}

#[tokio::test]
async fn a_library_that_became_newer_while_open_is_not_written_any_more() -> TestResult {
    let dir = tempfile::tempdir()?;
    let library = Library::open(dir.path())?;
    Connection::open(library.root().join("library.db"))?.pragma_update(None, "user_version", 4)?;
    let result = library.insert_run(new_run("r")).await;
    assert!(
        matches!(result, Err(Error::Newer { found: 4, known: 3 })),
        "{result:?}"
    );
    Ok(())
}

#[test]
fn what_is_no_database_is_damage() -> TestResult {
    let dir = tempfile::tempdir()?;
    fs_err::write(
        dir.path().join("library.db"),
        "this is a letter, not a database. ".repeat(100),
    )?;
    let error = Library::open(dir.path()).err().ok_or("it opened")?;
    assert!(matches!(error, Error::Corrupt { .. }), "{error}");
    Ok(())
}

/// Overwrites the first page of the log.
fn damage_log(path: &Path) -> TestResult {
    let page: u64 = {
        let conn = Connection::open(path)?;
        let page: i64 = conn.query_row(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'log'",
            [],
            |row| row.get(0),
        )?;
        page.try_into()?
    };
    let mut file = fs_err::OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)?;
    let mut size = [0; 2];
    file.seek(SeekFrom::Start(16))?;
    file.read_exact(&mut size)?;
    file.seek(SeekFrom::Start(
        (page - 1) * u64::from(u16::from_be_bytes(size)),
    ))?;
    file.write_all(&[0xff; 64])?;
    Ok(())
}

#[tokio::test]
async fn damage_is_looked_for_after_an_unclean_end_until_it_is_mended() -> TestResult {
    let dir = tempfile::tempdir()?;
    let library = Library::open(dir.path())?;
    running(&library, "r").await?;
    library
        .append_log("r", vec![(LogStream::Stdout, "a line".to_owned())])
        .await?;
    library.close().await?;
    damage_log(&library.root().join("library.db"))?;
    // A clean end is believed.
    drop(Library::open(dir.path())?);
    // What a process leaves that was killed.
    let left = library.root().join("locks/killed.lock");
    fs_err::write(&left, "")?;
    for _ in 0..2 {
        let error = Library::open(dir.path()).err().ok_or("it opened")?;
        assert!(matches!(error, Error::Corrupt { .. }), "{error}");
        assert!(left.exists());
    }
    Ok(())
}

#[tokio::test]
async fn after_an_unclean_end_a_sound_library_opens_and_the_traces_are_gone() -> TestResult {
    let dir = tempfile::tempdir()?;
    let library = Library::open(dir.path())?;
    let left = library.root().join("locks/killed.lock");
    fs_err::write(&left, "")?;
    let second = Library::open(dir.path())?;
    assert!(!left.exists());
    // The living one's lock is no trace.
    assert!(
        library
            .root()
            .join(format!("locks/{}.lock", library.owner()))
            .exists()
    );
    second.close().await?;
    running(&library, "r").await?;
    Ok(())
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_cannot_be_made_is_read_only() -> TestResult {
    // The kernel's own file system takes no folders, from anybody.
    let error = Library::open(Path::new("/sys/kernel/library"))
        .err()
        .ok_or("it opened")?;
    assert!(matches!(error, Error::ReadOnly { .. }), "{error:?}");
    assert!(
        std::error::Error::source(&error)
            .is_some_and(|source| source.to_string().contains("/sys/kernel/library"))
    );
    Ok(())
}

#[tokio::test]
async fn a_database_that_cannot_be_written_is_read_only() -> TestResult {
    let dir = tempfile::tempdir()?;
    Library::open(dir.path())?.close().await?;
    // SQLite reads, but never writes, a file whose write version it does not know; this holds for root as well.
    let mut file = fs_err::OpenOptions::new()
        .write(true)
        .open(dir.path().join("library.db"))?;
    file.seek(SeekFrom::Start(18))?;
    file.write_all(&[3])?;
    drop(file);
    let library = Library::open(dir.path())?;
    let result = library.insert_run(new_run("r")).await;
    assert!(matches!(result, Err(Error::ReadOnly { .. })), "{result:?}");
    assert_eq!(library.run("r").await?, None);
    Ok(())
}

#[tokio::test]
async fn a_library_locked_for_a_while_is_waited_for() -> TestResult {
    let dir = tempfile::tempdir()?;
    let library = Library::open(dir.path())?;
    let conn = Connection::open(library.root().join("library.db"))?;
    conn.execute_batch("BEGIN IMMEDIATE")?;
    let mut insert = Box::pin(library.insert_run(new_run("r")));
    // It is under way and cannot get through.
    assert!(poll_once(insert.as_mut()).await.is_none());
    assert_eq!(library.run("r").await?, None);
    conn.execute_batch("COMMIT")?;
    insert.await?;
    assert!(library.run("r").await?.is_some());
    Ok(())
}

/// Polls once; none when it is not ready.
async fn poll_once<F: Future + Unpin>(mut future: F) -> Option<F::Output> {
    std::future::poll_fn(
        |context| match std::pin::Pin::new(&mut future).poll(context) {
            std::task::Poll::Ready(value) => std::task::Poll::Ready(Some(value)),
            std::task::Poll::Pending => std::task::Poll::Ready(None),
        },
    )
    .await
}

#[cfg(unix)]
#[tokio::test]
async fn the_folder_and_the_database_are_for_this_person_only() -> TestResult {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir()?;
    let library = Library::open(&dir.path().join("new/library"))?;
    running(&library, "r").await?;
    for (path, expected) in [
        ("", 0o700),
        ("outputs", 0o700),
        ("library.db", 0o600),
        ("library.db-wal", 0o600),
    ] {
        let mode = fs_err::metadata(library.root().join(path))?
            .permissions()
            .mode()
            & 0o777;
        assert_eq!(mode, expected, "{path}: {mode:o}");
    }
    Ok(())
}
