//! Frames the server sends over the socket (`PROTOCOL.md` section 10).

use bytes::Bytes;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::{Value, json};

/// A frame and what kind it is, so that fault plans can tell.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    pub(crate) kind: String,
    pub(crate) body: Body,
}

/// What goes over the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Body {
    Text(String),
    Binary(Bytes),
}

impl Frame {
    fn text(kind: &str, text: &Value) -> Self {
        Self {
            kind: kind.to_owned(),
            body: Body::Text(text.to_string()),
        }
    }
}

/// Ends the token of a binary frame.
pub(crate) const PIPE: u8 = b'|';

/// A frame about a task: `type`, `id`, `tasktoken`, `message`, `result`.
pub(crate) fn task(kind: &str, id: u64, token: &str, message: &Value) -> Frame {
    let text = json!({ "type": kind, "id": id.to_string(), "tasktoken": token, "message": message, "result": true });
    Frame::text(kind, &text)
}

/// A frame about the stream of a session, which carries no message.
pub(crate) fn stream(kind: &str, id: u64, token: &str) -> Frame {
    let text = json!({ "type": kind, "id": id.to_string(), "tasktoken": token, "result": true });
    Frame::text(kind, &text)
}

/// Sound: the token, a pipe, and the samples (`PROTOCOL.md` section 10.6). Fault plans call it `audio`.
pub(crate) fn audio(token: &str, samples: &[i16]) -> Frame {
    let mut bytes = Vec::with_capacity(token.len() + 1 + samples.len() * 2);
    bytes.extend_from_slice(token.as_bytes());
    bytes.push(PIPE);
    bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    Frame {
        kind: "audio".to_owned(),
        body: Body::Binary(bytes.into()),
    }
}

/// A turn that was charged: what it cost, what all of the session did so far, and what it used.
pub(crate) fn cost(
    id: u64,
    token: &str,
    (turn, cumulative): (Decimal, Decimal),
    usage: &Value,
) -> Frame {
    // Text for money everywhere else, but these two are numbers on the wire.
    let usd = |amount: Decimal| amount.to_f64().unwrap_or_default();
    let text = json!({
        "type": "task_cost",
        "id": id.to_string(),
        "tasktoken": token,
        "turnCost": usd(turn),
        "cumulativeCost": usd(cumulative),
        "usage": usage,
        "result": true,
    });
    Frame::text("task_cost", &text)
}

/// The greeting, sent once and unasked.
pub(crate) fn connected() -> Frame {
    let text = json!({ "type": "connected", "version": "1.0" });
    Frame::text("connected", &text)
}

/// An answer to a subscription that names no known task; it never carries the token.
pub(crate) fn error(code: &str) -> Frame {
    let text = json!({ "type": "error", "message": code, "result": false });
    Frame::text("error", &text)
}

/// An answer to a subscription to an agent's message that is not known: `debugoutput` is absent then.
pub(crate) fn unknown_agent(token: &str) -> Frame {
    let text = json!({ "type": "agent_subscribed", "agenttoken": token, "status": "unknown", "result": true });
    Frame::text("agent_subscribed", &text)
}

/// How far a model is; every value is text on the wire.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Progress<'a> {
    pub(crate) task: &'a str,
    pub(crate) step: u32,
    pub(crate) steps: u32,
    pub(crate) elapsed_ms: u64,
}

impl Progress<'_> {
    pub(crate) fn percentage(&self) -> u32 {
        self.step * 100 / self.steps.max(1)
    }

    pub(crate) fn message(&self) -> Value {
        let seconds = f64::from(u32::try_from(self.elapsed_ms).unwrap_or(u32::MAX)) / 1000.0;
        let speed = if seconds > 0.0 {
            f64::from(self.step) / seconds
        } else {
            0.0
        };
        let left = if speed > 0.0 {
            f64::from(self.steps - self.step.min(self.steps)) / speed
        } else {
            0.0
        };
        json!({
            "type": "progressGenerate",
            "task": self.task,
            "percentage": self.percentage().to_string(),
            "stepCurrent": self.step.to_string(),
            "stepTotal": self.steps.to_string(),
            "speed": format!("{speed:.1}"),
            "speedType": "it/s",
            "elapsedTime": format!("{seconds:.0}s"),
            "remainingTime": format!("{left:.0}s"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The test vector of `PROTOCOL.md` section 10.6.
    #[test]
    fn sound_follows_the_token_and_a_pipe() {
        let token = "eDcCm5yyUfIvMFspTwww49OUfgXkQt";
        let frame = audio(token, &[0, 1, -1, 32_767, -32_768]);
        let Body::Binary(bytes) = frame.body else {
            panic!("{frame:?}")
        };
        let expected =
            "654463436d357979556649764d4673705477777734394f556667586b51747c00000100ffffff7f0080";
        assert_eq!(hex::encode(bytes), expected);
    }

    #[test]
    fn progress_values_are_text() {
        let message = Progress {
            task: "Generate",
            step: 6,
            steps: 10,
            elapsed_ms: 5000,
        }
        .message();
        let object = message.as_object().unwrap();
        assert!(object.values().all(Value::is_string), "{message}");
        assert_eq!(
            (&message["percentage"], &message["speed"]),
            (&json!("60"), &json!("1.2"))
        );
        assert_eq!(
            (&message["elapsedTime"], &message["remainingTime"]),
            (&json!("5s"), &json!("3s"))
        );
    }
}
