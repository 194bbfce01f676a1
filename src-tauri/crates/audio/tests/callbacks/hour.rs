//! An hour of virtual time on clocks that disagree.

use std::env;
use std::process::Command;
use std::time::Instant;

use wiro_audio::device::DeviceKind;
use wiro_audio::fake::{FakeBackend, FakeDevice};
use wiro_audio::session::{AudioEvent, CaptureOptions, PlaybackOptions, SessionOptions};

use crate::rig::Rig;
use crate::signal::tone_pcm16;

/// Says that this is the process of its own.
const ALONE: &str = "WIRO_AUDIO_TEST_ALONE";
/// Steps in which sound arrives and time goes by: two blocks of the devices, which is what the ring can spare.
const STEP_MS: u64 = 20;
const STEPS_PER_MINUTE: u64 = 60_000 / STEP_MS;

/// Memory of this process that is really there, in KiB.
fn resident_kib() -> u64 {
    let status = fs_err::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// What a figure stayed within.
#[derive(Debug)]
struct Range {
    lowest: f64,
    highest: f64,
}

impl Default for Range {
    fn default() -> Self {
        Self {
            lowest: f64::MAX,
            highest: f64::MIN,
        }
    }
}

impl Range {
    fn take(&mut self, figure: f64) {
        self.lowest = self.lowest.min(figure);
        self.highest = self.highest.max(figure);
    }

    fn width(&self) -> f64 {
        self.highest - self.lowest
    }
}

fn an_hour_with(skew_ppm: f64) {
    let started = Instant::now();
    let fake = FakeBackend::new();
    for (kind, id) in [(DeviceKind::Input, "mic"), (DeviceKind::Output, "spk")] {
        fake.plug(FakeDevice {
            skew_ppm,
            ..FakeDevice::new(kind, id)
        });
    }
    fake.hear(|frame, _| if frame % 97 < 48 { 0.1 } else { -0.1 });
    let capture = CaptureOptions {
        echo_cancellation: false,
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
    rig.session.start_talking();
    let arriving = tone_pcm16(STEP_MS, 50.0);
    let mut chunks = 0_u64;
    let mut means = Range::default();
    let mut moments = Range::default();
    let mut memory_kib = 0;
    for minute in 0..60 {
        let mut fills_ms = 0.0;
        for _ in 0..STEPS_PER_MINUTE {
            rig.session.play(1, &arriving).unwrap();
            rig.step(STEP_MS);
            let fill_ms = rig.session.counters().fill_ms;
            fills_ms += fill_ms;
            if minute > 0 {
                moments.take(fill_ms);
            }
        }
        chunks += rig
            .events()
            .iter()
            .filter(|event| matches!(event, AudioEvent::Chunk { .. }))
            .count() as u64;
        if minute == 0 {
            memory_kib = resident_kib();
        } else {
            means.take(fills_ms / STEPS_PER_MINUTE as f64);
        }
    }
    let grown_kib = resident_kib().saturating_sub(memory_kib);
    let counters = rig.session.counters();
    println!(
        "{skew_ppm:+} ppm: fill {means:.1?} by the minute, {moments:.1?} by the moment, {} slips, {} underruns, {} overruns, {grown_kib} KiB more, {:.1?}",
        counters.slips,
        counters.underruns,
        counters.overruns,
        started.elapsed()
    );
    assert_eq!(
        (counters.slips, counters.underruns, counters.overruns),
        (0, 0, 0)
    );
    assert!(means.width() <= 20.0, "a mean fill of {means:?} ms");
    // From moment to moment it moves by the piece that arrives and by the block that leaves besides.
    assert!(moments.width() <= 50.0, "a fill of {moments:?} ms");
    assert!(grown_kib < 2_048, "{grown_kib} KiB more after an hour");
    let expected = 5.0 * 3_600.0 * (1.0 + skew_ppm * 1e-6);
    assert!((chunks as f64 - expected).abs() <= 2.0, "{chunks} chunks");
}

/// Runs `body` in a process of its own: its memory is measured, and other tests have theirs. `test` is the test's own
/// full name.
fn alone(test: &str, body: impl FnOnce()) {
    if env::var_os(ALONE).is_some() {
        return body();
    }
    let status = Command::new(env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(ALONE, "1")
        .status()
        .unwrap();
    assert!(status.success(), "{test} failed in a process of its own");
}

#[test]
fn a_fast_device_keeps_its_fill_for_an_hour() {
    alone("hour::a_fast_device_keeps_its_fill_for_an_hour", || {
        an_hour_with(200.0);
    });
}

#[test]
fn a_slow_device_keeps_its_fill_for_an_hour() {
    alone("hour::a_slow_device_keeps_its_fill_for_an_hour", || {
        an_hour_with(-200.0);
    });
}
