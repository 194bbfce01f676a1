//! A man in the middle: what the Sandbox answers truly reaches the engine a little different.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use wiro_engine::{AccountConfig, Engine, EngineConfig};

use crate::stage::Stage;

/// Changes the `nth` answer to a path such as `Task/Detail`, counted from 1.
type Twist = dyn Fn(&str, u64, &mut Value) + Send + Sync;

struct Middle {
    upstream: String,
    http: reqwest::Client,
    seen: Mutex<HashMap<String, u64>>,
    twist: Box<Twist>,
}

/// Stands in front of a stage's Sandbox for as long as it lives. Sockets and files go past it.
pub(crate) struct Relay {
    api_url: String,
    serving: JoinHandle<()>,
}

impl Relay {
    pub(crate) async fn before(
        stage: &Stage,
        twist: impl Fn(&str, u64, &mut Value) + Send + Sync + 'static,
    ) -> Self {
        let middle = Middle {
            upstream: stage.sandbox.api_url(),
            http: reqwest::Client::builder()
                .no_proxy()
                .build()
                .expect("a client"),
            seen: Mutex::default(),
            twist: Box::new(twist),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let router = axum::Router::new()
            .fallback(pass_on)
            .with_state(Arc::new(middle));
        let serving = tokio::spawn(async move {
            axum::serve(listener, router).await.expect("served");
        });
        Self {
            api_url: format!("http://{address}/v1"),
            serving,
        }
    }

    /// An engine on the stage's library that speaks with the Sandbox through this.
    pub(crate) async fn engine(&self, stage: &Stage) -> Engine {
        let account = AccountConfig::sandbox(
            "sandbox",
            &self.api_url,
            &stage.sandbox.socket_url(),
            stage.sandbox.api_key().to_owned(),
            stage.sandbox.api_secret().map(str::to_owned),
        )
        .expect("an account");
        Engine::open(EngineConfig {
            library_dir: stage.path("library"),
            accounts: vec![account],
            account: Some("sandbox".to_owned()),
            version: "test".to_owned(),
            notices: Vec::new(),
        })
        .await
        .expect("an engine")
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn pass_on(
    State(middle): State<Arc<Middle>>,
    method: Method,
    uri: Uri,
    mut headers: HeaderMap,
    body: Bytes,
) -> Response {
    let path = uri.path().trim_start_matches("/v1/").to_owned();
    headers.remove("host");
    let answer = middle
        .http
        .request(method, format!("{}/{path}", middle.upstream))
        .headers(headers)
        .body(body)
        .send()
        .await
        .expect("the Sandbox answers");
    let status = StatusCode::from_u16(answer.status().as_u16()).expect("a status");
    let mut value: Value = answer.json().await.expect("JSON");
    let nth = {
        let mut seen = middle.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let count = seen.entry(path.clone()).or_default();
        *count += 1;
        *count
    };
    (middle.twist)(&path, nth, &mut value);
    (status, axum::Json(value)).into_response()
}
