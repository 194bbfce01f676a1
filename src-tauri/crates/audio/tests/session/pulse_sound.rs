//! Sound through real devices of a private sound server, and how long it takes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use wiro_audio::cpal_backend::CpalBackend;
use wiro_audio::device::{Backend, DeviceKind, InputBlock, OutputBlock, StreamHandle};
use wiro_audio::session::AudioEvent;

use crate::pulse::{wait_until, with_private_pulse};
use crate::pulse_devices::{PATIENCE, both_sides, open, until};
use crate::rig::{chunks, plain_playback};
use crate::signal::{amplitude, assert_tone, from_pcm16, is_silent, sine, tone_pcm16};

/// Louder than this is sound.
const LOUD: f32 = 0.05;

/// Listens to a monitor and keeps when it last changed between sound and silence.
struct Listener {
    _stream: StreamHandle,
    heard: Arc<Heard>,
    epoch: Instant,
}

#[derive(Default)]
struct Heard {
    first_loud_ns: AtomicU64,
    last_loud_ns: AtomicU64,
}

impl Listener {
    fn on(backend: &CpalBackend, device_id: &str) -> Self {
        let spec = backend.spec(DeviceKind::Input, device_id).unwrap();
        let heard = Arc::new(Heard::default());
        let epoch = Instant::now();
        let (tells, channels) = (Arc::clone(&heard), spec.channels);
        let callback = Box::new(move |block: InputBlock<'_>| {
            let mut is_loud = false;
            block
                .samples
                .for_each_mono(channels, |sample| is_loud |= sample.abs() > LOUD);
            if is_loud {
                let at = block.arrived_at.duration_since(epoch).as_nanos() as u64;
                let _ = tells.first_loud_ns.compare_exchange(
                    0,
                    at,
                    Ordering::Relaxed,
                    Ordering::Relaxed,
                );
                tells.last_loud_ns.store(at, Ordering::Relaxed);
            }
        });
        let stream = backend
            .open_input(&spec, callback, Box::new(|error| panic!("{error}")))
            .unwrap();
        Self {
            _stream: stream,
            heard,
            epoch,
        }
    }

    /// Forgets what was heard.
    fn forget(&self) {
        self.heard.first_loud_ns.store(0, Ordering::Relaxed);
    }

    /// How long after `from` the first sound was heard.
    fn first_after(&self, from: Instant) -> Option<Duration> {
        let at = self.heard.first_loud_ns.load(Ordering::Relaxed);
        (at > 0).then(|| (self.epoch + Duration::from_nanos(at)).saturating_duration_since(from))
    }

    /// How long after `from` the last sound was heard.
    fn last_after(&self, from: Instant) -> Duration {
        let at = self.heard.last_loud_ns.load(Ordering::Relaxed);
        (self.epoch + Duration::from_nanos(at)).saturating_duration_since(from)
    }
}

/// Prints how long something took, and returns the lower quartile: what a loaded machine did to the rest is not ours.
fn report(what: &str, mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    let at = |share: usize| times[(times.len() - 1) * share / 4];
    println!(
        "{what}: quartile {:.1?}, median {:.1?}, longest {:.1?} of {}",
        at(1),
        at(2),
        at(4),
        times.len()
    );
    at(1)
}

#[test]
fn a_tone_comes_out_of_the_speaker() {
    with_private_pulse("pulse_sound::a_tone_comes_out_of_the_speaker", |pulse| {
        let recording = pulse.record_speaker();
        let (session, events) = open(plain_playback());
        session.play(1, &tone_pcm16(2_000, 440.0)).unwrap();
        session.end_turn(1);
        let told = until(&events, PATIENCE, |event| {
            matches!(event, AudioEvent::TurnPlayed { .. })
        });
        assert!(matches!(
            told.last(),
            Some(AudioEvent::TurnPlayed {
                turn: 1,
                samples: 48_000
            })
        ));
        wait_until("the end of the tone was recorded", || {
            let samples = recording.samples();
            let is_heard = samples.iter().any(|sample| sample.abs() > LOUD);
            is_heard && is_silent(&samples[samples.len() - 4_800..])
        });
        let samples = recording.samples();
        let loud: Vec<f32> = samples
            .iter()
            .copied()
            .filter(|sample| *sample != 0.0)
            .collect();
        assert!(
            loud.len().abs_diff(96_000) < 1_920,
            "{} frames of two seconds",
            loud.len()
        );
        let from = samples
            .iter()
            .position(|sample| sample.abs() > LOUD)
            .unwrap();
        let to = samples
            .iter()
            .rposition(|sample| sample.abs() > LOUD)
            .unwrap();
        assert_tone(&samples[from..to], 440.0, 48_000);
        println!(
            "output callback p99.9 {:?}",
            session.counters().playback_callback_p999
        );
        session.close().unwrap();
    });
}

#[test]
fn a_tone_at_the_microphone_becomes_chunks() {
    with_private_pulse(
        "pulse_sound::a_tone_at_the_microphone_becomes_chunks",
        |pulse| {
            let (session, events) = open(both_sides());
            let tone: Vec<f32> = (0..48_000 * 6)
                .map(|index| sine(index, 1_000.0, 48_000))
                .collect();
            let _voice = pulse.speak("tone.raw", &tone);
            session.start_talking();
            until(&events, PATIENCE, |event| {
                let AudioEvent::Chunk { bytes, .. } = event else {
                    return false;
                };
                amplitude(&from_pcm16(bytes), 1_000.0, 24_000) > 0.45
            });
            let mut count = 0;
            let seen = until(&events, PATIENCE, |event| {
                count += u32::from(matches!(event, AudioEvent::Chunk { .. }));
                count == 5
            });
            let samples = from_pcm16(&chunks(&seen).0);
            assert_tone(&samples, 1_000.0, 24_000);
            let released = Instant::now();
            session.stop_talking();
            let last = until(&events, PATIENCE, |event| {
                matches!(event, AudioEvent::Chunk { last: true, .. })
            });
            let Some(AudioEvent::Chunk { last_sample_at, .. }) = last.last() else {
                panic!()
            };
            println!(
                "release -> last chunk {:.1?}, its newest sample {:.1?} before the release",
                released.elapsed(),
                released.saturating_duration_since(*last_sample_at)
            );
            assert_eq!(session.counters().overruns, 0);
            println!(
                "input callback p99.9 {:?}",
                session.counters().capture_callback_p999
            );
            session.close().unwrap();
        },
    );
}

#[test]
fn an_interrupt_is_silent_within_50_ms_and_a_turn_starts_at_once() {
    with_private_pulse(
        "pulse_sound::an_interrupt_is_silent_within_50_ms_and_a_turn_starts_at_once",
        |_| {
            let backend = CpalBackend::new();
            let listener = Listener::on(&backend, "pulseaudio:spk.monitor");
            raw_loop(&backend, &listener);
            let (session, events) = open(plain_playback());
            let (mut starts, mut silences) = (Vec::new(), Vec::new());
            for turn in 1..=12 {
                listener.forget();
                let asked = Instant::now();
                session.play(turn, &tone_pcm16(2_000, 1_000.0)).unwrap();
                wait_until("the turn is heard", || {
                    listener.first_after(asked).is_some()
                });
                starts.push(listener.first_after(asked).unwrap());
                wait_until("a while of it was played", || {
                    session.counters().turn_played_samples > 4_800
                });
                let interrupted = Instant::now();
                session.interrupt();
                until(&events, PATIENCE, |event| {
                    matches!(event, AudioEvent::TurnPlayed { .. })
                });
                wait_until("100 ms went by", || {
                    interrupted.elapsed() > Duration::from_millis(200)
                });
                silences.push(listener.last_after(interrupted));
            }
            let start = report("wire -> speaker, first sound", starts);
            let silence = report("interrupt -> silence", silences);
            assert!(
                start < Duration::from_millis(130),
                "the first sound after {start:?}"
            );
            assert!(
                silence < Duration::from_millis(50),
                "silence after {silence:?}"
            );
            session.close().unwrap();
        },
    );
}

/// What the devices alone take, without a session: a buffer of the default size would take two seconds.
#[test]
fn streams_are_opened_with_a_small_buffer() {
    with_private_pulse(
        "pulse_sound::streams_are_opened_with_a_small_buffer",
        |_| {
            let backend = CpalBackend::new();
            let listener = Listener::on(&backend, "pulseaudio:spk.monitor");
            let quartile = raw_loop(&backend, &listener);
            assert!(quartile < Duration::from_millis(100), "{quartile:?}");
        },
    );
}

/// The time from an output callback to an input callback.
fn raw_loop(backend: &CpalBackend, listener: &Listener) -> Duration {
    let spec = backend.spec(DeviceKind::Output, "pulseaudio:spk").unwrap();
    let written_ns = Arc::new(AtomicU64::new(0));
    let (written, channels, epoch) = (Arc::clone(&written_ns), spec.channels, listener.epoch);
    let mut blocks = 0_u32;
    let callback = Box::new(move |mut block: OutputBlock<'_>| {
        blocks += 1;
        // A click of one block each half second.
        let is_click = blocks.is_multiple_of(50);
        if is_click {
            written.store(epoch.elapsed().as_nanos() as u64, Ordering::Relaxed);
        }
        block
            .samples
            .fill_mono(channels, || if is_click { 0.5 } else { 0.0 });
    });
    let _stream = backend
        .open_output(&spec, callback, Box::new(|error| panic!("{error}")))
        .unwrap();
    let mut times = Vec::new();
    for _ in 0..8 {
        written_ns.store(0, Ordering::Relaxed);
        listener.forget();
        wait_until("a click was heard", || {
            listener.heard.first_loud_ns.load(Ordering::Relaxed) > 0
                && written_ns.load(Ordering::Relaxed) > 0
        });
        let from = listener.epoch + Duration::from_nanos(written_ns.load(Ordering::Relaxed));
        times.push(listener.first_after(from).unwrap());
        let heard = Instant::now();
        wait_until("the click is over", || {
            heard.elapsed() > Duration::from_millis(100)
        });
    }
    report("write -> read", times)
}
