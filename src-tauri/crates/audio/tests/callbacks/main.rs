//! What the sound system's threads must never do, and an hour of it. The binary's allocator counts.
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
    dead_code,
    reason = "tests, which also report figures; not every helper is used in every binary"
)]

mod allocations;
mod hour;
#[path = "../support/pulse.rs"]
mod pulse;
#[path = "../support/rig.rs"]
mod rig;
#[path = "../support/signal.rs"]
mod signal;
