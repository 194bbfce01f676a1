//! A Sandbox and the programs that call it.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Command;
use wiro_client::auth::Credentials;
use wiro_client::client::Client;
use wiro_client::endpoints::Endpoints;
use wiro_client::export::{ExportRequest, FilePaths, Language, ProjectKind, export};
use wiro_client::forms::RunBody;
use wiro_sandbox::{Config, FaultPlan, Sandbox};

pub(crate) const KEY: &str = "wk_test_4f1c9a20";
pub(crate) const SECRET: &str = "ws_test_b7e3d815";

/// The languages whose programs run here; the others are parsed.
pub(crate) const RUNNING: [Language; 5] = [
    Language::Curl,
    Language::Python,
    Language::NodeJs,
    Language::Php,
    Language::Go,
];

/// Far beyond what anything here takes: reaching it is a failure.
const DEADLINE: Duration = Duration::from_mins(2);

/// A model that takes any parameters and says back what it was sent.
pub(crate) const ECHO: &str = "echo/anything";

pub(crate) struct Stage {
    dir: TempDir,
    pub(crate) sandbox: Sandbox,
    project: ProjectKind,
}

/// What a program did.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) language: Language,
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Stage {
    pub(crate) fn new(project: ProjectKind) -> Self {
        Self::with_faults(project, &json!([]))
    }

    /// A Sandbox that misbehaves by these rules.
    pub(crate) fn with_faults(project: ProjectKind, rules: &Value) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let catalogue = dir.path().join("catalogue.json");
        let (owner, model) = ECHO.split_once('/').unwrap();
        let models = json!([{ "slugowner": owner, "slugproject": model, "parameters": null }]);
        fs_err::write(&catalogue, models.to_string()).unwrap();
        let plan: FaultPlan = serde_json::from_value(json!({ "rules": rules })).unwrap();
        let config = Config::new(dir.path().join("sandbox"))
            .workers(RUNNING.len())
            .catalogue(catalogue)
            .fault_plan(plan);
        let config = match project {
            ProjectKind::KeyOnly => config.key(KEY),
            ProjectKind::Signature => config.signature(KEY, SECRET),
        };
        let sandbox = Sandbox::start(config).unwrap();
        Self {
            dir,
            sandbox,
            project,
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn endpoints(&self) -> Endpoints {
        Endpoints::parse(&self.sandbox.api_url(), &self.sandbox.socket_url()).unwrap()
    }

    pub(crate) fn client(&self) -> Client {
        let secret = self.sandbox.api_secret().map(str::to_owned);
        let credentials = Credentials::new(self.sandbox.api_key().to_owned(), secret);
        Client::new(self.endpoints(), Some(credentials)).unwrap()
    }

    /// How many runs the Sandbox was asked for.
    pub(crate) async fn runs(&self) -> u64 {
        let origin = self.sandbox.api_url().replace("/v1", "");
        let stats: Value = get(&format!("{origin}/sandbox/stats"))
            .await
            .json()
            .await
            .unwrap();
        stats["requests"]["Run"].as_u64().unwrap_or(0)
    }

    /// The call in every language that runs here, all at the same time.
    pub(crate) async fn run_everywhere(&self, slug: &str, body: &RunBody) -> Vec<Outcome> {
        join_all(RUNNING.map(|language| self.run(slug, body, language))).await
    }

    /// The call in one language, with the keys of this Sandbox.
    pub(crate) async fn run(&self, slug: &str, body: &RunBody, language: Language) -> Outcome {
        let keys: &[_] = match self.project {
            ProjectKind::KeyOnly => &[("WIRO_API_KEY", KEY)],
            ProjectKind::Signature => &[("WIRO_API_KEY", KEY), ("WIRO_API_SECRET", SECRET)],
        };
        self.run_with(slug, body, language, keys).await
    }

    pub(crate) async fn run_with(
        &self,
        slug: &str,
        body: &RunBody,
        language: Language,
        keys: &[(&str, &str)],
    ) -> Outcome {
        let program = self.program(slug, body, language).await;
        program.run(keys).await
    }

    /// The call in one language, ready to be started.
    pub(crate) async fn program(&self, slug: &str, body: &RunBody, language: Language) -> Program {
        let request = ExportRequest {
            slug: &slug.parse().unwrap(),
            body,
            endpoints: &self.endpoints(),
            project: self.project,
            paths: FilePaths::AsGiven,
        };
        Program::new(&export(&request, language), language).await
    }
}

pub(crate) async fn get(url: &str) -> reqwest::Response {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    client.get(url).send().await.unwrap()
}

/// A program in a folder of its own.
pub(crate) struct Program {
    language: Language,
    dir: TempDir,
    /// The interpreter and the program, or the program itself.
    words: Vec<PathBuf>,
}

impl Program {
    async fn new(text: &str, language: Language) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let file = dir
            .path()
            .join(format!("run.{}", language.file_extension()));
        fs_err::write(&file, text).unwrap();
        let interpreter = match language {
            Language::Curl => "bash",
            // Debian's, for which the system's package of `requests` is.
            Language::Python if Path::new("/usr/bin/python3").exists() => "/usr/bin/python3",
            Language::Python => "python3",
            Language::NodeJs => "node",
            Language::Php => "php",
            _ => return Self::built(dir, file, language).await,
        };
        Self {
            language,
            dir,
            words: vec![interpreter.into(), file],
        }
    }

    /// Go, with everything it writes in the program's folder.
    async fn built(dir: TempDir, file: PathBuf, language: Language) -> Self {
        let binary = dir.path().join("run");
        let words = ["go", "build", "-o"].map(PathBuf::from).into_iter();
        let build = Self {
            language,
            dir,
            words: words.chain([binary.clone(), file]).collect(),
        };
        let built = build.run(&[]).await;
        assert_eq!(built.status, Some(0), "{built:?}");
        Self {
            words: vec![binary],
            ..build
        }
    }

    /// Runs it, with nothing of this process's environment but where programs are.
    pub(crate) async fn run(&self, keys: &[(&str, &str)]) -> Outcome {
        let dir = self.dir.path();
        let mut command = Command::new(&self.words[0]);
        command
            .args(&self.words[1..])
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", dir)
            .env("GOCACHE", dir.join("go-cache"))
            .env("GO111MODULE", "off")
            .envs(keys.iter().copied())
            .current_dir(dir)
            .stdin(Stdio::null())
            .kill_on_drop(true);
        let language = self.language;
        let output = tokio::time::timeout(DEADLINE, command.output())
            .await
            .unwrap_or_else(|_| panic!("{language:?} hangs"))
            .unwrap_or_else(|error| panic!("{language:?} cannot be started: {error}"));
        Outcome {
            language,
            status: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Outcome {
    /// The lines of a program that succeeded.
    #[track_caller]
    pub(crate) fn lines(&self) -> Vec<&str> {
        assert_eq!(self.status, Some(0), "{self:?}");
        assert!(self.stderr.starts_with("Task "), "{self:?}");
        assert_eq!(self.stderr.lines().count(), 1, "{self:?}");
        self.stdout.lines().collect()
    }

    /// What a program that failed said, once it is clear that it failed.
    #[track_caller]
    pub(crate) fn reason(&self) -> &str {
        assert!(self.status.is_some_and(|status| status != 0), "{self:?}");
        assert_eq!(self.stdout, "", "{self:?}");
        &self.stderr
    }
}
