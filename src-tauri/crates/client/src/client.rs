//! The client: one REST base, at most one account.

mod answer;
mod call;
mod envelope;
mod retry;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use serde_json::{Map, Value, json};

use crate::auth::Credentials;
use crate::endpoints::Endpoints;
use crate::error::{Error, ErrorKind, innermost};
use crate::models::{
    ExploreAnswer, ExploreSection, Model, ModelAnswer, ModelPage, ModelQuery, detail_body,
};
use crate::proxy::{Proxy, Route};
use crate::secret::{Secret, Secrets};
use crate::slug::ModelSlug;
use crate::tasks::{Task, TaskAnswer, TaskPage, TaskQuery, TaskRef};
use crate::wire::{Record, Shape};

pub(crate) use answer::{Head, body, payload, require_list};
pub use envelope::Envelope;
pub use retry::RetryPolicy;

/// Calls the service.
///
/// Invariants: credentials go to the given base and nowhere else (no redirect is followed, no `Referer` is sent); reads
/// are repeated, a run never is.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

struct Shared {
    endpoints: Endpoints,
    credentials: Option<Credentials>,
    retry: RetryPolicy,
    timeouts: Timeouts,
    route: Route,
    reads: reqwest::Client,
    runs: reqwest::Client,
}

/// How long the client waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// For a connection, TLS included.
    pub connect: Duration,
    /// For the next sign of life: a byte sent or received. There is no limit on a whole transfer.
    pub idle: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            idle: Duration::from_mins(1),
        }
    }
}

/// Settings of a client that is about to be made.
#[derive(Debug, Clone)]
pub struct ClientBuilder {
    endpoints: Endpoints,
    credentials: Option<Credentials>,
    retry: RetryPolicy,
    timeouts: Timeouts,
    proxy: Proxy,
}

impl ClientBuilder {
    /// How reads are repeated.
    #[must_use]
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// How long to wait.
    #[must_use]
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// Which proxy the calls take; the system's unless told otherwise.
    #[must_use]
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = proxy;
        self
    }

    /// Makes the client.
    pub fn build(self) -> Result<Client, Error> {
        if let Some(credentials) = &self.credentials {
            credentials.check()?;
        }
        let Self {
            endpoints,
            credentials,
            retry,
            timeouts,
            proxy,
        } = self;
        let route = Route::new(&proxy);
        let reads = transport(timeouts, &route, &endpoints).read_timeout(timeouts.idle);
        // A run gets a fresh HTTP/1.1 connection: on a pooled one that the service has just closed the library below us
        // would send the request a second time, and "how far did it get" would have no clear answer. Its time limit is
        // our own, because the one of the library would also run while a large file is being sent.
        let runs = transport(timeouts, &route, &endpoints)
            .http1_only()
            .pool_max_idle_per_host(0);
        let build = |builder: reqwest::ClientBuilder| {
            builder.build().map_err(|error| {
                let reason = innermost(&error);
                Error::new(
                    ErrorKind::Local,
                    format!("the network cannot be set up: {reason}"),
                )
                .with_source(error)
            })
        };
        let shared = Shared {
            endpoints,
            credentials,
            retry,
            timeouts,
            route,
            reads: build(reads)?,
            runs: build(runs)?,
        };
        Ok(Client {
            shared: Arc::new(shared),
        })
    }
}

fn transport(timeouts: Timeouts, route: &Route, endpoints: &Endpoints) -> reqwest::ClientBuilder {
    route
        .apply(reqwest::Client::builder(), endpoints.calls_stay_here())
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .retry(reqwest::retry::never())
        .connect_timeout(timeouts.connect)
        .user_agent(concat!("wiro-studio/", env!("CARGO_PKG_VERSION")))
}

impl Client {
    /// A client with the usual settings. Without credentials only the catalogue can be read.
    pub fn new(endpoints: Endpoints, credentials: Option<Credentials>) -> Result<Self, Error> {
        Self::builder(endpoints, credentials).build()
    }

    /// Settings to change before the client is made.
    pub fn builder(endpoints: Endpoints, credentials: Option<Credentials>) -> ClientBuilder {
        ClientBuilder {
            endpoints,
            credentials,
            retry: RetryPolicy::default(),
            timeouts: Timeouts::default(),
            proxy: Proxy::default(),
        }
    }

    /// Where it calls.
    pub fn endpoints(&self) -> &Endpoints {
        &self.shared.endpoints
    }

    /// The account it calls for.
    pub fn credentials(&self) -> Option<&Credentials> {
        self.shared.credentials.as_ref()
    }

    /// A page of the catalogue (`PROTOCOL.md` section 5.1). Needs no key.
    pub async fn models(&self, query: &ModelQuery) -> Result<ModelPage, Error> {
        let fields = self.read(&["Tool", "List"], &query.body()).await?;
        require_list(&fields, "tool")?;
        Ok(ModelAnswer::from_fields(&fields, &mut Shape::default()).into())
    }

    /// A model with its parameters (`PROTOCOL.md` section 5.2). Needs no key. A missing model is
    /// [`ErrorKind::NotFound`], however the service says it.
    pub async fn model(&self, slug: &ModelSlug) -> Result<Model, Error> {
        let missing = || {
            Error::new(ErrorKind::NotFound, format!("there is no model {slug}")).with_status(200)
        };
        let fields = match self.read(&["Tool", "Detail"], &detail_body(slug)).await {
            Ok(fields) => fields,
            Err(error) if says_only_no(&error) => return Err(error.with_kind(ErrorKind::NotFound)),
            Err(error) => return Err(error),
        };
        let answer = ModelAnswer::from_fields(&fields, &mut Shape::default());
        answer.models.into_iter().next().ok_or_else(missing)
    }

    /// The sections of the shop window (`PROTOCOL.md` section 5.5), empty ones left out as the official client does.
    /// Needs no key.
    pub async fn explore(&self) -> Result<Vec<ExploreSection>, Error> {
        let fields = self.read(&["Tool", "Explore"], &json!({})).await?;
        require_list(&fields, "explore")?;
        let mut sections = ExploreAnswer::from_fields(&fields, &mut Shape::default()).sections;
        sections.retain(|section| !section.tools.is_empty());
        Ok(sections)
    }

    /// One task (`PROTOCOL.md` section 7.2); `None` when the service knows none.
    pub async fn task(&self, task: &TaskRef) -> Result<Option<Task>, Error> {
        let body = self.task_question(task)?;
        let token = task.token.as_ref();
        found_task(self.ask(&["Task", "Detail"], &body, token).await)
    }

    /// The same, asked once whatever comes of it.
    pub(crate) async fn task_once(&self, task: &TaskRef) -> Result<Option<Task>, Error> {
        let body = self.task_question(task)?;
        let token = task.token.as_ref();
        found_task(self.call_once(&["Task", "Detail"], &body, token).await)
    }

    fn task_question(&self, task: &TaskRef) -> Result<Value, Error> {
        let body = task
            .body()
            .ok_or_else(|| Error::new(ErrorKind::Local, "neither id nor token names the task"))?;
        self.require_credentials()?;
        Ok(body)
    }

    /// A page of tasks, newest first (`PROTOCOL.md` section 7.3).
    pub async fn tasks(&self, query: &TaskQuery) -> Result<TaskPage, Error> {
        self.require_credentials()?;
        let fields = self.read(&["Task", "List"], &query.body()).await?;
        require_list(&fields, "tasklist")?;
        Ok(TaskAnswer::from_fields(&fields, &mut Shape::default()).into())
    }

    /// The transport of calls that can charge.
    pub(crate) fn run_transport(&self) -> &reqwest::Client {
        &self.shared.runs
    }

    /// The proxy that calls go through, to be shown.
    pub(crate) fn via(&self) -> Option<String> {
        self.shared.route.shown(self.shared.endpoints.api())
    }

    pub(crate) fn timeouts(&self) -> Timeouts {
        self.shared.timeouts
    }

    /// The headers of one call, or why there are none.
    pub(crate) fn require_credentials(&self) -> Result<HeaderMap, Error> {
        match &self.shared.credentials {
            Some(credentials) => credentials.headers(),
            None => Err(Error::new(ErrorKind::Auth, "no key is set up")),
        }
    }

    /// What the service must not be quoted with: what the account keeps secret, and what these headers prove it by.
    pub(crate) fn secrets(&self, headers: &HeaderMap) -> Secrets {
        let mut secrets = Secrets::default();
        self.add_secrets(headers, &mut secrets);
        secrets
    }

    fn add_secrets(&self, headers: &HeaderMap, secrets: &mut Secrets) {
        for value in self.credentials().into_iter().flat_map(Credentials::values) {
            secrets.add(value);
        }
        for value in headers.values().filter(|value| value.is_sensitive()) {
            secrets.add(value.to_str().unwrap_or_default());
        }
    }

    /// Asks until there is an answer, as the policy says.
    async fn read(&self, path: &[&str], body: &Value) -> Result<Map<String, Value>, Error> {
        self.ask(path, body, None).await
    }

    /// The same, with a token in the body.
    async fn ask(
        &self,
        path: &[&str],
        body: &Value,
        token: Option<&Secret<String>>,
    ) -> Result<Map<String, Value>, Error> {
        self.shared
            .retry
            .run(|| self.call_once(path, body, token))
            .await
    }

    /// Asks once, whatever comes of it.
    pub(crate) async fn call_once(
        &self,
        path: &[&str],
        body: &Value,
        token: Option<&Secret<String>>,
    ) -> Result<Map<String, Value>, Error> {
        let mut secrets = Secrets::default();
        if let Some(token) = token {
            secrets.add(token.expose());
        }
        self.send_json(path, body, secrets).await
    }

    /// Sends once; `secrets` are those of the body, which an error must not quote.
    async fn send_json(
        &self,
        path: &[&str],
        body: &Value,
        mut secrets: Secrets,
    ) -> Result<Map<String, Value>, Error> {
        let mut headers = self
            .shared
            .credentials
            .as_ref()
            .map(Credentials::headers)
            .transpose()?
            .unwrap_or_default();
        self.add_secrets(&headers, &mut secrets);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let request = self
            .shared
            .reads
            .post(self.shared.endpoints.call(path))
            .headers(headers)
            .body(body.to_string());
        let response = request
            .send()
            .await
            .map_err(|error| Error::network(error, self.via().as_deref()))?;
        let head = Head::of(&response);
        match answer::body(response, || ()).await {
            Ok(bytes) => answer::payload(head, &bytes, &secrets),
            Err(lost) => Err(head.without_body(lost)),
        }
    }
}

/// The task of an answer.
fn found_task(answer: Result<Map<String, Value>, Error>) -> Result<Option<Task>, Error> {
    match answer {
        Ok(fields) => {
            require_list(&fields, "tasklist")?;
            let answer = TaskAnswer::from_fields(&fields, &mut Shape::default());
            Ok(answer.tasks.into_iter().next())
        }
        // Only a call that was understood can say so: an address that is not known says nothing about the task.
        Err(error)
            if error.is_refusal()
                && error.http_status() == Some(200)
                && *error.kind() == ErrorKind::NotFound =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Whether the service said no without saying more than that there is no such model.
fn says_only_no(error: &Error) -> bool {
    error.is_refusal()
        && error.http_status() == Some(200)
        && matches!(
            error.kind(),
            ErrorKind::Validation { .. } | ErrorKind::Service | ErrorKind::Protocol
        )
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Client")
            .field("endpoints", &self.shared.endpoints)
            .field("credentials", &self.shared.credentials)
            .finish_non_exhaustive()
    }
}
