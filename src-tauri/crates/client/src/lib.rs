//! The Wiro API as a library: authentication, models, forms, pricing, runs, tasks and the task socket.
//!
//! Facts of the protocol are written down in `PROTOCOL.md` beside this crate; doc comments cite its sections.
//!
//! Invariants:
//! - **A run is sent at most once** per call, and a failure says whether it may have started ([`runs::RunFailure`]).
//!   Only reads are repeated ([`client::RetryPolicy`]).
//! - **Credentials go to the configured base only**: redirects are errors, no `Referer` is sent, downloads never carry
//!   them, and nothing here prints, displays or serialises a key, a secret or a token ([`secret::Secret`]).
//! - **Answers are hostile and incomplete**: sizes are bounded, types are lenient, unknown fields, statuses and events
//!   are kept ([`lenient`]). An answer that does not say `result: true` is never a success.
//!
//! This crate keeps no state on disk, knows nothing of the library, the window or the Sandbox, and decides nothing for
//! the person: it does not queue, follow up or judge what an output is.

pub mod auth;
pub mod client;
pub mod download;
pub mod endpoints;
pub mod error;
pub mod files;
pub mod forms;
pub mod lenient;
pub mod models;
pub mod pricing;
pub mod proxy;
pub mod runs;
pub mod secret;
pub mod slug;
pub mod socket;
pub mod tasks;
