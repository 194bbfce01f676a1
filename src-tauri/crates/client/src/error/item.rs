//! One item of `errors` as it came (`PROTOCOL.md` section 3.1).

use serde_json::Value;

use crate::wire::codec::Text;
use crate::wire::record;

record! {
    /// Something that went wrong: an object, or a bare message.
    #[derive(Eq)]
    pub struct ErrorItem [alone] bare message_alone; {
        /// A number, or text such as `E1`.
        pub code: Option<String> = Text["code"],
        /// The service's own wording.
        pub message: Option<String> = Text["message"],
    }
}

fn message_alone(value: &Value) -> Option<ErrorItem> {
    value.as_str().map(|message| ErrorItem {
        message: Some(message.to_owned()),
        ..ErrorItem::default()
    })
}
