//! The Wiro API as a library: authentication, models, forms, pricing, runs, tasks, the task socket and realtime
//! sessions.
//!
//! Facts of the protocol are written down in `PROTOCOL.md` beside this crate; doc comments cite its sections.
//!
//! # In a page
//! A [`client::Client`] calls one service for at most one account. A model says which inputs it takes, a form makes a
//! request of answers, a run is sent once, and the task it makes is waited for or followed on a socket:
//!
//! ```no_run
//! use wiro_client::auth::Credentials;
//! use wiro_client::client::Client;
//! use wiro_client::endpoints::Endpoints;
//! use wiro_client::forms::{Answer, Answers, FormDefinition};
//! use wiro_client::tasks::{TaskOutcome, TaskRef, Wait};
//!
//! # async fn example(key: String, secret: Option<String>) -> Result<(), Box<dyn std::error::Error>> {
//! // `Endpoints::wiro()` is the service itself; any other pair of addresses is taken as well.
//! let endpoints = Endpoints::parse("http://127.0.0.1:8080/v1", "ws://127.0.0.1:8080/v1/socket")?;
//! let client = Client::new(endpoints, Some(Credentials::new(key, secret)))?;
//!
//! let slug = "sandbox/pattern".parse()?;
//! let form = FormDefinition::from_model(&client.model(&slug).await?);
//! let mut answers: Answers = form.defaults();
//! answers.insert("prompt".to_owned(), Answer::text("warm dunes"));
//! let request = form.request(&answers).map_err(|problems| format!("{problems:?}"))?;
//!
//! // Costs money. It is sent once; `RunFailure` says whether it may have started all the same.
//! let accepted = client.run(&slug, &request, None).await?;
//! let task = TaskRef { id: accepted.task_id, token: accepted.token };
//!
//! let ended = client.wait(&task, &Wait::default()).await?;
//! if ended.outcome() == TaskOutcome::Succeeded {
//!     for output in &ended.outputs {
//!         println!("{:?} {:?}", output.url, output.text());
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! - What an error means is its [`error::ErrorKind`]; what of the credentials was refused is
//!   [`error::Error::auth_fault`]; what may be sent again is [`error::Error::retry`]. Reads are repeated by themselves,
//!   with full jitter.
//! - Every answer keeps what is not known ([`wire::Extra`]) and is written again as it came ([`wire::Wire`]).
//! - [`client::Client::call`] reaches what has no type here, and nothing that can charge.
//! - A result posted to a `callbackUrl` is a [`tasks::RunDelivery`]: it names a task, the service is asked for the truth.
//!
//! # For those who know the Node client
//! All ten run in `examples/node_methods.rs` (`PROTOCOL.md` section 24).
//!
//! | `WiroClient` | here | the difference |
//! |---|---|---|
//! | `new WiroClient(key, secret?, base?)` | [`client::Client::new`] | without a key the catalogue can still be read |
//! | `searchModels` | [`client::Client::models`] | |
//! | `explore` | [`client::Client::explore`] | |
//! | `getModelSchema` | [`client::Client::model`] | a missing model is an error |
//! | `runModel` | [`client::Client::run`] | files can be attached; a failure says whether it may have started |
//! | `getTask` | [`client::Client::task`] | a task that is not known is `None` |
//! | `listTasks` | [`client::Client::tasks`] | |
//! | `cancelTask` | [`client::Client::cancel_task`] | [`client::Client::stop_task`] chooses between this and the next |
//! | `killTask` | [`client::Client::kill_task`] | |
//! | `uploadFile` | [`download::Downloader::download`], then [`client::Client::upload`] | takes a file of this machine, so an address is fetched first |
//! | `waitForTask` | [`client::Client::wait`] | its three errors are [`tasks::WaitError`] |
//!
//! The Node client returns `result: false`; here it is an [`error::Error`] that [says so](error::Error::is_refusal).
//!
//! # Invariants
//! - **A run is sent at most once** per call, and a failure says whether it may have started ([`runs::RunFailure`]).
//!   Only reads are repeated ([`client::RetryPolicy`]).
//! - **Credentials go to the configured base only**: redirects are errors, no `Referer` is sent, downloads never carry
//!   them, and nothing here prints or displays a key, a secret or a token ([`secret::Secret`]). None is serialised
//!   either, except where an answer is explicitly [written again](wire::Wire::to_value).
//! - **Answers are hostile and incomplete**: sizes are bounded, types are lenient, unknown fields, statuses and events
//!   are kept ([`lenient`], [`wire`]). An answer that does not say `result: true` is never a success.
//!
//! This crate keeps no state on disk, knows nothing of the library, the window or the Sandbox, and decides nothing for
//! the person: it does not queue, start anything again or judge what an output is.

pub mod auth;
pub mod client;
pub mod download;
pub mod endpoints;
pub mod error;
pub mod export;
pub mod files;
pub mod follow;
pub mod forms;
pub mod lenient;
pub mod llm;
pub mod models;
pub mod pricing;
pub mod proxy;
pub mod realtime;
pub mod runs;
pub mod secret;
pub mod slug;
pub mod socket;
pub mod tasks;
pub mod wire;
