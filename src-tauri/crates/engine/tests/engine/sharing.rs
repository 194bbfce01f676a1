//! Two processes on one library: each run is followed and downloaded by one of them.

use wiro_engine::dto::{OutputFilter, OutputState, RunState};

use crate::stage::{Stage, pattern, settled, submit};

#[tokio::test(flavor = "multi_thread")]
async fn ten_runs_of_two_engines_are_each_downloaded_once() {
    let stage = Stage::new();
    let engines = [stage.engine().await, stage.engine().await];
    let mut runs = Vec::new();
    for number in 0..10_u32 {
        runs.push(submit(&engines[number as usize % 2], pattern(100 + number)).await);
    }
    // Both try to take up everything while the runs are under way.
    for engine in &engines {
        engine.adopt_orphans().await.expect("looked");
        engine.resume().await.expect("looked");
    }
    for (number, run_id) in runs.iter().enumerate() {
        let detail = settled(&engines[(number + 1) % 2], run_id).await;
        assert_eq!(
            detail.summary.state,
            RunState::Succeeded,
            "{:?}",
            detail.error
        );
    }
    let all = OutputFilter {
        limit: 100,
        ..OutputFilter::default()
    };
    let outputs = engines[0].output_list(&all).await.expect("a page").outputs;
    assert_eq!(outputs.len(), 10);
    assert!(
        outputs
            .iter()
            .all(|output| output.state == OutputState::Published)
    );
    assert_eq!(stage.requests("Run").await, 10);
    assert_eq!(
        stage.requests("files").await,
        10,
        "each file was fetched once"
    );
}
