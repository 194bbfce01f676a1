//! What was said is kept: through a crash, through damage, and until it is forgotten.

use wiro_library::{Library, NewVoiceSession, VoiceLineRow, VoiceTurnRow};

use crate::support::{TestResult, as_child, child, outcome, running};

fn line(line: u32, text: &str) -> VoiceLineRow {
    VoiceLineRow {
        line,
        at_ms: i64::from(line) * 1000,
        end_ms: i64::from(line) * 1000 + 400,
        turn: line / 2,
        speaker: ["person", "model"][line as usize % 2].to_owned(),
        text: text.to_owned(),
    }
}

async fn talk(library: &Library, run_id: &str) -> TestResult {
    running(library, run_id).await?;
    library
        .begin_voice(NewVoiceSession {
            run_id: run_id.to_owned(),
            kind: "conversation".to_owned(),
            records: true,
        })
        .await?;
    library.mark_voice_ready(run_id).await?;
    library.note_voice_line(run_id, line(0, "Hel")).await?;
    library.note_voice_line(run_id, line(0, "Hello")).await?;
    library.note_voice_line(run_id, line(1, "Hi!")).await?;
    for (cost_usd, latency_ms) in [(None, Some(310)), (Some("0.002".to_owned()), None)] {
        let turn = VoiceTurnRow {
            turn: 0,
            cost_usd,
            latency_ms,
        };
        library.note_voice_turn(run_id, turn).await?;
    }
    library.note_voice_cost(run_id, "0.002").await?;
    Ok(())
}

async fn expect_talk(library: &Library, run_id: &str) -> TestResult {
    let texts: Vec<_> = library.voice_lines(run_id).await?;
    assert_eq!(texts, [line(0, "Hello"), line(1, "Hi!")]);
    assert_eq!(
        library.voice_turns(run_id).await?,
        [VoiceTurnRow {
            turn: 0,
            cost_usd: Some("0.002".to_owned()),
            latency_ms: Some(310)
        }],
        "what came later did not undo what came before"
    );
    Ok(())
}

#[tokio::test]
async fn a_line_that_grows_is_one_line_and_the_list_tells_the_session() -> TestResult {
    let dir = tempfile::tempdir()?;
    let library = Library::open(dir.path())?;
    talk(&library, "r").await?;
    running(&library, "no-session").await?;
    library.end_voice("r", "person").await?;
    library.end_voice("r", "closed").await?;
    expect_talk(&library, "r").await?;
    let (sessions, total) = library.voice_sessions(0, 9).await?;
    assert_eq!((sessions.len(), total), (1, 1));
    let session = &sessions[0];
    assert_eq!(
        (
            session.run_id.as_str(),
            session.kind.as_str(),
            session.first_line.as_deref(),
            session.lines,
            session.last_end_ms,
            session.cost_usd.as_deref(),
            session.ended_by.as_deref(),
            session.records,
        ),
        (
            "r",
            "conversation",
            Some("Hello"),
            2,
            Some(1400),
            Some("0.002"),
            Some("person"),
            true
        )
    );
    assert!(session.ready_at_ms.is_some() && session.ended_at_ms.is_some());
    assert_eq!(library.voice_session("r").await?.as_ref(), Some(session));
    assert_eq!(library.voice_session("no-session").await?, None);
    // The service has the last word on what it cost.
    library.begin_collecting("r", outcome("r", 0)).await?;
    let told = library.voice_session("r").await?.ok_or("no session")?;
    assert_eq!(told.cost_usd.as_deref(), Some("0.0125"));
    Ok(())
}

#[tokio::test]
async fn a_process_that_does_not_hold_the_run_adds_nothing() -> TestResult {
    let dir = tempfile::tempdir()?;
    let (one, two) = (Library::open(dir.path())?, Library::open(dir.path())?);
    talk(&one, "r").await?;
    one.flush().await?;
    two.note_voice_line("r", line(7, "not mine")).await?;
    two.flush().await?;
    assert!(two.end_voice("r", "person").await.is_err());
    expect_talk(&two, "r").await?;
    assert_eq!(
        two.voice_session("r").await?.ok_or("no session")?.ended_by,
        None
    );
    Ok(())
}

#[tokio::test]
async fn a_killed_process_leaves_all_that_was_said_until_then() -> TestResult {
    if let Some((root, _)) = as_child() {
        let library = Library::open(&root)?;
        talk(&library, "r").await?;
        library.flush().await?;
        println!("talked");
        std::thread::park();
    }
    let dir = tempfile::tempdir()?;
    let name = "voice::a_killed_process_leaves_all_that_was_said_until_then";
    let mut process = child(name, dir.path(), "talk")?.spawn()?;
    let said = process.stdout.take().ok_or("no output")?;
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(said));
    assert!(lines.any(|line| line.is_ok_and(|line| line.contains("talked"))));
    process.kill()?;
    process.wait()?;
    let library = Library::open(dir.path())?;
    expect_talk(&library, "r").await?;
    let session = library.voice_session("r").await?.ok_or("no session")?;
    assert_eq!(session.ended_at_ms, None, "nobody noted its end");
    Ok(())
}

#[tokio::test]
async fn a_forgotten_session_takes_its_sound_and_words_with_it() -> TestResult {
    let dir = tempfile::tempdir()?;
    let library = Library::open(dir.path())?;
    talk(&library, "r").await?;
    talk(&library, "kept").await?;
    for id in ["r", "kept"] {
        let voice = library.make_voice_dir(id).await?;
        fs_err::write(voice.join("recording.wav"), "RIFF")?;
        fs_err::write(voice.join("transcript.srt"), "1")?;
    }
    library.flush().await?;
    library.forget_run("r").await?;
    assert!(!library.voice_dir("r").exists());
    assert!(library.voice_dir("kept").join("recording.wav").exists());
    assert!(library.voice_lines("r").await?.is_empty());
    assert_eq!(library.voice_session("r").await?, None);
    expect_talk(&library, "kept").await
}

#[tokio::test]
async fn a_damaged_library_is_built_anew_with_what_was_said() -> TestResult {
    let dir = tempfile::tempdir()?;
    let library = Library::open(dir.path())?;
    talk(&library, "r").await?;
    library.end_voice("r", "person").await?;
    library.close().await?;
    drop(library);
    for beside in ["", "-wal", "-shm"] {
        let path = dir.path().join(format!("library.db{beside}"));
        if path.exists() {
            fs_err::write(path, "this is a letter, not a database. ".repeat(100))?;
        }
    }
    let (library, rebuilt) = Library::open_or_rebuild(dir.path())?;
    assert_eq!(rebuilt.ok_or("it was sound")?.runs_from_sidecars, 1);
    expect_talk(&library, "r").await?;
    let session = library.voice_session("r").await?.ok_or("no session")?;
    assert_eq!(session.ended_by.as_deref(), Some("person"));
    Ok(())
}
