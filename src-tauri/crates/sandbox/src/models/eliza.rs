//! `sandbox/eliza`: Weizenbaum's ELIZA as a language model, with thoughts, answers and sessions (`PROTOCOL.md` section 11).

mod conversation;
mod script;
mod sessions;

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Done, Job};
use crate::schema::as_text;
use crate::task::Text;
use crate::worker::Console;
use conversation::{Heard, State};
use script::DOCTOR;
pub(crate) use sessions::{Sessions, Turn};

/// Most words that can be asked for.
const MAX_WORDS: usize = 25_000;
/// Most updates of an answer: a longer one grows by several words at a time.
const MAX_UPDATES: usize = 2000;
/// Between two updates, and for the whole of a long answer.
const PAUSE: Duration = Duration::from_millis(15);
const LONGEST: Duration = Duration::from_secs(6);
/// Remarks of a long answer that stand in one paragraph.
const PARAGRAPH: usize = 4;

/// Answers, word by word. What the turn leaves behind in its session is up to the worker, once the task has succeeded.
pub(super) async fn run(job: &Job, console: &Console) -> Done {
    let text = |id: &str| job.parameters.get(id).map(as_text).unwrap_or_default();
    let (prompt, user, session) = (text("prompt"), text("user_id"), text("session_id"));
    let words = job.number("words").unwrap_or(0_usize).min(MAX_WORDS);
    // Without an id there is no conversation to go on with.
    let mut turn = None;
    if !session.is_empty() {
        let begun = tokio::select! {
            () = console.cancelled.cancelled() => return Done::stopped(),
            begun = job.sessions.turn(&user, &session) => begun,
        };
        match begun {
            Ok(begun) => turn = Some(begun),
            Err(error) => {
                return Done::failed(console, 1, &format!("Cannot read the session: {error}"));
            }
        }
    }
    let mut state = turn
        .as_ref()
        .map(|turn| turn.state.clone())
        .unwrap_or_default();
    let asked = prompt.clone();
    // A long answer takes a moment to make.
    let composed = tokio::task::spawn_blocking(move || {
        let answer = compose(&asked, words, &mut state);
        (answer, state)
    });
    let Ok(((thoughts, answer), state)) = composed.await else {
        return Done::failed(console, 134, "The model crashed.");
    };
    if !speak(&thoughts, &answer, console).await {
        return Done::stopped();
    }
    if let Some(turn) = &mut turn {
        turn.state = state;
    }
    Done {
        text: Some(Text {
            prompt,
            thinking: vec![thoughts],
            answer: vec![answer],
        }),
        turn,
        ..Done::without_outputs(0)
    }
}

/// Thoughts and answer. To come to as many words as were asked for, what the script has to say to the prompt is followed by
/// what always fits, in turns.
fn compose(prompt: &str, words: usize, state: &mut State) -> (String, String) {
    let (prompt, nothing) = (Heard::new(&DOCTOR, prompt), Heard::default());
    let first = conversation::answer(&DOCTOR, &prompt, state);
    let mut answer = first.text;
    let mut count = count_words(&answer);
    let mut remarks = 1;
    while count < words {
        let about = if remarks % 2 == 0 { &prompt } else { &nothing };
        let next = conversation::answer(&DOCTOR, about, state).text;
        count += count_words(&next);
        answer.push_str(if remarks % PARAGRAPH == 0 {
            "\n\n"
        } else {
            " "
        });
        answer.push_str(&next);
        remarks += 1;
    }
    (first.thoughts, answer)
}

fn count_words(text: &str) -> usize {
    text.split_whitespace().count()
}

/// Says both as they grow. `false` when it was stopped.
async fn speak(thoughts: &str, answer: &str, console: &Console) -> bool {
    let ends: Vec<usize> = ends_of_words(thoughts)
        .chain(ends_of_words(answer).map(|end| thoughts.len() + end))
        .collect();
    let step = ends.len().div_ceil(MAX_UPDATES).max(1);
    let updates = ends.len().div_ceil(step);
    let pause = (LONGEST / u32::try_from(updates.max(1)).unwrap_or(u32::MAX)).min(PAUSE);
    let began = Instant::now();
    for update in 1..=updates {
        let due = pause * u32::try_from(update).unwrap_or(u32::MAX);
        tokio::select! {
            () = console.cancelled.cancelled() => return false,
            () = tokio::time::sleep(due.saturating_sub(began.elapsed())) => {}
        }
        let words = (update * step).min(ends.len());
        let end = ends[words - 1];
        let thought = &thoughts[..end.min(thoughts.len())];
        let answered = &answer[..end.saturating_sub(thoughts.len())];
        console.say(
            answered,
            &message(thought, answered, words, began.elapsed()),
        );
    }
    !console.cancelled.is_cancelled()
}

/// Where words end, so that the last one ends the text.
fn ends_of_words(text: &str) -> impl Iterator<Item = usize> {
    let words = text.split_inclusive(char::is_whitespace);
    words
        .scan(0, |end, word| {
            *end += word.len();
            Some((*end, word))
        })
        // Between two breaks in a row there is no word.
        .filter(move |(end, word)| !word.trim().is_empty() || *end == text.len())
        .map(|(end, _)| end)
}

/// Everything so far, as a client shows it instead of what it had.
fn message(thought: &str, answered: &str, words: usize, elapsed: Duration) -> Value {
    let thinking = answered.is_empty();
    let some = |text: &str| -> Vec<String> {
        let text = (!text.is_empty()).then(|| text.to_owned());
        text.into_iter().collect()
    };
    let raw = if thinking {
        format!("<think>{thought}")
    } else {
        format!("<think>{thought}</think>{answered}")
    };
    let seconds = elapsed.as_secs_f64().max(0.001);
    let speed = f64::from(u32::try_from(words).unwrap_or(u32::MAX)) / seconds;
    json!({
        "type": "progressGenerate",
        "task": "Generate",
        "speed": format!("{speed:.1}"),
        "speedType": "words/s",
        "wordCount": words,
        "raw": raw,
        "thinking": some(thought),
        "answer": some(answered),
        "isThinking": thinking,
        "elapsedTime": shown(elapsed.as_secs()),
    })
}

/// `3s`, `1m 5s`.
fn shown(seconds: u64) -> String {
    match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds}s"),
        (minutes, seconds) => format!("{minutes}m {seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_answer_has_the_words_that_were_asked_for_and_always_the_same() {
        let made = |words| compose("My brother left and I am sad", words, &mut State::default());
        for words in [0, 1, 50, 1000, MAX_WORDS] {
            let (_, answer) = made(words);
            let count = count_words(&answer);
            assert!(count >= words && count < words + 60, "{words}: {count}");
            assert_eq!(made(words).1, answer);
            assert!(
                answer.starts_with("I am sorry to hear that you are sad."),
                "{answer}"
            );
        }
        assert!(made(MAX_WORDS).1.len() > 100_000);
        assert!(made(50).1.contains("\n\n"));
    }

    #[test]
    fn updates_end_with_words_and_the_last_with_the_text() {
        for (text, expected) in [
            ("", vec![]),
            ("one", vec![3]),
            ("one two", vec![4, 7]),
            ("a\n\nb é", vec![2, 5, 7]),
            ("a ", vec![2]),
        ] {
            let ends: Vec<usize> = ends_of_words(text).collect();
            assert_eq!(ends, expected, "{text:?}");
        }
    }

    #[test]
    fn messages_hold_everything_so_far() {
        let open = message("Let me", "", 2, Duration::from_millis(500));
        let expected = json!({
            "type": "progressGenerate", "task": "Generate", "speed": "4.0", "speedType": "words/s", "wordCount": 2,
            "raw": "<think>Let me", "thinking": ["Let me"], "answer": [], "isThinking": true, "elapsedTime": "0s",
        });
        assert_eq!(open, expected);
        let answering = message("Let me see.", "Yes ", 4, Duration::from_secs(65));
        assert_eq!(answering["raw"], "<think>Let me see.</think>Yes ");
        assert_eq!(
            (
                &answering["answer"],
                &answering["isThinking"],
                &answering["elapsedTime"]
            ),
            (&json!(["Yes "]), &json!(false), &json!("1m 5s"))
        );
    }
}
