use serde_json::json;

use super::*;
use crate::socket::{ClientFrame, TaskFrame};

fn frame(value: &Value) -> Frame {
    Frame::decode(&value.to_string()).unwrap()
}

#[test]
fn the_area_is_told_by_name_or_token() {
    let cases = [
        (
            json!({"type": "connected", "version": "1.0"}),
            Area::Connection,
        ),
        (json!({"type": "task_start"}), Area::Task),
        (
            json!({"type": "error", "message": "tasktoken-required"}),
            Area::Task,
        ),
        (json!({"type": "new", "tasktoken": "t"}), Area::Task),
        (json!({"type": "new", "id": 5}), Area::Task),
        (json!({"type": "agent_new"}), Area::Agent),
        (json!({"type": "error", "agenttoken": "a"}), Area::Agent),
        (
            json!({"type": "flow_start", "flowtoken": "f"}),
            Area::Unknown,
        ),
    ];
    for (value, area) in cases {
        assert_eq!(frame(&value).area(), area, "{value}");
    }
}

#[test]
fn nothing_is_lost_and_no_token_is_printed() {
    let value = json!({"type": "flow_start", "tasktoken": "secret-t", "agenttoken": "secret-a", "n": [1, null, 0.002],
        "deep": {"x": {"y": ""}}});
    let frame = frame(&value);
    assert_eq!(frame.to_value(), value);
    assert_eq!(frame.kind(), "flow_start");
    assert_eq!(frame.fields().len(), 5);
    assert!(!format!("{frame:?}").contains("secret"));
    assert_eq!(frame.task_token().unwrap().expose(), "secret-t");
    assert_eq!(frame.agent_token().unwrap().expose(), "secret-a");
}

#[test]
fn what_is_no_frame_is_none() {
    let deep = format!(
        r#"{{"type":"task_output","message":{}{}}}"#,
        "[".repeat(5000),
        "]".repeat(5000)
    );
    let many = format!(
        r#"{{"type":"task_output","message":[{}0]}}"#,
        "0,".repeat(MOST_VALUES)
    );
    for text in [
        "",
        "null",
        "[]",
        "{",
        "{}",
        r#"{"type":5.5e400}"#,
        r#"{"type":""}"#,
        r#"{"type":[]}"#,
        &deep,
        &many,
    ] {
        assert_eq!(Frame::decode(text), None, "{}", &text[..text.len().min(40)]);
    }
}

#[test]
fn a_long_text_is_not_many_values() {
    let text = r#"[{"a":1}],\" "#.repeat(200_000);
    let long = json!({"type": "task_output", "message": text});
    assert_eq!(frame(&long).to_value(), long);
}

#[test]
fn requests_are_told_apart_and_nothing_is_added() {
    for (value, expected) in [
        (
            json!({"type": "task_info", "tasktoken": "t"}),
            ClientFrame::FollowTask as fn(_) -> _,
        ),
        (
            json!({"type": "agent_info", "agenttoken": "t"}),
            ClientFrame::FollowAgent,
        ),
        (
            json!({"type": "task_session_end", "tasktoken": "t"}),
            ClientFrame::EndSession,
        ),
        (
            json!({"type": "task_session_interrupt", "tasktoken": "t"}),
            ClientFrame::InterruptTurn,
        ),
    ] {
        let request = ClientFrame::from_value(&value).unwrap();
        assert_eq!(request, expected(Secret::new("t".to_owned())));
        assert_eq!(request.to_value(), value);
    }
    for other in [
        json!({"type": "task_info", "agenttoken": "t"}),
        json!({"type": "task_info", "tasktoken": 5}),
        json!({"type": "task_info", "tasktoken": "t", "more": 1}),
        json!({"type": "new", "tasktoken": "t"}),
        json!("task_info"),
    ] {
        assert_eq!(ClientFrame::from_value(&other), None, "{other}");
    }
}

/// Any JSON, not too deep.
fn any_json() -> impl proptest::strategy::Strategy<Value = Value> {
    use proptest::prelude::{Just, Strategy, any, prop_oneof};
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<i16>().prop_map(|thousandths| Value::from(f64::from(thousandths) / 1000.0)),
        "\\PC{0,12}".prop_map(Value::from),
        r#"[\[{"](raw|answer|":"x"|[0-9,\]}]){0,6}"#.prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let name = prop_oneof![
            "[a-z]{0,6}",
            "(raw|answer|thinking|percentage|outputs|pexit)"
        ];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((name, inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest::proptest! {
    #[test]
    fn no_text_breaks_the_decoder(text in "\\PC{0,200}") {
        Frame::decode(&text);
    }

    /// Whatever a frame holds: it is read without a panic and can be written as it came.
    #[test]
    fn what_is_decoded_is_encoded_the_same(
        kind in "(task|agent|flow)_[a-z_]{0,12}|error|connected|task_(output|error|output_full|error_full|postprocess_end|cost)",
        message in any_json(),
        other in any_json(),
        name in "(tasktoken|agenttoken|id|result|outputs|pexit|usage|turnCost|[a-z]{1,5})",
    ) {
        let mut value = json!({ "message": message, "type": kind });
        value[name] = other;
        value["type"] = kind.into();
        let decoded = frame(&value);
        assert_eq!(decoded.to_value(), value);
        assert_eq!(Frame::decode(&decoded.to_value().to_string()).unwrap(), decoded);
        TaskFrame::from_frame(decoded);
    }
}
