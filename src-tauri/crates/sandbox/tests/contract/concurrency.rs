//! Section 14: how many tasks a balance allows.

use crate::support::{Run, Sandbox};
use serde_json::json;

/// Balance as it is given and as it is told, and the tasks it allows.
const LIMITED: [(&str, &str, usize); 8] = [
    ("9.99", "9.99", 1),
    ("10", "10.00", 1),
    ("19.99", "19.99", 1),
    ("20", "20.00", 2),
    ("50", "50.00", 5),
    ("100", "100.00", 10),
    ("249.99", "249.99", 24),
    ("250", "250.00", 25),
];

async fn slow(sandbox: &Sandbox) -> Run {
    sandbox.run("sandbox/slow", json!({"seconds": 30})).await
}

fn wording(balance: &str, limit: usize) -> String {
    format!(
        "You have reached your concurrent task limit. With your current balance of ${balance}, you can run up to {limit} tasks at the same time. Add funds to increase your limit."
    )
}

/// Queued tasks count, and a refused run leaves no task behind.
#[tokio::test]
async fn section_14_the_table_of_balances() {
    for (given, told, limit) in LIMITED {
        let sandbox = Sandbox::key_only(&["--workers", "1", "--balance", given]).await;
        for _ in 0..limit {
            slow(&sandbox).await;
        }
        let answer = sandbox
            .post("/Run/sandbox/slow", json!({"seconds": 1}))
            .await;
        answer.refused(96, &wording(told, limit));
        let tasks = sandbox.post("/Task/List", json!({"limit": "100"})).await;
        assert_eq!(tasks.success()["total"], limit.to_string(), "{given}");
    }
}

/// Strictly above 250.00 there is no limit (C-18).
#[tokio::test]
async fn section_14_no_limit_above_250() {
    for balance in ["250.01", "251"] {
        let sandbox = Sandbox::key_only(&["--workers", "1", "--balance", balance]).await;
        for _ in 0..40 {
            slow(&sandbox).await;
        }
    }
}

/// A slot is free again once a task has ended, whichever way.
#[tokio::test]
async fn section_14_an_ended_task_frees_its_slot() {
    let sandbox = Sandbox::key_only(&["--workers", "1", "--balance", "20"]).await;
    let (running, waiting) = (slow(&sandbox).await, slow(&sandbox).await);
    sandbox
        .until(&running, &["task_start", "task_output"])
        .await;
    let full = async || {
        sandbox
            .post("/Run/sandbox/slow", json!({"seconds": 30}))
            .await
    };
    full().await.refused(96, &wording("20.00", 2));
    sandbox
        .post("/Task/Cancel", json!({"taskid": waiting.id}))
        .await
        .success();
    let next = slow(&sandbox).await;
    full().await.refused(96, &wording("20.00", 2));
    sandbox.kill(&running).await;
    sandbox.finished(&running).await;
    slow(&sandbox).await;
    full().await.refused(96, &wording("20.00", 2));
    sandbox.until(&next, &["task_start", "task_output"]).await;
}
