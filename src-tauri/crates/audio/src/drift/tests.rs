//! The controller in the loop that it is made for: a sender, the jitter buffer and a speaker with another clock.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts of samples are small"
)]

use super::*;
use crate::jitter::JitterBuffer;
use crate::measure::noise;
use crate::resample::PlaybackResampler;

const WIRE_HZ: u32 = 24_000;
const BLOCK_S: f64 = 0.01;

/// How the sender sends.
#[derive(Debug, Clone, Copy)]
struct Sender {
    chunk_ms: u32,
    /// Chunks come up to this late.
    late_ms: f64,
    /// Sent at once when the turn starts.
    lead_chunks: u32,
}

/// What was seen of one turn, in windows of ten seconds.
#[derive(Default)]
struct Seen {
    mean_fills_ms: Vec<f64>,
    mean_ppms: Vec<f64>,
    underruns: u64,
}

impl Seen {
    /// Mean correction of the second half.
    fn settled_ppm(&self) -> f64 {
        let half = &self.mean_ppms[self.mean_ppms.len() / 2..];
        half.iter().sum::<f64>() / f64::from(u16::try_from(half.len()).unwrap())
    }
}

const BLOCKS_PER_WINDOW: u32 = 1_000;

/// Plays one long turn; the speaker's clock is `skew_ppm` faster than the sender's. `consumed` tells how many samples of
/// the wire one block takes at a correction.
fn play(
    sender: Sender,
    skew_ppm: f64,
    seconds: u32,
    mut consumed: impl FnMut(f64) -> usize,
) -> Seen {
    let mut buffer = JitterBuffer::new(WIRE_HZ);
    let mut controller = DriftController::new();
    let chunk = vec![0.1; (WIRE_HZ / 1_000 * sender.chunk_ms) as usize];
    let chunk_s = f64::from(sender.chunk_ms) / 1e3;
    let chunks = f64::from(seconds) / chunk_s;
    let mut arrivals = noise(7, chunks as usize)
        .into_iter()
        .zip(0_u32..)
        .map(|(random, index)| {
            let late_s = (f64::from(random) + 0.5) * sender.late_ms / 1e3;
            f64::from(index.saturating_sub(sender.lead_chunks)) * chunk_s + late_s
        })
        .peekable();
    let mut block = vec![0.0; 2 * WIRE_HZ as usize / 100];
    let mut seen = Seen::default();
    let (mut ppm, mut mean_fill_ms, mut mean_ppm) = (0.0, 0.0, 0.0);
    for index in 1_u32.. {
        let now_s = f64::from(index) * BLOCK_S / (1.0 + skew_ppm * 1e-6);
        while arrivals.next_if(|&at_s| at_s <= now_s).is_some() {
            buffer.push(1, &chunk).unwrap();
        }
        if arrivals.peek().is_none() {
            break;
        }
        if buffer.is_playing() {
            ppm = controller.update(buffer.fill_ms(), BLOCK_S);
        }
        buffer.pop(&mut block[..consumed(ppm)], |_| {});
        mean_fill_ms += buffer.fill_ms() / f64::from(BLOCKS_PER_WINDOW);
        mean_ppm += ppm / f64::from(BLOCKS_PER_WINDOW);
        if index.is_multiple_of(BLOCKS_PER_WINDOW) {
            seen.mean_fills_ms.push(std::mem::take(&mut mean_fill_ms));
            seen.mean_ppms.push(std::mem::take(&mut mean_ppm));
        }
    }
    seen.underruns = buffer.underruns();
    seen
}

/// The resampler's arithmetic without its filter: an hour takes a second.
fn ideal_consumption() -> impl FnMut(f64) -> usize {
    let mut owed = 0.0;
    move |ppm| {
        owed += f64::from(WIRE_HZ) * BLOCK_S * (1.0 + ppm * 1e-6);
        let whole = f64::floor(owed);
        owed -= whole;
        whole as usize
    }
}

fn assert_held(seen: &Seen, skew_ppm: f64, what: &str) {
    assert_eq!(seen.underruns, 0, "{what}");
    let held_ms = seen.mean_fills_ms[0];
    let off = seen
        .mean_fills_ms
        .iter()
        .map(|fill_ms| (fill_ms - held_ms).abs());
    let furthest_ms = off.fold(0.0, f64::max);
    assert!(
        furthest_ms <= 10.0,
        "{what}: the fill went {furthest_ms:.1} ms off"
    );
    // A faster speaker must consume less of the wire in each of its blocks.
    let settled_ppm = seen.settled_ppm();
    assert!(
        (settled_ppm + skew_ppm).abs() <= 30.0,
        "{what}: corrects by {settled_ppm:.0} ppm"
    );
}

#[test]
fn an_hour_with_200_ppm_neither_slips_nor_moves_the_fill() {
    let senders = [
        Sender {
            chunk_ms: 20,
            late_ms: 0.0,
            lead_chunks: 0,
        },
        Sender {
            chunk_ms: 20,
            late_ms: 15.0,
            lead_chunks: 0,
        },
        Sender {
            chunk_ms: 200,
            late_ms: 30.0,
            lead_chunks: 1,
        },
    ];
    for sender in senders {
        for skew_ppm in [200.0, -200.0] {
            let seen = play(sender, skew_ppm, 3_600, ideal_consumption());
            assert_held(&seen, skew_ppm, &format!("{sender:?} at {skew_ppm} ppm"));
        }
    }
}

#[test]
fn the_resampler_follows_it() {
    let sender = Sender {
        chunk_ms: 200,
        late_ms: 20.0,
        lead_chunks: 1,
    };
    let mut resampler = PlaybackResampler::new(WIRE_HZ, 48_000).unwrap();
    let silence = vec![0.0; resampler.input_frames_max()];
    let mut output = vec![0.0; resampler.block_frames()];
    let seen = play(sender, 200.0, 120, |ppm| {
        resampler.set_drift_ppm(ppm).unwrap();
        let frames = resampler.input_frames_next();
        resampler.process(&silence, &mut output).unwrap();
        frames
    });
    assert_held(&seen, 200.0, "with the resampler");
}

#[test]
fn it_never_corrects_beyond_500_ppm() {
    let mut controller = DriftController::new();
    for second in 0..2_000_u32 {
        let ppm = controller.update(80.0 + f64::from(second) * 0.9, 1.0);
        assert!(
            ppm.abs() <= DriftController::LIMIT_PPM,
            "{ppm} after {second} s"
        );
    }
}

#[test]
fn a_sender_ahead_of_real_time_is_no_drift() {
    let mut controller = DriftController::new();
    // A minute arrives within six seconds and is played in real time.
    for block in 0..6_000_u32 {
        let played_ms = f64::from(block) * 10.0;
        let arrived_ms = (played_ms * 10.0).min(60_000.0);
        let ppm = controller.update(arrived_ms - played_ms, BLOCK_S);
        assert!(
            ppm.abs() <= 100.0,
            "{ppm:.0} ppm with {:.0} ms waiting",
            arrived_ms - played_ms
        );
    }
}

#[test]
fn what_it_knows_of_the_clocks_outlives_a_turn() {
    let mut controller = DriftController::new();
    let (mut fill_ms, mut ppm) = (80.0, 0.0);
    for _ in 0..60_000 {
        // 1 ppm is a microsecond each second.
        fill_ms -= (ppm - 150.0) * 1e-3 * BLOCK_S;
        ppm = controller.update(fill_ms, BLOCK_S);
    }
    controller.restart();
    let ppm = controller.update(200.0, BLOCK_S);
    assert!((ppm - 150.0).abs() < 1.0, "{ppm}");
}
