//! Devices that refuse, break, go and come back.

use std::time::Duration;

use wiro_audio::device::DeviceKind::{self, Input, Output};
use wiro_audio::error::AudioError;
use wiro_audio::fake::{FakeBackend, FakeDevice};
use wiro_audio::session::{AudioEvent, SessionOptions};

use crate::rig::{Rig, chunks, plain_capture, plain_playback, two_devices};
use crate::signal::{from_pcm16, rms, sine, tone_pcm16};

fn lost(event: AudioEvent) -> Option<(DeviceKind, AudioError)> {
    match event {
        AudioEvent::DeviceLost { kind, reason } => Some((kind, reason)),
        _ => None,
    }
}

fn back(rig: &Rig) -> DeviceKind {
    rig.wait_for(|event| match event {
        AudioEvent::DeviceBack { kind } => Some(kind),
        _ => None,
    })
}

#[test]
fn refusals_are_told_apart() {
    let detail = || "said so".to_owned();
    let refusals = [
        AudioError::Denied { detail: detail() },
        AudioError::Busy { detail: detail() },
        AudioError::Gone { detail: detail() },
        AudioError::Unsupported { detail: detail() },
        AudioError::Backend { detail: detail() },
    ];
    for refusal in refusals {
        let fake = two_devices(FakeBackend::new());
        fake.refuse_next(refusal.clone());
        assert_eq!(
            Rig::try_open(fake.clone(), plain_capture()).err(),
            Some(refusal)
        );
        assert_eq!(fake.open_streams(), 0);
    }
    let nothing = Rig::try_open(FakeBackend::new(), plain_capture()).err();
    assert_eq!(
        nothing,
        Some(AudioError::NoDevice {
            kind: Input,
            wanted: None
        })
    );
}

#[test]
fn a_monitor_is_no_microphone_unless_asked_for() {
    let fake = FakeBackend::new();
    let mut monitor = FakeDevice::new(Input, "spk.monitor");
    monitor.device.is_monitor = true;
    fake.plug(monitor);
    let refused = Rig::try_open(fake.clone(), plain_capture()).err();
    assert_eq!(
        refused,
        Some(AudioError::NoDevice {
            kind: Input,
            wanted: None
        })
    );
    let mut options = plain_capture();
    options.capture.as_mut().unwrap().device = Some("spk.monitor".to_owned());
    assert!(Rig::try_open(fake, options).is_ok());
}

#[test]
fn a_stream_that_was_moved_records_nothing() {
    for talked_ms in [100, 180, 200, 390] {
        let fake = two_devices(FakeBackend::moving_streams());
        fake.hear(|frame, _| sine(frame, 1_000.0, 48_000) * 0.2);
        let rig = Rig::open(fake, plain_capture());
        rig.run(500);
        rig.session.start_talking();
        rig.run(talked_ms);
        // The stream goes on, louder than anything a person said, and nothing reports it.
        rig.fake.unplug("mic");
        rig.run(1_000);
        let mut events = Vec::new();
        let (kind, reason) = rig.wait_for(|event| {
            let found = match &event {
                AudioEvent::DeviceLost { kind, reason } => Some((*kind, reason.clone())),
                _ => None,
            };
            events.push(event);
            found
        });
        assert_eq!(kind, Input);
        assert!(matches!(reason, AudioError::Gone { .. }), "{reason:?}");
        let (bytes, lasts) = chunks(&events);
        assert_eq!(
            lasts.last(),
            Some(&true),
            "the utterance ends with what was believed"
        );
        let loudest = from_pcm16(&bytes)
            .into_iter()
            .map(f32::abs)
            .fold(0.0, f32::max);
        assert!(
            loudest < 0.15,
            "{loudest} after {talked_ms} ms: the monitor was recorded"
        );
        assert_eq!(rig.fake.open_streams(), 0);
    }
}

#[test]
fn believed_chunks_are_whole_and_in_time() {
    let fake = two_devices(FakeBackend::moving_streams());
    fake.hear(|frame, _| sine(frame, 1_000.0, 48_000));
    let rig = Rig::open(fake, plain_capture());
    rig.session.start_talking();
    rig.run(1_000);
    rig.session.stop_talking();
    rig.settle();
    let (bytes, lasts) = chunks(&rig.events());
    assert_eq!(lasts, [false, false, false, false, false, true]);
    assert!(bytes.len() >= 48 * 950, "{} bytes", bytes.len());
}

#[test]
fn a_broken_stream_is_lost_and_opened_again() {
    let fake = two_devices(FakeBackend::new());
    fake.hear(|frame, _| sine(frame, 1_000.0, 48_000));
    let rig = Rig::open(fake, plain_capture());
    rig.session.start_talking();
    rig.run(100);
    let reason = AudioError::Gone {
        detail: "the server died".to_owned(),
    };
    rig.fake.fail("mic", &reason);
    assert_eq!(rig.wait_for(lost), (Input, reason));
    assert_eq!(back(&rig), Input);
    rig.run(300);
    assert!(rig.events().is_empty(), "talking ended with the device");
    rig.session.start_talking();
    rig.run(200);
    let (bytes, _) = chunks(&rig.events());
    assert!(rms(&from_pcm16(&bytes)) > 0.3);
}

#[test]
fn a_lost_speaker_keeps_what_waits() {
    let rig = Rig::open(two_devices(FakeBackend::new()), plain_playback());
    rig.session.play(1, &tone_pcm16(2_000, 440.0)).unwrap();
    rig.session.end_turn(1);
    rig.run(500);
    rig.fake.unplug("spk");
    assert_eq!(rig.wait_for(lost).0, Output);
    rig.fake.plug(FakeDevice::new(Output, "spk"));
    assert_eq!(back(&rig), Output);
    rig.fake.take_played();
    rig.run(2_000);
    let loud = rig
        .fake
        .take_played()
        .iter()
        .filter(|sample| sample.abs() > 0.01)
        .count();
    assert!(
        loud > 48 * 1_300,
        "{loud} frames after the speaker came back"
    );
    let played = rig.events().into_iter().find_map(|event| match event {
        AudioEvent::TurnPlayed { turn, samples } => Some((turn, samples)),
        _ => None,
    });
    assert_eq!(played, Some((1, 48_000)));
}

#[test]
fn another_device_can_be_chosen() {
    let fake = two_devices(FakeBackend::new());
    fake.plug(FakeDevice {
        sample_rate_hz: 16_000,
        ..FakeDevice::new(Input, "headset")
    });
    fake.hear(|_, _| 0.3);
    let rig = Rig::open(
        fake,
        SessionOptions {
            playback: plain_playback().playback,
            ..plain_capture()
        },
    );
    rig.fake.unplug("mic");
    assert_eq!(rig.wait_for(lost).0, Input);
    let missing = rig.session.use_device(Input, Some("nowhere"));
    assert_eq!(
        missing,
        Err(AudioError::NoDevice {
            kind: Input,
            wanted: Some("nowhere".to_owned())
        })
    );
    rig.session.use_device(Input, Some("headset")).unwrap();
    rig.session.start_talking();
    rig.run(500);
    let (bytes, _) = chunks(&rig.events());
    assert!(rms(&from_pcm16(&bytes)) > 0.25);
    assert_eq!(rig.fake.open_streams(), 2);
}

#[test]
fn closing_leaves_no_stream() {
    let fake = two_devices(FakeBackend::new());
    let rig = Rig::open(
        fake,
        SessionOptions {
            playback: plain_playback().playback,
            ..plain_capture()
        },
    );
    rig.run(100);
    let Rig { fake, session, .. } = rig;
    assert_eq!(fake.open_streams(), 2);
    assert_eq!(session.close().unwrap(), None);
    assert_eq!(fake.open_streams(), 0);
    fake.advance(Duration::from_millis(100));
}

#[test]
fn an_interrupt_is_not_lost_between_two_speakers() {
    let fake = two_devices(FakeBackend::new());
    fake.plug(FakeDevice::new(Output, "headset"));
    let rig = Rig::open(fake, plain_playback());
    rig.session.play(1, &tone_pcm16(2_000, 440.0)).unwrap();
    rig.run(300);
    // No time goes by in which the first speaker could fall silent.
    rig.session.interrupt();
    rig.session.use_device(Output, Some("headset")).unwrap();
    rig.session.play(2, &tone_pcm16(300, 440.0)).unwrap();
    rig.session.end_turn(2);
    rig.run(800);
    let turns: Vec<_> = rig
        .events()
        .into_iter()
        .filter_map(|event| match event {
            AudioEvent::TurnStarted { turn } => Some((turn, None)),
            AudioEvent::TurnPlayed { turn, samples } => Some((turn, Some(samples))),
            _ => None,
        })
        .collect();
    assert_eq!(turns.len(), 4, "{turns:?}");
    assert_eq!(turns[0], (1, None));
    let heard = turns[1].1.unwrap();
    assert!(
        (24 * 250..=24 * 300).contains(&heard),
        "{heard} samples of the first"
    );
    assert_eq!(turns[2..], [(2, None), (2, Some(7_200))]);
}
