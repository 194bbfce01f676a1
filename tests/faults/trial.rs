//! One schedule: a service of its own, a library of its own, and as many engines as it takes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use e2e::{Failure, Outcome, fixture};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;
use wiro_engine::dto::{AnswerInput, Answers, FileInput, RunSubmission};
use wiro_engine::{AccountConfig, Engine, EngineConfig, RunOptions};
use wiro_sandbox::{Config, FaultPlan, Sandbox};

use crate::judge::{self, Scene, Verdict};
use crate::records;
use crate::schedule::{Model, Schedule, Step, Wish};

/// Far beyond what anything here takes.
const SETTLED_WITHIN: Duration = Duration::from_mins(2);
/// How long an engine that is cut off may take to be gone.
const GONE_WITHIN: Duration = Duration::from_secs(10);
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// Between two wishes to look for an unclear run once more.
const ASK_AGAIN: Duration = Duration::from_millis(700);

/// More than 250 USD: as many tasks at a time as one likes.
const BALANCE_USD: u32 = 1_000;

pub(crate) fn carry_out(schedule: &Schedule) -> Outcome<Verdict> {
    let started = Instant::now();
    let folder = tempfile::Builder::new().prefix("wiro-faults-").tempdir()?;
    let service = Service::start(folder.path(), schedule)?;
    let intents: Vec<String> = schedule
        .wishes
        .iter()
        .map(|_| uuid::Uuid::now_v7().to_string())
        .collect();
    let library = folder.path().join("library");
    let mut life = Life::start(&service, &library)?;
    let begun = Instant::now();
    for (at_ms, step) in &schedule.steps {
        let at = begun + Duration::from_millis(*at_ms);
        // Not waiting for anything: the moment is what the schedule is about.
        std::thread::sleep(at.saturating_duration_since(Instant::now()));
        match step {
            Step::Press(index) => {
                if let (Some(wish), Some(intent)) =
                    (schedule.wishes.get(*index), intents.get(*index))
                {
                    life.press(wish, intent.clone());
                }
            }
            Step::Restart => {
                life.cut_off();
                life = Life::start(&service, &library)?;
            }
        }
    }
    life.settle(schedule, &service, &library, &intents)?;
    let (posts, balance) = service.statistics()?;
    life.close()?;
    service.stop();
    let scene = Scene {
        schedule,
        intents: &intents,
        tasks: records::tasks(&folder.path().join("sandbox"))?,
        runs: records::runs(&library)?,
        posts,
        balance,
        credit: BALANCE_USD,
        partials_are_gone: records::is_empty(&library.join("partial"))?,
        took: started.elapsed(),
    };
    judge::judge(&scene)
}

/// The Sandbox on threads of its own: it goes on when the engine is cut off.
struct Service {
    runtime: Runtime,
    sandbox: Sandbox,
    folder: PathBuf,
}

impl Service {
    fn start(folder: &Path, schedule: &Schedule) -> Outcome<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()?;
        let plan: FaultPlan = serde_json::from_value(json!({ "rules": schedule.rules }))?;
        let folder = folder.join("sandbox");
        let config = Config::new(&folder)
            .balance(BALANCE_USD.into())
            .workers(4)
            .fault_plan(plan);
        let sandbox = {
            let _inside = runtime.enter();
            Sandbox::start(config)?
        };
        Ok(Self {
            runtime,
            sandbox,
            folder,
        })
    }

    /// How often `Run` was posted, and what is left in the wallet.
    fn statistics(&self) -> Outcome<(u64, String)> {
        let url = self.sandbox.api_url().replace("/v1", "/sandbox/stats");
        let asking = async move {
            let client = reqwest::Client::builder().no_proxy().build()?;
            client.get(url).send().await?.json::<Value>().await
        };
        let told = self.runtime.block_on(asking)?;
        let balance = told["balance"].as_str().unwrap_or_default().to_owned();
        Ok((told["requests"]["Run"].as_u64().unwrap_or(0), balance))
    }

    fn stop(self) {
        self.runtime.block_on(self.sandbox.shutdown());
        self.runtime.shutdown_timeout(GONE_WITHIN);
    }
}

/// An engine with threads of its own, as a process has them.
struct Life {
    runtime: Runtime,
    engine: Engine,
    presses: Vec<JoinHandle<()>>,
}

impl Life {
    fn start(service: &Service, library: &Path) -> Outcome<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()?;
        let sandbox = &service.sandbox;
        let account = AccountConfig::sandbox(
            "sandbox",
            &sandbox.api_url(),
            &sandbox.socket_url(),
            sandbox.api_key().to_owned(),
            sandbox.api_secret().map(str::to_owned),
        )?;
        let config = EngineConfig {
            library_dir: library.to_path_buf(),
            accounts: vec![account],
            account: Some("sandbox".to_owned()),
            version: "test".to_owned(),
            notices: Vec::new(),
        };
        let engine = runtime.block_on(async {
            let engine = Engine::open(config).await?;
            engine.resume().await?;
            Ok::<Engine, wiro_engine::Error>(engine)
        })?;
        Ok(Self {
            runtime,
            engine,
            presses: Vec::new(),
        })
    }

    fn press(&mut self, wish: &Wish, intent: String) {
        let (engine, model, mark) = (self.engine.clone(), wish.model, wish.mark.clone());
        self.presses.push(self.runtime.spawn(async move {
            let answers = answers(&engine, model, &mark).await;
            let submission = RunSubmission {
                model: model.slug().to_owned(),
                answers,
                intent_id: intent,
            };
            // A press that comes to nothing leaves no run, or one that says why.
            let _ = engine.run_submit(submission, RunOptions::default()).await;
        }));
    }

    /// The end of a process that nobody announced: every thread stops where it is.
    fn cut_off(self) {
        drop(self.engine);
        self.runtime.shutdown_timeout(GONE_WITHIN);
    }

    fn close(self) -> Outcome {
        self.runtime.block_on(self.engine.close())?;
        drop(self.engine);
        self.runtime.shutdown_timeout(GONE_WITHIN);
        Ok(())
    }

    /// Waits until nothing more happens by itself. What is unclear is looked for, and what could not be fetched is fetched
    /// again, as a person would.
    fn settle(
        &mut self,
        schedule: &Schedule,
        service: &Service,
        library: &Path,
        intents: &[String],
    ) -> Outcome {
        let deadline = Instant::now() + SETTLED_WITHIN;
        let mut asked = Instant::now();
        loop {
            let pressed = self.presses.iter().all(JoinHandle::is_finished);
            let tasks = records::tasks(&service.folder)?;
            let runs = records::runs(library)?;
            let quiet = tasks.iter().all(records::Task::has_ended)
                && runs.iter().all(|run| judge::is_settled(&run.state));
            let to_find = judge::to_find(schedule, intents, &tasks, &runs);
            let given_up: Vec<&String> = runs.iter().flat_map(|run| &run.given_up).collect();
            if pressed && quiet && to_find.is_empty() && given_up.is_empty() {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(Failure::from(format!(
                    "not settled: pressed {pressed}, to find {to_find:?}, {runs:#?}, {tasks:#?}"
                )));
            }
            if quiet && asked.elapsed() > ASK_AGAIN {
                asked = Instant::now();
                for run_id in to_find {
                    // Somebody may be looking already.
                    let _ = self.runtime.block_on(self.engine.run_recheck(&run_id));
                }
                for output_id in given_up {
                    // It may fail once more.
                    let _ = self.runtime.block_on(self.engine.output_retry(output_id));
                }
            }
            std::thread::sleep(LOOK_AGAIN);
        }
    }
}

async fn answers(engine: &Engine, model: Model, mark: &str) -> Answers {
    let text = |value: &str| AnswerInput::Text {
        value: value.to_owned(),
    };
    let mut answers = BTreeMap::from([(model.marked().to_owned(), text(mark))]);
    match model {
        Model::Pattern => {
            answers.insert("prompt".to_owned(), text("dunes"));
            answers.insert("width".to_owned(), text("64"));
            answers.insert("height".to_owned(), text("64"));
        }
        Model::Failing => {
            answers.insert("exitcode".to_owned(), text("3"));
        }
        Model::Upscale => {
            let staged = engine.file_stage(vec![fixture("cat.jpg")]).await;
            let files = staged
                .unwrap_or_default()
                .into_iter()
                .map(|file| FileInput::Staged { id: file.id })
                .collect();
            answers.insert("inputImage".to_owned(), AnswerInput::Files { files });
        }
    }
    answers
}
