//! Damage: a library that cannot be read is set aside and built anew.

use std::path::Path;

use rusqlite::Connection;
use wiro_library::{
    Error, Library, LogStream, OutputFilter, OutputState, Rebuilt, RunFilter, RunRow, RunState,
};

use crate::forget::files_of;
use crate::support::{TOKEN, TestResult, land, new_run, outcome, running};

/// A run that ended with one output on the disk.
pub(crate) async fn finished(library: &Library, id: &str) -> TestResult {
    running(library, id).await?;
    library.note_status(id, "task_start", 5).await?;
    library
        .append_log(id, vec![(LogStream::Stdout, "a line ".repeat(50))])
        .await?;
    library.begin_collecting(id, outcome(id, 1)).await?;
    let published = land(library, &format!("{id}-0")).await?;
    library
        .publish_output(&format!("{id}-0"), published)
        .await?;
    library.finish(id, RunState::Succeeded).await?;
    library.release(id).await?;
    Ok(())
}

async fn run(library: &Library, id: &str) -> TestResult<RunRow> {
    Ok(library
        .run(id)
        .await?
        .ok_or_else(|| format!("no run {id}"))?)
}

/// Writes over the whole database: nothing of it can be read.
fn make_unreadable(root: &Path) -> TestResult {
    Ok(fs_err::write(
        root.join("library.db"),
        "this is a letter, not a database. ".repeat(100),
    )?)
}

/// Writes over pages of the database, from `first` on and each `step` after it, and leaves the trace of an unclean end.
pub(crate) fn damage_pages(root: &Path, first: usize, step: usize) -> TestResult {
    let path = root.join("library.db");
    let mut bytes = fs_err::read(&path)?;
    for page in bytes.chunks_mut(4096).skip(first).step_by(step) {
        page.fill(0xff);
    }
    fs_err::write(&path, bytes)?;
    fs_err::write(root.join("locks/killed.lock"), "")?;
    Ok(())
}

fn rebuild(root: &Path) -> TestResult<(Library, Rebuilt)> {
    let (library, rebuilt) = Library::open_or_rebuild(root)?;
    let rebuilt = rebuilt.ok_or("it was not found damaged")?;
    let aside = fs_err::metadata(rebuilt.damaged_dir.join("library.db"))?.len();
    assert!(aside > 0, "the damaged database is kept");
    for name in ["rebuilding", "rebuilding.db"] {
        assert!(!root.join(name).exists(), "{name} is left behind");
    }
    let problems: i64 = Connection::open(root.join("library.db"))?
        .query_row("SELECT (SELECT count(*) FROM pragma_foreign_key_check) + (SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok')", [], |row| row.get(0))?;
    assert_eq!(problems, 0, "the new database is sound");
    Ok((library, rebuilt))
}

/// Writes over the first page of a table or an index.
fn damage_root(root: &Path, name: &str) -> TestResult {
    let page: i64 = Connection::open(root.join("library.db"))?.query_row(
        "SELECT rootpage FROM sqlite_schema WHERE name = ?1",
        [name],
        |row| row.get(0),
    )?;
    damage_pages(root, usize::try_from(page)? - 1, usize::MAX)
}

#[tokio::test]
async fn f47_every_run_is_there_after_damage_whether_its_rows_can_be_read_or_not() -> TestResult {
    let mut sources = Vec::new();
    for (first, step) in [(3, 7), (1, 2), (5, 1)] {
        let dir = tempfile::tempdir()?;
        let library = Library::open(dir.path())?;
        for number in 0..60 {
            finished(&library, &format!("r{number}")).await?;
        }
        library.set_setting("greeting", "hello").await?;
        library.close().await?;
        damage_pages(dir.path(), first, step)?;
        assert!(
            matches!(Library::open(dir.path()), Err(Error::Corrupt { .. })),
            "{first}/{step}"
        );

        let (library, rebuilt) = rebuild(dir.path())?;
        assert!(
            rebuilt.runs_salvaged + rebuilt.runs_from_sidecars >= 60,
            "{rebuilt:?}"
        );
        sources.push((rebuilt.runs_salvaged > 0, rebuilt.runs_from_sidecars > 0));
        let page = library
            .runs(RunFilter {
                limit: 100,
                ..RunFilter::default()
            })
            .await?;
        assert_eq!(page.total, 60, "{rebuilt:?}");
        for row in page.runs {
            let id = row.id.as_str();
            assert_eq!(
                (row.state, row.cost_usd.as_deref()),
                (RunState::Succeeded, Some("0.0125")),
                "{id}"
            );
            assert_eq!(
                (row.task_id, row.text.as_deref()),
                (Some(format!("task-{id}")), Some("an answer")),
                "{id}"
            );
            assert_eq!(
                (row.answers_json, row.request_json),
                (new_run(id).answers_json, new_run(id).request_json),
                "{id}"
            );
            assert_eq!(
                (row.caption, row.output_dir),
                (new_run(id).caption, new_run(id).output_dir),
                "{id}"
            );
            assert_eq!(row.output_ids, [format!("{id}-0")], "{id}");
            assert_eq!(library.inputs(id).await?.len(), 1, "{id}");
        }
        assert_eq!(
            rebuilt.files_found, 0,
            "every file had its run: {rebuilt:?}"
        );
        finished(&library, "next").await?;
        library.close().await?;
        let (_, again) = Library::open_or_rebuild(dir.path())?;
        assert_eq!(again, None, "it is sound now");
    }
    assert!(
        sources.iter().any(|(rows, _)| *rows) && sources.iter().any(|(_, sidecars)| *sidecars),
        "both were needed: {sources:?}"
    );
    Ok(())
}

#[tokio::test]
async fn f47_with_nothing_but_sidecars_runs_go_on_where_they_were() -> TestResult {
    let dir = tempfile::tempdir()?;
    let library = Library::open(dir.path())?;
    finished(&library, "done").await?;
    running(&library, "going").await?;
    running(&library, "fetching").await?;
    library
        .begin_collecting("fetching", outcome("fetching", 2))
        .await?;
    land(&library, "fetching-1").await?;
    running(&library, "forgotten").await?;
    library.forget_run("forgotten").await?;
    library.insert_run(new_run("tokened")).await?;
    library.mark_sending("tokened").await?;
    library.accept_run("tokened", None, Some(TOKEN)).await?;
    library.insert_run(new_run("written")).await?;
    library.close().await?;
    for path in files_of(dir.path())?
        .iter()
        .filter(|path| path.starts_with("sidecars"))
    {
        let text = fs_err::read_to_string(dir.path().join(path))?;
        assert!(
            !text.contains(TOKEN) && !text.contains("secret=x"),
            "{}: {text}",
            path.display()
        );
    }
    make_unreadable(dir.path())?;

    let (library, rebuilt) = rebuild(dir.path())?;
    assert_eq!(
        (
            rebuilt.runs_salvaged,
            rebuilt.runs_from_sidecars,
            rebuilt.files_found
        ),
        (0, 4, 0),
        "{rebuilt:?}"
    );
    assert_eq!(run(&library, "done").await?.state, RunState::Succeeded);
    assert_eq!(library.timeline("done").await?[0].status, "task_start");
    // They are followed by their task id.
    for id in ["going", "fetching"] {
        let row = run(&library, id).await?;
        assert_eq!(
            (row.state, row.task_id, row.task_token),
            (RunState::Running, Some(format!("task-{id}")), None)
        );
    }
    assert_eq!(
        run(&library, "tokened").await?.state,
        RunState::Unconfirmed,
        "the token is not in a plain file"
    );
    assert_eq!(
        library.run("forgotten").await?,
        None,
        "what was forgotten stays so"
    );

    // The same outcome once more: the outputs keep their ids and take their addresses, what landed is found.
    assert!(library.try_lease("fetching").await?, "nobody holds it");
    let outputs = library
        .begin_collecting("fetching", outcome("fetching", 2))
        .await?;
    assert_eq!(
        outputs
            .iter()
            .map(|output| output.id.as_str())
            .collect::<Vec<_>>(),
        ["fetching-0", "fetching-1"]
    );
    assert!(
        outputs.iter().all(|output| output.url.starts_with("http")),
        "the addresses are known again"
    );
    assert!(
        library.landed_file("fetching-1").await?.is_some(),
        "it need not be fetched again"
    );
    Ok(())
}

#[tokio::test]
async fn f47_nothing_that_may_have_been_sent_is_sent_again_by_itself() -> TestResult {
    let dir = tempfile::tempdir()?;
    let library = Library::open(dir.path())?;
    for id in ["prepared", "sending", "waiting", "unsure"] {
        library.insert_run(new_run(id)).await?;
    }
    for id in ["sending", "waiting", "unsure"] {
        library.mark_sending(id).await?;
    }
    library.mark_waiting("waiting").await?;
    library.mark_unconfirmed("unsure", "no answer").await?;
    finished(&library, "done").await?;
    library.close().await?;
    damage_root(dir.path(), "log")?;

    let (library, rebuilt) = rebuild(dir.path())?;
    assert_eq!(
        rebuilt.runs_salvaged, 5,
        "only the log was damaged: {rebuilt:?}"
    );
    for id in ["prepared", "sending", "waiting", "unsure"] {
        let row = run(&library, id).await?;
        assert_eq!(row.state, RunState::Unconfirmed, "{id}");
        assert!(
            row.sent_at_ms.is_some() && row.reason.is_some(),
            "{id}: {row:?}"
        );
        assert!(library.try_lease(id).await?, "{id}");
        assert!(
            library.mark_sending(id).await.is_err(),
            "{id} was sent again"
        );
    }
    let done = run(&library, "done").await?;
    assert_eq!(
        (done.state, done.task_token.as_deref()),
        (RunState::Succeeded, Some(TOKEN))
    );
    Ok(())
}

#[tokio::test]
async fn f47_a_backup_fills_in_what_nothing_newer_tells() -> TestResult {
    let dir = tempfile::tempdir()?;
    Connection::open(dir.path().join("library.db"))?
        .execute_batch(include_str!("../fixtures/library-v1.sql"))?;
    let library = Library::open(dir.path())?;
    let file = library.output_path("1970-01/output-1.png")?;
    fs_err::create_dir_all(file.parent().ok_or("no month")?)?;
    fs_err::write(&file, "bytes")?;
    library.close().await?;
    for sidecar in fs_err::read_dir(dir.path().join("sidecars"))? {
        fs_err::remove_file(sidecar?.path())?;
    }
    make_unreadable(dir.path())?;
    fs_err::write(
        dir.path()
            .join("backups/library-v9-99990101T000000.000Z.db"),
        "not a backup",
    )?;

    let (library, rebuilt) = rebuild(dir.path())?;
    assert_eq!(
        (rebuilt.runs_salvaged, rebuilt.runs_from_sidecars),
        (1, 0),
        "{rebuilt:?}"
    );
    let row = run(&library, "run-1").await?;
    assert_eq!(
        (row.state, row.task_token.as_deref()),
        (RunState::Succeeded, Some("token-1"))
    );
    assert_eq!(row.output_ids, ["output-1"]);
    assert_eq!(library.log("run-1", 1).await?[0].text, "done");
    assert_eq!(library.setting("greeting").await?.as_deref(), Some("hello"));
    Ok(())
}

#[tokio::test]
async fn f47_files_without_a_run_are_found_and_rows_without_a_file_do_not_promise_one() -> TestResult
{
    let dir = tempfile::tempdir()?;
    let library = Library::open(dir.path())?;
    finished(&library, "lost").await?;
    finished(&library, "kept").await?;
    let output = library.output("kept-0").await?.ok_or("no output")?;
    let kept = library.output_path(output.file_name.as_deref().unwrap_or_default())?;
    library.close().await?;
    fs_err::remove_file(dir.path().join("sidecars/lost.json"))?;
    fs_err::remove_file(kept)?;
    make_unreadable(dir.path())?;

    let (library, rebuilt) = rebuild(dir.path())?;
    assert_eq!(
        (rebuilt.runs_from_sidecars, rebuilt.files_found),
        (1, 1),
        "{rebuilt:?}"
    );
    let gone = library.output("kept-0").await?.ok_or("no output")?;
    assert_eq!((gone.state, gone.file_name), (OutputState::Failed, None));
    library.try_lease("kept").await?;
    library.retry_output("kept-0").await?;
    let published = library
        .outputs(OutputFilter {
            published_only: true,
            limit: 9,
            ..OutputFilter::default()
        })
        .await?;
    assert_eq!(published.total, 1, "the file is shown");
    let found = &published.outputs[0];
    assert_eq!(
        (
            found.id.as_str(),
            found.bytes,
            found.content_type.as_deref()
        ),
        ("lost-0", Some(5), Some("image/png"))
    );
    let row = run(&library, &found.run_id).await?;
    assert_eq!(
        (row.state, row.title.as_str()),
        (RunState::Failed, "Found files")
    );
    library.forget_run(&row.id).await?;
    Ok(())
}

#[tokio::test]
async fn f47_what_is_newer_or_open_elsewhere_is_not_touched() -> TestResult {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("library.db");
    Connection::open(&path)?.execute_batch("CREATE TABLE future (x); PRAGMA user_version = 99")?;
    let before = fs_err::read(&path)?;
    let newer = Library::open_or_rebuild(dir.path());
    assert!(
        matches!(newer, Err(Error::Newer { found: 99, .. })),
        "{newer:?}"
    );
    assert_eq!(fs_err::read(&path)?, before, "it is as it was");
    assert!(
        !dir.path().join("damaged").exists(),
        "nothing was set aside"
    );

    let dir = tempfile::tempdir()?;
    let library = Library::open(dir.path())?;
    finished(&library, "r").await?;
    library.close().await?;
    make_unreadable(dir.path())?;
    let alive = fs_err::File::create(dir.path().join("locks/alive.lock"))?;
    alive.file().lock()?;
    let in_use = Library::open_or_rebuild(dir.path());
    assert!(matches!(in_use, Err(Error::InUse)), "{in_use:?}");
    drop(alive);
    assert!(
        !dir.path().join("damaged").exists(),
        "nothing was set aside"
    );
    Ok(())
}

#[tokio::test]
async fn f47_damage_met_while_running_is_looked_for_at_the_next_start() -> TestResult {
    let dir = tempfile::tempdir()?;
    let library = Library::open(dir.path())?;
    for number in 0..60 {
        finished(&library, &format!("r{number}")).await?;
    }
    library.close().await?;
    damage_root(dir.path(), "runs_by_time")?;
    fs_err::remove_file(dir.path().join("locks/killed.lock"))?;
    // A clean end is believed, until somebody reads.
    let library = Library::open(dir.path())?;
    let read = library
        .runs(RunFilter {
            limit: 100,
            ..RunFilter::default()
        })
        .await;
    assert!(matches!(read, Err(Error::Corrupt { .. })), "{read:?}");
    library.close().await?;
    let (library, _) = rebuild(dir.path())?;
    assert_eq!(
        library
            .runs(RunFilter {
                limit: 1,
                ..RunFilter::default()
            })
            .await?
            .total,
        60
    );
    Ok(())
}
