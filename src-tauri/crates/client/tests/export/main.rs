//! Exported calls: programs that run, and programs that parse.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper of a test fails the test"
)]

mod decode;
mod endings;
mod grammar;
mod hostile;
mod runs;
mod snapshots;
mod stage;
