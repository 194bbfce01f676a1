//! Text frames that are sent to the service (`PROTOCOL.md` section 10.2).

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::secret::Secret;

/// A text frame of ours. The service drops other types without a word, and knows no unsubscribe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientFrame {
    /// Subscribes to a task, a realtime session included.
    FollowTask(Secret<String>),
    /// Subscribes to a message to an agent.
    FollowAgent(Secret<String>),
    /// Finishes a realtime session.
    EndSession(Secret<String>),
    /// Cuts off the current turn of a voice session.
    InterruptTurn(Secret<String>),
}

impl ClientFrame {
    /// Reads a frame; `None` when it is none of these four with a token and nothing else.
    pub fn from_value(value: &Value) -> Option<Self> {
        let fields = value.as_object().filter(|fields| fields.len() == 2)?;
        let token = |name: &str| {
            let token = fields.get(name)?.as_str()?;
            Some(Secret::new(token.to_owned()))
        };
        match fields.get("type")?.as_str()? {
            "task_info" => token("tasktoken").map(Self::FollowTask),
            "agent_info" => token("agenttoken").map(Self::FollowAgent),
            "task_session_end" => token("tasktoken").map(Self::EndSession),
            "task_session_interrupt" => token("tasktoken").map(Self::InterruptTurn),
            _ => None,
        }
    }

    /// The frame as it is sent. It holds the token.
    pub fn to_value(&self) -> Value {
        let (kind, name, token) = match self {
            Self::FollowTask(token) => ("task_info", "tasktoken", token),
            Self::FollowAgent(token) => ("agent_info", "agenttoken", token),
            Self::EndSession(token) => ("task_session_end", "tasktoken", token),
            Self::InterruptTurn(token) => ("task_session_interrupt", "tasktoken", token),
        };
        json!({ "type": kind, name: token.expose() })
    }

    pub(crate) fn into_message(self) -> Message {
        Message::text(self.to_value().to_string())
    }
}
