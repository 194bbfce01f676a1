use proptest::prelude::*;

use super::JitterEvent::{TurnPlayed, TurnStarted, Underrun};
use super::*;

const RATE_HZ: u32 = 24_000;
/// 10 ms.
const BLOCK: usize = 240;

fn samples_in_ms(milliseconds: usize) -> usize {
    milliseconds * 24
}

/// A buffer, and everything that came out of it.
struct Bench {
    buffer: JitterBuffer,
    heard: Vec<f32>,
    events: Vec<JitterEvent>,
}

impl Bench {
    fn new() -> Self {
        Self {
            buffer: JitterBuffer::new(RATE_HZ),
            heard: Vec::new(),
            events: Vec::new(),
        }
    }

    fn push_ms(&mut self, turn: u32, milliseconds: usize) {
        self.buffer
            .push(turn, &vec![0.5; samples_in_ms(milliseconds)])
            .unwrap();
    }

    /// Pops that many milliseconds in blocks of 10 and returns how many samples were of a turn.
    fn pop_ms(&mut self, milliseconds: usize) -> usize {
        let mut played = 0;
        for _ in 0..milliseconds / 10 {
            let mut block = [9.0; BLOCK];
            played += self.buffer.pop(&mut block, |event| self.events.push(event));
            self.heard.extend(block);
        }
        played
    }

    fn events(&mut self) -> Vec<JitterEvent> {
        std::mem::take(&mut self.events)
    }
}

#[test]
fn a_turn_starts_once_80_ms_wait_and_plays_to_its_last_sample() {
    let mut bench = Bench::new();
    bench.push_ms(1, 70);
    assert_eq!(bench.pop_ms(20), 0);
    assert!(bench.heard.iter().all(|&sample| sample == 0.0));
    bench.push_ms(1, 10);
    assert_eq!(bench.pop_ms(20), samples_in_ms(20));
    assert!(bench.buffer.is_playing());
    assert_eq!(bench.buffer.played_samples(), 480);
    bench.push_ms(1, 33);
    bench.buffer.end_turn(1);
    assert_eq!(bench.pop_ms(200), samples_in_ms(93));
    assert!(!bench.buffer.is_playing());
    let samples = samples_in_ms(113) as u64;
    assert_eq!(
        bench.events(),
        [TurnStarted { turn: 1 }, TurnPlayed { turn: 1, samples }]
    );
    assert_eq!(
        bench.heard.iter().filter(|&&sample| sample > 0.0).count(),
        samples_in_ms(113)
    );
    assert_eq!(bench.buffer.underruns(), 0);
}

#[test]
fn a_turn_shorter_than_the_target_plays_as_soon_as_it_has_ended() {
    let mut bench = Bench::new();
    bench.push_ms(1, 15);
    assert_eq!(bench.pop_ms(50), 0);
    bench.buffer.end_turn(1);
    assert_eq!(bench.pop_ms(10), samples_in_ms(10));
    assert_eq!(bench.pop_ms(10), samples_in_ms(5));
    let samples = samples_in_ms(15) as u64;
    assert_eq!(
        bench.events(),
        [TurnStarted { turn: 1 }, TurnPlayed { turn: 1, samples }]
    );
}

#[test]
fn a_hole_in_a_turn_fades_is_told_once_and_raises_the_target() {
    let mut bench = Bench::new();
    bench.push_ms(1, 80);
    assert_eq!(bench.pop_ms(300), samples_in_ms(80));
    assert_eq!(
        bench.events(),
        [TurnStarted { turn: 1 }],
        "nobody knows yet whether more comes"
    );
    bench.push_ms(1, 90);
    assert_eq!(bench.pop_ms(50), 0, "the target is 100 ms now");
    bench.push_ms(1, 20);
    assert_eq!(bench.pop_ms(50), samples_in_ms(50));
    assert_eq!(bench.events(), [Underrun { turn: 1 }]);
    assert_eq!(
        (bench.buffer.underruns(), bench.buffer.target_ms()),
        (1, 100)
    );
    // Neither the way down nor the way up is a step.
    let steepest = bench
        .heard
        .windows(2)
        .skip(1)
        .map(|pair| (pair[1] - pair[0]).abs());
    assert!(steepest.fold(0.0, f32::max) < 0.01);
}

#[test]
fn dry_at_the_end_of_a_turn_is_no_underrun() {
    let mut bench = Bench::new();
    bench.push_ms(1, 80);
    bench.pop_ms(300);
    bench.buffer.end_turn(1);
    bench.pop_ms(10);
    bench.push_ms(2, 80);
    bench.pop_ms(10);
    let samples = samples_in_ms(80) as u64;
    let expected = [
        TurnStarted { turn: 1 },
        TurnPlayed { turn: 1, samples },
        TurnStarted { turn: 2 },
    ];
    assert_eq!(bench.events(), expected);
    assert_eq!(
        (bench.buffer.underruns(), bench.buffer.target_ms()),
        (0, 80)
    );
}

#[test]
fn what_was_held_back_for_the_fade_is_not_lost() {
    let mut bench = Bench::new();
    bench.push_ms(1, 83);
    assert_eq!(bench.pop_ms(100), samples_in_ms(80));
    bench.buffer.end_turn(1);
    assert_eq!(bench.pop_ms(20), samples_in_ms(3));
    let samples = samples_in_ms(83) as u64;
    assert_eq!(
        bench.events(),
        [TurnStarted { turn: 1 }, TurnPlayed { turn: 1, samples }]
    );
}

#[test]
fn turns_follow_each_other_without_a_gap() {
    let mut bench = Bench::new();
    bench.push_ms(1, 25);
    bench.push_ms(2, 80);
    assert_eq!(bench.pop_ms(30), samples_in_ms(30), "turn 2 ends turn 1");
    bench.push_ms(1, 80);
    bench.buffer.end_turn(2);
    assert_eq!(bench.pop_ms(200), samples_in_ms(75), "turn 1 is over");
    let expected = [
        TurnStarted { turn: 1 },
        TurnPlayed {
            turn: 1,
            samples: samples_in_ms(25) as u64,
        },
        TurnStarted { turn: 2 },
        TurnPlayed {
            turn: 2,
            samples: samples_in_ms(80) as u64,
        },
    ];
    assert_eq!(bench.events(), expected);
}

#[test]
fn an_interrupted_turn_is_not_heard_again() {
    let mut bench = Bench::new();
    bench.push_ms(1, 500);
    bench.pop_ms(100);
    bench.buffer.interrupt();
    bench.push_ms(1, 500);
    bench.buffer.end_turn(1);
    assert_eq!(bench.pop_ms(50), 0);
    assert_eq!(bench.buffer.turn(), None);
    assert!(bench.buffer.fill_ms() < f64::EPSILON);
    bench.push_ms(2, 80);
    assert_eq!(bench.pop_ms(50), samples_in_ms(50));
    assert_eq!(
        bench.events(),
        [TurnStarted { turn: 1 }, TurnStarted { turn: 2 }]
    );
    // Before anything was heard of a turn there is nothing to drop.
    let mut fresh = Bench::new();
    fresh.buffer.interrupt();
    fresh.push_ms(0, 80);
    assert_eq!(fresh.pop_ms(10), BLOCK);
}

#[test]
fn the_target_stays_between_40_and_200_ms() {
    let mut bench = Bench::new();
    for _ in 0..20 {
        bench.push_ms(1, 300);
        bench.pop_ms(400);
    }
    assert_eq!(bench.buffer.target_ms(), 200);
    for turn in 2..30 {
        bench.push_ms(turn, 31_000);
        bench.buffer.end_turn(turn);
        bench.pop_ms(31_000);
    }
    assert_eq!(bench.buffer.target_ms(), 40);
}

#[test]
fn more_than_ten_minutes_are_refused_and_room_is_given_back() {
    let mut bench = Bench::new();
    bench.push_ms(1, 600_000);
    let refused = bench.buffer.push(1, &[0.5]);
    assert_eq!(refused, Err(QueueFull { limit_s: 600 }));
    bench.buffer.interrupt();
    bench.push_ms(2, 80);
    assert!(bench.buffer.queue.capacity() < samples_in_ms(10_000));
}

#[test]
fn taking_out_allocates_nothing() {
    let mut buffer = JitterBuffer::new(RATE_HZ);
    buffer.push(1, &vec![0.5; samples_in_ms(3_000)]).unwrap();
    buffer.end_turn(1);
    buffer.push(2, &vec![0.5; samples_in_ms(900)]).unwrap();
    let mut block = [0.0; BLOCK];
    let counted = allocation_counter::measure(|| {
        for _ in 0..500 {
            buffer.pop(&mut block, |_| {});
        }
    });
    assert_eq!(counted.count_total, 0);
    assert!(buffer.fill_ms() < 5.0);
}

proptest! {
    /// Whatever the order of arrivals and blocks: each turn plays all its samples once and in order.
    #[test]
    fn nothing_is_lost_doubled_or_swapped(
        steps in prop::collection::vec((1_usize..4_000, 0_usize..3_000, prop::bool::weighted(0.2)), 1..40),
    ) {
        let mut buffer = JitterBuffer::new(RATE_HZ);
        let mut turn = 1;
        let mut pushed = vec![0_u64];
        let mut played = Vec::new();
        let mut count = 0_u64;
        let mut note = |event| {
            if let TurnPlayed { turn, samples } = event {
                played.push((turn, samples));
            }
        };
        for (arriving, leaving, ends) in steps {
            buffer.push(turn, &vec![0.5; arriving]).unwrap();
            if let Some(last) = pushed.last_mut() {
                *last += arriving as u64;
            }
            if ends {
                buffer.end_turn(turn);
                turn += 1;
                pushed.push(0);
            }
            let mut block = vec![9.0; leaving];
            count += buffer.pop(&mut block, &mut note) as u64;
            prop_assert!(block.iter().all(|&sample| (0.0..=0.5).contains(&sample)));
        }
        buffer.end_turn(turn);
        let mut block = vec![0.0; 200_000];
        count += buffer.pop(&mut block, &mut note) as u64;
        let expected: Vec<(u32, u64)> = (1..).zip(pushed).filter(|&(_, samples)| samples > 0).collect();
        prop_assert_eq!(count, expected.iter().map(|&(_, samples)| samples).sum::<u64>());
        prop_assert_eq!(played, expected);
    }
}
