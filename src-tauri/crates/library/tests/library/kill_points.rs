//! A process that is killed within a step: what the next start finds is the state before it, or after it.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use wiro_library::{Error, Library, OutputState, RunFilter, RunState};

use crate::damage::{damage_pages, finished};
use crate::forget::{files_of, run_with_files};
use crate::support::{ACCOUNT, TestResult, as_child, child, land, outcome, running};

/// Lets a call begin without waiting for its end.
async fn begin<F: Future>(call: F) {
    let mut call = std::pin::pin!(call);
    std::future::poll_fn(|context| {
        let _ = call.as_mut().poll(context);
        std::task::Poll::Ready(())
    })
    .await;
}

/// Plays `part` in another process, which ends by a kill.
fn die(test: &str, root: &Path, part: &str) -> TestResult {
    let output = child(test, root, part)?.output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        output.status.code(),
        None,
        "{part}: ended by itself: {said}"
    );
    Ok(())
}

#[tokio::test]
async fn a_run_is_forgotten_as_a_whole_or_not_at_all() -> TestResult {
    let test = "kill_points::a_run_is_forgotten_as_a_whole_or_not_at_all";
    if let Some((root, point)) = as_child() {
        let library = Library::open(&root)?;
        run_with_files(&library, "r").await?;
        let mut changes = library.changes();
        let blocker = Connection::open(root.join("library.db"))?;
        if point == "before the rows" {
            // Nobody else can write: it does not get to its end.
            blocker.execute_batch("BEGIN IMMEDIATE")?;
        }
        let forget = library.forget_run("r");
        if point == "after the files" {
            forget.await?;
        } else {
            // Not looked at again: the rows go, the files would go after that.
            begin(forget).await;
        }
        if point == "after the rows" {
            changes.recv().await?;
        }
        std::process::abort();
    }
    for (point, is_whole) in [
        ("before the rows", true),
        ("after the rows", false),
        ("after the files", false),
    ] {
        let dir = tempfile::tempdir()?;
        die(test, dir.path(), point)?;
        let left = files_of(dir.path())?;
        let outputs = left
            .iter()
            .filter(|path| path.starts_with("outputs"))
            .count();
        assert_eq!(
            outputs,
            if point == "after the files" { 0 } else { 2 },
            "{point}: {left:?}"
        );
        let library = Library::open(dir.path())?;
        assert_eq!(library.run("r").await?.is_some(), is_whole, "{point}");
        assert!(
            library.known_task_ids(ACCOUNT).await?.contains("task-r"),
            "{point}"
        );
        assert_eq!(
            library.landed_file("r-1").await?.is_some(),
            is_whole,
            "{point}"
        );
        library.close().await?;
        let left = files_of(dir.path())?;
        let count = left
            .iter()
            .filter(|path| !path.starts_with("sidecars"))
            .count();
        assert_eq!(count, if is_whole { 6 } else { 0 }, "{point}: {left:?}");
        assert_eq!(
            left.len() - count,
            usize::from(is_whole),
            "{point}: {left:?}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_file_has_its_name_once_wherever_publishing_was_cut_off() -> TestResult {
    let test = "kill_points::a_file_has_its_name_once_wherever_publishing_was_cut_off";
    if let Some((root, point)) = as_child() {
        let library = Library::open(&root)?;
        running(&library, "r").await?;
        library.begin_collecting("r", outcome("r", 1)).await?;
        if point == "two names" {
            // Between its new name and the end of the old one.
            let published = land(&library, "r-0").await?;
            let partial = library.fresh_partial("r-0").await?;
            fs_err::hard_link(library.output_path(&published.file_name)?, partial)?;
        } else if point == "one name" {
            land(&library, "r-0").await?;
        } else {
            fs_err::write(library.fresh_partial("r-0").await?, "byt")?;
        }
        std::process::abort();
    }
    for (point, landed) in [("no name", false), ("two names", true), ("one name", true)] {
        let dir = tempfile::tempdir()?;
        die(test, dir.path(), point)?;
        let library = Library::open(dir.path())?;
        library.sweep_partials().await?;
        assert_eq!(
            library.landed_file("r-0").await?.is_some(),
            landed,
            "{point}"
        );
        assert!(library.try_lease("r").await?, "{point}");
        let published = land(&library, "r-0").await?;
        library.publish_output("r-0", published).await?;
        library.finish("r", RunState::Succeeded).await?;
        let output = library.output("r-0").await?.ok_or("no output")?;
        assert_eq!(output.state, OutputState::Published, "{point}");
        let files: Vec<PathBuf> = files_of(dir.path())?
            .into_iter()
            .filter(|path| !path.starts_with("sidecars"))
            .collect();
        assert_eq!(files.len(), 1, "{point}: {files:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_migration_is_made_as_a_whole_or_not_at_all() -> TestResult {
    let test = "kill_points::a_migration_is_made_as_a_whole_or_not_at_all";
    if let Some((root, point)) = as_child() {
        let before = || Connection::open(root.join("library.db"));
        if point == "before" {
            // The step is taken in one transaction, which does not get to its end.
            let conn = before()?;
            conn.execute_batch("BEGIN IMMEDIATE; ALTER TABLE runs ADD COLUMN retry_of TEXT")?;
            conn.pragma_update(None, "user_version", 2)?;
            std::process::abort();
        }
        let _library = Library::open(&root)?;
        std::process::abort();
    }
    for point in ["before", "after"] {
        let dir = tempfile::tempdir()?;
        let conn = Connection::open(dir.path().join("library.db"))?;
        conn.execute_batch(include_str!("../fixtures/library-v1.sql"))?;
        conn.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
        drop(conn);
        die(test, dir.path(), point)?;
        let library = Library::open(dir.path())?;
        let run = library.run("run-1").await?.ok_or("no run")?;
        assert_eq!(
            (run.state, run.retry_of),
            (RunState::Succeeded, None),
            "{point}"
        );
        assert_eq!(library.log("run-1", 1).await?[0].text, "done", "{point}");
        assert!(library.accounts().await?.is_empty(), "{point}");
        assert_eq!(
            fs_err::read_dir(dir.path().join("backups"))?.count(),
            1,
            "{point}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_sidecar_follows_its_run_and_a_crash_leaves_it_a_step_behind_at_most_until_the_next_start()
-> TestResult {
    let test = "kill_points::a_sidecar_follows_its_run_and_a_crash_leaves_it_a_step_behind_at_most_until_the_next_start";
    if let Some((root, part)) = as_child() {
        let library = Library::open(&root)?;
        running(&library, "r").await?;
        if part == "written" {
            let sidecar = root.join("sidecars/r.json");
            let until = Instant::now() + Duration::from_secs(30);
            while !sidecar.exists() && Instant::now() < until {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
        library
            .settle("r", RunState::Failed, None, Some("broken"))
            .await?;
        std::process::abort();
    }
    for part in ["at once", "written"] {
        let dir = tempfile::tempdir()?;
        let output = child(test, dir.path(), part)?.output()?;
        assert_eq!(
            output.status.code(),
            None,
            "{part}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        let sidecar = dir.path().join("sidecars/r.json");
        let said = |sidecar: &Path| fs_err::read_to_string(sidecar).unwrap_or_default();
        assert_eq!(
            said(&sidecar).contains("\"running\""),
            part == "written",
            "{part}: {}",
            said(&sidecar)
        );
        let library = Library::open(dir.path())?;
        let until = Instant::now() + Duration::from_secs(30);
        while !said(&sidecar).contains("\"failed\"") {
            assert!(Instant::now() < until, "{part}: {}", said(&sidecar));
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(library.known_task_ids(ACCOUNT).await?.len(), 1, "{part}");
        library.forget_run("r").await?;
        library.close().await?;
        assert_eq!(files_of(dir.path())?, Vec::<PathBuf>::new(), "{part}");
    }
    Ok(())
}

/// Waits for a file to be there; false when the child ended first.
fn saw(path: &Path, child: &mut std::process::Child) -> TestResult<bool> {
    let until = Instant::now() + Duration::from_mins(1);
    while Instant::now() < until {
        if path.exists() {
            return Ok(true);
        }
        if child.try_wait()?.is_some() {
            return Ok(false);
        }
        std::thread::yield_now();
    }
    Err(format!("{} was never there", path.display()).into())
}

#[tokio::test]
async fn f47_a_rebuild_cut_off_at_any_moment_begins_again() -> TestResult {
    let test = "kill_points::f47_a_rebuild_cut_off_at_any_moment_begins_again";
    if let Some((root, _)) = as_child() {
        drop(Library::open_or_rebuild(&root)?);
        std::process::abort();
    }
    for point in ["rebuilding", "damaged", "rebuilding.db", "never"] {
        let dir = tempfile::tempdir()?;
        let library = Library::open(dir.path())?;
        for number in 0..20 {
            finished(&library, &format!("r{number}")).await?;
        }
        library.close().await?;
        damage_pages(dir.path(), 4, 3)?;
        let mut process = child(test, dir.path(), "")?.spawn()?;
        let seen = saw(&dir.path().join(point), &mut process)?;
        assert!(seen || point == "never", "{point} was never there");
        process.kill()?;
        process.wait()?;

        let was_done = point == "never";
        let unfinished = dir.path().join("rebuilding").exists();
        assert!(
            !(was_done && unfinished),
            "{point}: it said that it was done"
        );
        if unfinished {
            let opened = Library::open(dir.path());
            assert!(
                matches!(opened, Err(Error::Corrupt { .. })),
                "{point}: {opened:?}"
            );
        }
        let (library, _) = Library::open_or_rebuild(dir.path())?;
        let page = library
            .runs(RunFilter {
                limit: 100,
                ..RunFilter::default()
            })
            .await?;
        assert_eq!(page.total, 20, "{point}");
        assert!(
            page.runs
                .iter()
                .all(|row| row.state == RunState::Succeeded && row.output_ids.len() == 1),
            "{point}"
        );
        let aside: Vec<PathBuf> = fs_err::read_dir(dir.path().join("damaged"))?
            .map(|entry| Ok(entry?.path()))
            .collect::<TestResult<_>>()?;
        assert!(
            aside.iter().any(|dir| dir.join("library.db").exists()),
            "{point}: {aside:?}"
        );
    }
    Ok(())
}
