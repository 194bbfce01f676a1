//! A Sandbox, a library folder and engines on it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use wiro_engine::dto::{AnswerInput, Answers, FileInput, RunDetail, RunState, RunSubmission};
use wiro_engine::{AccountConfig, Engine, EngineConfig, RunOptions};
use wiro_sandbox::{Config, FaultPlan, Sandbox};

/// Far beyond what anything here takes: reaching it is a failure.
const DEADLINE: Duration = Duration::from_mins(1);

pub(crate) struct Stage {
    dir: TempDir,
    pub(crate) sandbox: Sandbox,
}

impl Stage {
    pub(crate) fn new() -> Self {
        Self::with(|config| config)
    }

    /// A Sandbox that misbehaves by this plan, written as JSON.
    pub(crate) fn with_faults(rules: &Value) -> Self {
        let plan: FaultPlan =
            serde_json::from_value(serde_json::json!({ "rules": rules })).expect("a fault plan");
        Self::with(|config| config.fault_plan(plan))
    }

    pub(crate) fn with(change: impl FnOnce(Config) -> Config) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let config = change(Config::new(dir.path().join("sandbox")));
        let sandbox = Sandbox::start(config).expect("a Sandbox");
        Self { dir, sandbox }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) async fn engine(&self) -> Engine {
        let account = AccountConfig::sandbox(
            "sandbox",
            &self.sandbox.api_url(),
            &self.sandbox.socket_url(),
            self.sandbox.api_key().to_owned(),
            self.sandbox.api_secret().map(str::to_owned),
        )
        .expect("an account");
        Engine::open(EngineConfig {
            library_dir: self.path("library"),
            accounts: vec![account],
            account: Some("sandbox".to_owned()),
            version: "test".to_owned(),
            notices: Vec::new(),
        })
        .await
        .expect("an engine")
    }

    /// An engine on the same library without any account of its own.
    pub(crate) async fn engine_alone(&self) -> Engine {
        Engine::open(EngineConfig {
            library_dir: self.path("library"),
            accounts: Vec::new(),
            account: None,
            version: "test".to_owned(),
            notices: Vec::new(),
        })
        .await
        .expect("an engine")
    }

    /// How many requests the Sandbox counted under a path such as `Run`.
    pub(crate) async fn requests(&self, path: &str) -> u64 {
        let origin = self.sandbox.api_url().replace("/v1", "");
        let stats: Value = reqwest::get(format!("{origin}/sandbox/stats"))
            .await
            .expect("stats")
            .json()
            .await
            .expect("JSON");
        stats["requests"][path].as_u64().unwrap_or(0)
    }

    /// A picture of this size on disk.
    pub(crate) fn picture(&self, name: &str, width: u32, height: u32) -> PathBuf {
        let path = self.path(name);
        let pixels = image::RgbImage::from_fn(width, height, |x, y| {
            let level = |value: u32| u8::try_from(value % 256).unwrap_or_default();
            image::Rgb([level(x), level(y), level(x + y)])
        });
        pixels.save(&path).expect("a picture");
        path
    }
}

pub(crate) fn texts(pairs: &[(&str, &str)]) -> Answers {
    let text = |value: &str| AnswerInput::Text {
        value: value.to_owned(),
    };
    pairs
        .iter()
        .map(|(id, value)| ((*id).to_owned(), text(value)))
        .collect()
}

/// A small picture made from this seed; every seed is another request.
pub(crate) fn pattern(seed: u32) -> RunSubmission {
    let seed = seed.to_string();
    submission(
        "sandbox/pattern",
        texts(&[
            ("prompt", "dunes"),
            ("width", "64"),
            ("height", "64"),
            ("seed", &seed),
        ]),
    )
}

pub(crate) fn submission(model: &str, answers: Answers) -> RunSubmission {
    RunSubmission {
        model: model.to_owned(),
        answers,
        intent_id: uuid::Uuid::now_v7().to_string(),
    }
}

pub(crate) async fn with_file(engine: &Engine, field: &str, path: PathBuf) -> Answers {
    let staged = engine.file_stage(vec![path]).await.expect("staged");
    assert_eq!(staged[0].problem, None, "the file is fine");
    let files = vec![FileInput::Staged {
        id: staged[0].id.clone(),
    }];
    BTreeMap::from([(field.to_owned(), AnswerInput::Files { files })])
}

pub(crate) async fn submit(engine: &Engine, submission: RunSubmission) -> String {
    engine
        .run_submit(submission, RunOptions::default())
        .await
        .expect("written down")
        .id
}

/// Submits and waits until nothing more happens by itself.
pub(crate) async fn run(engine: &Engine, submission: RunSubmission) -> RunDetail {
    let run_id = submit(engine, submission).await;
    settled(engine, &run_id).await
}

pub(crate) async fn settled(engine: &Engine, run_id: &str) -> RunDetail {
    wait_for(engine, run_id, "to settle", RunState::is_settled).await
}

pub(crate) async fn wait_for(
    engine: &Engine,
    run_id: &str,
    what: &str,
    reached: impl Fn(RunState) -> bool,
) -> RunDetail {
    wait_until(engine, run_id, what, |detail| reached(detail.summary.state)).await
}

/// Looks for an unconfirmed run once more, as soon as nobody else is looking.
pub(crate) async fn looked_again(engine: &Engine, run_id: &str) -> RunDetail {
    let looking = async {
        loop {
            match engine.run_recheck(run_id).await {
                Err(wiro_engine::Error::RunBusy) => tokio::task::yield_now().await,
                looked => return looked.expect("looked"),
            }
        }
    };
    tokio::time::timeout(DEADLINE, looking)
        .await
        .expect("the other look ends")
}

pub(crate) async fn wait_until(
    engine: &Engine,
    run_id: &str,
    what: &str,
    reached: impl Fn(&RunDetail) -> bool,
) -> RunDetail {
    let mut events = engine.run_events();
    let waiting = async {
        loop {
            let detail = engine.run_show(run_id).await.expect("the run");
            if reached(&detail) {
                return detail;
            }
            // An event of any run, or a moment for what comes without one: then look again.
            let _ = tokio::time::timeout(Duration::from_millis(100), events.recv()).await;
        }
    };
    match tokio::time::timeout(DEADLINE, waiting).await {
        Ok(detail) => detail,
        Err(tokio::time::error::Elapsed { .. }) => panic!(
            "the run had a minute {what}: {:?}",
            engine.run_show(run_id).await
        ),
    }
}
