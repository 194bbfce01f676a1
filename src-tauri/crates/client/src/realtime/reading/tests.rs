use serde_json::{Value, json};

use super::*;

fn reading() -> Reading {
    Reading::new(Secret::new("t".to_owned()), SampleSize::Two)
}

fn text(reading: &mut Reading, value: &Value) -> Option<RealtimeEvent> {
    reading.text(&value.to_string())
}

fn binary(reading: &mut Reading, bytes: &'static [u8]) -> Option<RealtimeEvent> {
    reading.binary(&Bytes::from_static(bytes))
}

fn audio(turn: u32, pcm: &'static [u8]) -> RealtimeEvent {
    RealtimeEvent::Audio {
        turn,
        pcm: Bytes::from_static(pcm),
    }
}

#[test]
fn frames_become_events() {
    let said = |speaker, text: &str| RealtimeEvent::Transcript {
        speaker,
        text: text.to_owned(),
    };
    let cases = [
        (json!({"type": "task_stream_ready"}), RealtimeEvent::Ready),
        (
            json!({"type": "task_output", "message": "TRANSCRIPT_USER:What's up? TRANSCRIPT_AI:"}),
            said(Speaker::User, "What's up? TRANSCRIPT_AI:"),
        ),
        (
            json!({"type": "task_output", "tasktoken": "t", "message": "TRANSCRIPT_AI: Hi"}),
            said(Speaker::Ai, " Hi"),
        ),
        (
            json!({"type": "task_stream_end", "tasktoken": "t"}),
            RealtimeEvent::TurnEnded { turn: 0 },
        ),
        (
            json!({"type": "task_cost", "turnCost": 0.002, "cumulativeCost": "0.012", "usage": {"n": 1}}),
            RealtimeEvent::Cost {
                turn_usd: Some("0.002".parse().unwrap()),
                session_usd: Some("0.012".parse().unwrap()),
                usage: json!({"n": 1}),
            },
        ),
    ];
    let mut reading = reading();
    for (value, expected) in cases {
        assert_eq!(text(&mut reading, &value), Some(expected), "{value}");
    }
    for (kind, message) in [
        ("task_output", "a line"),
        ("task_error", "TRANSCRIPT_AI:no"),
        ("task_end", ""),
    ] {
        let event = text(&mut reading, &json!({"type": kind, "message": message}));
        assert!(matches!(event, Some(RealtimeEvent::Task(_))), "{kind}");
    }
    let unknown = text(&mut reading, &json!({"type": "flow_start"}));
    assert!(matches!(unknown, Some(RealtimeEvent::Other(_))));
    assert_eq!(
        text(
            &mut reading,
            &json!({"type": "connected", "version": "1.0"})
        ),
        None
    );
    assert_eq!(reading.dropped(), 0);
}

#[test]
fn audio_is_ready_when_the_service_says_so_and_taken_for_this_token_only() {
    let mut reading = reading();
    assert!(!reading.is_ready());
    text(
        &mut reading,
        &json!({"type": "task_stream_ready", "tasktoken": "other"}),
    );
    assert!(!reading.is_ready());
    text(&mut reading, &json!({"type": "task_stream_ready"}));
    assert!(reading.is_ready());
    assert_eq!(binary(&mut reading, b"t|a|b|"), Some(audio(0, b"a|b|")));
    for foreign in [&b"T|ab"[..], b"tt|ab", b"|ab", b"ab"] {
        assert_eq!(binary(&mut reading, foreign), None);
    }
    assert_eq!(binary(&mut reading, b"t|"), None);
    assert_eq!(reading.dropped(), 5);
    text(
        &mut reading,
        &json!({"type": "agent_output", "agenttoken": "a"}),
    );
    assert_eq!(reading.text("{"), None);
    assert_eq!(reading.dropped(), 7);
}

#[test]
fn samples_of_one_byte_are_whole_however_many_there_are() {
    let mut reading = Reading::new(Secret::new("t".to_owned()), SampleSize::One);
    assert_eq!(binary(&mut reading, b"t|abc"), Some(audio(0, b"abc")));
    assert_eq!(binary(&mut reading, b"t|d"), Some(audio(0, b"d")));
}

#[test]
fn what_was_cut_off_is_dropped_until_its_turn_ends() {
    let end = json!({"type": "task_stream_end"});
    let mut reading = reading();
    binary(&mut reading, b"t|abc");
    assert_eq!(reading.interrupt(), 0);
    assert_eq!(binary(&mut reading, b"t|de"), None);
    text(&mut reading, &end);
    // The odd byte of the old turn is gone as well.
    assert_eq!(binary(&mut reading, b"t|fg"), Some(audio(1, b"fg")));
    text(&mut reading, &end);
    // Nobody speaks: the next answer is not what was cut off.
    assert_eq!(reading.interrupt(), 2);
    assert_eq!(binary(&mut reading, b"t|hi"), Some(audio(2, b"hi")));
}
