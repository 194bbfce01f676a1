//! Text frames of the socket, one a line.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use wiro_client::llm::{AccumulatedText, LlmText, TextCursor};
use wiro_client::socket::{ClientFrame, Frame, TaskEvent, TaskFrame};

/// Somebody who shows what he is told, and nothing else.
#[derive(Default)]
struct Reader {
    cursor: TextCursor,
    shown: LlmText,
}

impl Reader {
    fn look(&mut self, known: &AccumulatedText) {
        if let Some(change) = known.untold(&mut self.cursor) {
            self.shown.apply(change);
        }
    }
}

fuzz_target!(|bytes: &[u8]| {
    let mut known = AccumulatedText::default();
    let (mut eager, mut late) = (Reader::default(), Reader::default());
    for line in String::from_utf8_lossy(bytes).lines() {
        let Some(frame) = Frame::decode(line) else {
            continue;
        };
        let value = frame.to_value();
        assert_eq!(
            serde_json::from_str::<Value>(line).ok(),
            Some(value.clone())
        );
        assert_eq!(Frame::decode(&value.to_string()), Some(frame.clone()));
        if let Some(request) = ClientFrame::from_value(&value) {
            assert_eq!(request.to_value(), value);
        }
        let _ = (frame.area(), frame.agent_token());
        if let TaskEvent::Text { message, .. } = TaskFrame::from_frame(frame).event {
            known.hear(message.text());
            eager.look(&known);
        }
    }
    late.look(&known);
    for reader in [eager, late] {
        assert_eq!(reader.shown.answer_text(), known.text().answer_text());
        assert_eq!(reader.shown.thinking_text(), known.text().thinking_text());
    }
});
