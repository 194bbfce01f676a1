//! `callbackUrl`: the finished task, posted in the envelope of `Task/Detail` (`PROTOCOL.md` section 8).

use std::sync::Arc;

use reqwest::Url;

use crate::http::task_envelope;
use crate::state::App;
use crate::submission::is_loopback;
use crate::task::Task;

/// Posts the task to its callback, once and without waiting. Only this computer is ever called.
pub(crate) fn deliver(app: &Arc<App>, task: &Task) {
    let Some(callback) = &task.callback else {
        return;
    };
    let Some(url) = Url::parse(callback).ok().filter(is_loopback) else {
        tracing::warn!(
            task = task.id,
            "the callback is not on this computer and is not called"
        );
        return;
    };
    let body = task_envelope(&[task.wire(&app.origin)], 1);
    let request = app.http.post(url).json(&body);
    let id = task.id;
    tokio::spawn(async move {
        // The URL may carry somebody's token, so the error must not repeat it.
        if let Err(error) = request
            .send()
            .await
            .and_then(reqwest::Response::error_for_status)
        {
            tracing::warn!(error = %error.without_url(), task = id, "the callback was not taken");
        }
    });
}
