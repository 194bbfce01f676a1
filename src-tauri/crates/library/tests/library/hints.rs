use std::time::Duration;

use rusqlite::Connection;
use wiro_library::{Change, Library, LogStream, RunState};

use crate::support::{TestResult, running};

/// How many transactions changed something to show.
fn revision(library: &Library) -> TestResult<i64> {
    let conn = Connection::open(library.root().join("library.db"))?;
    Ok(conn.query_row("SELECT value FROM revision", [], |row| row.get(0))?)
}

fn stdout(text: &str) -> (LogStream, String) {
    (LogStream::Stdout, text.to_owned())
}

#[tokio::test]
async fn hints_are_written_by_themselves_after_a_moment() -> TestResult {
    let dir = tempfile::tempdir()?;
    let library = Library::open(dir.path())?;
    running(&library, "r").await?;
    let mut changes = library.changes();
    library.note_status("r", "task_queue", 7).await?;
    let change = tokio::time::timeout(Duration::from_secs(10), changes.recv()).await??;
    assert_eq!(
        change,
        Change {
            run_id: "r".to_owned(),
            outputs: false
        }
    );
    assert_eq!(
        library.run("r").await?.ok_or("no run")?.status.as_deref(),
        Some("task_queue")
    );
    Ok(())
}

#[tokio::test]
async fn many_hints_are_few_transactions() -> TestResult {
    let dir = tempfile::tempdir()?;
    let library = Library::open(dir.path())?;
    running(&library, "r").await?;
    let before = revision(&library)?;
    for at in 0..500 {
        library
            .note_status("r", &format!("status-{}", at % 5), at)
            .await?;
        library
            .append_log("r", vec![stdout(&at.to_string())])
            .await?;
        library
            .note_progress("r", &format!(r#"{{"step":{at}}}"#))
            .await?;
    }
    library.flush().await?;
    let written = revision(&library)? - before;
    assert!(
        (1..=50).contains(&written),
        "1500 hints took {written} transactions"
    );

    let timeline = library.timeline("r").await?;
    let seen: Vec<_> = timeline
        .iter()
        .map(|row| (row.status.as_str(), row.at_ms))
        .collect();
    assert_eq!(
        seen,
        [
            ("status-0", 0),
            ("status-1", 1),
            ("status-2", 2),
            ("status-3", 3),
            ("status-4", 4)
        ]
    );
    let run = library.run("r").await?.ok_or("no run")?;
    assert_eq!(
        (run.status.as_deref(), run.progress_json.as_deref()),
        (Some("status-4"), Some(r#"{"step":499}"#))
    );
    let log: Vec<_> = library
        .log("r", 3)
        .await?
        .into_iter()
        .map(|row| row.text)
        .collect();
    assert_eq!(log, ["497", "498", "499"]);
    Ok(())
}

#[tokio::test]
async fn a_durable_step_comes_after_the_hints_of_its_run() -> TestResult {
    let dir = tempfile::tempdir()?;
    let library = Library::open(dir.path())?;
    for id in ["r", "s"] {
        running(&library, id).await?;
    }
    let before = revision(&library)?;
    library.note_status("r", "task_end", 1).await?;
    library
        .append_log("r", vec![(LogStream::Stderr, "last words".to_owned())])
        .await?;
    library.settle("r", RunState::Failed, None, None).await?;
    assert_eq!(library.timeline("r").await?.len(), 1);
    assert_eq!(library.log("r", 10).await?[0].stream, LogStream::Stderr);
    assert_eq!(revision(&library)? - before, 2, "one group and one step");

    // Those of another run may wait.
    library.note_status("s", "task_start", 1).await?;
    library.note_status("s", "task_end", 2).await?;
    library.flush().await?;
    assert_eq!(library.timeline("s").await?.len(), 2);
    Ok(())
}

#[tokio::test]
async fn closing_and_dropping_write_what_is_pending() -> TestResult {
    let dir = tempfile::tempdir()?;
    let library = Library::open(dir.path())?;
    running(&library, "r").await?;
    library.note_status("r", "one", 1).await?;
    library.close().await?;
    let library = Library::open(dir.path())?;
    assert!(library.try_lease("r").await?);
    library.note_status("r", "two", 2).await?;
    drop(library);
    assert_eq!(Library::open(dir.path())?.timeline("r").await?.len(), 2);
    Ok(())
}

#[tokio::test]
async fn hints_of_a_run_held_by_another_are_dropped() -> TestResult {
    let dir = tempfile::tempdir()?;
    let (holder, other) = (Library::open(dir.path())?, Library::open(dir.path())?);
    running(&holder, "r").await?;
    other.note_status("r", "from the other", 1).await?;
    other
        .append_log("r", vec![stdout("from the other")])
        .await?;
    other.flush().await?;
    holder.note_status("r", "from the holder", 2).await?;
    holder.flush().await?;
    let timeline: Vec<_> = holder
        .timeline("r")
        .await?
        .into_iter()
        .map(|row| row.status)
        .collect();
    assert_eq!(timeline, ["from the holder"]);
    assert!(holder.log("r", 10).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_log_keeps_its_newest_ten_thousand_lines() -> TestResult {
    let dir = tempfile::tempdir()?;
    let library = Library::open(dir.path())?;
    running(&library, "r").await?;
    for part in 0..3 {
        library
            .append_log(
                "r",
                (0..4_000)
                    .map(|line| stdout(&(part * 4_000 + line).to_string()))
                    .collect(),
            )
            .await?;
        library.flush().await?;
    }
    let log = library.log("r", 20_000).await?;
    assert_eq!(
        (log.len(), log[0].text.as_str(), log[9_999].text.as_str()),
        (10_000, "2000", "11999")
    );
    Ok(())
}
