//! The use cases of Wiro Studio behind one front door, [`Engine`].
//!
//! The engine composes the API client, the library, the media checks and the media listener; the window, the command
//! line and later the assistants' tools are thin adapters over it.
//!
//! Invariants:
//! - **Money**: a run is journalled before it is sent. It is sent again only after a refusal that certainly created nothing
//!   (code 96). What is unknown stays `unconfirmed` until the service's task list or the person decides.
//! - **Nothing paid for is lost**: the answer to a run is committed before anything says "running"; a run is followed by
//!   exactly one process at a time, the holder of its lease.
//! - **Secrets** stay in [`wiro_client::secret::Secret`]; nothing here gives one back.
//! - The socket is a hint: a run ends by what `Task/Detail` says.
//!
//! This crate never names the desktop shell and never talks to the Sandbox other than as to the service.

#![deny(missing_docs)]

mod accounts;
mod care;
mod control;
mod diagnostics;
mod downloads;
pub mod dto;
mod engine;
pub mod environment;
mod error;
mod events;
mod exports;
mod files;
pub mod location;
mod media_source;
mod models;
mod notices;
mod recovery;
pub mod redaction;
mod runs;
mod settings;
mod tracker;
mod troubles;
mod unconfirmed;
mod uploads;
mod vault;
mod view;
mod voice;

pub use accounts::AccountConfig;
pub use engine::{Engine, EngineConfig};
pub use error::Error;
pub use events::RunEvent;
pub use runs::RunOptions;
pub use vault::{Absent, Vault, VaultError};
pub use voice::VoiceOptions;
pub use wiro_loopback::{Error as MediaPortError, MediaPort};
