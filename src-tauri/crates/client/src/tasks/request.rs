//! What is asked about tasks (`PROTOCOL.md` sections 7.2 to 7.6).

use super::TaskQuery;
use crate::secret::Secret;
use crate::wire::codec::{CountText, Text, Token};
use crate::wire::record;

record! {
    /// The body of `Task/Detail`, `Cancel`, `Kill` and `InputOutputDelete`: names a task in one of three ways (C-08).
    pub struct TaskRequest {
        /// The service's id.
        pub task_id: Option<String> = Text["taskid"],
        /// The token, under the name of the documentation.
        pub token: Option<Secret<String>> = Token["tasktoken"],
        /// The token, under the name the service's own texts use.
        pub socket_access_token: Option<Secret<String>> = Token["socketaccesstoken"],
    }
}

record! {
    /// The body of `Task/List`.
    pub struct TaskListRequest {
        /// What kind of task; `model`.
        pub kind: Option<String> = Text["type"],
        /// The key it is sorted by; `id`.
        pub sort: Option<String> = Text["sort"],
        /// `ASC` or `DESC`.
        pub order: Option<String> = Text["order"],
        /// Offset of the first task; text on the wire.
        pub start: Option<u64> = CountText["start"],
        /// How many; text on the wire.
        pub limit: Option<u64> = CountText["limit"],
        /// Slug of a model or part of a name.
        pub model_name: Option<String> = Text["modelName"],
    }
}

/// Newest first, as the official client asks.
impl From<&TaskQuery> for TaskListRequest {
    fn from(query: &TaskQuery) -> Self {
        Self {
            kind: Some("model".to_owned()),
            sort: Some("id".to_owned()),
            order: Some("DESC".to_owned()),
            start: Some(query.start.into()),
            limit: Some(query.limit.clamp(1, 100).into()),
            model_name: query.model.clone(),
            ..Self::default()
        }
    }
}
