//! Names, types and pictures from people who mean no good.

mod names;
mod pictures;
mod samples;
mod types;
