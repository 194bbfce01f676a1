//! Wire bytes to the speaker.

use wiro_audio::device::{DeviceKind, SampleFormat};
use wiro_audio::error::AudioError;
use wiro_audio::fake::{FakeBackend, FakeDevice};
use wiro_audio::session::{AudioEvent, SessionOptions};

use crate::rig::{Rig, plain_capture, plain_playback, two_devices};
use crate::signal::{amplitude, is_silent, rms, tone_pcm16};

fn rig_with(device: FakeDevice) -> Rig {
    let fake = FakeBackend::new();
    fake.plug(device);
    fake.keep_played();
    Rig::open(fake, plain_playback())
}

fn rig() -> Rig {
    rig_with(FakeDevice::new(DeviceKind::Output, "spk"))
}

fn turns(events: &[AudioEvent]) -> Vec<String> {
    let told = events.iter().filter_map(|event| match event {
        AudioEvent::TurnStarted { turn } => Some(format!("started {turn}")),
        AudioEvent::TurnPlayed { turn, samples } => Some(format!("played {turn}: {samples}")),
        AudioEvent::Underrun => Some("underrun".to_owned()),
        _ => None,
    });
    told.collect()
}

#[test]
fn every_rate_format_and_block_size_plays_the_same_tone() {
    let rates_hz = [8_000, 11_025, 16_000, 44_100, 48_000, 96_000];
    let formats = [
        SampleFormat::U8,
        SampleFormat::I16,
        SampleFormat::I24,
        SampleFormat::I32,
        SampleFormat::F32,
    ];
    let blocks: [&[usize]; 4] = [&[], &[441], &[1, 480, 333], &[2_048]];
    for (index, sample_rate_hz) in rates_hz.into_iter().enumerate() {
        for (sample_format, channels) in formats
            .into_iter()
            .zip([1, 2].into_iter().cycle().skip(index))
        {
            let block_frames = blocks[index % blocks.len()].to_vec();
            let case = format!(
                "{sample_rate_hz} Hz, {sample_format:?}, {channels} channels, blocks {block_frames:?}"
            );
            let device = FakeDevice::new(DeviceKind::Output, "spk");
            let rig = rig_with(FakeDevice {
                sample_rate_hz,
                sample_format,
                channels,
                block_frames,
                ..device
            });
            rig.session.play(7, &tone_pcm16(1_000, 1_000.0)).unwrap();
            rig.session.end_turn(7);
            rig.run(1_400);
            let played = rig.fake.take_played();
            let second = sample_rate_hz as usize;
            let from = played.iter().position(|sample| sample.abs() > 0.1).unwrap();
            assert!(from < second / 5, "{case}: begins after {from} frames");
            let level = amplitude(
                &played[from + second / 10..from + second * 9 / 10],
                1_000.0,
                sample_rate_hz,
            );
            assert!((level - 0.5).abs() < 0.01, "{case}: amplitude {level}");
            assert!(
                rms(&played[from + second * 11 / 10..]) < 0.01,
                "{case}: silence after it"
            );
            assert_eq!(
                turns(&rig.events()),
                ["started 7", "played 7: 24000"],
                "{case}"
            );
        }
    }
}

#[test]
fn played_counts_what_the_speaker_took_and_not_what_waits() {
    let rig = rig();
    // The server sends faster than real time: four seconds in one go.
    rig.session.play(1, &tone_pcm16(4_000, 440.0)).unwrap();
    rig.session.end_turn(1);
    rig.run(500);
    let counters = rig.session.counters();
    assert_eq!(counters.turn, Some(1));
    let played = counters.turn_played_samples;
    assert!(
        (24 * 460..=24 * 500).contains(&played),
        "{played} samples after half a second"
    );
    assert!(
        (3_400.0..3_520.0).contains(&counters.fill_ms),
        "{} ms wait",
        counters.fill_ms
    );
    assert_eq!(turns(&rig.events()), ["started 1"]);
    rig.run(3_600);
    assert_eq!(turns(&rig.events()), ["played 1: 96000"]);
    assert_eq!(
        (
            rig.session.counters().slips,
            rig.session.counters().underruns
        ),
        (0, 0)
    );
}

#[test]
fn an_interrupt_silences_within_50_ms_and_tells_how_much_was_heard() {
    for after_ms in [120, 130, 500] {
        let rig = rig();
        rig.session.play(1, &tone_pcm16(3_000, 440.0)).unwrap();
        rig.run(after_ms);
        rig.fake.take_played();
        rig.session.interrupt();
        rig.run(50);
        let fading = rig.fake.take_played();
        let step = fading
            .windows(2)
            .map(|pair| (pair[1] - pair[0]).abs())
            .fold(0.0, f32::max);
        assert!(step < 0.04, "a click of {step}");
        rig.run(500);
        assert!(is_silent(&rig.fake.take_played()), "silence after 50 ms");
        let told = turns(&rig.events());
        assert_eq!(told.len(), 2, "{told:?}");
        let samples: u64 = told[1].strip_prefix("played 1: ").unwrap().parse().unwrap();
        let expected = 24 * after_ms;
        assert!(
            (expected - 24 * 40..=expected + 24 * 10).contains(&samples),
            "{samples} samples after {after_ms} ms"
        );

        // What still arrives of it is dropped; the next turn starts whole.
        rig.session.play(1, &tone_pcm16(500, 440.0)).unwrap();
        rig.run(200);
        assert!(
            is_silent(&rig.fake.take_played()),
            "the rest of an interrupted turn"
        );
        rig.session.play(2, &tone_pcm16(500, 440.0)).unwrap();
        rig.session.end_turn(2);
        rig.run(800);
        let level = rms(&rig.fake.take_played());
        assert!(level > 0.2, "the next turn has {level}");
        assert_eq!(turns(&rig.events()), ["started 2", "played 2: 12000"]);
    }
}

#[test]
fn a_turn_that_follows_an_interrupt_at_once_loses_nothing() {
    let rig = rig();
    rig.session.play(1, &tone_pcm16(3_000, 440.0)).unwrap();
    rig.run(300);
    rig.session.interrupt();
    rig.session.play(2, &tone_pcm16(400, 440.0)).unwrap();
    rig.session.end_turn(2);
    rig.run(1_000);
    let told = turns(&rig.events());
    assert_eq!(told[2..], ["started 2", "played 2: 9600"], "{told:?}");
}

#[test]
fn a_pause_keeps_everything() {
    let rig = rig();
    rig.session.play(1, &tone_pcm16(1_000, 440.0)).unwrap();
    rig.session.end_turn(1);
    rig.run(300);
    rig.session.set_paused(true);
    rig.run(20);
    rig.fake.take_played();
    rig.run(2_000);
    assert!(is_silent(&rig.fake.take_played()));
    let paused_at = rig.session.counters().turn_played_samples;
    assert!((24 * 260..24 * 320).contains(&paused_at), "{paused_at}");
    rig.session.set_paused(false);
    rig.run(1_000);
    assert_eq!(turns(&rig.events()), ["started 1", "played 1: 24000"]);
    let loud = rig
        .fake
        .take_played()
        .iter()
        .filter(|sample| sample.abs() > 0.001)
        .count();
    assert!(loud > 48 * 650, "{loud} frames after the pause");
}

#[test]
fn a_turn_that_runs_dry_tells_so_and_goes_on() {
    let rig = rig();
    rig.session.play(1, &tone_pcm16(200, 440.0)).unwrap();
    rig.run(600);
    rig.session.play(1, &tone_pcm16(300, 440.0)).unwrap();
    rig.session.end_turn(1);
    rig.run(1_000);
    assert_eq!(
        turns(&rig.events()),
        ["started 1", "underrun", "played 1: 12000"]
    );
    let counters = rig.session.counters();
    assert_eq!((counters.underruns, counters.slips), (1, 0));
    let played = rig.fake.take_played();
    let step = played
        .windows(2)
        .map(|pair| (pair[1] - pair[0]).abs())
        .fold(0.0, f32::max);
    assert!(step < 0.06, "a click of {step}");
}

#[test]
fn turns_that_follow_one_another_are_told_in_order() {
    let rig = rig();
    for (turn, ms) in [(1, 200), (2, 3), (3, 150)] {
        rig.session.play(turn, &tone_pcm16(ms, 440.0)).unwrap();
        rig.session.end_turn(turn);
    }
    rig.run(1_000);
    let told = turns(&rig.events());
    let expected = [
        "started 1",
        "played 1: 4800",
        "started 2",
        "played 2: 72",
        "started 3",
        "played 3: 3600",
    ];
    assert_eq!(told, expected);
}

#[test]
fn what_cannot_be_queued_is_refused_whole() {
    let rig = rig();
    let torn = rig.session.play(1, &[0; 3]);
    assert_eq!(
        torn,
        Err(AudioError::TornSample {
            bytes: 3,
            bytes_per_sample: 2
        })
    );
    let minute = vec![0; 48_000 * 60];
    for _ in 0..10 {
        rig.session.play(1, &minute).unwrap();
    }
    let full = rig.session.play(1, &minute);
    assert_eq!(full, Err(AudioError::TooMuchQueued { limit_s: 600 }));

    let fake = two_devices(FakeBackend::new());
    let silent = Rig::open(fake, plain_capture());
    assert_eq!(
        silent.session.play(1, &[0; 2]),
        Err(AudioError::NotOpen {
            kind: DeviceKind::Output
        })
    );
}

#[test]
fn both_sides_are_recorded_where_they_were_heard() {
    let folder = tempfile::tempdir().unwrap();
    let fake = two_devices(FakeBackend::new());
    fake.hear(|frame, _| crate::signal::sine(frame, 1_000.0, 48_000));
    let options = SessionOptions {
        playback: plain_playback().playback,
        record: Some(folder.path().to_owned()),
        ..plain_capture()
    };
    let rig = Rig::open(fake, options);
    rig.run(1_000);
    rig.session.play(1, &tone_pcm16(500, 440.0)).unwrap();
    rig.session.end_turn(1);
    rig.run(1_000);
    rig.session.start_talking();
    rig.run(500);
    rig.session.stop_talking();
    rig.settle();
    let Rig { session, .. } = rig;
    let recording = session.close().unwrap().unwrap();
    let mut wav = hound::WavReader::open(&recording.files[0]).unwrap();
    let samples: Vec<f32> = wav
        .samples::<i16>()
        .map(|sample| f32::from(sample.unwrap()) / 32_768.0)
        .collect();
    let side = |number: usize| {
        samples
            .iter()
            .skip(number)
            .step_by(2)
            .copied()
            .collect::<Vec<_>>()
    };
    let (person, model) = (side(0), side(1));
    // The person: what was sent, from 300 ms before the button at 2,000 ms. The model: from 1,000 ms on, half a second.
    for (track, from_ms, to_ms) in [(&person, 1_700, 2_500), (&model, 1_000, 1_500)] {
        let begins = track.iter().position(|sample| sample.abs() > 0.1).unwrap() / 24;
        let ends = track.iter().rposition(|sample| sample.abs() > 0.1).unwrap() / 24;
        assert!(
            begins.abs_diff(from_ms) <= 60 && ends.abs_diff(to_ms) <= 60,
            "{begins} to {ends} ms for {from_ms}"
        );
    }
}
