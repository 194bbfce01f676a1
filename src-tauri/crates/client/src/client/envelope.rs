//! What every answer is (`PROTOCOL.md` section 3.1).

use serde_json::Value;

use crate::error::ErrorItem;
use crate::wire::codec::{Flag, Free, Many};
use crate::wire::record;

record! {
    /// An answer of which nothing else is known; its payload stands in `data` or beside it, in `extra` (C-03).
    pub struct Envelope {
        /// Whether it succeeded.
        pub result: Option<bool> = Flag["result"],
        /// What went wrong.
        pub errors: Vec<ErrorItem> = Many["errors"],
        /// The generic payload of some answers.
        pub data: Option<Value> = Free["data"],
    }
}
