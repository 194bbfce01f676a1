//! WAV files in place of devices.

use std::path::Path;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use wiro_audio::device::{Backend, DeviceKind};
use wiro_audio::error::AudioError;
use wiro_audio::file::FileBackend;
use wiro_audio::session::{AudioEvent, AudioSession, SessionOptions};

use crate::rig::{chunks, plain_capture, plain_playback};
use crate::signal::{assert_tone, from_pcm16, sine, tone_pcm16};

fn write_wav(path: &Path, spec: hound::WavSpec, seconds: u32) {
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    for frame in 0..u64::from(spec.sample_rate * seconds) {
        let sample = sine(frame, 1_000.0, spec.sample_rate);
        for _ in 0..spec.channels {
            match spec.sample_format {
                hound::SampleFormat::Float => writer.write_sample(sample).unwrap(),
                hound::SampleFormat::Int => {
                    let full_scale = 2.0_f32.powi(i32::from(spec.bits_per_sample) - 1) - 1.0;
                    writer.write_sample((sample * full_scale) as i32).unwrap();
                }
            }
        }
    }
    writer.finalize().unwrap();
}

#[test]
fn a_file_speaks_and_another_listens() {
    use hound::SampleFormat::{Float, Int};
    let folder = tempfile::tempdir().unwrap();
    for (channels, sample_rate, bits_per_sample, sample_format) in [
        (1, 48_000, 16, Int),
        (2, 44_100, 24, Int),
        (1, 16_000, 8, Int),
        (2, 24_000, 32, Float),
    ] {
        let spoken = folder.path().join("spoken.wav");
        let heard = folder.path().join("heard.wav");
        write_wav(
            &spoken,
            hound::WavSpec {
                channels,
                sample_rate,
                bits_per_sample,
                sample_format,
            },
            1,
        );
        let backend = FileBackend::new(1)
            .with_microphone(&spoken)
            .unwrap()
            .with_speaker(&heard, 48_000);
        let (told, events) = mpsc::channel();
        let options = SessionOptions {
            playback: plain_playback().playback,
            ..plain_capture()
        };
        let session = AudioSession::open(
            Arc::new(backend.clone()),
            options,
            Box::new(move |event| drop(told.send(event))),
        )
        .unwrap();
        session.start_talking();
        session.play(1, &tone_pcm16(500, 440.0)).unwrap();
        session.end_turn(1);
        let mut seen = Vec::new();
        let is_played = |event: &AudioEvent| matches!(event, AudioEvent::TurnPlayed { .. });
        while !(backend.is_finished()
            && seen.iter().any(is_played)
            && chunks(&seen).0.len() >= 48 * 1_000)
        {
            seen.push(events.recv_timeout(Duration::from_secs(5)).unwrap());
        }
        session.close().unwrap();
        let samples = from_pcm16(&chunks(&seen).0);
        assert_tone(&samples[2_400..21_600], 1_000.0, 24_000);
        let mut wav = hound::WavReader::open(&heard).unwrap();
        let played: Vec<f32> = wav
            .samples::<i16>()
            .map(|sample| f32::from(sample.unwrap()) / 32_768.0)
            .collect();
        let from = played.iter().position(|sample| sample.abs() > 0.1).unwrap();
        assert_tone(&played[from..from + 24_000], 440.0, 48_000);
    }
}

#[test]
fn what_is_no_wav_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.wav");
    fs_err::write(&path, "no sound").unwrap();
    for path in [path, folder.path().join("missing.wav")] {
        let refused = FileBackend::new(1).with_microphone(&path).err();
        assert!(
            matches!(refused, Some(AudioError::File { .. })),
            "{refused:?}"
        );
    }
    let none = FileBackend::new(1);
    assert!(none.devices().unwrap().is_empty());
    assert!(matches!(
        none.spec(DeviceKind::Input, "x"),
        Err(AudioError::NoDevice { .. })
    ));
}
