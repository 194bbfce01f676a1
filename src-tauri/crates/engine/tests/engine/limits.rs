//! Balance and concurrency, as the service words them.

use rust_decimal::Decimal;
use wiro_engine::dto::{ErrorCode, RunState};

use crate::stage::{Stage, pattern, run, settled, submission, submit, texts, wait_for};

#[tokio::test(flavor = "multi_thread")]
async fn f12a_a_run_over_the_limit_waits_for_a_slot_and_then_runs() {
    // 10 USD allow one task at a time.
    let stage = Stage::with(|config| config.balance(Decimal::from(10)));
    let engine = stage.engine().await;
    let first = submit(
        &engine,
        submission("sandbox/slow", texts(&[("seconds", "1")])),
    )
    .await;
    wait_for(&engine, &first, "to be accepted", |state| {
        state == RunState::Running
    })
    .await;
    let second = submit(&engine, pattern(31)).await;
    wait_for(&engine, &second, "to wait", |state| {
        state == RunState::Waiting
    })
    .await;
    assert_eq!(
        settled(&engine, &second).await.summary.state,
        RunState::Succeeded
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn f12b_an_empty_wallet_refuses_and_says_so() {
    let stage = Stage::with(|config| config.balance(Decimal::new(10, 2)));
    let engine = stage.engine().await;
    let detail = run(&engine, pattern(32)).await;
    assert_eq!(detail.summary.state, RunState::Refused);
    assert_eq!(
        detail.error.map(|error| error.code),
        Some(ErrorCode::BalanceInsufficient)
    );
}
