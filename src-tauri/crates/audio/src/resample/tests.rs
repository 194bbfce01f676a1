//! Golden figures of the converters, and that block sizes, resets and drift change nothing else.
#![expect(clippy::cast_precision_loss, reason = "counts of samples are small")]

use proptest::prelude::*;

use super::*;
use crate::measure::{decibels, fit, noise, rms, sine};

/// What the processor's rounding may add to a noise floor near the end of `f32`.
const ROUNDING_DB: f64 = 1.5;

/// One direction between two rates.
#[derive(Debug, Clone, Copy)]
enum Path {
    Capture(u32, u32),
    Playback(u32, u32),
}

impl Path {
    fn rates(self) -> (u32, u32) {
        let (Self::Capture(from_hz, to_hz) | Self::Playback(from_hz, to_hz)) = self;
        (from_hz, to_hz)
    }

    /// The steady middle of what comes out.
    fn steady(self, input: &[f32]) -> Vec<f32> {
        let output = self.convert(input);
        output[output.len() / 4..output.len() * 3 / 4].to_vec()
    }

    fn convert(self, input: &[f32]) -> Vec<f32> {
        match self {
            Self::Capture(from, to) => {
                captured(&mut CaptureResampler::new(from, to).unwrap(), input)
            }
            Self::Playback(from, to) => {
                played(&mut PlaybackResampler::new(from, to).unwrap(), input)
            }
        }
    }

    fn delay_frames(self) -> usize {
        match self {
            Self::Capture(from, to) => CaptureResampler::new(from, to).unwrap().delay_frames(),
            Self::Playback(from, to) => PlaybackResampler::new(from, to).unwrap().delay_frames(),
        }
    }

    fn gain_db(self, frequency_hz: f64) -> f64 {
        let (from_hz, to_hz) = self.rates();
        let output = self.steady(&sine(from_hz, frequency_hz, 0.5));
        decibels(fit(&output, to_hz, frequency_hz).amplitude / 0.5)
    }

    /// Everything that is not the tone of 997 Hz.
    fn distortion_and_noise_db(self) -> f64 {
        let (from_hz, to_hz) = self.rates();
        let output = self.steady(&sine(from_hz, 997.0, 1.0));
        decibels(rms(&fit(&output, to_hz, 997.0).rest) / (0.5 / 2_f64.sqrt()))
    }

    /// The alias (downwards) or image (upwards) that mirrors at the lower rate to `below`, or from it. `None` where
    /// the rates have no such place.
    fn mirror_db(self, below: f64) -> Option<f64> {
        let (from_hz, to_hz) = self.rates();
        let above = f64::from(from_hz.min(to_hz)) - below;
        let (tone, mirror) = if from_hz > to_hz {
            (above, below)
        } else {
            (below, above)
        };
        if tone >= f64::from(from_hz) / 2.0 || mirror >= f64::from(to_hz) / 2.0 {
            return None;
        }
        let mut output = self.steady(&sine(from_hz, tone, 0.4));
        if tone < f64::from(to_hz) / 2.0 {
            // The tone itself would drown its image.
            output = fit(&output, to_hz, tone).rest;
        }
        Some(decibels(fit(&output, to_hz, mirror).amplitude / 0.5))
    }

    /// The loudest mirror of all, up to a twelfth of the lower rate below its edge: there the filter still falls.
    fn loudest_mirror_db(self) -> f64 {
        let low = f64::from(self.rates().0.min(self.rates().1));
        let places = (1..=10).map(|part| low * f64::from(part) / 24.0 + 13.0);
        places
            .filter_map(|below| self.mirror_db(below))
            .fold(-300.0, f64::max)
    }
}

fn captured(resampler: &mut CaptureResampler, input: &[f32]) -> Vec<f32> {
    let mut output = vec![0.0; resampler.max_output_frames(input.len())];
    let written = resampler.process(input, &mut output).unwrap();
    output.truncate(written);
    output
}

fn played(resampler: &mut PlaybackResampler, mut input: &[f32]) -> Vec<f32> {
    let mut output = Vec::new();
    while resampler.input_frames_next() <= input.len() {
        let (now, later) = input.split_at(resampler.input_frames_next());
        let start = output.len();
        output.resize(start + resampler.block_frames(), 0.0);
        resampler.process(now, &mut output[start..]).unwrap();
        input = later;
    }
    output
}

#[test]
fn the_main_paths_are_as_good_as_ever() {
    // Path, THD+N, mirror, ripple to 11 kHz, gain at 11.5 kHz, delay without the wait for a block (5 ms mean, 10 max).
    let golden = [
        (
            Path::Capture(48_000, 24_000),
            -130.0,
            -146.0,
            0.001,
            -0.06,
            5.0,
        ),
        (
            Path::Capture(44_100, 24_000),
            -129.0,
            -144.0,
            0.001,
            -0.06,
            5.0,
        ),
        (
            Path::Capture(96_000, 24_000),
            -131.0,
            -148.0,
            0.001,
            -0.06,
            5.0,
        ),
        (
            Path::Playback(24_000, 48_000),
            -141.0,
            -142.0,
            0.041,
            -15.2,
            5.4,
        ),
        (
            Path::Playback(24_000, 44_100),
            -136.0,
            -135.0,
            0.041,
            -15.2,
            5.4,
        ),
    ];
    for (path, noise_db, mirror_db, ripple_db, near_edge_db, delay_ms) in golden {
        let measured = path.distortion_and_noise_db();
        assert!(
            measured <= noise_db + ROUNDING_DB,
            "{path:?}: THD+N {measured:.1} dB"
        );
        let measured = path.mirror_db(9_000.0).unwrap();
        assert!(
            measured <= mirror_db + ROUNDING_DB,
            "{path:?}: mirror {measured:.1} dB"
        );
        let measured = path.loudest_mirror_db();
        assert!(
            measured <= -130.0,
            "{path:?}: loudest mirror {measured:.1} dB"
        );
        for kilohertz in [
            0.1, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 10.5, 11.0,
        ] {
            let measured = path.gain_db(kilohertz * 1e3);
            assert!(
                measured.abs() <= ripple_db,
                "{path:?}: {measured:.4} dB at {kilohertz} kHz"
            );
        }
        let measured = path.gain_db(11_500.0);
        assert!(
            measured >= near_edge_db - 0.01,
            "{path:?}: {measured:.2} dB at 11.5 kHz"
        );
        let measured = path.delay_frames() as f64 * 1e3 / f64::from(path.rates().1);
        assert!(measured <= delay_ms, "{path:?}: {measured:.2} ms");
    }
}

#[test]
fn every_other_rate_is_clean_too() {
    let paths = [
        Path::Capture(48_000, 8_000),
        Path::Capture(48_000, 16_000),
        Path::Capture(192_000, 8_000),
        Path::Capture(192_000, 24_000),
        Path::Capture(44_100, 48_000),
        Path::Capture(22_050, 24_000),
        Path::Capture(11_025, 16_000),
        Path::Capture(48_000, 44_100),
        Path::Playback(8_000, 48_000),
        Path::Playback(16_000, 44_100),
        Path::Playback(48_000, 48_000),
        Path::Playback(48_000, 44_100),
        Path::Playback(44_100, 22_050),
        Path::Playback(24_000, 8_000),
        Path::Playback(24_000, 192_000),
    ];
    for path in paths {
        let measured = path.distortion_and_noise_db();
        assert!(measured <= -128.0, "{path:?}: THD+N {measured:.1} dB");
        let measured = path.loudest_mirror_db();
        assert!(
            measured <= -125.0,
            "{path:?}: loudest mirror {measured:.1} dB"
        );
        let (from_hz, to_hz) = path.rates();
        for part in [0.02, 0.2, 0.4] {
            let frequency_hz = f64::from(from_hz.min(to_hz)) * part;
            let measured = path.gain_db(frequency_hz);
            assert!(
                measured.abs() <= 0.01,
                "{path:?}: {measured:.4} dB at {frequency_hz} Hz"
            );
        }
    }
}

#[test]
fn the_delay_it_tells_is_the_delay_it_has() {
    let paths = [
        Path::Capture(48_000, 24_000),
        Path::Capture(44_100, 24_000),
        Path::Capture(48_000, 8_000),
        Path::Capture(48_000, 48_000),
        Path::Playback(24_000, 48_000),
        Path::Playback(24_000, 44_100),
    ];
    for path in paths {
        let (from_hz, to_hz) = path.rates();
        let start = from_hz as usize / 10;
        let mut input = vec![0.0; from_hz as usize / 5];
        input[start] = 1.0;
        let output = path.convert(&input);
        let loudest = |best: usize, n: usize| {
            if output[n].abs() > output[best].abs() {
                n
            } else {
                best
            }
        };
        let peak = (0..output.len()).fold(0, loudest);
        let expected =
            start as f64 * f64::from(to_hz) / f64::from(from_hz) + path.delay_frames() as f64;
        let off = peak as f64 - expected;
        assert!(off.abs() <= 2.0, "{path:?}: {off} frames off");
    }
}

#[test]
fn equal_rates_pass_the_microphone_through() {
    let input = noise(1, 1_000);
    assert_eq!(Path::Capture(48_000, 48_000).convert(&input), input);
}

#[test]
fn nothing_of_one_recording_sounds_in_the_next() {
    let input = noise(2, 5_000);
    for (from_hz, to_hz) in [(48_000, 24_000), (48_000, 16_000), (24_000, 24_000)] {
        let mut used = CaptureResampler::new(from_hz, to_hz).unwrap();
        captured(&mut used, &noise(3, 1_234));
        used.reset();
        let mut fresh = CaptureResampler::new(from_hz, to_hz).unwrap();
        assert_eq!(captured(&mut used, &input), captured(&mut fresh, &input));
    }
    let mut used = PlaybackResampler::new(24_000, 48_000).unwrap();
    used.set_drift_ppm(300.0).unwrap();
    played(&mut used, &noise(3, 1_234));
    used.reset();
    let mut fresh = PlaybackResampler::new(24_000, 48_000).unwrap();
    assert_eq!(played(&mut used, &input), played(&mut fresh, &input));
}

#[test]
fn drift_changes_how_much_of_the_wire_is_consumed() {
    // Ten seconds are 240,000 frames of the wire; beyond 500 ppm nothing changes any more.
    for (ppm, expected) in [
        (0.0, 240_000.0),
        (200.0, 240_048.0),
        (-200.0, 239_952.0),
        (9_000.0, 240_120.0),
    ] {
        let mut resampler = PlaybackResampler::new(24_000, 48_000).unwrap();
        resampler.set_drift_ppm(ppm).unwrap();
        let silence = vec![0.0; resampler.input_frames_max()];
        let mut output = vec![0.0; resampler.block_frames()];
        let mut consumed = 0;
        // The filter fills first; only then is the rate exact.
        resampler.process(&silence, &mut output).unwrap();
        for _ in 0..1_000 {
            consumed += resampler.input_frames_next();
            resampler.process(&silence, &mut output).unwrap();
        }
        assert!(
            (consumed as f64 - expected).abs() <= 2.0,
            "{ppm} ppm: {consumed}"
        );
    }
    assert!(
        PlaybackResampler::new(24_000, 48_000)
            .unwrap()
            .set_drift_ppm(f64::NAN)
            .is_err()
    );
}

#[test]
fn impossible_rates_and_small_buffers_are_refused() {
    for (from_hz, to_hz) in [(0, 24_000), (24_000, 0), (48_000, 1_000_000)] {
        let refused = CaptureResampler::new(from_hz, to_hz);
        assert!(
            matches!(refused, Err(ResampleError::Rates { .. })),
            "{from_hz} {to_hz}"
        );
        assert!(
            PlaybackResampler::new(from_hz, to_hz).is_err(),
            "{from_hz} {to_hz}"
        );
    }
    let mut capture = CaptureResampler::new(48_000, 24_000).unwrap();
    let refused = capture.process(&[0.0; 960], &mut [0.0; 479]);
    assert!(matches!(
        refused,
        Err(ResampleError::Buffer {
            needed: 480,
            given: 479
        })
    ));
    let mut playback = PlaybackResampler::new(24_000, 48_000).unwrap();
    let needed = playback.input_frames_next();
    assert!(
        playback
            .process(&vec![0.0; needed - 1], &mut [0.0; 480])
            .is_err()
    );
    assert!(
        playback
            .process(&vec![0.0; needed], &mut [0.0; 479])
            .is_err()
    );
    assert!(
        playback
            .process(&vec![0.0; needed], &mut [0.0; 480])
            .is_ok()
    );
}

#[test]
fn converting_allocates_nothing() {
    for (from_hz, to_hz) in [(48_000, 24_000), (48_000, 8_000), (48_000, 48_000)] {
        let mut resampler = CaptureResampler::new(from_hz, to_hz).unwrap();
        let input = noise(4, 977);
        let mut output = vec![0.0; resampler.max_output_frames(2 * input.len())];
        let counted = allocation_counter::measure(|| {
            for _ in 0..20 {
                resampler.process(&input, &mut output).unwrap();
            }
        });
        assert_eq!(counted.count_total, 0, "{from_hz} -> {to_hz}");
    }
    let mut resampler = PlaybackResampler::new(24_000, 44_100).unwrap();
    let input = noise(5, resampler.input_frames_max());
    let mut output = vec![0.0; resampler.block_frames()];
    let counted = allocation_counter::measure(|| {
        for block in 0..20 {
            resampler.set_drift_ppm(f64::from(block)).unwrap();
            resampler.process(&input, &mut output).unwrap();
        }
    });
    assert_eq!(counted.count_total, 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn block_sizes_do_not_change_the_sound(
        blocks in prop::collection::vec(0_usize..1_500, 1..12),
        rates in prop::sample::select(vec![(48_000, 24_000), (44_100, 24_000), (48_000, 16_000), (8_000, 8_000)]),
    ) {
        let input = noise(6, blocks.iter().sum());
        let whole = captured(&mut CaptureResampler::new(rates.0, rates.1).unwrap(), &input);
        let mut resampler = CaptureResampler::new(rates.0, rates.1).unwrap();
        let mut pieces = Vec::new();
        let mut rest = input.as_slice();
        for block in blocks {
            let (now, later) = rest.split_at(block);
            pieces.extend(captured(&mut resampler, now));
            rest = later;
        }
        prop_assert_eq!(pieces, whole);
    }
}
