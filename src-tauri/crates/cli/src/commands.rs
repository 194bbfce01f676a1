//! The commands.

pub(crate) mod follow;
pub(crate) mod models;
pub(crate) mod run;
pub(crate) mod sandbox;
pub(crate) mod tasks;
