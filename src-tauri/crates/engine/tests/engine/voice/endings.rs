//! However a session ends, it ends well and what was said is kept.

use serde_json::json;
use wiro_engine::dto::{
    ErrorCode, RunState, VoiceControl, VoiceEnd, VoiceEvent, VoicePause, VoicePhase,
};

use super::room::{MICROPHONE, Room, Talk, start};
use crate::stage::{Stage, settled, submission, submit, texts, wait_for};
use wiro_audio::device::DeviceKind;

#[tokio::test(flavor = "multi_thread")]
async fn it_ends_when_it_has_cost_as_much_as_it_may() {
    let stage = Stage::new();
    let engine = stage.engine().await;
    let room = Room::with_devices();
    let mut capped = start("sandbox/parrot", &[]);
    capped.cost_cap_usd = Some("0.000001".to_owned());
    let mut talk = Talk::begin(&engine, &room, capped).await;
    talk.until(VoicePhase::Ready).await;
    talk.say(&room, 600).await;
    assert_eq!(talk.until_over().await.end, Some(VoiceEnd::CostCap));
    let run = settled(&engine, &talk.run_id).await;
    assert_eq!(
        run.summary.state,
        RunState::Succeeded,
        "it ended well: {run:?}"
    );
    engine.close().await.expect("closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_may_end_it_as_it_does_when_the_wallet_is_empty() {
    let stage = Stage::new();
    let engine = stage.engine().await;
    let room = Room::with_devices();
    let mut talk = Talk::begin(&engine, &room, start("sandbox/parrot", &[])).await;
    talk.until(VoicePhase::Ready).await;
    engine.run_stop(&talk.run_id).await.expect("killed");
    let state = talk.until_over().await;
    assert_eq!((state.end, state.trouble), (Some(VoiceEnd::Service), None));
    let run = settled(&engine, &talk.run_id).await;
    assert_eq!(run.summary.state, RunState::Cancelled, "{run:?}");
    engine.close().await.expect("closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_breaks_ends_it_and_what_was_said_stays() {
    let rules = json!([{"on": {"path": "socket"}, "do": {"drop_after": "task_cost"}}]);
    let stage = Stage::with_faults(&rules);
    let engine = stage.engine().await;
    let room = Room::with_devices();
    let mut talk = Talk::begin(&engine, &room, start("sandbox/parrot", &[])).await;
    talk.until(VoicePhase::Ready).await;
    talk.say(&room, 600).await;
    let state = talk.until_over().await;
    assert_eq!(state.end, Some(VoiceEnd::ConnectionLost));
    let trouble = state.trouble.map(|trouble| trouble.code);
    assert_eq!(trouble, Some(ErrorCode::VoiceConnectionLost));
    let run = settled(&engine, &talk.run_id).await;
    assert!(run.summary.cost_usd.is_some(), "{run:?}");
    let kept = engine.voice_session_show(&talk.run_id).await.expect("kept");
    assert_eq!(kept.lines.len(), 2, "{kept:?}");
    assert_eq!(stage.requests("Run").await, 1);
    engine.close().await.expect("closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_microphone_pauses_it_and_another_goes_on() {
    let stage = Stage::new();
    let engine = stage.engine().await;
    let room = Room::with_devices();
    let mut talk = Talk::begin(&engine, &room, start("sandbox/parrot", &[])).await;
    talk.until(VoicePhase::Ready).await;
    room.backend.unplug(MICROPHONE.1);
    let paused = talk.until(VoicePhase::Paused).await;
    assert_eq!(paused.pause, Some(VoicePause::InputLost));
    let trouble = paused.trouble.map(|trouble| trouble.code);
    assert_eq!(trouble, Some(ErrorCode::VoiceDeviceLost));
    room.plug((DeviceKind::Input, "headset"));
    let state = talk
        .control(VoiceControl::UseDevices {
            input: Some("headset".to_owned()),
            output: None,
        })
        .await;
    assert_eq!((state.phase, state.trouble), (VoicePhase::Ready, None));
    assert_eq!(state.input_name.as_deref(), Some("headset"));
    talk.say(&room, 700).await;
    talk.until(VoicePhase::Speaking).await;
    assert_eq!(talk.end().await.end, Some(VoiceEnd::Person));
    engine.close().await.expect("closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_the_app_ends_it_well_and_the_next_start_finds_what_it_cost() {
    let stage = Stage::new();
    let engine = stage.engine().await;
    let room = Room::with_devices();
    let mut talk = Talk::begin(&engine, &room, start("sandbox/parrot", &[])).await;
    talk.until(VoicePhase::Ready).await;
    talk.say(&room, 700).await;
    talk.until_event(|event| matches!(event, VoiceEvent::Cost { .. }))
        .await;
    engine.close().await.expect("closed");
    assert_eq!(talk.until_over().await.end, Some(VoiceEnd::Closed));
    assert_eq!(room.backend.open_streams(), 0);

    let engine = stage.engine().await;
    engine.resume().await.expect("taken up");
    let run = settled(&engine, &talk.run_id).await;
    assert_eq!(run.summary.state, RunState::Succeeded, "{run:?}");
    assert!(run.summary.cost_usd.is_some());
    let kept = engine.voice_session_show(&talk.run_id).await.expect("kept");
    assert!(kept.summary.is_over && kept.lines.len() == 2, "{kept:?}");
    assert_eq!(stage.requests("Run").await, 1);
    engine.close().await.expect("closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_waits_in_the_queue_can_be_ended() {
    let stage = Stage::with(|config| config.workers(1));
    let engine = stage.engine().await;
    let slow = submission("sandbox/slow", texts(&[("seconds", "30")]));
    let before = submit(&engine, slow).await;
    wait_for(&engine, &before, "to start", |state| {
        state == RunState::Running
    })
    .await;
    let room = Room::with_devices();
    let mut talk = Talk::begin(&engine, &room, start("sandbox/parrot", &[])).await;
    let accepted = |state| state == RunState::Running;
    wait_for(&engine, &talk.run_id, "to be accepted", accepted).await;
    assert_eq!(
        room.backend.open_streams(),
        0,
        "the microphone is not open before the service is ready"
    );
    let state = talk.end().await;
    assert_eq!(
        (state.end, state.ready_at_ms),
        (Some(VoiceEnd::Person), None)
    );
    let run = settled(&engine, &talk.run_id).await;
    assert_eq!(run.summary.state, RunState::Cancelled, "{run:?}");
    engine.close().await.expect("closed");
}
