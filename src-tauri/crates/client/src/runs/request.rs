//! A run and its answer on the wire (`PROTOCOL.md` section 6.1).

use crate::error::ErrorItem;
use crate::secret::Secret;
use crate::wire::codec::{Flag, Many, Text, Token};
use crate::wire::record;

record! {
    /// The JSON body of a run. The model's own parameters are the keys of `extra`.
    pub struct RunRequest {
        /// Where the service posts the result (section 8).
        pub callback_url: Option<String> = Text["callbackUrl"],
        /// Another project of the account, to bill.
        pub project_id: Option<String> = Text["projectid"],
    }
}

record! {
    /// What the service answers to a run, accepted or refused.
    pub struct RunAnswer [wrapped] {
        /// Whether it was taken.
        pub result: Option<bool> = Flag["result"],
        /// Why not.
        pub errors: Vec<ErrorItem> = Many["errors"],
        /// The service's id of the task.
        pub task_id: Option<String> = Text["taskid", "id"],
        /// Opens its events; a secret.
        pub token: Option<Secret<String>> = Token["socketaccesstoken", "tasktoken"],
    }
}
