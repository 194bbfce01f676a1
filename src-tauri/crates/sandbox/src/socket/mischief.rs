//! What a fault plan makes of the frames of one connection.

use std::time::Duration;

use serde_json::Value;

use crate::fault::edit::expand;
use crate::fault::{FaultAction, Stall, glob};
use crate::frames::Frame;
use crate::schema::as_text;

/// The plan of one connection and how far it has come.
#[derive(Debug, Default)]
pub(super) struct Mischief {
    action: FaultAction,
    /// Frames kept back, with the type of the one that lets them go.
    withheld: Vec<(Option<String>, String)>,
    /// Nothing is sent any more.
    mute: bool,
}

/// What happens once a frame is out.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Then {
    Continue,
    Drop,
    /// Neither sends nor reads any more.
    Freeze,
}

impl Mischief {
    pub(super) fn new(action: FaultAction) -> Self {
        let mute = action.stall == Some(Stall::Frames) && action.stall_after.is_none();
        Self {
            action,
            withheld: Vec::new(),
            mute,
        }
    }

    /// Whether the connection is frozen from the start.
    pub(super) fn is_frozen(&self) -> bool {
        self.freezes() && self.action.stall_after.is_none()
    }

    fn freezes(&self) -> bool {
        matches!(
            self.action.stall,
            Some(Stall::Headers | Stall::Body | Stall::Upload)
        )
    }

    pub(super) fn ping(&self) -> Option<Duration> {
        self.action.ping_ms.map(Duration::from_millis)
    }

    pub(super) fn lifetime(&self) -> Option<Duration> {
        self.action.drop_after_ms.map(Duration::from_millis)
    }

    pub(super) fn close_code(&self) -> Option<u16> {
        self.action.close_code
    }

    /// What goes over the wire in a frame's place, and what follows.
    pub(super) fn outgoing(&mut self, frame: &Frame) -> (Vec<String>, Then) {
        if self.mute {
            return (Vec::new(), Then::Continue);
        }
        let kind = frame.kind.as_str();
        let edits = self.action.edit.iter().filter(|edit| edit.concerns(kind));
        let text = edits.fold(frame.text.clone(), |text, edit| edit.apply(text));
        let mut holding = self.action.withhold.iter();
        if let Some(rule) = holding.find(|rule| glob(&rule.frames, kind)) {
            self.withheld.push((rule.until.clone(), text));
            return (Vec::new(), Then::Continue);
        }
        let mut texts = vec![text];
        let released = |held: &mut (Option<String>, String)| held.0.as_deref() == Some(kind);
        texts.extend(self.withheld.extract_if(.., released).map(|(_, text)| text));
        let injected = self.action.inject.iter().filter(|rule| rule.after == kind);
        texts.extend(
            injected
                .flat_map(|rule| &rule.frames)
                .map(|text| filled(text, frame)),
        );
        (texts, self.after(kind))
    }

    fn after(&mut self, kind: &str) -> Then {
        let due = |wanted: &Option<String>| wanted.as_deref() == Some(kind);
        if due(&self.action.drop_after) {
            return Then::Drop;
        }
        if !due(&self.action.stall_after) {
            return Then::Continue;
        }
        if self.freezes() {
            return Then::Freeze;
        }
        self.mute = self.action.stall == Some(Stall::Frames);
        Then::Continue
    }
}

/// A planned frame with the genuine one's task in it.
fn filled(planned: &Value, genuine: &Frame) -> String {
    let members: Value = serde_json::from_str(&genuine.text).unwrap_or_default();
    let text = ["tasktoken", "id"]
        .into_iter()
        .fold(as_text(planned), |text, key| {
            let value = members.get(key).and_then(Value::as_str).unwrap_or_default();
            text.replace(&format!("{{{key}}}"), value)
        });
    expand(&text).replace("{frame}", &genuine.text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::frames;

    /// What is sent for these types, and how it ends.
    fn sent(action: Value, kinds: &[&str]) -> (String, Then) {
        let mut mischief = Mischief::new(serde_json::from_value(action).unwrap());
        let mut all = Vec::new();
        for kind in kinds {
            let frame = frames::task(kind, 7, "token", &Value::Null);
            let (texts, then) = mischief.outgoing(&frame);
            let short = texts.iter().map(|text| {
                let frame =
                    serde_json::from_str::<Value>(text).unwrap_or_else(|_| json!({ "type": text }));
                frame["type"].as_str().unwrap_or("none").to_owned()
            });
            all.extend(short);
            if then != Then::Continue {
                return (all.join(" "), then);
            }
        }
        (all.join(" "), Then::Continue)
    }

    #[test]
    fn frames_are_kept_back_doubled_changed_and_lost() {
        let kinds = ["a", "b", "c", "d"];
        let table = [
            (json!({}), "a b c d", Then::Continue),
            (json!({ "drop_after": "b" }), "a b", Then::Drop),
            (json!({ "stall": "frames" }), "", Then::Continue),
            (
                json!({ "stall": "frames", "stall_after": "b" }),
                "a b",
                Then::Continue,
            ),
            (
                json!({ "stall": "headers", "stall_after": "b" }),
                "a b",
                Then::Freeze,
            ),
            (
                json!({ "withhold": [{ "frames": "b" }] }),
                "a c d",
                Then::Continue,
            ),
            (
                json!({ "withhold": [{ "frames": "a", "until": "c" }, { "frames": "b", "until": "c" }] }),
                "c a b d",
                Then::Continue,
            ),
            (
                json!({ "withhold": [{ "frames": "*" }] }),
                "",
                Then::Continue,
            ),
            (
                json!({ "inject": { "after": "b", "frames": ["{frame}", { "type": "{id}{tasktoken}" }, "{fill:3}"] } }),
                "a b b 7token xxx c d",
                Then::Continue,
            ),
            (
                json!({ "edit": [{ "frames": "b", "set": { "/type": "z" } }] }),
                "a z c d",
                Then::Continue,
            ),
            (
                json!({ "edit": [{ "remove": ["/type"] }] }),
                "none none none none",
                Then::Continue,
            ),
        ];
        for (action, expected, then) in table {
            assert_eq!(
                sent(action.clone(), &kinds),
                (expected.to_owned(), then),
                "{action}"
            );
        }
    }
}
