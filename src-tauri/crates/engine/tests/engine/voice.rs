//! Voice sessions against the Sandbox's realtime models, on made-up devices that run in real time.

mod endings;
mod files;
mod room;

use serde_json::json;
use wiro_engine::Engine;
use wiro_engine::dto::{
    AppError, ErrorCode, RunState, VoiceControl, VoiceEnd, VoiceEvent, VoiceExport, VoiceMode,
    VoicePhase, VoiceSessionFilter, VoiceSpeaker,
};

use crate::stage::{Stage, settled};
use room::{MICROPHONE, Room, SPEAKER, Talk, start};

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_is_heard_answered_paid_for_and_kept() {
    let stage = Stage::new();
    let engine = stage.engine().await;
    let room = Room::with_devices();
    let mut talk = Talk::begin(&engine, &room, start("sandbox/parrot", &[])).await;
    talk.until(VoicePhase::Ready).await;
    assert_eq!(room.backend.open_streams(), 2);

    talk.say(&room, 900).await;
    talk.until(VoicePhase::Speaking).await;
    let cost = talk
        .until_event(|event| matches!(event, VoiceEvent::Cost { .. }))
        .await;
    let VoiceEvent::Cost {
        turn_usd: Some(turn_usd),
        session_usd,
    } = cost
    else {
        panic!("a price: {cost:?}")
    };
    assert_eq!(session_usd.as_deref(), Some(turn_usd.as_str()));
    talk.until(VoicePhase::Ready).await;
    let view = engine.voice_session().expect("it is live");
    assert_eq!(view.lines.len(), 2, "a reloaded window sees all: {view:?}");
    assert!(view.state.latency_ms.is_some_and(|ms| ms > 0.0), "{view:?}");

    let state = talk.end().await;
    assert_eq!(state.end, Some(VoiceEnd::Person));
    assert_eq!(room.backend.open_streams(), 0, "the microphone is closed");
    assert!(
        room.backend
            .take_played()
            .iter()
            .any(|sample| sample.abs() > 0.05)
    );
    let run = settled(&engine, &talk.run_id).await;
    assert_eq!(run.summary.state, RunState::Succeeded, "{run:?}");
    assert_eq!(run.summary.cost_usd.as_deref(), Some(turn_usd.as_str()));
    assert_eq!(stage.requests("Run").await, 1);

    expect_kept(&stage, &engine, &talk.run_id, &turn_usd).await;
    engine.close().await.expect("closed");
}

/// All of it is in the library, until it is forgotten.
async fn expect_kept(stage: &Stage, engine: &Engine, run_id: &str, turn_usd: &str) {
    let kept = engine.voice_session_show(run_id).await.expect("kept");
    let speakers: Vec<_> = kept.lines.iter().map(|line| line.speaker).collect();
    assert_eq!(speakers, [VoiceSpeaker::Person, VoiceSpeaker::Model]);
    assert!(kept.lines[0].text.starts_with("heard "), "{kept:?}");
    assert_eq!(kept.turns[0].cost_usd.as_deref(), Some(turn_usd));
    assert!(kept.turns[0].latency_ms.is_some(), "{kept:?}");
    assert!(
        kept.summary.is_over && kept.summary.has_recording,
        "{kept:?}"
    );
    let recording = fs_err::read(kept.recording_path.expect("a recording")).expect("read");
    assert!(
        &recording[..4] == b"RIFF" && recording.len() > 48_000,
        "{}",
        recording.len()
    );
    let srt = stage.path("said.srt");
    let export = engine.voice_session_export(run_id, VoiceExport::Srt, &srt);
    export.await.expect("written");
    let srt = fs_err::read_to_string(srt).expect("read");
    assert!(
        srt.contains(" --> ") && srt.contains(&kept.lines[1].text),
        "{srt}"
    );
    let filter = VoiceSessionFilter { start: 0, limit: 9 };
    let listed = engine.voice_sessions(&filter).await.expect("listed");
    assert_eq!((listed.total, &listed.sessions[0]), (1, &kept.summary));

    let folder = stage.path("library").join("voice").join(run_id);
    assert!(folder.join("transcript.json").is_file());
    engine.run_forget(run_id).await.expect("forgotten");
    assert!(!folder.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_session_is_live_at_a_time_and_one_intent_is_one_session() {
    let stage = Stage::new();
    let engine = stage.engine().await;
    let room = Room::with_devices();
    let begin = start("sandbox/parrot", &[]);
    let mut talk = Talk::begin(&engine, &room, begin.clone()).await;
    let again = engine
        .voice_start(begin, room.options())
        .await
        .expect("the same");
    assert_eq!(
        again.state.run_id, talk.run_id,
        "the same intent is the same session"
    );
    let other = start("sandbox/parrot", &[]);
    let refused = engine
        .voice_start(other, room.options())
        .await
        .map_err(AppError::from);
    assert_eq!(
        refused.expect_err("one at a time").code,
        ErrorCode::VoiceBusySession
    );

    talk.until(VoicePhase::Ready).await;
    talk.end().await;
    assert_eq!(stage.requests("Run").await, 1);
    engine.close().await.expect("closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn speaking_up_cuts_the_model_off_and_is_answered() {
    let stage = Stage::new();
    let engine = stage.engine().await;
    let room = Room::with_devices();
    let mut talk = Talk::begin(&engine, &room, start("sandbox/parrot", &[])).await;
    talk.until(VoicePhase::Ready).await;
    talk.say(&room, 2500).await;
    talk.until(VoicePhase::Speaking).await;
    talk.control(VoiceControl::TalkDown).await;
    assert_eq!(talk.state().phase, VoicePhase::Listening);
    talk.until_event(|event| matches!(event, VoiceEvent::Cost { .. }))
        .await;
    let lines = engine.voice_session().expect("live").lines;
    let cut = lines.iter().find(|line| line.text.contains(" s of "));
    assert!(
        cut.is_some_and(|line| line.speaker == VoiceSpeaker::Model),
        "{lines:?}"
    );
    talk.say_more(&room, 700).await;
    talk.until(VoicePhase::Speaking).await;
    talk.control(VoiceControl::Interrupt).await;
    talk.until(VoicePhase::Ready).await;
    assert_eq!(talk.end().await.end, Some(VoiceEnd::Person));
    let kept = engine.voice_session_show(&talk.run_id).await.expect("kept");
    assert_eq!(kept.turns.len(), 2, "{kept:?}");
    engine.close().await.expect("closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn phone_sound_goes_both_ways() {
    let stage = Stage::new();
    let engine = stage.engine().await;
    let room = Room::with_devices();
    let phone = [("input_audio_rate", "8000"), ("output_audio_rate", "8000")];
    let model = engine.voice_model("sandbox/parrot").await.expect("a model");
    assert!(model.detail.form.has_schema);
    let mut talk = Talk::begin(&engine, &room, start("sandbox/parrot", &phone)).await;
    talk.until(VoicePhase::Ready).await;
    talk.say(&room, 900).await;
    talk.until(VoicePhase::Speaking).await;
    talk.until(VoicePhase::Ready).await;
    let said = &engine.voice_session().expect("live").lines[0].text;
    let seconds: f64 = said
        .split(' ')
        .nth(1)
        .and_then(|text| text.parse().ok())
        .expect("seconds");
    assert!((0.6..1.3).contains(&seconds), "heard at its rate: {said}");
    talk.end().await;
    engine.close().await.expect("closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_when_it_could_not_be_talked() {
    let stage = Stage::new();
    let engine = stage.engine().await;
    let full = Room::with_devices();
    let deaf = Room::new();
    deaf.plug(SPEAKER);
    let mute = Room::new();
    mute.plug(MICROPHONE);
    let refused = |start, room: &Room| {
        let (engine, options) = (engine.clone(), room.options());
        async move {
            let started = engine.voice_start(start, options).await;
            AppError::from(started.expect_err("refused")).code
        }
    };
    for (model, room, code) in [
        ("sandbox/parrot", &deaf, ErrorCode::VoiceNoMicrophone),
        ("sandbox/parrot", &mute, ErrorCode::VoiceNoSpeaker),
        ("sandbox/eliza", &full, ErrorCode::VoiceNotRealtime),
        ("sandbox/none", &full, ErrorCode::ModelUnknown),
        ("sandbox/morse-tts", &full, ErrorCode::InputInvalid),
    ] {
        assert_eq!(refused(start(model, &[]), room).await, code, "{model}");
    }
    let mut capped = start("sandbox/parrot", &[]);
    capped.cost_cap_usd = Some("-1".to_owned());
    assert_eq!(refused(capped, &full).await, ErrorCode::InputInvalid);
    assert_eq!(stage.requests("Run").await, 0);
    assert!(engine.voice_session().is_none());
    assert_eq!(full.backend.open_streams(), 0);
    engine.close().await.expect("closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_refused_ends_its_session_and_says_why() {
    let rules = json!([{"on": {"path": "Run/*"}, "do": {"refuse": "balance"}}]);
    let stage = Stage::with_faults(&rules);
    let engine = stage.engine().await;
    let room = Room::with_devices();
    let mut talk = Talk::begin(&engine, &room, start("sandbox/parrot", &[])).await;
    let state = talk.until_over().await;
    assert_eq!(state.end, Some(VoiceEnd::Failed));
    let code = state.trouble.map(|trouble| trouble.code);
    assert_eq!(code, Some(ErrorCode::BalanceInsufficient));
    assert_eq!(
        settled(&engine, &talk.run_id).await.summary.state,
        RunState::Refused
    );
    assert!(engine.voice_session().is_none(), "another may be started");
    let kept = engine.voice_session_show(&talk.run_id).await.expect("kept");
    assert!(kept.summary.is_over && kept.lines.is_empty(), "{kept:?}");
    engine.close().await.expect("closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_is_tried_outside_a_session() {
    let stage = Stage::new();
    let engine = stage.engine().await;
    // This machine may have no sound at all: then that is said.
    match engine.voice_devices().await {
        Ok(devices) => assert!(devices.inputs.iter().all(|device| !device.id.is_empty())),
        Err(error) => assert!(AppError::from(error).code.as_str().starts_with("voice.")),
    }
    let mode = engine.app_state().settings.voice.mode;
    assert_eq!(mode, VoiceMode::HoldToTalk);
    engine.close().await.expect("closed");
}
