//! The Sandbox as a process, and what every test asks of it.

pub(crate) mod listener;
pub(crate) mod model;
pub(crate) mod session;
pub(crate) mod shape;

use hmac::{Hmac, Mac};
use reqwest::multipart::Form;
use serde_json::{Value, json};
use sha2::Sha256;
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// How long anything may take that should take a moment. Two busy cores are slow.
pub(crate) const DEADLINE: Duration = Duration::from_mins(1);

/// The statuses after which a poll stops (section 7.1).
pub(crate) const FINAL: [&str; 3] = ["task_postprocess_end", "task_cancel", "task_error"];

/// A running `wiro-sandbox`; it ends with this value.
pub(crate) struct Sandbox {
    pub(crate) api: String,
    pub(crate) socket: String,
    pub(crate) key: String,
    pub(crate) secret: Option<String>,
    pub(crate) http: reqwest::Client,
    /// The first line of standard output.
    pub(crate) hello: Value,
    pub(crate) child: Child,
    nonce: AtomicU64,
    _folder: TempDir,
}

impl Sandbox {
    /// A key-only project with the default wallet.
    pub(crate) async fn start() -> Self {
        Self::with(&["--api-key", "a-key"]).await
    }

    /// As [`Self::start`], with what else the wallet holds or how many workers there are.
    pub(crate) async fn key_only(flags: &[&str]) -> Self {
        Self::with(&[&["--api-key", "a-key"], flags].concat()).await
    }

    /// A key-only project that serves `models` beside its own.
    pub(crate) async fn serving(models: &[Value], flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("catalogue.json");
        fs_err::write(&file, Value::from(models.to_vec()).to_string()).unwrap();
        let catalogue = ["--catalogue", file.to_str().unwrap()];
        Self::key_only(&[&catalogue, flags].concat()).await
    }

    /// With exactly these flags, and a folder of its own.
    pub(crate) async fn with(flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_wiro-sandbox"))
            .arg("--dir")
            .arg(folder.path())
            .args(flags)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        output.read_line(&mut line).await.unwrap();
        let hello: Value = serde_json::from_str(&line).unwrap();
        let text = |name: &str| hello[name].as_str().map(ToOwned::to_owned);
        Self {
            api: text("api").unwrap(),
            socket: text("socket").unwrap(),
            key: text("api_key").unwrap(),
            secret: text("api_secret"),
            http: reqwest::Client::builder()
                .no_proxy()
                .timeout(DEADLINE)
                .build()
                .unwrap(),
            nonce: AtomicU64::new(1_700_000_000_000),
            hello,
            child,
            _folder: folder,
        }
    }

    /// The headers that this project asks for (section 2.1).
    pub(crate) fn credentials(&self) -> Vec<(&'static str, String)> {
        let mut headers = vec![("x-api-key", self.key.clone())];
        if let Some(secret) = &self.secret {
            let nonce = self.nonce.fetch_add(1, Ordering::Relaxed).to_string();
            headers.push(("x-signature", signature(&self.key, secret, &nonce)));
            headers.push(("x-nonce", nonce));
        }
        headers
    }

    /// One call with exactly these headers.
    pub(crate) async fn call(
        &self,
        path: &str,
        headers: &[(&str, String)],
        body: &Value,
    ) -> Answer {
        let mut request = self.http.post(format!("{}{path}", self.api)).json(body);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        Answer::read(request).await
    }

    /// One call as the project.
    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(path, &self.credentials(), &body).await
    }

    /// One multipart call as the project.
    pub(crate) async fn form(&self, path: &str, form: Form) -> Answer {
        let mut request = self
            .http
            .post(format!("{}{path}", self.api))
            .multipart(form);
        for (name, value) in self.credentials() {
            request = request.header(name, value);
        }
        Answer::read(request).await
    }

    /// A run that the Sandbox has to accept.
    pub(crate) async fn run(&self, model: &str, parameters: Value) -> Run {
        Run::of(&self.post(&format!("/Run/{model}"), parameters).await)
    }

    /// A multipart run that the Sandbox has to accept.
    pub(crate) async fn run_form(&self, model: &str, form: Form) -> Run {
        Run::of(&self.form(&format!("/Run/{model}"), form).await)
    }

    /// The task as Task/Detail shows it.
    pub(crate) async fn task(&self, run: &Run) -> Value {
        let answer = self.post("/Task/Detail", json!({"taskid": run.id})).await;
        answer.success()["tasklist"][0].clone()
    }

    /// Polls Task/Detail until the status is one of these.
    pub(crate) async fn until(&self, run: &Run, statuses: &[&str]) -> Value {
        let started = Instant::now();
        loop {
            let task = self.task(run).await;
            let status = task["status"].as_str().unwrap().to_owned();
            if statuses.contains(&status.as_str()) {
                return task;
            }
            let over = FINAL.contains(&status.as_str()) || started.elapsed() > DEADLINE;
            assert!(!over, "waited for {statuses:?}: {task:#}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The finished task, however it ended.
    pub(crate) async fn finished(&self, run: &Run) -> Value {
        self.until(run, &FINAL).await
    }

    /// The finished task, which has to be a success.
    pub(crate) async fn succeeded(&self, run: &Run) -> Value {
        let task = self.finished(run).await;
        assert_eq!(task["status"], "task_postprocess_end", "{task:#}");
        assert_eq!(task["pexit"], "0", "{task:#}");
        task
    }

    /// A task that keeps a worker busy until somebody ends it.
    pub(crate) async fn occupy_worker(&self) -> Run {
        let run = self.run("sandbox/slow", json!({"seconds": 30})).await;
        self.until(&run, &["task_start", "task_output"]).await;
        run
    }

    /// Ends a running task.
    pub(crate) async fn kill(&self, run: &Run) {
        self.post("/Task/Kill", json!({"taskid": run.id}))
            .await
            .success();
    }

    /// Puts a file into storage, and its URL.
    pub(crate) async fn upload(&self, name: &str, bytes: Vec<u8>) -> String {
        let answer = self
            .form("/File/Upload", Form::new().part("file", part(name, bytes)))
            .await;
        let url = answer.success()["list"][0]["url"].as_str().unwrap();
        url.to_owned()
    }

    /// What lies at a public URL: nobody sends a key there (section 7.2).
    pub(crate) async fn bytes(&self, url: &Value) -> Vec<u8> {
        let answer = self.http.get(url.as_str().unwrap()).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{url}");
        answer.bytes().await.unwrap().to_vec()
    }
}

/// An accepted run.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    pub(crate) id: String,
    pub(crate) token: String,
}

impl Run {
    fn of(answer: &Answer) -> Self {
        let body = answer.success();
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        Self {
            id: text("taskid"),
            token: text("socketaccesstoken"),
        }
    }
}

/// An answer with its HTTP status.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Answer {
    /// Sends a request and reads the envelope, which every answer is (section 3.1).
    pub(crate) async fn read(request: reqwest::RequestBuilder) -> Self {
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        let body: Value = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{error}: HTTP {status}: {text}"));
        assert!(body["result"].is_boolean(), "{body:#}");
        assert!(body["errors"].is_array(), "{body:#}");
        Self { status, body }
    }

    /// The body, which has to be a success (sections 3.1 and 3.2).
    #[track_caller]
    pub(crate) fn success(&self) -> &Value {
        assert_eq!(self.status, 200, "{self:#?}");
        assert_eq!(self.body["result"], true, "{self:#?}");
        assert_eq!(self.body["errors"], json!([]), "{self:#?}");
        &self.body
    }

    /// Has to be an ordinary refusal: HTTP 200, `result` false, this code and this wording (sections 3.2 to 3.4).
    #[track_caller]
    pub(crate) fn refused(&self, code: u64, message: &str) {
        self.failed(200, code, message);
    }

    /// Has to be a failure with this HTTP status, code and wording.
    #[track_caller]
    pub(crate) fn failed(&self, status: u16, code: u64, message: &str) {
        assert_eq!(self.message(), message, "{self:#?}");
        assert_eq!(self.body["errors"][0]["code"], code, "{self:#?}");
        assert_eq!(self.status, status, "{self:#?}");
    }

    /// Has to be an ordinary refusal; the wording of it.
    #[track_caller]
    pub(crate) fn message(&self) -> &str {
        assert_eq!(self.body["result"], false, "{self:#?}");
        assert!(self.body["errors"][0]["code"].is_number(), "{self:#?}");
        self.body["errors"][0]["message"].as_str().unwrap()
    }
}

/// `x-signature` as section 2.2 defines it: the key keys the hash, secret and nonce are its text.
pub(crate) fn signature(key: &str, secret: &str, nonce: &str) -> String {
    let mut hash = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    hash.update(secret.as_bytes());
    hash.update(nonce.as_bytes());
    hex::encode(hash.finalize().into_bytes())
}

/// A file part; its type is left to the name.
pub(crate) fn part(name: &str, bytes: Vec<u8>) -> reqwest::multipart::Part {
    reqwest::multipart::Part::bytes(bytes).file_name(name.to_owned())
}

/// A PNG picture of one colour.
pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
    let picture = image::RgbImage::from_pixel(width, height, image::Rgb([40, 120, 200]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture
        .write_to(&mut bytes, image::ImageFormat::Png)
        .unwrap();
    bytes.into_inner()
}

/// A silent WAV file: 8,000 Hz, mono, 16 bit.
pub(crate) fn wav(seconds: u32) -> Vec<u8> {
    let data = seconds * 16_000;
    let mut bytes = Vec::new();
    bytes.extend(b"RIFF");
    bytes.extend((36 + data).to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    bytes.extend(16_u32.to_le_bytes());
    bytes.extend([1_u16, 1].map(u16::to_le_bytes).concat());
    bytes.extend([8_000_u32, 16_000].map(u32::to_le_bytes).concat());
    bytes.extend([2_u16, 16].map(u16::to_le_bytes).concat());
    bytes.extend(b"data");
    bytes.extend(data.to_le_bytes());
    bytes.resize(bytes.len() + data as usize, 0);
    bytes
}
