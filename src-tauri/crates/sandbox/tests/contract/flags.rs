//! The interface of the binary: what scripts stand on.

use crate::support::shape::assert_keys;
use crate::support::{DEADLINE, Sandbox};
use serde_json::{Value, json};
use tokio::process::Command;
use tokio::time::timeout;

#[tokio::test]
async fn the_first_line_says_where_and_with_which_key() {
    let members = json!({"api": "", "socket": "", "api_key": "", "api_secret": ""});
    assert_keys(&Sandbox::with(&[]).await.hello, &members, &[]);
    let key_only = Sandbox::with(&["--api-key", "only-a-key"]).await;
    assert_eq!(key_only.hello["api_key"], "only-a-key");
    assert_eq!(key_only.hello["api_secret"], Value::Null);
    let pair = Sandbox::with(&["--api-key", "k", "--api-secret", "s"]).await;
    assert_eq!(pair.hello["api_secret"], "s");
}

#[tokio::test]
async fn it_listens_where_it_is_told_and_on_loopback_alone() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port().to_string();
    drop(free);
    let sandbox = Sandbox::with(&["--port", &port]).await;
    assert!(
        sandbox
            .api
            .starts_with(&format!("http://127.0.0.1:{port}/")),
        "{}",
        sandbox.api
    );
    assert!(
        sandbox
            .socket
            .starts_with(&format!("ws://127.0.0.1:{port}/")),
        "{}",
        sandbox.socket
    );
}

#[cfg(unix)]
#[tokio::test]
async fn it_ends_on_sigterm_even_with_a_task_running() {
    let mut sandbox = Sandbox::start().await;
    sandbox.occupy_worker().await;
    let id = sandbox.child.id().unwrap().to_string();
    let sent = Command::new("kill")
        .args(["-TERM", &id])
        .status()
        .await
        .unwrap();
    assert!(sent.success());
    let ended = timeout(DEADLINE, sandbox.child.wait()).await;
    ended.expect("it runs on").unwrap();
}

/// Two workers unless said otherwise; further tasks wait in `task_queue`.
#[tokio::test]
async fn the_third_task_waits() {
    for (flags, workers) in [(&[][..], 2), (&["--workers", "3"][..], 3)] {
        let sandbox = Sandbox::key_only(flags).await;
        for _ in 0..workers {
            sandbox.occupy_worker().await;
        }
        let waiting = sandbox.run("sandbox/slow", json!({"seconds": 1})).await;
        for _ in 0..5 {
            assert_eq!(sandbox.task(&waiting).await["status"], "task_queue");
        }
    }
}
