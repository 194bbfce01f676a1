//! Listeners on 127.0.0.1 behind one guard: the media the window shows.
//!
//! A web view cannot read files by path on every system, and must not. It asks this server instead, by id; the
//! [`MediaSource`] says which file that is.
//!
//! Invariants:
//! - Only 127.0.0.1 is bound, on a port the system chooses.
//! - Every request passes one guard before anything else looks at it: the exact `Host`, an `Origin` that is absent or
//!   the app's own, and a secret of 256 bits in the path. Web pages in the person's browser can reach the port, so
//!   none of the three is optional.
//! - No path of the file system is ever taken from a request.
//! - What is sent can never run: types outside a short list become `application/octet-stream`, and every answer
//!   carries `nosniff` and a content policy that allows nothing.
//! - Files are streamed in chunks, whatever their size.
//!
//! This crate knows no library, no runs and no ids: the caller composes. It never writes.

mod answer;
mod content_type;
mod error;
mod guard;
mod range;
mod server;
mod source;

pub use error::Error;
pub use server::{MediaPort, MediaServer};
pub use source::{MediaFile, MediaSource, Variant};
