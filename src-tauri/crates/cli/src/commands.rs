//! The commands.

pub(crate) mod account;
pub(crate) mod control;
pub(crate) mod follow;
pub(crate) mod inputs;
pub(crate) mod models;
pub(crate) mod report;
pub(crate) mod resume;
pub(crate) mod run;
pub(crate) mod sandbox;
pub(crate) mod steps;
pub(crate) mod tasks;
pub(crate) mod upload;
pub(crate) mod voice;
