use rust_decimal::Decimal;
use serde_json::json;

use crate::support::lab;

fn usd(text: &str) -> Decimal {
    text.parse().unwrap()
}

#[tokio::test]
async fn below_the_floor_nothing_runs() {
    let lab = lab(|config| config.balance(usd("0.49")));
    let refusal = lab
        .refusal("Run/sandbox/slow", json!({ "seconds": 0 }))
        .await;
    assert_eq!(refusal, (97, "Insufficient balance".to_owned()));
    assert_eq!(lab.call("Task/List", json!({})).await["total"], "0");
}

#[tokio::test]
async fn a_spent_wallet_stops_further_runs() {
    let lab = lab(|config| config.balance(usd("0.5")));
    let task = lab
        .run(
            "sandbox/pattern",
            json!({ "prompt": "a", "width": 64, "height": 64 }),
        )
        .await;
    assert_eq!(lab.ended(&task).await["totalcost"], "0.005000000000");
    assert_eq!(lab.stats().await["balance"], "0.495");
    assert_eq!(lab.refusal("Run/sandbox/slow", json!({})).await.0, 97);
}

#[tokio::test]
async fn the_largest_balance_there_is_can_be_spent_from() {
    let lab = lab(|config| config.balance(Decimal::MAX));
    let task = lab.run("sandbox/slow", json!({ "seconds": 0 })).await;
    assert_eq!(lab.ended(&task).await["pexit"], "0");
}

#[tokio::test]
async fn the_balance_decides_how_many_tasks_run_at_once() {
    let lab = lab(|config| config.balance(usd("29.99")).workers(1));
    let body = json!({ "seconds": 300 });
    let first = lab.run("sandbox/slow", body.clone()).await;
    let second = lab.run("sandbox/slow", body.clone()).await;
    let message = "You have reached your concurrent task limit. With your current balance of $29.99, you can run up to 2 \
                   tasks at the same time. Add funds to increase your limit.";
    assert_eq!(
        lab.refusal("Run/sandbox/slow", body.clone()).await,
        (96, message.to_owned())
    );
    lab.call("Task/Cancel", json!({ "taskid": second.id }))
        .await;
    lab.run("sandbox/slow", body.clone()).await;
    lab.until(&first, |status| status == "task_start").await;
    assert_eq!(lab.refusal("Run/sandbox/slow", body).await.0, 96);
}
