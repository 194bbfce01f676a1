//! What the user owns: runs, their inputs and outputs, as one SQLite database and plain files in one folder.
//!
//! # Invariants
//! - **Nothing accepted is lost.** Intent, acceptance, publication and the end of a run are each one transaction that is on
//!   the disk (`synchronous=FULL`) before the call returns. Statuses, progress and log lines are hints: grouped for 50 ms,
//!   written without waiting for the disk, and always before the next durable step of the same run.
//! - **A run is sent once.** [`Library::mark_sending`] succeeds at most once between two answers of the service.
//! - **One holder.** A durable step of a run is taken only from the process that holds its lease; others get
//!   [`Error::LeaseLost`].
//! - **States only move forward** along [`RunState::may_become`]; repeating a step changes nothing.
//! - **Files stay inside the folder**, are whole before they get their name, and are never overwritten.
//! - **One writer thread** per handle family; async workers never wait inside SQLite.
//! - **What is forgotten goes as a whole**: its rows first, its files after them, also across a crash; its task stays known.
//! - **Damage is set aside, never thrown away**, and the library is built anew from rows, sidecars, a backup and files.
//!   A sidecar never holds a token or an address of an output.
//! - **A move leaves a whole library** at the old place or at the new one, whatever happens on the way.
//! - An older schema is migrated after a backup; a newer one is refused, not touched.
//!
//! # What it must not do
//! It knows no network, no model schema and no price; it never decides what a run means, only what it may become. It never
//! shows a task token in `Debug` or in an error.

mod accounts;
mod error;
mod files;
mod forget;
mod hints;
mod leases;
mod library;
mod locks;
mod outputs;
mod platform;
mod readers;
mod reads;
mod rebuild;
mod relocate;
mod rows;
mod runs;
mod schema;
mod settings;
mod sidecars;
mod state;
mod times;
mod voice;
mod writer;

pub use accounts::AccountRow;
pub use error::Error;
pub use forget::ForgottenFiles;
pub use library::Library;
pub use rebuild::Rebuilt;
pub use relocate::{MovePlan, MoveProgress, check_destination, finish_relocation, relocate};
pub use rows::{
    Change, InputRow, Inserted, LogRow, NewInput, NewOutput, NewRun, Outcome, OutputFilter,
    OutputPage, OutputRow, Published, RunFilter, RunPage, RunRow, StatusRow,
};
pub use state::{LogStream, OutputState, RunState, UnknownText};
pub use voice::{NewVoiceSession, VoiceLineRow, VoiceSessionRow, VoiceTurnRow};
