//! A frame of the socket beside its typed view: what names the task, and a message of the kind its type says
//! (`PROTOCOL.md` sections 10.2 and 10.4).

use serde_json::{Map, Value};
use wiro_client::lenient;
use wiro_client::tasks::{OutputText, Task};
use wiro_client::wire::Wire;

/// A frame of either direction, of a task or of an agent.
pub(crate) struct Frame {
    /// Type, names, flags and every member but the message, which share their keys with a task.
    head: Task,
    message: Option<Message>,
}

/// What a frame says.
enum Message {
    /// What a task made: a list, or an object that holds one.
    Outputs { task: Box<Task>, bare: bool },
    /// A model's text, its whole output, or its steps.
    Body(OutputText),
    /// A line, a code, nothing, or something of a type that is not known.
    Plain(Value),
}

/// Members that are amounts of money.
const AMOUNTS: &[&str] = &["turnCost", "cumulativeCost"];

impl Frame {
    pub(crate) fn decode(value: &Value) -> Result<Self, String> {
        let Value::Object(fields) = value else {
            return Err("a frame is an object".to_owned());
        };
        let mut fields = fields.clone();
        let message = fields.shift_remove("message");
        let kind = lenient::text(fields.get("type")).ok_or("a frame has a type (C-12)")?;
        for name in AMOUNTS {
            check_amount(name, fields.get(*name))?;
        }
        let head = Task::decode(&Value::Object(fields)).map_err(|error| error.to_string())?;
        let message = message
            .map(|message| Message::decode(&kind, message))
            .transpose()?;
        Ok(Self { head, message })
    }

    pub(crate) fn to_value(&self) -> Value {
        let mut value = self.head.to_value();
        if let (Value::Object(fields), Some(message)) = (&mut value, &self.message) {
            fields.insert("message".to_owned(), message.to_value());
        }
        value
    }
}

impl Message {
    fn decode(kind: &str, message: Value) -> Result<Self, String> {
        let told = |error: wiro_client::wire::ShapeError| format!("message: {error}");
        // A message may be JSON in a string (`PROTOCOL.md` section 31): what is in it must be in shape, too.
        let inner = lenient::json(Some(&message));
        match (kind, inner) {
            (_, None | Some(Value::String(_) | Value::Bool(_) | Value::Number(_))) => {
                Ok(Self::Plain(message))
            }
            ("task_postprocess_end", Some(Value::Object(_))) if message.is_object() => {
                let task = Task::decode(&message).map_err(told)?;
                Ok(Self::Outputs {
                    task: Box::new(task),
                    bare: false,
                })
            }
            ("task_postprocess_end", Some(Value::Array(_))) => {
                let outputs = Map::from_iter([("outputs".to_owned(), message)]);
                let task = Task::decode(&Value::Object(outputs)).map_err(told)?;
                Ok(Self::Outputs {
                    task: Box::new(task),
                    bare: true,
                })
            }
            (kind, Some(Value::Object(inner))) if has_body(kind) => {
                let body = OutputText::decode(&Value::Object(inner)).map_err(told)?;
                if message.is_object() {
                    Ok(Self::Body(body))
                } else {
                    Ok(Self::Plain(message))
                }
            }
            (kind, Some(Value::Array(_))) if has_body(kind) => {
                Err("message: expected a text or an object, found a list".to_owned())
            }
            _ => Ok(Self::Plain(message)),
        }
    }

    fn to_value(&self) -> Value {
        match self {
            Self::Outputs { task, bare: false } => task.to_value(),
            Self::Outputs { task, bare: true } => task
                .to_value()
                .get_mut("outputs")
                .map(Value::take)
                .unwrap_or_default(),
            Self::Body(body) => body.to_value(),
            Self::Plain(message) => message.clone(),
        }
    }
}

/// Whether an object in the message of such a frame is a model's text, its output or its steps.
fn has_body(kind: &str) -> bool {
    let (_, event) = kind.split_once('_').unwrap_or_default();
    matches!(
        event,
        "output" | "output_full" | "error" | "error_full" | "end"
    )
}

fn check_amount(name: &str, amount: Option<&Value>) -> Result<(), String> {
    match amount {
        Some(Value::Array(_) | Value::Object(_)) => Err(format!("{name}: expected a number")),
        _ => Ok(()),
    }
}
