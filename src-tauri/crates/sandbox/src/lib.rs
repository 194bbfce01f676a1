//! The Sandbox: a Wiro-compatible server whose models really compute on the CPU.
//!
//! It speaks the protocol of `PROTOCOL.md` over HTTP and WebSocket on `127.0.0.1`, so that everything
//! the studio does can be done without an account, without a network and without a bill. It is a library
//! with a thin binary: the app and `wiro` embed it ([`embedded`]), tests start it ([`Sandbox::start`]).
//!
//! # Invariants
//! - Wire shapes are this crate's own reading of `PROTOCOL.md`. It shares no type with the client, so a
//!   mistake in one of them cannot hide in the other.
//! - It is honest: a model computes what its title says, costs are charged only for what succeeded, and a
//!   status is never reported before it was reached.
//! - Nothing is remembered only in memory: a task exists on disk before its `Run` is answered, a file before its
//!   `File/Upload` is, and a charge becomes durable together with its task's final state. What a crash cut off ends as a
//!   polled `task_error`.
//! - Faults happen only where a [`FaultPlan`] asks for them; its page lists everything that can be asked for, with an
//!   example each.
//!
//! # What it must not do
//! Bind anything but loopback, fetch anything but loopback URLs, log keys or task tokens, or depend on another
//! crate of this workspace.

mod auth;
mod catalogue;
mod config;
mod documented;
pub mod embedded;
mod error;
mod fault;
mod frames;
mod http;
mod hub;
mod identity;
mod listener;
mod models;
mod pricing;
mod schema;
mod server;
mod shelf;
mod socket;
mod standalone;
mod state;
mod store;
mod submission;
mod switchboard;
mod task;
mod webhook;
mod worker;

pub use config::Config;
pub use documented::Documented;
pub use error::Error;
pub use fault::{
    Close, Edit, FaultAction, FaultPlan, FaultRule, Injection, Nth, PlannedError, Replacement,
    Span, Stall, Trigger, When, Withholding,
};
pub use server::Sandbox;
pub use standalone::{SandboxArgs, serve};
