//! Microphone to chunks.

use std::time::Duration;

use wiro_audio::device::{Backend, DeviceKind, SampleFormat};
use wiro_audio::fake::{FakeBackend, FakeDevice};
use wiro_audio::session::AudioEvent;

use crate::rig::{Rig, chunks, plain_capture};
use crate::signal::{amplitude, from_pcm16, rms, sine};

fn microphone() -> FakeDevice {
    FakeDevice::new(DeviceKind::Input, "mic")
}

fn rig_with(device: FakeDevice) -> Rig {
    let fake = FakeBackend::new();
    fake.plug(device);
    Rig::open(fake, plain_capture())
}

#[test]
fn every_rate_format_and_block_size_becomes_the_same_chunks() {
    let rates_hz = [8_000, 11_025, 16_000, 44_100, 48_000, 96_000];
    let formats = [
        SampleFormat::U8,
        SampleFormat::I16,
        SampleFormat::I24,
        SampleFormat::I32,
        SampleFormat::F32,
    ];
    let blocks: [&[usize]; 4] = [&[], &[1, 24, 7], &[441], &[333, 1_024]];
    for (index, sample_rate_hz) in rates_hz.into_iter().enumerate() {
        for (sample_format, channels) in formats
            .into_iter()
            .zip([1, 2].into_iter().cycle().skip(index))
        {
            let block_frames = blocks[index % blocks.len()].to_vec();
            let case = format!(
                "{sample_rate_hz} Hz, {sample_format:?}, {channels} channels, blocks {block_frames:?}"
            );
            let rig = rig_with(FakeDevice {
                sample_rate_hz,
                sample_format,
                channels,
                block_frames,
                ..microphone()
            });
            rig.fake
                .hear(move |frame, _| sine(frame, 1_000.0, sample_rate_hz));
            rig.session.start_talking();
            rig.run(1_000);
            rig.session.stop_talking();
            rig.settle();
            let (bytes, lasts) = chunks(&rig.events());
            let ends = lasts.iter().filter(|last| **last).count();
            assert_eq!((ends, lasts.last()), (1, Some(&true)), "{case}");
            // What the converter holds back at the end: its delay, and a block it waits for.
            assert!(
                (48_000 - 2_400..=48_000).contains(&bytes.len()),
                "{case}: {} bytes",
                bytes.len()
            );
            let samples = from_pcm16(&bytes);
            let level = amplitude(&samples[2_400..21_600], 1_000.0, 24_000);
            assert!((level - 0.5).abs() < 0.01, "{case}: amplitude {level}");
        }
    }
}

#[test]
fn stereo_is_mixed_down() {
    let rig = rig_with(FakeDevice {
        channels: 2,
        ..microphone()
    });
    rig.fake.hear(|frame, channel| {
        if channel == 0 {
            sine(frame, 1_000.0, 48_000)
        } else {
            0.0
        }
    });
    rig.session.start_talking();
    rig.run(600);
    let (bytes, _) = chunks(&rig.events());
    let level = amplitude(&from_pcm16(&bytes)[2_400..7_200], 1_000.0, 24_000);
    assert!((level - 0.25).abs() < 0.005, "amplitude {level}");
}

#[test]
fn nothing_is_sent_before_talking_and_the_pre_roll_comes_first() {
    let rig = rig_with(microphone());
    // A word that begins 250 ms before the button.
    rig.fake.hear(|frame, _| {
        if frame >= 36_000 {
            sine(frame, 1_000.0, 48_000)
        } else {
            0.0
        }
    });
    rig.run(1_000);
    assert!(rig.events().is_empty());
    rig.session.start_talking();
    rig.run(200);
    rig.session.stop_talking();
    rig.settle();
    let events = rig.events();
    let (bytes, lasts) = chunks(&events);
    assert_eq!(lasts.iter().filter(|last| **last).count(), 1);
    let samples = from_pcm16(&bytes);
    let onset = samples
        .iter()
        .position(|sample| sample.abs() > 0.1)
        .unwrap();
    // 300 to 310 ms of pre-roll, and the converter's delay of 10 ms: 50 to 70 ms of silence, then the whole word.
    assert!(
        (1_200..=1_700).contains(&onset),
        "the word begins after {onset} samples"
    );
    assert!(
        samples.len() - onset >= 24 * 425,
        "{} samples of the word",
        samples.len() - onset
    );
}

#[test]
fn without_a_pre_roll_it_starts_at_the_button() {
    let fake = FakeBackend::new();
    fake.plug(microphone());
    let mut options = plain_capture();
    options.capture.as_mut().unwrap().pre_roll_ms = 0;
    let rig = Rig::open(fake, options);
    rig.run(1_000);
    rig.session.start_talking();
    rig.run(100);
    rig.session.stop_talking();
    rig.settle();
    let (bytes, _) = chunks(&rig.events());
    let ms = bytes.len() / 48;
    assert!((80..=110).contains(&ms), "{ms} ms");
}

#[test]
fn stopping_flushes_the_partial_chunk_at_once_and_once() {
    for (talked_ms, expected) in [
        (90_u64, vec![true]),
        (330, vec![false, true]),
        (410, vec![false, false, true]),
    ] {
        let fake = FakeBackend::new();
        fake.plug(microphone());
        let mut options = plain_capture();
        options.capture.as_mut().unwrap().pre_roll_ms = 0;
        let rig = Rig::open(fake, options);
        rig.session.start_talking();
        rig.run(talked_ms);
        rig.session.stop_talking();
        rig.session.stop_talking();
        rig.settle();
        let now = rig.fake.now();
        let events = rig.events();
        let (_, lasts) = chunks(&events);
        assert_eq!(lasts, expected, "{talked_ms} ms");
        let Some(AudioEvent::Chunk {
            last_sample_at,
            first_sample_at,
            ..
        }) = events.last()
        else {
            panic!()
        };
        let age = now.duration_since(*last_sample_at);
        assert!(
            age <= Duration::from_millis(20),
            "the newest sample is {age:?} old"
        );
        assert!(first_sample_at <= last_sample_at);
    }
}

#[test]
fn chunks_follow_one_another_in_time() {
    let rig = rig_with(FakeDevice {
        skew_ppm: 200.0,
        block_frames: vec![7, 480, 333],
        ..microphone()
    });
    rig.run(500);
    rig.session.start_talking();
    rig.run(2_000);
    let times: Vec<_> = rig
        .events()
        .into_iter()
        .filter_map(|event| match event {
            AudioEvent::Chunk {
                first_sample_at,
                last_sample_at,
                ..
            } => Some((first_sample_at, last_sample_at)),
            _ => None,
        })
        .collect();
    assert!(times.len() >= 10);
    for (first, last) in &times {
        let length = last.duration_since(*first).as_secs_f64();
        assert!((length - 0.2).abs() < 0.025, "a chunk of {length} s");
    }
    for pair in times.windows(2) {
        let gap = pair[1].0.duration_since(pair[0].0).as_secs_f64();
        assert!((gap - 0.2).abs() < 0.025, "{gap} s between two chunks");
    }
}

#[test]
fn while_muted_nothing_is_sent_or_kept() {
    let rig = rig_with(microphone());
    rig.fake.hear(|frame, _| sine(frame, 1_000.0, 48_000));
    rig.session.start_talking();
    rig.run(300);
    rig.session.set_muted(true);
    rig.settle();
    let (before, _) = chunks(&rig.events());
    rig.run(1_000);
    let (during, lasts) = chunks(&rig.events());
    // What had been said goes out, cut short and not as the last; nothing of the muted second does.
    assert!(
        before.len() + during.len() <= 48 * 310,
        "{} bytes",
        before.len() + during.len()
    );
    assert_eq!(lasts, [false]);
    rig.session.set_muted(false);
    rig.run(250);
    let (after, lasts) = chunks(&rig.events());
    assert_eq!((after.len(), lasts), (9_600, vec![false]));
}

#[test]
fn talking_twice_in_a_row_is_two_utterances() {
    let rig = rig_with(microphone());
    rig.run(500);
    for _ in 0..2 {
        rig.session.start_talking();
        rig.session.start_talking();
        rig.run(100);
        rig.session.stop_talking();
        rig.settle();
        let (bytes, lasts) = chunks(&rig.events());
        assert_eq!(lasts.last(), Some(&true));
        // The pre-roll of the second reaches into the first, but what was sent is not sent again.
        assert!(bytes.len() >= 48 * 90, "{} bytes", bytes.len());
    }
}

#[test]
fn the_level_follows_the_voice() {
    let rig = rig_with(microphone());
    rig.fake.hear(|frame, _| sine(frame, 1_000.0, 48_000));
    rig.run(500);
    rig.session.levels();
    rig.run(200);
    let level = rig.session.levels().microphone;
    assert!((level.peak_dbfs + 6.0).abs() < 0.2, "{level:?}");
    assert!((level.rms_dbfs + 9.0).abs() < 0.2, "{level:?}");
}

#[test]
fn the_voice_survives_the_echo_and_the_echo_does_not() {
    use wiro_audio::session::{CaptureOptions, PlaybackOptions, SessionOptions};
    let mut residue = Vec::new();
    for echo_cancellation in [false, true] {
        let fake = crate::rig::two_devices(FakeBackend::new());
        fake.loop_back(Duration::from_millis(60), 0.5);
        let capture = CaptureOptions {
            echo_cancellation,
            noise_suppression: false,
            activity: false,
            ..CaptureOptions::default()
        };
        let options = SessionOptions {
            capture: Some(capture),
            playback: Some(PlaybackOptions::default()),
            record: None,
        };
        let rig = Rig::open(fake, options);
        // Noise in bursts, as speech is; a steady sine would not tell an echo's delay.
        let mut state = 1_u32;
        let noise = (0..24_000 * 8_u32).map(|index| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let gate = if index / 6_000 % 2 == 0 { 0.4 } else { 0.02 };
            ((state >> 8) as f32 / 8_388_608.0 - 1.0) * gate
        });
        rig.session
            .play(1, &crate::signal::to_pcm16(noise))
            .unwrap();
        rig.session.end_turn(1);
        rig.session.start_talking();
        rig.run(7_500);
        let (bytes, _) = chunks(&rig.events());
        let samples = from_pcm16(&bytes);
        residue.push(rms(&samples[24_000 * 5..24_000 * 7]));
    }
    let reduction_db = 20.0 * (residue[0] / residue[1].max(1e-9)).log10();
    assert!(
        reduction_db > 20.0,
        "{reduction_db} dB of echo taken out ({residue:?})"
    );
}
