use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::socket::Frame;

/// A reader that shows what it is told.
#[derive(Default)]
struct Reader {
    cursor: Cursor,
    text: LlmText,
    lines: Vec<String>,
    statuses: Vec<String>,
    missed: u64,
    ended: u32,
}

impl Reader {
    fn read(&mut self, track: &Track) {
        while let Some(update) = track.read(&mut self.cursor) {
            assert_eq!(self.ended, 0, "nothing comes after the end");
            match update {
                TaskUpdate::Text(change) => self.text.apply(change),
                TaskUpdate::Event(TaskEvent::Log { text, .. }) => self.lines.push(text),
                TaskUpdate::Event(TaskEvent::Status(status)) => {
                    self.statuses.push(status.to_string());
                }
                TaskUpdate::Missed { updates, .. } => self.missed += updates,
                TaskUpdate::Ended(_) => self.ended += 1,
                _ => {}
            }
        }
    }
}

fn frame(value: &Value) -> TaskFrame {
    TaskFrame::from_frame(Frame::decode(&value.to_string()).unwrap())
}

fn status(kind: &str) -> TaskFrame {
    frame(&json!({"type": kind, "tasktoken": "t"}))
}

fn answer_so_far(answer: &str) -> TaskFrame {
    frame(
        &json!({"type": "task_output", "tasktoken": "t", "message": {"thinking": ["Hm"], "answer": [answer]}}),
    )
}

fn task(fields: &Value) -> Answer {
    Answer::Task(Box::new(Task::from_value(fields).unwrap()))
}

fn running(status: &str) -> Answer {
    task(&json!({"id": "1", "status": status}))
}

fn succeeded() -> Answer {
    task(
        &json!({"id": "1", "status": "task_postprocess_end", "pexit": "0", "totalcost": "0.5", "outputs": [
        {"contenttype": "raw", "content": {"thinking": ["Hm"], "answer": ["All of it."]}}]}),
    )
}

/// A track that is followed on a connection and was asked for once.
fn followed(now: Instant) -> Track {
    let mut track = Track::new(Pace::default(), now, 1.0);
    track.connected(now);
    track.begin_check();
    track.answered(running("task_queue"), now, 1.0);
    track
}

/// Milliseconds until the next question.
fn wait(track: &Track, now: Instant) -> u128 {
    (track.next_check().unwrap() - now).as_millis()
}

#[test]
fn it_is_asked_for_more_often_the_less_the_socket_says() {
    let now = Instant::now();
    let mut track = Track::new(Pace::default(), now, 1.0);
    assert_eq!(track.next_check(), Some(now));
    let mut pauses = Vec::new();
    for _ in 0..5 {
        track.begin_check();
        assert_eq!(track.next_check(), None);
        track.answered(running("task_queue"), now, 1.0);
        pauses.push(wait(&track, now));
    }
    assert_eq!(pauses, [2000, 4000, 8000, 10_000, 10_000]);
    track.connected(now);
    assert_eq!(track.next_check(), Some(now));
    // It speaks: once in a while is enough, but not while a failure would not be told.
    track.heard(status("task_queue"), now);
    assert_eq!(wait(&track, now), 60_000);
    track.heard(status("task_accept"), now);
    assert_eq!(wait(&track, now), 2000);
    track.heard(status("task_start"), now);
    track.begin_check();
    track.answered(running("task_start"), now, 0.8);
    assert_eq!(wait(&track, now), 48_000);
    track.disconnected(now);
    assert_eq!(track.next_check(), Some(now));
}

#[test]
fn after_the_process_ended_its_last_frame_is_not_awaited_for_ever() {
    let now = Instant::now();
    let mut track = followed(now);
    track.heard(status("task_end"), now);
    assert_eq!(wait(&track, now), 30_000);
    track.begin_check();
    track.answered(running("task_end"), now, 1.0);
    assert_eq!(wait(&track, now), 30_000);
    let later = now + Duration::from_secs(30);
    track.begin_check();
    track.answered(running("task_end"), later, 1.0);
    assert_eq!(wait(&track, later), 2000);
    // It failed without a word on the socket.
    track.begin_check();
    track.answered(
        task(&json!({"status": "task_error", "debugerror": "gone"})),
        later,
        1.0,
    );
    assert_eq!(track.ending().unwrap().outcome(), Some(TaskOutcome::Failed));
    assert_eq!(track.next_check(), None);
}

#[test]
fn an_end_that_was_told_is_confirmed_or_believed_in_the_end() {
    let finished = |pexit: Value| {
        frame(&json!({"type": "task_postprocess_end", "message": [], "pexit": pexit}))
    };
    let cancelled = || frame(&json!({"type": "task_cancel"}));
    let lost = || Answer::Failed {
        reason: "down".to_owned(),
        refused: false,
    };
    let cases: Vec<(TaskFrame, Answer, Option<TaskOutcome>)> = vec![
        (finished(json!("0")), lost(), Some(TaskOutcome::Succeeded)),
        (
            finished(json!(1)),
            running("task_start"),
            Some(TaskOutcome::Failed),
        ),
        (cancelled(), Answer::NotFound, Some(TaskOutcome::Cancelled)),
        // Only an answer knows how it ended.
        (finished(json!("")), lost(), None),
    ];
    for (told, answer, expected) in cases {
        let now = Instant::now();
        let mut track = followed(now);
        track.heard(told.clone(), now);
        assert_eq!(track.next_check(), Some(now));
        for _ in 0..4 {
            track.begin_check();
            track.answered(answer.clone(), now, 1.0);
            assert!(track.ending().is_none());
        }
        let later = now + Duration::from_secs(30);
        track.begin_check();
        track.answered(answer, later, 1.0);
        assert_eq!(
            track.ending().and_then(|ending| ending.outcome()),
            expected,
            "{told:?}"
        );
        if expected.is_none() {
            track.begin_check();
            track.answered(succeeded(), later, 1.0);
            assert_eq!(
                track.ending().unwrap().outcome(),
                Some(TaskOutcome::Succeeded)
            );
        }
    }
}

#[test]
fn the_exit_code_may_be_behind_the_status() {
    let now = Instant::now();
    let mut track = followed(now);
    let bare = || task(&json!({"status": "task_postprocess_end", "pexit": ""}));
    let mut pauses = Vec::new();
    for _ in 0..6 {
        track.begin_check();
        track.answered(bare(), now, 1.0);
        assert!(track.ending().is_none());
        pauses.push(wait(&track, now));
    }
    assert_eq!(pauses, [150, 300, 600, 1200, 2000, 2000]);
    track.begin_check();
    track.answered(bare(), now, 1.0);
    assert_eq!(track.ending().unwrap().outcome(), Some(TaskOutcome::Failed));
}

#[test]
fn a_task_that_nobody_knows_ends_the_stream() {
    let now = Instant::now();
    for (spoken, ends) in [(false, true), (true, false)] {
        let mut track = Track::new(Pace::default(), now, 1.0);
        if spoken {
            track.heard(status("task_queue"), now);
        }
        for _ in 0..10 {
            track.begin_check();
            track.answered(Answer::NotFound, now, 1.0);
        }
        assert_eq!(track.ending().is_some(), ends);
    }
}

#[test]
fn trouble_is_told_once_until_there_is_an_answer() {
    let now = Instant::now();
    let mut track = followed(now);
    let mut cursor = Cursor::default();
    let mut troubles = |track: &Track| {
        std::iter::from_fn(|| track.read(&mut cursor))
            .filter(|update| matches!(update, TaskUpdate::Trouble { .. }))
            .count()
    };
    let fail = |track: &mut Track, refused| {
        track.begin_check();
        track.answered(
            Answer::Failed {
                reason: "down".to_owned(),
                refused,
            },
            now,
            1.0,
        );
    };
    for expected in [0, 0, 1, 0] {
        fail(&mut track, false);
        assert_eq!(troubles(&track), expected);
    }
    track.begin_check();
    track.answered(running("task_start"), now, 1.0);
    fail(&mut track, true);
    assert_eq!(troubles(&track), 1);
}

#[test]
fn a_slow_reader_misses_lines_and_nothing_else() {
    let now = Instant::now();
    let mut track = followed(now);
    let (mut quick, mut slow) = (Reader::default(), Reader::default());
    for line in 0..2000 {
        track.heard(
            frame(&json!({"type": "task_output", "message": format!("line {line}")})),
            now,
        );
        track.heard(answer_so_far(&"x".repeat(line)), now);
        quick.read(&track);
    }
    track.heard(status("task_start"), now);
    track.begin_check();
    track.answered(succeeded(), now, 1.0);
    let mut late = Reader::default();
    for reader in [&mut quick, &mut slow, &mut late] {
        reader.read(&track);
        assert_eq!(reader.text.answer, ["All of it."]);
        assert_eq!(reader.statuses.last().unwrap(), "task_postprocess_end");
        assert_eq!(reader.ended, 1);
        assert_eq!(reader.lines.last().unwrap(), "line 1999");
    }
    assert_eq!((quick.lines.len(), quick.missed), (2000, 0));
    assert_eq!(slow.missed, late.missed);
    assert!(
        slow.missed > 3000 && slow.lines.len() > 200,
        "{}",
        slow.missed
    );
}

#[test]
fn heavy_lines_do_not_wait_for_anybody() {
    let now = Instant::now();
    let mut track = followed(now);
    for _ in 0..20 {
        track.heard(
            frame(&json!({"type": "task_error", "message": "x".repeat(100_000)})),
            now,
        );
    }
    let mut reader = Reader::default();
    reader.read(&track);
    assert_eq!(reader.lines.len(), 2);
}

#[test]
fn what_is_unknown_is_passed_on_whole() {
    let now = Instant::now();
    let mut track = followed(now);
    track.heard(
        frame(&json!({"type": "task_dreaming", "tasktoken": "t", "message": {"of": "sheep"}})),
        now,
    );
    let mut cursor = Cursor::default();
    let updates: Vec<_> = std::iter::from_fn(|| track.read(&mut cursor)).collect();
    let expected = json!({"message": {"of": "sheep"}});
    assert!(updates.contains(&TaskUpdate::Unknown {
        kind: "task_dreaming".to_owned(),
        fields: expected.as_object().unwrap().clone(),
    }));
}

mod permutations;
