//! A service that does nothing but tell: tasks that end when they are told to, and when exactly the
//! end was told. In a process of its own, so that its work is not counted as the engine's.

use std::collections::HashMap;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router};
use e2e::Outcome;
use e2e::process::Running;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use wiro_engine::{AccountConfig, Engine, EngineConfig};

/// The word that makes this program the stand-in.
pub(crate) const PART: &str = "stand-in-part";

pub(crate) const MODEL: &str = "bench/replay";
const START_WITHIN: Duration = Duration::from_secs(20);
/// A task that ends by itself ends so long after somebody listens: past the first question.
const ENDS_AFTER: Duration = Duration::from_millis(300);

#[derive(Default)]
struct Tasks {
    by_id: HashMap<String, Task>,
    connections: u64,
    /// The last socket; frames to it.
    socket: Option<mpsc::UnboundedSender<Sending>>,
}

struct Task {
    token: String,
    parameters: Value,
    listened: bool,
    ended: bool,
    /// When its last frame was handed to the socket, microseconds since 1970.
    told_us: u64,
}

/// A frame; of the last one of a task the moment is noted.
struct Sending {
    text: String,
    last_of: Option<String>,
}

struct Shared {
    origin: String,
    file: Vec<u8>,
    tasks: Mutex<Tasks>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Tasks> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn send(&self, kind: &str, id: &str, message: &Value) {
        let tasks = self.lock();
        if let (Some(socket), Some(task)) = (&tasks.socket, tasks.by_id.get(id)) {
            let frame = json!({"type": kind, "id": id, "tasktoken": task.token, "message": message, "result": true});
            // A closed socket is the client's business.
            let _ = socket.send(Sending {
                text: frame.to_string(),
                last_of: (kind == "task_postprocess_end").then(|| id.to_owned()),
            });
        }
    }

    fn end(&self, id: &str) {
        if let Some(task) = self.lock().by_id.get_mut(id) {
            task.ended = true;
        }
        let outputs = json!([self.output(id)]);
        self.send("task_postprocess_end", id, &outputs);
    }

    fn output(&self, id: &str) -> Value {
        json!({
            "name": "0.png",
            "contenttype": "image/png",
            "size": self.file.len().to_string(),
            "url": format!("{}/files/{id}/0.png", self.origin),
        })
    }

    fn detail(&self, id: &str, task: &Task) -> Value {
        let status = if task.ended {
            "task_postprocess_end"
        } else {
            "task_start"
        };
        let outputs = if task.ended {
            json!([self.output(id)])
        } else {
            json!([])
        };
        json!({
            "id": id, "socketaccesstoken": task.token, "parameters": task.parameters, "status": status,
            "pexit": if task.ended { "0" } else { "" }, "debugoutput": "", "debugerror": "",
            "starttime": "1", "endtime": "", "elapsedseconds": "1.0", "totalcost": "0",
            "modelslugowner": "bench", "modelslugproject": "replay", "outputs": outputs,
        })
    }
}

/// Serves until the standard input ends; the first line of output is the address.
pub(crate) fn serve() -> Outcome {
    tokio::runtime::Runtime::new()?.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let origin = format!("http://{}", listener.local_addr()?);
        let side: u32 = std::env::var("STAND_IN_SIDE").unwrap_or_default().parse()?;
        let shared = Arc::new(Shared {
            origin: origin.clone(),
            file: noise(side)?,
            tasks: Mutex::default(),
        });
        let router = Router::new()
            .route("/v1", get(socket))
            .route("/v1/Tool/Detail", post(tool))
            .route("/v1/Run/bench/replay", post(run))
            .route("/v1/Task/Detail", post(task))
            .route("/v1/Task/List", post(list))
            .route("/files/{id}/{name}", get(file))
            .route("/control/state", get(state))
            .route("/control/begin", post(begin))
            .route("/control/replay/{lines}", post(replay))
            .route("/control/end", post(end_all))
            .with_state(shared);
        writeln!(std::io::stdout(), "{origin}")?;
        axum::serve(listener, router).await?;
        Ok(())
    })
}

/// A picture that does not shrink: `side` * `side` * 3 bytes and a little.
fn noise(side: u32) -> Outcome<Vec<u8>> {
    let pixels = image::RgbImage::from_fn(side, side, |_, _| image::Rgb(rand::random()));
    let mut bytes = std::io::Cursor::new(Vec::new());
    pixels.write_to(&mut bytes, image::ImageFormat::Png)?;
    Ok(bytes.into_inner())
}

async fn tool() -> Json<Value> {
    let items = json!([{
        "id": "prompt", "type": "textarea", "label": "Prompt", "required": true, "value": "", "default": "",
    }]);
    Json(json!({"result": true, "errors": [], "tool": [{
        "id": "1", "title": "Replay", "slugowner": "bench", "slugproject": "replay",
        "cleanslugowner": "bench", "cleanslugproject": "replay", "description": "Replays.",
        "categories": [], "parameters": [{"title": "Inputs", "items": items}],
    }]}))
}

async fn run(State(shared): State<Arc<Shared>>, Json(parameters): Json<Value>) -> Json<Value> {
    let mut tasks = shared.lock();
    let id = (1_000 + tasks.by_id.len()).to_string();
    let token = format!("token-{id}-{:016x}", rand::random::<u64>());
    let task = Task {
        token: token.clone(),
        parameters,
        listened: false,
        ended: false,
        told_us: 0,
    };
    tasks.by_id.insert(id.clone(), task);
    Json(json!({"result": true, "errors": [], "taskid": id, "socketaccesstoken": token}))
}

async fn task(State(shared): State<Arc<Shared>>, Json(asked): Json<Value>) -> Json<Value> {
    let tasks = shared.lock();
    let id = asked["taskid"].as_str().unwrap_or_default();
    let found = tasks.by_id.get(id).map(|task| shared.detail(id, task));
    Json(json!({"result": true, "errors": [], "tasklist": Vec::from_iter(found)}))
}

async fn list(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let tasks = shared.lock();
    let some: Vec<Value> = tasks
        .by_id
        .iter()
        .take(100)
        .map(|(id, task)| shared.detail(id, task))
        .collect();
    Json(
        json!({"result": true, "errors": [], "tasklist": some, "total": tasks.by_id.len().to_string()}),
    )
}

async fn file(
    State(shared): State<Arc<Shared>>,
    Path(_): Path<(String, String)>,
) -> impl IntoResponse {
    ([("content-type", "image/png")], shared.file.clone())
}

async fn state(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let tasks = shared.lock();
    let told: HashMap<&String, u64> = tasks
        .by_id
        .iter()
        .map(|(id, task)| (id, task.told_us))
        .collect();
    let listened = tasks.by_id.values().filter(|task| task.listened).count();
    Json(json!({"connections": tasks.connections, "listened": listened, "told_us": told}))
}

/// Every task starts.
async fn begin(State(shared): State<Arc<Shared>>) {
    let ids: Vec<String> = shared.lock().by_id.keys().cloned().collect();
    for kind in ["task_accept", "task_assign", "task_start"] {
        for id in &ids {
            shared.send(kind, id, &Value::Null);
        }
    }
}

/// So many lines of every task, one task after the other, again and again.
async fn replay(State(shared): State<Arc<Shared>>, Path(lines): Path<u32>) {
    let ids: Vec<String> = shared.lock().by_id.keys().cloned().collect();
    for line in 0..lines {
        let text = Value::from(format!("line {line} of a model that talks"));
        for id in &ids {
            shared.send("task_output", id, &text);
        }
    }
}

async fn end_all(State(shared): State<Arc<Shared>>) {
    let ids: Vec<String> = shared.lock().by_id.keys().cloned().collect();
    for id in ids {
        shared.end(&id);
    }
}

async fn socket(State(shared): State<Arc<Shared>>, upgrade: WebSocketUpgrade) -> impl IntoResponse {
    upgrade.on_upgrade(|socket| async move { talk(&shared, socket).await })
}

async fn talk(shared: &Arc<Shared>, socket: WebSocket) {
    let (mut out, mut inbox) = socket.split();
    let (sender, mut frames) = mpsc::unbounded_channel::<Sending>();
    {
        let mut tasks = shared.lock();
        tasks.connections += 1;
        tasks.socket = Some(sender);
    }
    let telling = Arc::clone(shared);
    tokio::spawn(async move {
        while let Some(frame) = frames.recv().await {
            if let Some(id) = &frame.last_of
                && let Some(task) = telling.lock().by_id.get_mut(id)
            {
                task.told_us = now_us();
            }
            if out.send(Message::text(frame.text)).await.is_err() {
                return;
            }
        }
    });
    let ends_alone = std::env::var_os("STAND_IN_ENDS").is_some();
    while let Some(Ok(message)) = inbox.next().await {
        let Message::Text(text) = message else {
            continue;
        };
        let asked: Value = serde_json::from_str(&text).unwrap_or_default();
        let Some(id) = listen(shared, &asked) else {
            continue;
        };
        if ends_alone {
            let shared = Arc::clone(shared);
            tokio::spawn(async move {
                shared.send("task_start", &id, &Value::Null);
                tokio::time::sleep(ENDS_AFTER).await;
                shared.end(&id);
            });
        }
    }
}

fn listen(shared: &Shared, asked: &Value) -> Option<String> {
    let mut tasks = shared.lock();
    let token = asked["tasktoken"].as_str()?;
    let (id, task) = tasks
        .by_id
        .iter_mut()
        .find(|(_, task)| task.token == token)?;
    task.listened = true;
    Some(id.clone())
}

pub(crate) fn now_us() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

/// The stand-in from the other side.
pub(crate) struct StandIn {
    origin: String,
    http: reqwest::Client,
    _process: Running,
}

impl StandIn {
    /// Starts one whose outputs are pictures of this side; tasks end by themselves or all together.
    pub(crate) fn start(side: u32, ends_alone: bool) -> Outcome<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command
            .arg(PART)
            .env("STAND_IN_SIDE", side.to_string())
            .stdin(Stdio::null())
            .stderr(Stdio::inherit());
        if ends_alone {
            command.env("STAND_IN_ENDS", "1");
        }
        let (process, lines) = Running::with_lines(&mut command)?;
        Ok(Self {
            origin: lines.next(START_WITHIN)?,
            http: reqwest::Client::builder().no_proxy().build()?,
            _process: process,
        })
    }

    pub(crate) async fn engine(&self, library: &std::path::Path) -> Outcome<Engine> {
        let api = format!("{}/v1", self.origin);
        let socket = api.replacen("http", "ws", 1);
        let account = AccountConfig::sandbox("bench", &api, &socket, "key".to_owned(), None)?;
        let config = EngineConfig {
            library_dir: library.to_path_buf(),
            accounts: vec![account],
            account: Some("bench".to_owned()),
            version: "bench".to_owned(),
            notices: Vec::new(),
        };
        Ok(Engine::open(config).await?)
    }

    pub(crate) async fn state(&self) -> Outcome<Value> {
        let url = format!("{}/control/state", self.origin);
        Ok(self.http.get(url).send().await?.json().await?)
    }

    pub(crate) async fn control(&self, what: &str) -> Outcome {
        let url = format!("{}/control/{what}", self.origin);
        self.http.post(url).send().await?.error_for_status()?;
        Ok(())
    }
}
