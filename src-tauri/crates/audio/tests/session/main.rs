//! Sessions on made-up devices and on a private sound server.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    unreachable_pub,
    missing_debug_implementations,
    reason = "tests, which also report figures"
)]

mod capture;
mod devices;
mod files;
mod playback;
#[path = "../support/pulse.rs"]
mod pulse;
mod pulse_devices;
mod pulse_sound;
#[path = "../support/rig.rs"]
mod rig;
#[path = "../support/signal.rs"]
mod signal;
