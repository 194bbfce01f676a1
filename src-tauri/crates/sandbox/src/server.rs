//! A running Sandbox.

use std::fmt;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use fs_err as fs;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::auth::Project;
use crate::catalogue::Catalogue;
use crate::config::Config;
use crate::error::Error;
use crate::fault::Faults;
use crate::hub::Hub;
use crate::listener::{CuttableListener, Peer};
use crate::models::Sessions;
use crate::shelf::Shelf;
use crate::state::{App, Requests, Running};
use crate::store::Store;
use crate::task::Task;
use crate::{http, worker};

/// How long open connections may finish what they are doing when the server stops.
const GRACE: Duration = Duration::from_millis(500);

/// How long a model may take to notice that it shall stop.
const LAST_STEP: Duration = Duration::from_secs(3);

/// A running Sandbox. Dropping it stops it as well, only without waiting for the end.
pub struct Sandbox {
    app: Arc<App>,
    port: u16,
    serving: JoinHandle<()>,
    workers: TaskTracker,
    /// Cuts whatever connection is left.
    cut: CancellationToken,
    /// Held as long as the folder is in use.
    lock: fs::File,
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox")
            .field("api_url", &self.api_url())
            .finish_non_exhaustive()
    }
}

impl Sandbox {
    /// Starts serving on the Tokio runtime this is called in. Returns once the port is open.
    pub fn start(config: Config) -> Result<Self, Error> {
        let lock = lock_file(&config.dir)?;
        match lock.file().try_lock() {
            Ok(()) => Self::start_locked(config, lock),
            Err(std::fs::TryLockError::WouldBlock) => Err(Error::InUse(config.dir)),
            Err(std::fs::TryLockError::Error(error)) => Err(error.into()),
        }
    }

    /// Starts with the folder's lock already held.
    pub(crate) fn start_locked(config: Config, lock: fs::File) -> Result<Self, Error> {
        let runtime = Handle::try_current().map_err(|_| Error::NoRuntime)?;
        let bind = |source| Error::Bind {
            port: config.port,
            source,
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, config.port)).map_err(bind)?;
        listener.set_nonblocking(true).map_err(bind)?;
        let port = listener.local_addr().map_err(bind)?.port();
        let inner = tokio::net::TcpListener::from_std(listener).map_err(bind)?;

        let stop = CancellationToken::new();
        let app = Arc::new(App {
            project: Project::new(config.api_key, config.api_secret)?.only_from(config.allowed_ips),
            store: Store::open(&config.dir, config.balance_usd)?,
            shelf: Shelf::open(&config.dir)?,
            hub: Hub::default(),
            switchboard: Arc::default(),
            catalogue: Catalogue::load(config.catalogue.as_deref())?,
            faults: Faults::new(config.fault_plan.unwrap_or_default()),
            requests: Requests::default(),
            running: Running::default(),
            sessions: Arc::new(Sessions::new(&config.dir)),
            http: reqwest::Client::builder()
                .no_proxy()
                .redirect(reqwest::redirect::Policy::none())
                .connect_timeout(Duration::from_secs(5))
                .timeout(Duration::from_mins(1))
                .build()?,
            origin: format!("http://127.0.0.1:{port}"),
            stop: stop.clone(),
        });

        let cut = CancellationToken::new();
        let listener = CuttableListener {
            inner,
            stop: cut.clone(),
        };
        let service = http::router(Arc::clone(&app)).into_make_service_with_connect_info::<Peer>();
        let serving = runtime.spawn(async move {
            let served = axum::serve(listener, service)
                .with_graceful_shutdown(stop.cancelled_owned())
                .await;
            if let Err(error) = served {
                tracing::error!(%error, "the server ended");
            }
        });
        let workers = TaskTracker::new();
        for _ in 0..config.workers.max(1) {
            workers.spawn_on(worker::work(Arc::clone(&app)), &runtime);
        }
        workers.close();
        tracing::info!(url = %app.origin, "the Sandbox serves");
        Ok(Self {
            app,
            port,
            serving,
            workers,
            cut,
            lock,
        })
    }

    /// Base of the REST calls: `http://127.0.0.1:<port>/v1`.
    pub fn api_url(&self) -> String {
        format!("{}/v1", self.app.origin)
    }

    /// The socket: `ws://127.0.0.1:<port>/v1`.
    pub fn socket_url(&self) -> String {
        format!("{}/v1", self.app.origin.replacen("http", "ws", 1))
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The project's key.
    pub fn api_key(&self) -> &str {
        self.app.project.key()
    }

    /// The project's secret; none for a key-only project.
    pub fn api_secret(&self) -> Option<&str> {
        self.app.project.secret()
    }

    /// Stops: no new connections, a short grace for open ones, then all are cut. Running tasks are left as a
    /// crash would leave them; queued ones wait for the next start.
    pub async fn shutdown(mut self) {
        self.stop().await;
    }

    /// Stops like [`Sandbox::shutdown`], but running tasks go back into the queue: the next start computes them anew. A
    /// session cannot be resumed, so it stays as it was left.
    /// For a Sandbox that ends with the program it is part of, where the person only closed a window.
    pub(crate) async fn pause(mut self) {
        self.stop().await;
        let catalogue = &self.app.catalogue;
        let again = |task: &Task| {
            let model = catalogue.find(&task.owner, &task.project);
            !model.is_some_and(|model| model.computes.is_realtime())
        };
        if let Err(error) = self.app.store.requeue(again) {
            tracing::error!(%error, "running tasks could not be put back into the queue");
        }
    }

    async fn stop(&mut self) {
        self.app.stop.cancel();
        if tokio::time::timeout(GRACE, &mut self.serving)
            .await
            .is_err()
        {
            self.cut.cancel();
            if let Err(error) = (&mut self.serving).await {
                tracing::error!(%error, "the server did not end well");
            }
        }
        // A model looks up between steps. One that does not is left behind: nothing it does is kept any more.
        if tokio::time::timeout(LAST_STEP, self.workers.wait())
            .await
            .is_err()
        {
            tracing::warn!("a model is still computing");
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.app.stop.cancel();
        self.cut.cancel();
        if let Err(error) = self.lock.file().unlock() {
            tracing::debug!(%error, "the folder's lock goes with the process");
        }
    }
}

/// The file whose lock says that the folder is in use.
pub(crate) fn lock_file(dir: &Path) -> Result<fs::File, Error> {
    fs::create_dir_all(dir)?;
    Ok(fs::OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(dir.join("sandbox.lock"))?)
}
