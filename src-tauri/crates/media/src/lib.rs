//! Hostile bytes in, safe bytes and facts out.
//!
//! Everything the network hands over as a file passes here first: its name becomes one that every operating system
//! can create ([`safe_file_name`]) or one that is safe to show ([`safe_label`]), its type is read from its first
//! bytes ([`sniff`], [`judge`]) and its picture is made small within fixed limits
//! ([`thumbnail`]), its sound is measured ([`audio_length`]).
//!
//! Invariants:
//! - No function panics or runs without bounds, whatever the input.
//! - A claimed name or type is never trusted; it can only refine what the bytes already say.
//! - SVG, HTML and XML are never called raster pictures, and executables never get their extension.
//!
//! This crate is pure: no network, no async runtime, no knowledge of the rest of the app. It writes no files, and it
//! never unpacks archives.

mod audio;
mod error;
mod file_type;
mod judge;
mod name;
mod picture;
mod sniff;

pub use audio::audio_length;
pub use error::Error;
pub use file_type::{Family, FileType};
pub use judge::{Judged, judge};
pub use name::{safe_file_name, safe_label};
pub use picture::{image_size, thumbnail, thumbnail_content_type};
pub use sniff::sniff;
