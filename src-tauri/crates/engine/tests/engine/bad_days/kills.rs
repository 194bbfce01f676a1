//! The process is killed at each step of a run: the next one takes it up, and nothing is sent again.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;
use wiro_engine::dto::{ErrorCode, RunState};
use wiro_engine::{AccountConfig, Engine, EngineConfig, RunEvent};

use crate::stage::{Stage, pattern, settled, submit};

const CHILD: &str = "WIRO_ENGINE_TEST_CHILD";
const TEST: &str =
    "bad_days::kills::f48_a_kill_at_any_step_of_a_run_loses_nothing_and_sends_nothing_again";
const LONGEST: Duration = Duration::from_secs(30);

/// What a second process is told, through its environment.
struct Part {
    library: String,
    api: String,
    socket: String,
    key: String,
    secret: Option<String>,
    point: String,
}

impl Part {
    fn read() -> Option<Self> {
        let text = std::env::var(CHILD).ok()?;
        let told: serde_json::Value = serde_json::from_str(&text).expect("a part");
        let word = |name: &str| told[name].as_str().map(str::to_owned);
        let given = |name: &str| word(name).expect("a word");
        Some(Self {
            library: given("library"),
            api: given("api"),
            socket: given("socket"),
            key: given("key"),
            secret: word("secret"),
            point: given("point"),
        })
    }

    async fn engine(&self) -> Engine {
        let (key, secret) = (self.key.clone(), self.secret.clone());
        let account = AccountConfig::sandbox("sandbox", &self.api, &self.socket, key, secret)
            .expect("an account");
        Engine::open(EngineConfig {
            library_dir: self.library.clone().into(),
            accounts: vec![account],
            account: Some("sandbox".to_owned()),
            version: "test".to_owned(),
            notices: Vec::new(),
        })
        .await
        .expect("an engine")
    }

    /// Runs up to the point, and dies there.
    async fn play(self) {
        let engine = self.engine().await;
        let mut events = engine.run_events();
        let run_id = submit(&engine, pattern(48)).await;
        let begun = Instant::now();
        while begun.elapsed() < LONGEST {
            let event = tokio::time::timeout(Duration::from_millis(5), events.recv()).await;
            if self
                .is_reached(&engine, &run_id, event.ok().and_then(Result::ok))
                .await
            {
                std::process::abort();
            }
        }
        panic!(
            "{} was not reached: {:?}",
            self.point,
            engine.run_show(&run_id).await
        );
    }

    async fn is_reached(
        &self,
        engine: &Engine,
        run_id: &str,
        event: Option<(String, RunEvent)>,
    ) -> bool {
        let event = event.map(|(_, event)| event);
        let state = async || {
            engine
                .run_show(run_id)
                .await
                .expect("the run")
                .summary
                .state
        };
        match self.point.as_str() {
            "written" => true,
            "sending" => state().await == RunState::Sending,
            "accepted" => matches!(event, Some(RunEvent::Submitted { .. })),
            "mid-download" => has_bytes(&Path::new(&self.library).join("partial")),
            "settled" => matches!(event, Some(RunEvent::Settled(_))),
            status => event == Some(RunEvent::Status(status.to_owned())),
        }
    }
}

/// Whether a download has begun to arrive.
fn has_bytes(dir: &Path) -> bool {
    let Ok(entries) = fs_err::read_dir(dir) else {
        return false;
    };
    entries.flatten().any(|entry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => has_bytes(&entry.path()),
        Ok(metadata) => metadata.len() > 0,
        Err(_) => false,
    })
}

/// Plays a run up to the point in another process.
async fn die_at(stage: &Stage, point: &str) {
    let part = json!({
        "library": stage.path("library"),
        "api": stage.sandbox.api_url(),
        "socket": stage.sandbox.socket_url(),
        "key": stage.sandbox.api_key(),
        "secret": stage.sandbox.api_secret(),
        "point": point,
    });
    let mut child = Command::new(std::env::current_exe().expect("this test"));
    child
        .args(["--exact", TEST, "--nocapture", "--test-threads=1"])
        .env(CHILD, part.to_string())
        .stdin(Stdio::null());
    let ended = tokio::task::spawn_blocking(move || child.output());
    let output = ended.await.expect("waited").expect("started");
    assert_eq!(
        output.status.code(),
        None,
        "{point}: ended by itself: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn f48_a_kill_at_any_step_of_a_run_loses_nothing_and_sends_nothing_again() {
    if let Some(part) = Part::read() {
        return part.play().await;
    }
    for point in [
        "written",
        "sending",
        "accepted",
        "task_queue",
        "task_accept",
        "task_start",
        "task_end",
        "task_postprocess_start",
        "mid-download",
        "settled",
    ] {
        let rule = match point {
            // So that there is a moment to die in.
            "sending" => json!([{"on": {"path": "Run/*", "nth": 1}, "do": {"delay_ms": 1500}}]),
            "mid-download" => {
                json!([{"on": {"path": "files/*", "nth": 1}, "do": {"stall": "body"}}])
            }
            _ => json!([]),
        };
        let stage = Stage::with_faults(&rule);
        die_at(&stage, point).await;

        let engine = stage.engine().await;
        engine.resume().await.expect("taken up");
        let runs = engine
            .run_list(&wiro_engine::dto::RunFilter {
                active_only: false,
                start: 0,
                limit: 10,
            })
            .await
            .expect("the runs")
            .runs;
        assert_eq!(runs.len(), 1, "{point}: the run is there");
        let detail = settled(&engine, &runs[0].id).await;
        let posts = stage.requests("Run").await;
        assert!(posts <= 1, "{point}: sent {posts} times");
        let code = detail.error.as_ref().map(|error| error.code);
        match detail.summary.state {
            RunState::Succeeded => {
                let path = engine
                    .output_file(&detail.outputs[0].id)
                    .await
                    .expect("on disk");
                image::open(&path).expect("whole");
                let names = fs_err::read_dir(path.parent().expect("a folder")).expect("listed");
                assert_eq!((detail.outputs.len(), names.count()), (1, 1), "{point}");
            }
            RunState::NotSent => {
                assert_eq!(code, Some(ErrorCode::Interrupted), "{point}");
                assert!(
                    matches!(point, "written" | "sending"),
                    "{point}: accepted, and lost"
                );
            }
            // It may never have arrived: the person decides.
            RunState::Unconfirmed => assert!(matches!(point, "written" | "sending"), "{point}"),
            other => panic!("{point}: {other:?}, {:?}", detail.error),
        }
        assert!(
            !has_bytes(&stage.path("library/partial")),
            "{point}: half a file is left"
        );
    }
}
