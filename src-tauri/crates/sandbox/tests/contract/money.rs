//! Sections 7.8 and 14: what a run does to the wallet. The contract shows a balance in one place: the refusal for
//! too many tasks (code 96), so that is where these tests read it.

use crate::support::{Sandbox, model};
use serde_json::{Value, json};

/// The balance as the refusal of a second task tells it; only for wallets that allow one task.
async fn balance(sandbox: &Sandbox) -> String {
    let busy = sandbox.run("sandbox/slow", json!({"seconds": 30})).await;
    let answer = sandbox
        .post("/Run/sandbox/slow", json!({"seconds": 1}))
        .await;
    let words = answer.message().to_owned();
    assert_eq!(answer.body["errors"][0]["code"], 96, "{answer:#?}");
    sandbox.until(&busy, &["task_start", "task_output"]).await;
    sandbox.kill(&busy).await;
    sandbox.finished(&busy).await;
    let rest = words.split_once("balance of $").unwrap().1;
    rest.split_once(',').unwrap().0.to_owned()
}

fn at(price: f64) -> Value {
    model::model(
        "priced",
        &json!([{"inputs": {}, "price": price, "priceMethod": "cpr"}]),
    )
}

#[tokio::test]
async fn section_7_8_success_costs_what_the_task_says() {
    let sandbox = Sandbox::serving(&[at(0.09)], &["--balance", "12"]).await;
    assert_eq!(balance(&sandbox).await, "12.00");
    for left in ["11.91", "11.82"] {
        let run = sandbox
            .run("price-lab/priced", json!({"prompt": "a"}))
            .await;
        assert_eq!(sandbox.succeeded(&run).await["totalcost"], "0.090000000000");
        assert_eq!(balance(&sandbox).await, left);
    }
}

#[tokio::test]
async fn section_7_8_failure_cancel_and_kill_are_free() {
    let sandbox = Sandbox::key_only(&["--balance", "12"]).await;
    let failed = sandbox.run("sandbox/failing", json!({})).await;
    sandbox.finished(&failed).await;
    let killed = sandbox.occupy_worker().await;
    sandbox.kill(&killed).await;
    sandbox.finished(&killed).await;
    assert_eq!(balance(&sandbox).await, "12.00");
}

/// Half a dollar is enough, a cent less is not (section 3.4), and a run may spend below it.
#[tokio::test]
async fn section_3_4_the_floor_of_the_balance() {
    for poor in ["0", "0.49"] {
        let sandbox = Sandbox::key_only(&["--balance", poor]).await;
        let answer = sandbox
            .post("/Run/sandbox/pattern", json!({"prompt": "a"}))
            .await;
        answer.refused(97, "Insufficient balance");
        sandbox.post("/Task/List", json!({})).await.success();
    }
    let sandbox = Sandbox::serving(&[at(0.01)], &["--balance", "0.50"]).await;
    let run = sandbox
        .run("price-lab/priced", json!({"prompt": "a"}))
        .await;
    sandbox.succeeded(&run).await;
    let answer = sandbox
        .post("/Run/price-lab/priced", json!({"prompt": "a"}))
        .await;
    answer.refused(97, "Insufficient balance");
}
