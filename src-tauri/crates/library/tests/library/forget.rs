use std::path::{Path, PathBuf};

use rusqlite::Connection;
use wiro_library::{Error, Inserted, Library, OutputState, RunFilter, RunState};

use crate::support::{ACCOUNT, TestResult, land, new_run, outcome, running};

/// Every file of the library but the database and the locks, by its path below the root.
pub(crate) fn files_of(root: &Path) -> TestResult<Vec<PathBuf>> {
    let mut found = Vec::new();
    for folder in [
        "inputs",
        "outputs",
        "partial",
        "thumbnails",
        "sidecars",
        "voice",
    ] {
        let mut dirs = vec![root.join(folder)];
        while let Some(dir) = dirs.pop() {
            for entry in fs_err::read_dir(dir)? {
                let path = entry?.path();
                if path.is_dir() {
                    dirs.push(path);
                } else {
                    found.push(path.strip_prefix(root)?.to_owned());
                }
            }
        }
    }
    found.sort();
    Ok(found)
}

/// A run with every kind of file: a copy, thumbnails, an output that is published, one that landed without being noted, one
/// that is half fetched.
pub(crate) async fn run_with_files(library: &Library, id: &str) -> TestResult {
    fs_err::write(library.input_path(&format!("input-{id}.png"))?, "meow")?;
    running(library, id).await?;
    library.begin_collecting(id, outcome(id, 3)).await?;
    let published = land(library, &format!("{id}-0")).await?;
    library
        .publish_output(&format!("{id}-0"), published)
        .await?;
    land(library, &format!("{id}-1")).await?;
    fs_err::write(library.partial_path(&format!("{id}-2")), "half")?;
    for thumbnail in [format!("{id}-0"), format!("input-{id}")] {
        fs_err::write(library.thumbnail_path(&thumbnail), "small")?;
    }
    Ok(())
}

#[tokio::test]
async fn a_forgotten_run_leaves_neither_rows_nor_files_and_its_task_stays_known() -> TestResult {
    let dir = tempfile::tempdir()?;
    let library = Library::open(dir.path())?;
    run_with_files(&library, "kept").await?;
    library.close().await?;
    let library = Library::open(dir.path())?;
    let before = files_of(library.root())?;
    run_with_files(&library, "r").await?;
    let mut changes = library.changes();

    let forgotten = library.forget_run("r").await?;
    assert!((6..=7).contains(&forgotten.removed), "{forgotten:?}");
    assert_eq!(forgotten.left, 0, "{forgotten:?}");
    assert!(forgotten.bytes >= 4 + 5 + 5 + 4 + 5 + 5, "{forgotten:?}");
    assert_eq!(changes.recv().await?.run_id, "r");
    assert_eq!(library.run("r").await?, None);
    assert!(
        library.inputs("r").await?.is_empty(),
        "its inputs are rows no more"
    );
    assert_eq!(library.output("r-0").await?, None);
    assert!(library.log("r", 1).await?.is_empty(), "its log is gone");
    assert_eq!(library.lease_owner("r").await?, None);
    let known = library.known_task_ids(ACCOUNT).await?;
    assert!(
        known.contains("task-r") && known.contains("task-kept"),
        "{known:?}"
    );
    library.close().await?;
    assert_eq!(
        files_of(dir.path())?,
        before,
        "only the other run's files are left"
    );
    assert!(matches!(
        Library::open(dir.path())?.forget_run("r").await,
        Err(Error::NotFound { what: "run", .. })
    ));
    Ok(())
}

#[tokio::test]
async fn a_copy_that_a_retry_has_too_stays_until_the_last_is_forgotten() -> TestResult {
    let dir = tempfile::tempdir()?;
    let library = Library::open(dir.path())?;
    let copy = library.input_path("input-first.png")?;
    fs_err::write(&copy, "meow")?;
    running(&library, "first").await?;
    let mut retry = new_run("second");
    retry.retry_of = Some("first".to_owned());
    retry.inputs[0].stored_name = Some("input-first.png".to_owned());
    assert_eq!(library.insert_run(retry).await?, Inserted::New);

    library.forget_run("first").await?;
    assert!(copy.exists(), "the retry needs it");
    assert_eq!(
        library
            .run("second")
            .await?
            .and_then(|run| run.retry_of)
            .as_deref(),
        Some("first"),
        "what was repeated is told although it is forgotten"
    );
    library.forget_run("second").await?;
    assert!(!copy.exists(), "nobody needs it");
    Ok(())
}

#[tokio::test]
async fn a_run_is_forgotten_in_every_state_but_not_under_somebody_elses_hands() -> TestResult {
    let dir = tempfile::tempdir()?;
    let (one, two) = (Library::open(dir.path())?, Library::open(dir.path())?);
    let conn = Connection::open(one.root().join("library.db"))?;
    for state in RunState::ALL {
        let id = format!("run-{state}");
        one.insert_run(new_run(&id)).await?;
        conn.execute(
            "UPDATE runs SET state = ?2 WHERE id = ?1",
            [&id, state.as_str()],
        )?;
        let refused = two.forget_run(&id).await;
        assert!(
            matches!(refused, Err(Error::LeaseLost { .. })),
            "{state}: {refused:?}"
        );
        assert!(
            one.run(&id).await?.is_some(),
            "{state}: nothing of it is gone"
        );
        if *state == RunState::Waiting {
            // Nobody has it: everybody may.
            one.release(&id).await?;
            two.forget_run(&id).await?;
        } else {
            one.forget_run(&id).await?;
        }
        assert_eq!(one.run(&id).await?, None, "{state}");
    }
    let all = RunFilter {
        limit: 1,
        ..RunFilter::default()
    };
    assert_eq!(one.runs(all).await?.total, 0);
    one.forget_task(ACCOUNT, "late").await?;
    assert_eq!(
        two.known_task_ids(ACCOUNT).await?,
        ["late".to_owned()].into()
    );
    assert!(
        two.known_task_ids("another").await?.is_empty(),
        "it is this account's task"
    );
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_removed_now_goes_at_a_later_start() -> TestResult {
    let dir = tempfile::tempdir()?;
    let library = Library::open(dir.path())?;
    run_with_files(&library, "r").await?;
    // A folder in place of the file is something that `remove_file` refuses, for root as well.
    let stubborn = library.thumbnail_path("r-0");
    fs_err::remove_file(&stubborn)?;
    fs_err::create_dir(&stubborn)?;
    let forgotten = library.forget_run("r").await?;
    assert_eq!(forgotten.left, 1, "{forgotten:?}");
    library.close().await?;

    fs_err::remove_dir(&stubborn)?;
    fs_err::write(&stubborn, "small")?;
    Library::open(dir.path())?.close().await?;
    assert_eq!(files_of(dir.path())?, Vec::<PathBuf>::new());
    let left: i64 = Connection::open(dir.path().join("library.db"))?.query_row(
        "SELECT count(*) FROM unwanted_files",
        [],
        |row| row.get(0),
    )?;
    assert_eq!(left, 0, "nothing is left to do");
    Ok(())
}

#[tokio::test]
async fn names_in_the_list_of_unwanted_files_lead_nowhere_else() -> TestResult {
    let dir = tempfile::tempdir()?;
    let library = Library::open(&dir.path().join("library"))?;
    let outside = dir.path().join("letter.png");
    fs_err::write(&outside, "dear")?;
    let conn = Connection::open(library.root().join("library.db"))?;
    for kind in [
        "run",
        "input",
        "copy",
        "output",
        "published",
        "landed",
        "unheard of",
    ] {
        for name in [
            "../letter.png",
            "../../letter",
            "../../letter.png",
            "2026-08/../../../letter.png",
        ] {
            conn.execute("INSERT INTO unwanted_files VALUES (?1, ?2)", [kind, name])?;
        }
    }
    drop(conn);
    library.close().await?;
    drop(Library::open(&dir.path().join("library"))?);
    assert!(
        outside.exists() && dir.path().join("library/library.db").exists(),
        "only our own files go"
    );
    Ok(())
}

#[tokio::test]
async fn an_output_that_failed_is_fetched_again_and_the_run_stays_what_it_is() -> TestResult {
    let dir = tempfile::tempdir()?;
    let library = Library::open(dir.path())?;
    running(&library, "r").await?;
    library.begin_collecting("r", outcome("r", 2)).await?;
    library
        .fail_output("r-0", "output.unavailable", "gone")
        .await?;
    let early = library.retry_output("r-0").await;
    assert!(matches!(early, Err(Error::NotFinal { .. })), "{early:?}");
    library
        .fail_output("r-1", "output.unavailable", "gone")
        .await?;
    library.finish("r", RunState::Succeeded).await?;
    let finished = library.run("r").await?.ok_or("no run")?;

    for _ in 0..2 {
        library.retry_output("r-0").await?;
    }
    let output = library.output("r-0").await?.ok_or("no output")?;
    assert_eq!(
        (output.state, output.error_code, output.reason),
        (OutputState::Pending, None, None)
    );
    let retried = library.retried_outputs().await?;
    assert_eq!(
        retried
            .iter()
            .map(|output| output.id.as_str())
            .collect::<Vec<_>>(),
        ["r-0"]
    );
    assert!(
        library.unfinished().await?.is_empty(),
        "the run is over all the same"
    );
    // Half a file of it is not swept: it is waited for.
    fs_err::write(library.partial_path("r-0"), "half")?;
    assert_eq!(library.sweep_partials().await?, 0);

    let published = land(&library, "r-0").await?;
    library.publish_output("r-0", published).await?;
    library.retry_output("r-1").await?;
    library
        .fail_output("r-1", "output.unavailable", "still gone")
        .await?;
    let after = library.run("r").await?.ok_or("no run")?;
    assert_eq!(
        (after.state, after.finished_at_ms),
        (RunState::Succeeded, finished.finished_at_ms)
    );
    assert_eq!(after.output_ids, ["r-0"]);
    assert!(
        library.retried_outputs().await?.is_empty(),
        "nothing is waited for"
    );
    let there = library.retry_output("r-0").await;
    assert!(
        matches!(there, Err(Error::OutputPublished { .. })),
        "{there:?}"
    );
    library.release("r").await?;
    let not_held = library.retry_output("r-1").await;
    assert!(
        matches!(not_held, Err(Error::LeaseLost { .. })),
        "{not_held:?}"
    );
    Ok(())
}
