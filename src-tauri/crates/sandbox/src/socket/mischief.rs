//! What a fault plan makes of the frames of one connection.

use std::time::Duration;

use serde_json::{Value, json};

use crate::fault::edit::expand;
use crate::fault::{FaultAction, Stall, glob};
use crate::frames::{Body, Frame, PIPE};
use crate::schema::as_text;

/// The plan of one connection and how far it has come.
#[derive(Debug, Default)]
pub(super) struct Mischief {
    action: FaultAction,
    /// Frames kept back, with the type of the one that lets them go.
    withheld: Vec<(Option<String>, Body)>,
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
    pub(super) fn outgoing(&mut self, frame: &Frame) -> (Vec<Body>, Then) {
        if self.mute {
            return (Vec::new(), Then::Continue);
        }
        let kind = frame.kind.as_str();
        let body = self.edited(frame);
        let mut holding = self.action.withhold.iter();
        if let Some(rule) = holding.find(|rule| glob(&rule.frames, kind)) {
            self.withheld.push((rule.until.clone(), body));
            return (Vec::new(), Then::Continue);
        }
        let mut bodies = vec![body];
        let released = |held: &mut (Option<String>, Body)| held.0.as_deref() == Some(kind);
        bodies.extend(self.withheld.extract_if(.., released).map(|(_, body)| body));
        let injected = self.action.inject.iter().filter(|rule| rule.after == kind);
        bodies.extend(
            injected
                .flat_map(|rule| &rule.frames)
                .map(|text| Body::Text(filled(text, frame))),
        );
        (bodies, self.after(kind))
    }

    /// Sound stays as it is.
    fn edited(&self, frame: &Frame) -> Body {
        let Body::Text(text) = &frame.body else {
            return frame.body.clone();
        };
        let edits = self.action.edit.iter();
        let edits = edits.filter(|edit| edit.concerns(&frame.kind));
        Body::Text(edits.fold(text.clone(), |text, edit| edit.apply(text)))
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
    let genuine = match &genuine.body {
        Body::Text(text) => text.clone(),
        Body::Binary(bytes) => {
            let token = bytes.split(|byte| *byte == PIPE).next();
            json!({ "tasktoken": String::from_utf8_lossy(token.unwrap_or_default()) }).to_string()
        }
    };
    let members: Value = serde_json::from_str(&genuine).unwrap_or_default();
    let text = ["tasktoken", "id"]
        .into_iter()
        .fold(as_text(planned), |text, key| {
            let value = members.get(key).and_then(Value::as_str).unwrap_or_default();
            text.replace(&format!("{{{key}}}"), value)
        });
    expand(&text).replace("{frame}", &genuine)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frames;

    /// What is sent for these types, and how it ends.
    fn sent(action: Value, kinds: &[&str]) -> (String, Then) {
        let mut mischief = Mischief::new(serde_json::from_value(action).unwrap());
        let mut all = Vec::new();
        for kind in kinds {
            let frame = match *kind {
                "audio" => frames::audio("token", &[1]),
                kind => frames::task(kind, 7, "token", &Value::Null),
            };
            let (bodies, then) = mischief.outgoing(&frame);
            let short = bodies.iter().map(|body| {
                let Body::Text(text) = body else {
                    return "audio".to_owned();
                };
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
    fn sound_is_lost_late_or_the_last_of_a_line() {
        let kinds = ["a", "audio", "b", "audio"];
        let table = [
            (
                json!({ "edit": [{ "set": { "/type": "z" } }] }),
                "z audio z audio",
                Then::Continue,
            ),
            (
                json!({ "withhold": [{ "frames": "audio" }] }),
                "a b",
                Then::Continue,
            ),
            (
                json!({ "withhold": [{ "frames": "audio", "until": "b" }] }),
                "a b audio",
                Then::Continue,
            ),
            (json!({ "drop_after": "audio" }), "a audio", Then::Drop),
            (
                json!({ "inject": { "after": "audio", "frames": [{ "type": "{tasktoken}{id}" }] } }),
                "a audio token b audio token",
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
