use wiro_library::{Inserted, Library, OutputState, RunState};

use crate::support::{ACCOUNT, TOKEN, TestResult, as_child, child, land, new_run, outcome};

/// Where the process ends, and the state the next start must find.
const POINTS: [(&str, Option<RunState>); 8] = [
    ("opened", None),
    ("inserted", Some(RunState::Prepared)),
    ("sending", Some(RunState::Sending)),
    ("accepted", Some(RunState::Running)),
    ("collecting", Some(RunState::Collecting)),
    ("landed", Some(RunState::Collecting)),
    ("published", Some(RunState::Collecting)),
    ("finished", Some(RunState::Succeeded)),
];

/// Ends the process at once, without any tidying up, when `reached` is the point.
fn reach(reached: &str, point: &str) {
    if reached == point {
        std::process::abort();
    }
}

async fn live_until(library: &Library, point: &str) -> TestResult {
    reach("opened", point);
    library.insert_run(new_run("r")).await?;
    reach("inserted", point);
    library.mark_sending("r").await?;
    reach("sending", point);
    library.accept_run("r", Some("t"), Some(TOKEN)).await?;
    library.note_status("r", "task_start", 1).await?;
    reach("accepted", point);
    library.begin_collecting("r", outcome("r", 1)).await?;
    reach("collecting", point);
    let published = land(library, "r-0").await?;
    reach("landed", point);
    library.publish_output("r-0", published).await?;
    reach("published", point);
    library.finish("r", RunState::Succeeded).await?;
    reach("finished", point);
    Ok(())
}

#[tokio::test]
async fn a_crash_at_any_point_loses_nothing_that_was_told() -> TestResult {
    if let Some((root, point)) = as_child() {
        live_until(&Library::open(&root)?, &point).await?;
        return Err("the point was never reached".into());
    }
    for (point, expected) in POINTS {
        let dir = tempfile::tempdir()?;
        let test = "crash::a_crash_at_any_point_loses_nothing_that_was_told";
        let output = child(test, dir.path(), point)?.output()?;
        let code = output.status.code();
        assert_eq!(
            code,
            None,
            "{point}: ended by itself: {}",
            String::from_utf8_lossy(&output.stderr)
        );

        let library = Library::open(dir.path())?;
        let run = library.run("r").await?;
        assert_eq!(run.as_ref().map(|run| run.state), expected, "{point}");
        let Some(run) = run else { continue };
        assert!(library.try_lease("r").await?, "{point}");
        assert_eq!(
            library.insert_run(new_run("r")).await?,
            Inserted::Existing("r".to_owned()),
            "{point}"
        );
        let accepted = !matches!(run.state, RunState::Prepared | RunState::Sending);
        assert_eq!(run.task_token.is_some(), accepted, "{point}");
        assert_eq!(
            library.known_task_ids(ACCOUNT).await?.contains("t"),
            accepted,
            "{point}"
        );
        let unfinished = library.unfinished().await?.len();
        assert_eq!(unfinished, usize::from(!run.state.is_final()), "{point}");
        if run.state == RunState::Collecting {
            collect_the_rest(&library, point).await?;
        }
        library.close().await?;
        let locks = fs_err::read_dir(library.root().join("locks"))?;
        assert_eq!(locks.count(), 1, "{point}: only the file to open by turns");
    }
    Ok(())
}

/// What a start does with a run whose results were being fetched.
async fn collect_the_rest(library: &Library, point: &str) -> TestResult {
    let landed = library.landed_file("r-0").await?;
    assert_eq!(
        landed.is_some(),
        matches!(point, "landed" | "published"),
        "{point}"
    );
    let output = library.output("r-0").await?.ok_or("no output")?;
    assert_eq!(
        output.state == OutputState::Published,
        point == "published",
        "{point}"
    );
    // The same again, from the start: naming and noting twice is doing it once.
    let published = land(library, "r-0").await?;
    library.publish_output("r-0", published).await?;
    library.finish("r", RunState::Succeeded).await?;
    let months = fs_err::read_dir(library.root().join("outputs"))?;
    for month in months {
        assert_eq!(fs_err::read_dir(month?.path())?.count(), 1, "{point}");
    }
    assert_eq!(
        fs_err::read_dir(library.root().join("partial"))?.count(),
        0,
        "{point}"
    );
    Ok(())
}
