//! From the last frame of a task to its file in the library.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use e2e::library::LibraryView;
use e2e::{Failure, Outcome};
use wiro_engine::dto::{AnswerInput, RunSubmission};
use wiro_engine::{Engine, RunOptions};

use crate::report::{Limit, Row, median, told};
use crate::stand_in::{MODEL, StandIn, now_us};

const RUNS: usize = 50;
/// 592 * 592 * 3 bytes of noise: 1 MB.
const SIDE: u32 = 592;
const WITHIN: Duration = Duration::from_secs(20);

pub(crate) fn measure() -> Outcome<Vec<Row>> {
    let folder = tempfile::tempdir()?;
    let library = folder.path().join("library");
    let runtime = tokio::runtime::Runtime::new()?;
    let samples = runtime.block_on(samples(&library))?;
    let mut sorted = samples.clone();
    sorted.sort_by(f64::total_cmp);
    let late = sorted.get(RUNS * 95 / 100).copied().unwrap_or(f64::NAN);
    Ok(vec![Row {
        what: format!("last socket event -> file (1 MB, n={RUNS})"),
        figure: format!("{}, p95 {late:.0}", told(&samples, "ms")),
        peer: "polls every 2000 ms".to_owned(),
        value: median(&samples),
        limit: Limit::AtMost(100.0),
    }])
}

async fn samples(library: &Path) -> Outcome<Vec<f64>> {
    let service = StandIn::start(SIDE, true)?;
    let engine = service.engine(library).await?;
    let view = LibraryView::new(library);
    let mut samples = Vec::with_capacity(RUNS);
    for index in 0..RUNS {
        submit(&engine, index).await?;
        let there_us = appears(&view, index + 1).await?;
        let state = service.state().await?;
        let told = state["told_us"].as_object().ok_or("no times")?;
        // The newest of them is this run's.
        let told_us = told.values().filter_map(serde_json::Value::as_u64).max();
        let told_us = told_us.ok_or("no time")?;
        let late_us = there_us.saturating_sub(told_us);
        samples.push(f64::from(u32::try_from(late_us)?) / 1_000.0);
    }
    engine.close().await?;
    Ok(samples)
}

pub(crate) async fn submit(engine: &Engine, index: usize) -> Outcome {
    let value = format!("run {index}");
    let answers = BTreeMap::from([("prompt".to_owned(), AnswerInput::Text { value })]);
    let submission = RunSubmission {
        model: MODEL.to_owned(),
        answers,
        intent_id: uuid::Uuid::now_v7().to_string(),
    };
    engine.run_submit(submission, RunOptions::default()).await?;
    Ok(())
}

/// When there are so many files, microseconds since 1970.
async fn appears(library: &LibraryView, count: usize) -> Outcome<u64> {
    let deadline = Instant::now() + WITHIN;
    loop {
        if library.files()?.len() >= count {
            return Ok(now_us());
        }
        if Instant::now() > deadline {
            return Err(Failure::from(format!("no file; {:?}", library.runs())));
        }
        // The grain of the measurement.
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
