//! One library after the other, with services of its own.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::service::{DEADLINE, Ended, Program, Service, http, wiro};
use crate::trial::{Aim, Outcome, Phase, Trial, Verdict};

/// Long enough for a kill to fall into a download, short beside a run.
const DOWNLOAD_MS: u64 = 200;
/// An upload is thought about for so long before it becomes a task.
const THINKING_MS: u64 = 300;

/// How long a run takes when nobody kills it.
#[derive(Debug, Clone, Copy)]
struct Pace {
    submitted: Duration,
    whole: Duration,
}

pub(crate) struct Lane {
    /// Answers.
    plain: Service,
    /// Takes patterns and never answers; thinks about uploads before it takes them.
    silent: Service,
    picture: PathBuf,
    libraries: usize,
    dir: TempDir,
}

/// What is there after a kill and a resume.
struct Scene {
    phase: Phase,
    resumed: Ended,
    posts_by_resume: u64,
    tasks: Vec<Value>,
    rows: Vec<Value>,
}

impl Lane {
    pub(crate) fn start() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let downloads = json!({"on": {"path": "files/*"}, "do": {"delay_ms": DOWNLOAD_MS}});
        let plain = json!({"rules": [downloads]});
        let silent = json!({"rules": [
            {"on": {"path": "Run/sandbox/pattern"}, "do": {"stall": "headers", "when": "after"}},
            {"on": {"path": "Run/sandbox/upscale"}, "do": {"delay_ms": THINKING_MS}},
            downloads,
        ]});
        let service = |name: &str, plan: Value| {
            let file = dir.path().join(format!("{name}.json"));
            fs_err::write(&file, plan.to_string()).expect("written");
            let file = file.display().to_string();
            Service::start(
                dir.path(),
                &dir.path().join(name),
                &[
                    "--api-key",
                    "key-of-a-test",
                    "--balance",
                    "1000",
                    "--fault-plan",
                    &file,
                ],
            )
        };
        let picture = dir.path().join("in.png");
        image::RgbImage::from_pixel(24, 16, image::Rgb([200, 90, 40]))
            .save(&picture)
            .expect("a picture");
        Self {
            plain: service("plain", plain),
            silent: service("silent", silent),
            picture,
            libraries: 0,
            dir,
        }
    }

    pub(crate) fn carry_out(mut self, trials: &[Trial]) -> Vec<Verdict> {
        let pace = self.pace();
        let mut verdicts = Vec::new();
        for trial in trials {
            let verdict = self.kill_and_judge(trial, pace);
            if verdict.outcome == Outcome::Unconfirmed {
                // Every further resume would look for it again.
                self.libraries += 1;
            }
            verdicts.push(verdict);
        }
        self.plain.stop();
        self.silent.stop();
        verdicts
    }

    fn library(&self) -> PathBuf {
        self.dir.path().join(format!("library-{}", self.libraries))
    }

    fn service(&self, trial: &Trial) -> &Service {
        match trial.aim {
            Aim::Unanswered(_) => &self.silent,
            _ => &self.plain,
        }
    }

    fn command(&self, service: &Service, arguments: &[&str]) -> Command {
        let mut command = wiro(self.dir.path());
        service.apply(&mut command);
        command
            .env("WIRO_LIBRARY", self.library())
            .arg("--json")
            .args(arguments);
        command
    }

    fn json(&self, service: &Service, arguments: &[&str]) -> Ended {
        Program::start(&mut self.command(service, arguments)).end()
    }

    fn run(&self, trial: &Trial, output_dir: &Path) -> Program {
        let (key, value) = trial.mark();
        let mark = format!("{key}={value}");
        let mut command = self.command(self.service(trial), &["run", trial.model(), "-p", &mark]);
        command.arg("-o").arg(output_dir);
        if trial.upload {
            command
                .arg("-f")
                .arg(format!("inputImage={}", self.picture.display()));
        } else {
            command.args(["-p", "prompt=dunes", "-p", "width=64", "-p", "height=64"]);
        }
        Program::start(&mut command)
    }

    /// One run that is left alone.
    fn pace(&self) -> Pace {
        let trial = Trial {
            index: 9999,
            aim: Aim::AnyTime(1.0),
            upload: false,
        };
        let started = Instant::now();
        let mut program = self.run(&trial, &self.dir.path().join("pace"));
        program.until("submitted");
        let submitted = started.elapsed();
        program.until("result");
        Pace {
            submitted,
            whole: started.elapsed(),
        }
    }

    /// Waits for the moment the trial aims at. A run that ends before it was not hit.
    fn aim(&self, trial: &Trial, pace: Pace, program: &mut Program, posts_before: u64) {
        match trial.aim {
            Aim::AnyTime(share) => std::thread::sleep(pace.whole.mul_f64(share)),
            Aim::Submission(share) => std::thread::sleep(pace.submitted.mul_f64(share)),
            Aim::Submitted(after) => {
                program.until("submitted");
                std::thread::sleep(after);
            }
            Aim::Unanswered(after) => {
                let started = Instant::now();
                let is_there = || {
                    if trial.upload {
                        self.silent.runs() > posts_before
                    } else {
                        !marked(&self.silent.tasks(), trial).is_empty()
                    }
                };
                while !is_there() {
                    assert!(started.elapsed() < DEADLINE, "nothing was sent");
                }
                std::thread::sleep(after);
            }
            Aim::Ended(after) => {
                while program.until("status")["status"] != "task_postprocess_end" {}
                std::thread::sleep(after);
            }
        }
    }

    /// Where the library says the run is, asked of a copy so that the resume that follows is the first to look.
    fn phase(&self, service: &Service, known: &[Value]) -> Phase {
        let copy = self.dir.path().join("copy");
        // It may be there from the last trial.
        let _ = fs_err::remove_dir_all(&copy);
        fs_err::create_dir(&copy).expect("made");
        for name in ["library.db", "library.db-wal"] {
            let from = self.library().join(name);
            if from.is_file() {
                fs_err::copy(from, copy.join(name)).expect("copied");
            }
        }
        let mut command = self.command(service, &["tasks", "list", "--limit", "500"]);
        let listed = Program::start(command.env("WIRO_LIBRARY", &copy)).end();
        assert_eq!(listed.code, Some(0), "the library is sound: {listed:?}");
        let new = added(known, &listed.lines);
        Phase::of(new.first().and_then(|row| row["state"].as_str()))
    }

    fn rows(&self, service: &Service) -> Vec<Value> {
        let listed = self.json(service, &["tasks", "list", "--limit", "500"]);
        assert_eq!(listed.code, Some(0), "{listed:?}");
        listed.lines
    }

    fn kill_and_judge(&self, trial: &Trial, pace: Pace) -> Verdict {
        let service = self.service(trial);
        let known = self.rows(service);
        let posts_before = service.runs();
        let output_dir = self.dir.path().join(format!("results-{}", trial.index));
        let mut program = self.run(trial, &output_dir);
        self.aim(trial, pace, &mut program, posts_before);
        program.kill();
        program.wait();
        let phase = self.phase(service, &known);
        let posts = service.runs();
        let resumed = self.json(service, &["tasks", "resume"]);
        let scene = Scene {
            phase,
            resumed,
            posts_by_resume: service.runs() - posts,
            tasks: marked(&service.tasks(), trial),
            rows: added(&known, &self.rows(service)),
        };
        let mut violations = Vec::new();
        let outcome = self.judge(trial, &scene, &output_dir, &mut violations);
        let second_posts = scene.posts_by_resume + (posts - posts_before).saturating_sub(1);
        if second_posts > 0 {
            violations.push("sent more than once".to_owned());
        }
        let left = names(&self.library().join("partial"));
        if !left.is_empty() {
            violations.push(format!("left in partial: {left:?}"));
        }
        if outcome != Outcome::Unconfirmed {
            let again = self.json(service, &["tasks", "resume"]);
            if again.code != Some(0) || !again.lines.is_empty() {
                violations.push(format!("a second resume had something to do: {again:?}"));
            }
        }
        Verdict {
            aim: format!("{:?}", trial.aim),
            upload: trial.upload,
            phase,
            outcome,
            second_posts,
            violations: violations
                .into_iter()
                .map(|violation| {
                    format!(
                        "trial {} ({:?}), killed {}: {violation}",
                        trial.index,
                        trial.aim,
                        phase.name()
                    )
                })
                .collect(),
        }
    }

    fn judge(
        &self,
        trial: &Trial,
        scene: &Scene,
        output_dir: &Path,
        violations: &mut Vec<String>,
    ) -> Outcome {
        if scene.tasks.len() > 1 || scene.rows.len() > 1 {
            violations.push(format!(
                "{} tasks, {} runs",
                scene.tasks.len(),
                scene.rows.len()
            ));
        }
        let row = scene.rows.first();
        let state = row.and_then(|row| row["state"].as_str());
        let mut expect_exit = |code: i32| {
            if scene.resumed.code != Some(code) {
                violations.push(format!(
                    "resume ended with another code than {code}: {:?}",
                    scene.resumed
                ));
            }
        };
        match (scene.tasks.first(), state) {
            (None, None | Some("not_sent")) => {
                expect_exit(0);
                Outcome::NotSent
            }
            (None, Some("unconfirmed")) => {
                expect_exit(5);
                Outcome::Unconfirmed
            }
            (Some(task), Some("succeeded"))
                if row.is_some_and(|row| row["taskid"] == task["id"]) =>
            {
                expect_exit(0);
                violations.extend(self.difference(trial, task, output_dir));
                if scene.phase == Phase::DuringSend {
                    Outcome::Adopted
                } else {
                    Outcome::Finished
                }
            }
            (task, state) => {
                violations.push(format!(
                    "lost: task {task:?}, run {state:?}, {:?}",
                    scene.resumed
                ));
                Outcome::Lost
            }
        }
    }

    /// Whether the result on disk, in the library and in the folder, is another than the service's.
    fn difference(&self, trial: &Trial, task: &Value, output_dir: &Path) -> Option<String> {
        let service = self.service(trial);
        let id = task["id"].as_str().unwrap_or_default();
        let shown = self.json(service, &["tasks", "show", id]);
        let url = task["outputs"][0]["url"].as_str()?.to_owned();
        let served = http(|client| client.get(url));
        let path = shown
            .lines
            .first()
            .and_then(|line| line["files"][0]["path"].as_str());
        let kept = path.and_then(|path| fs_err::read(path).ok());
        if served.is_empty() || kept.as_ref() != Some(&served) {
            return Some(format!("the file in the library is another: {shown:?}"));
        }
        let exported = names(output_dir);
        let same =
            |name: &String| fs_err::read(output_dir.join(name)).is_ok_and(|bytes| bytes == served);
        (exported.len() != 1 || !exported.iter().all(same))
            .then(|| format!("in the folder: {exported:?}"))
    }
}

/// The tasks of a trial.
fn marked(tasks: &[Value], trial: &Trial) -> Vec<Value> {
    let (key, value) = trial.mark();
    let number = value.parse::<f64>().ok();
    let same = |told: &Value| match told {
        Value::String(text) => *text == value || (number.is_some() && text.parse().ok() == number),
        told => number.is_some() && told.as_f64() == number,
    };
    let of_trial = |task: &&Value| {
        task["modelslugproject"] == trial.model().trim_start_matches("sandbox/")
            && same(&task["parameters"][key])
    };
    tasks.iter().filter(of_trial).cloned().collect()
}

/// The runs that were not there before.
fn added(before: &[Value], after: &[Value]) -> Vec<Value> {
    let known = |row: &Value| before.iter().any(|old| old["run"] == row["run"]);
    after.iter().filter(|row| !known(row)).cloned().collect()
}

fn names(dir: &Path) -> Vec<String> {
    let Ok(entries) = fs_err::read_dir(dir) else {
        return Vec::new();
    };
    let name = |entry: std::io::Result<fs_err::DirEntry>| {
        entry
            .expect("an entry")
            .file_name()
            .to_string_lossy()
            .into_owned()
    };
    entries.map(name).collect()
}
