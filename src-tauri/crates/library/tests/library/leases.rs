use std::io::{BufRead as _, BufReader, Write as _};

use rusqlite::Connection;
use wiro_library::{Error, Library, RunFilter, RunState};

use crate::support::{TestResult, as_child, child, land, new_run, outcome, running};

fn lost<T: std::fmt::Debug>(result: &Result<T, Error>) -> bool {
    matches!(result, Err(Error::LeaseLost { .. }))
}

#[tokio::test]
async fn the_lease_of_an_ended_run_is_gone_after_an_unclean_end() -> TestResult {
    let dir = tempfile::tempdir()?;
    let library = Library::open(dir.path())?;
    for id in ["ended", "going"] {
        running(&library, id).await?;
    }
    library
        .begin_collecting("ended", outcome("ended", 0))
        .await?;
    library.finish("ended", RunState::Succeeded).await?;
    // As a crash leaves it: the lock file of a process that is gone.
    fs_err::write(dir.path().join("locks/gone.lock"), "")?;
    let again = Library::open(dir.path())?;
    assert_eq!(again.lease_owner("ended").await?, None);
    assert!(again.lease_owner("going").await?.is_some());
    Ok(())
}

#[tokio::test]
async fn only_the_holder_moves_a_run() -> TestResult {
    let dir = tempfile::tempdir()?;
    let (one, two) = (Library::open(dir.path())?, Library::open(dir.path())?);
    assert_ne!(one.owner(), two.owner());
    running(&one, "r").await?;
    one.begin_collecting("r", outcome("r", 1)).await?;
    let published = land(&one, "r-0").await?;
    assert_eq!(two.lease_owner("r").await?.as_deref(), Some(one.owner()));
    assert!(!two.try_lease("r").await?);

    assert!(lost(&two.mark_sending("r").await));
    assert!(lost(&two.mark_waiting("r").await));
    assert!(lost(&two.mark_unconfirmed("r", "").await));
    assert!(lost(&two.settle("r", RunState::Failed, None, None).await));
    assert!(lost(&two.begin_collecting("r", outcome("r", 5)).await));
    assert!(lost(&two.publish_output("r-0", published.clone()).await));
    assert!(lost(&two.fail_output("r-0", "", "").await));
    assert!(lost(&two.finish("r", RunState::Failed).await));
    two.release("r").await?;

    one.publish_output("r-0", published).await?;
    one.release("r").await?;
    assert!(lost(&one.finish("r", RunState::Succeeded).await));
    assert_eq!(one.lease_owner("r").await?, None);
    assert!(two.try_lease("r").await? && two.try_lease("r").await?);
    assert!(!one.try_lease("r").await?);
    two.finish("r", RunState::Succeeded).await?;
    Ok(())
}

#[tokio::test]
async fn a_library_that_is_closed_gives_its_runs_back() -> TestResult {
    let dir = tempfile::tempdir()?;
    let (one, two) = (Library::open(dir.path())?, Library::open(dir.path())?);
    running(&one, "r").await?;
    let clone = one.clone();
    one.close().await?;
    assert!(matches!(clone.mark_sending("r").await, Err(Error::Closed)));
    assert!(matches!(clone.run("r").await, Err(Error::Closed)));
    assert_eq!(two.lease_owner("r").await?, None);
    assert!(two.try_lease("r").await?);
    Ok(())
}

#[tokio::test]
async fn an_earlier_boot_and_a_long_silence_make_a_holder_dead() -> TestResult {
    let dir = tempfile::tempdir()?;
    let (one, two) = (Library::open(dir.path())?, Library::open(dir.path())?);
    let conn = Connection::open(one.root().join("library.db"))?;
    for (id, change) in [
        ("boot", "boot_id = 'earlier'"),
        ("silence", "heartbeat_ms = heartbeat_ms - 31000"),
    ] {
        running(&one, id).await?;
        assert!(!two.try_lease(id).await?);
        conn.execute(
            &format!("UPDATE leases SET {change} WHERE run_id = ?1"),
            [id],
        )?;
        assert!(two.try_lease(id).await?, "{id}");
        assert!(lost(&one.settle(id, RunState::Failed, None, None).await));
        assert!(!one.try_lease(id).await?);
    }
    running(&one, "beating").await?;
    conn.execute("UPDATE leases SET heartbeat_ms = heartbeat_ms - 31000", [])?;
    assert_eq!(one.heartbeat().await?, 1);
    assert!(!two.try_lease("beating").await?);
    Ok(())
}

#[tokio::test]
async fn an_acceptance_is_written_down_even_when_the_run_was_taken_over() -> TestResult {
    let dir = tempfile::tempdir()?;
    let (one, two) = (Library::open(dir.path())?, Library::open(dir.path())?);
    one.insert_run(new_run("r")).await?;
    one.mark_sending("r").await?;
    Connection::open(one.root().join("library.db"))?
        .execute("UPDATE leases SET heartbeat_ms = 0", [])?;
    assert!(two.try_lease("r").await?);
    two.mark_unconfirmed("r", "the other hangs").await?;

    // It was only asleep, and now the answer arrives.
    assert!(lost(&one.accept_run("r", Some("t"), Some("k")).await));
    let run = two.run("r").await?.ok_or("no run")?;
    assert_eq!(
        (run.state, run.task_id.as_deref()),
        (RunState::Running, Some("t"))
    );
    two.accept_run("r", Some("t"), None).await?;
    Ok(())
}

#[tokio::test]
async fn of_two_who_want_a_dead_ones_run_one_gets_it() -> TestResult {
    let dir = tempfile::tempdir()?;
    let (one, two) = (Library::open(dir.path())?, Library::open(dir.path())?);
    let conn = Connection::open(one.root().join("library.db"))?;
    for round in 0..20 {
        let id = format!("r{round}");
        running(&one, &id).await?;
        conn.execute("UPDATE leases SET owner = 'dead' WHERE run_id = ?1", [&id])?;
        let (first, second) = tokio::join!(one.try_lease(&id), two.try_lease(&id));
        assert!(first? ^ second?, "{id}");
    }
    Ok(())
}

#[tokio::test]
async fn a_killed_holders_run_is_taken_over_and_a_living_ones_is_not() -> TestResult {
    if let Some((root, _)) = as_child() {
        let library = Library::open(&root)?;
        running(&library, "r").await?;
        println!("\nREADY {}", library.owner());
        // Until it is killed: nobody writes to this pipe.
        std::io::stdin().lock().read_line(&mut String::new())?;
        return Ok(());
    }
    let dir = tempfile::tempdir()?;
    let library = Library::open(dir.path())?;
    let test = "leases::a_killed_holders_run_is_taken_over_and_a_living_ones_is_not";
    let mut holder = child(test, dir.path(), "hold")?.spawn()?;
    let lines = BufReader::new(holder.stdout.take().ok_or("no output")?).lines();
    let ready = lines
        .map_while(Result::ok)
        .find_map(|line| Some(line.strip_prefix("READY ")?.to_owned()));
    let owner = ready.ok_or("the holder did not get ready")?;

    assert_eq!(library.lease_owner("r").await?, Some(owner));
    assert!(!library.try_lease("r").await?);
    assert!(library.changed_elsewhere().await?);
    holder.kill()?;
    holder.wait()?;
    assert!(library.try_lease("r").await?);
    library.settle("r", RunState::Failed, None, None).await?;
    Ok(())
}

#[tokio::test]
async fn two_processes_write_at_once() -> TestResult {
    const RUNS: u32 = 40;
    async fn write(library: &Library, name: &str) -> TestResult {
        for number in 0..RUNS {
            let id = format!("{name}-{number}");
            running(library, &id).await?;
            library.note_status(&id, "task_start", 1).await?;
            library.settle(&id, RunState::Failed, None, None).await?;
        }
        Ok(())
    }
    if let Some((root, part)) = as_child() {
        let library = Library::open(&root)?;
        println!("\nREADY");
        std::io::stdin().lock().read_line(&mut String::new())?;
        return write(&library, &part).await;
    }
    let dir = tempfile::tempdir()?;
    let library = Library::open(dir.path())?;
    let mut other = child("leases::two_processes_write_at_once", dir.path(), "child")?.spawn()?;
    let mut lines = BufReader::new(other.stdout.take().ok_or("no output")?)
        .lines()
        .map_while(Result::ok);
    assert!(lines.any(|line| line == "READY"));
    other.stdin.take().ok_or("no input")?.write_all(b"go\n")?;
    write(&library, "parent").await?;
    // Reads to the end, so that the other is never blocked.
    lines.for_each(drop);
    assert!(other.wait()?.success());

    let page = library
        .runs(RunFilter {
            limit: 500,
            ..RunFilter::default()
        })
        .await?;
    assert_eq!(page.total, u64::from(2 * RUNS));
    assert!(
        page.runs
            .iter()
            .all(|run| run.state == RunState::Failed && run.status.is_some())
    );
    assert_eq!(page.active, 0);
    Ok(())
}

#[tokio::test]
async fn changes_of_others_are_noticed_own_ones_and_heartbeats_are_not() -> TestResult {
    let dir = tempfile::tempdir()?;
    let (one, two) = (Library::open(dir.path())?, Library::open(dir.path())?);
    assert!(!one.changed_elsewhere().await? && !two.changed_elsewhere().await?);
    running(&one, "r").await?;
    assert!(!one.changed_elsewhere().await?);
    assert!(two.changed_elsewhere().await?);
    assert!(!two.changed_elsewhere().await?);

    one.heartbeat().await?;
    assert!(!two.try_lease("r").await?);
    assert!(!two.changed_elsewhere().await?);

    // A change between two of one's own is not missed.
    one.note_progress("r", "{}").await?;
    one.flush().await?;
    two.insert_run(new_run("s")).await?;
    assert!(two.changed_elsewhere().await?);
    assert!(one.changed_elsewhere().await?);
    assert!(!one.changed_elsewhere().await? && !two.changed_elsewhere().await?);
    Ok(())
}
