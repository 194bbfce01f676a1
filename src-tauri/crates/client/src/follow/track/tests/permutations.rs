//! Whatever the network does to the events of a task, its readers end in one state.

use super::*;

const PERMUTATIONS: u64 = 100_000;

/// A generator that is the same everywhere, and quick without optimisation.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) % bound
    }

    fn one_in(&mut self, bound: u64) -> bool {
        self.below(bound) == 0
    }
}

/// What the service sends, and what it answers at each moment of that.
struct Story {
    frames: Vec<TaskFrame>,
    answers: Vec<Answer>,
}

fn story() -> Story {
    let frames = vec![
        status("task_queue"),
        status("task_accept"),
        status("task_start"),
        answer_so_far("All"),
        frame(&json!({"type": "task_error", "tasktoken": "t", "message": "Warning"})),
        answer_so_far("Other"),
        answer_so_far("All of"),
        status("task_end"),
        frame(&json!({"type": "task_postprocess_end", "tasktoken": "t", "message": []})),
        // Of another task, which the connection would have dropped.
        frame(&json!({"type": "task_cancel", "tasktoken": "foreign"})),
    ];
    let answers = [
        "task_queue",
        "task_accept",
        "task_start",
        "task_start",
        "task_start",
        "task_start",
        "task_start",
        "task_end",
    ]
    .map(running)
    .into_iter()
    .chain([
        task(&json!({"status": "task_postprocess_end"})),
        succeeded(),
    ])
    .collect();
    Story { frames, answers }
}

/// The order in which the frames arrive: some lost, some twice, moved about.
fn shuffled(frames: usize, chance: &mut Chance) -> Vec<usize> {
    let mut order: Vec<usize> = Vec::with_capacity(frames * 2);
    for frame in 0..frames {
        let copies = [1, 1, 1, 0, 2, 1][usize::try_from(chance.below(6)).unwrap()];
        order.extend(std::iter::repeat_n(frame, copies));
    }
    if chance.one_in(2) {
        for place in (1..order.len()).rev() {
            let reach = if chance.one_in(4) {
                place + 1
            } else {
                3.min(place + 1)
            };
            let other = place - usize::try_from(chance.below(reach as u64)).unwrap();
            order.swap(place, other);
        }
    }
    order
}

/// Asks when it is due, unless the network fails, and answers for the moment, or for an earlier one.
fn ask(track: &mut Track, story: &Story, (now, moment): (Instant, usize), chance: &mut Chance) {
    if track.next_check().is_none_or(|at| at > now) {
        return;
    }
    track.begin_check();
    let answer = match chance.below(10) {
        0 => Answer::Failed {
            reason: String::new(),
            refused: false,
        },
        1 => Answer::NotFound,
        2 => story.answers[moment / 2].clone(),
        _ => story.answers[moment].clone(),
    };
    track.answered(answer, now, 1.0);
}

fn live(story: &Story, start: Instant, chance: &mut Chance) -> (Track, Reader) {
    let mut now = start;
    let mut track = Track::new(Pace::default(), now, 1.0);
    let mut reader = Reader::default();
    let order = shuffled(story.frames.len(), chance);
    let last = story.answers.len() - 1;
    for (place, index) in order.iter().enumerate() {
        now += Duration::from_millis(chance.below(4000));
        let moment = place * last / order.len();
        match chance.below(12) {
            0 => track.connected(now),
            1 => track.disconnected(now),
            _ => {}
        }
        let heard = &story.frames[*index];
        if heard
            .token
            .as_ref()
            .is_some_and(|token| token.expose() == "t")
        {
            track.heard(heard.clone(), now);
        }
        ask(&mut track, story, (now, moment), chance);
        if chance.one_in(6) {
            reader.read(&track);
        }
    }
    let mut questions = 0;
    while track.ending().is_none() {
        now = now.max(track.next_check().unwrap());
        ask(&mut track, story, (now, last), chance);
        questions += 1;
        assert!(questions < 200, "it is never known how it ended");
    }
    // What comes after the end changes nothing.
    track.heard(story.frames[5].clone(), now);
    track.answered(running("task_queue"), now, 1.0);
    reader.read(&track);
    (track, reader)
}

#[test]
fn a_hundred_thousand_permutations_end_in_one_state() {
    let story = story();
    let start = Instant::now();
    let Answer::Task(expected) = succeeded() else {
        unreachable!()
    };
    let expected = Ending::Confirmed(expected);
    let text = LlmText {
        thinking: vec!["Hm".to_owned()],
        answer: vec!["All of it.".to_owned()],
    };
    for seed in 1..=PERMUTATIONS {
        let (track, reader) = live(
            &story,
            start,
            &mut Chance(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15)),
        );
        assert_eq!(**track.ending().unwrap(), expected, "seed {seed}");
        assert_eq!((reader.ended, reader.missed), (1, 0), "seed {seed}");
        assert_eq!((track.text(), &reader.text), (&text, &text), "seed {seed}");
        assert_eq!(
            reader.statuses.last().map(String::as_str),
            Some("task_postprocess_end"),
            "seed {seed}"
        );
        assert!(
            reader.statuses.is_sorted_by_key(|status| place(status)),
            "seed {seed}: {:?}",
            reader.statuses
        );
    }
}

/// How far along a status is.
fn place(status: &str) -> Option<usize> {
    [
        "task_queue",
        "task_accept",
        "task_start",
        "task_end",
        "task_postprocess_end",
    ]
    .iter()
    .position(|known| *known == status)
}
