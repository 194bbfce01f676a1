//! Files in place of devices: a text is read into a WAV, and heard from it again.

use wiro_engine::VoiceOptions;
use wiro_engine::dto::{RunState, VoiceEnd, VoiceKind};

use super::room::{Room, Talk, start};
use crate::stage::{Stage, settled};

const TEXT: &str = "HELLO";
/// Slow enough for a machine that is busy with other tests: a gap of a few blocks is no gap between marks.
const WORDS_PER_MINUTE: &str = "12";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_read_into_a_file_is_dictated_from_it_letter_by_letter() {
    let stage = Stage::new();
    let engine = stage.engine().await;
    let no_devices = Room::new();
    let wav = stage.path("said.wav");
    let reading = start(
        "sandbox/morse-tts",
        &[("text", TEXT), ("speed", WORDS_PER_MINUTE)],
    );
    let options = VoiceOptions {
        output_wav: Some(wav.clone()),
        ..no_devices.options()
    };
    let mut talk = Talk::with(&engine, reading, options).await;
    let state = talk.until_over().await;
    assert_eq!(
        (state.kind, state.end),
        (VoiceKind::ReadAloud, Some(VoiceEnd::Done))
    );
    let run = settled(&engine, &talk.run_id).await;
    assert_eq!(run.summary.state, RunState::Succeeded, "{run:?}");

    let options = VoiceOptions {
        input_wav: Some(wav),
        ..no_devices.options()
    };
    let mut talk = Talk::with(&engine, start("sandbox/morse-stt", &[]), options).await;
    let state = talk.until_over().await;
    assert_eq!(
        (state.kind, state.end),
        (VoiceKind::Dictate, Some(VoiceEnd::Done))
    );
    let kept = engine.voice_session_show(&talk.run_id).await.expect("kept");
    let words: Vec<_> = kept.lines.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(words.join(" "), TEXT, "{kept:?}");
    engine.close().await.expect("closed");
}
