use rusqlite::Connection;
use wiro_library::{Change, Error, Inserted, Library, OutputState, RunFilter, RunState};

use crate::support::{ACCOUNT, TOKEN, TestResult, land, new_run, outcome, running};

#[tokio::test]
async fn a_run_goes_its_way_and_everything_is_there_afterwards() -> TestResult {
    let dir = tempfile::tempdir()?;
    let library = Library::open(dir.path())?;
    running(&library, "r").await?;
    library.note_status("r", "task_start", 10).await?;
    let outputs = library.begin_collecting("r", outcome("r", 2)).await?;
    assert_eq!(
        outputs
            .iter()
            .map(|output| output.id.as_str())
            .collect::<Vec<_>>(),
        ["r-0", "r-1"]
    );
    let published = land(&library, "r-0").await?;
    library.publish_output("r-0", published.clone()).await?;
    library
        .fail_output("r-1", "network.offline", "gone")
        .await?;
    library.finish("r", RunState::Succeeded).await?;
    library.close().await?;

    let library = Library::open(dir.path())?;
    let run = library.run("r").await?.ok_or("no run")?;
    assert_eq!(run.state, RunState::Succeeded);
    assert_eq!(run.status.as_deref(), Some("task_start"));
    assert_eq!(run.task_id.as_deref(), Some("task-r"));
    assert_eq!(run.task_token.as_deref(), Some(TOKEN));
    assert_eq!(
        (run.pexit.as_deref(), run.cost_usd.as_deref(), run.seconds),
        (Some("0"), Some("0.0125"), Some(2.5))
    );
    assert_eq!(run.text.as_deref(), Some("an answer"));
    assert_eq!(run.output_ids, ["r-0"]);
    assert_eq!(run.output_dir, new_run("r").output_dir);
    let times = [
        Some(run.created_at_ms),
        run.sent_at_ms,
        run.accepted_at_ms,
        run.finished_at_ms,
    ];
    assert!(
        times.iter().all(Option::is_some) && times.is_sorted(),
        "{times:?}"
    );

    let output = library.output("r-0").await?.ok_or("no output")?;
    assert_eq!(output.state, OutputState::Published);
    assert_eq!(
        output.file_name.as_deref(),
        Some(published.file_name.as_str())
    );
    assert_eq!(
        (output.bytes, output.width, output.height),
        (Some(5), Some(2), Some(3))
    );
    assert_eq!(
        (output.model.as_str(), output.account_id.as_str()),
        ("sandbox/upscale", ACCOUNT)
    );
    assert_eq!(
        fs_err::read_to_string(library.output_path(&published.file_name)?)?,
        "bytes"
    );
    let failed = library.output("r-1").await?.ok_or("no output")?;
    assert_eq!(
        (failed.state, failed.error_code.as_deref()),
        (OutputState::Failed, Some("network.offline"))
    );

    let inputs = library.inputs("r").await?;
    assert_eq!(inputs.len(), 1);
    assert_eq!(library.input("input-r").await?.as_ref(), inputs.first());
    let (new, row) = (&new_run("r").inputs[0], &inputs[0]);
    assert_eq!(
        (&new.source_path, new.bytes, &new.sha256),
        (&row.source_path, row.bytes, &row.sha256)
    );
    assert_eq!(
        library.known_task_ids(ACCOUNT).await?,
        ["task-r".to_owned()].into()
    );
    assert_eq!(library.runs_by_task("task-r").await?.len(), 1);
    assert!(library.runs_by_task("another").await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn the_same_intent_is_the_same_run() -> TestResult {
    let dir = tempfile::tempdir()?;
    let library = Library::open(dir.path())?;
    assert_eq!(library.insert_run(new_run("a")).await?, Inserted::New);
    let mut again = new_run("b");
    again.intent_id = "intent-a".to_owned();
    assert_eq!(
        library.insert_run(again).await?,
        Inserted::Existing("a".to_owned())
    );
    let page = library
        .runs(RunFilter {
            limit: 10,
            ..RunFilter::default()
        })
        .await?;
    assert_eq!((page.runs.len(), page.total, page.active), (1, 1, 1));
    assert!(library.inputs("b").await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_run_is_sent_once() -> TestResult {
    let dir = tempfile::tempdir()?;
    let library = Library::open(dir.path())?;
    library.insert_run(new_run("r")).await?;
    library.mark_sending("r").await?;
    let refused = |result| {
        matches!(
            result,
            Err(Error::Transition {
                to: RunState::Sending,
                ..
            })
        )
    };
    assert!(refused(library.mark_sending("r").await));
    library.mark_unconfirmed("r", "timeout").await?;
    assert!(refused(library.mark_sending("r").await));
    library.accept_run("r", Some("t"), None).await?;
    assert!(refused(library.mark_sending("r").await));
    Ok(())
}

#[tokio::test]
async fn a_run_that_waited_for_a_slot_is_sent_again() -> TestResult {
    let dir = tempfile::tempdir()?;
    let library = Library::open(dir.path())?;
    library.insert_run(new_run("r")).await?;
    library.mark_sending("r").await?;
    library.mark_waiting("r").await?;
    library.mark_waiting("r").await?;
    library.mark_sending("r").await?;
    let run = library.run("r").await?.ok_or("no run")?;
    assert_eq!((run.state, run.finished_at_ms), (RunState::Sending, None));
    Ok(())
}

#[tokio::test]
async fn the_same_acceptance_changes_nothing_and_another_is_refused() -> TestResult {
    let dir = tempfile::tempdir()?;
    let library = Library::open(dir.path())?;
    library.insert_run(new_run("r")).await?;
    library.mark_sending("r").await?;
    assert!(matches!(
        library.accept_run("r", None, None).await,
        Err(Error::TaskMissing { .. })
    ));
    library.accept_run("r", None, Some(TOKEN)).await?;
    // The id comes later, from Detail.
    library.accept_run("r", Some("t"), None).await?;
    let before = library.run("r").await?;
    library.accept_run("r", Some("t"), Some(TOKEN)).await?;
    assert_eq!(library.run("r").await?, before);
    assert!(matches!(
        library.accept_run("r", Some("u"), None).await,
        Err(Error::TaskDiffers { .. })
    ));
    library.settle("r", RunState::Failed, None, None).await?;
    library.accept_run("r", Some("t"), Some(TOKEN)).await?;
    assert_eq!(
        library.run("r").await?.ok_or("no run")?.state,
        RunState::Failed
    );
    Ok(())
}

#[tokio::test]
async fn one_task_is_one_run_of_an_account() -> TestResult {
    let dir = tempfile::tempdir()?;
    let library = Library::open(dir.path())?;
    for (id, account) in [("a", ACCOUNT), ("b", ACCOUNT), ("c", "another")] {
        let mut run = new_run(id);
        run.account_id = account.to_owned();
        library.insert_run(run).await?;
        library.mark_sending(id).await?;
    }
    library.accept_run("a", Some("t"), None).await?;
    let taken = library.accept_run("b", Some("t"), None).await;
    assert!(
        matches!(&taken, Err(Error::TaskTaken { task_id }) if task_id == "t"),
        "{taken:?}"
    );
    assert_eq!(
        library.run("b").await?.ok_or("no run")?.state,
        RunState::Sending
    );
    library.accept_run("c", Some("t"), None).await?;
    let mut accounts: Vec<_> = library
        .runs_by_task("t")
        .await?
        .into_iter()
        .map(|run| run.account_id)
        .collect();
    accounts.sort();
    assert_eq!(accounts, [ACCOUNT, "another"]);
    Ok(())
}

#[tokio::test]
async fn an_unconfirmed_run_is_found_or_given_up_and_final_is_final() -> TestResult {
    let dir = tempfile::tempdir()?;
    let library = Library::open(dir.path())?;
    for id in ["found", "given-up"] {
        library.insert_run(new_run(id)).await?;
        library.mark_sending(id).await?;
        library.mark_unconfirmed(id, "no answer").await?;
    }
    library.accept_run("found", Some("t"), None).await?;
    let run = library.run("found").await?.ok_or("no run")?;
    assert_eq!(
        (run.state, run.reason, run.finished_at_ms),
        (RunState::Running, None, None)
    );

    library
        .settle(
            "given-up",
            RunState::NotSent,
            Some("run.not_started"),
            Some("as you said"),
        )
        .await?;
    library
        .settle("given-up", RunState::NotSent, None, None)
        .await?;
    let run = library.run("given-up").await?.ok_or("no run")?;
    assert_eq!(
        (run.error_code.as_deref(), run.reason.as_deref()),
        (Some("run.not_started"), Some("as you said"))
    );
    for result in [
        library.accept_run("given-up", Some("u"), None).await,
        library
            .settle("given-up", RunState::Refused, None, None)
            .await,
        library.mark_waiting("given-up").await,
        library.mark_unconfirmed("given-up", "").await,
        library
            .begin_collecting("given-up", outcome("given-up", 1))
            .await
            .map(drop),
    ] {
        assert!(
            matches!(
                result,
                Err(Error::Transition {
                    from: RunState::NotSent,
                    ..
                })
            ),
            "{result:?}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn the_same_outcome_adds_nothing_and_refreshes_what_is_pending() -> TestResult {
    let dir = tempfile::tempdir()?;
    let library = Library::open(dir.path())?;
    running(&library, "r").await?;
    library.begin_collecting("r", outcome("r", 2)).await?;
    let published = land(&library, "r-0").await?;
    library.publish_output("r-0", published.clone()).await?;

    let mut again = outcome("other-ids", 3);
    again.cost_usd = None;
    let outputs = library.begin_collecting("r", again.clone()).await?;
    assert_eq!(
        outputs
            .iter()
            .map(|output| output.id.as_str())
            .collect::<Vec<_>>(),
        ["r-0", "r-1", "other-ids-2"]
    );
    assert!(
        outputs[0].url.contains("/r/0"),
        "a published output keeps its address"
    );
    assert!(
        outputs[1].url.contains("/other-ids/1"),
        "a pending one takes the fresher one"
    );
    assert_eq!(
        library.run("r").await?.ok_or("no run")?.cost_usd.as_deref(),
        Some("0.0125")
    );

    library.publish_output("r-0", published.clone()).await?;
    let mut another = published;
    another.file_name = "2020-01/other.png".to_owned();
    assert!(matches!(
        library.publish_output("r-0", another).await,
        Err(Error::OutputPublished { .. })
    ));
    assert!(matches!(
        library.fail_output("r-0", "", "").await,
        Err(Error::OutputPublished { .. })
    ));

    for id in ["r-1", "other-ids-2"] {
        library.fail_output(id, "x", "y").await?;
    }
    library.finish("r", RunState::Succeeded).await?;
    library.finish("r", RunState::Succeeded).await?;
    again.outputs = outcome("late", 9).outputs;
    assert_eq!(library.begin_collecting("r", again).await?.len(), 3);
    assert_eq!(
        library.run("r").await?.ok_or("no run")?.state,
        RunState::Succeeded
    );
    // A person may try a failed output again, later.
    let published = land(&library, "r-1").await?;
    library.publish_output("r-1", published).await?;
    assert_eq!(
        library.run("r").await?.ok_or("no run")?.output_ids,
        ["r-0", "r-1"]
    );
    Ok(())
}

#[tokio::test]
async fn success_takes_exit_code_0_and_nothing_left_to_fetch() -> TestResult {
    let dir = tempfile::tempdir()?;
    let library = Library::open(dir.path())?;
    for (id, pexit) in [("none", None), ("one", Some("1")), ("spaces", Some(" 0"))] {
        running(&library, id).await?;
        let mut ended = outcome(id, 0);
        ended.pexit = pexit.map(str::to_owned);
        library.begin_collecting(id, ended).await?;
        for result in [
            library.finish(id, RunState::Succeeded).await,
            library.settle(id, RunState::Succeeded, None, None).await,
        ] {
            assert!(
                matches!(result, Err(Error::NotSuccessful { .. })),
                "{id}: {result:?}"
            );
        }
        library.finish(id, RunState::Failed).await?;
    }
    running(&library, "pending").await?;
    library
        .begin_collecting("pending", outcome("pending", 2))
        .await?;
    let result = library.finish("pending", RunState::Succeeded).await;
    assert!(
        matches!(result, Err(Error::OutputsPending { pending: 2, .. })),
        "{result:?}"
    );
    // Only states that end something are for settling.
    let result = library
        .settle("pending", RunState::Running, None, None)
        .await;
    assert!(
        matches!(result, Err(Error::Transition { .. })),
        "{result:?}"
    );
    Ok(())
}

#[tokio::test]
async fn an_output_is_published_only_when_its_file_is_there() -> TestResult {
    let dir = tempfile::tempdir()?;
    let library = Library::open(dir.path())?;
    running(&library, "r").await?;
    library.begin_collecting("r", outcome("r", 1)).await?;
    let published = land(&library, "r-0").await?;
    fs_err::remove_file(library.output_path(&published.file_name)?)?;
    let result = library.publish_output("r-0", published).await;
    assert!(matches!(result, Err(Error::Path { .. })), "{result:?}");
    assert_eq!(
        library.output("r-0").await?.ok_or("no output")?.state,
        OutputState::Pending
    );
    Ok(())
}

#[tokio::test]
async fn what_is_not_there_is_called_by_its_name() -> TestResult {
    let dir = tempfile::tempdir()?;
    let library = Library::open(dir.path())?;
    assert_eq!(library.run("none").await?, None);
    for result in [
        library.mark_sending("none").await,
        library.accept_run("none", Some("t"), None).await,
        library.finish("none", RunState::Failed).await,
        library.try_lease("none").await.map(drop),
        library
            .begin_collecting("none", outcome("none", 1))
            .await
            .map(drop),
    ] {
        assert!(
            matches!(result, Err(Error::NotFound { what: "run", .. })),
            "{result:?}"
        );
    }
    let result = library.fail_output("none", "", "").await;
    assert!(
        matches!(result, Err(Error::NotFound { what: "output", .. })),
        "{result:?}"
    );
    Ok(())
}

#[tokio::test]
async fn changes_are_told_once_they_are_on_the_disk_and_repetitions_are_not() -> TestResult {
    let dir = tempfile::tempdir()?;
    let library = Library::open(dir.path())?;
    let mut changes = library.changes();
    library.insert_run(new_run("r")).await?;
    library.insert_run(new_run("r")).await?;
    library.mark_sending("r").await?;
    library.accept_run("r", Some("t"), None).await?;
    library.accept_run("r", Some("t"), None).await?;
    library.begin_collecting("r", outcome("r", 1)).await?;
    let mut told = Vec::new();
    while let Ok(change) = changes.try_recv() {
        told.push(change);
    }
    let change = |outputs| Change {
        run_id: "r".to_owned(),
        outputs,
    };
    assert_eq!(
        told,
        [change(false), change(false), change(false), change(true)]
    );
    Ok(())
}

#[tokio::test]
async fn settings_are_kept() -> TestResult {
    let dir = tempfile::tempdir()?;
    let library = Library::open(dir.path())?;
    assert_eq!(library.setting("k").await?, None);
    library.set_setting("k", "1").await?;
    library.set_setting("k", "2").await?;
    drop(library);
    assert_eq!(
        Library::open(dir.path())?.setting("k").await?.as_deref(),
        Some("2")
    );
    Ok(())
}

#[tokio::test]
async fn nothing_shows_a_token() -> TestResult {
    let dir = tempfile::tempdir()?;
    let library = Library::open(dir.path())?;
    running(&library, "r").await?;
    let outputs = library.begin_collecting("r", outcome("r", 1)).await?;
    let shown = format!(
        "{:?} {:?} {:?} {library:?}",
        library.run("r").await?,
        outputs,
        outcome("r", 1)
    );
    assert!(
        !shown.contains(TOKEN) && !shown.contains("secret"),
        "{shown}"
    );
    assert!(shown.contains("<redacted>"), "{shown}");
    Ok(())
}

#[tokio::test]
async fn a_state_this_version_does_not_know_is_an_error_not_a_guess() -> TestResult {
    let dir = tempfile::tempdir()?;
    let library = Library::open(dir.path())?;
    library.insert_run(new_run("r")).await?;
    Connection::open(library.root().join("library.db"))?
        .execute("UPDATE runs SET state = 'dreaming'", [])?;
    assert!(matches!(library.run("r").await, Err(Error::Sql { .. })));
    assert!(matches!(
        library.mark_sending("r").await,
        Err(Error::Sql { .. })
    ));
    Ok(())
}
