//! The Sandbox against the service's contract, from outside: the binary in a folder of its own, plain HTTP and
//! sockets, and expectations written from PROTOCOL.md and documented payloads alone. Nothing here knows how the
//! Sandbox is built. Each test's name begins with the section it stands for; where the contract leaves a form
//! open, every allowed form passes.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test's support fails the test"
)]

mod auth;
mod cancel_and_kill;
mod catalogue;
mod concurrency;
mod deletion;
mod errors;
mod files;
mod flags;
mod lifecycle;
mod llm;
mod models;
mod money;
mod node_client;
mod paging;
mod pricing;
mod realtime;
mod run;
mod run_files;
mod socket;
mod support;
mod tasks;
mod webhook;
