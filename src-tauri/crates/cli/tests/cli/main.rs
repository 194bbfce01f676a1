//! `wiro` from outside: the built program against a Sandbox in a process of its own.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests may fail them"
)]

mod account;
mod control;
mod disk;
mod files;
mod globals;
mod interrupts;
mod language_model;
mod models;
mod network;
mod refusals;
mod run;
mod sandbox_command;
mod secrets;
mod service;
mod stage;
mod tasks;
mod upload;
mod voice;
