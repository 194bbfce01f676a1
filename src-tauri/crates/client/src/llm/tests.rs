use serde_json::json;

use super::*;

fn text(thinking: &[&str], answer: &[&str]) -> LlmText {
    let owned = |phases: &[&str]| phases.iter().map(|phase| (*phase).to_owned()).collect();
    LlmText {
        thinking: owned(thinking),
        answer: owned(answer),
    }
}

fn message(value: &Value) -> LlmMessage {
    LlmMessage::from_value(value).unwrap()
}

#[test]
fn the_arrays_count_and_raw_when_they_hold_nothing() {
    let cases = [
        (
            json!({"answer": ["a", "b"], "thinking": ["t"], "raw": "r"}),
            text(&["t"], &["a", "b"]),
        ),
        (
            json!({"answer": ["", "b"], "thinking": ["s", "t"]}),
            text(&["s", "t"], &["", "b"]),
        ),
        (json!({"answer": "lone"}), text(&[], &["lone"])),
        (
            json!({"answer": [1, null, true]}),
            text(&[], &["1", "", "true"]),
        ),
        (
            json!({"answer": [""], "thinking": [], "raw": "r"}),
            text(&[], &["r"]),
        ),
        (
            json!({"raw": "<think>one</think> two <think>three</think>four"}),
            text(&["one", "three"], &["two", "four"]),
        ),
        (
            json!({"raw": "<think>one</think><think>three</think>four"}),
            text(&["one", "three"], &["", "four"]),
        ),
        (
            json!({"raw": "first<think>then"}),
            text(&["then"], &["first"]),
        ),
        (json!({"raw": "<think>open"}), text(&["open"], &[])),
        (json!({"raw": "</think>"}), text(&[], &["</think>"])),
        (json!({"raw": ["no text"]}), text(&[], &[])),
        (json!({}), text(&[], &[])),
    ];
    for (value, expected) in cases {
        assert_eq!(message(&value).text(), expected, "{value}");
    }
}

#[test]
fn members_are_read_in_every_type_and_kept() {
    let value = json!({"type": "answer", "speed": 12.5, "speedType": "t/s", "elapsedTime": "3s", "isThinking": "true",
        "tokenCount": 4, "new": {"x": [1]}});
    let message = message(&value);
    let some = |word: &str| Some(word.to_owned());
    assert_eq!(
        (
            message.kind(),
            message.speed(),
            message.speed_type(),
            message.elapsed()
        ),
        (some("answer"), some("12.5"), some("t/s"), some("3s"))
    );
    assert_eq!(message.is_thinking(), Some(true));
    assert_eq!(message.to_value(), value);
    assert_eq!(LlmMessage::from_value(&json!("text")), None);
}

#[test]
fn only_what_was_added_is_told_and_each_phase_apart() {
    let mut known = AccumulatedText::default();
    let mut cursor = TextCursor::default();
    let grown = |phase, index, text: &str| Growth {
        phase,
        index,
        text: text.to_owned(),
    };
    let steps = [
        (text(&["I"], &[]), vec![grown(Phase::Thinking, 0, "I")]),
        (
            text(&["I see"], &["Yes"]),
            vec![
                grown(Phase::Thinking, 0, " see"),
                grown(Phase::Answer, 0, "Yes"),
            ],
        ),
        (
            text(&["I see", "Hm"], &["Yes.", "Ünd"]),
            vec![
                grown(Phase::Answer, 0, "."),
                grown(Phase::Thinking, 1, "Hm"),
                grown(Phase::Answer, 1, "Ünd"),
            ],
        ),
    ];
    for (heard, expected) in steps {
        assert!(known.hear(heard));
        assert_eq!(known.untold(&mut cursor), Some(TextChange::Grown(expected)));
        assert_eq!(known.untold(&mut cursor), None);
    }
}

#[test]
fn what_comes_twice_or_late_says_nothing() {
    let mut known = AccumulatedText::default();
    assert!(known.hear(text(&["t"], &["Hello"])));
    for late in [
        text(&["t"], &["Hello"]),
        text(&["t"], &["Hel"]),
        text(&[], &[]),
    ] {
        assert!(!known.hear(late));
    }
    assert_eq!(known.text(), &text(&["t"], &["Hello"]));
}

#[test]
fn another_beginning_replaces_what_was_told() {
    let mut known = AccumulatedText::default();
    let mut cursor = TextCursor::default();
    known.hear(text(&[], &["Hello"]));
    known.untold(&mut cursor);
    let other = text(&["so"], &["Good"]);
    assert!(known.hear(other.clone()));
    assert_eq!(known.untold(&mut cursor), Some(TextChange::Replaced(other)));
    assert!(known.hear(text(&["so"], &["Good day"])));
    assert!(
        matches!(known.untold(&mut cursor), Some(TextChange::Grown(grown)) if grown[0].text == " day")
    );
}

#[test]
fn the_last_word_may_be_shorter() {
    let mut known = AccumulatedText::default();
    let mut cursor = TextCursor::default();
    known.hear(text(&[], &["Hello  "]));
    known.untold(&mut cursor);
    let last = text(&[], &["Hello"]);
    assert!(known.settle(last.clone()));
    assert!(!known.settle(last.clone()));
    assert_eq!(known.untold(&mut cursor), Some(TextChange::Replaced(last)));
}

#[test]
fn an_output_tells_its_text() {
    let mut output = OutputText {
        raw: Some("<think>t</think>a".to_owned()),
        ..OutputText::default()
    };
    assert_eq!(LlmText::from_output(&output), text(&["t"], &["a"]));
    output.answer = vec!["b".to_owned()];
    assert_eq!(LlmText::from_output(&output), text(&[], &["b"]));
    assert_eq!(text(&["s", ""], &["a", "", "b"]).answer_text(), "a\nb");
    assert_eq!(text(&["s", ""], &["a"]).thinking_text(), "s");
}

proptest::proptest! {
    /// Whatever is heard, in whatever order, and however seldom the reader looks.
    #[test]
    fn a_reader_shows_what_is_known(
        heard in proptest::collection::vec(
            (proptest::collection::vec("[aä]{0,3}", 0..3), proptest::collection::vec("[aä]{0,3}", 0..3), proptest::bool::ANY),
            0..12,
        ),
    ) {
        let mut known = AccumulatedText::default();
        let (mut cursor, mut shown) = (TextCursor::default(), LlmText::default());
        for (thinking, answer, looks) in heard {
            known.hear(LlmText { thinking, answer });
            if looks && let Some(change) = known.untold(&mut cursor) {
                shown.apply(change);
            }
        }
        if let Some(change) = known.untold(&mut cursor) {
            shown.apply(change);
        }
        assert_eq!(shown.answer_text(), known.text().answer_text());
        assert_eq!(shown.thinking_text(), known.text().thinking_text());
    }
}
