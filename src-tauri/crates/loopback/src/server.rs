//! The listener and its life.

use std::fmt;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::answer::{self, Answering};
use crate::guard::Guard;
use crate::{Error, MediaSource};

/// How long [`MediaServer::shutdown`] waits for clients that neither read nor leave.
const PATIENCE: Duration = Duration::from_secs(2);

/// A port of 127.0.0.1 that is bound and answers nothing yet: a window's content policy names it before there is
/// anything to serve.
#[derive(Debug)]
pub struct MediaPort {
    listener: TcpListener,
    port: u16,
}

impl MediaPort {
    /// Takes a port that the system chooses.
    pub fn bind() -> Result<Self, Error> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let port = listener.local_addr()?.port();
        Ok(Self { listener, port })
    }

    /// `http://127.0.0.1:PORT`, for the window's content policy.
    pub fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

/// Serves media to the window until it is dropped.
///
/// Dropping it closes the port, idle connections and running answers; [`MediaServer::shutdown`] also waits for that.
pub struct MediaServer {
    port: u16,
    base_url: String,
    serving: JoinHandle<()>,
    /// Ends everything when it goes.
    stop: DropGuard,
}

impl MediaServer {
    /// Serves on the port. Must be called within a tokio runtime; the port answers on return.
    ///
    /// `app_origins` are the origins the window's page has, such as `tauri://localhost`: other origins get nothing.
    pub fn serve(
        port: MediaPort,
        app_origins: Vec<String>,
        source: Arc<dyn MediaSource>,
    ) -> Result<Self, Error> {
        let runtime = Handle::try_current().map_err(|_| Error::NoRuntime)?;
        let origin = port.origin();
        let MediaPort { listener, port } = port;
        let guard = Guard::new(port, app_origins)?;
        let base_url = format!("{origin}/{}", guard.secret());
        let listener = tokio::net::TcpListener::from_std(listener)?;

        let stop = CancellationToken::new();
        let state = Arc::new(Answering {
            guard,
            source,
            stop: stop.clone(),
        });
        // One handler for every path and method, so that nothing answers before the guard.
        let router = Router::new().fallback(handle).with_state(state);
        let stopped = stop.clone().cancelled_owned();
        let serving = runtime.spawn(async move {
            if let Err(error) = axum::serve(listener, router)
                .with_graceful_shutdown(stopped)
                .await
            {
                tracing::error!(%error, "the media server ended");
            }
        });
        Ok(Self {
            port,
            base_url,
            serving,
            stop: stop.drop_guard(),
        })
    }

    /// `http://127.0.0.1:PORT/SECRET`, without a slash at the end. Whoever has it can read the media: it belongs in the
    /// window and in no log.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Stops and waits until the port and all connections are closed, at most two seconds.
    pub async fn shutdown(self) {
        let Self { serving, stop, .. } = self;
        drop(stop);
        let abort = serving.abort_handle();
        if tokio::time::timeout(PATIENCE, serving).await.is_err() {
            abort.abort();
        }
    }
}

impl fmt::Debug for MediaServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MediaServer")
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

async fn handle(State(answering): State<Arc<Answering>>, request: Request) -> Response {
    answer::answer(&answering, request).await
}
