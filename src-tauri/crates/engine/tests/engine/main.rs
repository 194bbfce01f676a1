//! The engine against the Sandbox, over real HTTP and sockets.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a stage that cannot be set up ends its test"
)]

mod accounts;
mod bad_days;
mod control;
mod hostile;
mod limits;
mod settings;
mod sharing;
mod stage;
mod street;
mod unclear;
mod voice;
